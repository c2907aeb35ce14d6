import base64
import io

import numpy as np
from PIL import Image

from kineograph.report.previews import MAX_STRIP, MAX_WIDTH, previews, strip
from tests.report.results import row, save_film


def test_a_strip_holds_every_frame(tmp_path):
    address, number, seconds, width, height = strip(save_film(tmp_path / "a.webp"))
    assert (number, width, height) == (4, 16, 16)
    assert abs(seconds - 4 / 12) < 0.01
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))))
    assert picture.shape == (16, 64, 3)
    assert np.abs(picture[8, 8::16, 0].astype(int) - [0, 60, 120, 180]).max() < 8


def test_wide_and_long_films_shrink(tmp_path):
    _, number, seconds, width, height = strip(save_film(tmp_path / "a.gif", num_frames=100, width=2 * MAX_WIDTH))
    assert (width, height) == (MAX_WIDTH, 8)
    assert number == MAX_STRIP // MAX_WIDTH
    assert abs(seconds - 100 / 12) < 0.2


def test_columns_are_pictures_and_gaps_are_dashes(tmp_path):
    film = str(save_film(tmp_path / "a.webp"))
    both = row("gan", previews=[{"picture": "x/cat.png", "film": film}, {"picture": "dog.png", "film": film}])
    html = previews([both, row("flow", previews=[{"picture": "y/cat.png", "film": film}]), row("none")])
    assert html.count('class="film"') == 3
    assert html.count("–") == 1
    assert 'aria-label="cat, animated by flow"' in html
    assert previews([row("none")]) == ""


def test_captions_head_the_columns_where_a_clip_has_one(tmp_path):
    film = str(save_film(tmp_path / "a.webp"))
    long = "a very <small> purple triangle that bounces from wall to wall for three seconds"
    said = row(
        "gan", previews=[{"picture": "7.png", "film": film, "caption": long}, {"picture": "8.png", "film": film}]
    )
    older = row("flow", previews=[{"picture": "7.png", "film": film}])
    html = previews([said, older])
    heads = html[html.index("<thead>") : html.index("</thead>")]
    assert ">a very &lt;small&gt; purple triangle that …</th>" in heads
    assert "wall to wall for three seconds (7)" in heads  # whole, where the pointer rests
    assert ">8</th>" in heads
    assert html.count("for three seconds, animated by") == 2


def test_several_grids_of_a_page_have_switches_of_their_own(tmp_path):
    shown = [row("gan", previews=[{"picture": "7.png", "film": str(save_film(tmp_path / "a.webp"))}])]
    assert 'id="one"' in previews(shown, "one") and 'for="one"' in previews(shown, "one")
