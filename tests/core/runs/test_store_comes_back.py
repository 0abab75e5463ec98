"""A patient store: whatever its database does, no run is lost, and it works again once the database does."""

import io
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.experiment.experiment import Experiment
from core.runs import store as module
from core.runs.library import Library, LibraryError
from core.runs.pending import Pending
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})
BACK_S = 30.0  # within which a store must work again, on a machine that does something else; it is 10 on an idle one


@pytest.fixture(scope="module")
def run() -> Run:
    return train(SMALL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


@pytest.fixture
def store(path: Path) -> Any:
    with closing(Store(f"sqlite:///{path}", patient=True)) as made:
        yield made


def numbered(run: Run, seed: int) -> Run:
    return replace(run, experiment=SMALL.with_settings({"training.seed": seed}))


def soon(true: Callable[[], bool], within: float = BACK_S) -> bool:
    until = time.monotonic() + within
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def written(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select count(*) from runs").fetchone()[0]


def is_well(store: Store, path: Path, runs: int) -> bool:
    return soon(lambda: store.problem is None and store.waiting == 0) and written(path) == runs


def test_a_run_is_written_by_the_stores_own_thread(store: Store, path: Path, run: Run) -> None:
    store.put_soon(run)
    assert store.get(run.key) is not None  # at once, written or not
    assert is_well(store, path, 1)
    assert Library(store).count() == 1


def test_a_locked_database_keeps_nobody_waiting_and_loses_nothing(store: Store, path: Path, run: Run) -> None:
    store.put_soon(run)
    assert is_well(store, path, 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        for seed in range(1, 6):
            started = time.monotonic()
            store.put_soon(numbered(run, seed))
            assert time.monotonic() - started < 0.5
        assert soon(lambda: store.problem is not None)
        assert "cannot be written just now: database is locked. It is tried again every few seconds" in store.problem
        assert store.is_reachable  # what is kept can be read
        assert Library(store).count() == 1
        assert store.get(numbered(run, 3).key) is not None
        with pytest.raises(LibraryError, match="just now"):
            Library(store).rename(1, "a name")
        other.execute("commit")
    assert is_well(store, path, 6)
    Library(store).rename(1, "a name")


def test_a_full_disk_that_is_freed(store: Store, path: Path, run: Run) -> None:
    engine = store._engine
    assert engine is not None
    pages: list[int] = []

    def limited(connection: sqlite3.Connection, record: object) -> None:  # as a disk with so many pages
        connection.execute(f"pragma max_page_count={pages[-1] if pages else 1 << 30}")

    module.sql.event.listen(engine, "connect", limited)
    pages.append(int(store.value(module.sql.text("pragma page_count"))))  # type: ignore[arg-type]
    engine.dispose()
    store.put_soon(run)
    assert soon(lambda: store.problem is not None)
    assert "database or disk is full" in store.problem
    assert store.get(run.key) is not None
    pages.append(1 << 30)
    assert is_well(store, path, 1)


def test_a_file_that_is_damaged_while_it_is_open_and_then_put_right(store: Store, path: Path, run: Run) -> None:
    store.put_soon(run)
    assert is_well(store, path, 1)
    engine = store._engine
    assert engine is not None
    engine.dispose()
    good = path.read_bytes()
    path.write_bytes(os.urandom(50_000))
    assert store.get(run.key) is None
    assert not store.is_reachable
    store.put_soon(numbered(run, 5))
    time.sleep(1.0)
    assert store.waiting == 1
    assert path.stat().st_size == 50_000  # left as it is
    path.write_bytes(good)
    assert is_well(store, path, 2)
    assert store.get(run.key) is not None


def test_a_database_that_is_not_there_yet(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "runs.sqlite"
    folder.mkdir()  # a folder in place of the file
    with closing(Store(f"sqlite:///{folder}", patient=True)) as store:
        assert store.problem is not None
        assert "cannot be opened just now" in store.problem
        store.put_soon(run)
        folder.rmdir()
        assert is_well(store, folder, 1)


def test_what_patience_cannot_help_is_given_up(path: Path, run: Run) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table cookies (host text)")
    for url in (f"sqlite:///{path}", "nonsense", "postgresql+nodriver://db.example/runs"):
        with closing(Store(url, patient=True)) as store:
            store.put_soon(run)
            assert store.problem is not None
            assert "Runs are kept only until the program ends" in store.problem
            assert store.waiting == 0
            assert not store.is_reachable


def test_what_waits_is_written_as_the_store_is_closed(path: Path, run: Run) -> None:
    store = Store(f"sqlite:///{path}", patient=True)
    for seed in range(20):
        store.put_soon(numbered(run, seed))
    store.close()
    assert written(path) == 20


def test_a_run_that_the_database_refuses_does_not_hold_up_the_others(
    store: Store, path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = io.StringIO()
    monkeypatch.setattr(logging.getLogger("heteroscope.host"), "handlers", [logging.StreamHandler(told)])
    store.put_soon(replace(run, status=None))  # type: ignore[arg-type]
    store.put_soon(run)
    assert is_well(store, path, 1)
    assert told.getvalue() == "run not kept\n"


def test_what_waits_is_bounded_and_the_oldest_goes_first(run: Run) -> None:
    pending = Pending(most_bytes=300)
    for seed in range(5):
        pending.add(numbered(run, seed), b"x" * 100, ("shared",))
    assert (len(pending), pending.lost) == (3, 2)
    assert pending.get(numbered(run, 1).key, ("done",)) is None
    pending.add(numbered(run, 9), b"x" * 1000, ("shared",))  # one alone is always kept
    assert (len(pending), pending.get(numbered(run, 9).key, ("done",)) is not None) == (1, True)
