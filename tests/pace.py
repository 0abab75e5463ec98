"""Limits of time in tests: the processor's time, for other tests run beside, with room for a slower machine.

`benchmarks/` measures how long things take. A test holds only that none became many times slower.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

ROOM = 6  # a machine that is three times slower, and busy


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes many times the seconds of a processor that an idle machine needs at most."""
    begun = time.process_time()
    yield
    taken = time.process_time() - begun
    assert taken < ROOM * seconds, f"took {taken:.2f} s of a processor: {seconds:g} s are its limit on an idle machine"
