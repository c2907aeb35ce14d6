from kineograph.report.memorisation_page import memorisation_page
from tests.report.results import CARD, save_film

SHARE = {"value": 0.5, "low": 0.3, "high": 0.7, "threshold": 0.2, "median": 0.21, "held_out_median": 0.4}


def test_shares_and_closest_pairs(tmp_path):
    film = save_film(tmp_path / "a.webp")
    rows = [
        {"name": "<gan>", "by": "pixels", "caught": True, **SHARE},
        {"name": "flow", "by": "pixels", "caught": False, **SHARE, "value": 0.05},
    ]
    entry = {
        "key": 7,
        "caption": "a cat",
        "distance": 0.125,
        "files": dict.fromkeys(("generated", "nearest", "real"), film),
    }
    facts = {"protocol": CARD, "quantile": 0.05, "num_training_clips": 90}
    page = memorisation_page(rows, {"<gan>": [entry], "flow": []}, facts, tmp_path / "page.html")
    html = page.read_text(encoding="utf-8")
    assert "<strong>50.0%</strong>" in html and "<strong>5.0%</strong>" not in html
    assert "&lt;gan&gt;: closest pairs" in html and "flow: closest pairs" not in html
    assert html.count('class="film"') == 3 and ">0.125 · a cat</th>" in html
    assert "than 5% of the held-out" in html and "90 training clips" in html
