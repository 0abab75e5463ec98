"""Which runs the store removes: the oldest beyond its limits, starred ones last, and those deleted long ago."""

import time
from collections.abc import Sequence

import sqlalchemy as sql

from core.runs.schema import entries, runs

UNDO_S = 3600.0  # how long a deleted run can be restored
_AT_ONCE = 500  # ids in one statement: some databases accept no more than 1,000


def evict(connection: sql.Connection, newest: int, kept: int, kept_bytes: int) -> None:
    """Remove what is beyond the limits, and what was deleted too long ago to be restored."""
    columns = entries.c.run_id, entries.c.size, entries.c.starred, entries.c.deleted
    rows = connection.execute(sql.select(*columns).order_by(entries.c.run_id.desc())).all()
    long_ago = time.time() - UNDO_S
    gone = [row.run_id for row in rows if row.deleted is not None and row.deleted < long_ago]
    rest = [row for row in rows if row.run_id not in set(gone)]
    if len(rest) > kept or sum(row.size for row in rest) > kept_bytes:
        gone += [row.run_id for row in rest if row.deleted is not None]
        gone += _beyond([row for row in rest if row.deleted is None], newest, kept, kept_bytes)
    remove(connection, gone)


def _beyond(rows: Sequence[sql.Row], newest: int, kept: int, kept_bytes: int) -> list[int]:
    """The ids to remove from rows, newest first, so that `kept` runs and `kept_bytes` stay.

    The newest always stays. Of the others the starred ones come first.
    """
    count = total = 0
    gone: list[int] = []
    for row in sorted(rows, key=lambda row: (row.run_id != newest, not row.starred)):  # stable: else newest first
        count, total = count + 1, total + row.size
        if gone or (row.run_id != newest and (count > kept or total > kept_bytes)):
            gone.append(row.run_id)
    return gone


def remove(connection: sql.Connection, ids: list[int]) -> None:
    """Remove runs from both tables for good."""
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        connection.execute(sql.delete(runs).where(runs.c.id.in_(some)))
        connection.execute(sql.delete(entries).where(entries.c.run_id.in_(some)))
