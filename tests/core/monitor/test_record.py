"""The record of a monitor is a file from outside: a broken or hostile one is refused in one sentence."""

import json

import numpy as np
import pytest

from core import Monitor, check
from core.data.training_log.log_reading import read_log
from core.data.training_log.training_log import LogError
from tests.core.monitor.loops import GAUSSIAN, watched


@pytest.fixture(scope="module")
def record():
    return watched(Monitor(GAUSSIAN, tell=None), steps=300).record()


def changed(record, **parts):
    return json.dumps({**json.loads(record), **parts})


def test_code_with_the_marks_of_a_logger_stays_as_it_is(record):
    code = "# 2026-11-29 12:00:00 INFO: v1\nloss = (y - mu)**2  # WARNING - none"
    assert read_log(changed(record, code=code)).brought.code == code


def test_what_a_person_tells_goes_before_the_record(record):
    found = check("loss = ((y - mu)**2).mean()", log=record, value=2.0)
    assert (found.given.code, found.given.value) == ("loss = ((y - mu)**2).mean()", 2.0)


@pytest.mark.parametrize(
    "parts",
    [
        {"heteroscope_monitor": 99}, {"training": None}, {"training": []}, {"training": {"step": [1], "loss": "x"}},
        {"training": {"step": [2, 1], "loss": [0, 0]}}, {"training": {"step": [1, None], "loss": [0, 0]}},
        {"training": {"step": [1], "loss": [True]}}, {"training": {"step": [1], "loss": [10**400]}},
        {"training": {"step": list(range(100_001)), "loss": [0] * 100_001}}, {"code": 3}, {"code": "x" * 100_001},
        {"code": "\0"}, {"roles": []}, {"roles": {"s": [1]}}, {"function": "f" * 201}, {"notes": [1]}, {"notes": 5},
        {"value": "high"}, {"value": 1e300}, {"points": [1]}, {"predictions": {"y": [1]}},
        {"predictions": {"y": [1], "mean": [1, 2]}},
        {"predictions": {"y": [], "mean": []}}, {"notes": ["x" * 500]}, {"predictions": [1]},
    ],
)  # fmt: skip
def test_a_changed_record_is_refused_in_one_sentence(record, parts):
    with pytest.raises(LogError, match="record") as refused:
        read_log(changed(record, **parts), "record.json")
    assert str(refused.value).count(". ") == 0


def test_a_record_that_is_cut_off_is_refused(record):
    for text in (record[:-100], '{"heteroscope_monitor": ' + "[" * 50_000, '{"heteroscope_monitor": 1}'):
        with pytest.raises(LogError):
            read_log(text)


@pytest.mark.parametrize(
    "parts",
    [
        {"roles": {"s": "no such role"}}, {"code": "this is prose"}, {"value": 1e9}, {"points": -3},
        {"predictions": {"y": [None] * 3, "mean": [None] * 3, "std": [None] * 3}},
        {"predictions": {"y": [1.0], "mean": [1e308], "std": [0.0]}},
        {"predictions": {"y": [1.0] * 3, "mean": [1.0] * 3, "std": [-1.0] * 3}}, {"predictions": None},
        {"training": {"step": [1], "loss": [None]}},
    ],
)  # fmt: skip
def test_a_strange_record_gets_an_answer(record, parts):
    assert check(log=changed(record, **parts)).headline


def test_a_loss_that_is_not_finite_survives_the_file():
    monitor = Monitor(tell=None)
    for loss in (1.0, float("nan"), float("inf")):
        monitor.step(loss)
    monitor.close()
    assert np.isnan(read_log(monitor.record()).training.values).tolist() == [False, True, True]
