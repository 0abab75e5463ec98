"""Finished runs in SQL, so that the same experiment opened again is shown without training.

SQLite in the user's cache folder by default; HETEROSCOPE_STORE names any other database by its SQLAlchemy URL. A
store that cannot be used never stops a training: `problem` says in a sentence what is wrong, and runs are then kept
only as long as the program runs.
"""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sql
from platformdirs import user_cache_path
from sqlalchemy.dialects.mysql import LONGBLOB
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from core.settings import one_line
from core.training.run import Run

SCHEMA = 1
KEPT = 2000  # runs, most of them about 120 kB
KEPT_BYTES = 1_000_000_000  # of all records: the widest nets take 20 MB each
CLAIMS = 6  # times to look at a database that another program may be making
ANSWERS = ("done", "diverged")  # a stopped or failed run is a record, not the answer of its experiment

_metadata = sql.MetaData()
_about = sql.Table(
    "heteroscope",
    _metadata,
    sql.Column("name", sql.String(40), primary_key=True),
    sql.Column("value", sql.String(200)),
)
_runs = sql.Table(
    "runs",
    _metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("key", sql.String(16), index=True, nullable=False),
    sql.Column("status", sql.String(10), nullable=False),
    sql.Column("created", sql.String(40), nullable=False),
    sql.Column("seconds", sql.Float, nullable=False),
    sql.Column("experiment", sql.Text, nullable=False),
    sql.Column("size", sql.Integer, nullable=False),
    sql.Column("record", sql.LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb"), nullable=False),
)


def default_url() -> str:
    """HETEROSCOPE_STORE, else a SQLite file in the user's cache folder."""
    named = os.environ.get("HETEROSCOPE_STORE")
    if named:
        return named
    return f"sqlite:///{user_cache_path('heteroscope', appauthor=False) / 'runs.sqlite'}"


class Store:
    """Runs by the key of their experiment. Never raises: `problem` tells a failure, and nothing is found."""

    def __init__(self, url: str | None = None):
        self._url = url or default_url()
        self.problem: str | None = None
        self._damaged: str | None = None  # key of the run that `problem` calls damaged
        self._engine: sql.Engine | None = None
        self._writing = threading.Lock()
        try:
            self._engine = self._open()
        except _UNUSABLE as error:
            self._give_up("cannot be opened", error)

    def get(self, key: str, statuses: tuple[str, ...] = ANSWERS) -> Run | None:
        """The latest run of an experiment that ended in one of these ways, or None."""
        if self._engine is None:
            return None
        query = (
            sql.select(_runs.c.record)
            .where(_runs.c.key == key, _runs.c.status.in_(statuses))
            .order_by(_runs.c.id.desc())
            .limit(1)
        )
        try:
            with self._engine.connect() as connection:
                record = connection.scalar(query)
        except _UNUSABLE as error:
            self._give_up("cannot be read", error)
            return None
        if record is None:
            return None
        try:
            run = Run.from_bytes(record)
            if run.key != key:
                raise ValueError(f"it is the run {run.key}")
        except ValueError:
            self._damaged = key
            self.problem = f"A kept run ({key}) in {self._shown} is damaged: it has to be trained again."
            return None
        return run

    def put(self, run: Run, record: bytes | None = None) -> None:
        """Keep a run, and let the oldest go beyond KEPT. `record` is its to_bytes(), where that is at hand."""
        if self._engine is None:
            return
        record = run.to_bytes() if record is None else record
        row = {
            "key": run.key,
            "status": run.status,
            "created": run.created or datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": run.seconds,
            "experiment": run.experiment.to_json(),
            "size": len(record),
            "record": record,
        }
        try:
            with self._writing, self._engine.begin() as connection:
                connection.execute(sql.insert(_runs), row)
                sizes = connection.execute(sql.select(_runs.c.id, _runs.c.size).order_by(_runs.c.id.desc())).all()
                if (oldest := _oldest_kept([(run_id, size) for run_id, size in sizes])) is not None:
                    connection.execute(sql.delete(_runs).where(_runs.c.id < oldest))
        except _UNUSABLE as error:
            self._give_up("cannot be written", error)
        else:
            if self._damaged == run.key:
                self._damaged = self.problem = None

    def count(self) -> int:
        """How many runs are kept, whatever their status."""
        if self._engine is None:
            return 0
        try:
            with self._engine.connect() as connection:
                return connection.scalar(sql.select(sql.func.count()).select_from(_runs)) or 0
        except _UNUSABLE as error:
            self._give_up("cannot be read", error)
            return 0

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()

    def _open(self) -> sql.Engine:
        url = sql.make_url(self._url)
        is_sqlite = url.get_backend_name() == "sqlite"
        if is_sqlite and url.database and not url.database.startswith("file:"):
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sql.create_engine(url)
        if is_sqlite:
            sql.event.listen(engine, "connect", _write_ahead)
        for attempt in range(CLAIMS):
            try:
                self._claim(engine)
                break
            except (OperationalError, ProgrammingError, IntegrityError):
                # Another program may be making the same tables now, in three steps (two tables, one row), and lost
                # races end when it has done them.
                if attempt == CLAIMS - 1:
                    engine.dispose()
                    raise
                time.sleep(0.02 * attempt)
            except _ForeignStore:
                engine.dispose()
                raise
        return engine

    def _claim(self, engine: sql.Engine) -> None:
        with engine.begin() as connection:
            present = sql.inspect(connection).get_table_names()
            if present and _about.name not in present:
                raise _ForeignStore("it holds another program's tables")
            _metadata.create_all(connection)
            schema = connection.scalar(sql.select(_about.c.value).where(_about.c.name == "schema"))
            if schema is None:
                connection.execute(sql.insert(_about), {"name": "schema", "value": str(SCHEMA)})
            elif schema != str(SCHEMA):
                raise _ForeignStore(f"it was written by another version (schema {schema}, here {SCHEMA})")
            connection.execute(sql.select(_runs).limit(1))

    def _give_up(self, what: str, error: Exception) -> None:
        try:
            url = sql.make_url(self._url)
            reason = str(getattr(error, "orig", None) or error) or type(error).__name__
            for secret in filter(None, (url.password, *url.query.values())):
                reason = reason.replace(str(secret), "***")
        except (SQLAlchemyError, ValueError):  # no URL, so that nobody knows which part of it is a password
            reason = "it is not the URL of a database"
        self.problem = (
            f"The store of runs ({self._shown}) {what}: {one_line(reason.strip().rstrip('.'), 150)}. "
            f"Runs are kept only until the program ends; {self._mend} and start again."
        )
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    @property
    def _mend(self) -> str:
        elsewhere = "name another database in HETEROSCOPE_STORE"
        return f"move that file away, or {elsewhere}," if self._shown.startswith("sqlite:///") else elsewhere

    @property
    def _shown(self) -> str:
        try:
            return one_line(sql.make_url(self._url).set(query={}).render_as_string(hide_password=True), 200)
        except (SQLAlchemyError, ValueError):
            return "HETEROSCOPE_STORE"


class _ForeignStore(Exception):
    """A database that is not ours to write to."""


def _write_ahead(connection, record) -> None:  # type: ignore[no-untyped-def]
    connection.execute("PRAGMA busy_timeout=5000")  # first, for the next one may have to wait too
    # Readers do not wait for a writer, and a crash leaves the file whole.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _oldest_kept(sizes: list[tuple[int, int]]) -> int | None:
    """The lowest id to keep of (id, bytes), the newest first: KEPT runs, KEPT_BYTES in all, and always the newest."""
    total, oldest = 0, None
    for run_id, size in sizes[:KEPT]:
        total += size
        if oldest is not None and total > KEPT_BYTES:
            break
        oldest = run_id
    return oldest


# What SQLAlchemy and its drivers raise on a database that is not there, not ours or not whole. The last two: a port
# that is no number, a path with a zero byte, an option no driver knows.
_UNUSABLE = (SQLAlchemyError, OSError, ImportError, _ForeignStore, ValueError, TypeError)
