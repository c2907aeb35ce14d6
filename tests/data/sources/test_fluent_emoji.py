"""Names, groups and errors; a small package stands in for the real ones."""

import io
import tarfile

import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data import packages
from kineograph.data.sources.emoji_names import caption_of, class_of, codes_of, group_of
from kineograph.data.sources.fluent_emoji import FluentEmoji

SETTINGS = {"packages": 1, "background": [255, 255, 255], "height": 8, "width": 8, "fps": 24, "held_out": 0.5}


def test_skin_tones_and_selectors_are_one_group():
    for name in ("1f44b", "1f44b-1f3fb", "1f44b-fe0f"):
        assert group_of(codes_of(name)) == "1f44b"
    mixed = codes_of("1f469-1f3fb-200d-1f91d-200d-1f468-1f3fc")
    assert group_of(mixed) == group_of(codes_of("1f46b-1f3fd")) == "1f46b"
    assert group_of(codes_of("1faf1-1f3fb-200d-1faf2-1f3ff")) == "1f91d"


@pytest.mark.parametrize(
    "alike",
    [
        ("1f468-200d-1f4bb", "1f469-1f3fd-200d-1f4bb", "1f9d1-200d-1f4bb"),  # at a computer
        ("1f93e", "1f93e-200d-2640-fe0f", "1f93e-1f3fe-200d-2642-fe0f"),  # handball
        ("1f46a", "1f468-200d-1f469-200d-1f467-200d-1f466", "1f469-200d-1f466"),  # families
        ("1f46b", "1f46c", "1f9d1-1f3fb-200d-1f91d-200d-1f9d1-1f3ff"),  # holding hands
        ("1f491", "1f469-200d-2764-fe0f-200d-1f468", "1f468-1f3fb-200d-2764-fe0f-200d-1f468-1f3fc"),
        ("1f48f", "1f469-200d-2764-fe0f-200d-1f48b-200d-1f469"),
        ("1f385", "1f936-1f3fb", "1f9d1-1f3ff-200d-1f384"),
        ("1f550", "1f55b", "1f567"),  # hours
        ("2764-fe0f", "1f49a", "1f90e"),  # colours of a heart
    ],
)
def test_variants_of_one_emoji_are_one_group(alike):
    assert len({group_of(codes_of(name)) for name in alike}) == 1


def test_other_emoji_are_other_groups():
    apart = (
        "1f468",
        "1f466",
        "1f468-200d-1f4bb",
        "1f468-200d-1f52c",
        "1f46a",
        "1f46b",
        "1f491",
        "1f48f",
        "2764",
        "1f494",
    )
    apart += (
        "2764-fe0f-200d-1f525",
        "1f550",
        "1f570",
        "1f3f4",
        "1f3f4-200d-2620-fe0f",
        "1f3fb",
        "1f3fc",
        "2640",
        "2642",
    )
    assert len({group_of(codes_of(name)) for name in apart}) == len(apart)


def test_names_and_classes():
    assert caption_of(codes_of("1f600")) == "grinning face"
    assert caption_of(codes_of("1f44b-1f3fd")) == "waving hand medium skin"
    assert caption_of(codes_of("1f1e9-1f1ea")) == "flag de"
    told = {"1f600": "face", "1f44b": "hand", "1f468-200d-1f4bb": "person", "1f436": "animal", "1f355": "food"}
    told |= {"1f680": "travel", "26bd": "activity", "1f4a1": "object", "2764-fe0f": "symbol", "1f1e9-1f1ea": "flag"}
    assert {name: class_of(codes_of(name)) for name in told} == told


def moving(colour: tuple[int, int, int, int]) -> bytes:
    frames = [Image.new("RGBA", (16, 16), ink) for ink in (colour, (0, 0, 0, 0), (0, 0, 0, 255))]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=42, lossless=True)
    return file.getvalue()


def test_a_package_becomes_a_store(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    still = io.BytesIO()
    Image.new("RGBA", (16, 16)).save(still, "WEBP")
    files = {f"1f44b-1f3f{tone}.webp": moving((int(tone, 16) * 10, 0, 0, 255)) for tone in "bcdef"}
    files |= {"1f600.webp": moving((0, 200, 0, 255)), "1f601.webp": still.getvalue(), "readme.webp": b"no"}
    with tarfile.open(tmp_path / "lobehub-fluent-emoji-anim-1-1.0.0.tgz", "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/assets/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    source = FluentEmoji(**SETTINGS)
    assert source.prepare(1) == []
    store = source.open()
    assert len(store.films) == 6 and {film.group for film in store.films} == {"1f44b", "1f600"}
    assert {film.split for film in store.films if film.group == "1f44b"} != {
        film.split for film in store.films if film.group == "1f600"
    }
    green = [film.caption for film in store.films].index("grinning face")
    assert store.whole(green)[:, 4, 4].tolist() == [[0, 200, 0], [255, 255, 255], [0, 0, 0]]
    assert store.films[green].fps == 24 and store.classes[store.films[green].label] == "face"
    assert "Microsoft" in (source.store_folder / "ATTRIBUTION.txt").read_text()


def test_damaged_tarball_and_missing_npm(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="needs npm.*moving_shapes"):
        FluentEmoji(**SETTINGS).prepare(1)
    (tmp_path / "lobehub-fluent-emoji-anim-1-1.0.0.tgz").write_bytes(b"not a tarball")
    with pytest.raises(UserError, match="damaged.*moving_shapes"):
        FluentEmoji(**SETTINGS).prepare(1)
    assert [path.name for path in tmp_path.iterdir()] == ["lobehub-fluent-emoji-anim-1-1.0.0.tgz"]
