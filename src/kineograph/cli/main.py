"""The one console script: finds the verb, hands it the rest, and turns errors into one line."""

import importlib
import os
import signal
import sys

from kineograph.core.build import own_allowlist, suggest
from kineograph.core.errors import ConfigError, UserError

VERBS = {
    "train": "train an animator: kineograph train experiment=quickstart_gan",
    "evaluate": "score runs, shipped models and references: kineograph evaluate run=RUN",
    "animate": "make a picture move: kineograph animate picture.png -o out.mp4",
    "data": "prepare and check clip stores: kineograph data prepare fluent_emoji",
    "runs": "the run folders: kineograph runs list | compare | show | diff",
    "sweep": "go on with a sweep: kineograph sweep [--retry-failed] DIR",
    "report": "one page over runs and evaluations: kineograph report DIR",
    "export": "a run's weights as safetensors: kineograph export run=RUN -o DIR",
    "doctor": "what is installed, and what is missing",
    "demo": "the whole tour: train two models, score them, open a page",
    "completion": "a bash completion script: source <(kineograph completion)",
}


def main(argv: list[str] | None = None) -> int:
    """Runs one verb; returns the exit code (0 done, 1 failed, 2 misconfigured, 143 preempted)."""
    argv = sys.argv[1:] if argv is None else argv
    # Idle threads that spin take the processor from busy ones on a shared machine; read when torch is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not argv or argv[0] in ("-h", "--help", "help"):
        print("usage: kineograph VERB ...   (kineograph VERB --help tells more)\n")
        print("\n".join(f"  {verb:<11} {meaning}" for verb, meaning in VERBS.items()))
        return 0 if argv else 2
    try:
        if argv[0] == "--version":
            from importlib.metadata import version

            print(version("kineograph"))
            return 0
        if argv[0] not in VERBS:
            raise ConfigError(f"there is no verb '{argv[0]}'.{suggest(argv[0], VERBS)} (kineograph --help lists them)")
        with own_allowlist():
            return importlib.import_module(f"kineograph.cli.{argv[0]}").main(argv[1:])
    except UserError as error:
        print(f"kineograph: {' '.join(str(error).split())}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # the reader of our output has gone (| head)
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
