"""A back-up is one file with all of a store, whatever its database is; a restore puts back all of it, or nothing."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sql

from core.cli.main import main
from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import TableStore
from core.experiment.experiment import Experiment
from core.runs import schema
from core.runs.back_up import BackUpError, back_up, restore
from core.runs.library import Library
from core.runs.store import Store
from core.training.loop import train
from core.training.run import Run
from tests.postgres import Postgres, programs, running_postgres
from tests.visiting import visiting

SMALL = Experiment.from_settings({"data.n": 100, "network.layers": [4], "training.steps": 5})
CSV = b"x,y\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(20))


@pytest.fixture(scope="module")
def run() -> Run:
    return train(SMALL)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    bin = programs()
    assert bin is not None, "PostgreSQL is not installed: on Debian, apt install postgresql"
    with running_postgres(bin) as server:
        yield server


def numbered(run: Run, seed: int) -> Run:
    return replace(run, experiment=SMALL.with_settings({"training.seed": seed}))


def filled(url: str, tables: TableStore, run: Run) -> Store:
    """A store of three runs, one of them named and starred, one deleted, and an uploaded table."""
    store = Store(url)
    assert store.problem is None
    for seed in range(3):
        assert store.put(numbered(run, seed))
    library = Library(store)
    newest, _, oldest = library.entries()
    library.rename(newest.id, "the best: “Ω”")
    library.star(newest.id)
    library.delete([oldest.id])
    tables.put(read_table(CSV, "squares.csv"), "squares.csv")
    return store


def contents(store: Store) -> dict[str, list[tuple]]:
    return {
        table.name: [tuple(row) for row in store.rows(sql.select(table).order_by(*table.primary_key.columns))]
        for table in schema.metadata.sorted_tables
    }


def sqlite(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def moved(first: str, second: str, folder: Path, run: Run) -> None:
    """From one database to the other: all rows, files and numbers are as they were, and new runs get new numbers."""
    tables, others = TableStore(folder / "tables"), TableStore(folder / "others")
    with closing(filled(first, tables, run)) as store, closing(Store(second)) as other:
        told = back_up(store, tables, folder / "all.backup")
        assert (told.runs, told.tables) == (3, 1)
        assert restore(other, others, folder / "all.backup") == told
        assert contents(other) == contents(store)
        (file,) = tables.folder.glob("*.parquet")
        assert (others.folder / file.name).read_bytes() == file.read_bytes()
        assert other.put(numbered(run, 10))
        assert max(row[0] for row in contents(other)["runs"]) > max(row[0] for row in contents(store)["runs"])


def test_from_sqlite_to_sqlite(tmp_path: Path, run: Run) -> None:
    moved(sqlite(tmp_path / "a.sqlite"), sqlite(tmp_path / "b.sqlite"), tmp_path, run)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
    assert (tmp_path / "all.backup").stat().st_mode & 0o077 == 0, "others must not read everyone's runs"


@pytest.mark.ci
def test_from_sqlite_to_postgresql_and_back(tmp_path: Path, run: Run, postgres: Postgres) -> None:
    moved(sqlite(tmp_path / "a.sqlite"), postgres.url, tmp_path, run)
    (tmp_path / "back").mkdir()
    with closing(Store(postgres.url)) as store, closing(Store(sqlite(tmp_path / "c.sqlite"))) as other:
        back_up(store, TableStore(tmp_path / "tables"), tmp_path / "back" / "all.backup")
        restore(other, TableStore(tmp_path / "tables"), tmp_path / "back" / "all.backup")
        assert contents(other) == contents(store)


def test_a_table_stays_its_owners(tmp_path: Path, run: Run) -> None:
    tables, others = TableStore(tmp_path / "tables"), TableStore(tmp_path / "others")
    with visiting("anna"):
        key = tables.put(read_table(CSV, "annas.csv"), "annas.csv")
    with closing(Store(sqlite(tmp_path / "a.sqlite"))) as store, closing(Store(sqlite(tmp_path / "b.sqlite"))) as other:
        assert back_up(store, tables, tmp_path / "all.backup").tables == 1
        assert restore(other, others, tmp_path / "all.backup").tables == 1
    with visiting("anna"):
        assert others.label(key) == "annas.csv"
    with visiting("bert"), pytest.raises(TableError, match="not shared with you"):
        others.get(key)


def torn(store: Store, run: Run, tables: TableStore, path: Path) -> None:
    """Back up while another program writes: the file has as many entries as runs, and passes its own check."""
    ended = threading.Event()

    def writes() -> None:
        with closing(Store(store._url)) as other:
            for seed in range(1000, 100_000):
                if ended.is_set():
                    return
                assert other.put(numbered(run, seed)), other.problem

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        for turn in range(5):
            back_up(store, tables, path, replace=turn > 0)
            with closing(sqlite3.connect(path)) as file:
                (runs,) = file.execute("select count(*) from runs").fetchone()
                alone = "select count(*) from runs where id not in (select run_id from listings)"
                assert file.execute(alone).fetchone() == (0,)
            assert runs >= 3
    finally:
        ended.set()
        writer.join()


def test_a_back_up_while_somebody_writes_is_one_state(tmp_path: Path, run: Run) -> None:
    tables = TableStore(tmp_path / "tables")
    with closing(filled(sqlite(tmp_path / "a.sqlite"), tables, run)) as store:
        torn(store, run, tables, tmp_path / "all.backup")


@pytest.mark.ci
def test_a_back_up_while_somebody_writes_to_postgresql_is_one_state(
    tmp_path: Path, run: Run, postgres: Postgres
) -> None:
    tables = TableStore(tmp_path / "tables")
    with closing(Store(postgres.url)) as store:
        for seed in range(20, 23):
            store.put(numbered(run, seed))
        torn(store, run, tables, tmp_path / "all.backup")


@pytest.fixture
def backed_up(tmp_path: Path, run: Run) -> Path:
    tables = TableStore(tmp_path / "tables")
    with closing(filled(sqlite(tmp_path / "a.sqlite"), tables, run)) as store:
        back_up(store, tables, tmp_path / "all.backup")
    return tmp_path / "all.backup"


def test_a_store_that_is_not_empty_is_left_alone_unless_asked(tmp_path: Path, run: Run, backed_up: Path) -> None:
    tables = TableStore(tmp_path / "others")
    with closing(Store(sqlite(tmp_path / "b.sqlite"))) as store:
        store.put(numbered(run, 77))
        before = contents(store)
        with pytest.raises(BackUpError, match="not empty: add --replace"):
            restore(store, tables, backed_up)
        assert contents(store) == before
        assert not tables.folder.exists()
        restore(store, tables, backed_up, replace=True)
        with closing(Store(sqlite(tmp_path / "a.sqlite"))) as first:
            assert contents(store) == contents(first)


def changed(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute(statement)
        file.commit()


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-5000]), "damaged"),
    "a bit flipped": (flipped, "damaged"),
    "a run changed": (lambda path: changed(path, "update runs set record = x'00' where id = 1"), "damaged"),
    "a run removed": (lambda path: changed(path, "delete from runs where id = 1"), "damaged"),
    "no checksum": (lambda path: changed(path, "delete from back_up where name = 'checksum runs'"), "damaged"),
    "a path as a name": (lambda path: changed(path, "update uploaded set name = '../../x.parquet'"), "damaged"),
    "a trigger": (
        lambda path: changed(path, "create trigger t after insert on runs begin delete from listings; end"),
        "not a back-up",
    ),
    "a newer schema": (lambda path: changed(path, "update heteroscope set value = '999'"), "newer version"),
    "another program's": (lambda path: changed(path, "drop table back_up"), "not a back-up"),
    "text": (lambda path: path.write_text("hello"), "not a back-up"),
    "nothing": (lambda path: path.write_bytes(b""), "not a back-up"),
    "not there": (lambda path: path.unlink(), "cannot be read"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_file_that_is_not_whole_changes_nothing(tmp_path: Path, run: Run, backed_up: Path, name: str) -> None:
    damage, words = DAMAGE[name]
    damage(backed_up)
    tables = TableStore(tmp_path / "others")
    with closing(Store(sqlite(tmp_path / "b.sqlite"))) as store:
        store.put(numbered(run, 77))
        before = contents(store)
        with pytest.raises(BackUpError, match=words) as error:
            restore(store, tables, backed_up, replace=True)
        assert str(error.value).endswith(".")
        assert contents(store) == before
        assert not tables.folder.exists()


def test_an_older_back_up_is_brought_up_to_date(tmp_path: Path, backed_up: Path) -> None:
    """Of schema 1, which had no entries: as an older file of the store is."""
    with closing(sqlite3.connect(backed_up)) as file:
        for table in {row[0] for row in file.execute("select name from sqlite_master where type = 'table'")}:
            if table not in ("runs", "heteroscope", "uploaded", "back_up"):
                file.execute(f'drop table "{table}"')
        file.execute("update heteroscope set value = '1'")
        file.execute("delete from back_up where name like 'checksum %' and name <> 'checksum uploaded'")
        from core.runs.back_up import _checksum

        for table in ("runs", "heteroscope"):
            file.execute("insert into back_up values (?, ?)", (f"checksum {table}", _checksum(file, table)))
        file.commit()
    with closing(Store(sqlite(tmp_path / "b.sqlite"))) as store:
        assert restore(store, TableStore(tmp_path / "others"), backed_up).runs == 3
        assert Library(store).count() == 3


def test_on_the_command_line(
    tmp_path: Path, backed_up: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HETEROSCOPE_STORE", sqlite(tmp_path / "a.sqlite"))
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path / "tables"))
    assert main(["store", "back-up", str(tmp_path / "again.backup"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == 3
    assert main(["store", "back-up", str(tmp_path / "again.backup")]) == 2
    assert "exists: name another one, or add --replace." in capsys.readouterr().err
    assert main(["store", "back-up", str(tmp_path / "no" / "folder")]) == 2
    assert "cannot be written: No such file or directory." in capsys.readouterr().err
    assert main(["store", "back-up", "a\0b"]) == 2
    assert "is not the name of a file." in capsys.readouterr().err
    assert main(["store", "restore", str(tmp_path / "again.backup")]) == 2
    assert "not empty" in capsys.readouterr().err
    monkeypatch.setenv("HETEROSCOPE_STORE", sqlite(tmp_path / "new.sqlite"))
    assert main(["store", "restore", str(tmp_path / "again.backup")]) == 0
    assert "Restored: 3 runs and 1 uploaded tables" in capsys.readouterr().out
