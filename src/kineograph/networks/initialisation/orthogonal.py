"""Orthogonal initialisation: every layer begins as a rotation (Saxe et al. 2014, arXiv:1312.6120, section 3)."""

import torch
from torch import nn


class Orthogonal:
    """Each convolution and linear weight, as a matrix (out, the rest), becomes ``gain`` times a semi-orthogonal one.

    Biases become zero. Other layers are left as they are.
    """

    def __init__(self, *, gain: float):
        self.gain = gain

    @torch.no_grad()
    def __call__(self, network: nn.Module) -> None:
        for layer in network.modules():
            if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear):
                nn.init.orthogonal_(layer.weight, self.gain)
                if layer.bias is not None:
                    layer.bias.zero_()
