"""The film that a procedure works on."""

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.procedures.source_film import source_film


def test_a_file_is_read_at_the_size_and_the_instants_wanted(condition, tmp_path):
    greys = torch.tensor([0, 80, 160], dtype=torch.uint8).reshape(3, 1, 1, 1).expand(3, 16, 16, 3)
    path = write(tmp_path / "film.webp", greys, 6.0, {})  # half the condition's 12 frames a second
    film = source_film(str(path), condition)
    assert film.shape == condition.known.shape
    expected = torch.tensor([0, 0, 80, 80]) / 127.5 - 1  # 0, 1/12 (a tie: the earlier), 2/12, 3/12
    torch.testing.assert_close(film.mean(dim=(0, 2, 3, 4)), expected, atol=0.03, rtol=0)


def test_a_guide_of_as_many_frames_serves_and_another_does_not(condition, clip):
    assert torch.equal(source_film(None, condition._replace(guide=clip.video)), clip.video)
    with pytest.raises(UserError, match="procedure.film"):
        source_film(None, condition._replace(guide=clip.video[:, :2]))


def test_colours_become_grey_where_the_animator_is(condition, clip):
    grey = condition._replace(known=condition.known[:, :, :1], guide=clip.video)
    expected = 0.299 * clip.video[:, :, 0] + 0.587 * clip.video[:, :, 1] + 0.114 * clip.video[:, :, 2]
    torch.testing.assert_close(source_film(None, grey)[:, :, 0], expected)
