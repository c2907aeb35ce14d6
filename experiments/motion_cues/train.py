"""Trains the network of ``clip_distance_motion``: which damage was done to a film, and how strongly.

    kineograph data prepare fluent_emoji data.source.packages=4
    kineograph data prepare mocap data.source.fps=24 data.source.duration=2.6 clip.channels=1
    python experiments/motion_cues/train.py     # twenty minutes on one core; writes the shipped weights

Films: the training split of the animated emoji (all packages), moving shapes, and motion capture; never a held-out
emoji. Every film is cropped, mirrored and coloured, and many are blurred, grained, coded or bent, so that looks say
nothing.
"""

import argparse
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.random import Noise, mix
from kineograph.core.types import Video
from kineograph.data.clip_data import ClipData
from kineograph.metrics.damages import DAMAGES, blur, grain, h264, jpeg, local_warp, num_dense, played
from kineograph.networks.pretrained.cue_reader import CUES, CueReader, courses

NUM_FRAMES = (8, 16)
SMALLEST, SIZE = 32, 64  # pixels a side
PARTS = {  # films of every batch, and where they come from
    16: ["data=fluent_emoji", "data.source.packages=4"],
    8: ["data=moving_shapes", "data.source.num_clips=4000", "data.source.held_out=0.1"],
    4: ["data=mocap", "data.source.fps=24", "data.source.duration=2.6"],
}
LOOKS = {"blur": blur, "noise": grain, "jpeg": jpeg, "h264": h264, "local_warp": local_warp}  # they change no answer
UNHARMED, LOOKED_AT = 0.12, 0.5  # shares of the films: without damage; whose look is changed
SAME = 4  # films that share a damage
SEED = 0


def opened(batch_size: int, overrides: list[str], num_steps: int) -> ClipData:
    shape = [
        f"clip.num_frames={num_dense(max(NUM_FRAMES))}",
        "clip.fps=24",
        f"clip.height={SIZE}",
        f"clip.width={SIZE}",
        "clip.channels=1",
    ]
    augment = ["augment=[horizontal_flip,colour_jitter,crop_zoom]", "data.speeds=[1.0,1.0]"]
    config = compose("train", [*overrides, *shape, *augment, f"data.batch_size={batch_size}"], []).config
    data = build(config.data)
    data.stop_position = num_steps * batch_size
    return data


def damaged(dense: Video, noise: Noise) -> tuple[Video, Tensor]:
    """The films with one damage or none, and how strong each of ``CUES`` is in them, 0 to 1."""
    kind, amount, look, degree = noise.uniform(4)[0].tolist()
    told = torch.zeros(len(dense), len(CUES))
    if kind < UNHARMED:
        film = played(dense, 1.0)
    else:
        cue = CUES[int((kind - UNHARMED) / (1 - UNHARMED) * len(CUES))]
        first, *_, last = DAMAGES[cue].strengths
        if cue == "half_rate":  # holds for 2, 3 or 4 frames; 1 would be no harm
            strength = 2.0 + int(3 * amount)
            degree_told = (strength - 1) / (last - 1)
        else:
            strength = first / 2 + amount * ((0.9 if cue == "reverse" else last) - first / 2)
            degree_told = strength / last
        told[:, CUES.index(cue)] = degree_told
        film = DAMAGES[cue].apply(dense, strength, noise)
    if look < LOOKED_AT:
        name = list(LOOKS)[int(look / LOOKED_AT * len(LOOKS))]
        film = LOOKS[name](film, DAMAGES[name].strengths[int(3 * degree)], noise)
    return film.clamp(-1, 1), told


def batches(parts: list[ClipData]) -> Iterator[tuple[Video, Tensor]]:
    for step, clips in enumerate(zip(*(part.train_dataloader(0, 1) for part in parts), strict=True)):
        length, size, start = Noise([mix(SEED, step)]).uniform(3)[0].tolist()
        video = torch.cat([clip.video for clip in clips])
        num_frames = num_dense(NUM_FRAMES[int(length * len(NUM_FRAMES))])
        start = int(start * (video.shape[1] - num_frames + 1))
        video = video[:, start : start + num_frames]
        if size < 0.5:  # clips of both sizes are judged
            video = F.interpolate(video[:, :, 0], (SMALLEST, SMALLEST), mode="bilinear", antialias=True)[:, :, None]
        groups = video.split(SAME)
        pairs = [
            damaged(dense, Noise([mix(SEED, step, place, film) for film in range(SAME)]))
            for place, dense in enumerate(groups)
        ]
        yield torch.cat([film for film, _ in pairs]), torch.cat([told for _, told in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument(
        "--out", type=Path, default=Path(str(files("kineograph"))) / "shipped" / "motion_cues.safetensors"
    )
    options = parser.parse_args()
    torch.manual_seed(SEED)
    parts = [opened(count, overrides, options.steps) for count, overrides in PARTS.items()]
    network = CueReader()
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.lr, total_steps=options.steps, pct_start=0.1)
    began, losses = time.perf_counter(), []
    for step, (film, told) in enumerate(batches(parts), 1):
        # soft answers: the stronger the damage, the higher its log-odds
        loss = F.binary_cross_entropy_with_logits(network(courses(film)), told)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if step % 100 == 0:
            pace = (time.perf_counter() - began) / step
            print(f"{step}: {sum(losses[-100:]) / 100:.4f}, {pace:.3f} s a step", flush=True)
            save_file(network.state_dict(), options.out)


if __name__ == "__main__":
    main()
