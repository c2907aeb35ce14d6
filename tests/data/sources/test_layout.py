"""The field's layouts: small trees of each, and wrong trees, which are explained in one line.

What is expected was written by hand from how the data sets are distributed (see the YAML files).
"""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from kineograph.cli.compose import compose
from kineograph.cli.data import source_of
from kineograph.cli.train import resolved
from kineograph.core.build import build, conf_dir
from kineograph.core.errors import ConfigError, UserError
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.sources.layout import Layout
from tests.data.clips import noise, save_frames, stored
from tests.data.sources.test_video_folder import film

SMALL = ["data.source.height=8", "data.source.width=8"]
YAMLS = {path.stem: path for path in (conf_dir() / "data").glob("*.yaml") if "layout.Layout" in path.read_text()}
FIELD = [*YAMLS, "kth", "kinetics"]

# data set: {what lies there: (split, label, group)}; a name that ends with / is a folder of three frames.
TREES = {
    "ucf101": {
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi": (HELD_OUT, "ApplyEyeMakeup", "ApplyEyeMakeup_g01"),
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi": (TRAIN, "ApplyEyeMakeup", "ApplyEyeMakeup_g08"),
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c02.avi": (TRAIN, "ApplyEyeMakeup", "ApplyEyeMakeup_g08"),
        "HandstandPushups/v_HandStandPushups_g08_c01.avi": (TRAIN, "HandstandPushups", "HandStandPushups_g08"),
    },
    "sky_timelapse": {
        "sky_train/08ug3bzhV8Y/08ug3bzhV8Y_1/": (TRAIN, None, "08ug3bzhV8Y"),
        "sky_train/3bufRYg7qxY/3bufRYg7qxY_1/": (TRAIN, None, "3bufRYg7qxY"),
        "sky_train/3bufRYg7qxY/3bufRYg7qxY_2/": (TRAIN, None, "3bufRYg7qxY"),
        "sky_test/Jm_xNzK-qXY/Jm_xNzK-qXY_1/": (HELD_OUT, None, "Jm_xNzK-qXY"),
        "val/Kn_1/": (HELD_OUT, None, "Kn"),
    },
    "face_forensics": {
        "train/original/aS62n5PdTIU_1__8WGsQ0Y7uyU_1.avi": (TRAIN, None, "aS62n5PdTIU"),
        "train/aS62n5PdTIU_2_x/": (TRAIN, None, "aS62n5PdTIU"),
        "val/original/-qHKlg3OoS4_1_x.avi": (HELD_OUT, None, "-qHKlg3OoS4"),
        "test/original/rJPM8EdWShs_0_x.avi": (HELD_OUT, None, "rJPM8EdWShs"),
    },
    "taichi_hd": {
        "train/aDyyTMUBoLE#000351#000481.mp4": (TRAIN, None, "aDyyTMUBoLE"),
        "train/aDyyTMUBoLE#000500#000600.mp4/": (TRAIN, None, "aDyyTMUBoLE"),
        "test/bxx#000001#000130.mp4": (HELD_OUT, None, "bxx"),
    },
    "voxceleb": {
        "train/id10001#7gWzIy6yIIk#002483#002674.mp4": (TRAIN, None, "id10001"),
        "train/id10001#7w0IBEWc9Qw#000993#001143.mp4/": (TRAIN, None, "id10001"),
        "test/id10283#fw4kj3oNDSU#000210#000402.mp4": (HELD_OUT, None, "id10283"),
        "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4": (TRAIN, None, "id00012"),
    },
    "bair": {
        "train/traj_0_to_255/1/": (TRAIN, None, "train/traj_0_to_255/1"),
        "train/traj_0_to_255/2/": (TRAIN, None, "train/traj_0_to_255/2"),
        "test/traj_0_to_255/1/": (HELD_OUT, None, "test/traj_0_to_255/1"),
    },
    "weizmann": {
        "walk/daria_walk.avi": (None, "walk", "daria"),
        "walk/lena_walk1.avi": (None, "walk", "lena"),
        "walk/lena_walk2.avi": (None, "walk", "lena"),
        "wave2/daria_wave2.avi": (None, "wave2", "daria"),
        "pjump/moshe_pjump.avi": (None, "pjump", "moshe"),
    },
    "mug": {
        "001/anger/take000/": (HELD_OUT, "anger", "001"),
        "002/session0/happiness/take001/": (HELD_OUT, "happiness", "002"),
        "008/anger/take000/": (TRAIN, "anger", "008"),
        "008/anger/take001/": (TRAIN, "anger", "008"),
        "084/surprise/take000/": (TRAIN, "surprise", "084"),
    },
    "ffhq": {
        "00000/00007.png": (TRAIN, None, "00007"),
        "59000/59999.png": (TRAIN, None, "59999"),
        "60000/60000.png": (HELD_OUT, None, "60000"),
        "69000/69999.png": (HELD_OUT, None, "69999"),
    },
    "anime_face": {
        "1_2000.png": (None, None, "1_2000.png"),
        "46651_2006.png": (None, None, "46651_2006.png"),
        "9_2007.png": (None, None, "9_2007.png"),
    },
}


def grow(root: Path, names: list[str]) -> dict[str, np.ndarray]:
    """The tree, each film of its own frames."""
    made = {}
    for seed, name in enumerate(names):
        frames = noise(1 if name.endswith(".png") else 3, seed=seed)
        made[name.rstrip("/")] = frames
        if name.endswith("/"):
            save_frames(root / name, frames)
        elif name.endswith(".png"):
            save_frames(root / "frames", frames)
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "frames" / "frame 0.png").rename(root / name)
            (root / "frames").rmdir()
        else:
            film(root / name, frames, "mpeg4" if name.endswith(".mp4") else "ffv1", fps=25)
    return made


def of(name: str, root: Path, *changes: str) -> Layout:
    return source_of(name, [f"data.source.path={root}", *SMALL, *changes], [])


def ucf(root: Path, lists: Path | None = None) -> Path:
    """The tree of UCF-101 with its lists."""
    grow(root, list(TREES["ucf101"]))
    lists = lists or root / "ucfTrainTestlist"
    lists.mkdir(parents=True, exist_ok=True)
    names = {split: [n for n, told in TREES["ucf101"].items() if told[0] == split] for split in (TRAIN, HELD_OUT)}
    (lists / "trainlist01.txt").write_text("".join(f"{name} 1\r\n" for name in names[TRAIN]))
    (lists / "testlist01.txt").write_text("".join(f"{name}\n" for name in names[HELD_OUT]))
    return root


def test_every_layout_has_a_tree():
    assert TREES.keys() == YAMLS.keys()


@pytest.mark.parametrize("name", TREES)
def test_split_class_group_and_number_of_films(name, tmp_path):
    root = tmp_path / name
    made = grow(root, list(TREES[name]))
    if name == "ucf101":
        ucf(root)
    source = of(name, root)
    assert source.prepare(1) == []
    store, found = source.open(), stored(source)
    assert found.keys() == made.keys()
    lossless = [one for one in made if not one.endswith(".mp4")]
    for one in lossless:  # all frames, each once: 8x8 as they were
        np.testing.assert_array_equal(found[one], made[one])
    assert all(len(found[one]) == len(made[one]) for one in made)
    told = {row["source"]: row for row in store.rows}
    for one, (split, label, group) in TREES[name].items():
        row = told[one.rstrip("/")]
        assert row["group"] == group and (split is None or row["split"] == split)
        assert (None if row["label"] < 0 else store.classes[row["label"]]) == label
    splits = {row["group"]: row["split"] for row in store.rows}
    assert all(splits[row["group"]] == row["split"] for row in store.rows)
    assert set(splits.values()) == {TRAIN, HELD_OUT}
    assert store.attribution and store.licence and store.meta["name"].startswith(name)


@pytest.mark.parametrize("name", FIELD)
def test_the_command_in_the_yaml_composes_with_a_whole_stride(name):
    text = (conf_dir() / "data" / f"{name}.yaml").read_text()
    (command,) = re.findall(r"^# kineograph train (.*)$", text, re.MULTILINE)
    data = compose("train", command.split(), []).config.data
    stride = data.source.fps / data.fps
    assert stride == int(stride) >= 1
    assert data.source.height % data.height == 0 and data.source.height * data.width == data.source.width * data.height
    build(data)
    assert all(len(line) <= 160 for line in text.splitlines())


@pytest.mark.parametrize("name", YAMLS)
def test_the_example_fits_the_pattern(name):
    given = yaml.safe_load(YAMLS[name].read_text())["source"]
    example = Path(given["example"])
    example = example.parent if given["kinds"] == ["frames"] else example.with_suffix("")
    assert re.fullmatch(given["pattern"], str(example))


def test_mug_trains_on_lfdms_persons():
    train = {8, 17, 21, 28, 30, 31, 34, 36, 37, 38, 39, 42, 43, 44, 45, 55, 60, 61, 62, 63, 71, 75, 76, 77, 83, 84}
    pattern = yaml.safe_load(YAMLS["mug"].read_text())["source"]["split"]
    held_out = [number for number in range(1, 87) if re.fullmatch(pattern, f"{number:03d}/anger/take000")]
    assert {*range(1, 87)} - {*held_out} == train


def test_captions_are_words(tmp_path):
    source = of("ucf101", ucf(tmp_path / "UCF-101"))
    source.prepare(1)
    assert {film.caption for film in source.open().films} == {"apply eye makeup", "handstand pushups"}


@pytest.mark.parametrize("place", ["", "annotations", "../lists", ".."])
def test_lists_are_found_where_people_unpack_them(tmp_path, place):
    root = tmp_path / "UCF-101"
    source = of("ucf101", ucf(root, root / place))
    assert source.prepare(1) == []
    assert sorted(film.split for film in source.open().films) == [HELD_OUT, TRAIN, TRAIN, TRAIN]


def test_what_the_lists_and_the_folder_do_not_share_is_told(tmp_path):
    root = ucf(tmp_path / "UCF-101")
    film(root / "Archery" / "v_Archery_g01_c01.avi", noise(3, seed=9))
    film(root / "Archery" / "take one.avi", noise(3, seed=10))
    (root / "ApplyEyeMakeup" / "v_ApplyEyeMakeup_g08_c02.avi").unlink()
    assert sorted(of("ucf101", root).prepare(1)) == [
        f"{root}: 1 of its films are on a list and not there; the first: ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c02",
        f"{root}: 1 of its films are on no list; the first: Archery/v_Archery_g01_c01",
        f"{root}: 1 of its films do not lie as in ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi; "
        "the first: Archery/take one",
    ]


def test_a_share_of_the_groups_instead_of_lists(tmp_path):
    grow(tmp_path, list(TREES["ucf101"]))
    source = of("ucf101", tmp_path, "data.source.split=0.3")
    assert source.prepare(1) == []
    splits = {film.group: film.split for film in source.open().films}
    assert len(splits) == 3 and set(splits.values()) == {TRAIN, HELD_OUT}


def test_a_film_on_both_lists(tmp_path):
    root = ucf(tmp_path / "UCF-101")
    with (root / "ucfTrainTestlist" / "testlist01.txt").open("a") as file:
        file.write("ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi\n")
    with pytest.raises(UserError, match=r"testlist01.txt:2: .*on the other list too"):
        of("ucf101", root).prepare(1)


def told(source) -> str:
    with pytest.raises(UserError) as error:
        source.prepare(1)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", TREES)
def test_nested_once_too_often(name, tmp_path):
    grow(tmp_path / "download" / name, list(TREES[name]))
    if name in ("anime_face", "weizmann"):  # one folder more or less is a layout of theirs
        grow(tmp_path / "download" / name / name, list(TREES[name]))
        (tmp_path / "deep").mkdir()
        (tmp_path / "download").rename(tmp_path / "deep" / "download")
        assert "nested" in told(of(name, tmp_path / "deep"))
        return
    line = told(of(name, tmp_path / "download"))
    assert line == (
        f"{tmp_path / 'download'}: nested once too often; the data begin further down: "
        f"data.source.path={tmp_path / 'download' / name}"
    )


def test_nested_in_the_middle_and_too_deep(tmp_path):
    grow(tmp_path / "a", ["train/traj_0_to_255/traj_0_to_255/1/"])
    assert "traj_0_to_255/traj_0_to_255/1 should be train/traj_0_to_255/1" in told(of("bair", tmp_path / "a"))
    grow(tmp_path / "bair", list(TREES["bair"]))
    line = told(of("bair", tmp_path / "bair" / "train"))
    assert line.endswith(f"too deep; the data begin above it: data.source.path={tmp_path / 'bair'}")
    assert told(of("bair", tmp_path / "bair" / "train" / "traj_0_to_255")).endswith(f"path={tmp_path / 'bair'}")


@pytest.mark.parametrize("name", [name for name in TREES if name in ("sky_timelapse", "bair", "mug")])
def test_films_where_frames_are_expected(name, tmp_path):
    for seed, one in enumerate(TREES[name]):
        film(tmp_path / f"{one.rstrip('/')}.avi", noise(3, seed=seed), fps=25)
    line = told(of(name, tmp_path))
    count = len(TREES[name])
    assert re.search(
        rf"{count} films \(.avi\) where folders of pictures are expected.*data.source.kinds=\[films\]$", line
    )
    if name != "bair":
        source = of(name, tmp_path, "data.source.kinds=[films]")  # which is what the line advises
        source.prepare(1)
        assert len(source.open().films) == count


def test_frames_where_films_are_expected(tmp_path):
    for one in TREES["ucf101"]:
        save_frames(tmp_path / one[:-4], noise(3, seed=len(one)))
    line = told(of("ucf101", tmp_path))
    assert re.search(
        r"4 folders of pictures .* where films are expected.*kinds=\[frames\] data.source.frames_fps", line
    )


@pytest.mark.parametrize("gone", ["trainlist01.txt", "testlist01.txt"])
def test_a_missing_split_file(gone, tmp_path):
    root = ucf(tmp_path / "UCF-101")
    (root / "ucfTrainTestlist" / gone).unlink()
    assert told(of("ucf101", root)) == f"{root}: no {gone} in it, in a folder of it or beside it; put it there"


def test_other_wrong_folders_and_settings(tmp_path):
    film(tmp_path / "other" / "holiday.avi", noise(2))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.doc").touch()
    assert "none of its 1 films lies as in ApplyEyeMakeup/" in told(of("ucf101", tmp_path / "other"))
    assert "no films such as ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi, found .doc" in told(
        of("ucf101", tmp_path / "notes")
    )
    assert "no such folder" in told(of("ucf101", tmp_path / "none"))
    for changes, message in [
        (["data.source.kinds=[movies]"], "choose from films, frames, stills"),
        (["data.source.kinds=[frames]"], "frames_fps is None"),
        (["data.source.frames_fps=0"], "frames_fps is 0"),
        (["~data.source.split.held_out"], "it wants train and held_out"),
    ]:
        with pytest.raises(UserError, match=message):
            of("ucf101", tmp_path, *changes)


def test_a_path_that_is_not_given():
    with pytest.raises(ConfigError, match=r"^data.source.path has no value; add data.source.path=VALUE$"):
        source_of("ucf101", [], [])
    with pytest.raises(ConfigError, match=r"^data.source.path has no value; add data.source.path=VALUE$"):
        resolved(compose("train", ["data=kth"], []).config)


def test_every_frame_of_a_film_of_another_rate(tmp_path):
    """The authors' scripts save Taichi-HD at whatever rate: strides count frames."""
    film(tmp_path / "train" / "a#1#2.mp4", noise(7), "mpeg4", fps=10)
    film(tmp_path / "test" / "b#1#2.mp4", noise(7, seed=1), "mpeg4", fps=50)
    source = of("taichi_hd", tmp_path)
    source.prepare(1)
    assert [len(content) for content in stored(source).values()] == [7, 7]


def test_films_among_stills_stay_films(tmp_path):
    film(tmp_path / "a.mkv", noise(6, seed=1))
    save_frames(tmp_path / "pictures", noise(1, seed=2))
    source = Layout(
        name="both", path=str(tmp_path), kinds=["films", "stills"], pattern=".*", example="a.mp4", split=0.2,
        frames_fps=None, licence="", attribution="", background=[0] * 3, height=8, width=8, channels=3, fps=12,
        resize="centre",
    )  # fmt: skip
    assert [item.frames for item in source.items()[0]] == [0, 1]
    source.prepare(1)
    assert {name: len(frames) for name, frames in stored(source).items()} == {"a.mkv": 6, "pictures/frame 0.png": 1}


def test_a_split_that_is_no_share(tmp_path):
    with pytest.raises(UserError, match="data.source.split is 10; a share of the groups"):
        source_of("ucf101", [f"data.source.path={tmp_path}", "data.source.split=10"], [])
