"""One real cluster of two worker processes for the tests of the laboratory."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from core.runs.cluster import Cluster
from core.runs.laboratory import Laboratory
from core.runs.store import Store


def forget_the_script() -> None:
    """A test of a page leaves its script as the main one, which workers import as they start, and cannot run."""
    sys.modules["__main__"] = ModuleType("__main__")


@pytest.fixture(scope="module", autouse=True)
def no_script() -> None:
    """For the clusters that a test starts itself."""
    forget_the_script()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Worker processes, started once."""
    forget_the_script()
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
