import pytest

from kineograph.core.errors import UserError
from kineograph.data.folder import endings, item, walk


def test_links_are_followed_once_and_hidden_files_are_not_looked_at(tmp_path):
    for name in ("b/c/1.gif", "b/.2.gif", ".d/3.gif", "a.gif"):
        (tmp_path / "films" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "films" / name).touch()
    (tmp_path / "films" / "b" / "up").symlink_to(tmp_path / "films")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "4.gif").touch()
    (tmp_path / "films" / "z").symlink_to(tmp_path / "other")
    found = [path.relative_to(tmp_path / "films").as_posix() for _, files in walk(tmp_path / "films") for path in files]
    assert found == ["a.gif", "b/c/1.gif", "z/4.gif"]
    one = item(tmp_path / "films", tmp_path / "films" / "b" / "c" / "1.gif")
    assert one.source == one.group == "b/c/1.gif" and one.label == -1
    assert endings([one.path, tmp_path / "README", tmp_path / "x.GIF"]) == ".gif README" and endings([]) == "nothing"


def test_no_folder(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        list(walk(tmp_path / "none"))
