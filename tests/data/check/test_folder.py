"""Names and places of files; the films themselves are in tests/cli/test_data_check.py."""

from kineograph.data.check.folder import escapes, label_of_path, nesting, of_folder, split_of_path
from tests.data.check.bad_films import film, scene


def test_split_and_class_by_path():
    assert split_of_path("train/cat/1.mp4") == "train" and label_of_path("train/cat/1.mp4") == "cat"
    assert split_of_path("cat/Validation/1.mp4") == "held_out" and label_of_path("cat/Validation/1.mp4") == "cat"
    assert split_of_path("test.mp4") == label_of_path("test.mp4") == ""


def test_nesting():
    assert nesting(["cat/1.mp4", "dog/1.mp4"], "x") == nesting(["1.mp4", "2.mp4"], "x") == []
    (finding,) = nesting(["all/cat/1.mp4", "all/dog/1.mp4"], "x")
    assert finding.file == "x/all" and "2 folders would be one class" in finding.what
    (finding,) = nesting(["cat/1.mp4", "2.mp4"], "x")
    assert "1 films lie beside" in finding.what


def test_lists_that_lead_out(tmp_path):
    path = tmp_path / "list.csv"
    for line, bad in (("../a.mp4", 1), ('"x","..\\a"', 1), ("a/../../b", 1), ("wait... /what", 0), ("a..b/c", 0)):
        path.write_text(f"file\n{line}\n")
        assert len(escapes(path, "list.csv")) == bad, line


def test_one_file(tmp_path):
    seen, findings = of_folder(film(tmp_path / "a.mp4", scene(0)), 1, 30.0)
    assert [one.frames for one in seen] == [16] and findings == []
