import base64
import io
import json
import re

import numpy as np
import torch
from PIL import Image

from kineograph.report.ab_page import ab_page, sheet


def films(seed):
    return torch.randint(0, 256, (7, 8, 6, 3), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)


def test_a_sheet_holds_every_frame_without_loss():
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(sheet(films(0), 3).split(",")[1]))).convert("RGB"))
    assert picture.shape == (3 * 8, 3 * 6, 3)
    for place, frame in enumerate(films(0).numpy()):
        row, column = divmod(place, 3)
        np.testing.assert_array_equal(picture[8 * row : 8 * row + 8, 6 * column : 6 * column + 6], frame)


def test_one_file_that_tells_nothing_of_the_sides(tmp_path):
    pairs = [(films(0), films(1)), (films(2), films(3))]
    html = ab_page("p1", pairs, 12.0, tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    told = json.loads(re.search(r'id="pairs">(.*?)</script>', html)[1])
    assert (told["page"], told["frames"], told["columns"], told["fps"]) == ("p1", 7, 3, 12.0)
    assert told["pairs"] == [[sheet(film, 3) for film in pair] for pair in pairs]
    assert set(told) == {"page", "frames", "columns", "fps", "pairs"}
    assert not re.search(r"https?://|<link|@import|src=", html)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'" in html
