"""Captured human motion, rendered without a window: 15 recordings, one jointed body, any number of cameras.

The recordings (DeepMimic, Peng et al. 2018), the body and the renderer come in the Python package pybullet. Held-out
films show the same recordings and the same body, from cameras and moments not trained on; nothing else is new.
"""

import functools
import json
import re
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from kineograph.core.errors import UserError
from kineograph.core.random import MODULUS, mix
from kineograph.data.fetched import Fetched
from kineograph.data.store_writer import Item, Shape

FACTORS = ("motion", "yaw", "pitch", "distance", "start")  # degrees, degrees, metres, seconds
PITCHES, DISTANCES = (-30.0, -5.0), (2.4, 3.4)
FIELD = 45.0  # degrees that the camera sees
# The body's joints in the order of a recording, and how many numbers turn each: a quaternion (w x y z) or an angle.
JOINTS = {1: 4, 2: 4, 3: 4, 4: 1, 5: 4, 6: 4, 7: 1, 9: 4, 10: 1, 11: 4, 12: 4, 13: 1}
COLOURS = {"left": (0.85, 0.35, 0.2, 1.0), "right": (0.2, 0.4, 0.85, 1.0), "middle": (0.45, 0.45, 0.5, 1.0)}
SIZE = 0.25  # metres a unit of the body's file
ATTRIBUTION = """Motion recordings of DeepMimic (X. B. Peng, P. Abbeel, S. Levine, M. van de Panne, 2018; MIT licence)
and the body they move, as they lie in the Python package pybullet (E. Coumans and others; zlib licence).
15 recordings of one body: the films held out show them from other cameras and from other moments on, nothing else.
"""


class Motion(NamedTuple):
    """A recording: root position and all rotations at its moments."""

    seconds: Float64[np.ndarray, "n"]
    poses: Float64[np.ndarray, "n 43"]
    wraps: bool  # it may go on from its beginning

    @property
    def length(self) -> float:
        return float(self.seconds[-1])


class Mocap(Fetched):
    """``views`` films of every recording, each from a camera and a moment drawn from ``seed``; label = recording.

    Group = one view; factors = ``FACTORS``; films last ``duration`` seconds; the camera goes along with the body.
    Raises UserError where pybullet is missing.
    """

    def __init__(
        self, *, views: int, duration: float | int, seed: int, background: tuple[int, int, int] | list[int],
        height: int, width: int, channels: int, fps: float | int, held_out: float | int,
    ):  # fmt: skip
        if views < 1 or not duration > 0:
            raise UserError(f"data.source: {views} views of {duration} seconds cannot be rendered")
        self.views = views
        self.duration = float(duration)
        self.seed = seed
        super().__init__(
            name=f"mocap-{views}",
            command=f"kineograph data prepare mocap data.source.views={views}",
            settings={"views": views, "duration": self.duration, "seed": seed},
            shape=Shape(height, width, float(fps), tuple(background), channels),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": "mocap",
            "licence": "MIT (recordings), zlib (pybullet)",
            "attribution": "DeepMimic by Peng et al., in pybullet by Coumans and others",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        data = data_folder()
        paths = {
            path.stem.removeprefix("humanoid3d_"): path
            for path in sorted((data / "data" / "motions").glob("humanoid3d_*.txt"))
        }
        if not paths:
            raise UserError(f"{data}: no recordings; install pybullet again")
        items = []
        for label, (name, path) in enumerate(paths.items()):
            motion = read_motion(path)
            for view in range(self.views):
                yaw, pitch, distance, start = (mix(self.seed, label, view, tag) / MODULUS for tag in range(4))
                pitch = PITCHES[0] + (PITCHES[1] - PITCHES[0]) * pitch
                distance = DISTANCES[0] + (DISTANCES[1] - DISTANCES[0]) * distance
                start *= motion.length if motion.wraps else max(0.0, motion.length - self.duration)
                camera = (360 * yaw, pitch, distance)
                times = start + np.arange(round(self.duration * self.shape.fps)) / self.shape.fps
                read = partial(_film, path, times, camera, (2 * self.shape.height, 2 * self.shape.width))
                source, said = f"{name}/{view:05d}", f"a body: {name.replace('_', ' ')}"
                items.append(Item(path, source, source, label, said, "", read, (float(label), *camera, start)))
        return items, list(paths)


def data_folder() -> Path:
    """Where pybullet keeps its data. Raises UserError where it is not installed."""
    found = find_spec("pybullet_data")
    if found is None or find_spec("pybullet") is None:
        raise UserError("mocap needs pybullet: pip install pybullet (the extra 'mocap')")
    return Path(found.submodule_search_locations[0])


def read_motion(path: Path) -> Motion:
    """A recording's file: a list of frames, each its duration, the root's place and all rotations."""
    try:
        told = json.loads(path.read_text())
        frames = np.array(told["Frames"], dtype=np.float64)
        if frames.shape[1:] != (44,) or len(frames) < 2:
            raise ValueError(f"frames of {frames.shape[1:]} numbers, not 44")
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: no recording ({error})") from error
    seconds = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    return Motion(seconds, frames[:, 1:], told.get("Loop") == "wrap")


def pose_at(motion: Motion, seconds: float) -> Float64[np.ndarray, "43"]:
    """The pose at this moment: one that wraps goes on where it had come to, any other one stays in its last pose."""
    rounds, seconds = divmod(seconds, motion.length) if motion.wraps else (0.0, min(seconds, motion.length))
    pose = motion.poses[np.abs(motion.seconds - seconds).argmin()].copy()
    way = motion.poses[-1, :3] - motion.poses[0, :3]
    pose[[0, 2]] += rounds * way[[0, 2]]  # y is up
    return pose


def _film(
    path: Path, times: np.ndarray, camera: tuple[float, float, float], size: tuple[int, int],
    background: tuple[int, int, int],
) -> Iterator[tuple[float, np.ndarray]]:  # fmt: skip
    import pybullet as bullet

    motion, (client, body), (height, width) = read_motion(path), _body(), size
    poses = [pose_at(motion, float(seconds)) for seconds in times]
    yaw, pitch, distance = camera
    turn, rise = np.radians(yaw), np.radians(-pitch)  # y is up
    away = distance * np.array([np.cos(rise) * np.sin(turn), np.sin(rise), np.cos(rise) * np.cos(turn)])
    level = float(np.mean([pose[1] for pose in poses]))
    lens = bullet.computeProjectionMatrixFOV(FIELD, width / height, 0.1, 20.0)
    for seconds, pose in zip(times, poses, strict=True):
        _stand(bullet, client, body, pose)
        middle = np.array([pose[0], level, pose[2]])
        view = bullet.computeViewMatrix((middle + away).tolist(), middle.tolist(), [0, 1, 0])
        _, _, pixels, _, parts = bullet.getCameraImage(
            width, height, view, lens, shadow=0, renderer=bullet.ER_TINY_RENDERER, physicsClientId=client
        )
        frame = np.array(pixels, dtype=np.uint8).reshape(height, width, 4)[..., :3]
        nothing = np.array(parts).reshape(height, width, 1) < 0
        yield float(seconds - times[0]), np.where(nothing, np.array(background, dtype=np.uint8), frame)


@functools.cache
def _body() -> tuple[int, int]:
    """A world and the coloured body in it, once a process."""
    import pybullet as bullet

    client = bullet.connect(bullet.DIRECT)
    # Its ball joints name no axis, which pybullet would complain of in a line each.
    told = (data_folder() / "humanoid" / "humanoid.urdf").read_text(errors="replace")
    told = re.sub(r'(type\s*=\s*"spherical"\s*>)', r'\1<axis xyz="1 0 0"/>', told)
    with tempfile.NamedTemporaryFile("w", suffix=".urdf") as file:
        file.write(told)
        file.flush()
        body = bullet.loadURDF(file.name, globalScaling=SIZE, physicsClientId=client)
    for joint in range(-1, bullet.getNumJoints(body, physicsClientId=client)):
        name = bullet.getJointInfo(body, joint, physicsClientId=client)[12].decode() if joint >= 0 else ""
        side = next((side for side in ("left", "right") if name.startswith(side)), "middle")
        bullet.changeVisualShape(body, joint, rgbaColor=COLOURS[side], physicsClientId=client)
    return client, body


def _stand(bullet, client: int, body: int, pose: np.ndarray) -> None:
    """Puts the body into a pose."""
    x, y, z, w = pose[[4, 5, 6, 3]]
    bullet.resetBasePositionAndOrientation(body, pose[:3].tolist(), [x, y, z, w], physicsClientId=client)
    first = 7
    for joint, count in JOINTS.items():
        turned = pose[first : first + count]
        turned = turned[[1, 2, 3, 0]] if count == 4 else turned
        bullet.resetJointStateMultiDof(body, joint, turned.tolist(), physicsClientId=client)
        first += count
