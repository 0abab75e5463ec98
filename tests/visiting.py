"""For tests: be a visitor of a server for a while, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from core import visitor
from core.visitor import Visitor, space_of


def named(name: str) -> Visitor:
    """The visitor with the cookie of this name."""
    return Visitor(space_of("browser", name))


@contextmanager
def visiting(who: Visitor | str) -> Iterator[Visitor]:
    """Until the end of the block all threads serve this visitor."""
    present = named(who) if isinstance(who, str) else who
    ask = visitor._ask
    visitor.told_by(lambda: present)
    try:
        yield present
    finally:
        visitor.told_by(ask)
