"""Codes drawn nearer to their mean: surer films, and fewer kinds of them (Brock et al. 2019, "BigGAN",
arXiv 1809.11096, section 3.1; scaled as in StyleGAN, arXiv 1812.04948, appendix B)."""

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Imagines
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known


class Truncation:
    """Content and motion codes times a factor each; 1 changes nothing, 0 is the one film of the mean codes."""

    def __init__(self, *, animates: Animates, content: float, motion: float):
        if not isinstance(animates, Imagines):
            raise UserError("procedure=truncation is for animators that make films from codes, as GANs do")
        self.animates = animates
        self.content = content
        self.motion = motion

    def animate(self, condition: Condition, noise: Noise) -> Video:
        codes = self.animates.codes(condition, noise)
        codes = codes._replace(content=self.content * codes.content, motion=self.motion * codes.motion)
        return keep_known(self.animates.film(condition, codes).clamp(-1, 1), condition)
