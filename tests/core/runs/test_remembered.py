"""The runs in memory: the latest are kept, and older ones without what is as large as their points."""

import gc
import weakref
from dataclasses import replace

import pytest

from core.experiment.experiment import Experiment
from core.runs import remembered
from core.runs.remembered import Remembered, size_of
from core.runs.store import ANSWERS
from core.training.loop import train
from core.training.run import Run


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    first = train(Experiment.from_settings({"data.n": 100, "training.steps": 20}))
    return [replace(first, experiment=first.experiment.with_settings({"training.seed": seed})) for seed in range(6)]


def test_the_oldest_is_forgotten_and_one_that_is_asked_for_is_the_latest(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST_RUNS", 3)
    memory = Remembered(ANSWERS)
    for run in runs[:3]:
        memory.add(run)
    assert memory.answer(runs[0].key) is runs[0]
    memory.add(runs[3])
    assert [memory.answer(run.key) is run for run in runs[:4]] == [True, False, True, True]
    assert memory.bytes == sum(size_of(runs[i]) for i in (0, 2, 3))
    memory.forget(runs[0].key, "anna")
    assert memory.answer(runs[0].key) is None
    assert memory.bytes == sum(size_of(runs[i]) for i in (2, 3))


def test_bytes_are_bounded(runs: list[Run]) -> None:
    most = 2 * size_of(runs[0])
    memory = Remembered(ANSWERS, most)
    for run in runs:
        memory.add(run)
    assert memory.bytes <= most
    assert memory.answer(runs[-1].key) is runs[-1]


def test_an_answer_is_everybodys_and_a_stopped_run_is_of_those_who_trained_it(runs: list[Run]) -> None:
    memory, stopped = Remembered(ANSWERS), replace(runs[0], status="stopped")
    memory.add(stopped, ["anna"])
    assert memory.answer(stopped.key) is None
    assert memory.unfinished(stopped.key, "anna") is stopped
    assert memory.unfinished(stopped.key, "bert") is None
    memory.add(runs[0])
    assert memory.answer(stopped.key) is runs[0]
    assert [memory.is_new_to(stopped.key, "anna") for _ in range(2)] == [True, False]
    memory.forget(stopped.key, "anna")
    assert memory.is_new_to(stopped.key, "anna")
    assert memory.unfinished(stopped.key, "anna") is None
    assert memory.bytes == 0


def test_older_runs_are_without_their_points_and_have_them_again_when_asked(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "WITH_POINTS", 1)
    memory, (one, other) = Remembered(ANSWERS), runs[:2]
    rmse = float((one.judged.residual**2).mean())
    for run in (one, other):
        memory.add(run)
    assert "judged" not in one.__dict__
    assert float((one.judged.residual**2).mean()) == rmse


def test_a_run_that_nobody_uses_is_freed_at_once(runs: list[Run]) -> None:
    run = replace(runs[0])
    assert run.each == run.predicting == (run,)
    assert run.alone is run
    assert run.scores["rmse"] is not None
    gc.disable()
    try:
        gone = weakref.ref(run)
        del run
        assert gone() is None
    finally:
        gc.enable()
