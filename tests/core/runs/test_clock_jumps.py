"""The wall clock jumps by hours, forth or back: no run is lost, and which one is the latest is told by its number.

A jump leaves times of hours ahead or behind in what was written before it: they are written here as it would.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sql

from core.data.tables.reading import read_table
from core.data.tables.table_store import TableStore
from core.experiment.experiment import Experiment
from core.runs.library import Library
from core.runs.schema import entries
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})
JUMP_H = 6


@pytest.fixture(scope="module")
def run() -> Run:
    return train(SMALL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    yield store
    assert store.problem is None
    store.close()


def numbered(run: Run, seed: int, hours: float) -> Run:
    """Another run, trained while the clock was so many hours ahead."""
    created = (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")
    return replace(run, experiment=SMALL.with_settings({"training.seed": seed}), created=created)


def seeds(store: Store) -> set[int]:
    library = Library(store)
    return {library.open(entry.id).experiment.training.seed for entry in library.entries()}


@pytest.mark.parametrize("jump", [JUMP_H, -JUMP_H])
def test_the_latest_run_is_the_last_one_put(store: Store, run: Run, jump: int) -> None:
    assert store.put(replace(numbered(run, 1, jump), seconds=1.0))
    assert store.put(replace(numbered(run, 1, 0), seconds=2.0))
    found = store.get(numbered(run, 1, 0).key)
    assert found is not None
    assert found.seconds == 2.0


@pytest.mark.parametrize("jump", [JUMP_H, -JUMP_H])
def test_room_is_made_in_the_order_of_numbers(
    store: Store, run: Run, jump: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "3")
    for seed in range(5):
        assert store.put(numbered(run, seed, jump if seed < 3 else 0))
    assert seeds(store) == {2, 3, 4}


@pytest.mark.parametrize(("jump", "is_back"), [(JUMP_H, True), (0, True), (-JUMP_H, False)])
def test_undo_after_a_jump(store: Store, run: Run, jump: int, is_back: bool) -> None:
    """Deleted while the clock was ahead, a run can be restored longer; after a jump forth the hour is over sooner."""
    for seed in range(2):
        store.put(numbered(run, seed, 0))
    library = Library(store)
    assert library.delete([1]) == [1]
    later = sql.update(entries).where(entries.c.run_id == 1).values(deleted=time.time() + 3600 * jump)
    store.change(lambda connection: connection.execute(later), None)
    store.put(numbered(run, 2, 0))
    assert library.undo([1]) == ([1] if is_back else [])
    assert seeds(store) == ({0, 1, 2} if is_back else {1, 2})


@pytest.mark.parametrize("jump", [JUMP_H, -JUMP_H])
def test_a_table_that_was_just_put_stays(tmp_path: Path, jump: int) -> None:
    tables = TableStore(tmp_path, most_bytes=1)
    for number in range(3):
        columns = read_table(b"x,y%d\n" % number + b"1,2\n" * 20, "a.csv")
        key = tables.put(columns, "a.csv")
        assert tables.get(key).rows == 20
        (file,) = tmp_path.iterdir()
        os.utime(file, (time.time() + 3600 * jump,) * 2)
