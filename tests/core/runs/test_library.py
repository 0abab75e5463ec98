"""The library: search, stars, deletion and undo; a file of schema 1 keeps its runs."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.evaluation.scores import COMPARED
from core.experiment.experiment import Experiment
from core.runs import eviction
from core.runs.entry import SORTS, compare
from core.runs.library import Library, LibraryError
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run
from core.training.run_bytes import to_bytes
from core.visitor import SHARED
from tests.pace import at_most
from tests.visiting import visiting

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})
SCHEMA_1 = """
CREATE TABLE heteroscope (name VARCHAR(40) NOT NULL, value VARCHAR(200), PRIMARY KEY (name));
CREATE TABLE runs (
    id INTEGER NOT NULL, "key" VARCHAR(16) NOT NULL, status VARCHAR(10) NOT NULL, created VARCHAR(40) NOT NULL,
    seconds FLOAT NOT NULL, experiment TEXT NOT NULL, size INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (id)
);
CREATE INDEX ix_runs_key ON runs ("key");
INSERT INTO heteroscope VALUES ('schema', '1');
"""


@pytest.fixture(scope="module")
def run():
    return train(SMALL)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.sqlite"


@pytest.fixture
def library(path):
    store = Store(f"sqlite:///{path}")
    yield Library(store)
    assert store.problem is None
    store.close()


def numbered(run, seed, **settings):
    """The same record under another key."""
    experiment = SMALL.with_settings({"training.seed": seed, **{k.replace("_", "."): v for k, v in settings.items()}})
    return replace(run, experiment=experiment)


def seeds(entries):
    return [entry.experiment.training.seed for entry in entries]


def old_file(path, *runs, experiment=None):
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(SCHEMA_1)
        for run in runs:
            values = (run.key, run.status, run.created, run.seconds, experiment or run.experiment.to_json())
            record = to_bytes(run)
            connection.execute(
                'insert into runs ("key", status, created, seconds, experiment, size, record) values (?,?,?,?,?,?,?)',
                (*values, len(record), record),
            )
    connection.close()


# Schema 1


def test_a_file_of_schema_1_keeps_its_runs_and_gains_a_list(path, run):
    old_file(path, *(numbered(run, seed) for seed in (1, 2, 2)))
    store = Store(f"sqlite:///{path}")
    library = Library(store)
    assert store.problem is None
    assert store.get(numbered(run, 1).key).weights.tobytes() == run.weights.tobytes()
    assert seeds(library.entries()) == [2, 1], "of two runs of one key the latest is listed"
    assert library.entries()[0].id == 3
    assert [(e.loss, e.table, e.steps, e.nll) for e in library.entries("seed=1")] == [("gaussian_nll", "none", 5, None)]
    scored = library.scored(library.entries("seed=1")[0])
    assert scored.nll == run.scores["nll"]
    assert library.entries(sort="nll")[0] == scored
    library.star(1)
    library.rename(1, "the first")
    store.close()
    again = Library(Store(f"sqlite:///{path}"))
    assert [(e.id, e.name) for e in again.entries(starred_only=True)] == [(1, "the first")]
    assert again.open(1).weights.tobytes() == run.weights.tobytes()
    again.store.close()


@pytest.mark.long
def test_programs_that_open_a_file_of_schema_1_together_all_find_its_runs(tmp_path, run):
    code = (
        "import sys; from core.runs.store import Store; from core.runs.library import Library\n"
        "print('ready', flush=True)\n"
        "for line in sys.stdin:\n"
        "    s = Store(line.strip()); print(s.problem, len(Library(s).entries()), flush=True); s.close()"
    )
    start = [sys.executable, "-c", code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": Path.cwd()}
    programs = [subprocess.Popen(start, **pipes) for _ in range(3)]
    assert [program.stdout.readline() for program in programs] == ["ready\n"] * 3
    for number in range(8):  # one start rarely shows a race
        path = tmp_path / f"{number}.sqlite"
        old_file(path, *(numbered(run, seed) for seed in range(20)))
        for program in programs:
            program.stdin.write(f"sqlite:///{path}\n")
            program.stdin.flush()
        assert [program.stdout.readline() for program in programs] == ["None 20\n"] * 3
    for program in programs:
        program.communicate(timeout=60)


@pytest.mark.parametrize(
    "experiment",
    [
        '{"loss": {"name": "moon"}, "data": {"table": "moon rocks"}}',
        '{"loss": [1], "data": 3}',
        "[" * 100_000,
        '"x"',
        "no JSON",
    ],
)
def test_a_run_whose_experiment_cannot_be_read_is_listed_too(path, run, experiment):
    old_file(path, run, experiment=experiment)
    library = Library(Store(f"sqlite:///{path}"))
    (entry,) = library.entries()
    assert (entry.experiment, entry.is_current, entry.steps) == (None, False, None)
    assert (entry.loss, entry.table) == (("moon", "moon rocks") if "moon" in experiment else ("", ""))
    assert compare(entry, entry)[-1][0] == COMPARED["gap"].label
    assert library.store.problem is None
    library.store.close()


SCHEMA_2 = """
CREATE TABLE entries (
    run_id INTEGER NOT NULL, "key" VARCHAR(16) NOT NULL, status VARCHAR(10) NOT NULL, created VARCHAR(40) NOT NULL,
    seconds DOUBLE NOT NULL, size INTEGER NOT NULL, starred BOOLEAN NOT NULL, name VARCHAR(80) NOT NULL,
    notes VARCHAR(4000) NOT NULL, said TEXT, deleted DOUBLE, facts TEXT, changes TEXT, loss VARCHAR(40),
    "table" VARCHAR(40), target VARCHAR(40), steps INTEGER, nll DOUBLE, crps DOUBLE, rmse DOUBLE, coverage_95 DOUBLE,
    gap DOUBLE, PRIMARY KEY (run_id)
);
INSERT INTO entries SELECT id, "key", status, created, seconds, size, id = 2, 'name ' || id, 'notes', 'name ' || id,
    CASE WHEN id = 3 THEN 4e9 END, 'facts', 'changes', 'gaussian_nll', 'none', 'two_sines', 5, 0.5, NULL, 1, 1, 0
    FROM runs;
UPDATE heteroscope SET value = '2';
"""


def test_a_file_of_schema_2_keeps_its_runs_with_their_marks(path, run):
    old_file(path, *(numbered(run, seed) for seed in (1, 2, 3)))
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA_2)
    connection.close()
    for _ in range(2):  # the second time it is one of this schema
        library = Library(Store(f"sqlite:///{path}"))
        assert library.store.problem is None
        listed = [(e.id, e.starred, e.name, e.notes, e.nll, e.space, e.owner) for e in library.entries(sort="name")]
        assert listed == [(1, False, "name 1", "notes", 0.5, SHARED, ""), (2, True, "name 2", "notes", 0.5, SHARED, "")]
        assert library.open(2).weights.tobytes() == run.weights.tobytes()
        library.store.close()
    with visiting("anna"):
        library = Library(Store(f"sqlite:///{path}"))
        assert [e.name for e in library.entries("name", starred_only=True)] == ["name 2"], "all saw it before"
        assert library.undo([3]) == [], "it is the host's to restore"
        library.store.close()
    library = Library(Store(f"sqlite:///{path}"))
    assert library.undo([3]) == [3]
    library.store.close()


def test_what_a_program_of_schema_1_adds_later_is_listed(path, library, run):
    library.store.put(run)
    connection = sqlite3.connect(path)
    columns = '"key", status, created, seconds, experiment, size, record'
    with connection:
        connection.execute(
            f"insert into runs ({columns}) select 'abc', 'failed', created, 1, experiment, 2, 'x' from runs"
        )
    connection.close()
    assert [(e.key, e.status) for e in library.entries()] == [("abc", "failed"), (run.key, "done")]
    assert library.count() == 2


# The list


def test_an_entry_says_what_the_run_is(library, run):
    library.store.put(run)
    (entry,) = library.entries()
    assert (entry.key, entry.status, entry.created, entry.seconds) == (run.key, "done", run.created, run.seconds)
    assert (entry.loss, entry.table, entry.target, entry.steps) == ("gaussian_nll", "none", "two_sines", 5)
    assert {name: getattr(entry, name) for name in COMPARED} == {name: run.scores[name] for name in COMPARED}
    assert entry.changes == "data.n=100, network.layers=4, training.steps=5"
    assert entry.experiment == SMALL
    assert entry.is_current
    assert entry.size == library.size_bytes() == len(to_bytes(run))


def test_a_run_without_a_curve_has_no_scores(library):
    library.store.put(Run.without_steps(SMALL, "failed", "The worker process died."))
    (entry,) = library.entries()
    assert (entry.status, entry.nll, entry.gap) == ("failed", None, None)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", [3, 2, 1]),
        ("seed=2", [2]),
        ("LAPLACE", [3]),
        ("ÜBER", [1]),
        ("über  gaussian", [1]),
        ("über laplace", []),
        ("100%", [2]),
        ("%", [2]),
        ("_%", []),
        ("s_ed", []),
        ("\\", []),
        ("' or 1=1 --", []),
        ("'; drop table runs; --", []),
        ("x" * 100_000, []),
        ("\0seed=\ud8002", [2]),
    ],
)
def test_a_search_takes_words_literally(library, run, search, found):
    for seed, loss in ((1, "gaussian_nll"), (2, "gaussian_nll"), (3, "laplace_nll")):
        library.store.put(numbered(run, seed, loss_name=loss))
    library.rename(1, "Überblick")
    library.note(2, "covers 100% of them")
    assert seeds(library.entries(search)) == found
    assert library.count(search) == len(found)
    assert library.count() == 3


def test_filters_and_parts_of_the_list(library, run):
    for seed in range(4):
        library.store.put(numbered(run, seed, loss_name=("gaussian_nll", "natural")[seed % 2]))
    library.store.put(replace(numbered(run, 9), status="stopped"))
    library.star(2)
    assert seeds(library.entries(loss="natural")) == [3, 1]
    assert seeds(library.entries(status="stopped")) == [9]
    assert seeds(library.entries(starred_only=True)) == [1]
    assert library.entries(table="engel") == []
    assert library.count(loss="natural", status="done") == 2
    assert library.losses() == ["gaussian_nll", "natural"]
    assert library.tables() == ["none"]


def test_every_sort_puts_runs_without_a_value_last(library, run):
    library.store.put(Run.without_steps(SMALL, "failed", "x"))
    for seed, nll in ((1, 0.5), (2, -1.0), (3, 2.0)):
        each = numbered(run, seed)
        each.__dict__["scores"] = {**run.scores, "nll": nll}
        library.store.put(each)
    assert seeds(library.entries(sort="nll")) == [2, 1, 3, 0]
    assert seeds(library.entries(sort="nll", descending=True)) == [3, 1, 2, 0]
    library.rename(3, "b")
    library.rename(4, "A")
    assert seeds(library.entries(sort="name"))[:2] == [3, 2]
    for name in SORTS:
        assert sorted(seeds(library.entries(sort=name))) == [0, 1, 2, 3]
    with pytest.raises(KeyError):
        library.entries(sort="record")


@pytest.mark.long
def test_two_thousand_runs_are_listed_at_once(path, run):
    columns = '"key", status, created, seconds, experiment, size, record'
    old_file(path, run)
    connection = sqlite3.connect(path)
    with connection:
        texts = [numbered(run, seed).experiment.to_json() for seed in range(1999)]
        connection.executemany(
            f"insert into runs ({columns}) select ?, status, created, seconds, ?, size, record from runs where id = 1",
            [(f"{i:016x}", text) for i, text in enumerate(texts)],
        )
    connection.close()
    library = Library(Store(f"sqlite:///{path}"))
    assert len(library.entries()) == 2000
    with at_most(0.2):
        assert len(library.entries("gaussian seed=1", sort="nll")) > 1000
    library.store.close()


def test_a_run_whose_table_is_not_here_is_listed_and_carried(library, run, tmp_path):
    key = "0123456789abcdef"
    experiment = Experiment.from_settings({"data.table": "own", "data.csv": key, "network.layers": [4]})
    library.store.put(replace(run, experiment=experiment))
    (entry,) = library.entries(key, table="own")
    assert (entry.own_table, entry.nll, entry.is_current) == (key, None, True)
    other = Library(Store(f"sqlite:///{tmp_path / 'other.sqlite'}"))
    assert other.import_file(library.export([entry.id])).added == 1
    assert other.entries()[0].own_table == key
    other.store.close()


# Star, name and notes


def test_star_name_and_notes_go_over_to_the_run_trained_again(library, run):
    library.store.put(run)
    library.star(1)
    library.rename(1, "  best\x07 so far ")
    library.note(1, "first line\nsecond line")
    library.store.put(replace(run, seconds=9.0))
    (entry,) = library.entries()
    assert (entry.starred, entry.name, entry.notes) == (True, "best\\x07 so far", "first line\nsecond line")
    assert (entry.seconds, library.count()) == (9.0, 1)
    library.star(entry.id, False)
    assert not library.entries()[0].starred


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda library: library.rename(1, "x" * 81), "A name can have at most 80 characters, not 81."),
        (lambda library: library.note(1, "x" * 4001), "Notes can have at most 4,000 characters, not 4,001."),
        (lambda library: library.rename(7, "x"), "Run 7 is no longer in the library."),
        (lambda library: library.star(7), "Run 7 is no longer in the library."),
        (lambda library: library.open(7), "Run 7 is no longer in the library."),
        (lambda library: library.export([1, 7]), "Run 7 is no longer in the library."),
    ],
)
def test_what_is_refused_is_one_sentence(library, run, act, words):
    library.store.put(run)
    with pytest.raises(LibraryError) as error:
        act(library)
    assert str(error.value) == words
    assert library.entries()[0].name == ""


def test_a_damaged_record_is_reported(path, library, run):
    library.store.put(run)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("update runs set record = 'x'")
    connection.close()
    with pytest.raises(LibraryError, match="Run 1 is damaged"):
        library.open(1)


# Deleted and restored


def test_a_deleted_run_is_gone_until_undo(library, run):
    library.store.put(run)
    library.store.put(numbered(run, 5))
    library.rename(1, "mine")
    assert library.delete([1, 7]) == [1]
    assert seeds(library.entries()) == [5]
    assert library.store.get(run.key) is None
    assert library.count() == 1
    with pytest.raises(LibraryError):
        library.open(1)
    assert library.delete([1]) == []
    assert library.undo([1]) == [1]
    assert library.store.get(run.key) is not None
    assert library.entries("mine")[0].id == 1
    assert library.undo([1, 2]) == []


def test_undo_replaces_what_was_trained_since(library, run):
    library.store.put(run)
    library.rename(1, "mine")
    library.delete([1])
    library.store.put(run)
    assert [entry.name for entry in library.entries()] == [""]
    library.undo([1])
    assert [entry.name for entry in library.entries()] == ["mine"]
    assert library.count() == 1


def test_what_was_deleted_long_ago_is_removed_for_good(library, run, monkeypatch):
    library.store.put(run)
    library.delete([1])
    library.store.put(numbered(run, 5))
    assert library.size_bytes() == 2 * len(to_bytes(run))
    monkeypatch.setattr(eviction, "UNDO_S", -1.0)
    library.store.put(numbered(run, 6))
    assert library.undo([1]) == []
    assert library.size_bytes() == 2 * len(to_bytes(run))


# Room


def test_a_starred_run_is_removed_last(library, run, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "3")
    library.store.put(numbered(run, 0))
    library.star(1)
    for seed in range(1, 6):
        library.store.put(numbered(run, seed))
    assert seeds(library.entries()) == [5, 4, 0]
    for entry in library.entries():
        library.star(entry.id)
    library.store.put(numbered(run, 6))
    assert seeds(library.entries()) == [6, 5, 4]  # stars escape no limit


def test_a_name_or_notes_alone_do_not_keep_a_run(library, run, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "1")
    library.store.put(numbered(run, 0))
    library.rename(1, "named")
    library.note(1, "noted")
    library.store.put(numbered(run, 1))
    assert seeds(library.entries()) == [1]


def test_the_newest_is_kept_even_if_it_alone_exceeds_the_limit(library, run, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_MOST_RUN_BYTES", "10")
    for seed in range(3):
        library.store.put(numbered(run, seed))
        library.star(library.entries()[0].id)
        assert seeds(library.entries()) == [seed]


def test_deleted_runs_are_removed_first(library, run, monkeypatch):
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "2")
    library.store.put(numbered(run, 0))
    library.store.put(numbered(run, 1))
    library.delete([2])
    library.store.put(numbered(run, 2))
    assert seeds(library.entries()) == [2, 0]
    assert library.undo([2]) == []


# Two beside each other


def test_only_what_differs_is_compared(library, run):
    library.store.put(numbered(run, 3))
    library.store.put(numbered(run, 4, training_steps=7))
    other, one = library.entries()
    rows = compare(one, other)
    assert rows[:2] == [("Steps", "5", "7"), ("Training seed", "3", "4")]
    assert [row[0] for row in rows[2:]] == [row.label for row in COMPARED.values()]
    assert rows[2][1] == COMPARED["nll"].words(run.scores["nll"])


def test_a_store_that_cannot_be_used_has_an_empty_library():
    library = Library(Store("nonsense"))
    assert library.entries() == library.losses() == library.delete([1]) == library.undo([1]) == []
    assert library.count() == library.size_bytes() == 0
    with pytest.raises(LibraryError, match="The store of runs"):
        library.star(1)
    assert library.import_file(b"").added == 0
