"""Pipelines of the giants' own classes with a few thousand random parameters, saved as diffusers saves them."""

from pathlib import Path

import torch
from diffusers import (
    AnimateDiffPipeline,
    AutoencoderKL,
    AutoencoderKLCogVideoX,
    AutoencoderKLLTXVideo,
    AutoencoderKLTemporalDecoder,
    AutoencoderKLWan,
    CogVideoXDDIMScheduler,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    LTXImageToVideoPipeline,
    LTXPipeline,
    LTXVideoTransformer3DModel,
    MotionAdapter,
    StableVideoDiffusionPipeline,
    UNet2DConditionModel,
    UNetSpatioTemporalConditionModel,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModel,
    CLIPVisionModelWithProjection,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
    UMT5Config,
    UMT5EncoderModel,
)

WORDS = {"[PAD]": 0, "[UNK]": 1, "[EOS]": 2, "a": 3, "red": 4, "green": 5, "cat": 6, "jumps": 7}


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[EOS]", model_max_length=16
    )


def t5(kind=T5EncoderModel, config=T5Config):
    return kind(config(vocab_size=8, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)).eval()


def clip_vision(kind=CLIPVisionModelWithProjection):
    return kind(
        CLIPVisionConfig(
            hidden_size=16, projection_dim=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
            image_size=224, patch_size=56,
        )
    ).eval()  # fmt: skip


def animate_diff():
    widths = (16, 32)
    unet = UNet2DConditionModel(
        block_out_channels=widths, layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=16, norm_num_groups=4, attention_head_dim=4,
    )  # fmt: skip
    adapter = MotionAdapter(
        block_out_channels=widths, motion_layers_per_block=1, motion_norm_num_groups=4, motion_num_attention_heads=2
    )
    for name, parameter in adapter.named_parameters():  # the published start at zero and were trained
        if "proj_out.weight" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    text = CLIPTextConfig(
        vocab_size=8, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=16, eos_token_id=2, bos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(4, 8), down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4, norm_num_groups=2, layers_per_block=1,
    )  # fmt: skip
    scheduler = DDIMScheduler(beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False)
    return AnimateDiffPipeline(
        vae=vae, text_encoder=CLIPTextModel(text).eval(), tokenizer=tokenizer(), unet=unet, motion_adapter=adapter,
        scheduler=scheduler,
    )  # fmt: skip


def stable_video_diffusion():
    unet = UNetSpatioTemporalConditionModel(
        sample_size=8, in_channels=8, out_channels=4, block_out_channels=(32, 64), layers_per_block=1,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        cross_attention_dim=16, num_attention_heads=2, addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=24,
    )  # fmt: skip
    vae = AutoencoderKLTemporalDecoder(
        block_out_channels=(32, 32), down_block_types=("DownEncoderBlock2D",) * 2, latent_channels=4,
        layers_per_block=1, force_upcast=False,
    )  # fmt: skip
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", interpolation_type="linear",
        num_train_timesteps=1000, prediction_type="v_prediction", sigma_max=700.0, sigma_min=0.002,
        timestep_spacing="leading", timestep_type="continuous", use_karras_sigmas=True,
    )  # fmt: skip
    return StableVideoDiffusionPipeline(
        vae=vae, image_encoder=clip_vision(), unet=unet, scheduler=scheduler,
        feature_extractor=CLIPImageProcessor(crop_size=224, size=224),
    )  # fmt: skip


def cogvideox(picture: bool):
    transformer = CogVideoXTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=8 if picture else 4, out_channels=4,
        time_embed_dim=4, text_embed_dim=16, num_layers=1, sample_width=4, sample_height=4, sample_frames=9,
        patch_size=2, temporal_compression_ratio=4, max_text_seq_length=16, use_rotary_positional_embeddings=True,
    )  # fmt: skip
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(8, 8, 8, 8), latent_channels=4, layers_per_block=1, norm_num_groups=2,
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        temporal_compression_ratio=4,
    )  # fmt: skip
    scheduler = CogVideoXDDIMScheduler(prediction_type="v_prediction", rescale_betas_zero_snr=True)
    kind = CogVideoXImageToVideoPipeline if picture else CogVideoXPipeline
    return kind(tokenizer=tokenizer(), text_encoder=t5(), vae=vae, transformer=transformer, scheduler=scheduler)


def ltx(picture: bool):
    transformer = LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
        num_layers=1, caption_channels=16,
    )  # fmt: skip
    vae = AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, False, False), decoder_spatio_temporal_scaling=(True, True, False, False),
        patch_size=1,
    )  # fmt: skip
    kind = LTXImageToVideoPipeline if picture else LTXPipeline
    return kind(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae, text_encoder=t5(), tokenizer=tokenizer(),
        transformer=transformer,
    )  # fmt: skip


def wan_transformer(picture: bool):
    return WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=36 if picture else 16, out_channels=16,
        text_dim=16, freq_dim=16, ffn_dim=16, num_layers=1, image_dim=16 if picture else None,
        added_kv_proj_dim=24 if picture else None, rope_max_seq_len=32,
    )  # fmt: skip


def wan(what: str):
    picture = what == "picture"
    vae = AutoencoderKLWan(base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1)
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
    parts = {
        "tokenizer": tokenizer(),
        "text_encoder": t5(UMT5EncoderModel, UMT5Config),
        "vae": vae,
        "transformer": wan_transformer(picture),
        "scheduler": scheduler,
    }
    if what == "experts":  # one for the first tenth of the levels, one for the others
        parts |= {"transformer_2": wan_transformer(False), "boundary_ratio": 0.9}
    if not picture:
        return WanPipeline(**parts)
    return WanImageToVideoPipeline(
        **parts, image_encoder=clip_vision(CLIPVisionModel), image_processor=CLIPImageProcessor(crop_size=224, size=224)
    )


def saved(name: str, folder: Path) -> Path:
    """The folder with this pipeline in it, the same one at every call."""
    torch.manual_seed(0)
    kind, _, what = name.partition(":")
    build = globals()[kind]
    if kind == "wan":
        pipeline = build(what)
    else:
        pipeline = build(what == "picture") if kind in ("cogvideox", "ltx") else build()
    pipeline.save_pretrained(folder)
    return folder
