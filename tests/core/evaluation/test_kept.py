"""A cache that lives in the object whose results it holds."""

import gc
import weakref
from dataclasses import dataclass

import pytest

from core.evaluation.kept import MOST, kept


@dataclass(frozen=True, eq=False)
class Thing:
    """Something with results."""

    number: float


calls: list[tuple[float, float]] = []


@kept
def times(thing: Thing, factor: float) -> list[float]:
    calls.append((thing.number, factor))
    if factor == 0:
        raise ValueError("no factor")
    return [thing.number * factor]


def test_a_result_is_computed_once_for_each_object_and_argument() -> None:
    one, other = Thing(2.0), Thing(2.0)
    assert times(one, 3.0) is times(one, 3.0)
    assert times(one, 3.0) is not times(other, 3.0)
    assert times(one, 3.0) is not times(one, 4.0)


def test_only_the_last_results_are_kept() -> None:
    thing = Thing(1.0)
    first = times(thing, 1.0)
    for factor in range(2, MOST + 2):
        times(thing, float(factor))
    assert times(thing, 1.0) is not first
    assert times(thing, float(MOST + 1)) is times(thing, float(MOST + 1))


def test_an_exception_is_not_kept() -> None:
    thing, before = Thing(1.0), len(calls)
    for _ in range(2):
        with pytest.raises(ValueError, match="no factor"):
            times(thing, 0.0)
    assert len(calls) == before + 2


def test_results_go_with_their_object() -> None:
    thing = Thing(5.0)
    times(thing, 2.0)
    seen = weakref.ref(thing)
    del thing
    gc.collect()
    assert seen() is None
