import pytest

from kineograph.cli.report import main
from kineograph.core.errors import UserError
from tests.report.results import row, save


def test_writes_the_page_and_prints_its_place(tmp_path, capsys):
    save(tmp_path, row("gan"))
    out = tmp_path / "page.html"
    assert main([str(tmp_path), "-o", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out.resolve())
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_nothing_to_show(tmp_path):
    with pytest.raises(UserError, match="no evaluation result"):
        main([str(tmp_path)])
