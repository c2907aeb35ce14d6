from kineograph.cli import doctor
from kineograph.cli.doctor import Finding, examine
from kineograph.cli.main import main


def test_tells_what_is_there(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "_shipped", list)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("python", "torch", "allocator", "TransNetV2", "W&B", "disk"))


def test_what_is_missing_comes_with_what_mends_it(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda: [Finding("thing", False, "not there", "pip install 'thing[all]'")])
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "missing" in out
    assert "pip install 'thing[all]'" in out


def test_every_missing_thing_has_a_mend():
    assert all(finding.good or finding.mend for finding in examine())
    assert doctor._package("no-such-package", "1").good is False
    assert doctor._extractor("x", "no_such_package", "mend").good is False
    assert doctor._numbers("2.15.0+cpu") == [2, 15, 0]


def test_allocator(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD", "/usr/lib/libjemalloc.so.2")
    assert doctor._allocator().good is True


def test_stores_and_inception(tmp_path, monkeypatch):
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "meta.json").write_text("{}")
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path))
    monkeypatch.setenv("KINEOGRAPH_INCEPTION", str(tmp_path / "shapes" / "meta.json"))
    monkeypatch.setenv("WANDB_API_KEY", "x")
    assert [finding.what for finding in doctor._stores()] == ["data store shapes"]
    assert doctor._inception().good is True
    assert doctor._wandb() == Finding("W&B", True, "logged in", "wandb login; or logger.wandb.mode=offline")


def test_what_a_launcher_left_behind(monkeypatch):
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_PORT", "SLURM_NTASKS", "SLURM_STEP_ID"):
        monkeypatch.delenv(name, raising=False)
    assert doctor._launcher().good
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("SLURM_NTASKS", "8")  # of salloc, with no srun around us
    finding = doctor._launcher()
    assert (finding.good, finding.mend) == (False, "unset RANK SLURM_NTASKS")
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    assert doctor._launcher().mend == "unset RANK"
