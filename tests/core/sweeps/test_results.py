"""The file of results: each run once, whatever is written twice; other files and other sweeps are refused."""

import sqlite3
import threading
from pathlib import Path

import pytest

from core.experiment.settings import InvalidExperiment
from core.sweeps.chunk import Row
from core.sweeps.results import Results, ResultsError, sweep_in
from tests.core.sweeps.sweeps import small


def row(number: int, status: str = "done", nll: float | None = 0.5) -> Row:
    return Row(number, f"{number:016x}", status, "", 0.1, 20, nll, 0.1, 0.2, 0.95, 0.01)


def test_rows_are_there_for_whoever_opens_the_file_next(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.sqlite", small())
    results.add([row(3), row(1)])
    again = Results(tmp_path / "r.sqlite", small())
    assert again.rows() == [row(1), row(3)]
    assert again.done() == {1, 3}
    assert sweep_in(tmp_path / "r.sqlite").fingerprint == small().fingerprint


def test_a_run_stays_as_it_was_first_kept_unless_it_had_failed(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.sqlite", small())
    results.add([row(0, nll=0.5), row(1, "failed", None)])
    assert results.done() == {0}
    results.add([row(0, nll=9.0), row(1, nll=0.7)])
    assert [(each.number, each.status, each.nll) for each in results.rows()] == [(0, "done", 0.5), (1, "done", 0.7)]


def test_rows_that_come_together_are_written_together(tmp_path: Path) -> None:
    """All or none: in one transaction, since each waits for the disk."""
    results = Results(tmp_path / "r.sqlite", small())
    with pytest.raises(ResultsError, match="NOT NULL"):
        results.add([row(0), row(1), row(2)._replace(key=None)])  # type: ignore[arg-type]
    assert results.rows() == []
    results.add([row(0), row(1)])
    assert len(results.rows()) == 2


def test_several_programs_write_at_once(tmp_path: Path) -> None:
    def write(results: Results) -> None:
        for number in range(8):
            results.add([row(number)])

    writers = [threading.Thread(target=write, args=[Results(tmp_path / "r.sqlite", small())]) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [each.number for each in Results(tmp_path / "r.sqlite", small()).rows()] == list(range(8))


@pytest.mark.parametrize("content", ["other", "text", "database", "folder", "damaged"])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.sqlite"
    if content == "other":
        Results(path, small(seeds=5)).add([row(0)])
    elif content == "text":
        path.write_text("a letter to a friend, longer than a head")
    elif content == "database":
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE runs (a)")
    elif content == "folder":
        path.mkdir()
    else:
        Results(path, small()).add([row(0)])
        path.write_bytes(path.read_bytes()[:100] + b"\x00" * 6000)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InvalidExperiment, match="The file of results cannot be") as refused:
        Results(path, small())
    assert "\n" not in str(refused.value)
    assert (path.read_bytes() if path.is_file() else b"") == before
    with pytest.raises((ResultsError, InvalidExperiment)):
        sweep_in(tmp_path / "none.sqlite")


def test_what_the_database_says_is_a_sentence(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.sqlite", small())
    results.add([row(0)])
    with sqlite3.connect(results.path) as holder:
        holder.execute("DROP TABLE runs")
    with pytest.raises(ResultsError, match=r"The results cannot be kept in .*r\.sqlite: no such table"):
        results.add([row(1)])
