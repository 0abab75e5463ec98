"""The sweeps of a server: they outlive their window and their server, and are bounded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.experiment.experiment import Experiment
from core.experiment.settings import InvalidExperiment
from core.runs.cluster import Cluster
from core.sweeps import desk
from core.sweeps.desk import Busy, Desk
from core.sweeps.sweep import Sweep
from tests.core.sweeps.sweeps import small

LONG = Sweep(Experiment.from_settings({"training.steps": 400}), {}, seeds=tuple(range(300)))


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(cluster, tmp_path / "sweeps")
    yield opened
    opened.close()


def test_a_sweep_trains_and_is_found_by_its_id(server: Desk) -> None:
    id = server.start(small(), "anna")
    found = server.find(id)
    assert found is not None
    assert found.wait(60)
    assert found.progress.done == 8
    assert len(found.rows()) == 8
    assert server.start(small(), "anna") == id, "nothing is left to train"
    assert server.find("0" * 16) is None
    assert server.find("../../etc/passwd") is None


def test_another_server_goes_on_with_it(server: Desk, cluster: Cluster, tmp_path: Path) -> None:
    id = server.start(LONG, "anna")
    begun = server.find(id)
    assert begun is not None
    server.close()
    assert not begun.is_running
    again = Desk(cluster, tmp_path / "sweeps")
    found = again.find(id)
    assert found is not None
    assert not found.is_running
    assert found.sweep.fingerprint == LONG.fingerprint
    before = found.progress.done
    assert before < LONG.runs
    again.go_on(id, "another window")
    assert found.is_running
    again.close()
    assert again.find(id).progress.done >= before  # type: ignore[union-attr]


def test_sweeps_are_bounded(server: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    id = server.start(LONG, "anna")
    assert server.start(LONG, "anna") == id, "it runs already"
    with pytest.raises(Busy, match="A sweep of yours is running"):
        server.start(small(), "anna")
    monkeypatch.setattr(desk, "MOST_RUNNING", 1)
    with pytest.raises(Busy, match="1 sweeps of others are running"):
        server.start(small(), "bert")
    monkeypatch.setenv("HETEROSCOPE_MOST_SWEEP_RUNS", "7")
    with pytest.raises(InvalidExperiment, match="The number of runs cannot be 8: it must be at most 7 here"):
        server.start(small(), "cleo")
    monkeypatch.delenv("HETEROSCOPE_MOST_SWEEP_RUNS")
    server.close()
    monkeypatch.setattr(desk, "MOST_FILES", 1)
    other = server.start(small(), "bert")
    assert [file.stem for file in (tmp_path / "sweeps").glob("*.sqlite3")] == [other]
    assert server.find(id) is None
