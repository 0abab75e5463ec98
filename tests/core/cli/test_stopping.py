"""Ctrl-C, a terminal that watches, and outputs that cannot be written: commands in a process of their own."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import presets, train
from core.cli.main import main
from core.cli.progress_line import progress_line
from core.export.weights import weights_of

ROOT = Path(__file__).parents[3]


def watched(*words: str, until: str) -> tuple[str, int]:
    """What a command says on a terminal, and its exit status; it gets Ctrl-C as soon as it has said `until`."""
    terminal, its_end = pty.openpty()
    command = [sys.executable, "-m", "core", *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=its_end)
    os.close(its_end)
    said, sent = "", False
    try:
        while part := os.read(terminal, 4096):
            said += part.decode()
            if until in said and not sent:
                sent = True
                process.send_signal(signal.SIGINT)
    except OSError:  # Linux says so when the other end is closed
        pass
    finally:
        os.close(terminal)
    assert sent, said
    assert process.communicate(timeout=30)[0] == b""
    return said, process.returncode


@pytest.mark.long
def test_a_long_prediction_shows_how_far_it_is_and_leaves_no_half_file(tmp_path: Path) -> None:
    run = train(presets["quick"].with_settings({"training.steps": 5, "data.n": 100}))
    weights, rows, out = (tmp_path / name for name in ("run.safetensors", "rows.csv", "out.csv"))
    weights.write_bytes(weights_of(run))
    pd.DataFrame({"x": np.linspace(50, 150, 1_000_000)}).to_csv(rows, index=False)
    out.write_text("as it was")
    said, status = watched("predict", str(weights), str(rows), "--out", str(out), until=" of 1,000,000")
    assert said.rstrip().endswith("Stopped by Ctrl-C.")
    assert "Traceback" not in said
    assert status == 130
    assert out.read_text() == "as it was"
    assert {path.name for path in tmp_path.iterdir()} == {"run.safetensors", "rows.csv", "out.csv"}


def test_a_prediction_in_pieces_is_that_of_all_rows(tmp_path: Path) -> None:
    run = train(presets["quick"].with_settings({"training.steps": 5, "data.n": 100}))
    weights, rows, out = (tmp_path / name for name in ("run.safetensors", "rows.csv", "out.csv"))
    weights.write_bytes(weights_of(run))
    x = np.linspace(50, 150, 20_000)
    pd.DataFrame({"x": x}).to_csv(rows, index=False)
    assert main(["predict", str(weights), str(rows), "--out", str(out)]) == 0
    found, whole = pd.read_csv(out), run.predict(x)
    assert len(found) == 20_000
    for name in ("mean", "std", "lower", "upper"):
        np.testing.assert_array_equal(found[name], whole[name])


def test_without_a_command_all_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "predict new rows" in " ".join(said.err.split())


@pytest.mark.parametrize(("words", "status"), [("presets > /dev/full", 2), ("presets >&-", 0), ("losses | head -1", 0)])
def test_an_output_that_takes_nothing_is_told_in_one_sentence(words: str, status: int) -> None:
    command = ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m core {words}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == status
    assert ran.stderr == ("The output cannot be written: no space left on device.\n" if status else "")


@pytest.mark.parametrize("columns", [0, 30, 200])
def test_a_line_of_progress_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, its_end = pty.openpty()
    fcntl.ioctl(its_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(its_end, "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        with progress_line("step") as told:
            told(1, 4000)  # too soon
            told._began -= 3.0
            told._told -= 3.0
            told(1000, 4000, "a long name of what is done now")
        said = os.read(terminal, 4096).decode()
    os.close(terminal)
    whole = "step 1,000 of 4,000, 9 s left, a long name of what is done now"
    assert said == f"\r\x1b[K{whole[: (columns or 80) - 1]}\r\x1b[K"
