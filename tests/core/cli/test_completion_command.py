"""The manners of the command line: its version and name, completion in real shells, and a line of progress."""

import io
import json
import shutil
import subprocess
import sys

import pytest

from core.cli.called import called
from core.cli.command_table import COMMANDS
from core.cli.completion_command import completed
from core.cli.main import main
from core.cli.progress_line import ProgressLine
from core.version import VERSION


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"heteroscope {VERSION}\n"


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("/usr/bin/heteroscope", "heteroscope"),
        ("Heteroscope.exe", "heteroscope"),
        ("/a/core/__main__.py", "python -m core"),
        ("", "python -m core"),
    ],
)
def test_it_has_the_name_that_it_was_called_by(monkeypatch, capsys, first, name):
    monkeypatch.setattr(sys, "argv", [first])
    assert called() == name
    with pytest.raises(SystemExit):
        main(["--help"])
    assert capsys.readouterr().out.startswith(f"usage: {name} ")


def test_every_command_and_option_is_completed(capsys):
    words = completed()
    assert set(words) == set(COMMANDS)
    assert {"--preset", "--csv", "--set", "--json"} <= set(words["train"])
    assert {"star", "export", "--search"} <= set(words["runs"])
    assert {"bash", "zsh", "fish"} <= set(words["completion"])
    assert main(["completion", "bash", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["train"] == list(words["train"])


def completions(script: str, line: list[str]) -> list[str]:
    """What bash offers for the last word of a line."""
    words = " ".join(f"'{word}'" for word in line)
    ask = f"COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; _heteroscope; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_bash_completes_commands_and_options(capsys):
    main(["completion", "bash"])
    script = capsys.readouterr().out
    assert completions(script, ["heteroscope", "pre"]) == ["presets", "predict"]
    assert completions(script, ["heteroscope", "train", "--pr"]) == ["--predictions", "--preset"]
    assert completions(script, ["heteroscope", "--v"]) == ["--version"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_other_shells_are_whole(capsys, shell):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in COMMANDS)
    if found := shutil.which(shell):
        assert subprocess.run([found, "-n", "-c", script], capture_output=True, timeout=30).returncode == 0


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_progress_is_a_line_on_a_terminal_and_nothing_elsewhere(monkeypatch):
    clock = iter([0.0, 1.0, 1.01, 2.0, 4.0])
    monkeypatch.setattr("core.cli.progress_line.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    line = ProgressLine("step")
    for done in (100, 110, 200, 400):
        line(done, 400)
    line.close()
    told = [words.rstrip() for words in terminal.getvalue().split("\r")[1:]]
    assert told == ["step 100 of 400, 3 s left", "step 200 of 400, 2 s left", "step 400 of 400"]
    monkeypatch.setattr("core.cli.progress_line.time.monotonic", lambda: 0.0)
    monkeypatch.setattr(sys, "stderr", elsewhere := io.StringIO())
    line = ProgressLine("step")
    line(400, 400)
    line.close()
    assert elsewhere.getvalue() == ""
