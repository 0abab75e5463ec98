"""Ctrl-C as a wish that a training can meet in its own time."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

AGAIN_S = 2.0  # seconds within which a second Ctrl-C ends the program: also of the next training in a loop

_last = {"asked": -AGAIN_S}  # time.monotonic() of the last one that was met


@contextmanager
def interrupt(keeps: Callable[[], bool] = lambda: True) -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks a training to stop, so that what it has so far is kept; a second one raises KeyboardInterrupt.

    What is yielded says whether it was asked to. While `keeps()` is false there is nothing to keep yet, and the first
    one raises too. It does nothing in another thread than the main one, and where Ctrl-C is not Python's own: a host
    that has a handler of its own, or a process in the background that is not to be interrupted.
    """
    asked = threading.Event()

    def ask(number: int, frame: Any) -> None:
        now = time.monotonic()
        if asked.is_set() or now - _last["asked"] < AGAIN_S or not keeps():
            raise KeyboardInterrupt
        _last["asked"] = now
        asked.set()

    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield asked.is_set
        return
    signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
