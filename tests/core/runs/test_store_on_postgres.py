"""The store on a real PostgreSQL: it holds what SQLite holds, and outlives a restart of the server."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from core.experiment.experiment import Experiment
from core.runs.library import Library
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run
from tests.core.runs.test_store_comes_back import soon
from tests.postgres import Postgres, programs, running_postgres

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    bin = programs()
    assert bin is not None, "PostgreSQL is not installed: on Debian, apt install postgresql"
    with running_postgres(bin) as server:
        yield server


@pytest.fixture(scope="module")
def run() -> Run:
    return train(SMALL)


def numbered(run: Run, seed: int) -> Run:
    return replace(run, experiment=SMALL.with_settings({"training.seed": seed}))


@pytest.mark.ci
def test_runs_outlive_a_restart_of_the_server(postgres: Postgres, run: Run) -> None:
    with closing(Store(postgres.url, patient=True)) as store:
        store.put_soon(run)
        assert soon(lambda: store.waiting == 0)
        library = Library(store)
        library.rename(library.entries()[0].id, "a name")
        postgres.stop()
        assert library.count() == 0
        assert not store.is_reachable
        assert store.problem is not None
        assert "cannot be read just now" in store.problem
        store.put_soon(numbered(run, 1))
        started = time.monotonic()
        assert store.get(numbered(run, 1).key) is not None
        assert library.count() == 0
        assert time.monotonic() - started < 0.5  # while it is away nobody waits for it
        postgres.start()
        assert soon(lambda: store.problem is None and store.waiting == 0)
        assert [entry.name for entry in library.entries()] == ["", "a name"]
        assert store.get(run.key).weights.tobytes() == run.weights.tobytes()  # type: ignore[union-attr]


@pytest.mark.ci
def test_a_server_that_starts_after_the_app(postgres: Postgres, run: Run) -> None:
    postgres.stop()
    with closing(Store(postgres.url, patient=True)) as store:
        assert store.problem is not None
        store.put_soon(numbered(run, 2))
        postgres.start()
        assert soon(lambda: store.problem is None and store.waiting == 0)
        assert store.get(numbered(run, 2).key) is not None
