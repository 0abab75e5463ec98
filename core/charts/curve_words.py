"""What is seen of a curve, in words with numbers: for people who do not see the chart."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..words import quantity

STEADY = 0.1  # a curve whose range is below this share of its largest value counts as level
ONE_WAY = 0.9  # of its range: a curve whose ends differ by more rises, or falls
APART = 0.1  # of its range: an extreme farther than this from both ends is told

Place = Callable[[float], str]  # a position on the axis in words: "x = 53"


def place_on(label: str) -> Place:
    """Positions on an axis of numbers with this name."""
    return lambda at: f"{label} = {quantity(at)}"


def curve_words(
    what: str, x: ArrayLike, y: ArrayLike, place: Place, verbs: tuple[str, str] = ("rises", "falls"), sign: str = ""
) -> str:
    """One sentence: how the values ``y`` run along ``x``, both (n,); empty where no value is finite.

    Level, rising or falling where its ends say so, else from end to end with its extremes between them. ``verbs`` are
    those of a curve that goes up and down; ``sign`` stands before each value, as ± for a band.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if not y.size:
        return ""
    span = float(np.ptp(y))
    if span <= STEADY * float(np.abs(y).max()) or y.size == 1:
        return f"{what} is about {sign}{quantity(float(y.mean()))} throughout."

    def at(index: int) -> str:
        return f"{sign}{quantity(float(y[index]))} at {place(float(x[index]))}"

    change = float(y[-1] - y[0])
    if abs(change) >= ONE_WAY * span:
        return f"{what} {verbs[0] if change > 0 else verbs[1]} from {at(0)} to {at(-1)}."
    low, high = int(np.argmin(y)), int(np.argmax(y))
    names = ("widest", "narrowest") if sign else ("highest", "lowest")
    inner = [
        f"{name} {at(index)}"
        for name, index in zip(names, (high, low), strict=True)
        if min(abs(y[index] - y[0]), abs(y[index] - y[-1])) > APART * span
    ]
    return f"{what} is {', '.join([at(0), at(-1), *inner])}."
