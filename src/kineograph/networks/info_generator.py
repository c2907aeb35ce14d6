"""A generator some of whose codes shall mean something (Chen et al. 2016, "InfoGAN", arXiv 1606.03657, section 4):
a category and values of the content, a category and values of the motion."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from kineograph.core.errors import ConfigError
from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated
from kineograph.networks.code_reader import CodeReader

NAMED = 1000  # branch of the noise, far from those that windows and answers take


class InfoCodes(NamedTuple):
    """What the inner generator draws, and the codes that take the place of its first numbers."""

    content: Float[Tensor, "b d"]
    motion: Float[Tensor, "b n e"]
    content_category: Int[Tensor, "b 1"]
    content_values: Float[Tensor, "b v"]  # in [-1, 1)
    motion_category: Int[Tensor, "b 1"]
    motion_values: Float[Tensor, "b w"]


class InfoGenerator(nn.Module):
    """Any generator whose codes are content and motion. Motion codes hold for the whole film.

    Extras for the loss ``info``, in training alone: what the reader makes of the film (``content_logits``,
    ``motion_logits``, ``values``). Raises ConfigError where the inner generator draws too few numbers for the codes.
    """

    def __init__(
        self,
        *,
        generator: nn.Module,
        reader: CodeReader,  # of as many answers as there are categories and values
        content_categories: int,
        content_values: int,
        motion_categories: int,
        motion_values: int,
    ):
        super().__init__()
        self.generator = generator
        self.reader = reader
        self.num_categories = (content_categories, motion_categories)
        self.num_values = (content_values, motion_values)
        wanted = sum(self.num_categories) + sum(self.num_values)
        if reader.head.out_features != wanted:
            raise ConfigError(
                f"animator.generator.reader.answer_dim is {reader.head.out_features}; the codes have {wanted} numbers"
            )

    def sample_latent(self, condition: Condition, noise: Noise) -> InfoCodes:
        codes = self.generator.sample_latent(condition, noise)
        for name, drawn, categories, values in zip(
            ("content", "motion"), codes, self.num_categories, self.num_values, strict=True
        ):
            if drawn.shape[-1] < categories + values:
                raise ConfigError(
                    f"animator.generator: {categories + values} {name} codes do not fit into the {drawn.shape[-1]} "
                    f"numbers that the inner generator draws; raise its {name}_dim"
                )
        # how many numbers the inner generator drew may follow the longest film of the batch
        numbers = noise.branch(NAMED).uniform(2 + sum(self.num_values))
        content, motion = (numbers[:, :2] * torch.tensor(self.num_categories, device=numbers.device)).long().split(1, 1)
        of_content, of_motion = (2 * numbers[:, 2:] - 1).split(list(self.num_values), dim=1)
        return InfoCodes(codes.content, codes.motion, content, of_content, motion, of_motion)

    def forward(self, condition: Condition, latent: InfoCodes) -> Generated:
        codes = []
        named = [(latent.content_category, latent.content_values), (latent.motion_category, latent.motion_values)]
        for count, (category, values) in zip(self.num_categories, named, strict=True):
            chosen = (category == torch.arange(count, device=values.device)).to(values)  # b k, one of them 1
            codes.append(torch.cat([chosen, values], dim=1))
        content = torch.cat([codes[0], latent.content[:, codes[0].shape[1] :]], dim=1)
        steady = codes[1][:, None].expand(-1, latent.motion.shape[1], -1)
        motion = torch.cat([steady, latent.motion[:, :, codes[1].shape[1] :]], dim=2)
        video, extras = self.generator(condition, Codes(content, motion))
        if not self.training:  # there is nobody to guess for
            return Generated(video, extras)
        read = self.reader(video).split([*self.num_categories, sum(self.num_values)], dim=1)
        return Generated(video, extras | dict(zip(("content_logits", "motion_logits", "values"), read, strict=True)))
