"""The whole store and its uploaded tables as one file, and back, for SQLite and every other database alike.

The file is an SQLite database with the tables of `schema`, so that an older file is brought up to date as an older
store is; with the uploaded tables in pieces; and with a checksum of each table. It is written under another name first:
a file with the right name is whole.
"""

import hashlib
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sql

from ..data.tables.table_owners import OWNER_FILE
from ..data.tables.table_store import FILE_NAME, TableStore
from . import schema
from .database import UNUSABLE, Database

FORMAT, VERSION = "heteroscope back-up", "1"
PIECE = 4_000_000  # bytes of an uploaded table in one row
_BATCH, _BATCH_BYTES = 200, 8_000_000  # rows that are written at once, at most
_FETCHED = 4  # rows that are read at once: each may have a record of 64 MB
_OWN = ("back_up", "uploaded")
_MADE = """
create table back_up (name text primary key, value text not null);
create table uploaded (name text not null, piece integer not null, data blob not null, primary key (name, piece));
"""


class BackUpError(ValueError):
    """Why a back-up cannot be written or restored: one sentence."""


@dataclass(frozen=True)
class Moved:
    """How many runs and uploaded tables a back-up holds, and its bytes."""

    runs: int
    tables: int
    size_bytes: int


def back_up(database: Database, tables: TableStore, path: Path, *, replace: bool = False) -> Moved:
    """Write all rows and uploaded tables to a new file, as they are now; others may write meanwhile.

    Raises BackUpError. With `replace` the file may exist: it is replaced once the new one is whole.
    """
    if path.exists() and not replace:
        raise BackUpError(f"The file {path} exists: name another one, or add --replace.")
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # everyone's runs are in it
        moved = _written(database, tables, part)
        part.replace(path)
    except (*UNUSABLE, sqlite3.Error) as error:
        raise BackUpError(f"The back-up {path} cannot be written: {_reason(error)}.") from None
    finally:
        part.unlink(missing_ok=True)
    return moved


def restore(database: Database, tables: TableStore, path: Path, *, replace: bool = False) -> Moved:
    """Put the rows and uploaded tables of a back-up into an empty store; with `replace` in place of what it holds.

    The file is checked first, and all rows come in one transaction. Raises BackUpError; then the store is as before.
    """
    with tempfile.TemporaryDirectory(prefix="heteroscope-") as folder:
        copy = Path(folder) / "restored.sqlite"
        _check(path, copy)
        with closing(Database(f"sqlite:///{copy.as_posix()}")) as source:  # which brings an older file up to date
            if source.problem is not None:
                raise BackUpError(f"The back-up {path} cannot be read by this version.")
            if not replace and _holds_rows(database):
                raise BackUpError("The store is not empty: add --replace to delete what it holds, or name another.")
            count = _put_files(copy, tables)
            with source.snapshot() as connection:
                runs = database.change(lambda target: _replaced(connection, target, replace), -1)
    if runs < 0:
        raise BackUpError(database.problem or "The store is not empty: add --replace to delete what it holds.")
    return Moved(runs, count, path.stat().st_size)


def _written(database: Database, tables: TableStore, part: Path) -> Moved:
    """Fill a new file, and end it with the checksums."""
    engine = sql.create_engine(f"sqlite:///{part.as_posix()}")
    try:
        with database.snapshot() as source, engine.begin() as target:
            schema.metadata.create_all(target)
            for table in schema.metadata.sorted_tables:
                _copy(source, target, table)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(part)) as file:
        file.executescript(_MADE)
        count = _put_tables(file, tables)
        facts = {"format": FORMAT, "version": VERSION, "written": datetime.now(UTC).isoformat(timespec="seconds")}
        facts |= {f"checksum {name}": _checksum(file, name) for name in _names(file) if name != "back_up"}
        file.executemany("insert into back_up values (?, ?)", facts.items())
        file.commit()
        (runs,) = file.execute(f"select count(*) from {_quoted(schema.runs.name)}").fetchone()
    with part.open("rb") as written:
        os.fsync(written.fileno())
    return Moved(runs, count, part.stat().st_size)


def _copy(source: sql.Connection, target: sql.Connection, table: sql.Table) -> int:
    """Copy the rows of a table, a bounded number of bytes at a time; returns how many there are."""
    query = sql.select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_FETCHED)
    rows = 0
    for batch in _batches(row._asdict() for row in source.execute(query)):
        target.execute(sql.insert(table), batch)
        rows += len(batch)
    return rows


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row.values() if isinstance(value, bytes | str))
        if len(batch) >= _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _put_tables(file: sqlite3.Connection, tables: TableStore) -> int:
    """Put the uploaded tables into the file, then their owners; returns how many tables there are.

    A table without owners can be read by all. One whose last owner goes meanwhile is left out.
    """
    owned = {path.name for path in tables.owners.folder.glob("*")}
    count = sum(_put_in(file, tables.folder, path.name) for path in sorted(tables.folder.glob("*.parquet")))
    for path in sorted(tables.owners.folder.glob("*/*.json")):
        _put_in(file, tables.folder, path.relative_to(tables.folder).as_posix())
    put = [name for (name,) in file.execute("select distinct name from uploaded")]
    still = {found[1] for name in put if (found := OWNER_FILE.fullmatch(name))}
    for name in put:
        if name.removesuffix(".parquet") in owned - still:
            file.execute("delete from uploaded where name = ?", (name,))
            count -= 1
    file.commit()
    return count


def _put_in(file: sqlite3.Connection, folder: Path, name: str) -> bool:
    """Put a file into the other, piece by piece; False if it is none of ours, or has just been deleted."""
    if not _is_ours(name):
        return False
    with suppress(FileNotFoundError), (folder / name).open("rb") as table:
        for piece, data in enumerate(iter(lambda: table.read(PIECE), b"")):
            file.execute("insert into uploaded values (?, ?, ?)", (name, piece, data))
        file.commit()
        return True
    return False


def _is_ours(name: str) -> bool:
    """Whether it is the name of a table, or of the file that says who has one."""
    return bool(FILE_NAME.fullmatch(name) or OWNER_FILE.fullmatch(name))


def _put_files(copy: Path, tables: TableStore) -> int:
    """Write the uploaded tables of a checked file; those that are here already, by the hash of their content, stay."""
    try:
        with closing(sqlite3.connect(copy)) as file:
            names = [name for (name,) in file.execute("select distinct name from uploaded order by name")]
            # The owners first: without them all could read a table.
            for name in sorted(names, key=lambda name: OWNER_FILE.fullmatch(name) is None):
                place = tables.folder / name
                if place.exists():
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                part = place.with_name(f".{place.stem}.{secrets.token_hex(8)}.part")
                try:
                    with part.open("wb") as written:
                        pieces = file.execute("select data from uploaded where name = ? order by piece", (name,))
                        for (data,) in pieces:
                            written.write(data)
                    part.replace(place)
                finally:
                    part.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise BackUpError(f"The uploaded tables cannot be written to {tables.folder}: {_reason(error)}.") from None
    return sum(FILE_NAME.fullmatch(name) is not None for name in names)


def _replaced(source: sql.Connection, target: sql.Connection, replace: bool) -> int:
    """Delete what the store holds and put in what the source holds; the number of runs, or -1 if it may not."""
    ordered = schema.metadata.sorted_tables
    if target.dialect.name == "postgresql":
        names = ", ".join(target.dialect.identifier_preparer.format_table(table) for table in ordered)
        target.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
    else:
        target.execute(sql.update(schema.about).values(value=schema.about.c.value))  # nobody else writes from here on
    if not replace and any(target.execute(sql.select(table).limit(1)).first() for table in _of_visitors()):
        return -1
    for table in reversed(ordered):
        target.execute(sql.delete(table))
    rows = {table.name: _copy(source, target, table) for table in ordered}
    if target.dialect.name == "postgresql":
        for table in ordered:
            _number_on(target, table)
    return rows[schema.runs.name]


def _number_on(target: sql.Connection, table: sql.Table) -> None:
    """Let PostgreSQL number new rows after those that were put in with their numbers."""
    column = table.autoincrement_column
    if column is not None:
        highest = target.scalar(sql.select(sql.func.max(column)))
        sequence = sql.func.pg_get_serial_sequence(table.name, column.name)
        target.execute(sql.select(sql.func.setval(sequence, highest or 1, highest is not None)))


def _of_visitors() -> list[sql.Table]:
    """All tables but the one that says which schema this is."""
    return [table for table in schema.metadata.sorted_tables if table is not schema.about]


def _holds_rows(database: Database) -> bool:
    return any(database.rows(sql.select(*table.primary_key.columns).limit(1)) for table in _of_visitors())


def _check(path: Path, copy: Path) -> None:
    """Copy a back-up and check it whole. Raises BackUpError for any other file."""
    foreign = BackUpError(f"{path} is not a back-up of Heteroscope.")
    try:
        with path.open("rb") as file:
            if file.read(16) != b"SQLite format 3\0":
                raise foreign
        shutil.copyfile(path, copy)
    except OSError as error:
        raise BackUpError(f"The back-up {path} cannot be read: {_reason(error)}.") from None
    try:
        with closing(sqlite3.connect(copy)) as file:
            kinds = {kind for (kind,) in file.execute("select distinct type from sqlite_master")}
            names = _names(file)
            if not {*_OWN, schema.about.name, schema.runs.name} <= names or kinds - {"table", "index"}:
                raise foreign
            facts = dict(file.execute("select name, value from back_up"))
            if facts.get("format") != FORMAT:
                raise foreign
            _check_versions(path, facts, file)
            whole = file.execute("pragma integrity_check").fetchone() == ("ok",)
            sums = {name: facts.get(f"checksum {name}") for name in names if name != "back_up"}
            strange = [name for (name,) in file.execute("select name from uploaded") if not _is_ours(name)]
            if not whole or strange or any(_checksum(file, name) != told for name, told in sums.items()):
                raise BackUpError(f"The back-up {path} is damaged: restore another one.")
    except (sqlite3.Error, TypeError, ValueError) as error:
        if isinstance(error, BackUpError):
            raise
        raise BackUpError(f"The back-up {path} is damaged: restore another one.") from None


def _check_versions(path: Path, facts: dict[str, str], file: sqlite3.Connection) -> None:
    row = file.execute(f"select value from {_quoted(schema.about.name)} where name = 'schema'").fetchone()
    here, there = int(schema.SCHEMA), int(row[0] if row else 0)
    if facts.get("version") != VERSION or there > here:
        raise BackUpError(f"The back-up {path} is of a newer version (schema {there}, here {here}): update first.")


def _names(file: sqlite3.Connection) -> set[str]:
    """The tables of a file, without those that SQLite has for itself."""
    found = file.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'"
    )
    return {name for (name,) in found}


def _checksum(file: sqlite3.Connection, table: str) -> str:
    """A hash over the content of a table, row by row in the order in which they were put in."""
    found = hashlib.sha256()
    for row in file.execute(f"select * from {_quoted(table)} order by rowid"):
        for value in row:
            data = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogatepass")
            found.update(f"{type(value).__name__} {len(data)} ".encode())
            found.update(data)
    return found.hexdigest()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _reason(error: BaseException) -> str:
    """What went wrong, in a few words without the statement and its values."""
    words = getattr(error, "strerror", None) or getattr(error, "orig", None) or error
    return " ".join(str(words).split())[:150].rstrip(".") or type(error).__name__
