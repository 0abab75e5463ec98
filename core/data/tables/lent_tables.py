"""Tables that a program holds in memory: the store finds them by their key, and nothing is written to disk."""

import threading
from weakref import WeakValueDictionary

from .columns import Columns

_lock = threading.Lock()
_lent: WeakValueDictionary[str, Columns] = WeakValueDictionary()


def lend(columns: Columns) -> Columns:
    """Let this process find a table by its key for as long as somebody holds what is returned.

    It is the table itself, or an equal one that is lent already.
    """
    with _lock:
        return _lent.setdefault(columns.key, columns)


def lent(key: str) -> Columns | None:
    """The table of this key, if it is lent."""
    with _lock:
        return _lent.get(key)
