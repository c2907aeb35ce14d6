"""The content codes of one film with the motion codes of another (Tulyakov et al. 2018, "MoCoGAN", arXiv 1707.04993,
figure 5; style mixing: Karras et al. 2019, arXiv 1812.04948, section 3.1)."""

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Imagines
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known


class StyleMixing:
    """Each film keeps the content codes of its own seed; ``motion_seed`` gives all of them the same motion codes."""

    def __init__(self, *, animates: Animates, motion_seed: int):
        if not isinstance(animates, Imagines):
            raise UserError("procedure=style_mixing is for animators that make films from codes, as GANs do")
        self.animates = animates
        self.motion_seed = motion_seed

    def animate(self, condition: Condition, noise: Noise) -> Video:
        codes = self.animates.codes(condition, noise)
        other = self.animates.codes(condition, Noise([self.motion_seed] * len(noise), noise.device))
        motion = {name: getattr(other, name) for name in codes._fields if name.startswith("motion")}
        film = self.animates.film(condition, codes._replace(**motion))
        return keep_known(film.clamp(-1, 1), condition)
