"""Names and places of files; the films themselves are in tests/cli/test_data_check.py."""

import hashlib

from kineograph.data.check.folder import altered, escapes, label_of_path, nesting, of_folder, split_of_path
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


def test_sums_find_what_a_decoder_takes_without_a_word(tmp_path):
    names = ["a.webm", "b c.webm", "gone.webm"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode() * 99)
    sums = tmp_path / "SHA256SUMS"
    sums.write_text("".join(f"{hashlib.sha256((tmp_path / n).read_bytes()).hexdigest()}  {n}\n" for n in names))
    assert altered(sums, "x/SHA256SUMS") == []
    (tmp_path / "b c.webm").write_bytes(b"b" * 99)
    (tmp_path / "gone.webm").unlink()
    sums.write_text(sums.read_text() + f"{'0' * 64} */etc/passwd\n")
    differs, gone, outside = altered(sums, "x/SHA256SUMS")
    assert differs.file == "x/b c.webm" and "differs from its sum" in differs.what
    assert gone.file == "x/gone.webm" and "leads out" in outside.what


def test_one_file(tmp_path):
    seen, findings = of_folder(film(tmp_path / "a.mp4", scene(0)), 1, 30.0)
    assert [one.frames for one in seen] == [16] and findings == []
