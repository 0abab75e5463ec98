"""Which runs the store removes: the oldest beyond its limits (never a starred one), and those deleted long ago."""

import time

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
        gone += _beyond(
            [(r.run_id, r.size, bool(r.starred)) for r in rest if r.deleted is None], newest, kept, kept_bytes
        )
    remove(connection, gone)


def _beyond(rows: list[tuple[int, int, bool]], newest: int, kept: int, kept_bytes: int) -> list[int]:
    """The ids to remove from rows (id, bytes, starred), newest first, so that `kept` runs and `kept_bytes` stay.

    Starred runs always stay, and so does the newest, even if the starred ones alone exceed the limits.
    """
    count = sum(starred for *_, starred in rows)
    total = sum(size for _, size, starred in rows if starred)
    gone: list[int] = []
    for run_id, size, starred in rows:
        if starred:
            continue
        count, total = count + 1, total + size
        if gone or (run_id != newest and (count > kept or total > kept_bytes)):
            gone.append(run_id)
    return gone


def remove(connection: sql.Connection, ids: list[int]) -> None:
    """Remove runs from both tables for good."""
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        connection.execute(sql.delete(runs).where(runs.c.id.in_(some)))
        connection.execute(sql.delete(entries).where(entries.c.run_id.in_(some)))
