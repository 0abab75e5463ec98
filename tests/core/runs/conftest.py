"""One real cluster of two worker processes for the tests of the laboratory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.runs.cluster import Cluster
from core.runs.laboratory import Laboratory
from core.runs.store import Store


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Worker processes, started once."""
    started = Cluster(workers=2)
    yield started
    started.close()


@pytest.fixture
def laboratory(cluster: Cluster, tmp_path: Path) -> Iterator[Laboratory]:
    """A laboratory with a store of its own."""
    lab = Laboratory(cluster, Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}"))
    yield lab
    for job in [*lab._jobs.values()]:  # of a test that failed: the next one needs the workers
        job.watchers.clear()
        lab.stop(job.experiment, "")
        job.wait(120)
    lab.store.close()
