"""Ctrl-C as a wish that a command can meet in its own time."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any


@contextmanager
def interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks a training to stop, so that what it has so far is kept; a second one ends the program."""
    asked = Event()

    def ask(number: int, frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
