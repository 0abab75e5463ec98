"""The file of a sweep's results: rows are added as they come, and none is lost or doubled, whatever crashes.

It is a SQLite database. Rows are written in transactions that reach the disk before they count. The number of a run is
the primary key, so that a run is there once at most, even if two programs train one sweep into one file.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..experiment.settings import InvalidExperiment, Problem, one_line
from .chunk import Row
from .sweep import Sweep
from .sweep_file import sweep_of, to_toml

_APPLICATION = 0x48535750  # "HSWP": says what the file is, in its header
_WAITS_S = 30.0  # for another program that writes to the file just now
_HEAD = (b"SQLite format 3\x00", b"")  # of a database, and of an empty file
_FAILED = "failed"
_COLUMNS = ", ".join(Row._fields)
_TABLES = """
CREATE TABLE sweep (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (
  number INTEGER PRIMARY KEY, key TEXT NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL, seconds REAL NOT NULL,
  steps INTEGER NOT NULL, nll REAL, crps REAL, rmse REAL, coverage_95 REAL, gap REAL
);
"""


class ResultsError(Exception):
    """Results cannot be written or read just now: one sentence. What was written before is still there."""


def sweep_in(path: Path) -> Sweep:
    """The sweep whose results a file holds. Raises ResultsError, or InvalidExperiment where this version refuses it."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAITS_S)) as database:
            ((text,),) = database.execute("SELECT value FROM sweep WHERE name = 'toml'").fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise ResultsError(f"There are no results in {path}: {one_line(error, 120)}.") from error
    return sweep_of(text)


class Results:
    """The results of one sweep in one file. Safe to use from several threads and programs.

    Raises InvalidExperiment if the file is no file of results, or one of another sweep.
    """

    def __init__(self, path: str | Path, sweep: Sweep):
        self.path, self._sweep = Path(path), sweep
        self._begin()

    def add(self, rows: Iterable[Row]) -> None:
        """Write these rows; on return they are on the disk. A run that is there already stays, unless it had failed.

        Raises ResultsError.
        """
        marks = ", ".join("?" * len(Row._fields))
        known = f"WHERE NOT EXISTS (SELECT 1 FROM runs WHERE number = ? AND status != '{_FAILED}')"
        statement = f"INSERT OR REPLACE INTO runs ({_COLUMNS}) SELECT {marks} {known}"
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")  # one transaction: each costs a wait for the disk
            database.executemany(statement, [(*row, row.number) for row in rows])
            database.execute("COMMIT")

    def rows(self) -> list[Row]:
        """All rows, by their numbers. Raises ResultsError."""
        with self._opened() as database:
            return [Row(*row) for row in database.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY number")]

    def done(self) -> set[int]:
        """The numbers of the runs that need no training any more: those that failed are tried again."""
        with self._opened() as database:
            found = database.execute("SELECT number FROM runs WHERE status != ?", (_FAILED,))
            return {number for (number,) in found}

    def _begin(self) -> None:
        """Make the file, or check that it is of this sweep."""
        try:
            with self.path.open("ab+") as file:  # not SQLite's own error, which does not say why
                file.seek(0)
                head = file.read(16)
        except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
            reason = getattr(error, "strerror", None) or error
            raise self._wrong(f"a file that can be written ({reason})") from None
        if head not in _HEAD:
            raise self._wrong("a new file, or one that a sweep has written")
        try:
            with self._opened() as database:
                self._check(database)
        except ResultsError as error:
            raise self._wrong(f"a file of results that can be opened ({error})") from None

    def _check(self, database: sqlite3.Connection) -> None:
        database.execute("BEGIN IMMEDIATE")  # nobody else makes its tables meanwhile
        try:
            application = database.execute("PRAGMA application_id").fetchone()[0]
            tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not tables:
                for statement in filter(str.strip, _TABLES.split(";")):
                    database.execute(statement)
                values = {"fingerprint": self._sweep.fingerprint, "toml": to_toml(self._sweep)}
                database.executemany("INSERT INTO sweep VALUES (?, ?)", values.items())
                database.execute(f"PRAGMA application_id = {_APPLICATION}")
            elif application != _APPLICATION:
                raise self._wrong("a new file, or one that a sweep has written")
            else:
                found = database.execute("SELECT value FROM sweep WHERE name = 'fingerprint'").fetchone()
                if found != (self._sweep.fingerprint,):
                    raise self._wrong("a new file: it has the results of another sweep")
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection of this thread. Raises ResultsError for whatever SQLite says."""
        database = None
        try:
            database = sqlite3.connect(self.path, timeout=_WAITS_S, isolation_level=None)
            database.execute("PRAGMA synchronous = FULL")
            yield database
        except sqlite3.Error as error:
            raise ResultsError(f"The results cannot be kept in {self.path}: {one_line(error, 120)}.") from error
        finally:
            if database is not None:
                database.close()

    def _wrong(self, allowed: str) -> InvalidExperiment:
        return InvalidExperiment([Problem("The file of results", str(self.path), allowed)])
