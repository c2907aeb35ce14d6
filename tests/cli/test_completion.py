import subprocess

from kineograph.cli.main import main


def complete(script: str, line: str) -> list[str]:
    words = line.split(" ")
    # bash itself splits at "=", as its completion does
    parts = [part for word in words for part in word.replace("=", " = ").split(" ") if part]
    quoted = " ".join(f"'{part}'" for part in parts)
    program = (
        f"{script}\nCOMP_WORDBREAKS=' ='; COMP_WORDS=({quoted}); COMP_CWORD={len(parts) - 1}; "
        f"COMP_LINE='{line}'; COMP_POINT={len(line)}; compopt() {{ :; }}; _kineograph; "
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_completes_verbs_choices_and_keys(capsys):
    assert main(["completion"]) == 0
    script = capsys.readouterr().out
    assert complete(script, "kineograph tra") == ["train"]
    assert complete(script, "kineograph train animator=diff") == ["diffusion"]
    assert complete(script, "kineograph train max_im") == ["max_images="]
