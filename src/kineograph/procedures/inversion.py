"""A real picture found again among the films that a model knows (Zhu et al. 2016, arXiv 1609.03552, section 3.1;
Abdal et al. 2019, "Image2StyleGAN", arXiv 1904.03189): then it moves as that film moves."""

import torch
from einops import reduce

from kineograph.core.errors import UserError, at_least
from kineograph.core.protocols import Animates, Imagines
from kineograph.core.random import Noise
from kineograph.core.types import Condition, PerClip, Video

START = 1  # branches of the noise: one a starting point


class Inversion:
    """Codes are moved until the film, made without seeing any picture, shows the given frames; then it is shown whole.

    Of ``num_starts`` draws the nearest is taken and Adam goes ``num_steps`` from there, on content and motion codes;
    ``normality`` is the weight of how unlikely the codes are. ``error`` holds, of the films made last, the mean squared
    error over the given pixels in [-1, 1]. Raises UserError where no frame is given, or no code is
    drawn.
    """

    def __init__(
        self, *, animates: Animates, num_starts: int, num_steps: int, lr: float, normality: float
    ):  # fmt: skip
        if not isinstance(animates, Imagines):
            raise UserError("procedure=inversion is for animators that make films from codes, as GANs do")
        at_least(1, procedure__num_starts=num_starts)
        at_least(0, procedure__num_steps=num_steps)
        self.animates = animates
        self.num_starts = num_starts
        self.num_steps = num_steps
        self.lr = lr
        self.normality = normality
        self.error: PerClip = torch.zeros(0)

    def animate(self, condition: Condition, noise: Noise) -> Video:
        if not bool((condition.mask > 0).flatten(1).any(dim=1).all()):
            raise UserError("procedure=inversion looks for a picture: give one (task=image_to_video)")
        blind = condition._replace(known=torch.zeros_like(condition.known), mask=torch.zeros_like(condition.mask))
        best, nearest = None, None
        for start in range(self.num_starts):
            codes = self.animates.codes(blind, noise.branch(START + start))
            with torch.no_grad():
                error = miss(self.animates.film(blind, codes), condition)
            if best is None or nearest is None:
                best, nearest = codes, error
                continue
            closer = error < nearest
            best = type(codes)(
                *(torch.where(closer.view(-1, *[1] * (a.ndim - 1)), b, a) for a, b in zip(best, codes, strict=True))
            )
            nearest = torch.where(closer, error, nearest)
        assert best is not None
        if not any(code[0].numel() for code in (best.content, best.motion)):
            raise UserError(
                "procedure=inversion moves codes until a film fits, and this animator's generator draws none"
            )
        # cuDNN's recurrent cells go backward in training mode only
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            content, motion = (code.detach().clone().requires_grad_() for code in (best.content, best.motion))
            adam = torch.optim.Adam([content, motion], lr=self.lr)
            for _ in range(self.num_steps):
                film = self.animates.film(blind, best._replace(content=content, motion=motion))
                unlikely = sum(code.square().flatten(1).mean(dim=1) for code in (content, motion) if code[0].numel())
                loss = miss(film, condition) + self.normality * unlikely
                adam.zero_grad()
                loss.sum().backward()  # a sum: no clip knows of the others
                adam.step()
        with torch.no_grad():
            film = self.animates.film(blind, best._replace(content=content.detach(), motion=motion.detach()))
            film = film.clamp(-1, 1)
            self.error = miss(film, condition)
        return film

    def report(self) -> str:
        """What there is to say of the films made last."""
        return f"inversion: mean squared error {', '.join(f'{error:.4g}' for error in self.error.tolist())}"


def miss(film: Video, condition: Condition) -> PerClip:
    """The mean squared error over the given pixels."""
    squared = (film - condition.known).square() * condition.mask
    return reduce(squared, "b t c h w -> b", "sum") / (film.shape[2] * reduce(condition.mask, "b t o h w -> b", "sum"))
