import csv
import json
import math

from PIL import Image

from kineograph.metrics.sensitivity import Reading
from kineograph.report.sensitivity_page import BLIND, colour, sensitivity_page


def readings():
    cells = [
        ("flicker", "freeze", "motion", 1.0, 3.0, 0.1, 0.0, 0.1),
        ("flicker", "blur", "look", 1.0, 3.0, 0.1, 3.1, 0.1),
        ("fd", "freeze", "motion", 1.0, 0.0, 0.0, 0.1, 0.1),
        ("fd", "blur", "look", 1.0, 0.0, 0.0, 9.0, 0.0),
    ]
    return [Reading(*cell) for cell in cells]


def test_page_picture_and_tables(tmp_path):
    card = {"name": "tiny", "num_real": 20, "hash": "abc"}
    paths = sensitivity_page(readings(), {"fid": "needs <Inception>"}, card, tmp_path)
    html = paths[0].read_text()
    assert "2 metrics on 2 controlled damages of 20 real clips" in html
    assert "−30.0 standard errors" not in html and "-30.0 standard errors" in html
    assert "needs &lt;Inception&gt;" in html and "<dt>fd</dt><dd>freeze</dd>" in html
    assert html.index("Harms the motion") < html.index("Harms the look")
    with Image.open(tmp_path / "sensitivity.png") as picture:
        assert picture.getpixel((picture.width - 20, picture.height - 20)) is not None
        colours = {colour for _, colour in picture.getcolors(100_000)}
    assert {BLIND, *(colour(reading) for reading in readings())} <= colours
    rows = list(csv.DictReader((tmp_path / "sensitivity.csv").read_text().splitlines()))
    assert [row["sign"] for row in rows] == ["-1", "0", "0", "1"]
    whole = json.loads((tmp_path / "sensitivity.json").read_text())
    assert whole["protocol"] == card and whole["readings"][3]["effect"] is None  # infinite: no part of the data differs


def test_colours_deepen_with_the_effect():
    rises = [Reading("m", "d", "motion", 1.0, 0.0, 0.0, effect, 1.0) for effect in (1.0, 5.0, 15.0, 99.0)]
    shades = [colour(reading) for reading in rises]
    assert shades[0] == BLIND
    assert [shade[2] for shade in shades] == sorted((shade[2] for shade in shades), reverse=True)
    assert colour(rises[3]._replace(value=math.inf, error=0.0)) == shades[3]
