"""RAFT, from a file that the user gives: optical flow by a network.

Teed and Deng, arXiv:2003.12039; torchvision's implementation and weights.
"""

import pickle

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float, Float32, UInt8
from torch import Tensor, nn
from torchvision.models.optical_flow import raft_large, raft_small

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.networks.pretrained.file_hash import file_hash
from kineograph.networks.pretrained.given_file import given_file

SMALLEST, STEP = 128, 8  # pixels a side that the network needs, and of which a side is a multiple
SIZES = {"small": raft_small, "large": raft_large}
OFFICIAL = {"small": "raft_small_C_T_V2-01064c6d.pth", "large": "raft_large_C_T_SKHT_V2-ff5fadd5.pth"}


class Raft:
    """Flow between two 8-bit frames, which are enlarged where they are too small, in their own pixels.

    Raises UserError where the file is missing or does not fit.
    """

    def __init__(self, *, size: str, weights: str, expected_sha256: str | None, num_updates: int):
        if size not in SIZES:
            raise UserError(f"RAFT is {' or '.join(SIZES)}, not '{size}'")
        self.size = size
        self.num_updates = num_updates
        source = f"{OFFICIAL[size]} (torchvision)"
        self.path = given_file(weights, expected_sha256, "warping errors by RAFT", source, "warping_error")
        self.frozen = Frozen(identity=(self.name, self.sha256), load=self.load)
        self.frozen.on(torch.device("cpu"))  # weights that do not fit are told now

    @property
    def name(self) -> str:
        return f"raft_{self.size}"

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def load(self) -> nn.Module:
        network = SIZES[self.size](weights=None)
        try:
            network.load_state_dict(torch.load(self.path, map_location="cpu", weights_only=True))
        except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
            raise UserError(f"'{self.path}' does not hold the tensors of RAFT; get {OFFICIAL[self.size]}") from error
        return network

    def __call__(
        self, here: UInt8[np.ndarray, "h w *rgb"], there: UInt8[np.ndarray, "h w *rgb"]
    ) -> Float32[np.ndarray, "h w 2"]:
        height, width = here.shape[:2]
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        frames = [_prepared(frame).to(device) for frame in (here, there)]
        with torch.inference_mode():
            flow = self.frozen(*frames, num_flow_updates=self.num_updates)[-1]
            flow = F.interpolate(flow, size=(height, width), mode="bilinear", align_corners=False)
        scale = flow.new_tensor([width / frames[0].shape[3], height / frames[0].shape[2]])
        return (rearrange(flow[0], "two h w -> h w two") * scale).cpu().numpy()


def _prepared(frame: np.ndarray) -> Float[Tensor, "1 3 h2 w2"]:
    """In [-1, 1], each side at least as long as the network needs and a multiple of its step."""
    coloured = np.broadcast_to(frame[..., None], (*frame.shape, 3)) if frame.ndim == 2 else frame
    picture = rearrange(torch.from_numpy(np.ascontiguousarray(coloured)), "h w c -> 1 c h w") / 127.5 - 1
    scale = max(1.0, SMALLEST / min(frame.shape[:2]))
    size = [round(side * scale / STEP) * STEP for side in frame.shape[:2]]
    if size == list(frame.shape[:2]):
        return picture
    return F.interpolate(picture, size=size, mode="bilinear", align_corners=False)
