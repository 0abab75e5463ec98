"""The course of a run by step: recorded and smoothed values."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .rows import Array, evenly
from .series import smooth
from .spec import Domain

MOST_ROWS = 200  # the chart on a phone is not wider in pixels

Arrays = dict[str, Array]


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


def thinned(found: Arrays) -> Arrays:
    """At most MOST_ROWS rows of the course, evenly spaced, including the first and the last."""
    rows = evenly(found["step"].size, MOST_ROWS)
    return {name: values[rows] for name, values in found.items()}
