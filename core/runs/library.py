"""The library of runs: the store as a list to search, sort and filter, with each run's star, name and notes.

Typed text goes to the database only as bound parameters, with the special characters of LIKE escaped.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sql

from ..data.tables.table_store import may_read
from ..experiment.settings import one_line
from ..training.run import Run
from ..training.run_bytes import from_bytes
from ..visitor import SHARED, own_space, visitor
from . import exchange, schema
from .entry import COLUMNS, SORTS, Entry, facts_of, own_table_of, scores_of
from .eviction import remove
from .exchange import Imported
from .schema import LIVE, LONGEST_NAME, LONGEST_NOTES, entries, live_of, owner_of, runs, storable
from .store import Marks, Store

SCORING_S = 20.0  # an import scores runs for so long: later ones are scored when someone looks at them
MOST_WORDS = 8  # in a search: the rest are ignored


class LibraryError(ValueError):
    """What the library cannot do, and why, in one sentence."""


class Library:
    """The lists of runs in a store. If the store cannot be used they are empty, and `store.problem` says why.

    A visitor sees their own list and the shared one, and changes what is theirs; without one, as on the command line,
    all is seen and may be changed.
    """

    def __init__(self, store: Store):
        self.store = store
        self._visitor = visitor()

    @property
    def _seen(self) -> sql.ColumnElement[bool]:
        """Whether an entry may be seen."""
        who = self._visitor
        return sql.true() if who is None else entries.c.space.in_({who.space, SHARED})

    @property
    def _theirs(self) -> sql.ColumnElement[bool]:
        """Whether an entry may be changed."""
        who = self._visitor
        if who is None or who.is_administrator:
            return self._seen
        return sql.and_(self._seen, entries.c.owner == owner_of(who.space))

    def may_change(self, entry: Entry) -> bool:
        """Whether the visitor may name, star, note or delete it."""
        who = self._visitor
        return who is None or who.is_administrator or entry.owner == owner_of(who.space)

    def entries(
        self, search: str = "", *, sort: str = "created", descending: bool | None = None, **filters: Any
    ) -> list[Entry]:
        """The runs that match, the latest of each key and status.

        Every word of `search` must be in the name, notes, key or settings of a run, in upper or lower case. The filters
        are `space`, `status`, `loss`, `table` and `starred_only`. Runs without a value to sort by come last. Raises
        KeyError for a sort that is not in SORTS.
        """
        order = SORTS[sort]
        down = order.descending if descending is None else descending
        query = (
            sql.select(*COLUMNS)
            .select_from(entries)
            .join(runs, runs.c.id == entries.c.run_id)
            .where(self._seen, *_matching(search, **filters))
            .order_by(
                sql.case((order.column.is_(None), 1), else_=0),
                order.column.desc() if down else order.column.asc(),
                entries.c.id.desc(),
            )
        )
        self._read_facts()
        return [Entry(**row._mapping) for row in self.store.rows(query)]

    def count(self, search: str = "", **filters: Any) -> int:
        """How many runs match; the arguments are those of `entries`."""
        self._read_facts()
        matching = (self._seen, *_matching(search, **filters))
        return self.store.value(sql.select(sql.func.count()).select_from(entries).where(*matching)) or 0

    def losses(self) -> list[str]:
        """The losses of the runs, for a filter."""
        return self._values(entries.c.loss)

    def tables(self) -> list[str]:
        """The tables of the runs, for a filter; "none" for simulated points."""
        return self._values(entries.c.table)

    def size_bytes(self, space: str | None = None) -> int:
        """The size of the records in a list, or in all; also of deleted ones that can still be restored."""
        ours = sql.select(entries.c.run_id).where(self._seen, *([] if space is None else [entries.c.space == space]))
        return int(self.store.value(sql.select(sql.func.sum(runs.c.size)).where(runs.c.id.in_(ours))) or 0)

    def scored(self, entry: Entry) -> Entry:
        """The entry with its scores; they are computed now for a run of schema 1 or of a large import."""
        if entry.nll is not None:
            return entry
        try:
            scores: dict[str, Any] = scores_of(self.open(entry.id))
        except LibraryError:
            return entry
        row = sql.update(entries).where(entries.c.id == entry.id, self._seen).values(**scores)
        self.store.change(lambda connection: connection.execute(row), None)
        return replace(entry, **scores)

    def star(self, run_id: int, on: bool = True) -> None:
        """Star a run, so that it is removed last to make room, or remove its star. Raises LibraryError."""
        self._mark(run_id, starred=on)

    def rename(self, run_id: int, name: str) -> None:
        """Name a run, in one line of at most LONGEST_NAME characters. Raises LibraryError."""
        self._mark(run_id, name=_fitting("A name", one_line(name.strip(), len(name) + 1), LONGEST_NAME))

    def note(self, run_id: int, notes: str) -> None:
        """Set the notes of a run, at most LONGEST_NOTES characters. Raises LibraryError."""
        self._mark(run_id, notes=_fitting("Notes", storable(notes.strip()), LONGEST_NOTES))

    def delete(self, ids: Iterable[int]) -> list[int]:
        """Remove runs from the list; `undo` restores them within an hour. Returns the ids that were there."""
        return self._set_deleted(ids, LIVE, time.time())

    def undo(self, ids: Iterable[int]) -> list[int]:
        """Restore deleted runs in place of newer runs of the same experiment. Returns the ids that were restored."""
        return self._set_deleted(ids, entries.c.deleted.is_not(None), None)

    def open(self, run_id: int) -> Run:
        """The run. Raises LibraryError if it is gone or damaged."""
        record = self._record(run_id)
        try:
            return from_bytes(record)
        except ValueError:
            raise LibraryError(f"Run {run_id} is damaged: train it again.") from None

    def share(self, ids: Iterable[int]) -> list[int]:
        """Bring runs into the shared list, with their name and notes. Returns the ids of their entries there.

        A run that is there already keeps the name that it has there.
        """

        def write(connection: sql.Connection) -> list[int]:
            added = []
            rows = connection.execute(sql.select(entries).where(entries.c.id.in_(list(ids)), LIVE, self._theirs)).all()
            for row in rows:
                if connection.execute(sql.select(entries.c.id).where(live_of(row.key, row.status, SHARED))).first():
                    continue
                gone = (entries.c.run_id == row.run_id, entries.c.space == SHARED)
                connection.execute(sql.delete(entries).where(*gone))  # deleted there, and not yet for good
                text = connection.execute(sql.select(runs.c.experiment).where(runs.c.id == row.run_id)).scalar_one()
                values = {
                    **row._mapping,
                    **facts_of(text, SHARED),
                    "space": SHARED,
                    "owner": row.space,
                    "starred": False,
                }
                del values["id"]
                listed = connection.execute(sql.insert(entries), values)
                added.append(int(listed.inserted_primary_key[0]))  # type: ignore[index]
            return added

        return self.store.change(write, [])

    def count_elsewhere(self, space: str) -> int:
        """How many runs another space of the same person has."""
        theirs = sql.select(sql.func.count()).select_from(entries).where(entries.c.space == space, LIVE)
        return self.store.value(theirs) or 0

    def move_here(self, space: str) -> None:
        """Bring the runs of another space of the same person into their list; what it has already is dropped."""

        def write(connection: sql.Connection) -> None:
            here = entries.alias()
            same = sql.and_(here.c.space == own_space(), here.c.key == entries.c.key, here.c.status == entries.c.status)
            new = sql.not_(sql.exists().where(same))
            own = {"space": own_space(), "owner": owner_of(own_space())}
            connection.execute(sql.update(entries).where(entries.c.space == space, new).values(**own))
            connection.execute(sql.update(entries).where(entries.c.owner == space).values(owner=own["owner"]))
            remove(connection, connection.scalars(sql.select(entries.c.id).where(entries.c.space == space)).all())

        self.store.change(write, None)

    def export(self, ids: Sequence[int]) -> bytes:
        """These runs as one file, with name and notes: a zip of their .npz and a JSON index.

        Raises LibraryError if one is gone, or if they are more than `import_file` accepts.
        """
        query = sql.select(entries).where(entries.c.id.in_(ids), LIVE, self._seen)
        rows = {row.id: row for row in self.store.rows(query)}
        if missing := [run_id for run_id in ids if run_id not in rows]:
            raise LibraryError(self._gone(missing[0]))
        size = sum(row.size for row in rows.values())
        if size > exchange.MOST_BYTES or len(rows) > exchange.MOST_RUNS:
            most = f"{exchange.MOST_RUNS:,} runs and {exchange.MOST_BYTES / 1e6:.0f} MB"
            raise LibraryError(f"One file holds {most}; these are {len(rows):,} and {size / 1e6:.0f} MB: choose fewer.")
        return exchange.packed((rows[run_id], self._record(run_id)) for run_id in dict.fromkeys(ids))

    def import_file(self, data: bytes) -> Imported:
        """Add the runs of a file that `export` wrote, with the reason for each that is refused.

        Nothing in the file is trusted.
        """
        refused: list[str] = []
        added = already = 0
        scored_until = time.monotonic() + SCORING_S
        for unpacked in exchange.unpacked(data):
            if isinstance(unpacked, str):
                refused.append(unpacked)
            elif self._has(unpacked[0]):
                already += 1
            elif self.store.put(*unpacked, scored=time.monotonic() < scored_until):
                added += 1
            else:
                refused = [*exchange.counted(refused), self.store.problem or "The store of runs cannot be written."]
                break
        return Imported(added, already, exchange.counted(refused))

    def _has(self, run: Run) -> bool:
        return bool(self.store.rows(sql.select(entries.c.id).where(live_of(run.key, run.status, own_space()))))

    def _record(self, run_id: int) -> bytes:
        seen = sql.select(entries.c.run_id).where(entries.c.id == run_id, LIVE, self._seen)
        found = self.store.rows(sql.select(runs.c.record, runs.c.experiment).where(runs.c.id.in_(seen)))
        if not found:
            raise LibraryError(self._gone(run_id))
        if not may_read(own_table_of(found[0].experiment)):
            raise LibraryError(f"Run {run_id} is on a table that is not shared with you.")
        return found[0].record

    def _values(self, column: sql.ColumnElement[Any]) -> list[str]:
        self._read_facts()
        query = sql.select(column).where(LIVE, self._seen, column != "").distinct().order_by(column)
        return [row[0] for row in self.store.rows(query)]

    def _mark(self, run_id: int, **changed: Any) -> None:
        def write(connection: sql.Connection) -> bool:
            this = entries.c.id == run_id
            row = connection.execute(sql.select(entries).where(this, LIVE, self._theirs)).first()
            if row is not None:
                marks = replace(Marks.of(row), **changed)
                connection.execute(sql.update(entries).where(this).values(**marks.columns()))
            return row is not None

        if not self.store.change(write, False):
            raise LibraryError(self._gone(run_id))

    def _set_deleted(self, ids: Iterable[int], before: sql.ColumnElement[bool], when: float | None) -> list[int]:
        def write(connection: sql.Connection) -> list[int]:
            these = sql.select(entries).where(entries.c.id.in_(list(ids)), before, self._theirs)
            rows = connection.execute(these).all()
            for row in rows if when is None else ():
                newer = sql.select(entries.c.id).where(live_of(row.key, row.status, row.space))
                remove(connection, list(connection.scalars(newer)))
            changed = [row.id for row in rows]
            connection.execute(sql.update(entries).where(entries.c.id.in_(changed)).values(deleted=when))
            return changed

        return self.store.change(write, [])

    def _gone(self, run_id: int) -> str:
        return self.store.problem or f"Run {run_id} is no longer in the library."

    def _read_facts(self) -> None:
        """Fill in the columns of the list for runs that another program or an earlier version wrote."""
        unread = entries.c.facts.is_(None)
        known = sql.select(entries.c.run_id)
        missing = runs.c.id.in_(known.where(unread)) | runs.c.id.not_in(known)
        if not self.store.rows(sql.select(runs.c.id).where(missing).limit(1)):
            return

        def write(connection: sql.Connection) -> None:
            schema.adopt(connection)
            listed = sql.select(entries.c.id, entries.c.space, runs.c.experiment).where(unread)
            for row in connection.execute(listed.join(runs, runs.c.id == entries.c.run_id)).all():
                this = sql.update(entries).where(entries.c.id == row.id)
                connection.execute(this.values(**facts_of(row.experiment, row.space)))

        self.store.change(write, None)


def _matching(
    search: str,
    *,
    space: str | None = None,
    status: str | None = None,
    loss: str | None = None,
    table: str | None = None,
    starred_only: bool = False,
) -> list[sql.ColumnElement[bool]]:
    newest = sql.select(sql.func.max(entries.c.id)).where(LIVE)
    of_each = newest.group_by(entries.c.space, entries.c.key, entries.c.status)
    clauses: list[sql.ColumnElement[bool]] = [entries.c.id.in_(of_each)]
    wanted = {"space": space, "status": status, "loss": loss, "table": table}
    clauses += [entries.c[name] == value for name, value in wanted.items() if value is not None]
    if starred_only:
        clauses.append(entries.c.starred.is_(sql.true()))
    text = sql.func.coalesce(entries.c.said, "") + "\n" + sql.func.coalesce(entries.c.facts, "")
    words = storable(search[:500]).casefold().split()[:MOST_WORDS]
    return clauses + [text.contains(word, autoescape=True) for word in words]


def _fitting(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise LibraryError(f"{what} can have at most {most:,} characters, not {len(text):,}.")
    return text
