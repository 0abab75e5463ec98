"""What is true of simulated noise, in words, and whether the points alone show it."""

import numpy as np

from ...data.dataset import Dataset
from ...evaluation.unequal_variance import UnequalVariance
from ...words import quantity
from .scatter_words import is_unequal

EQUAL = 1.001  # a largest σ less than so many times the smallest counts as the same everywhere


def sigma_words(data: Dataset) -> str:
    """Where the true σ is smallest and where largest, in the unit of y. The data must be simulated."""
    if data.truth is None:
        raise ValueError("the true σ of a table is not known")
    sigma, label = data.truth.std(data.x_grid), data.x_label
    least, most = int(np.argmin(sigma)), int(np.argmax(sigma))
    ends = (least, low), (most, high) = (least, float(sigma[least])), (most, float(sigma[most]))
    if not varies(data):
        return f"The true σ is {_short(high)} at every {label}."
    at_least, at_most = (f"{_short(end)} at {label} = {_short(float(data.x_grid[i]))}" for i, end in ends)
    times = f": {high / low:.1f} times as much" if low > 0 else ""
    last = len(sigma) - 1
    if (least, most) == (0, last):
        return f"The true σ grows from {at_least} to {at_most}{times}."
    if (least, most) == (last, 0):
        return f"The true σ falls from {at_most} to {at_least}{times}."
    return f"The true σ is between {at_least} and {at_most}{times}."


def varies(data: Dataset) -> bool:
    """Whether the true σ differs along x. The data must be simulated."""
    if data.truth is None:
        raise ValueError("the true σ of a table is not known")
    sigma = data.truth.std(data.x_grid)
    return bool(sigma.max() > EQUAL * sigma.min())


def agreement_words(data: Dataset, test: UnequalVariance) -> str:
    """Whether the test of unequal variance comes to what is true; empty where there was no test."""
    if test.why_not:
        return ""
    found, true = is_unequal(test), varies(data)
    if found == true:
        return "The test sees what is true from the points alone."
    if true:
        return "σ does change: these points are too few to show it, or it changes too little."
    return "σ is the same everywhere: this is a false alarm of the test."


def _short(value: float) -> str:
    """Three digits, and no zeros at the end: 50 and 0.04."""
    text = quantity(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
