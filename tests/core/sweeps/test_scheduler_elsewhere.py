"""A sweep on a scheduler of its own: without workers it waits, and what a killed scheduler had is trained again."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dask
import pytest

from core.runs.cluster import Cluster
from core.sweeps.conductor import Conductor
from core.sweeps.progress import Progress
from core.sweeps.results import Results
from core.sweeps.sweep import Sweep
from tests.core.runs.test_scheduler_elsewhere import STARTS_S, port, scheduler, worker
from tests.core.runs.test_store_comes_back import soon
from tests.core.sweeps.sweeps import BASE


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TMPDIR", f"{tmp_path}")
    return


@pytest.mark.long
def test_a_sweep_outlives_its_scheduler(tmp_path: Path) -> None:
    at, told = port(), list[Progress]()
    sweep = Sweep(BASE.with_settings({"training.steps": 200}), {"noise.scale": (0.1, 0.3)}, seeds=tuple(range(25)))
    results = Results(tmp_path / "r.sqlite", sweep)
    with scheduler(at) as first:
        with dask.config.set({"scheduler-address": f"tcp://127.0.0.1:{at}"}):
            cluster = Cluster()
        with closing(cluster):
            training = threading.Thread(
                target=Conductor(sweep, cluster, results).run, args=[lambda: False, told.append]
            )
            training.start()
            assert soon(lambda: bool(told) and "No worker has joined" in told[-1].waits, STARTS_S)
            with worker(at), worker(at):
                assert soon(lambda: len(results.rows()) > 2, STARTS_S)
                first.kill()
                first.wait()
                assert soon(lambda: "is away" in told[-1].waits, STARTS_S)
                before = results.rows()
                with scheduler(at), worker(at), worker(at):
                    training.join(STARTS_S)
                    assert not training.is_alive()
    rows = results.rows()
    assert [row.number for row in rows] == list(range(sweep.runs))
    assert {row.status for row in rows} == {"done"}
    assert set(before) <= set(rows)
