"""Finished runs in SQL, so that an experiment that is opened again is shown without training.

The default is SQLite in the user's cache folder; HETEROSCOPE_STORE names any other database by its SQLAlchemy URL. A
store that cannot be used never stops a training: `problem` says what is wrong, and runs are then kept only until the
program ends.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sql
from platformdirs import user_cache_path
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from core.experiment.settings import one_line
from core.runs import schema
from core.runs.entry import facts_of, scores_of
from core.runs.eviction import evict, remove
from core.runs.schema import ForeignStore, entries, live_of, runs, storable
from core.training.run import Run
from core.training.run_bytes import from_bytes, to_bytes

KEPT = 2000  # runs, most of them about 120 kB
KEPT_BYTES = 1_000_000_000  # of all records: the widest nets take 20 MB each
CLAIMS = 6  # attempts to open a database that another program may be creating
ANSWERS = ("done", "diverged")  # a stopped or failed run is a record, not the answer of its experiment

T = TypeVar("T")


def default_url() -> str:
    """HETEROSCOPE_STORE, else a SQLite file in the user's cache folder."""
    named = os.environ.get("HETEROSCOPE_STORE")
    if named:
        return named
    return f"sqlite:///{user_cache_path('heteroscope', appauthor=False) / 'runs.sqlite'}"


@dataclass(frozen=True)
class Marks:
    """What users add to a run."""

    starred: bool = False
    name: str = ""
    notes: str = ""

    @staticmethod
    def of(row: sql.Row) -> "Marks":
        """The marks of a row of `entries`."""
        return Marks(row.starred, row.name, row.notes)

    def columns(self) -> dict[str, Any]:
        """The values of their columns; `said` is name and notes in lower case, for the search."""
        return {**vars(self), "said": f"{self.name}\n{self.notes}".casefold()}


class Store:
    """Runs by the key of their experiment. It never raises: `problem` says what failed, and nothing is found then."""

    def __init__(self, url: str | None = None):
        self._url = url or default_url()
        self.problem: str | None = None
        self._damaged: str | None = None  # key of the run that `problem` calls damaged
        self._engine: sql.Engine | None = None
        self._writing = threading.Lock()
        try:
            self._open()
        except UNUSABLE as error:
            self._give_up("cannot be opened", error)

    def get(self, key: str, statuses: tuple[str, ...] = ANSWERS) -> Run | None:
        """The latest run of an experiment that ended in one of these ways, or None."""
        deleted = sql.select(entries.c.run_id).where(entries.c.deleted.is_not(None))
        query = (
            sql.select(runs.c.record)
            .where(runs.c.key == key, runs.c.status.in_(statuses), runs.c.id.not_in(deleted))
            .order_by(runs.c.id.desc())
            .limit(1)
        )
        record = self.value(query)
        if record is None:
            return None
        try:
            run = from_bytes(record)
            if run.key != key:
                raise ValueError(f"it is the run {run.key}")
        except ValueError:
            self._damaged = key
            self.problem = f"A kept run ({key}) in {self._shown} is damaged: train it again."
            return None
        return run

    def put(self, run: Run, record: bytes | None = None, marks: Marks | None = None, *, scored: bool = True) -> None:
        """Keep a run in place of an earlier one of the same key and status; the oldest runs beyond KEPT are removed.

        `record` is its bytes, if the caller has it. The run takes over the star, name and notes of the earlier
        one, unless `marks` gives others. With `scored` false it is not scored now, which may take long.
        """
        if self._engine is None:
            return
        record = to_bytes(run) if record is None else record
        common = {
            "key": run.key,
            "status": run.status,
            "created": storable(run.created)[:40] or datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": float(run.seconds),
            "size": len(record),
        }
        text = run.experiment.to_json()
        summary = {**facts_of(text), **(scores_of(run) if scored else {})}

        def keep(connection: sql.Connection) -> bool:
            added = connection.execute(sql.insert(runs), {**common, "experiment": text, "record": record})
            run_id: int = added.inserted_primary_key[0]  # type: ignore[index]
            schema.adopt(connection)
            same = sql.select(entries).where(live_of(run.key, run.status), entries.c.run_id < run_id)
            before = connection.execute(same.order_by(entries.c.run_id.desc())).all()
            taken = marks or (Marks.of(before[0]) if before else Marks())
            row = sql.update(entries).where(entries.c.run_id == run_id)
            connection.execute(row.values(**taken.columns(), **summary))
            remove(connection, [row.run_id for row in before])
            evict(connection, run_id, KEPT, KEPT_BYTES)
            return True

        if self.change(keep, False) and self._damaged == run.key:
            self._damaged = self.problem = None

    def rows(self, query: sql.Select) -> Sequence[sql.Row]:
        """What a query finds; nothing if the database cannot be read."""
        if self._engine is None:
            return []
        try:
            with self._engine.connect() as connection:
                return connection.execute(query).all()
        except UNUSABLE as error:
            self._give_up("cannot be read", error)
            return []

    def value(self, query: sql.Select) -> Any:
        """The first value that a query finds, or None."""
        rows = self.rows(query)
        return rows[0][0] if rows else None

    def change(self, work: Callable[[sql.Connection], T], otherwise: T) -> T:
        """What `work` returns, in one transaction; `otherwise` if it fails, and then nothing is written."""
        if self._engine is None:
            return otherwise
        try:
            with self._writing, self._engine.begin() as connection:
                return work(connection)
        except UNUSABLE as error:
            self._give_up("cannot be written", error)
            return otherwise

    def close(self) -> None:
        """Close the connections to the database."""
        if self._engine is not None:
            self._engine.dispose()

    def _open(self) -> None:
        url = sql.make_url(self._url)
        is_sqlite = url.get_backend_name() == "sqlite"
        if is_sqlite and url.database and not url.database.startswith("file:"):
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = sql.create_engine(url)
        if is_sqlite:
            sql.event.listen(self._engine, "connect", _write_ahead)
        for attempt in range(CLAIMS):
            try:
                with self._engine.begin() as connection:
                    return schema.claim(connection)
            except (OperationalError, ProgrammingError, IntegrityError):
                # Another program may be creating the same tables, in three steps (two tables, one row): try again.
                if attempt == CLAIMS - 1:
                    raise
                time.sleep(0.02 * attempt)

    def _give_up(self, what: str, error: Exception) -> None:
        try:
            url = sql.make_url(self._url)
            reason = str(getattr(error, "orig", None) or error) or type(error).__name__
            for secret in filter(None, (url.password, *url.query.values())):
                reason = reason.replace(str(secret), "***")
        except (SQLAlchemyError, ValueError):  # not a URL: any part of it may be a password
            reason = "it is not the URL of a database"
        advice = "name another database in HETEROSCOPE_STORE"
        if self._shown.startswith("sqlite:///"):
            advice = f"move that file away, or {advice},"
        self.problem = (
            f"The store of runs ({self._shown}) {what}: {one_line(reason.strip().rstrip('.'), 150)}. "
            f"Runs are kept only until the program ends; {advice} and start again."
        )
        self.close()
        self._engine = None

    @property
    def _shown(self) -> str:
        try:
            return one_line(sql.make_url(self._url).set(query={}).render_as_string(hide_password=True), 200)
        except (SQLAlchemyError, ValueError):
            return "HETEROSCOPE_STORE"


def _write_ahead(connection, record) -> None:  # type: ignore[no-untyped-def]
    connection.execute("PRAGMA busy_timeout=5000")  # first, because the next statement may have to wait too
    # In this mode readers do not wait for a writer, and a crash does not damage the file.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


# What SQLAlchemy and its drivers raise for a database that is missing, damaged or another program's. The last two: a
# port that is not a number, a path with a zero byte, an unknown option.
UNUSABLE = (SQLAlchemyError, OSError, ImportError, ForeignStore, ValueError, TypeError)
