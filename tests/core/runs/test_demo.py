"""A demo: kept runs are looked at, quick runs train, and nothing is written, whatever is tried."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sql

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import TableStore
from core.experiment.experiment import Experiment
from core.runs import schema
from core.runs.cluster import Cluster
from core.runs.demo import CHANGES_NOTHING, DemoLaboratory, DemoLibrary, DemoStore, laboratory_here, library_of
from core.runs.laboratory import Laboratory
from core.runs.library import Library, LibraryError
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})
LONG = SMALL.with_settings({"training.steps": 1_000_000, "training.batch_size": 64})


@pytest.fixture(scope="module")
def run() -> Run:
    return train(SMALL)


@pytest.fixture
def path(tmp_path: Path, run: Run) -> Path:
    """A store of two runs, one of them deleted."""
    with closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")) as store:
        assert store.put(run)
        assert store.put(replace(run, experiment=SMALL.with_settings({"training.seed": 9})))
        Library(store).delete([2])
    return tmp_path / "runs.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[DemoStore]:
    store = DemoStore(f"sqlite:///{path}", patient=True)
    yield store
    store.close()


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return list(file.iterdump())


def test_what_is_kept_is_found(store: DemoStore, run: Run) -> None:
    assert store.problem is None
    assert store.get(run.key) is not None
    (entry,) = library_of(store).entries()
    assert library_of(store).open(entry.id).key == run.key
    assert library_of(store).export([entry.id])


def test_whatever_is_tried_the_database_stays_as_it_is(store: DemoStore, path: Path, run: Run) -> None:
    before = contents(path)
    library = library_of(store)
    other = replace(run, experiment=SMALL.with_settings({"training.seed": 3}))
    data = library.export([1])
    for attempt in (
        lambda: library.star(1),
        lambda: library.rename(1, "mine"),
        lambda: library.note(1, "mine"),
        lambda: library.delete([1]),
        lambda: library.undo([2]),
    ):
        with pytest.raises(LibraryError, match="in which nothing is kept, changed or deleted"):
            attempt()
    assert library.import_file(data).refused == (CHANGES_NOTHING,)
    beneath = Library(store)  # past the library of a demo
    with pytest.raises(LibraryError):
        beneath.star(1)
    assert beneath.delete([1]) == beneath.undo([2]) == []
    assert beneath.import_file(data).added == 0
    assert not store.put(other)
    store.put_soon(other)
    assert store.change(lambda connection: connection.execute(sql.delete(schema.runs)), "no") == "no"
    beneath.entries()
    store.close()
    assert store.waiting == 0
    assert contents(path) == before


def test_a_database_that_allows_no_writing_will_do(path: Path, run: Run) -> None:
    """As the owner of the page may set it up; a root user writes where it may not, so the database itself refuses."""
    read_only = f"sqlite:///file:{path}?mode=ro&uri=true"
    with closing(DemoStore(read_only, patient=True)) as store:
        assert store.get(run.key) is not None
        store._away = "read"
        assert store._comes_back()
        assert store.state == "ok"


def test_quick_runs_train_and_long_ones_say_why_not(cluster: Cluster, store: DemoStore, path: Path) -> None:
    before = contents(path)
    lab = DemoLaboratory(cluster, store)
    quick = SMALL.with_settings({"training.seed": 77})
    job = lab.start(quick, "anna")
    assert job.wait(180)
    assert job.run is not None
    assert job.run.status == "done"
    assert lab.find(quick) is not None, "it is remembered while the server runs"
    for _ in range(3):
        refused = lab.start(LONG, "anna")
        assert refused.ended.is_set()
        assert refused.run is not None
        assert refused.run.status == "failed"
        assert "a training takes at most 2 s" in refused.run.message
    assert not lab.trains(LONG)
    assert lab.queue() == (0, 0)
    assert lab.find_stopped(LONG) is None
    assert contents(path) == before


def test_no_table_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = read_table(b"x,y\n" + b"1,2\n" * 20, "a.csv")
    tables = TableStore(tmp_path / "tables")
    key = tables.put(columns, "a.csv")
    (file,) = tables.folder.iterdir()
    os.utime(file, (1, 1))
    monkeypatch.setenv("HETEROSCOPE_DEMO", "1")
    other = TableStore(tmp_path / "tables")
    assert other.get(key).rows == 20, "one that its owner put there is shown"
    assert file.stat().st_mtime == 1
    with pytest.raises(TableError, match="This is a demo"):
        other.put(columns, "b.csv")
    assert [*tables.folder.iterdir()] == [file]


def test_the_host_turns_it_on(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.runs.demo.Cluster", lambda: cluster)  # which all tests share
    monkeypatch.setenv("HETEROSCOPE_STORE", f"sqlite:///{tmp_path / 'a.sqlite'}")
    assert type(laboratory_here()) is Laboratory
    monkeypatch.setenv("HETEROSCOPE_DEMO", "1")
    lab = laboratory_here()
    assert isinstance(lab, DemoLaboratory)
    assert isinstance(library_of(lab.store), DemoLibrary)
    lab.store.close()
