"""One row on the dependence of one of its features: what is predicted while the others stay as they are in the row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.tables.feature import Feature
from ...training.run import Run

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
GRID = 120
MOST_MARKED = 200  # rows of a file that are drawn: of more, evenly chosen ones
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
    """The curve through a row of inputs (k,) along the feature of this name; None if the row is without a value.

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


@dataclass(frozen=True, eq=False)
class MarkedRows:
    """Rows of a file on a chart of one feature: its values `at` (m,), and what is predicted for each row.

    `outside` counts rows that the chart has no place for: beyond its ends, or of a word it does not know.
    """

    at: Array
    mean: Array
    lower: Array
    upper: Array
    outside: int


def marked_rows(run: Run, columns: Mapping[str, ArrayLike], found: "pd.DataFrame", curve: RowCurve) -> MarkedRows:
    """Rows from a file where they are along the feature of a curve, each with its own other features.

    `columns` are their raw values, `found` what `predict_rows` predicts for them. Rows without a prediction are left
    out.
    """
    encoding = run.input_encoding
    inputs = encoding.read(columns).inputs
    known = np.isfinite(inputs).all(axis=1) & np.isfinite(found["mean"].to_numpy(dtype=float))
    own = inputs[known][:, list(encoding.columns_of(curve.feature.name))]
    if curve.words:
        at, has_place = np.argmax(own, axis=1).astype(float), own.any(axis=1)
    else:
        at = own[:, 0]
        has_place = (curve.at[0] <= at) & (at <= curve.at[-1])
    inside = np.flatnonzero(has_place)
    chosen = inside[np.unique(np.linspace(0, len(inside) - 1, min(len(inside), MOST_MARKED)).round().astype(int))]
    mean, lower, upper = found.loc[known, ["mean", "lower", "upper"]].to_numpy(dtype=float)[chosen].T
    return MarkedRows(at[chosen], mean, lower, upper, int((~has_place).sum()))


def marked_words(marked: MarkedRows, features: int) -> str:
    """What the marks are, and how many rows have none."""
    count, outside = len(marked.at), marked.outside
    own = ", each with its own other features" if features > 1 else ""
    words = f"Green: {count:,} {'row' if count == 1 else 'rows'} of the file{own}."
    return words + (f" {outside:,} more {'is' if outside == 1 else 'are'} outside this chart." if outside else "")


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
