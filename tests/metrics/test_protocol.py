import dataclasses
import re
import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.metrics.flicker import Flicker
from kineograph.metrics.frechet_distance import FrechetDistance
from kineograph.metrics.protocol import Protocol, differences, extractors_of


@pytest.fixture
def protocol(repository) -> Protocol:
    return build(OmegaConf.load(repository / "conf/metrics/protocol/kineograph_tiny.yaml"))


def at_hand(protocol, data_hash="a", extractors=None, num_clips=9):
    return protocol.at(data_hash=data_hash, extractors=extractors or {"means": "0"}, num_clips=num_clips)


def test_extractors_by_name_settings_and_weights(means):
    means.size, means.batch_size = 8, 4
    found = extractors_of(
        {"fd": FrechetDistance(extractor=means, num_resamples=2), "flicker": Flicker(num_resamples=1, seed=0)}
    )
    assert found == {"means size=8": "0"}


def test_the_card_holds_every_field_and_its_hash(protocol):
    card = at_hand(protocol).card
    fields = {field.name for field in dataclasses.fields(protocol)}
    assert set(card) == fields | {"hash"}
    assert (card["num_real"], card["num_fake"], card["data_hash"], card["extractors"]) == (9, 9, "a", {"means": "0"})
    assert (card["num_frames"], card["height"], card["name"], card["codec"]) == (8, 32, "kineograph_tiny", None)


def test_the_hash_is_of_the_content_alone(protocol, repository):
    mine = at_hand(protocol)
    assert mine == at_hand(protocol) and hash(mine) == hash(at_hand(protocol)) and len({mine, at_hand(protocol)}) == 1
    assert dataclasses.replace(mine, name="other").hash == mine.hash
    assert dataclasses.replace(mine, fps=12).hash == mine.hash
    for field, value in [("seed", 1), ("num_windows", 2), ("offset", "random"), ("split", "train"), ("num_trials", 3),
                         ("data_hash", "b"), ("extractors", {"means": "1"}), ("fps", 8.0), ("height", 16)]:  # fmt: skip
        assert dataclasses.replace(mine, **{field: value}).hash != mine.hash, field
    script = (
        "from omegaconf import OmegaConf; from kineograph.core.build import build; "
        "print(build(OmegaConf.load('conf/metrics/protocol/kineograph_tiny.yaml')).hash)"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True, timeout=200
    )
    assert elsewhere.stdout.strip() == protocol.hash


def test_frozen(protocol):
    with pytest.raises(dataclasses.FrozenInstanceError):
        protocol.seed = 1
    with pytest.raises(TypeError):
        protocol.extractors["means"] = "1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resize": "lanczos"}, "protocol.resize is 'lanczos'"),
        ({"offset": "middle"}, "this evaluator knows spread, random"),
        ({"codec": "h264"}, "protocol.codec is 'h264'; this evaluator knows null and 'h264 crf N'"),
        ({"codec": "h264 crf 52"}, "N from 0 to 51"),
        ({"codec": "vp9 crf 20"}, "protocol.codec is 'vp9 crf 20'"),
        ({"num_fake": 3}, "make them equal"),
        ({"fps": None}, "fps, or both stride and fake_stride"),
        ({"stride": 3}, "fps, or both stride and fake_stride"),
        ({"width": None}, "both height and width"),
        ({"num_frames": 0}, "num_frames is 0"),
    ],
)
def test_what_cannot_be_done_is_refused(protocol, changes, message):
    with pytest.raises(UserError, match=message):
        dataclasses.replace(protocol, **changes)


def test_what_is_at_hand_must_be_what_is_asked_for(protocol):
    official = dataclasses.replace(protocol, extractors={"means": "abc"})
    with pytest.raises(UserError, match="wants means with weights of sha256 abc, the file at hand has def"):
        at_hand(official, extractors={"means size=8": "def"})
    with pytest.raises(UserError, match="looks through means, these metrics through other"):
        at_hand(official, extractors={"other": "abc"})
    with pytest.raises(UserError, match="for the data first and these are other"):
        at_hand(dataclasses.replace(protocol, data_hash="first"), data_hash="other")
    exact = dataclasses.replace(protocol, num_real=2048, num_fake=2048, fewer_clips=False)
    with pytest.raises(UserError, match="wants 2048 clips and the held_out split gives 9"):
        at_hand(exact)
    assert at_hand(dataclasses.replace(exact, fewer_clips=True)).num_real == 9


def test_differences_name_the_fields(protocol):
    one, other = at_hand(protocol), at_hand(protocol, data_hash="b", extractors={"means": "1", "new": "2" * 64})
    assert differences(one.card, dataclasses.replace(one, name="x").card) == []
    assert differences(one.card, other.card) == [
        "data_hash: a and b",
        "extractors.means: 0 and 1",
        "extractors.new: none and 22222222...",
    ]


def test_a_codec_is_on_the_card_and_another_protocol(protocol):
    coded = dataclasses.replace(protocol, codec="h264 crf 23")
    assert (coded.crf, protocol.crf, coded.card["codec"]) == (23, None, "h264 crf 23")
    assert differences(protocol.card, coded.card) == ["codec: none and h264 crf 23"]
    assert len({protocol.hash, coded.hash, dataclasses.replace(protocol, codec="h264 crf 24").hash}) == 3


def test_latte_plays_real_clips_three_times_as_fast(repository, protocol):
    latte = build(OmegaConf.load(repository / "conf/metrics/protocol/latte_stride3.yaml"))
    assert (latte.speed, protocol.speed) == (3.0, 1.0)


def test_every_preset_says_its_source_and_what_is_not_verified(repository):
    for path in (repository / "conf/metrics/protocol").glob("*.yaml"):
        words = " ".join(line for line in path.read_text().splitlines() if line.startswith("#"))
        told = "Not verified:" in words and re.search(r"README|\.py", words)
        assert told or path.stem.startswith("kineograph"), path
