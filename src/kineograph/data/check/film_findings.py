"""What may be wrong with one film, each rule a function of what was seen."""

from collections.abc import Callable, Iterator

from kineograph.data.check.finding import ERROR, WARNING, Finding, Seen

SLOWEST, FASTEST = 1.0, 240.0  # frames a second that a film may plausibly have
STILL = 2.0  # levels: a film whose every point changes less is frozen
CONTAINERS = {
    "mov": (".mp4", ".m4v", ".mov"),
    "matroska": (".mkv", ".webm"),
    "avi": (".avi",),
}


def unreadable(seen: Seen) -> Iterator[Finding]:
    for file, words in seen.problems:
        what, _, mend = words.partition("; ")
        yield Finding(ERROR, file, what, mend or "replace it by a whole copy, or delete it")


def damaged(seen: Seen) -> Iterator[Finding]:
    """Decoders conceal damage: they answer with frames, and complain."""
    if seen.complaints and not seen.problems:
        what = f"damaged: its decoder says '{seen.complaints[0]}'"
        yield Finding(ERROR, seen.name, what, "replace it by a whole copy, or delete it")


def miscounted(seen: Seen) -> Iterator[Finding]:
    if seen.promised and seen.frames and seen.frames != seen.promised and not seen.problems:
        what = f"{seen.frames} frames come out of a file that promises {seen.promised}"
        yield Finding(WARNING, seen.name, what, "copy it anew, or write it again with ffmpeg -i IN OUT")


def misnamed(seen: Seen) -> Iterator[Finding]:
    fitting = CONTAINERS.get(seen.container, ())
    if fitting and not seen.name.lower().endswith(fitting):
        what = f"wrong suffix: it holds a film of the kind {seen.container}"
        yield Finding(WARNING, seen.name, what, f"rename it to end in {' or '.join(fitting)}")


def single(seen: Seen) -> Iterator[Finding]:
    if seen.frames == 1 and not seen.problems:
        yield Finding(WARNING, seen.name, "one frame only: it shows no motion", "delete it, or keep it among stills")


def timed_wrongly(seen: Seen) -> Iterator[Finding]:
    rewrite = "write it again with ffmpeg -i IN -r 24 OUT"
    if seen.frames > 1 and seen.fps == 0:
        yield Finding(ERROR, seen.name, "zero frames a second: its time stamps do not advance", rewrite)
    elif seen.backward:
        what = f"{seen.backward} of {seen.frames} time stamps are not later than the one before"
        yield Finding(ERROR, seen.name, what, rewrite)
    elif seen.frames > 1 and not SLOWEST <= seen.fps <= FASTEST:
        what = f"absurd rate: {seen.fps:.3g} frames a second"
        yield Finding(WARNING, seen.name, what, rewrite)


def frozen(seen: Seen) -> Iterator[Finding]:
    if seen.frames > 1 and seen.largest < STILL:
        what = f"frozen: {seen.frames} frames, and nothing moves"
        yield Finding(WARNING, seen.name, what, "delete it, or cut out the part that moves")


def uneven(seen: Seen) -> Iterator[Finding]:
    if len(seen.sizes) > 1:
        what = "its frames differ in size: " + ", ".join(f"{w}x{h}" for h, w in seen.sizes)
        yield Finding(ERROR, seen.name, what, "bring its pictures to one size, or put them into folders of their own")


RULES: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    unreadable,
    damaged,
    miscounted,
    misnamed,
    single,
    timed_wrongly,
    frozen,
    uneven,
)


def of_film(seen: Seen) -> list[Finding]:
    """Everything that is wrong with this film."""
    return [finding for rule in RULES for finding in rule(seen)]


def too_short(seen: Seen, seconds: float) -> list[Finding]:
    """A clip of ``seconds`` from its first frame to its last does not fit; as in training, half a frame may want."""
    if seen.frames < 2 or seen.fps == 0:
        return []
    length = (seen.frames - 1) / seen.fps  # as a clip's: without the time that the last frame is shown
    if length + 0.5 / seen.fps >= seconds:
        return []
    what = f"shorter than a clip: {length:.2f} of {seconds:.2f} seconds from the first frame to the last"
    return [Finding(WARNING, seen.name, what, "take a longer film, a smaller clip.num_frames or a higher clip.fps")]
