"""Who computes now: a few script runs at a time, those that came first before others.

Python runs one thread at a time. Fifty pages that compute at once all end late, and the server's own thread, which
sends what they draw, hardly gets its turn. So a script run takes a place here. It gives the place back while it waits
for a training, and when it ends, in whatever way. One that takes long is no longer counted, so that no page holds up
all others.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PLACES = 2  # one computes; the other is in NumPy or in a training, which hold no lock
LONG_S = 0.5  # after this time a holder is not counted
LOOK_S, MOST_LOOK_S = 0.1, 0.5  # between two looks whether the one who waits still wants it: rarer, the longer it waits


def look_s(waited_s: float) -> float:
    """Seconds to the next look of one who has waited so long: a hundred who look often would keep a core busy."""
    return min(MOST_LOOK_S, max(LOOK_S, waited_s / 4))


@dataclass(eq=False)
class _Ticket:
    since: float  # when it came
    later_s: float = 0.0
    held_since: float | None = None
    called: threading.Event = field(default_factory=threading.Event)

    @property
    def turn(self) -> float:
        """Earlier ones go first."""
        return self.since + self.later_s


class Gate:
    """A line and a few places. Safe to use from many threads; one thread holds one place, however often it asks."""

    def __init__(self, places: int = PLACES, long_s: float = LONG_S):
        self._places, self._long_s = places, long_s
        self._lock = threading.Lock()
        self._line: list[_Ticket] = []
        self._holders: set[_Ticket] = set()
        self._own = threading.local()

    @contextmanager
    def place(
        self, check: Callable[[], None] = lambda: None, tell: Callable[[int], None] = lambda before: None
    ) -> Iterator[None]:
        """Hold a place inside; it is given back at the end and on every exception. Inside another place it is that one.

        While this waits, `check` is called again and again, and may raise to leave the line; `tell` gets how many
        are before it.
        """
        if self._ticket is not None:
            yield
            return
        ticket = self._own.ticket = _Ticket(time.monotonic())
        try:
            self._enter(ticket, check, tell)
            yield
        finally:
            self._leave(ticket)
            self._own.ticket = None

    @contextmanager
    def let_go(self, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Give the place back inside, to wait for something; then take one again, in the order of the first coming."""
        ticket = self._ticket
        if ticket is None or ticket.held_since is None:
            yield
            return
        self._leave(ticket)
        yield  # an exception ends the script run: no place is taken for it
        self._enter(ticket, check, lambda before: None)

    def step_aside(self, check: Callable[[], None], later_s: float) -> None:
        """For work that can wait, between its parts: from now on those go first who came until `later_s` after it."""
        check()
        ticket = self._ticket
        if ticket is None or ticket.held_since is None:
            return
        ticket.later_s = later_s
        with self._lock:
            if not self._line or self._line[0].turn > ticket.turn:
                return
        self._leave(ticket)
        self._enter(ticket, check, lambda before: None)

    def step_back(self) -> None:
        """The opposite: what follows can no longer wait."""
        if self._ticket is not None:
            self._ticket.later_s = 0.0

    def before(self) -> tuple[int, int]:
        """How many hold a place, and how many wait for one."""
        with self._lock:
            return len(self._holders), len(self._line)

    @property
    def _ticket(self) -> _Ticket | None:
        return getattr(self._own, "ticket", None)

    def _enter(self, ticket: _Ticket, check: Callable[[], None], tell: Callable[[int], None]) -> None:
        with self._lock:
            ticket.called.clear()
            self._line.append(ticket)
            self._line.sort(key=lambda each: each.turn)
            self._call()
        began = time.monotonic()
        while not ticket.called.wait(look_s(time.monotonic() - began)):
            check()
            with self._lock:
                self._call()  # a holder may count no longer
                before = self._line.index(ticket) if ticket in self._line else 0
            tell(before)

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket in self._line:
                self._line.remove(ticket)
            self._holders.discard(ticket)
            ticket.held_since = None
            self._call()

    def _call(self) -> None:
        """Give the free places to the first in the line. The caller holds the lock."""
        now = time.monotonic()
        while self._line:
            counted = sum(now - (each.held_since or now) < self._long_s for each in self._holders)
            if counted >= self._places:
                return
            ticket = self._line.pop(0)
            ticket.held_since = now
            self._holders.add(ticket)
            ticket.called.set()


GATE = Gate()
