"""`completion`: a real bash completes commands, options and values with what is printed."""

import shlex
import subprocess

import pytest

from core.cli.command_table import COMMANDS
from core.cli.main import main
from core.experiment.presets import PRESETS


def completed(script: str, *words: str) -> set[str]:
    """What bash offers for the last of these words."""
    ask = f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; _heteroscope; echo ${{COMPREPLY[*]}}"
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_completes_commands_options_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    assert completed(script, "heteroscope", "") == {*COMMANDS, "--version", "--help"}
    assert completed(script, "heteroscope", "s") == {"settings", "scores", "sweep", "store"}
    assert {"--preset", "--predictions", "--json"} <= completed(script, "heteroscope", "train", "--")
    assert completed(script, "heteroscope", "train", "--preset", "qu") == {n for n in PRESETS if n.startswith("qu")}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_get_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in [*COMMANDS, "recalibrate", "preset"])
