"""Tables that a program holds in memory: the store finds them by their key, and nothing is written to disk."""

import threading
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from .columns import Columns

_lock = threading.Lock()
_lent: WeakValueDictionary[str, Columns] = WeakValueDictionary()
_held: WeakKeyDictionary[Any, Columns] = WeakKeyDictionary()


def lend(columns: Columns) -> Columns:
    """Let this process find a table by its key for as long as somebody holds what is returned.

    It is the table itself, or an equal one that is lent already.
    """
    with _lock:
        return _lent.setdefault(columns.key, columns)


def hold(columns: Columns, by: Any) -> None:
    """Keep a lent table for as long as an object lives, such as the run that was trained on it."""
    with _lock:
        _held[by] = columns


def lent(key: str) -> Columns | None:
    """The table of this key, if it is lent."""
    with _lock:
        return _lent.get(key)
