"""A pretrained autoencoder of the diffusers package as a codec that is never trained (Rombach et al. 2022,
arXiv:2112.10752, section 3.1; of films: "CogVideoX", arXiv:2408.06072, section 2.1).

The folder is the one in which diffusers saves a model: config.json and diffusion_pytorch_model.safetensors.
"""

import json
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.core.types import Condition, Video
from kineograph.core.warp import resize
from kineograph.networks.blocks.latent_frames import filled, num_latent_frames, told

Latents = Float[Tensor, "b u k y x"]
PICTURES, FILMS = "AutoencoderKL", "AutoencoderKLCogVideoX"
WEIGHTS = "diffusion_pytorch_model.safetensors"


class DiffusersCodec(nn.Module):
    """Works at ``height`` x ``width``; grey films are shown as colours. Its weights are in no state dict.

    Raises UserError, at first use, where the folder, the diffusers package or the right class is missing, where the
    model's latents have other channels than ``latent_channels``, or where its cells do not fill the size.
    """

    def __init__(self, *, folder: str, latent_channels: int, height: int, width: int, frames_a_pass: int):
        super().__init__()
        self.folder = Path(folder)
        self.latent_channels = latent_channels
        self.size = (height, width)
        self.frames_a_pass = frames_a_pass  # pictures coded at once, for bounded memory; films are coded whole
        self.frozen = Frozen(identity=("diffusers_codec", str(self.folder.resolve())), load=self.load)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What config.json says."""
        for name in ("config.json", WEIGHTS):
            if not (self.folder / name).is_file():
                raise UserError(
                    f"animator.codec.network.folder: there is no '{self.folder / name}'; put an autoencoder saved by "
                    f"diffusers there ({PICTURES} or {FILMS}), or use animator/codec=kl_2d"
                )
        settings = json.loads((self.folder / "config.json").read_text())
        if settings.get("_class_name") not in (PICTURES, FILMS):
            raise UserError(
                f"'{self.folder}' holds a model of class {settings.get('_class_name')}; known: {PICTURES}, {FILMS}"
            )
        if settings["latent_channels"] != self.latent_channels:
            raise UserError(f"set animator.codec.network.latent_channels={settings['latent_channels']}, as its model")
        fold = fold_of(settings)
        if any(side % fold for side in self.size):
            sides = "height={} and width={}".format(*self.size)
            raise UserError(f"animator.codec.network: {sides} must be multiples of {fold}")
        return settings

    @property
    def of_films(self) -> bool:
        return self.settings["_class_name"] == FILMS

    @property
    def time_stride(self) -> int:
        return int(self.settings["temporal_compression_ratio"]) if self.of_films else 1

    def load(self) -> nn.Module:
        try:
            import diffusers
        except ImportError as error:
            raise UserError("a pretrained autoencoder needs the package diffusers: pip install diffusers") from error
        model = getattr(diffusers, self.settings["_class_name"])
        return model.from_pretrained(self.folder, local_files_only=True, use_safetensors=True)

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        fold = fold_of(self.settings)
        height, width = (side // fold for side in self.size)
        return num_latent_frames(condition.num_frames, self.time_stride), self.latent_channels, height, width

    def encode(self, video: Video, condition: Condition) -> Latents:
        """The means of the latents, at the scale that the model's denoisers were trained at."""
        colours = filled(resize(video, self.size), self.time_stride).expand(-1, -1, 3, -1, -1)
        latents = self._passes(colours, lambda network, x: network.encode(x).latent_dist.mode())
        return (latents.float() - (self.settings.get("shift_factor") or 0.0)) * self.settings["scaling_factor"]

    def decode(self, latents: Latents, condition: Condition) -> Video:
        raw = latents / self.settings["scaling_factor"] + (self.settings.get("shift_factor") or 0.0)
        film = self._passes(raw, lambda network, x: network.decode(x).sample)[:, : condition.num_frames]
        if condition.channels == 1:
            film = film.mean(dim=2, keepdim=True)
        return resize(film, condition.size)

    def encode_condition(self, condition: Condition) -> Condition:
        """Given frames as latents."""
        return told(condition, partial(self.encode, condition=condition), self.time_stride, not self.of_films)

    def project(self, latents: Float[Tensor, "b _ _ _ _"], condition: Condition) -> Float[Tensor, "b _ _ _ _"]:
        return torch.where(condition.mask >= 1, condition.known, latents)

    def _passes(self, x: Float[Tensor, "b _ _ _ _"], way: Any) -> Float[Tensor, "b _ _ _ _"]:
        network = self.frozen.on(x.device)
        if self.of_films:
            return rearrange(way(network, rearrange(x, "b t c h w -> b c t h w")), "b c t h w -> b t c h w")
        frames = rearrange(x, "b t c h w -> (b t) c h w").split(self.frames_a_pass)
        return rearrange(torch.cat([way(network, part) for part in frames]), "(b t) c h w -> b t c h w", b=len(x))


def fold_of(settings: dict[str, Any]) -> int:
    """Pixels a side of one latent cell."""
    return 2 ** (len(settings["block_out_channels"]) - 1)
