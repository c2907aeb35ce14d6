"""Captions as a pretrained network reads them: its last states, a row a token.

BERT's kind (MiniLM, arXiv:2002.10957), T5's encoder (arXiv:1910.10683) and CLIP's text tower (arXiv:2103.00020), each
from a folder as the ``transformers`` package saves it: config.json, safetensors, tokenizer. No code in it is run.
"""

import hashlib
import json
import os
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.local_file import cache_folder, sha256

TOWERS = {
    "bert": "BertModel",
    "clip": "CLIPTextModel",
    "clip_text_model": "CLIPTextModel",
    "t5": "T5EncoderModel",
    "umt5": "UMT5EncoderModel",
}
States = Float32[np.ndarray, "n d"]


class PretrainedText(ABC):
    """A text encoder (protocols.TextEncoder) whose every caption is read once, alone, and kept in the cache folder.

    So no batch changes its numbers, and whoever trains or animates again finds the same ones, by the sum of the model's
    files. Raises UserError where a file or the ``transformers`` package is missing, for another ``text_dim`` than the
    network's and for so few tokens that no word is among them.
    """

    @property
    @abstractmethod
    def folder(self) -> Path:
        """Where the network and its tokenizer lie."""

    def prepare(self, captions: Iterable[str], num_tokens: int, text_dim: int) -> None:
        """Reads those that were never read, and lets the network go: it is not kept while something else trains."""
        wanted = {caption: self._place(caption, num_tokens, text_dim) for caption in set(captions) if caption.strip()}
        if new := sorted(caption for caption, place in wanted.items() if not place.is_file()):
            print(f"kineograph: {len(new)} captions are read by {self.folder.name}, once", file=sys.stderr, flush=True)
        for caption in new:
            _keep(wanted[caption], self._read(caption, num_tokens))
        self.__dict__.pop("tower", None)

    def __call__(self, caption: str, num_tokens: int, text_dim: int) -> tuple[Float[Tensor, "n d"], Bool[Tensor, "n"]]:
        """Its states, and where a token stands: nowhere in an empty caption. Their mean is the network's sentence."""
        text, mask = torch.zeros(num_tokens, text_dim), torch.zeros(num_tokens, dtype=torch.bool)
        place = self._place(caption, num_tokens, text_dim)
        if caption.strip():
            states = _kept(place, text_dim)
            if states is None:
                states = self._read(caption, num_tokens)
                _keep(place, states)
            text[: len(states)], mask[: len(states)] = torch.from_numpy(states), True
        return text, mask

    def __getstate__(self) -> dict:
        return {key: value for key, value in self.__dict__.items() if key != "tower"}  # too large to travel to a worker

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What config.json says of the network."""
        try:
            settings = json.loads((self.folder / "config.json").read_text())
        except (OSError, ValueError) as error:
            raise UserError(
                f"data.text: there is no config.json of a text encoder in '{self.folder}'; put a model saved by "
                "transformers there and name it (data.text.weights=FOLDER), or use data/text=words"
            ) from error
        kind = settings.get("model_type")
        if kind not in TOWERS:
            raise UserError(f"data.text: '{self.folder}' holds a model of type '{kind}'; known: {', '.join(TOWERS)}")
        return {**settings, **settings.get("text_config", {}), "model_type": kind}

    @cached_property
    def digits(self) -> str:
        """Of the sum of all files, by name."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file() and not path.name.startswith("."))
        return hashlib.sha256("".join(f"{path.name} {sha256(path)}\n" for path in files).encode()).hexdigest()[:16]

    @cached_property
    def tower(self) -> tuple[Any, Any]:
        """The tokenizer and the network."""
        try:
            import transformers
        except ImportError as error:
            raise UserError("text encoders need the package transformers: pip install transformers") from error
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
            with torch.random.fork_rng(devices=[]), _quiet(transformers.utils.logging):
                network = getattr(transformers, TOWERS[self.settings["model_type"]]).from_pretrained(
                    self.folder, local_files_only=True, use_safetensors=True
                )
        except Exception as error:  # of many packages and kinds
            raise UserError(
                f"data.text: '{self.folder}' cannot be read: {' '.join(str(error).split())[:200]}; it wants "
                "safetensors and the tokenizer beside config.json"
            ) from error
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return tokenizer, network.float().eval().requires_grad_(False).to(device)

    def _place(self, caption: str, num_tokens: int, text_dim: int) -> Path:
        own = self.settings.get("d_model", self.settings.get("hidden_size", 512))  # CLIP's, which it need not tell
        if own != text_dim:
            raise UserError(f"data.text: '{self.folder}' has {own} numbers a token; set clip.text_dim={own}")
        name = hashlib.sha256(caption.encode()).hexdigest()[:32]
        return cache_folder() / "captions" / f"{self.digits}-{num_tokens}" / f"{name}.npy"

    def _read(self, caption: str, num_tokens: int) -> States:
        tokenizer, network = self.tower
        if num_tokens <= tokenizer.num_special_tokens_to_add():
            raise UserError(f"clip.num_tokens={num_tokens} leaves no room for a word; raise it, 32 say")
        most = min(num_tokens, getattr(network.config, "max_position_embeddings", num_tokens))
        tokens = tokenizer(caption, truncation=True, max_length=most, return_tensors="pt").to(network.device)
        with torch.inference_mode():
            answer = network(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"])
        return answer.last_hidden_state[0].cpu().numpy()


@contextmanager
def _quiet(logging: Any) -> Iterator[None]:
    """Without progress bars, and without a report that CLIP's picture tower was left out."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _kept(place: Path, text_dim: int) -> States | None:
    """None where it was never written, or is damaged."""
    try:
        states = np.load(place)
    except (OSError, ValueError, EOFError):
        return None
    return states if states.ndim == 2 and states.shape[1] == text_dim and states.dtype == np.float32 else None


def _keep(place: Path, states: States) -> None:
    """Whole or not at all."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".arriving-", delete=False) as file:
            np.save(file, states)
        os.replace(file.name, place)
    except OSError as error:
        raise UserError(f"{place}: cannot be written ({error.strerror}); set KINEOGRAPH_CACHE to a folder") from error
