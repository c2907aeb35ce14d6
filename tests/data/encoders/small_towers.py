"""Text encoders of a few thousand random parameters and a tokenizer of eight words, as transformers saves them."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)

WORDS = {"[PAD]": 0, "[UNK]": 1, "[EOS]": 2, "a": 3, "red": 4, "green": 5, "cat": 6, "[CLS]": 7}
DIM = 16
SHAPE = {
    "vocab_size": 8, "hidden_size": DIM, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "max_position_embeddings": 12,
}  # fmt: skip


def tokenizer(single: str) -> PreTrainedTokenizerFast:
    words = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    special = [(word, WORDS[word]) for word in single.split() if word in WORDS]
    words.post_processor = TemplateProcessing(single=single, special_tokens=special)
    return PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[EOS]", cls_token="[CLS]"
    )


def saved(network: PreTrainedModel, folder: Path, single: str) -> Path:
    network.save_pretrained(folder)
    tokenizer(single).save_pretrained(folder)
    return folder


def bert(folder: Path) -> Path:
    torch.manual_seed(0)
    return saved(BertModel(BertConfig(**SHAPE)).eval(), folder, "[CLS] $A [EOS]")


def t5(folder: Path) -> Path:
    torch.manual_seed(1)
    config = T5Config(vocab_size=8, d_model=DIM, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    return saved(T5EncoderModel(config).eval(), folder, "$A [EOS]")


def clip_text(folder: Path) -> Path:
    torch.manual_seed(2)
    config = CLIPTextConfig(**SHAPE, bos_token_id=7, eos_token_id=2, pad_token_id=0)
    return saved(CLIPTextModel(config).eval(), folder, "[CLS] $A [EOS]")


def clip(folder: Path) -> Path:
    """Whole, with its picture tower."""
    torch.manual_seed(3)
    text = SHAPE | {"bos_token_id": 7, "eos_token_id": 2, "pad_token_id": 0}
    vision = {key: SHAPE[key] for key in ("intermediate_size", "num_hidden_layers", "num_attention_heads")}
    vision |= {"hidden_size": 8, "image_size": 32, "patch_size": 16}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)
    return saved(CLIPModel(config).eval(), folder, "[CLS] $A [EOS]")
