"""A property that is computed once, and holds no other object up."""

import threading

from core.once import cached_property


class Slow:
    """Something whose value waits until it may be computed."""

    def __init__(self, may: threading.Event):
        self.may, self.times = may, 0

    @cached_property
    def value(self) -> int:
        """The value."""
        assert self.may.wait(10)
        self.times += 1
        return self.times


def test_it_is_computed_once_and_kept_on_the_object() -> None:
    may = threading.Event()
    may.set()
    one, other = Slow(may), Slow(may)
    assert (one.value, one.value, other.value) == (1, 1, 1)
    assert one.__dict__["value"] == 1
    assert Slow.value.func(one) == 2


def test_one_object_that_takes_long_does_not_hold_up_another() -> None:
    never, at_once = threading.Event(), threading.Event()
    at_once.set()
    waiting = threading.Thread(target=lambda: Slow(never).value)
    waiting.start()
    done = threading.Event()
    threading.Thread(target=lambda: (Slow(at_once).value, done.set()), daemon=True).start()
    assert done.wait(5)
    never.set()
    waiting.join()
