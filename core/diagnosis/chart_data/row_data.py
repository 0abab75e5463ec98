"""One row on the dependence of one of its features: what is predicted while the others stay as they are in the row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.tables.feature import Feature
from core.training.run import Run

Array = NDArray[np.float64]
GRID = 120
_BEYOND = 0.1  # how far the curve goes beyond the training range on either side, as a share of it


@dataclass(frozen=True, eq=False)
class Spans:
    """Mean (n,), the interval of the level, and the noise's share of it, NaN for a run of one net; unit of y."""

    mean: Array
    lower: Array
    upper: Array
    noise_lower: Array
    noise_upper: Array


@dataclass(frozen=True, eq=False)
class RowCurve:
    """The curve through a row: values of the feature `at` (g,), or its `words`, and what is predicted for each.

    `row_at` and `row` are those of the row itself. `points` are the training points, (x, y), of a run on one input.
    """

    feature: Feature
    at: Array
    curve: Spans
    row_at: float
    row: Spans
    words: tuple[str, ...] = ()
    points: tuple[Array, Array] | None = None


def row_curve(run: Run, inputs: Array, name: str, level: float) -> RowCurve | None:
    """The curve through a row of inputs (k,) along the feature of this name; None if the row lacks a value.

    It is the row's own curve (Goldstein et al. 2015, doi:10.1080/10618600.2014.907095), not one averaged over rows: so
    it goes through what is predicted for the row.
    """
    encoding = run.input_encoding
    feature = next(each for each in encoding.features if each.name == name)
    columns = list(encoding.columns_of(name))
    if not np.isfinite(inputs).all():
        return None
    own = inputs[columns]
    if feature.kind == "category":
        values, at = np.eye(len(columns)), np.arange(len(columns), dtype=np.float64)
        row_at = float(np.argmax(own)) if own.any() else np.nan
    else:
        beyond = _BEYOND * (feature.high - feature.low)
        low, high = min(feature.low - beyond, own[0]), max(feature.high + beyond, own[0])
        values = np.linspace(low, high, GRID)[:, None]
        at, row_at = values[:, 0], float(own[0])
    rows = np.repeat(inputs[None], len(values), axis=0)
    rows[:, columns] = values
    return RowCurve(
        feature,
        at,
        _spans(run, rows, level),
        row_at,
        _spans(run, inputs[None], level),
        feature.categories,
        _points(run),
    )


def _spans(run: Run, rows: Array, level: float) -> Spans:
    predictive, parts = run.predictive(rows), run.std_parts(rows)
    with np.errstate(all="ignore"):  # far outside the training range a net may give any value
        mean = np.asarray(predictive.mean, dtype=np.float64)
        lower, upper = predictive.interval(level)
        # The law of a mixture has no part that is noise alone: its interval, as much narrower as the std of the noise.
        share = parts["std_noise"] / predictive.std if parts else np.full(len(rows), np.nan)
        return Spans(mean, lower, upper, mean + share * (lower - mean), mean + share * (upper - mean))


def _points(run: Run) -> tuple[Array, Array] | None:
    if run.neighbours is None or run.dataset.inputs > 1:
        return None
    return run.dataset.x, run.target(run.dataset.y)
