"""Each rule about one film, at its border."""

import pytest

from kineograph.data.check.film_findings import of_film, too_short
from kineograph.data.check.finding import Seen

GOOD = Seen("a.mp4", "mov", 24, 24, ((32, 32),), 12.0, 2.0, 0, 3.0, 90.0)


@pytest.mark.parametrize(
    ("change", "severity", "words"),
    [
        ({"problems": (("a.mp4", "cut off; cut it"),)}, "error", "cut off"),
        ({"complaints": ("error while decoding MB 3 3",)}, "error", "error while decoding"),
        ({"promised": 25}, "warning", "24 frames come out of a file that promises 25"),
        ({"container": "avi"}, "warning", "kind avi"),
        ({"frames": 1, "promised": 1}, "warning", "one frame"),
        ({"fps": 0.0}, "error", "zero frames a second"),
        ({"backward": 2}, "error", "2 of 24 time stamps"),
        ({"fps": 0.5}, "warning", "absurd rate"),
        ({"fps": 241.0}, "warning", "absurd rate"),
        ({"largest": 1.0}, "warning", "nothing moves"),
        ({"sizes": ((32, 32), (16, 8))}, "error", "32x32, 8x16"),
    ],
)
def test_one_thing_is_one_finding(change, severity, words):
    (finding,) = of_film(GOOD._replace(**change))
    assert finding.severity == severity and finding.file == "a.mp4" and words in finding.what and finding.mend


def test_a_good_film():
    assert of_film(GOOD) == []
    assert of_film(GOOD._replace(container="", promised=0, name="a.gif")) == []


def test_shorter_than_a_clip():
    assert too_short(GOOD, 23 / 12) == []  # its own 24 frames
    assert "1.92 of 2.00" in too_short(GOOD, 2.0)[0].what  # a clip of 25
    assert too_short(GOOD, 23.5 / 12) == [] != too_short(GOOD, 23.6 / 12)  # as ClipReader.fits has it
