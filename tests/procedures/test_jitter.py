import torch

from kineograph.core.random import Noise
from kineograph.procedures.jitter import Jitter


def test_starts_at_rest_and_moves_with_its_amplitude(clip, condition):
    still, small, large = (
        Jitter(amplitude=amplitude, num_points=3, frequency=1.0).animate(condition, Noise([1, 2, 3]))
        for amplitude in (0.0, 0.01, 0.1)
    )
    assert torch.allclose(still, clip.video[:, :1].expand_as(still), atol=1e-5)
    assert torch.equal(large[:, 0], clip.video[:, 0])
    assert small.diff(dim=1).abs().mean() < large.diff(dim=1).abs().mean()


def test_a_film_depends_on_its_own_seed_alone(condition):
    jitter = Jitter(amplitude=0.05, num_points=3, frequency=1.0)
    whole = jitter.animate(condition, Noise([1, 2, 3]))
    alone = jitter.animate(
        condition._replace(**{name: getattr(condition, name)[1:2] for name in condition._fields[:-1]}), Noise([2])
    )
    assert torch.allclose(whole[1:2], alone, atol=1e-6)


def test_flow_is_measured_from_the_nearest_given_frame(condition):
    mask = condition.mask.clone()
    mask[:, -1] = 1
    flow = Jitter(amplitude=0.05, num_points=3, frequency=1.0).flow(condition._replace(mask=mask), Noise([1, 2, 3]))
    assert (flow[:, [0, -1]] == 0).all()
    assert (flow[:, 1] != 0).any()
