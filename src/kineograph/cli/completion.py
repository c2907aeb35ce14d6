"""``kineograph completion``: a bash script that completes verbs, groups, choices and keys of the composed tree."""

import argparse

from omegaconf import OmegaConf

from kineograph.cli.compose import compose, dotted_keys, group_choices
from kineograph.cli.main import VERBS

SCRIPT = """\
# kineograph completion: source <(kineograph completion)
_kineograph() {
    local current="${COMP_WORDS[COMP_CWORD]}" line="${COMP_LINE:0:COMP_POINT}"
    current="${line##*[[:space:]]}"
    local words=""
    if [ "$COMP_CWORD" -le 1 ]; then
        words="%(verbs)s"
    else
        case "${COMP_WORDS[1]}" in
            train) words="%(train)s" ;;
            evaluate) words="%(evaluate)s" ;;
        esac
    fi
    local found
    found=$(compgen -W "$words" -- "$current")
    # bash splits words at "=": what stands before it is not repeated
    case "$COMP_WORDBREAKS" in *=*)
        local head="${current%%"${current##*=}"}"
        COMPREPLY=(); local word
        for word in $found; do COMPREPLY+=("${word#"$head"}"); done ;;
    *) COMPREPLY=($found) ;;
    esac
    [ ${#COMPREPLY[@]} -eq 0 ] && compopt -o default
}
complete -o nospace -F _kineograph kineograph
"""


def main(argv: list[str]) -> int:
    argparse.ArgumentParser("kineograph completion", description="Prints a bash completion script.").parse_args(argv)
    print(SCRIPT % {"verbs": " ".join(VERBS), "train": words("train"), "evaluate": words("evaluate")}, end="")
    return 0


def words(name: str) -> str:
    """``group=choice`` for every group and ``key=`` for every key."""
    config = compose(name, [], []).config
    keys = dotted_keys(OmegaConf.to_container(config, resolve=False))
    choices = [f"{group}={choice}" for group, names in group_choices([]).items() for choice in names]
    return " ".join([*choices, *(f"{key}=" for key in keys if "_target_" not in key)])
