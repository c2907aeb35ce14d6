"""He initialisation: the variance survives rectified layers (He et al. 2015, arXiv:1502.01852, eq. 14)."""

import math

import torch
from torch import nn


class He:
    """Normal weights with variance gain^2 * 2 / (1 + negative_slope^2) / fan_in in every convolution and linear layer.

    Biases become zero. Other layers are left as they are.
    """

    def __init__(self, *, negative_slope: float, gain: float):
        self.negative_slope = negative_slope  # of the leaky rectifier behind each layer
        self.gain = gain

    @torch.no_grad()
    def __call__(self, network: nn.Module) -> None:
        for layer in network.modules():
            if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear):
                fan_in = layer.weight[0].numel()
                deviation = self.gain * math.sqrt(2 / (1 + self.negative_slope**2) / fan_in)
                layer.weight.normal_(0, deviation)
                if layer.bias is not None:
                    layer.bias.zero_()
