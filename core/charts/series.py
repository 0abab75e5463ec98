"""A noisy series by step: recorded and smoothed, and the step from which it stays below zero."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .rows import Array, evenly
from .spec import Domain

MOST_ROWS = 200  # the chart on a phone is not wider in pixels

Arrays = dict[str, Array]


def smooth(values: ArrayLike, half: int = 10) -> Array:
    """A centred moving average over up to 2·``half`` + 1 neighbours, shape (n,) as ``values``.

    At the start the window stays symmetric and shrinks to the value itself: the first value is kept, and the steep
    first descent is not flattened. At the end the window is cut on the right: the last value is the mean of the last
    ``half`` + 1, a good estimate of the final level. A value that is not finite gives NaN in its own place, and its
    neighbours average the others.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or half < 0:
        raise ValueError(f"smooth takes a vector and half ≥ 0; it got shape {values.shape} and half {half}")
    here = np.arange(values.size)[:, None]
    offsets = np.arange(-half, half + 1)[None, :]
    there = here + offsets  # (n, 2 half + 1)
    finite = np.isfinite(values)
    inside = (np.abs(offsets) <= here) & (there < values.size)
    there = np.where(inside, there, 0)
    used = inside & finite[there]
    sums = np.where(used, values[there], 0.0).sum(axis=1)
    means = sums / np.maximum(used.sum(axis=1), 1)
    return np.where(finite, means, np.nan)


@dataclass(frozen=True)
class Crossing:
    """The recorded step from which a loss stays below zero, where its curve crosses zero, and whether it always was."""

    step: float
    at: float
    from_start: bool


def lasting_crossing(step: ArrayLike, loss: ArrayLike, lasting: int = 3) -> Crossing | None:
    """The first step from which ``loss`` stays below zero to the end of the record, or None.

    A dip that returns above zero does not count, nor do fewer than ``lasting`` rows below zero. Use a smoothed loss,
    because that of a single batch says little. Rows that are not finite are skipped.
    """
    step, loss = np.asarray(step, dtype=float), np.asarray(loss, dtype=float)
    finite = np.isfinite(step) & np.isfinite(loss)
    step, loss = step[finite], loss[finite]
    not_below = np.flatnonzero(loss >= 0)
    first = int(not_below[-1]) + 1 if not_below.size else 0
    if loss.size - first < max(lasting, 1):
        return None
    if first == 0:
        return Crossing(step=float(step[0]), at=float(step[0]), from_start=True)
    before, after = loss[first - 1], loss[first]
    share = before / (before - after)
    at = step[first - 1] + share * (step[first] - step[first - 1])
    return Crossing(step=float(step[first]), at=float(at), from_start=False)


def course(history: pd.DataFrame, step_domain: Domain, terms: Sequence[str]) -> Arrays:
    """Step, loss and terms as recorded, and smoothed (smooth_…), for the rows with a finite loss.

    ``terms`` are the loss and columns that ``history`` may have; one that it has not is NaN. Lines are smoothed over
    4 % of ``step_domain``.
    """
    step = np.asarray(history["step"], dtype=float)
    loss = np.asarray(history["loss"], dtype=float)
    kept = np.isfinite(loss) & np.isfinite(step)
    step = step[kept]
    found: Arrays = {"step": step, "loss": loss[kept]}
    for term in terms:
        values = np.asarray(history[term], dtype=float)[kept] if term in history else np.full(step.shape, np.nan)
        found[term] = np.where(np.isfinite(values), values, np.nan)
    pace = float(np.median(np.diff(step))) if step.size > 1 else 0.0
    half = max(1, round(0.02 * (step_domain[1] - step_domain[0]) / pace)) if pace > 0 else 1
    return found | {f"smooth_{term}": smooth(found[term], half) for term in terms}


def covered(run: Arrays, terms: Sequence[str], low: float, high: float) -> list[Domain]:
    """The range of heights that the smoothed line of each term covers between two steps."""
    inside = (run["step"] >= low) & (run["step"] <= high)
    parts = (run[f"smooth_{term}"][inside] for term in terms)
    finite = (part[np.isfinite(part)] for part in parts)
    return [(float(part.min()), float(part.max())) for part in finite if part.size]


def thinned(found: Arrays) -> Arrays:
    """At most MOST_ROWS rows of the course, evenly spaced, including the first and the last."""
    rows = evenly(found["step"].size, MOST_ROWS)
    return {name: values[rows] for name, values in found.items()}
