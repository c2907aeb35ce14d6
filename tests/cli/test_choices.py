import pytest

from kineograph.cli.choices import about
from kineograph.cli.main import main


def listed(capsys: pytest.CaptureFixture, *words: str) -> dict[str, str]:
    capsys.readouterr()
    assert main(["train", "--list", *words]) == 0
    return dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())


def test_experiments_tell_what_they_take(capsys):
    found = listed(capsys, "experiment")
    assert found["quickstart_gan"] == (
        "A one-pass generator of the motion latents of a codec that the same run trains first, against a frame and a "
        "clip judge [2 CPU cores, 0.15 hours]"
    )
    assert found["gan/dcgan_video_paper"].endswith("[a node of 8 GPUs of 80 GB, 48 hours]")


def test_parts_say_what_their_module_says(capsys):
    found = listed(capsys, "animator/discriminators")
    assert found["feature_space"].startswith("Small judges on the features of a frozen network (Sauer et al. 2021")
    assert not any(name.startswith("_") for name in listed(capsys, "data"))
    assert "Eq. " in listed(capsys, "animator/process")["edm"]


def test_a_misspelt_group(capsys):
    assert main(["train", "--list", "animator/generatr"]) == 2
    assert "Did you mean 'animator/generator'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Mine (B. Chao et al. 2020). More.\n# hours: 3\na: 1\n", "Mine (B. Chao et al. 2020) [3 hours]"),
        ("# Drift: how it drifts\n", "Drift: how it drifts"),
        ("# @package _global_\n# two\n# lines; and more\n", "two lines"),
        (
            "# Mine (arXiv 1; Sec. 2. And more) is good. So it is.\n# hours: 1\n",
            "Mine (arXiv 1; Sec. 2. And more) is good [1 hour]",
        ),
        ("a: 1\n# not what opens it\n", ""),
        ("_target_: nobody.Knows\n", ""),
    ],
)
def test_the_comment_that_opens_a_file(tmp_path, text, line):
    (tmp_path / "group").mkdir()
    (tmp_path / "group" / "mine.yaml").write_text(text)
    assert about("group", "mine", [tmp_path]) == line
