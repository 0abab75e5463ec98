"""What the server does when it is told to end: it keeps what runs, writes what waits, and then ends.

The web server waits for its connections first, and one that hangs would keep it for ever. So what is to be kept is
kept as soon as the signal comes, and a server that still waits LINGERS_S later is told to wait no more.
"""

import os
import signal
import threading
import time
from types import FrameType

from core import log
from pages.shared import shell

LINGERS_S = 3.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_told, _kept = threading.Event(), threading.Event()
_begun, _ended = threading.Lock(), threading.Event()


def listen() -> None:
    """Notice the signals, before the web server does. To be called in the main thread, once its handlers are set."""
    if threading.current_thread() is not threading.main_thread():
        return  # another server runs this one, and handles the signals
    for number in _SIGNALS:
        _notice(number)
    threading.Thread(target=_stop_in_time, name="stop", daemon=True).start()


def stop() -> None:
    """Keep what runs, and return once it is kept."""
    _told.set()
    if _begun.acquire(blocking=False):
        began = time.monotonic()
        try:
            shell.stop()
        finally:
            log.event("stopped", seconds=round(time.monotonic() - began, 3))
            _kept.set()
    _kept.wait()


def _notice(number: int) -> None:
    before = signal.getsignal(number)
    if not callable(before):
        return

    def notice(received: int, frame: FrameType | None) -> None:
        _told.set()
        before(received, frame)

    signal.signal(number, notice)


def _stop_in_time() -> None:
    _told.wait()
    stop()
    if not _ended.wait(LINGERS_S):
        os.kill(os.getpid(), signal.SIGINT)  # a second one: wait for no connection


def ended() -> None:
    """The web server has let its connections go."""
    _ended.set()
