from omegaconf import OmegaConf

from kineograph.core.build import build
from kineograph.metrics.flicker import Flicker
from kineograph.metrics.frechet_distance import FrechetDistance
from kineograph.metrics.protocol import extractors_of


def test_card_changes_with_what_matters(repository, means):
    protocol = build(OmegaConf.load(repository / "conf/metrics/protocol/kineograph_tiny.yaml"))
    found = extractors_of({"fd": FrechetDistance(extractor=means), "flicker": Flicker(num_resamples=1, seed=0)})
    assert found == {"means": "0"}
    card = protocol.card(data_hash="a", extractors=found, num_clips=9)
    assert (card["num_frames"], card["height"], card["name"]) == (8, 32, "kineograph_tiny")
    assert card == protocol.card(data_hash="a", extractors={"means": "0"}, num_clips=9)
    assert card["hash"] != protocol.card(data_hash="b", extractors=found, num_clips=9)["hash"]
