import torch

from kineograph.core.random import Noise
from kineograph.networks.info_generator import InfoCodes
from kineograph.procedures.style_mixing import StyleMixing
from tests.procedures.imagined import Imagined


def test_content_of_its_own_and_motion_of_the_other(condition):
    film = StyleMixing(animates=Imagined(), motion_seed=7).animate(condition, Noise([1, 2, 3]))
    content = Imagined().codes(condition, Noise([1, 2, 3])).content
    motion = Imagined().codes(condition, Noise([7, 7, 7])).motion
    torch.testing.assert_close(film[:, 3, :, 0, 0], (content + 3 / 12 * motion[:, 0]).tanh())
    assert torch.equal(film[:, 0], condition.known[:, 0])


def test_named_codes_of_motion_go_with_the_motion(condition):
    """InfoGAN's: the category and the values of the motion are the other's, those of the content stay."""
    seen = []

    class Named(Imagined):
        def codes(self, condition, noise):
            codes = super().codes(condition, noise)
            kind = noise.uniform(1)
            return InfoCodes(codes.content, codes.motion, kind.long(), kind, (2 + kind).long(), 2 + kind)

        def film(self, condition, codes):
            seen.append(codes)
            return super().film(condition, codes)

    StyleMixing(animates=Named(), motion_seed=7).animate(condition, Noise([1, 2, 3]))
    own, other = Named().codes(condition, Noise([1, 2, 3])), Named().codes(condition, Noise([7, 7, 7]))
    assert torch.equal(seen[0].content_values, own.content_values)
    assert torch.equal(seen[0].motion_values, other.motion_values)
    assert torch.equal(seen[0].motion, other.motion)
