"""Every named system is measured at the size it was trained at, from films that are large enough."""

import pytest

from kineograph.cli.compose import compose, group_choices

SIZE = ("num_frames", "height", "width")


@pytest.mark.parametrize("name", group_choices([])["experiment"])
def test_clip_protocol_and_films_are_of_one_size(name):
    config = compose("train", [f"experiment={name}"], []).config
    if name == "gan/mlp_gan_paper":
        assert config.protocol.name == "digits_28"  # no preset: not to be taken for one
    assert [config.clip[key] for key in SIZE] == [config.protocol[key] for key in SIZE]
    assert config.protocol.fps == config.clip.fps
    source = config.data.source
    for key in ("height", "width"):
        assert source.get(key, config.clip[key]) >= config.clip[key]
