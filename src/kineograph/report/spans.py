"""In words: what stands beside a value. An interval of the clips, or a standard deviation over trials or over seeds."""

from typing import Any

from kineograph.report.rows import metric_names

FRECHET = ("fid", "fvd", "fd_")  # how the names begin of those whose interval is the jackknife's


def beneath(rows: list[dict[str, Any]]) -> str:
    """A sentence for a table that shows both ends."""
    ends = {name for row in rows for name in row["metrics"]}
    jackknifed = [name for name in metric_names(rows) if name.startswith(FRECHET) and f"{name}_low" in ends]
    interval = "its 95 % interval, by the bootstrap over groups of clips"
    interval += f" ({', '.join(jackknifed)}: by the jackknife)" if jackknifed else ""
    return f"Beneath each value stands {_told(rows, interval, 'the mean less and plus one standard deviation over ')}."


def plus_minus(rows: list[dict[str, Any]]) -> str:
    """A sentence for a table that shows one number behind ±."""
    return f"± is {_told(rows, 'how far the 95 % interval reaches upwards', 'one standard deviation over ')}."


def _told(rows: list[dict[str, Any]], interval: str, deviation: str) -> str:
    num_trials = int(rows[0]["protocol"].get("num_trials") or 1)
    single = f"{deviation}{num_trials} trials" if num_trials > 1 else interval
    num_seeds = [row.get("seeds") or 1 for row in rows]
    if max(num_seeds) == 1:
        return single
    return f"{deviation}seeds" + (f"; where there is one seed (as of references), {single}" if 1 in num_seeds else "")
