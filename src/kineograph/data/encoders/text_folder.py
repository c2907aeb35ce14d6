"""A text encoder that the user gives: T5, CLIP or BERT's kind, by its folder or by its name on the hub."""

from functools import cached_property
from pathlib import Path

from kineograph.core.errors import UserError
from kineograph.core.local_file import local_folder
from kineograph.data.encoders.pretrained_text import PretrainedText

NEEDED = ["*.json", "*.safetensors", "*.model", "*.txt"]


class TextFolder(PretrainedText):
    """``weights`` is the folder, or with ``hub`` the name of a model there, which is fetched at first use."""

    def __init__(self, *, weights: str, hub: bool):
        self.weights = weights
        self.hub = hub

    @cached_property
    def folder(self) -> Path:
        if not self.hub:
            return local_folder(self.weights)
        try:
            from huggingface_hub import snapshot_download

            return Path(snapshot_download(self.weights, allow_patterns=NEEDED))
        except Exception as error:  # whatever the network does, or a missing package
            raise UserError(
                f"'{self.weights}' could not be fetched ({' '.join(str(error).split())[:120]}); download it where "
                "there is a network, then data.text.weights=FOLDER data.text.hub=false"
            ) from error
