import xml.etree.ElementTree as ElementTree

import pytest

from kineograph.report.curves import MAX_POINTS, curves, read_log, thinned


def log(path, text: str):
    path.write_text(text)
    return path


def test_empty_cells_and_infinities_are_left_out(tmp_path):
    path = log(tmp_path / "a.csv", "images_seen,l1,fid,word\n10,1.0,,x\n20,inf,3,x\n30,0.5,2,x\n")
    assert read_log(path) == {"l1": [(10, 1.0), (30, 0.5)], "fid": [(20, 3.0), (30, 2.0)]}


def test_long_lines_are_averaged():
    line = [(float(x), 2.0 * x) for x in range(10_000)]
    short = thinned(line)
    assert len(short) == MAX_POINTS
    assert all(y == pytest.approx(2 * x) for x, y in short)
    assert thinned(line[:5]) == line[:5]


def test_plots_are_well_formed_and_shared_terms_come_first(tmp_path):
    one = log(tmp_path / "a.csv", "images_seen,l<1,fid\n10,1.0,7\n20,0.5,7\n")
    two = log(tmp_path / "b.csv", "images_seen,fid\n10,3\n20,2\n")
    html = curves({"gan": one, "flow": two})
    root = ElementTree.fromstring(f"<div>{html}</div>")
    plots = root.findall(".//svg")
    assert [plot.get("aria-label") for plot in plots] == [
        "fid: gan from 7.00 to 7.00; flow from 3.00 to 2.00",
        "l<1: gan from 1.00 to 0.500",
    ]
    assert len(plots[0].findall("polyline")) == 2
    assert curves({"empty": log(tmp_path / "c.csv", "images_seen,l1\n")}) == ""
