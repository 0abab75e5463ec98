"""The laboratory on real worker processes: one training for all who ask, frames, stop, a killed worker, the store."""

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from distributed.comm import CommClosedError

from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster, ClusterError
from core.runs.job import Job
from core.runs.laboratory import Laboratory
from core.runs.library import Library
from core.runs.store import Store
from core.training.loop import train

_seeds = itertools.count(1000)


def quick() -> Experiment:
    """A small experiment that no other test has run."""
    return Experiment.from_settings({"data.n": 500, "training.steps": 40, "training.seed": next(_seeds)})


def long() -> Experiment:
    """An experiment of a quarter of a minute that no other test has run."""
    return quick().with_settings({"training.steps": 1_000_000, "training.batch_size": 10})


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def begun(job: Job) -> bool:
    return job.frame is not None and job.frame.step > 0


def test_a_worker_trains_what_this_process_would(laboratory: Laboratory) -> None:
    experiment = quick()
    job = laboratory.start(experiment, "anna")
    assert job.wait(180)
    here = train(experiment)
    assert job.run is not None
    assert job.run.status == "done"
    assert job.run.weights.tobytes() == here.weights.tobytes()
    assert job.run.scores == here.scores


def test_a_run_that_ended_while_it_was_looked_for_is_not_trained_again(laboratory: Laboratory) -> None:
    """The job of another window may end between `find` and `start`."""
    experiment = quick().with_settings({"loss.name": "posted"})
    first = laboratory.start(experiment, "anna")
    assert first.wait(180)
    second = laboratory.start(experiment, "bert")
    assert second.wait(0)
    assert second.run is first.run
    assert not laboratory.trains(experiment)
    read = laboratory.start(experiment.with_settings({"loss.reading": "laplace_scale"}), "carl")
    assert read.run is not None
    assert read.run.experiment.loss.reading == "laplace_scale"
    assert read.run.weights is first.run.weights  # type: ignore[union-attr]


def test_a_finished_run_is_found_without_training(laboratory: Laboratory) -> None:
    experiment = quick()
    assert laboratory.find(experiment) is None
    laboratory.start(experiment, "anna").wait(180)
    found = laboratory.find(experiment)
    assert found is not None
    until(lambda: Library(laboratory.store).count() == 1)
    after_restart = Laboratory(laboratory.cluster, laboratory.store).find(experiment)
    assert after_restart is not None
    assert after_restart.weights.tobytes() == found.weights.tobytes()


def test_another_reading_is_the_same_run(laboratory: Laboratory) -> None:
    posted = quick().with_settings({"loss.name": "posted"})
    laboratory.start(posted, "anna").wait(180)
    read_otherwise = posted.with_settings({"loss.reading": "laplace_scale"})
    found = laboratory.find(read_otherwise)
    assert found is not None
    assert found.experiment == read_otherwise
    assert found.scores["nll"] != laboratory.find(posted).scores["nll"]  # type: ignore[union-attr]


def test_equal_experiments_train_once_and_are_watched_by_all(laboratory: Laboratory) -> None:
    experiment = long()
    job = laboratory.start(experiment, "anna")
    assert laboratory.start(experiment, "bert") is job
    until(lambda: begun(job))
    assert not laboratory.stop(experiment, "anna"), "bert still watches"
    step = job.frame.step  # type: ignore[union-attr]
    until(lambda: job.frame.step > step)  # type: ignore[union-attr]
    assert laboratory.stop(experiment, "bert")
    assert job.wait(120)
    assert job.run.status == "stopped"  # type: ignore[union-attr]


@pytest.mark.long
def test_every_live_frame_comes_and_a_stop_ends_the_run(laboratory: Laboratory) -> None:
    """As `train` makes them, which holds ten a second: here two follow each other at least, on a busy machine."""
    experiment = long()
    job = laboratory.start(experiment, "anna")
    seconds: set[float] = set()
    until(lambda: job.frame is not None and (seconds.add(job.frame.seconds) or len(seconds) > 10))
    assert np.diff(sorted(seconds)[1:]).min() < 1
    assert laboratory.stop(experiment, "anna")
    assert job.wait(120)
    run = job.run
    assert run is not None
    assert (run.status, len(run.history) > 0, run.has_curve) == ("stopped", True, True)
    assert laboratory.find(experiment) is None, "a stopped run is not the answer"
    assert laboratory.find_stopped(experiment).steps_done == run.steps_done  # type: ignore[union-attr]


def test_one_worker_is_kept_free_of_long_runs(laboratory: Laboratory) -> None:
    first, second = long(), long()
    running, held = laboratory.start(first, "anna"), laboratory.start(second, "bert")
    until(lambda: begun(running))
    assert laboratory.start(quick(), "carl").wait(180)
    assert held.frame is None
    assert laboratory.waiting_before(held) == 0
    assert laboratory.stop(first, "anna")
    until(lambda: begun(held))
    assert laboratory.stop(second, "bert")
    assert held.wait(120)


def test_who_waits_is_woken_by_a_frame_and_by_the_end(laboratory: Laboratory) -> None:
    job = laboratory.start(long(), "anna")
    assert job.wait_for_news(None, 120)
    assert job.frame is not None
    assert laboratory.stop(job.experiment, "anna")
    assert job.wait(120)
    assert job.wait_for_news(job.frame, 0.0)


@pytest.mark.long
def test_a_run_that_nobody_watches_is_stopped_where_the_host_says_so(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETEROSCOPE_ALONE_MINUTES", "1")
    lab = Laboratory(cluster, Store(f"sqlite:///{tmp_path / 'runs.sqlite'}"))
    watched, alone = long(), long()
    lab.start(alone, "anna")
    held = lab.start(watched, "bert")

    def goes_on(experiment: Experiment, watcher: str) -> bool:
        job = lab.job(experiment, watcher)
        return job is not None and begun(job)

    until(lambda: goes_on(alone, "anna"))
    lab._alone_s = 3.0  # in place of a minute
    until(lambda: goes_on(watched, "bert"))  # whose turn comes once the other is stopped
    run = lab.find_stopped(alone)
    assert run is not None
    assert run.has_curve
    lab.stop(watched, "bert")
    assert held.wait(120)
    lab._closed.set()


@pytest.mark.long
def test_visitors_take_turns_with_long_runs(laboratory: Laboratory) -> None:
    hers = [laboratory.start(long(), "anna") for _ in range(3)]
    until(lambda: begun(hers[0]))
    his, again = laboratory.start(long(), "bert"), laboratory.start(long(), "anna")
    assert [laboratory.waiting_before(job) for job in (his, hers[1], hers[2], again)] == [0, 1, 2, 3]
    laboratory.stop(hers[0].experiment, "anna")
    until(lambda: begun(his))
    assert hers[1].frame is None
    laboratory.stop(his.experiment, "bert")
    until(lambda: begun(hers[1]))
    for job in (*hers[1:], again):
        laboratory.stop(job.experiment, "anna")
        assert job.wait(120)


@pytest.mark.long
def test_a_visitors_first_quick_run_goes_before_anothers_many(laboratory: Laboratory) -> None:
    slow = quick().with_settings({"training.steps": 2000})
    hers = [laboratory.start(slow.with_settings({"training.seed": seed}), "anna") for seed in range(30)]
    his = laboratory.start(quick(), "bert")
    assert laboratory.waiting_before(his) < 6
    assert his.wait(180)
    assert sum(not job.ended.is_set() for job in hers) > 15
    for job in hers:
        laboratory.stop(job.experiment, "anna")
        assert job.wait(120)


def test_a_job_held_back_can_be_stopped(laboratory: Laboratory) -> None:
    first, second = long(), long()
    running, held = laboratory.start(first, "anna"), laboratory.start(second, "bert")
    assert laboratory.stop(second, "bert")
    assert held.wait(120)
    assert held.run.status == "stopped"  # type: ignore[union-attr]
    laboratory.stop(first, "anna")
    assert running.wait(120)


@pytest.mark.long
def test_a_killed_worker_is_replaced_and_the_run_completes(laboratory: Laboratory) -> None:
    experiment = quick().with_settings({"training.steps": 100_000, "training.batch_size": 10})
    before = set(laboratory.cluster.client.run(os.getpid).values())
    job = laboratory.start(experiment, "anna")
    until(lambda: begun(job))
    attempt = job.attempt
    client = laboratory.cluster.client
    (busy,) = [address for address, tasks in client.processing().items() if tasks]
    pid = client.run(os.getpid, workers=[busy])[busy]
    os.kill(pid, signal.SIGKILL)
    assert job.wait(180)
    assert job.run is not None
    assert (job.run.status, job.run.steps_done) == ("done", 100_000)
    assert job.attempt != attempt
    until(lambda: laboratory.cluster.workers == 2)
    assert set(laboratory.cluster.client.run(os.getpid).values()) != before


def test_a_failure_in_a_worker_is_reported(laboratory: Laboratory) -> None:
    absent = "cuda" if sys.platform == "darwin" else "mps"
    experiment = quick().with_settings({"training.device": absent})
    job = laboratory.start(experiment, "anna")
    assert job.wait(180)
    run = job.run
    assert run is not None
    assert run.status == "failed"
    assert "Device cannot be" in run.message
    assert laboratory.find(experiment) is None


def test_a_broken_store_does_not_stop_training(cluster: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    lab = Laboratory(cluster, Store(f"sqlite:///{path}"))
    experiment = quick()
    assert lab.start(experiment, "anna").wait(180)
    assert lab.find(experiment) is not None
    assert lab.store.problem is not None


def test_a_named_scheduler_is_joined(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask

    with dask.config.set({"scheduler-address": cluster.client.scheduler.address}):
        guest = Cluster()
        lab = Laboratory(guest, Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}"))
        job = lab.start(quick(), "anna")
        assert job.wait(180)
        assert job.run.status == "done"  # type: ignore[union-attr]
        lab.close()
    assert cluster.workers == 2, "leaving a cluster that is not ours does not end it"


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import dask

    monkeypatch.setattr("core.runs.cluster.CONNECT_S", 1)
    with (
        dask.config.set({"scheduler-address": "tcp://127.0.0.1:9"}),
        pytest.raises(ClusterError, match="DASK_SCHEDULER_ADDRESS"),
    ):
        Cluster()


def test_a_job_is_submitted_while_the_thread_of_the_client_waits(cluster: Cluster, laboratory: Laboratory) -> None:
    """A frame may just wait for the lock that the laboratory holds as it submits: asking Dask then would never end."""
    go_on = threading.Event()
    cluster.client.loop.add_callback(go_on.wait, 60)
    began = time.monotonic()
    try:
        job = laboratory.start(quick(), "anna")
        assert time.monotonic() - began < 30
    finally:
        go_on.set()
    assert job.wait(180)


class _Lost:
    """What Dask gives for a run whose connection breaks while its result is fetched."""

    status = "finished"

    def result(self) -> bytes:
        raise CommClosedError("connection reset by peer")


def test_a_run_whose_result_is_lost_on_its_way_is_trained_again(laboratory: Laboratory) -> None:
    job = laboratory.start(long(), "anna")
    until(lambda: begun(job))
    future, job.future = job.future, _Lost()  # type: ignore[assignment]
    laboratory._ended(job, job.future)  # type: ignore[arg-type]
    assert not job.ended.is_set()
    until(lambda: job.future is not None and begun(job))
    assert laboratory.stop(job.experiment, "anna")
    assert job.wait(60)
    assert future is not None
