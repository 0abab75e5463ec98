"""The axes and the orders of points along which a prediction may be wrong."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...evaluation.right_model import curve_along, line_along
from ...once import cached_property
from .case import Case

Array = NDArray[np.float64]

_VARIES = 0.05  # standard deviation of log σ̂ from which on σ̂ is an axis of its own
_SAME_ORDER = 0.999  # rank correlation of two axes from which on they are one


@dataclass(frozen=True, eq=False)
class Axis:
    """Where each point lies, (n,), and the words for it in a sentence."""

    name: str  # "x", "prediction" or "std"
    words: str
    values: Array

    @cached_property
    def line(self) -> Array:
        """A line along it, (n, 1)."""
        return line_along(self.values)

    @cached_property
    def curve(self) -> Array:
        """A curve along it, (n, columns)."""
        return curve_along(self.values)


@dataclass(frozen=True, eq=False)
class Order:
    """An order of the points, as indices (n,), and the words for it: that which they came in, that of x, or both."""

    words: str
    indices: NDArray[np.intp]
    of_file: bool = False
    along_x: bool = False


def axes_of(case: Case) -> tuple[Axis, ...]:
    """x, the predicted mean and the predicted std, those that vary and are no axis already."""
    found: list[Axis] = []
    for axis in _all(case):
        if np.ptp(axis.values) > 0 and not any(_alike(axis.values, other.values) for other in found):
            found.append(axis)
    return tuple(found)


def _all(case: Case) -> Iterator[Axis]:
    if case.of_one_input:
        yield Axis("x", case.axis, np.asarray(case.along))
    yield Axis("prediction", "the prediction", np.asarray(case.judged.mean))
    log_std = np.log(case.judged.std)
    if np.std(log_std) > _VARIES:
        yield Axis("std", "the predicted standard deviation", log_std)


def orders_of(case: Case) -> tuple[Order, ...]:
    """The order of the file and that of x; none where the points are known to be drawn independently."""
    if case.independent:
        return ()
    n = case.judged.y.size
    rows = np.arange(n)
    of_file = Order("in the order of the rows", rows, of_file=True)
    if not case.of_one_input or np.ptp(case.along) == 0:
        return (of_file,)
    along = Order(f"in the order of {case.axis}", np.argsort(case.along, kind="stable"), along_x=True)
    if n > 2 and _alike(np.asarray(case.along), rows.astype(float)):
        return (Order(along.words, along.indices, of_file=True, along_x=True),)
    return of_file, along


def _alike(one: Array, other: Array) -> bool:
    """Whether two axes order the points alike, forwards or backwards."""
    first, second = (np.argsort(np.argsort(values, kind="stable")) for values in (one, other))
    return one.size > 2 and abs(float(np.corrcoef(first, second)[0, 1])) > _SAME_ORDER
