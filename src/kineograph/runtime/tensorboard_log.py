"""TensorBoard event files against ``images_seen``; previews appear as strips of frames."""

from pathlib import Path

import numpy as np
from PIL import Image
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only


class TensorboardLog(TensorBoardLogger):
    """RUN/tensorboard; open it with ``tensorboard --logdir RUN``."""

    def __init__(self, *, folder: str):
        super().__init__(save_dir=folder, name="", version="")

    @rank_zero_only
    def show(self, name: str, film: Path, strip: Path, images_seen: int) -> None:
        """The strip only: TensorBoard's films are GIFs encoded by moviepy, which we do not need."""
        with Image.open(strip) as picture:
            self.experiment.add_image(name, np.asarray(picture.convert("RGB")), images_seen, dataformats="HWC")
