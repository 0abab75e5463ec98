"""Ctrl-C during a training in a script: a real signal, sent to a process of its own."""

import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LONG = """
from core import HeteroscopeRegressor, presets, train, train_members
import itertools, threading
import numpy as np

long = presets["quick"].with_settings({"training.steps": 1_000_000, "data.n": 100})
told = []

def say(frame):
    if frame.step and not told:
        told.append(frame)
        print("training", flush=True)
"""


def pressed(code: str, *pauses: float) -> tuple[list[str], str, int]:
    """What a script prints, what it complains of, and its exit status; it gets Ctrl-C so long after it trains."""
    process = subprocess.Popen(
        [sys.executable, "-c", LONG + textwrap.dedent(code)],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "training\n"
    for pause in pauses:
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return out.splitlines(), err, process.returncode


@pytest.mark.long
@pytest.mark.parametrize("members", [1, 3])
def test_the_run_so_far_is_returned_with_a_warning(members: int) -> None:
    out, err, status = pressed(
        f"""
        run = train(long.with_settings({{"training.members": {members}}}), on_frame=say)
        print(run.status, 0 < run.steps_done < 1_000_000, run.predict([80.0])["mean"].notna().all(), run.message)
        """,
        0.0,
    )
    assert out[0].startswith("stopped True True Stopped")
    assert "UserWarning: Interrupted, and the run so far is returned. Stopped" in err
    assert re.match(r"<string>:\d+: ", err)  # the line that called it
    assert status == 0


@pytest.mark.long
def test_a_second_one_leaves_a_loop_of_trainings() -> None:
    out, err, status = pressed(
        """
        for seed in range(3):
            print(train(long.with_settings({"training.seed": seed}), on_frame=say).status, flush=True)
        """,
        0.0,
        0.7,
    )
    assert out == ["stopped"]
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert status != 0


@pytest.mark.long
def test_members_are_stopped_together() -> None:
    out, err, _ = pressed(
        """
        asked = itertools.count()

        def never():
            if next(asked) == 1:
                print("training", flush=True)
            return False

        print([run.status for run in train_members(long, [1, 2], should_stop=never)])
        """,
        0.0,
    )
    assert out == ["['stopped', 'stopped']"]
    assert "2 of 2 runs were stopped" in err


@pytest.mark.long
def test_a_fit_is_left_at_once_and_leaves_nothing_behind() -> None:
    """An estimator that was half trained would pass for a fitted one in a search over settings."""
    out, err, _ = pressed(
        """
        x = np.random.default_rng(0).normal(size=(300, 2))
        endless = {"training.steps": 1_000_000, "training.patience": 1_000_000, "training.members": 3}
        model = HeteroscopeRegressor(settings=endless)
        threading.Timer(1.5, print, ("training",), {"flush": True}).start()
        try:
            model.fit(x, x[:, 0])
        except KeyboardInterrupt:
            print("left", hasattr(model, "run_"))
        """,
        0.0,
    )
    assert out == ["left False"], err
