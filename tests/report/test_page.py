import re
from html.parser import HTMLParser

import pytest

from kineograph.core.errors import UserError
from kineograph.report.page import report
from tests.report.results import CARD, row, save_film

VOID = {"meta", "input"}


class Balance(HTMLParser):
    """Every tag that opens closes, in order."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_one_file_that_needs_nothing_else(tmp_path):
    film = str(save_film(tmp_path / "a.webp"))
    log = tmp_path / "metrics.csv"
    log.write_text("images_seen,l1\n1,2\n2,1\n")
    rows = [
        row("gan", command="kineograph train", previews=[{"picture": "cat.png", "film": film}]),
        row("real", "reference"),
    ]
    out = report(rows, {"gan": log}, tmp_path / "new" / "page.html")
    html = out.read_text(encoding="utf-8")
    reader = Balance()
    reader.feed(html)
    assert reader.open == []
    assert not re.search(r"https?://|<script|<link|@import", html)
    assert "default-src 'none'" in html
    assert html.index(">real<") < html.index(">gan</a>")
    parts = ("data:image/webp", "<polyline", "prefers-color-scheme", "1 trained, 1 reference animators", CARD["hash"])
    for part in parts:
        assert part in html
    links = set(re.findall(r'href="#([^"]+)"', html))
    assert links <= set(re.findall(r'id="([^"]+)"', html))


def test_what_stands_beneath_a_value_is_told_as_what_it_is(tmp_path):
    rows = [row("gan", seeds=3), row("real", "reference")]
    html = report(rows, {}, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "one standard deviation over seeds; where there is one seed" in html
    assert "over seeds" not in report([row("gan")], {}, tmp_path / "page.html").read_text(encoding="utf-8")


def test_without_films_and_logs_there_are_no_empty_sections(tmp_path):
    html = report([row("gan")], {}, tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'id="films"' not in html
    assert 'id="curves"' not in html


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        report([row("gan")], {}, tmp_path)
