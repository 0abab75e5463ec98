"""The estimate that chooses between training at once and asking first."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from core.experiment.experiment import DEFAULT
from core.experiment.presets import presets
from core.training.cost import QUICK_S, START_S, estimated_seconds, is_quick
from core.training.loop import train


def test_more_of_anything_takes_longer():
    start = estimated_seconds(DEFAULT)
    for changes in (
        {"training.steps": 700},
        {"training.batch_size": 512},
        {"network.layers": [64, 128, 256]},
        {"network.heads": "separate"},
        {"training.stepper": "plain"},
    ):
        assert estimated_seconds(DEFAULT.with_settings(changes)) > start
    twice = estimated_seconds(DEFAULT.with_settings({"training.steps": 2 * DEFAULT.training.steps}))
    assert 1.5 * start < twice < 2 * start  # the points, the first weights and the frames come once


def test_a_batch_is_no_larger_than_its_points():
    few = DEFAULT.with_settings({"data.n": 100})
    large = few.with_settings({"training.batch_size": 65_536})
    assert estimated_seconds(large) == estimated_seconds(few.with_settings({"training.batch_size": 100}))
    engel = presets["engel"].with_settings({"training.batch_size": 65_536})
    assert estimated_seconds(engel) == estimated_seconds(presets["engel"])


def test_quick_is_what_is_over_in_about_a_second():
    assert is_quick(DEFAULT)
    assert is_quick(presets["question-as-posted"])
    assert not is_quick(presets["seitzer-sine"])
    per_step = (estimated_seconds(DEFAULT) - START_S) / DEFAULT.training.steps
    steps = int((QUICK_S - START_S) / per_step)
    assert is_quick(DEFAULT.with_settings({"training.steps": steps}))
    assert not is_quick(DEFAULT.with_settings({"training.steps": steps + 10}))


@pytest.mark.parametrize(
    "changes",
    [{}, {"training.batch_size": 10, "training.steps": 20_000}, {"training.stepper": "plain"}],
)
def test_the_estimate_is_of_the_right_size(changes, monkeypatch):
    """Within a factor of twelve, because machines differ; the clock is the processor's, that others may use too."""
    monkeypatch.setattr(time, "perf_counter", time.process_time)
    experiment = DEFAULT.with_settings({**changes, "training.device": "cpu"})
    train(experiment.with_settings({"training.steps": 1}))  # the first run of a process loads the stepper
    seconds = train(experiment).seconds
    assert seconds / 12 < estimated_seconds(experiment) < 12 * seconds


MEASURE = """
import json, sys
from core.experiment.experiment import Experiment
from core.training.cost import estimated_bytes
from core.training.loop import train

def size(name):
    return next(1024 * int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

large = Experiment.from_settings({"data.n": 50_000, "training.steps": 1} | json.loads(sys.argv[1]))
train(Experiment.from_settings({"data.n": 100, "training.steps": 1}))
before = size("VmRSS")
train(large)
print((size("VmHWM") - before) / estimated_bytes(large))
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="Linux says how much memory a process took")
@pytest.mark.parametrize(
    "settings", [{"training.batch_size": 16_384, "network.layers": [600, 600]}, {"network.layers": [1024] * 5}]
)
def test_the_memory_of_a_training_is_about_what_is_estimated(settings: dict[str, Any]) -> None:
    command = [sys.executable, "-c", MEASURE, json.dumps(settings)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert 0.6 < float(done.stdout) < 1.3
