"""The store: what is kept is found again, and any problem is one sentence and never an error."""

import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.schema import CreateTable

from core.experiment.experiment import Experiment
from core.runs import schema
from core.runs.library import Library
from core.runs.schema import SCHEMA
from core.runs.store import Store, default_url
from core.training.loop import train
from core.training.run import STATUSES, Run
from core.training.run_bytes import to_bytes

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})


@pytest.fixture(scope="module")
def run():
    return train(SMALL)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "runs.sqlite"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


def rows(path, query="select * from runs"):
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def change(path, statement, *values):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


def numbered(run, seed):
    """The same record under another key."""
    return replace(run, experiment=SMALL.with_settings({"training.seed": seed}))


def filled(url, *runs):
    store = Store(url)
    for run in runs:
        store.put(run)
    store.close()


def is_a_sentence(problem):
    assert problem
    assert len(problem.splitlines()) == 1
    assert problem.isprintable()
    assert problem.endswith(".")
    assert len(problem) < 700
    assert "Traceback" not in problem


def is_unusable(url, run):
    """A store that keeps nothing, says why, and takes every call."""
    store = Store(url)
    is_a_sentence(store.problem)
    store.put(run)
    assert store.get(run.key) is None
    assert Library(store).count() == 0
    store.close()
    assert "Runs are kept only until the program ends" in store.problem
    return store.problem


# Kept and found


def test_a_run_is_found_again_also_after_a_restart(url, run):
    first = Store(url)
    assert first.get(run.key) is None
    first.put(run)
    again = Store(url)
    for store in (first, again):
        found = store.get(run.key)
        assert found.weights.tobytes() == run.weights.tobytes()
        assert found.scores == run.scores
        assert store.get("0" * 16) is None
        assert Library(store).count() == 1
        assert store.problem is None
        store.close()


def test_the_file_is_written_ahead_and_says_what_it_is(url, path, run):
    filled(url, run)
    assert rows(path, "pragma journal_mode") == [("wal",)]
    assert rows(path, "select name, value from heteroscope") == [("schema", str(SCHEMA))]
    assert rows(path, "select key, status, size = length(record) from runs") == [(run.key, "done", 1)]
    assert rows(path, "select created, experiment from runs") == [(run.created, SMALL.to_json())]


def test_only_answers_are_served_unless_others_are_asked_for(url, run):
    store = Store(url)
    for status in ("stopped", "failed"):
        store.put(replace(run, status=status))
        assert store.get(run.key) is None
        assert store.get(run.key, ("stopped", "failed")).status == status
    for status in ("diverged", "done"):
        store.put(replace(run, status=status))
        assert store.get(run.key).status == status
    store.put(replace(run, status="stopped"))
    assert store.get(run.key).status == "done"
    assert Library(store).count() == 4, "a second stopped run stands in place of the first"
    assert {row[0] for row in rows(store._engine.url.database, "select status from runs")} == set(STATUSES)
    store.close()


def test_a_run_that_never_began_is_kept_too(url):
    store = Store(url)
    store.put(Run.without_steps(SMALL, "failed", "The worker process died."))
    found = store.get(SMALL.key, ("failed",))
    assert (found.status, found.message, found.has_curve) == ("failed", "The worker process died.", False)
    store.close()


def test_the_newest_wins(url, run):
    filled(url, replace(run, seconds=1.0), replace(run, seconds=2.0))
    store = Store(url)
    assert store.get(run.key).seconds == 2.0
    store.close()


def test_the_oldest_are_removed(url, run, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "3")
    store = Store(url)
    for seed in range(7):
        store.put(numbered(run, seed))
        assert Library(store).count() == min(seed + 1, 3)
    kept = [seed for seed in range(7) if store.get(numbered(run, seed).key) is not None]
    assert kept == [4, 5, 6]
    store.close()


def test_large_records_are_removed_sooner_and_the_newest_never(url, run, monkeypatch):
    size = len(to_bytes(run))
    monkeypatch.setenv("HETEROSCOPE_MOST_RUN_BYTES", f"{int(2.5 * size)}")
    store = Store(url)
    for seed in range(4):
        store.put(numbered(run, seed))
    assert Library(store).count() == 2
    monkeypatch.setenv("HETEROSCOPE_MOST_RUN_BYTES", "10")
    store.put(numbered(run, 9))
    assert Library(store).count() == 1
    assert store.get(numbered(run, 9).key) is not None
    store.close()


def test_threads_write_and_read_side_by_side(url, run):
    store, other = Store(url), Store(url)

    def work(store, seeds):
        for seed in seeds:
            store.put(numbered(run, seed))
            assert store.get(numbered(run, seed).key) is not None

    threads = [threading.Thread(target=work, args=(s, range(i * 10, i * 10 + 10))) for i, s in
               enumerate((store, store, other))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.problem is other.problem is None
    assert Library(store).count() == 30
    store.close()
    other.close()


@pytest.mark.long
def test_programs_that_start_together_share_a_new_file(tmp_path):
    code = (
        "import sys; from core.runs.library import Library, Store; print('ready', flush=True)\n"
        "for line in sys.stdin: s = Store(line.strip()); print(s.problem, Library(s).count(), flush=True); s.close()"
    )
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        for _ in range(3)
    ]
    assert [program.stdout.readline() for program in programs] == ["ready\n"] * 3
    for number in range(15):  # one start rarely shows a race
        for program in programs:
            program.stdin.write(f"sqlite:///{tmp_path / f'{number}.sqlite'}\n")
            program.stdin.flush()
        assert [program.stdout.readline() for program in programs] == ["None 0\n"] * 3
    for program in programs:
        program.communicate(timeout=60)


@pytest.mark.parametrize("error", [OperationalError, IntegrityError, ProgrammingError])
def test_a_file_that_another_program_is_creating_is_opened_again(url, run, monkeypatch, error):
    claim, busy = schema.claim, [error("create table", {}, Exception("table runs already exists"))] * 3

    def claimed(connection):
        if busy:
            raise busy.pop()
        claim(connection)

    monkeypatch.setattr(schema, "claim", claimed)
    store = Store(url)
    store.put(run)
    assert store.problem is None
    assert Library(store).count() == 1
    store.close()


def test_the_address_is_the_environments_or_the_cache_folder(monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_STORE", "sqlite:///elsewhere.sqlite")
    assert default_url() == "sqlite:///elsewhere.sqlite"
    monkeypatch.delenv("HETEROSCOPE_STORE")
    assert default_url().startswith("sqlite:///")
    assert default_url().endswith("runs.sqlite")
    assert "heteroscope" in default_url()


def test_other_databases_could_hold_it():
    for dialect, kind in ((mysql.dialect(), "LONGBLOB"), (postgresql.dialect(), "BYTEA")):
        assert f"record {kind}" in str(CreateTable(schema.runs).compile(dialect=dialect))


# Damaged, foreign, absent


def test_a_damaged_file_is_named(path, url, run):
    path.parent.mkdir()
    path.write_bytes(os.urandom(50_000))
    assert str(path) in is_unusable(url, run)
    assert path.stat().st_size == 50_000  # and left as it is


def test_a_file_damaged_in_its_middle_is_named(path, url, run):
    filled(url, *(numbered(run, seed) for seed in range(20)))
    data = bytearray(path.read_bytes())
    data[200:] = os.urandom(len(data) - 200)
    path.write_bytes(bytes(data))
    for name in ("-wal", "-shm"):
        Path(f"{path}{name}").unlink(missing_ok=True)
    is_unusable(url, run)


def test_a_file_damaged_while_it_is_open_is_named(path, url, run):
    store = Store(url)
    store.put(run)
    store._engine.dispose()
    path.write_bytes(os.urandom(50_000))
    assert store.get(run.key) is None
    is_a_sentence(store.problem)
    assert "cannot be read" in store.problem
    store.put(run)
    assert Library(store).count() == 0


@pytest.mark.parametrize("call", ["put", "count"])
def test_a_table_that_is_gone_is_named(path, url, run, call):
    store = Store(url)
    change(path, "drop table runs")
    assert not store.put(run) if call == "put" else Library(store).count() == 0
    is_a_sentence(store.problem)
    assert "no such table: runs" in store.problem


def test_another_programs_file_is_left_alone(path, url, run):
    path.parent.mkdir()
    change(path, "create table cookies (host text)")
    assert "it contains another program's tables" in is_unusable(url, run)
    assert rows(path, "select name from sqlite_master") == [("cookies",)]


def test_another_programs_tables_of_our_names_are_left_alone(path, url, run):
    path.parent.mkdir()
    change(path, "create table heteroscope (colour text)")
    change(path, "create table runs (metres real)")
    is_unusable(url, run)
    assert rows(path, "select * from runs") == []


def test_another_versions_file_is_left_alone(path, url, run):
    filled(url, run)
    change(path, "update heteroscope set value = '99'")
    assert f"it was written by another version (schema 99, here {SCHEMA})" in is_unusable(url, run)
    assert len(rows(path)) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path, run):
    (tmp_path / "file").write_text("no folder")
    for name in ("file/runs.sqlite", "file/deeper/runs.sqlite"):
        assert "file" in is_unusable(f"sqlite:///{tmp_path / name}", run)


def test_a_folder_in_place_of_the_file_is_named(tmp_path, run):
    assert "unable to open database file" in is_unusable(f"sqlite:///{tmp_path}", run)


def test_a_file_that_may_only_be_read_is_named(path, url, run):
    filled(url, run)
    store = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    if store.problem is None:  # reading still works; the first write shows it
        assert store.get(run.key).key == run.key
        store.put(run)
    is_a_sentence(store.problem)
    assert "readonly" in store.problem
    assert not Path("file:").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:hunter2@db.example/runs",
        "postgresql+nodriver://anna:hunter2@db.example/runs",
        "postgresql://anna:hunter2@db.example:port/runs",
        "mysql://anna:hunter2@db.example/runs?charset=hunter2",
        "oracle://anna:hunter2@db.example/runs?wallet_password=hunter2",
        "nonsense",
        "hunter2",
        "://anna:hunter2@",
        "nonsense://anna:hunter2@nowhere/x",
        "sqlite:///a\x00b",
        "sqlite:////proc/none/x\ny.sqlite?hunter2=hunter2",
        "sqlite:////proc/none/runs.sqlite?timeout=hunter2",
        " ",
        "\n",
        "sqlite:" + "/" * 5000,
        "anna:hunter2@host/" + "x" * 5000,
    ],
    ids=repr,
)
def test_an_unusable_address_is_a_sentence_without_its_secrets(url, run):
    assert "hunter2" not in is_unusable(url, run)


def test_the_message_of_a_driver_is_shown_without_the_secrets(url):
    store = Store(url)
    store._url = "postgresql://anna:hunter2@db.example/runs?sslpassword=hunter3"
    store._give_up("cannot be read", OSError("no entry for anna:hunter2,\nsslpassword=hunter3"))
    is_a_sentence(store.problem)
    assert (
        "postgresql://anna:***@db.example/runs) cannot be read: no entry for anna:***,\\nsslpassword=***. "
        in store.problem
    )


def test_a_database_is_not_called_a_file(run):
    assert "move that file away" not in is_unusable("postgresql://anna:hunter2@db.example/runs", run)
    assert "move that file away, or name another database" in is_unusable("sqlite:////proc/none/runs.sqlite", run)


@pytest.mark.parametrize("record", [b"", b"\x00" * 100, b"PK\x03\x04" + b"x" * 500])
def test_a_damaged_record_is_trained_again_and_then_well(path, url, run, record):
    filled(url, run)
    change(path, "update runs set record = ?", record)
    store = Store(url)
    assert store.problem is None
    assert store.get(run.key) is None
    assert store.problem == (f"A kept run ({run.key}) in sqlite:///{path} is damaged: train it again.")
    store.put(numbered(run, 5))
    assert store.get(numbered(run, 5).key) is not None  # the others are served
    assert store.problem is not None
    store.put(run)
    assert store.problem is None
    assert store.get(run.key).seconds == run.seconds
    store.close()


def test_a_record_of_another_run_is_not_served(path, url, run):
    filled(url, run)
    change(path, "update runs set record = ?", to_bytes(numbered(run, 5)))
    store = Store(url)
    assert store.get(run.key) is None
    is_a_sentence(store.problem)
    store.close()
