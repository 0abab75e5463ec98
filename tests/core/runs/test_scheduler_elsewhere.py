"""A real scheduler and workers elsewhere, in processes of their own: killed, started again, without what they need."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import dask
import pytest
from distributed import Client

from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.experiment.experiment import Experiment
from core.runs.cluster import Cluster, ClusterError
from core.runs.laboratory import Laboratory
from core.runs.store import Store
from tests.core.runs.test_store_comes_back import BACK_S, soon

ROOT = Path(__file__).parents[3]
STARTS_S = 60.0
_seeds = itertools.count(5000)


def quick() -> Experiment:
    return Experiment.from_settings({"data.n": 500, "training.steps": 40, "training.seed": next(_seeds)})


def long() -> Experiment:
    return quick().with_settings({"training.steps": 1_000_000, "training.batch_size": 10})


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def program(*arguments: str, folder: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the block."""
    command = [sys.executable, "-m", *arguments]
    running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()


@contextmanager
def scheduler(at: int) -> Iterator[subprocess.Popen[bytes]]:
    options = ("--host", "127.0.0.1", "--port", f"{at}", "--no-dashboard")
    with program("distributed.cli.dask_scheduler", *options) as running:
        assert soon(lambda: answers(at), STARTS_S)
        yield running


def answers(at: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", at)) == 0


def worker(at: int, folder: Path = ROOT) -> contextmanager:
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", os.environ["TMPDIR"])
    return program("distributed.cli.dask_worker", f"tcp://127.0.0.1:{at}", *options, folder=folder)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", f"{tmp_path}")


@contextmanager
def laboratory(at: int, folder: Path) -> Iterator[Laboratory]:
    with dask.config.set({"scheduler-address": f"tcp://127.0.0.1:{at}"}):
        lab = Laboratory(Cluster(), Store(f"sqlite:///{folder / 'runs.sqlite'}", patient=True))
    with closing(lab):
        yield lab


@pytest.mark.long
def test_a_killed_scheduler_is_joined_again_and_what_it_ran_is_trained(tmp_path: Path) -> None:
    at = port()
    with scheduler(at) as first, worker(at), worker(at), laboratory(at, tmp_path) as lab:
        assert soon(lambda: lab.cluster.known_workers == 2, STARTS_S)
        before = lab.start(quick(), "anna")
        assert before.wait(STARTS_S)
        assert before.run.status == "done"  # type: ignore[union-attr]
        begun, waiting = lab.start(long(), "anna"), lab.start(quick(), "bert")
        assert soon(lambda: begun.frame is not None, STARTS_S)
        first.kill()
        first.wait()
        assert soon(lambda: "is away: this run starts again once it is back" in begun.waits)
        asked = quick()
        later = lab.start(asked, "cleo")  # while nobody answers
        assert not later.wait(0.5)
        with scheduler(at), worker(at), worker(at):
            assert soon(lambda: lab.cluster.known_workers == 2 and not lab.cluster.trouble, STARTS_S)
            assert waiting.wait(BACK_S + STARTS_S)
            assert later.wait(STARTS_S)
            assert [job.run.status for job in (waiting, later)] == ["done", "done"]  # type: ignore[union-attr]
            assert soon(lambda: begun.frame is not None and begun.frame.step > 0, STARTS_S)
            lab.stop(begun.experiment, "anna")
            assert begun.wait(STARTS_S)
            assert begun.run.status == "stopped"  # type: ignore[union-attr]
            assert lab.store.get(asked.key) is not None


@pytest.mark.long
def test_no_worker_and_one_that_joins_later(tmp_path: Path) -> None:
    at = port()
    with scheduler(at), laboratory(at, tmp_path) as lab:
        job = lab.start(quick(), "anna")
        assert soon(lambda: "No worker has joined" in job.waits)
        with worker(at):
            assert job.wait(STARTS_S)
            assert job.run.status == "done"  # type: ignore[union-attr]


@pytest.mark.long
def test_workers_that_cannot_load_it_are_named(tmp_path: Path) -> None:
    at = port()
    with scheduler(at), worker(at, folder=tmp_path):
        with Client(f"tcp://127.0.0.1:{at}", set_as_default=False) as asking:
            assert soon(lambda: len(asking.scheduler_info()["workers"]) == 1, STARTS_S)
        with (
            dask.config.set({"scheduler-address": f"tcp://127.0.0.1:{at}"}),
            pytest.raises(ClusterError, match=r"cannot load Heteroscope .*No module named 'core'"),
        ):
            Cluster()


@pytest.mark.long
def test_a_worker_with_another_folder_of_tables_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = port()
    monkeypatch.setenv("HETEROSCOPE_TABLES", f"{tmp_path / 'of the worker'}")
    with scheduler(at), worker(at):
        monkeypatch.setenv("HETEROSCOPE_TABLES", f"{tmp_path / 'of the server'}")
        rows = "x,y\n" + "\n".join(f"{i},{i % 7}" for i in range(60))
        key = table_store().put(read_table(rows.encode(), "t.csv"), "t.csv")
        with laboratory(at, tmp_path) as lab:
            job = lab.start(quick().with_settings({"data.table": "own", "data.csv": key}), "anna")
            assert job.wait(STARTS_S)
            assert job.run is not None
            assert job.run.message.startswith("A worker does not have this table: it needs the server's own ")
