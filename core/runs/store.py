"""Finished runs in SQL, so that an experiment that is opened again is shown without training.

The default is SQLite in the user's cache folder; HETEROSCOPE_STORE names any other database by its SQLAlchemy URL. A
store that cannot be used never stops a training: `problem` says what is wrong, and runs are then kept only until the
program ends, or, in a patient store, until the database is back.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql
from platformdirs import user_cache_path
from sqlalchemy.exc import DataError, IntegrityError

from .. import log
from ..host import count, host
from ..training.run import Run
from ..training.run_bytes import from_bytes, to_bytes
from ..visitor import own_space
from . import schema
from .database import UNUSABLE, Database
from .entry import facts_of, scores_of
from .eviction import evict, remove
from .pending import Pending, Waiting
from .schema import LIVE, entries, live_of, owner_of, runs, storable

TRIES_S = (0.5, 1.0, 2.0, 4.0)  # pauses between tries of a database that is away; the last is repeated
CLOSING_S = 10.0  # in which a store that is closed may still write what waits
REFUSALS = 3  # of one run by a database that works: then it is given up
ANSWERS = ("done", "diverged")  # a stopped or failed run is a record, not the answer of its experiment


def default_url() -> str:
    """HETEROSCOPE_STORE, else a SQLite file in the user's cache folder."""
    if named := host("store"):
        return str(named)
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


class Store(Database):
    """Runs by the key of their experiment. It never raises: `problem` says what failed, and nothing is found then."""

    def __init__(self, url: str | None = None, *, patient: bool = False):
        self._damaged: str | None = None  # key of the run that `problem` calls damaged
        self._pending = Pending()
        self._keeper: threading.Thread | None = None  # writes what waits, and tries a database that is away
        self._starting, self._woken, self._closing = threading.Lock(), threading.Event(), threading.Event()
        super().__init__(url or default_url(), patient=patient)

    @property
    def lost(self) -> int:
        """How many runs could not be kept."""
        return self._pending.lost

    @property
    def waiting(self) -> int:
        """How many runs are not written yet."""
        return len(self._pending)

    def get(self, key: str, statuses: tuple[str, ...] = ANSWERS, space: str | None = None) -> Run | None:
        """The latest run of an experiment that ended in one of these ways, or None; with `space`, from its list."""
        if (waiting := self._pending.get(key, statuses, space)) is not None:
            return waiting
        # A run in no list is a program's of schema 1; one that is deleted from all lists is gone.
        deleted = sql.select(entries.c.run_id).where(entries.c.deleted.is_not(None))
        listed = sql.select(entries.c.run_id).where(LIVE, *([] if space is None else [entries.c.space == space]))
        found = runs.c.id.in_(listed)
        query = (
            sql.select(runs.c.record)
            .where(runs.c.key == key, runs.c.status.in_(statuses))
            .where(sql.or_(found, runs.c.id.not_in(deleted)) if space is None else found)
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

    def put_soon(self, run: Run, record: bytes | None = None, spaces: Iterable[str] = ()) -> None:
        """Keep a run as `put` does, in a thread of the store; while its database is away the run waits in memory.

        It comes into the lists of these spaces, or of whoever asks.
        """
        if self._engine is not None:
            self._pending.add(run, to_bytes(run) if record is None else record, tuple(spaces) or (own_space(),))
            self._wake()

    def list_soon(self, run: Run, space: str) -> None:
        """Bring a run that is kept into a list too, unless that has one of its key and status; in the same thread."""
        if self._engine is not None:
            self._pending.add(run, b"", (space,))
            self._wake()

    def put(
        self,
        run: Run,
        record: bytes | None = None,
        marks: Marks | None = None,
        *,
        scored: bool = True,
        spaces: Iterable[str] = (),
    ) -> bool:
        """Keep a run in place of an earlier one of the same key and status; the oldest beyond the limits are removed.

        It comes into the lists of these spaces, or of whoever asks. `record` is its bytes, if the caller has it. The
        run takes over the star, name and notes that the earlier one has in a list, unless `marks` gives others. With
        `scored` false it is not scored now, which may take long. Returns whether it is kept.
        """
        if self._engine is None or self._away:
            return False
        into = tuple(spaces) or (own_space(),)
        keep = self._work(run, to_bytes(run) if record is None else record, marks, scored, into)
        kept = self.change(keep, False)
        if kept:
            self._is_well(run.key)
        return kept

    def _work(
        self, run: Run, record: bytes, marks: Marks | None, scored: bool, spaces: tuple[str, ...]
    ) -> Callable[[sql.Connection], bool]:
        """What writes a run, in one transaction; without a record it only comes into the lists that have none."""
        only_listed, record = not record, record or to_bytes(run)
        common = {
            "key": run.key,
            "status": run.status,
            "created": storable(run.created)[:40] or datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": float(run.seconds),
            "size": len(record),
        }
        text = run.experiment.to_json()
        summaries = {space: facts_of(text, space) for space in spaces}
        scores = scores_of(run) if scored else {}
        limits = (count("most_runs"), count("most_run_bytes"))
        of_one = (count("most_own_runs"), count("most_own_run_bytes"))

        def keep(connection: sql.Connection) -> bool:
            schema.adopt(connection)
            kept = sql.select(sql.func.max(runs.c.id)).where(runs.c.key == run.key, runs.c.status == run.status)
            run_id = connection.scalar(kept) if only_listed else None
            if run_id is None:
                added = connection.execute(sql.insert(runs), {**common, "experiment": text, "record": record})
                run_id = added.inserted_primary_key[0]  # type: ignore[index]
            newest = 0
            for space, summary in summaries.items():
                same = sql.select(entries).where(live_of(run.key, run.status, space)).order_by(entries.c.id.desc())
                before = connection.execute(same).all()
                if before and only_listed:
                    continue
                taken = marks or (Marks.of(before[0]) if before else Marks())
                whose = {"run_id": run_id, "space": space, "owner": before[0].owner if before else owner_of(space)}
                row = {**common, **whose, **taken.columns(), **summary, **scores}
                listed = connection.execute(sql.insert(entries), row)
                newest = listed.inserted_primary_key[0]  # type: ignore[index]
                remove(connection, [row.id for row in before])
            evict(connection, newest, limits, of_one)
            return True

        return keep

    def close(self) -> None:
        """Write what waits, as far as it can be written now, and close the connections to the database."""
        self._closing.set()
        self._woken.set()
        with self._starting:
            keeper = self._keeper
        if keeper is not None:
            keeper.join(CLOSING_S)
        super().close()

    def _fails(self, what: str, error: Exception) -> None:
        super()._fails(what, error)
        if self._engine is not None:
            self._wake()

    def _give_up(self, what: str, error: Exception) -> None:
        super()._give_up(what, error)
        self._pending.drop()
        self._woken.set()

    def _wake(self) -> None:
        """Let the keeper look: there is something to write or to try."""
        with self._starting:
            if self._keeper is None and not self._closing.is_set():
                self._keeper = threading.Thread(target=self._keep, name="store of runs", daemon=True)
                self._keeper.start()
        self._woken.set()

    def _keep(self) -> None:
        """The keeper: write what waits, and try a database that is away, until the store is closed or given up."""
        tries = 0
        while self._engine is not None:
            if self._away:
                if self._closing.wait(TRIES_S[min(tries, len(TRIES_S) - 1)]):
                    return
                tries += 1
                self._comes_back()
            elif (item := self._pending.first()) is not None:
                tries = 0
                self._write(item)
            elif self._closing.is_set():
                return
            else:
                self._woken.wait()
                self._woken.clear()

    def _write(self, item: Waiting) -> None:
        """Write a run that waits. One that a working database refuses is given up after a few times."""
        try:
            self._changed(self._work(item.run, item.record, None, True, item.spaces))
        except (DataError, IntegrityError) as error:
            item.refused += 1
            if item.refused >= REFUSALS:
                self._pending.done(item, lost=True)
                log.failed("run not kept", error, key=item.run.key)
        except UNUSABLE as error:
            self._fails("written", error)
        else:
            self._pending.done(item)
            self._is_well(item.run.key)

    def _is_well(self, key: str) -> None:
        if self._damaged == key:
            self._damaged = self.problem = None
