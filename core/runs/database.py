"""A database by its SQLAlchemy URL that never raises: what cannot be done is told in one sentence, by `problem`.

An impatient one gives up at the first failure. A patient one, that of a server, is tried again every few seconds, and
works again once its database does.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sql
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from .. import log
from ..experiment.settings import one_line
from . import schema
from .schema import ForeignStore

CLAIMS = 6  # attempts to open a database that another program may be creating
CONNECT_S = 5  # to reach a database on a server
WRITES_S = 5  # for others to write, before the database counts as away
_LOCK = 0x48657465  # any number that is nobody else's
_DRIVERS = frozenset({"psycopg", "psycopg2", "pymysql", "mysqldb"})  # that take connect_timeout

# What SQLAlchemy and its drivers raise for a database that is missing, damaged or another program's. The last two: a
# port that is not a number, a path with a zero byte, an unknown option.
UNUSABLE = (SQLAlchemyError, OSError, ImportError, ForeignStore, ValueError, TypeError)
_HOPELESS = (ForeignStore, ImportError, ArgumentError, NoSuchModuleError, ValueError, TypeError)  # of these

T = TypeVar("T")


class Database:
    """The tables of `schema` in a database that may go away."""

    def __init__(self, url: str, *, patient: bool = False):
        self.problem: str | None = None
        self._url, self._patient = url, patient
        self._away = ""  # what cannot be done just now: "", "written", or "read" and then neither
        self._engine: sql.Engine | None = None  # None once it is given up
        self._writing = threading.Lock()
        try:
            self._open()
        except UNUSABLE as error:
            self._fails("opened", error)

    @property
    def is_reachable(self) -> bool:
        """Whether anything can be looked up just now."""
        return self._engine is not None and self._away != "read"

    @property
    def state(self) -> str:
        """ "ok", or what cannot be done, without the database's name."""
        if self._engine is None:
            return "given up"
        return f"cannot be {self._away} just now" if self._away else "ok"

    def rows(self, query: sql.Select) -> Sequence[sql.Row]:
        """What a query finds; nothing if the database cannot be read."""
        engine = self._engine
        if engine is None or self._away == "read":
            return []
        try:
            with engine.connect() as connection:
                return connection.execute(query).all()
        except UNUSABLE as error:
            self._fails("read", error)
            return []

    def value(self, query: sql.Select) -> Any:
        """The first value that a query finds, or None."""
        rows = self.rows(query)
        return rows[0][0] if rows else None

    def change(self, work: Callable[[sql.Connection], T], otherwise: T) -> T:
        """What `work` returns, in one transaction; `otherwise` if it fails, and then nothing is written."""
        if self._engine is None or self._away:
            return otherwise
        try:
            return self._changed(work)
        except UNUSABLE as error:
            self._fails("written", error)
            return otherwise

    @contextmanager
    def snapshot(self) -> Iterator[sql.Connection]:
        """A connection that sees the database as it is now, whatever others write meanwhile.

        Raises what the database raises, and OSError if it is given up.
        """
        engine = self._engine
        if engine is None:
            raise OSError("the store has been given up")
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")  # else each statement would see another state
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def close(self) -> None:
        """Close the connections to the database."""
        if self._engine is not None:
            self._engine.dispose()

    def _changed(self, work: Callable[[sql.Connection], T]) -> T:
        engine = self._engine
        if engine is None:
            raise OSError("the store has been given up")
        with self._writing, engine.begin() as connection:
            if engine.dialect.name == "postgresql":  # it would let two servers write the same run at once
                connection.execute(sql.text(f"SET LOCAL lock_timeout = '{WRITES_S}s'"))
                connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_LOCK)))
            return work(connection)

    def _open(self) -> None:
        url = sql.make_url(self._url)
        is_sqlite = url.get_backend_name() == "sqlite"
        if is_sqlite and url.database and not url.database.startswith("file:"):
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        timed = url.get_driver_name() in _DRIVERS and "connect_timeout" not in url.query
        timeout = {"connect_timeout": CONNECT_S} if timed else {}
        self._engine = sql.create_engine(url, pool_pre_ping=not is_sqlite, connect_args=timeout)
        if is_sqlite:
            sql.event.listen(self._engine, "connect", _write_ahead)
        self._claim()

    def _claim(self) -> None:
        for attempt in range(CLAIMS):
            try:
                return self._changed(schema.claim)
            except (OperationalError, ProgrammingError, IntegrityError):
                # Another program may be creating the same tables, in three steps (two tables, one row): try again.
                if attempt == CLAIMS - 1:
                    raise
                time.sleep(0.02 * attempt)

    def _comes_back(self) -> bool:
        """Whether a database that was away can be read and written again."""
        try:
            self._changed(schema.claim)
            self._away = "written"  # it can be read
            self._changed(
                lambda connection: connection.execute(sql.update(schema.about).values(value=schema.about.c.value))
            )
        except UNUSABLE as error:
            self._fails("written" if self._away == "written" else "read", error)
            return False
        self._away, self.problem = "", None
        log.event("store back")
        return True

    def _fails(self, what: str, error: Exception) -> None:
        """It cannot be opened, read or written: for good, or until the database is back."""
        if not self._patient or self._engine is None or isinstance(error, _HOPELESS):
            self._give_up(f"cannot be {what}", error)
            return
        if not self._away:
            log.event("store away", what=what, error=type(error).__name__)
        if self._away != "read":
            self._away = "written" if what == "written" else "read"
        self.problem = (
            f"The store of runs ({self._shown}) cannot be {what} just now: {self._reason(error)}. It is tried again "
            f"every few seconds, and new runs are kept in memory until then. If this lasts, {self._advice} and start "
            "again."
        )
        self._engine.dispose()

    def _give_up(self, what: str, error: Exception) -> None:
        self.problem = (
            f"The store of runs ({self._shown}) {what}: {self._reason(error)}. "
            f"Runs are kept only until the program ends; {self._advice} and start again."
        )
        log.event("store given up", error=type(error).__name__)
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def _reason(self, error: Exception) -> str:
        """What the driver says, in one line without secrets."""
        try:
            url = sql.make_url(self._url)
            reason = str(getattr(error, "orig", None) or error) or type(error).__name__
            for secret in filter(None, (url.password, *url.query.values())):
                reason = reason.replace(str(secret), "***")
        except (SQLAlchemyError, ValueError):  # not a URL: any part of it may be a password
            reason = "it is not the URL of a database"
        return one_line(reason.strip().rstrip("."), 150)

    @property
    def _advice(self) -> str:
        advice = "name another database in HETEROSCOPE_STORE"
        return f"move that file away, or {advice}," if self._shown.startswith("sqlite:///") else advice

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
