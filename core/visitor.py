"""Whose work this is: on a server each visitor has a space of their own; a command, a notebook or a worker sees all.

A server says with `told_by` how the visitor of the present thread is found. Where nobody is found, as in the threads
that write what workers send, nothing is restricted; so a server must find one in every thread that serves a page.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

SHARED = "shared"  # the space that everybody sees
_LENGTH = 24  # characters of a hash: 96 bits
LONGEST_SPACE = 32


@dataclass(frozen=True)
class Visitor:
    """A person, or a browser. `space` names their runs and tables; an administrator may change everybody's."""

    space: str
    is_administrator: bool = False


def space_of(kind: str, secret: str) -> str:
    """The name of a space, from what only its owner knows or is: one letter for the kind, then a hash.

    The secret cannot be found from the name, so whoever reads the database cannot pass for a visitor.
    """
    return kind[0] + hashlib.sha256(f"{kind}\0{secret}".encode()).hexdigest()[:_LENGTH]


def _nobody() -> Visitor | None:
    return None


_ask: Callable[[], Visitor | None] = _nobody


def told_by(ask: Callable[[], Visitor | None]) -> None:
    """From now on `ask` says who the visitor of the present thread is; it returns None in a thread that serves none."""
    global _ask
    _ask = ask


def visitor() -> Visitor | None:
    """The visitor of this thread; None if nothing is restricted here."""
    return _ask()


def own_space() -> str:
    """The space in which new work is kept: the visitor's own, or the shared one."""
    present = visitor()
    return SHARED if present is None else present.space
