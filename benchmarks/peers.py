"""Our flow beside its peers at the same task: the same clips, known frames, length and size, parameters within 10 %.

    python benchmarks/peers.py                   # 20 minutes of training each, and their sampling; again: goes on
    python benchmarks/peers.py --minutes 0.1 --clips 8 --steps 2 --data moving_shapes --out runs/peers_try    # a try

Image-to-video at clip=tiny. Every contender trains for so many minutes of its own clock (alone on the machine: one
after the other) and is scored under the same protocol at that time ("equal time"); each peer and ours also as they
were when both had seen as many clips as the slower of the two saw in all ("equal clips": the last state kept by then,
at least one a minute). Ours is what experiment=diffusion/flow_unet
says, wider; by its codec it diffuses differences from the picture, the peers diffuse pixels (what that alone brings:
experiments/diffusion_zoo). mcvd is its design as experiment=diffusion/mcvd has it, a little narrower;
diffusers_latte is LatteTransformer3DModel with its training recipe (DDPM, linear betas, epsilon, AdamW; adaLN-zero and
a zero last layer at birth, which diffusers leaves to the trainer) and 50 DDIM steps; video_diffusion_pytorch is that
package's U-Net (cosine, epsilon, L1), 50 DDIM steps. Peers that know no given frame get it as ours does: beside every
noisy frame, with its mask, and put back at every step. Rates warm up over 500 clips to 1e-3 and stay, for all: the
peers' own 1e-4 is for days of training.

States are kept under OUT as it trains, so a run that was stopped goes on where it was. Writes OUT/peers.md.
"""

import argparse
import copy
import json
import math
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.evaluate import evaluate
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Video
from kineograph.core.warp import keep_known, nearest_known

BATCH = 8
SAVE = 60  # seconds between states
RATE = 1e-3
LONG = ["animator.ema_halflife=2000"]  # as the peers' averages
METRICS = ["clip_distance", "kid_efflite0", "motion_distance"]
CLIP = ["clip=tiny", "task=image_to_video", "augment=[horizontal_flip,colour_jitter,crop_zoom]"]


class Peer(nn.Module):
    """What is compared: `loss` for a step of training, `animate` for scoring, an average of its weights."""

    network: nn.Module

    def loss(self, clip: Clip, condition: Condition, noise: Noise) -> Tensor:
        raise NotImplementedError

    def animate(self, condition: Condition, noise: Noise) -> Video:
        raise NotImplementedError


class Ours(Peer):
    """A named experiment, with the optimizer, schedule and average of its own configuration."""

    def __init__(self, experiment: str, overrides: list[str]):
        super().__init__()
        words = [f"experiment=diffusion/{experiment}", *LONG, *overrides]
        self.animator = build(compose("train", words, []).config.animator)
        self.network = self.animator.denoiser

    def loss(self, clip: Clip, condition: Condition, noise: Noise) -> Tensor:
        """As DiffusionAnimator.play does after the codec's phase."""
        ours = self.animator
        latents, told = ours.codec.encoded(clip.video, condition.untold(noise.bernoulli(ours.condition_dropout)))
        level = ours.process.sample_level(noise, latents.shape[1])
        return ours.denoising_terms(latents, told, level, noise.normal(*latents.shape[1:]))["denoising"]

    def animate(self, condition: Condition, noise: Noise) -> Video:
        return self.animator.animate(condition, noise)


class Ddpm(Peer):
    """A foreign network under DDPM's epsilon objective; beside every frame the given one and the mask are channels."""

    def __init__(self, network: nn.Module, betas: Tensor, steps: int, absolute: bool):
        super().__init__()
        self.network = network
        self.averaged = copy.deepcopy(network).requires_grad_(False)
        self.register_buffer("kept", (1 - betas.double()).cumprod(0).float())  # alpha bar
        self.steps = steps
        self.absolute = absolute  # L1 instead of the square

    def call(self, network: nn.Module, noisy: Video, time: Tensor, condition: Condition) -> Video:
        raise NotImplementedError

    def loss(self, clip: Clip, condition: Condition, noise: Noise) -> Tensor:
        time = (noise.uniform() * len(self.kept)).long()
        added = noise.normal(*clip.video.shape[1:])
        kept = self.kept[time][:, None, None, None, None]
        noisy = kept.sqrt() * clip.video + (1 - kept).sqrt() * added
        apart = (self.call(self.network, noisy, time, condition) - added) * (1 - condition.mask)
        return apart.abs().mean() if self.absolute else apart.square().mean()

    @torch.no_grad()
    def animate(self, condition: Condition, noise: Noise) -> Video:
        """DDIM, eta 0."""
        grid = torch.linspace(len(self.kept) - 1, 0, self.steps + 1).long()
        x = noise.normal(*condition.known.shape[1:])
        for now, then in pairwise(grid):
            answer = self.call(self.averaged, x, now.expand(len(x)), condition)
            clean = ((x - (1 - self.kept[now]).sqrt() * answer) / self.kept[now].sqrt()).clamp(-1, 1)
            clean = keep_known(clean, condition)
            answer = (x - self.kept[now].sqrt() * clean) / (1 - self.kept[now]).sqrt()
            x = self.kept[then].sqrt() * clean + (1 - self.kept[then]).sqrt() * answer
        return clean


class VideoDiffusionPytorch(Ddpm):
    def __init__(self, steps: int):
        from video_diffusion_pytorch import Unet3D
        from video_diffusion_pytorch.video_diffusion_pytorch import cosine_beta_schedule

        network = Unet3D(dim=32, dim_mults=(1, 2, 4), channels=7, out_dim=3)
        super().__init__(network, cosine_beta_schedule(1000), steps, absolute=True)

    def call(self, network: nn.Module, noisy: Video, time: Tensor, condition: Condition) -> Video:
        x = torch.cat([noisy, nearest_known(condition), condition.mask], dim=2)
        return network(x.transpose(1, 2), time).transpose(1, 2)


class DiffusersLatte(Ddpm):
    def __init__(self, steps: int, frames: int, side: int):
        from diffusers import LatteTransformer3DModel

        network = LatteTransformer3DModel(
            num_attention_heads=4,
            attention_head_dim=42,
            in_channels=7,
            out_channels=3,
            num_layers=4,
            cross_attention_dim=None,  # no text here
            attention_bias=True,
            sample_size=side,
            patch_size=4,
            activation_fn="gelu-approximate",
            num_embeds_ada_norm=1000,
            norm_type="ada_norm_single",
            norm_elementwise_affine=False,
            norm_eps=1e-6,
            caption_channels=8,
            video_length=frames,
        )
        nn.init.zeros_(network.proj_out.weight)
        nn.init.zeros_(network.adaln_single.linear.weight)
        nn.init.zeros_(network.adaln_single.linear.bias)
        for name, table in network.named_parameters():
            if name.endswith("scale_shift_table"):
                nn.init.zeros_(table)
        super().__init__(network, torch.linspace(1e-4, 2e-2, 1000), steps, absolute=False)

    def call(self, network: nn.Module, noisy: Video, time: Tensor, condition: Condition) -> Video:
        x = torch.cat([noisy, nearest_known(condition), condition.mask], dim=2).transpose(1, 2)
        return network(x, time, torch.zeros(len(x), 1, 8)).sample.transpose(1, 2)


def contenders(steps: int | None) -> dict[str, Callable[[], Peer]]:
    few = [] if steps is None else [f"animator.sampler.num_steps={steps}"]
    wide = [*few, "animator.denoiser.widths=[48,96,208]"]
    return {  # the slowest first: states are kept at the numbers of clips of those before
        "video_diffusion_pytorch": lambda: VideoDiffusionPytorch(steps or 50),
        "flow_unet": lambda: Ours("flow_unet", wide),
        "diffusers_latte": lambda: DiffusersLatte(steps or 50, 8, 32),
        "mcvd": lambda: Ours("mcvd", [*few, "animator.denoiser.widths=[64,112,160]"]),
    }


def average(peer: Peer, images: int) -> None:
    """The rule of Trained.update_average for all."""
    if isinstance(peer, Ours):
        peer.animator.update_average(BATCH)
        return
    halflife = max(1, min(2000, images // 10))
    with torch.no_grad():
        share = 1 - 0.5 ** (BATCH / halflife)
        torch._foreach_lerp_(list(peer.averaged.parameters()), list(peer.network.parameters()), share)
        for kept, buffer in zip(peer.averaged.buffers(), peer.network.buffers(), strict=True):
            kept.copy_(buffer)


def data_of(name: str) -> Any:
    data = build(compose("train", [f"data={name}", *CLIP, f"data.batch_size={BATCH}"], []).config.data)
    data.setup()
    data.stop_position = 10**9
    return data


class Clock:
    """Trains one contender by its own clock, and keeps what is needed to go on, and its averages now and then."""

    def __init__(self, name: str, make: Callable[[], Peer], folder: Path):
        torch.manual_seed(0)
        self.peer = make()
        self.name = name
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        if isinstance(self.peer, Ours):
            (player,) = self.peer.animator.players()
            self.optimizer = player.optimizer(self.peer.network.parameters())
            self.clip = player.grad_clip
        else:
            self.optimizer = torch.optim.AdamW(self.peer.network.parameters(), lr=RATE)
            self.clip = 1.0
        for group in self.optimizer.param_groups:
            group["initial_lr"] = RATE
        self.images, self.seconds = 0, 0.0
        if (self.folder / "state.pt").is_file():
            state = torch.load(self.folder / "state.pt", weights_only=True)
            self.peer.load_state_dict(state["peer"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.images, self.seconds = state["images"], state["seconds"]

    def keep(self) -> None:
        """Replaced in one step; the same weights under the images seen, for the column of equal clips."""
        state = {
            "peer": self.peer.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "images": self.images,
            "seconds": self.seconds,
        }
        for path, what in ((self.folder / "state.pt", state), (self.at(self.images), {"peer": state["peer"]})):
            torch.save(what, path.with_suffix(".tmp"))
            path.with_suffix(".tmp").replace(path)

    def at(self, images: int) -> Path:
        return self.folder / f"images-{images:09d}.pt"

    def train(self, data: Any, budget: float, also_at: set[int]) -> None:
        """Until the budget of seconds is spent; states are kept now and then, and at these numbers of images."""
        data.start_position = self.images
        saved = self.seconds
        for clip in data.train_dataloader(rank=0, world=1):
            if self.seconds >= budget:
                break
            started = time.perf_counter()
            condition = data.task(clip)
            loss = self.peer.loss(clip, condition, Noise.at(0, self.images, BATCH))
            loss.backward()
            for group in self.optimizer.param_groups:
                # a budget in seconds has no end in images: warm up, then constant, for every contender
                group["lr"] = group["initial_lr"] * min(1.0, (self.images + 1) / 500)
            nn.utils.clip_grads_with_norm_(
                list(self.peer.network.parameters()),
                self.clip or math.inf,
                nn.utils.get_total_norm([p.grad for p in self.peer.network.parameters() if p.grad is not None]),
            )
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.images += BATCH
            average(self.peer, self.images)
            self.seconds += time.perf_counter() - started
            if self.images in also_at or self.seconds - saved > min(SAVE, budget / 20):
                self.keep()
                saved = self.seconds
        self.keep()


def score(clock: Clock, data: Any, images: int, num_clips: int) -> dict[str, Any]:
    """The row at so many images (the last state kept by then), from its file if it is there."""
    kept = [int(path.stem.removeprefix("images-")) for path in clock.folder.glob("images-*.pt")]
    images = max([number for number in kept if number <= images], default=min(kept))
    path = clock.folder / f"score-{images}-{num_clips}.json"
    if not path.is_file():
        clock.peer.load_state_dict(torch.load(clock.at(images), weights_only=True)["peer"])
        metrics = build(compose("evaluate", [f"metrics=[{','.join(METRICS)}]"], []).config.metrics)
        clips = data.held_out_loader(BATCH, num_clips=num_clips)
        scores = evaluate(clock.peer, clips, data.task, metrics, seed=0)
        path.write_text(json.dumps({"images": images, "scores": scores}))
    return json.loads(path.read_text())


def cell(scores: dict[str, float], name: str) -> str:
    value, low, high = (scores.get(name + end) for end in ("", "_low", "_high"))
    return f"{value:.3g}" if low is None or high is None else f"{value:.3g} [{low:.3g}, {high:.3g}]"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0, help="of training, each contender")
    parser.add_argument("--data", default="fluent_emoji")
    parser.add_argument("--clips", type=int, default=86, help="held-out windows scored: 86 are one of every film")
    parser.add_argument("--steps", type=int, help="of every sampler; each one's own if not given")
    parser.add_argument("--out", type=Path, default=Path("runs/peers"))
    options = parser.parse_args()
    data = data_of(options.data)
    peers = ("video_diffusion_pytorch", "diffusers_latte", "mcvd")
    clocks = {name: Clock(name, make, options.out) for name, make in contenders(options.steps).items()}
    sizes = {name: sum(p.numel() for p in clock.peer.network.parameters()) / 1e6 for name, clock in clocks.items()}
    for name, size in sizes.items():
        apart = size / sizes["flow_unet"] - 1
        assert abs(apart) < 0.1, f"{name} has {size:.2f} M parameters, flow_unet {sizes['flow_unet']:.2f} M"
    for name, clock in clocks.items():
        clock.train(data, 60 * options.minutes, {other.images for other in clocks.values()})
        print(f"{name}: {sizes[name]:.2f} M parameters, {clock.images} clips in {clock.seconds:.0f} s", flush=True)
    lines = [
        f"{options.data}, 8 frames of 32 x 32, the first one given; {options.minutes:g} minutes of training each on"
        f" {torch.get_num_threads()} threads.",
        "",
        f"| equal time | M parameters | clips seen | {' | '.join(METRICS)} |",
        "|---" * (3 + len(METRICS)) + "|",
    ]
    found = {}
    for name, clock in clocks.items():
        found[name] = score(clock, data, clock.images, options.clips)["scores"]
        cells = [cell(found[name], metric) for metric in METRICS]
        lines.append(f"| {name} | {sizes[name]:.2f} | {clock.images} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    lines += [
        "",
        f"| equal clips | clips seen | {' | '.join(METRICS)} |",
        "|---" * (2 + len(METRICS)) + "|",
    ]
    shares = {}
    for name in peers:
        fewest = min(clocks[name].images, clocks["flow_unet"].images)
        rows = {each: score(clocks[each], data, fewest, options.clips) for each in (name, "flow_unet")}
        for each, row in rows.items():
            cells = [cell(row["scores"], metric) for metric in METRICS]
            lines.append(f"| {each} | {row['images']} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
        shares[name] = [
            found["flow_unet"]["clip_distance"] / found[name]["clip_distance"],
            rows["flow_unet"]["scores"]["clip_distance"] / rows[name]["scores"]["clip_distance"],
        ]
    lines += [
        "",
        "| clip_distance, flow_unet / it | equal time (goal 0.5) | equal clips (goal below 1) |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {times:.2f} | {clips:.2f} |" for name, (times, clips) in shares.items()]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "peers.md").write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
