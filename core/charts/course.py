"""The course of a run: what was recorded by step, and its smooth reading."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .frame import Domain
from .series import smooth

MOST_ROWS = 200  # a phone's chart has no more pixels across

Arrays = dict[str, NDArray[np.float64]]


def course(history: pd.DataFrame, step_domain: Domain, terms: Sequence[str]) -> Arrays:
    """Step, the recorded loss and terms and the smoothed ones (smooth_…), of the rows whose loss is finite.

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
    """At most MOST_ROWS rows of the course, evenly spaced, the first and the last among them."""
    count = found["step"].size
    rows = np.linspace(0, count - 1, min(count, MOST_ROWS)).round().astype(int)
    return {name: values[rows] for name, values in found.items()}
