"""Which runs the store removes to make room, and those deleted long ago.

Whoever keeps most loses first, and of theirs the oldest, starred ones last: so nobody can push out what others keep.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sql

from .schema import entries, runs

UNDO_S = 3600.0  # how long a deleted run can be restored
_AT_ONCE = 500  # ids in one statement: some databases accept no more than 1,000


def evict(connection: sql.Connection, newest: int, limits: tuple[int, int], of_one: tuple[int, int]) -> None:
    """Remove what was deleted too long ago to be restored, and what is beyond the limits; the entry `newest` stays.

    `limits` are the most runs and the most bytes of all; `of_one` those of one owner, with 0 for no limit.
    """
    long_ago = time.time() - UNDO_S
    remove(connection, list(connection.scalars(sql.select(entries.c.id).where(entries.c.deleted < long_ago))))
    totals = connection.execute(sql.select(sql.func.count(), sql.func.sum(runs.c.size))).one()
    if _fits(tuple(totals), limits) and not any(of_one):
        return
    columns = (entries.c[name] for name in ("id", "run_id", "owner", "size", "starred", "deleted"))
    rows = connection.execute(sql.select(*columns).order_by(entries.c.id)).all()
    remove(connection, _beyond(rows, newest, limits, of_one))


def _fits(used: Sequence[int | None], most: Sequence[int]) -> bool:
    """Whether runs and bytes are within their limits; 0 is no limit."""
    return all(not limit or (value or 0) <= limit for value, limit in zip(used, most, strict=True))


def _beyond(rows: Sequence[sql.Row], newest: int, limits: tuple[int, int], of_one: tuple[int, int]) -> list[int]:
    """The ids of the entries to remove, from rows in the order of their ids."""
    lists = Counter(row.run_id for row in rows)  # in how many lists each run is: it is kept once
    used = [len(lists), sum({row.run_id: row.size for row in rows}.values())]
    own: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    first: dict[str, list[sql.Row]] = defaultdict(list)  # of each owner, the next to go at the end
    # Deleted ones go first, starred ones last, else the oldest first.
    for row in sorted(rows, key=lambda row: (row.deleted is None, row.starred, row.id), reverse=True):
        own[row.owner] = [own[row.owner][0] + 1, own[row.owner][1] + row.size]
        if row.id != newest:
            first[row.owner].append(row)
    gone: list[int] = []

    def drop(owner: str) -> None:
        row = first[owner].pop()
        gone.append(row.id)
        lists[row.run_id] -= 1
        own[owner] = [own[owner][0] - 1, own[owner][1] - row.size]
        if not lists[row.run_id]:
            used[0], used[1] = used[0] - 1, used[1] - row.size

    for owner in own:
        while first[owner] and not _fits(own[owner], of_one):
            drop(owner)
    while not _fits(used, limits) and (left := [owner for owner in own if first[owner]]):
        by = 0 if used[0] > limits[0] else 1
        drop(max(left, key=lambda owner: own[owner][by]))
    return gone


def remove(connection: sql.Connection, ids: Iterable[int]) -> None:
    """Remove entries for good, and the runs that are then in no list."""
    ids = list(ids)
    for start in range(0, len(ids), _AT_ONCE):
        some = entries.c.id.in_(ids[start : start + _AT_ONCE])
        of_them = list(connection.scalars(sql.select(entries.c.run_id).where(some)))
        connection.execute(sql.delete(entries).where(some))
        listed = sql.select(entries.c.run_id).where(entries.c.run_id.in_(of_them))
        connection.execute(sql.delete(runs).where(runs.c.id.in_(of_them), runs.c.id.not_in(listed)))
