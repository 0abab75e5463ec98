"""Visitors apart: each has a list and tables of their own, and whoever tries another's finds nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import TableStore, is_private, table_store
from core.experiment.build import columns_of, dataset_of, is_readable
from core.experiment.experiment import Experiment
from core.experiment.run_name import run_name
from core.experiment.settings import InvalidExperiment
from core.experiment.table_recipe import shape_of
from core.export.file_name import file_stem
from core.runs.laboratory import Laboratory
from core.runs.library import Library, LibraryError
from core.runs.store import Store
from core.training.loop import train
from core.training.new_rows import run_words
from core.training.run import Run
from core.visitor import SHARED, Visitor
from tests.visiting import named, visiting

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})
ROWS = "height,wealth\n" + "\n".join(f"{i},{i * 7 % 11}" for i in range(60))
SECRET = "patients-of-anna.csv"
NAME, NOTES = "annas name", "annas notes"


@dataclass(frozen=True)
class Kept:
    """What Anna has: a run on simulated points, one on a table of hers, and the numbers of their entries."""

    store: Store
    tables: TableStore
    simulated: Run
    on_table: Run
    ids: tuple[int, int]
    key: str

    @property
    def library(self) -> Library:
        """The library, as whoever asks now sees it."""
        return Library(self.store)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    store = Store(f"sqlite:///{tmp_path / 'runs.sqlite3'}")
    with visiting("anna"):
        key = table_store().put(read_table(ROWS.encode(), SECRET), SECRET)
        table = {"data.table": "own", "data.csv": key, "data.y": "wealth"}
        on_table = SMALL.with_settings(table)
        runs = tuple(train(each) for each in (SMALL, on_table))
        assert all(store.put(run) for run in runs)
        library = Library(store)
        ids = tuple(sorted(entry.id for entry in library.entries()))
        library.rename(ids[1], NAME)
        library.note(ids[1], NOTES)
        library.star(ids[0])
    yield Kept(store, table_store(), runs[0], runs[1], ids, key)  # type: ignore[arg-type]
    store.close()


def all_of_anna(kept: Kept) -> list[object]:
    """Everything that another must not change."""
    with visiting("anna"):
        return [(e.id, e.starred, e.name, e.notes) for e in kept.library.entries()] + list(kept.tables.own())


# Each of these tries to read; what it returns must not hold anything of Anna's.
READS: dict[str, Callable[[Kept], object]] = {
    "the list": lambda kept: kept.library.entries(),
    "the list of her space": lambda kept: kept.library.entries(space=named("anna").space),
    "the shared list": lambda kept: kept.library.entries(space=SHARED),
    "the number of runs": lambda kept: kept.library.count() or None,
    "the number in her space": lambda kept: kept.library.count(space=named("anna").space) or None,
    "a search for her name": lambda kept: kept.library.entries(NAME),
    "a search for her notes": lambda kept: kept.library.count(NOTES) or None,
    "a search for her file": lambda kept: kept.library.count("patients") or None,
    "a search by key": lambda kept: kept.library.entries(kept.on_table.key),
    "a search with a wildcard": lambda kept: kept.library.entries("%"),
    "a search with SQL": lambda kept: kept.library.entries("' OR 1=1 --"),
    "a filter with SQL": lambda kept: kept.library.entries(loss="x' OR '1'='1"),
    "a space with SQL": lambda kept: kept.library.entries(space="' OR 1=1 --"),
    "starred ones": lambda kept: kept.library.entries(starred_only=True),
    "sorted by name": lambda kept: kept.library.entries(sort="name"),
    "her losses": lambda kept: kept.library.losses(),
    "her sources": lambda kept: kept.library.tables(),
    "the size of her runs": lambda kept: kept.library.size_bytes() or None,
    "the size of her space": lambda kept: kept.library.size_bytes(named("anna").space) or None,
    "open the first": lambda kept: kept.library.open(kept.ids[0]),
    "open the second": lambda kept: kept.library.open(kept.ids[1]),
    "export one": lambda kept: kept.library.export([kept.ids[0]]),
    "export both": lambda kept: kept.library.export(kept.ids),
    "export none of her own and hers": lambda kept: kept.library.export([0, *kept.ids]),
    "her table": lambda kept: kept.tables.get(kept.key),
    "its label": lambda kept: kept.tables.label(kept.key),
    "a store of one's own on the folder": lambda kept: TableStore(kept.tables.folder).get(kept.key),
    "its owners": lambda kept: kept.tables.owners.label(kept.key),
    "whether it may be read": lambda kept: kept.tables.owners.may_read(kept.key) or None,
    "the tables": lambda kept: kept.tables.own(),
    "the points of a link to it": lambda kept: dataset_of(kept.on_table.experiment),
    "its columns": lambda kept: columns_of(kept.on_table.experiment.data),
    "its shape": lambda kept: shape_of(kept.on_table.experiment),
    "its points with another seed": lambda kept: dataset_of(kept.on_table.experiment.with_settings({"data.seed": 5})),
    "its points under another target": lambda kept: dataset_of(
        kept.on_table.experiment.with_settings({"data.y": "height"})
    ),
    "the name of its run": lambda kept: SECRET in run_name(kept.on_table.experiment) or None,
    "the name of its files": lambda kept: "patients" in file_stem(kept.on_table.experiment) or None,
    "the caption of its predictions": lambda kept: SECRET in run_words(kept.on_table) or None,
    "a path in place of a key": lambda kept: kept.tables.get("../" + kept.key),
    "a path to an owner": lambda kept: kept.tables.owners.may_read(f"{kept.key}/../{kept.key}") or None,
    "an absolute path": lambda kept: kept.tables.get("/etc/passwd"),
    "capital letters": lambda kept: kept.tables.get(kept.key.upper()) if kept.key.upper() != kept.key else None,
    "blanks around the key": lambda kept: kept.tables.get(f" {kept.key} "),
}
# Each of these tries to change something.
CHANGES: dict[str, Callable[[Kept], object]] = {
    "star": lambda kept: kept.library.star(kept.ids[1]),
    "unstar": lambda kept: kept.library.star(kept.ids[0], False),
    "rename": lambda kept: kept.library.rename(kept.ids[0], "taken"),
    "note": lambda kept: kept.library.note(kept.ids[0], "taken"),
    "delete one": lambda kept: kept.library.delete([kept.ids[0]]),
    "delete all": lambda kept: kept.library.delete(range(100)),
    "share": lambda kept: kept.library.share(kept.ids),
    "undo": lambda kept: kept.library.undo(kept.ids),
    "score": lambda kept: [kept.library.scored(replace(e, nll=None, id=kept.ids[0])) for e in kept.library.entries()],
    "share the table": lambda kept: kept.tables.share(kept.key),
    "unshare the table": lambda kept: kept.tables.unshare(kept.key),
    "remove the table": lambda kept: kept.tables.drop(kept.key),
    "claim the table": lambda kept: kept.tables.share(kept.key.upper()),
    "train the same": lambda kept: kept.store.put(kept.simulated),
    "train the same and delete it": lambda kept: (
        kept.store.put(kept.simulated),
        kept.library.delete(e.id for e in kept.library.entries()),
    ),
    "import what she has": lambda kept: kept.library.import_file(exported_by_anna(kept)),
}


def exported_by_anna(kept: Kept) -> bytes:
    """A file that Anna gave away."""
    with visiting("anna"):
        return kept.library.export([kept.ids[0]])


@pytest.mark.parametrize("way", READS)
def test_nobody_reads_what_is_anothers(kept: Kept, way: str) -> None:
    if kept.store and way in WARM:  # whatever was cached for Anna
        with visiting("anna"):
            assert READS[way](kept)
    with visiting("bert"), suppress(LibraryError, TableError, InvalidExperiment, OSError, ValueError):
        assert not READS[way](kept)


# These find something for Anna herself, which shows that the way leads there.
WARM = (
    *("the list", "the list of her space", "the number of runs", "a search for her name", "a search for her notes"),
    *("a search for her file", "a search by key", "starred ones", "her losses", "her sources", "the size of her runs"),
    *("open the first", "open the second", "export one", "export both", "her table", "its label", "the tables"),
    *("the points of a link to it", "its columns", "its shape", "the name of its run", "the name of its files"),
    *("the caption of its predictions", "whether it may be read"),
)


@pytest.mark.parametrize("way", CHANGES)
def test_nobody_changes_what_is_anothers(kept: Kept, way: str) -> None:
    before = all_of_anna(kept)
    with visiting("bert"), suppress(LibraryError, TableError, OSError, ValueError):
        CHANGES[way](kept)
    assert all_of_anna(kept) == before
    with visiting("carl"):
        assert not kept.library.entries()


def test_fifty_ways_are_tried() -> None:
    assert len(READS) + len(CHANGES) >= 50


def test_a_run_is_shared_by_choice_and_its_table_only_if_asked(kept: Kept) -> None:
    with visiting("anna"):
        assert len(kept.library.share(kept.ids)) == 2
        assert kept.library.share(kept.ids) == [], "they are there already"
    with visiting("bert"):
        shared = {entry.name: entry for entry in kept.library.entries()}
        assert shared.keys() == {"", NAME}
        assert all(entry.space == SHARED and not kept.library.may_change(entry) for entry in shared.values())
        assert kept.library.open(shared[""].id).weights.tobytes() == kept.simulated.weights.tobytes()
        with pytest.raises(LibraryError, match="not shared with you"):
            kept.library.open(shared[NAME].id)
        assert not is_readable(kept.on_table.experiment)
        for change in (kept.library.star, lambda run: kept.library.rename(run, "x")):
            with pytest.raises(LibraryError):
                change(shared[NAME].id)
        assert kept.library.delete([shared[NAME].id]) == []
    with visiting("anna"):
        assert is_private(kept.key)
        kept.tables.share(kept.key)
        assert not is_private(kept.key)
    with visiting("bert"):
        assert kept.library.open(shared[NAME].id).key == kept.on_table.key
        assert kept.tables.label(kept.key) == SECRET
        assert SECRET in run_name(kept.on_table.experiment)
        kept.tables.unshare(kept.key)
        kept.tables.drop(kept.key)
        assert kept.tables.get(kept.key).rows == 60, "it is Anna's to take back"
    with visiting("anna"):
        kept.tables.unshare(kept.key)
        mine = [entry for entry in kept.library.entries(space=SHARED) if entry.name]
        assert kept.library.delete([mine[0].id]) == [mine[0].id]
        assert {entry.name for entry in kept.library.entries(space=named("anna").space)} == {"", NAME}
    with visiting("bert"):
        assert not is_readable(kept.on_table.experiment)
        assert [entry.name for entry in kept.library.entries()] == [""]


def test_an_administrator_may_delete_what_is_shared_but_reads_no_more(kept: Kept) -> None:
    with visiting("anna"):
        kept.library.share(kept.ids)
    with visiting(Visitor(named("host").space, is_administrator=True)):
        entries = kept.library.entries()
        assert len(entries) == 2
        assert all(map(kept.library.may_change, entries))
        assert len(kept.library.delete([entry.id for entry in entries])) == 2
        with pytest.raises(TableError):
            kept.tables.get(kept.key)
    with visiting("anna"):
        assert len(kept.library.entries()) == 2, "her own list has them still"


def test_a_table_of_two_goes_with_the_last(kept: Kept) -> None:
    with visiting("bert"):
        assert kept.tables.put(read_table(ROWS.encode(), "mine.csv"), "mine.csv") == kept.key
        assert kept.tables.label(kept.key) == "mine.csv"
    with visiting("anna"):
        assert kept.tables.label(kept.key) == SECRET, "each has a name of their own for it"
        kept.tables.drop(kept.key)
        with pytest.raises(TableError):
            kept.tables.get(kept.key)
    with visiting("bert"):
        assert kept.tables.get(kept.key).rows == 60
        kept.tables.drop(kept.key)
    assert not list(kept.tables.folder.glob("*.parquet"))
    assert not list((kept.tables.folder / "owners").glob("*"))


def test_a_list_is_searched_by_ones_own_name_of_a_table(kept: Kept) -> None:
    def found(name: str, word: str) -> int:
        with visiting(name):
            return len(kept.library.entries(search=word))

    for name, file in (("bert", "mine.csv"), ("anna", SECRET)):
        with visiting(name):
            kept.tables.put(read_table(ROWS.encode(), file), file)
    # The store writes in a thread of its own, which serves no visitor.
    assert kept.store.put(kept.on_table, spaces=(named("bert").space,))
    assert (found("bert", "mine.csv"), found("bert", SECRET)) == (1, 0)
    assert (found("anna", "mine.csv"), found("anna", SECRET)) == (0, 1)
    with visiting("anna"):
        kept.library.share(kept.ids)
    assert (found("clara", "wealth"), found("clara", SECRET)) == (1, 0), "the run is shared, its table is not"


def test_a_table_from_before_stays_open_to_those_who_have_its_link(kept: Kept) -> None:
    other = read_table(ROWS.replace("height", "age").encode(), "old.csv")
    key = kept.tables.put(other, "old.csv")  # by a command
    for name in ("anna", "bert"):
        with visiting(name):
            assert kept.tables.get(key).rows == 60
            assert kept.tables.own() == [] or name == "anna"
    with visiting("bert"):
        kept.tables.put(other, "berts.csv")
    with visiting("carl"):
        assert kept.tables.get(key).rows == 60


def test_what_was_kept_before_there_were_visitors_is_shared_and_the_hosts(kept: Kept) -> None:
    kept.store.put(replace(kept.simulated, experiment=SMALL.with_settings({"data.seed": 9})))
    with visiting("bert"):
        (entry,) = kept.library.entries()
        assert (entry.space, entry.owner) == (SHARED, "")
        assert not kept.library.may_change(entry)
        assert kept.library.delete([entry.id]) == []
    with visiting(Visitor(SHARED)):  # a host that has one list for all
        assert kept.library.may_change(entry)
        assert kept.library.delete([entry.id]) == [entry.id]
    assert len(kept.library.entries()) == 2, "on the command line all lists are one"


def test_each_visitors_run_comes_into_their_list(laboratory: Laboratory) -> None:
    experiment = SMALL.with_settings({"training.seed": 77})
    with visiting("anna"):
        laboratory.start(experiment, "a window").wait(180)
    with visiting("bert"):
        assert laboratory.find(experiment) is not None, "trained once for all"
    laboratory.store.close()  # waits for what is to be written
    store = Store(laboratory.store._url)
    for name, expected in (("anna", 1), ("bert", 1), ("carl", 0)):
        with visiting(name):
            assert Library(store).count() == expected
    assert store.value(_records()) == 1, "one record serves both"
    store.close()


def _records():  # type: ignore[no-untyped-def]
    import sqlalchemy as sql

    from core.runs.schema import runs

    return sql.select(sql.func.count()).select_from(runs)


def test_a_stopped_run_is_seen_by_those_who_stopped_it(laboratory: Laboratory) -> None:
    experiment = SMALL.with_settings({"training.seed": 78, "training.steps": 1_000_000, "training.batch_size": 10})
    with visiting("anna"):
        job = laboratory.start(experiment, "annas window")
    with visiting("bert"):
        laboratory.job(experiment, "berts window")
        job.watchers.clear()  # both have closed their windows
        assert not laboratory.stop(experiment, "berts window"), "it is Anna's too"
    with visiting("carl"):
        laboratory.job(experiment, "carls window")
    with visiting("anna"):
        assert not laboratory.stop(experiment, "annas window"), "Carl watches it"
        laboratory.job(experiment, "annas window")
    with visiting("carl"):
        assert not laboratory.stop(experiment, "carls window"), "Anna does again"
    with visiting("anna"):
        assert laboratory.stop(experiment, "annas window")
        assert job.wait(60)
        assert laboratory.find_stopped(experiment) is not None
    with visiting("bert"):
        assert laboratory.find_stopped(experiment) is None


def test_a_private_table_is_not_trained_on_by_others(kept: Kept, laboratory: Laboratory) -> None:
    experiment = kept.on_table.experiment
    long = experiment.with_settings({"training.steps": 1_000_000, "training.batch_size": 10})
    with visiting("anna"):
        laboratory.start(experiment, "a window").wait(180)
        assert laboratory.find(experiment) is not None
        job = laboratory.start(long, "a window")
    with visiting("bert"):
        assert laboratory.job(long, "another window") is None, "its frames would show her rows"
        assert not laboratory.trains(long)
        laboratory.stop(long, "another window")
        assert not job.stopping
    with visiting("bert"):
        assert laboratory.find(experiment) is None
        with pytest.raises(TableError, match="not shared with you"):
            laboratory.start(experiment, "another window")


def test_who_fills_the_store_loses_their_own(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_MOST_RUNS", "6")
    with visiting("bert"):
        for seed in range(20):
            kept.store.put(replace(kept.simulated, experiment=SMALL.with_settings({"data.seed": seed})))
        assert {entry.experiment.data.seed for entry in kept.library.entries()} == {16, 17, 18, 19}  # type: ignore[union-attr]
    with visiting("anna"):
        assert len(kept.library.entries()) == 2


def test_a_limit_of_ones_own(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_MOST_OWN_RUNS", "3")
    for name in ("bert", "carl"):
        with visiting(name):
            for seed in range(5):
                kept.store.put(replace(kept.simulated, experiment=SMALL.with_settings({"data.seed": seed})))
            assert len(kept.library.entries()) == 3
    with visiting("anna"):
        assert len(kept.library.entries()) == 2


def test_what_one_may_have_waiting_is_bounded(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HETEROSCOPE_MOST_OWN_SECONDS", "60")
    long = SMALL.with_settings({"training.steps": 1_000_000, "training.batch_size": 10})
    with visiting("anna"):
        jobs = [laboratory.start(long.with_settings({"data.seed": 50 + i}), "annas window") for i in range(30)]
        refused = [job for job in jobs if job.run is not None]
        assert refused
        assert refused[0].run is not None
        assert refused[0].run.status == "failed"
        assert "this host allows each visitor 60 s" in refused[0].run.message
        assert len(refused) < len(jobs)
    with visiting("bert"):
        assert laboratory.start(long.with_settings({"data.seed": 99}), "berts window").run is None


def test_tables_of_one_visitor_are_bounded_and_expire(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import time

    monkeypatch.setenv("HETEROSCOPE_MOST_OWN_TABLE_BYTES", str(3 * kept.tables._path(kept.key).stat().st_size))
    with visiting("bert"):
        for number in range(8):
            columns = read_table(ROWS.replace("height", f"h{number}").encode(), "b.csv")
            last = kept.tables.put(columns, f"{number}.csv")
        mine = kept.tables.own()
        assert 1 <= len(mine) <= 3
        assert last in {table.key for table in mine}
    monkeypatch.setenv("HETEROSCOPE_TABLE_DAYS", "2")
    with visiting("anna"):
        assert [table.label for table in kept.tables.own()] == [SECRET]
        os.utime(kept.tables._path(kept.key), (time.time() - 3 * 86_400,) * 2)
        assert kept.tables.own() == []
        with pytest.raises(TableError):
            kept.tables.get(kept.key)


def test_an_owner_s_file_that_is_damaged_shows_nothing(kept: Kept) -> None:
    path = kept.tables.owners.folder / kept.key / f"{SHARED}.json"
    for text in ("", "[]", json.dumps({"by": 3}), "\0"):
        with visiting("anna"):
            path.write_text(text)
            assert kept.tables.label(kept.key) == SECRET
            kept.tables.unshare(kept.key)
        path.unlink()
