import pytest

from kineograph.cli import train
from kineograph.cli.main import VERBS, main


def test_help_lists_the_verbs(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)
    assert main([]) == 2


def test_a_misspelt_verb(capsys):
    assert main(["trian"]) == 2
    assert capsys.readouterr().err == (
        "kineograph: there is no verb 'trian'. Did you mean 'train'? (kineograph --help lists them)\n"
    )


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130)])
def test_interrupted(monkeypatch, error, code):
    def fails(argv: list[str]) -> int:
        raise error

    monkeypatch.setattr(train, "main", fails)
    assert main(["train"]) == code


def test_the_verb_gets_the_rest(monkeypatch):
    monkeypatch.setattr(train, "main", lambda argv: 7 if argv == ["a=1", "-m"] else 0)
    assert main(["train", "a=1", "-m"]) == 7
