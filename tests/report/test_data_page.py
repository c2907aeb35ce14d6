"""The page about films stands alone and escapes what files are called."""

import numpy as np

from kineograph.data.check.finding import Finding, Seen
from kineograph.report.data_page import data_page, numbers


def test_a_page(tmp_path):
    picture = np.full((4, 6, 3), 9, np.uint8)
    films = [
        Seen(f"<b>{place}\udcff", "mov", 10 * place, sizes=((4, 6),), fps=12, pictures=(picture,) * 3, label="cat")
        for place in range(100)
    ]
    findings = [Finding("error", "<i>", "a & b", "mend")] * 600
    html = data_page("films", films, findings, tmp_path / "new" / "page.html").read_text()
    assert html.count("<figure>") == 60 and html.count("data:image/webp") == 60
    assert "<b>" not in html and "<i>" not in html and "a &amp; b" in html and "and 100 more" in html
    assert "http://" not in html and "https://" not in html and "<script" not in html


def test_numbers():
    films = [Seen("a", frames=2, fps=12, duration=1, sizes=((4, 6),), split="train", group="g"), Seen("b")]
    told = numbers(films)
    assert told["films"] == "2, of which 1 could be read" and told["sizes"] == "6x4 (1)" and told["groups"] == "1"
    assert told["frames"] == "2 (2 to 2)" and "kinds" not in told
    assert numbers([])["frames"] == "0 (0 to 0)"
