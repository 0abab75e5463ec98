"""The line in which script runs wait: its order, its places, and that nobody keeps one who has left."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pages.shared.gate import Gate, look_s

WITHIN_S = 10.0


class Left(Exception):
    """What ends a script run at a call of Streamlit."""


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.002)


@contextmanager
def run(work: Callable[[], None]) -> Iterator[threading.Thread]:
    """A thread that does it, which has ended afterwards."""
    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    thread.join(WITHIN_S)
    assert not thread.is_alive()


def test_those_who_came_first_go_first() -> None:
    gate, order = Gate(places=1, long_s=WITHIN_S), []

    def one(name: int) -> None:
        with gate.place():
            order.append(name)

    threads = [threading.Thread(target=one, args=(name,)) for name in range(8)]
    with gate.place():
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            until(lambda waiting=waiting: gate.before() == (1, waiting))  # type: ignore[misc]
    for thread in threads:
        thread.join(WITHIN_S)
    assert order == [*range(8)]
    assert gate.before() == (0, 0)


def test_no_more_hold_a_place_than_there_are() -> None:
    gate, inside, most, lock = Gate(places=2, long_s=WITHIN_S), 0, 0, threading.Lock()

    def one() -> None:
        nonlocal inside, most
        with gate.place():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN_S)
    assert most == 2


def test_a_place_is_given_back_on_an_exception_and_a_thread_holds_only_one() -> None:
    gate = Gate(places=1)
    with pytest.raises(Left), gate.place(), gate.place():
        raise Left
    assert gate.before() == (0, 0)
    with gate.place(), gate.place():
        assert gate.before() == (1, 0)
    with gate.place():
        pass


def test_who_is_not_wanted_any_more_leaves_the_line() -> None:
    gate, left = Gate(places=1, long_s=WITHIN_S), threading.Event()

    def check() -> None:
        if left.is_set():
            raise Left

    def superseded() -> None:
        with pytest.raises(Left), gate.place(check):
            pass

    with gate.place(), run(superseded):
        until(lambda: gate.before() == (1, 1))
        left.set()
        until(lambda: gate.before() == (1, 0))


def test_who_waits_for_a_training_holds_no_place() -> None:
    gate, got = Gate(places=1, long_s=WITHIN_S), threading.Event()

    def other() -> None:
        with gate.place():
            got.set()

    with gate.place():
        with gate.let_go():
            assert gate.before() == (0, 0)
            with gate.let_go(), run(other):  # inside it is nothing more
                assert got.wait(WITHIN_S)
        assert gate.before() == (1, 0)


def test_who_ends_while_it_waits_takes_no_place_again() -> None:
    gate = Gate(places=1)
    with pytest.raises(Left), gate.place(), gate.let_go():
        raise Left
    assert gate.before() == (0, 0)


def test_one_that_takes_long_holds_up_nobody() -> None:
    gate, got = Gate(places=1, long_s=0.05), threading.Event()

    def other() -> None:
        with gate.place():
            got.set()

    with gate.place(), run(other):
        assert got.wait(WITHIN_S)


def test_work_that_can_wait_lets_those_go_first_who_came_soon_after() -> None:
    gate, order = Gate(places=1, long_s=WITHIN_S), []

    def other() -> None:
        with gate.place():
            order.append("other")

    with gate.place():
        gate.step_aside(lambda: None, 1.0)  # nobody waits
        with run(other):
            until(lambda: gate.before() == (1, 1))
            gate.step_aside(lambda: None, 1.0)
            order.append("search")
            assert gate.before()[0] == 1
    assert order == ["other", "search"]


def test_it_does_not_wait_for_those_who_came_much_later() -> None:
    gate, order = Gate(places=1, long_s=WITHIN_S), []

    def other() -> None:
        with gate.place():
            order.append("other")

    thread = threading.Thread(target=other)
    with gate.place():
        thread.start()
        until(lambda: gate.before() == (1, 1))
        gate.step_aside(lambda: None, 0.0)
        order.append("search")
        gate.step_back()
    thread.join(WITHIN_S)
    assert order == ["search", "other"]


def test_who_waits_is_told_how_many_come_before() -> None:
    gate, told = Gate(places=1, long_s=WITHIN_S), []

    def second() -> None:
        with gate.place():
            pass

    def third() -> None:
        with gate.place(tell=told.append):
            pass

    with gate.place(), run(second):
        until(lambda: gate.before() == (1, 1))
        with run(third):
            until(lambda: told[-1:] == [1])
            with gate.let_go():
                until(lambda: gate.before() == (0, 0))


def test_who_waits_long_looks_rarely() -> None:
    assert look_s(0.0) == look_s(0.3) == 0.1
    assert look_s(1.2) == pytest.approx(0.3)
    assert look_s(60.0) == 0.5
