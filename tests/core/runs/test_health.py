"""Whether a laboratory works, asked of real workers and real stores, well and not."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.runs.cluster import Cluster
from core.runs.health import Health, Report, numbers
from core.runs.laboratory import Laboratory
from core.runs.store import Store
from tests.core.runs.test_laboratory import begun, long, quick, until
from tests.core.runs.test_store_comes_back import soon


def measured(laboratory: Laboratory) -> dict[str, float]:
    lines = [line for line in numbers(laboratory).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_all_is_well_and_a_probe_leaves_nothing(laboratory: Laboratory) -> None:
    health = Health(laboratory)
    found = health.report()
    assert (found.store, found.workers, found.training) == ("ok", "ok", "ok")
    assert found.is_well
    assert 0 < found.seconds < 10
    assert health.report() is found  # who asks often costs nothing
    assert measured(laboratory)["heteroscope_jobs_running"] == 0
    assert laboratory.ended_runs() == {}


def test_runs_are_counted_by_how_they_ended(laboratory: Laboratory) -> None:
    assert laboratory.start(quick(), "anna").wait(180)
    assert soon(lambda: laboratory.store.waiting == 0)
    found = measured(laboratory)
    assert found['heteroscope_runs_total{status="done"}'] == 1
    assert found["heteroscope_workers"] == 2
    assert found["heteroscope_store_writable"] == 1
    assert 1_000 < found["heteroscope_remembered_bytes"] < 10_000_000


def test_a_store_that_is_away_is_told_and_visitors_are_served(cluster: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with closing(Store(f"sqlite:///{path}", patient=True)) as store:
        lab = Laboratory(cluster, store)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            assert lab.start(quick(), "anna").wait(180)
            assert soon(lambda: store.state == "cannot be written just now")
            report = Health(lab).ready()
            assert (report.store, report.is_well, report.is_ready) == ("cannot be written just now", False, True)
            assert measured(lab)["heteroscope_store_waiting_runs"] == 1
        assert soon(lambda: store.state == "ok" and store.waiting == 0)
        assert measured(lab)["heteroscope_store_waiting_runs"] == 0


def test_a_store_given_up_is_told(cluster: Cluster, tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(os.urandom(5000))
    lab = Laboratory(cluster, Store(f"sqlite:///{path}"))
    assert Health(lab).ready().store == "given up"


@pytest.mark.long
def test_a_worker_that_is_busy_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.runs.health.PROBE_S", 1.5)
    with closing(Laboratory(Cluster(workers=1), Store(f"sqlite:///{tmp_path / 'runs.sqlite'}"))) as lab:
        job = lab.start(long(), "anna")
        until(lambda: begun(job))
        assert Health(lab).report().training == "ok"
        lab.stop(job.experiment, "anna")
        assert job.wait(60)


def test_without_workers_nobody_is_served() -> None:
    assert not Report("ok", "the scheduler is away", "not tried", 0.0).is_ready
