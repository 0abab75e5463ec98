"""`python -m core sweep` in a process: killed, interrupted, its workers killed; nothing is lost or doubled."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.sweeps.results import Results
from core.sweeps.sweep_file import sweep_of

ROOT = Path(__file__).parents[3]
MOST_S = 120.0
TEXT = """
seeds = 40
[settings]
data.n = 300
training.steps = 150
[grid]
loss.name = ["gaussian_nll", "beta_nll"]
noise.scale = [0.1, 0.3]
"""
SWEEP = sweep_of(TEXT)


def begin(folder: Path) -> subprocess.Popen[str]:
    (folder / "sweep.toml").write_text(TEXT)
    command = [sys.executable, "-m", "core", "sweep", str(folder / "sweep.toml"), "--workers", "2", "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def kept(folder: Path) -> dict[int, tuple[object, ...]]:
    """The rows in the file, by number, read as anybody would read it."""
    if not (folder / "sweep.sqlite").exists():
        return {}
    try:
        with sqlite3.connect(folder / "sweep.sqlite", timeout=30) as database:
            return {row[0]: row for row in database.execute("SELECT * FROM runs")}
    except sqlite3.OperationalError:  # its tables are being made
        return {}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + MOST_S
    while not condition():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workers(of: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes that train: the grandchildren that hold a connection to the scheduler."""
    found = psutil.Process(of.pid).children(recursive=True)
    return [process for process in found if runs(process) and process.net_connections()]


def whole(folder: Path, before: dict[int, tuple[object, ...]]) -> None:
    """Start it again, and it ends: each run is there once, and what was there is as it was."""
    again = begin(folder)
    output, errors = again.communicate(timeout=MOST_S)
    assert again.returncode == 0, errors
    assert json.loads(output)["statuses"] == {"done": SWEEP.runs}
    rows = Results(folder / "sweep.sqlite", SWEEP).rows()
    assert [row.number for row in rows] == list(range(SWEEP.runs))
    assert len({row.key for row in rows}) == SWEEP.runs
    after = kept(folder)
    assert all(after[number] == row for number, row in before.items())


@pytest.mark.long
def test_the_command_is_killed_twice_and_goes_on(tmp_path: Path) -> None:
    for least in (1, 40):
        running = begin(tmp_path)
        until(lambda least=least: len(kept(tmp_path)) >= least)  # type: ignore[misc]
        children = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        running.communicate()
        before = kept(tmp_path)
        assert least <= len(before) < SWEEP.runs
        until(lambda children=children: not any(map(runs, children)))  # type: ignore[misc]
    whole(tmp_path, before)


@pytest.mark.long
def test_workers_are_killed_one_and_all(tmp_path: Path) -> None:
    running = begin(tmp_path)
    until(lambda: len(kept(tmp_path)) >= 1)
    before = kept(tmp_path)
    workers(running)[0].kill()
    until(lambda: len(kept(tmp_path)) >= 40)
    for worker in workers(running):
        worker.kill()
    _, errors = running.communicate(timeout=MOST_S)
    assert running.returncode == 0, errors
    whole(tmp_path, before)


@pytest.mark.long
def test_ctrl_c_keeps_what_there_is(tmp_path: Path) -> None:
    running = begin(tmp_path)
    until(lambda: len(kept(tmp_path)) >= 1)
    os.kill(running.pid, signal.SIGINT)
    output, _ = running.communicate(timeout=MOST_S)
    assert running.returncode == 130
    answer = json.loads(output)
    assert 1 <= answer["done"] < SWEEP.runs
    assert answer["done"] == len(kept(tmp_path))
    whole(tmp_path, kept(tmp_path))
