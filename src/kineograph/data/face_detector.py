"""Where a film's face is: MediaPipe's short-range BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047).

The network lies in the Python package mediapipe 0.10.21 (Apache-2.0), of which nothing else is used; LiteRT runs it.
"""

from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.packages import Package, unpacked

MODEL, FILE = Package("wheel", "mediapipe", "0.10.21", 36), "face_detection_short_range.tflite"
SIDE = 128  # of the square that the network sees
LAYERS = ((16, 2), (8, 6))  # cells a side, boxes a cell
SURE = 0.5  # least score of a face
SAME = 0.3  # boxes of one face overlap so much, as a share of what both cover
EVERY = 0.2  # seconds between two looks
SEEN = 0.5  # least share of the looks that find a face
ROOM = 2.2  # sides of the crop in sides of the face, whose box reaches from brow to chin

Box = Float[np.ndarray, "4"]  # left, top, right, bottom, as shares of the picture
Boxes = Float[np.ndarray, "n 4"]
Points = Float[np.ndarray, "n 12"]  # x and y of right eye, left eye, nose, mouth, right ear, left ear
Face = Float[np.ndarray, "d"]  # a box and what follows it
Frame = UInt8[np.ndarray, "h w rgb"]


class FaceDetector:
    """The largest face of a picture, or None. Raises UserError where LiteRT is missing or nothing can be fetched."""

    def __init__(self):
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise UserError("data.source.resize=face needs LiteRT: pip install 'kineograph[faces]'") from error
        folder = unpacked(MODEL, f"{MODEL.name}-{MODEL.version}", lambda name: FILE if name.endswith(FILE) else None)
        if not (folder / FILE).is_file():
            raise UserError(f"{folder}: {FILE} is not in it; delete the folder and run again")
        plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES  # the faster ones tell every process's standard error
        self.path = folder / FILE
        self.network = Interpreter(model_path=str(self.path), num_threads=1, experimental_op_resolver_type=plain)
        self.network.allocate_tensors()
        self.centres = centres()

    def __call__(self, frame: Frame) -> Box | None:
        face = self.look(frame)
        return None if face is None else face[:4]

    def look(self, frame: Frame) -> Float[np.ndarray, "16"] | None:
        """Its box, then its six points."""
        h, w = frame.shape[:2]
        rows, columns = (max(1, round(side * SIDE / max(h, w))) for side in (h, w))
        top, left = (SIDE - rows) // 2, (SIDE - columns) // 2
        sheet = Image.new("RGB", (SIDE, SIDE))
        sheet.paste(Image.fromarray(frame).resize((columns, rows), Image.Resampling.BILINEAR), (left, top))
        (seen,) = self.network.get_input_details()
        self.network.set_tensor(seen["index"], np.asarray(sheet, np.float32)[None] / 127.5 - 1)
        self.network.invoke()
        found = {one["name"]: self.network.get_tensor(one["index"])[0] for one in self.network.get_output_details()}
        scores = 1 / (1 + np.exp(-found["classificators"][:, 0].clip(-80, 80)))
        moves = found["regressors"]
        faces = np.concatenate([boxes_of(moves, self.centres), points_of(moves, self.centres)], axis=1)
        faces = (faces * SIDE - [left, top] * 8) / ([columns, rows] * 8)
        return largest(faces[scores >= SURE], scores[scores >= SURE])


def centres() -> Float[np.ndarray, "896 2"]:
    """Of the boxes that the network moves, x and y: row by row of each layer."""
    layers = []
    for cells, boxes in LAYERS:
        places = (np.arange(cells) + 0.5) / cells
        layers.append(np.repeat(np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2), boxes, axis=0))
    return np.concatenate(layers)


def boxes_of(moves: Float[np.ndarray, "n 16"], middles: Float[np.ndarray, "n 2"]) -> Boxes:
    """In sides of the square. A row holds the box's centre, seen from its own, its sides, then eyes, nose and more."""
    middle, half = middles + moves[:, :2] / SIDE, moves[:, 2:4] / SIDE / 2
    return np.concatenate([middle - half, middle + half], axis=1)


def points_of(moves: Float[np.ndarray, "n 16"], middles: Float[np.ndarray, "n 2"]) -> Points:
    """In sides of the square, seen from the box's own centre too."""
    return (middles[:, None] + moves[:, 4:].reshape(len(moves), 6, 2) / SIDE).reshape(len(moves), 12)


def largest(found: Float[np.ndarray, "n d"], scores: Float[np.ndarray, "n"]) -> Face | None:
    """Of rows that begin with a box: those that overlap the surest one are one face, their mean by score; of all faces
    the largest.
    """
    faces = []
    while len(found):
        near = overlap(found[scores.argmax(), :4], found[:, :4]) >= SAME
        faces.append(np.average(found[near], axis=0, weights=scores[near]))
        found, scores = found[~near], scores[~near]
    return faces[area(np.stack(faces)[:, :4]).argmax()] if faces else None


def area(boxes: Boxes) -> Float[np.ndarray, "n"]:
    return (boxes[:, 2:] - boxes[:, :2]).clip(min=0).prod(axis=1)


def overlap(box: Box, boxes: Boxes) -> Float[np.ndarray, "n"]:
    """What both cover as a share of what one of them covers."""
    both = area(np.concatenate([np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])], axis=1))
    return both / (area(box[None]) + area(boxes) - both)


def steady_face(frames: Iterable[tuple[float, Frame]], detector: Callable[[Frame], Box | None]) -> Box | None:
    """One box for a whole film: the median of those found, five looks a second; None where too few find one."""
    found, looks, due = [], 0, -np.inf
    for seconds, frame in frames:
        if seconds < due:
            continue
        box = detector(frame)
        found += [] if box is None else [box]
        looks, due = looks + 1, seconds + EVERY - 1e-6
    return np.median(found, axis=0) if found and len(found) >= SEEN * looks else None


def crop(box: Box, height: int, width: int, aspect: float) -> tuple[float, float, float, float]:
    """The part of a picture about this box, of this aspect (width / height), with room and inside: whole pixels."""
    sides = (box[2:] - box[:2]) * [width, height]
    rows = max(1, round(min(ROOM * max(sides[1], sides[0] / aspect), height, width / aspect)))
    columns = max(1, min(width, round(rows * aspect)))
    x, y = (box[:2] + box[2:]) / 2 * [width, height]
    left = int(np.clip(round(x - columns / 2), 0, width - columns))
    top = int(np.clip(round(y - rows / 2), 0, height - rows))
    return float(left), float(top), float(left + columns), float(top + rows)
