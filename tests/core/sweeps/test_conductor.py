"""A sweep on real workers: each run once and as it is trained alone, stopped, continued, and beside others' runs."""

import os
import time
from pathlib import Path

import pytest

from core.evaluation.scores import COMPARED
from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster
from core.runs.laboratory import Laboratory
from core.runs.store import Store
from core.sweeps import conductor
from core.sweeps.conductor import Conductor
from core.sweeps.progress import Progress, progress_words
from core.sweeps.results import Results
from core.sweeps.sweep import Sweep
from core.training.loop import train
from tests.core.sweeps.sweeps import BASE, small


def never() -> bool:
    return False


def test_the_rows_are_those_of_runs_trained_alone(cluster: Cluster, tmp_path: Path) -> None:
    sweep, told = small(), list[Progress]()
    results = Results(tmp_path / "r.sqlite", sweep)
    assert Conductor(sweep, cluster, results).run(never, told.append)
    rows = results.rows()
    assert [row.number for row in rows] == list(range(8))
    for row in rows[::3]:
        run = train(sweep.experiment(row.number))
        assert (row.key, row.status, row.steps) == (run.key, "done", 20)
        assert {name: getattr(row, name) for name in COMPARED} == {name: run.scores[name] for name in COMPARED}
    assert told[-1].done == told[-1].of == 8
    assert "8 of 8 runs" in progress_words(told[-1])


def test_a_sweep_goes_on_where_it_stopped_and_gets_the_same_rows(cluster: Cluster, tmp_path: Path) -> None:
    sweep = small(seeds=10)
    begun = Conductor(sweep, cluster, Results(tmp_path / "parts.sqlite", sweep))
    assert not begun.run(lambda: begun.progress.done >= 5)
    first = Results(tmp_path / "parts.sqlite", sweep).rows()
    assert 5 <= len(first) < sweep.runs
    assert Conductor(sweep, cluster, Results(tmp_path / "parts.sqlite", sweep)).run(never)
    whole = Results(tmp_path / "whole.sqlite", sweep)
    assert Conductor(sweep, cluster, whole).run(never)
    rows = Results(tmp_path / "parts.sqlite", sweep).rows()
    assert [row._replace(seconds=0) for row in rows] == [row._replace(seconds=0) for row in whole.rows()]
    assert set(first) <= set(rows)
    assert Conductor(sweep, cluster, whole).run(lambda: pytest.fail("there is nothing to train"))


def test_runs_that_diverge_or_fail_are_rows_of_their_own(cluster: Cluster, tmp_path: Path) -> None:
    wild = {
        "loss.name": "squared_error",
        "training.standardise": False,
        "training.optimizer": "sgd",
        "training.steps": 60,
    }
    sweep = Sweep(Experiment.from_settings(wild), {"training.learning_rate": (1e-5, 1.0)})
    results = Results(tmp_path / "r.sqlite", sweep)
    assert Conductor(sweep, cluster, results).run(never)
    calm, lost = results.rows()
    assert calm.status == "done"
    assert lost.status == "diverged"
    assert lost.nll is None
    assert lost.message
    failing = Sweep(BASE, {"training.device": ("cpu", "cuda")})
    results = Results(tmp_path / "f.sqlite", failing)
    told: list[Progress] = []
    assert Conductor(failing, cluster, results).run(never, told.append)
    good, bad = results.rows()
    assert (good.status, bad.status) == ("done", "failed")
    assert "Device" in bad.message
    assert told[-1].failed == 1


def _dies_at_seven(chunk: str, job: str) -> list[list[object]]:
    from core.sweeps.chunk import train_chunk

    if '[7, {"' in chunk:
        os._exit(1)
    return train_chunk(chunk, job)


@pytest.mark.long
def test_a_run_that_kills_its_worker_fails_alone(cluster: Cluster, tmp_path: Path) -> None:
    sweep = small(seeds=3)
    results = Results(tmp_path / "r.sqlite", sweep)
    assert Conductor(sweep, cluster, results, work=_dies_at_seven).run(never)
    rows = results.rows()
    assert [row.number for row in rows] == list(range(12))
    assert {row.number: row.status for row in rows if row.status != "done"} == {7: "failed"}
    assert "died several times" in rows[7].message


@pytest.mark.long
def test_a_quick_run_of_a_visitor_goes_before_a_sweep(cluster: Cluster, tmp_path: Path) -> None:
    """Hundreds of runs wait; a visitor's waits for a chunk or two at most."""
    lab = Laboratory(cluster, Store(f"sqlite:///{tmp_path / 'runs.sqlite'}"))
    sweep = Sweep(Experiment.from_settings({"training.steps": 400}), {}, seeds=tuple(range(400)))
    answered: list[float] = []

    def asks() -> bool:
        if running.progress.done < 8:
            return False
        begun = time.monotonic()
        job = lab.start(BASE.with_settings({"data.seed": 900 + len(answered)}), "anna")
        assert job.wait(60)
        answered.append((time.monotonic() - begun) / max(conductor.CHUNK_S, 0.01))
        return len(answered) == 3

    running = Conductor(sweep, cluster, Results(tmp_path / "r.sqlite", sweep), spare=1)
    assert not running.run(asks)
    assert running.progress.done < sweep.runs / 2, "the visitor did not wait for the sweep"


@pytest.mark.long
def test_long_runs_leave_a_worker_to_others_and_give_theirs_back(cluster: Cluster, tmp_path: Path) -> None:
    """With a long run of a visitor too, the second worker stays free for quick runs."""
    lab = Laboratory(cluster, Store(f"sqlite:///{tmp_path / 'runs.sqlite'}"))
    long = Experiment.from_settings({"training.steps": 1_000_000, "training.batch_size": 10, "training.seed": 77})
    sweep = Sweep(long, {}, seeds=(1, 2, 3))
    told: list[Progress] = []
    looks = iter(range(10_000))

    def asks() -> bool:
        look = next(looks)
        if look == 5:
            assert len(running._in_flight) == 1
            lab.start(long, "anna")
        if look == 40:
            assert not running._in_flight
            assert told[-1].waits == "Long runs of visitors go first"
            assert lab.start(BASE.with_settings({"data.seed": 990}), "bert").wait(30)
            lab.stop(long, "anna")
        return look >= 60 and bool(running._in_flight)

    running = Conductor(sweep, cluster, Results(tmp_path / "r.sqlite", sweep), spare=1, others=lab.long_runs)
    begun = time.monotonic()
    assert not running.run(asks, told.append)
    assert time.monotonic() - begun < 60, "a long run is told to end"
    assert running.progress.done == 0
    assert running._waiting[0] == 0
