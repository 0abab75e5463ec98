"""The library of runs: everything in the store as a list to search, sort and filter, with what people say of it.

What a person types is data: it goes to the database as bound parameters, with LIKE's own signs escaped.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sql

from core.experiment.settings import one_line
from core.runs import exchange, schema, store
from core.runs.entry import COLUMNS, SORTS, Entry, entry_of
from core.runs.eviction import remove
from core.runs.exchange import Imported
from core.runs.schema import LONGEST_NAME, LONGEST_NOTES, entries, runs, storable
from core.runs.store import Marks, Store
from core.runs.summary import facts_of, scores_of
from core.training.run import Run

SCORING_S = 20.0  # of an import: later runs are listed without scores until someone looks at them
MOST_WORDS = 8  # of a search: the rest are left out


class LibraryError(ValueError):
    """What the library cannot do, and why: one sentence."""


class Library:
    """The list of a store's runs. Where the store cannot be used the list is empty, and `store.problem` tells why."""

    def __init__(self, store: Store):
        self.store = store

    def entries(
        self,
        search: str = "",
        *,
        status: str | None = None,
        loss: str | None = None,
        table: str | None = None,
        starred_only: bool = False,
        sort: str = "created",
        descending: bool | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Entry]:
        """The runs that match, the latest of each key and status.

        Every word of `search` has to stand somewhere in its name, notes, key or settings, whatever the case. What has
        no value to sort by comes last. Raises KeyError for a sort that is not in SORTS.
        """
        order = SORTS[sort]
        down = order.descending if descending is None else descending
        columns = [entries.c[name] for name in COLUMNS]
        query = (
            sql.select(*columns, runs.c.experiment)
            .join(runs, runs.c.id == entries.c.run_id)
            .where(*_matching(search, status, loss, table, starred_only))
            .order_by(
                sql.case((order.column.is_(None), 1), else_=0),
                order.column.desc() if down else order.column.asc(),
                entries.c.run_id.desc(),
            )
            .limit(limit)
            .offset(offset)
        )
        self._read_facts()
        return [entry_of(row) for row in self._rows(query)]

    def count(self, search: str = "", **filters: Any) -> int:
        """How many runs match: the arguments of `entries`."""
        every = {"status": None, "loss": None, "table": None, "starred_only": False, **filters}
        self._read_facts()
        query = sql.select(sql.func.count()).select_from(entries).where(*_matching(search, **every))
        return self.store.ask(lambda connection: connection.scalar(query) or 0, 0)

    def losses(self) -> list[str]:
        """The losses there are runs of, for a filter."""
        return self._values(entries.c.loss)

    def tables(self) -> list[str]:
        """The tables there are runs on, for a filter; "none" for drawn points."""
        return self._values(entries.c.table)

    @property
    def size_bytes(self) -> int:
        """What the records take, those not yet gone after a deletion included."""
        query = sql.select(sql.func.sum(entries.c.size))
        return int(self.store.ask(lambda connection: connection.scalar(query) or 0, 0))

    @property
    def limit_bytes(self) -> int:
        """What they may take before the oldest goes."""
        return store.KEPT_BYTES

    def scored(self, entry: Entry) -> Entry:
        """The same with its scores, where the list has none yet: of a run of schema 1, or one of a large import."""
        if entry.nll is not None:
            return entry
        try:
            scores: dict[str, Any] = scores_of(self.open(entry.id))
        except LibraryError:
            return entry
        row = sql.update(entries).where(entries.c.run_id == entry.id).values(**scores)
        self.store.change(lambda connection: connection.execute(row), None)
        return replace(entry, **scores)

    def star(self, run_id: int, on: bool = True) -> None:
        """Mark it so that it is never let go of to make room, or unmark it. Raises LibraryError."""
        self._say(run_id, starred=on)

    def rename(self, run_id: int, name: str) -> None:
        """Give it a name, one line of at most LONGEST_NAME characters. Raises LibraryError."""
        self._say(run_id, name=_fitting("A name", one_line(name.strip(), len(name) + 1), LONGEST_NAME))

    def note(self, run_id: int, notes: str) -> None:
        """Write notes beside it, at most LONGEST_NOTES characters. Raises LibraryError."""
        self._say(run_id, notes=_fitting("Notes", storable(notes.strip()), LONGEST_NOTES))

    def delete(self, ids: Iterable[int]) -> list[int]:
        """Take runs out of the list; `undo` has them back within an hour. The ids of those that were there."""
        return self._set_deleted(ids, time.time())

    def undo(self, ids: Iterable[int]) -> list[int]:
        """Have deleted runs back, each in place of what was trained of its experiment since. The ids of those."""
        return self._set_deleted(ids, None)

    def open(self, run_id: int) -> Run:
        """The run. Raises LibraryError where it is gone or damaged."""
        query = sql.select(runs.c.record).where(runs.c.id == run_id, runs.c.id.in_(_live()))
        record = self.store.ask(lambda connection: connection.scalar(query), None)
        if record is None:
            raise LibraryError(self._gone(run_id))
        try:
            return Run.from_bytes(record)
        except ValueError:
            raise LibraryError(f"Run {run_id} is damaged: it has to be trained again.") from None

    def export(self, ids: Sequence[int]) -> bytes:
        """These runs as one file, with star, name and notes: a zip of their .npz and a JSON index.

        Raises LibraryError where one is gone, or where they are more than `import_file` takes.
        """
        query = sql.select(entries).where(entries.c.run_id.in_(ids), entries.c.deleted.is_(None))
        rows = {row.run_id: row for row in self._rows(query)}
        if missing := [run_id for run_id in ids if run_id not in rows]:
            raise LibraryError(self._gone(missing[0]))
        size = sum(row.size for row in rows.values())
        if size > exchange.MOST_BYTES or len(rows) > exchange.MOST_RUNS:
            most = f"{exchange.MOST_RUNS:,} runs and {exchange.MOST_BYTES / 1e6:.0f} MB"
            raise LibraryError(f"One file holds {most}; these are {len(rows):,} and {size / 1e6:.0f} MB: choose fewer.")
        return exchange.packed((rows[run_id], self._record(run_id)) for run_id in dict.fromkeys(ids))

    def import_file(self, data: bytes) -> Imported:
        """Take in the runs of a file that `export` wrote; nothing in it is believed. What was refused says why."""
        refused: list[str] = []
        added = already = 0
        scored_until = time.monotonic() + SCORING_S
        for found in exchange.unpacked(data):
            if isinstance(found, str):
                refused.append(found)
            elif self._has(found[0]):
                already += 1
            else:
                self.store.put(*found, scored=time.monotonic() < scored_until)
                added += 1
        if self.store.problem and added:
            return Imported(0, already, (*exchange.counted(refused), self.store.problem))
        return Imported(added, already, exchange.counted(refused))

    def _rows(self, query: sql.Select) -> Sequence[sql.Row]:
        none: Sequence[sql.Row] = []
        return self.store.ask(lambda connection: connection.execute(query).all(), none)

    def _record(self, run_id: int) -> bytes:
        query = sql.select(runs.c.record).where(runs.c.id == run_id)
        return self.store.ask(lambda connection: connection.scalar(query), None) or b""

    def _has(self, run: Run) -> bool:
        same = entries.c.key == run.key, entries.c.status == run.status, entries.c.deleted.is_(None)
        query = sql.select(entries.c.run_id).where(*same).limit(1)
        return self.store.ask(lambda connection: connection.scalar(query), None) is not None

    def _values(self, column: sql.ColumnElement[Any]) -> list[str]:
        self._read_facts()
        query = sql.select(column).where(entries.c.deleted.is_(None), column != "").distinct().order_by(column)
        return [row[0] for row in self._rows(query)]

    def _say(self, run_id: int, **said: Any) -> None:
        def write(connection: sql.Connection) -> bool:
            row = connection.execute(
                sql.select(entries).where(entries.c.run_id == run_id, entries.c.deleted.is_(None))
            ).first()
            if row is None:
                return False
            marks = Marks(**{"starred": bool(row.starred), "name": row.name, "notes": row.notes, **said})
            values = {**vars(marks), "said": marks.said}
            connection.execute(sql.update(entries).where(entries.c.run_id == run_id).values(**values))
            return True

        if not self.store.change(write, False):
            raise LibraryError(self._gone(run_id))

    def _set_deleted(self, ids: Iterable[int], when: float | None) -> list[int]:
        def write(connection: sql.Connection) -> list[int]:
            before = entries.c.deleted.is_(None) if when is not None else entries.c.deleted.is_not(None)
            query = sql.select(entries).where(entries.c.run_id.in_(list(ids)), before)
            rows = connection.execute(query).all()
            found = [row.run_id for row in rows]
            if when is None:
                for row in rows:
                    same = entries.c.key == row.key, entries.c.status == row.status, entries.c.deleted.is_(None)
                    since = sql.select(entries.c.run_id).where(*same)
                    remove(connection, list(connection.scalars(since)))
            connection.execute(sql.update(entries).where(entries.c.run_id.in_(found)).values(deleted=when))
            return found

        return self.store.change(write, [])

    def _gone(self, run_id: int) -> str:
        return self.store.problem or f"Run {run_id} is no longer in the library."

    def _read_facts(self) -> None:
        """Fill in what the list shows of runs that another program, or an earlier version, has written."""
        read = sql.select(entries.c.run_id).where(entries.c.facts.is_not(None))
        query = sql.select(runs.c.id, runs.c.experiment).where(runs.c.id.not_in(read))
        rows = self._rows(query)
        if not rows:
            return

        def write(connection: sql.Connection) -> None:
            schema.adopt(connection)
            for row in rows:
                row_of = sql.update(entries).where(entries.c.run_id == row.id)
                connection.execute(row_of.values(**facts_of(row.experiment)))

        self.store.change(write, None)


def _live() -> sql.Select:
    return sql.select(entries.c.run_id).where(entries.c.deleted.is_(None))


def _matching(
    search: str, status: str | None, loss: str | None, table: str | None, starred_only: bool
) -> list[sql.ColumnElement[bool]]:
    newest = sql.select(sql.func.max(entries.c.run_id)).where(entries.c.deleted.is_(None))
    found: list[sql.ColumnElement[bool]] = [entries.c.run_id.in_(newest.group_by(entries.c.key, entries.c.status))]
    wanted = {"status": status, "loss": loss, "table": table}
    found += [entries.c[name] == value for name, value in wanted.items() if value is not None]
    if starred_only:
        found.append(entries.c.starred.is_(sql.true()))
    text = sql.func.coalesce(entries.c.said, "") + "\n" + sql.func.coalesce(entries.c.facts, "")
    words = storable(search[:500]).casefold().split()[:MOST_WORDS]
    return found + [text.contains(word, autoescape=True) for word in words]


def _fitting(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise LibraryError(f"{what} can have {most:,} characters at most, not {len(text):,}.")
    return text
