"""How much error there is to expect at a level of noise, learned beside the denoiser so that all levels weigh alike
("EDM2", Karras et al. 2024, arXiv:2312.02696, equations 14 to 16 and appendix B.2)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Level
from kineograph.networks.blocks.fourier import fourier


class Uncertainty(nn.Module):
    """u of ln(sigma / alpha) / 4: the logarithm of the variance expected of the weighted error; zero at birth.

    Not needed for sampling.
    """

    def __init__(self, *, num_features: int):
        super().__init__()
        self.num_features = num_features
        self.leave = nn.Linear(num_features, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, alpha: Level, sigma: Level) -> Float[Tensor, "*levels"]:
        ratio = (sigma.clamp(min=1e-4).log() - alpha.clamp(min=1e-4).log()) / 4
        with torch.autocast(ratio.device.type, enabled=False):  # a logarithm in 8 bits would weigh levels by steps
            return self.leave(fourier(ratio.to(self.leave.weight), self.num_features, 8.0))[..., 0]

    def balanced(self, error: Float[Tensor, "*levels"], alpha: Level, sigma: Level) -> Float[Tensor, "*levels"]:
        """Equation 14: least where u is the logarithm of the mean error at that level."""
        log_variance = self(alpha, sigma)
        return torch.exp(-log_variance) * error + log_variance
