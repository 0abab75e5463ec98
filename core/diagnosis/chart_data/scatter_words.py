"""The result of a test of unequal variance, in words."""

import numpy as np
from numpy.typing import NDArray

from core.data.tables.columns import Columns
from core.evaluation.unequal_variance import UnequalVariance

LEVEL = 0.05  # for the two tests together


def points_along(
    columns: Columns, target: str, feature: str, *, log_target: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y, each (n,), of the rows that have both; with `log_target`, log y of the rows with y above 0."""
    x, y = columns[feature].values, columns[target].values
    keep = np.isfinite(x) & np.isfinite(y) & (y > 0 if log_target else True)
    return x[keep], np.log(y[keep]) if log_target else y[keep]


def is_unequal(test: UnequalVariance) -> bool:
    """Whether one of the two tests, each at half of LEVEL, finds that the scatter differs."""
    return not test.why_not and 2 * min(test.p, test.rank_p) < LEVEL


def scatter_words(test: UnequalVariance) -> str:
    """One or two sentences: whether the scatter grows, falls or stays, by how much, and with which p-values."""
    if test.why_not:
        return test.why_not
    tests = f"Breusch–Pagan {p_words(test.p)}, ranks {p_words(test.rank_p)}, {test.n:,} rows"
    if not is_unequal(test):
        return f"No change of scatter along {test.along} is seen ({tests}). That does not prove that there is none."
    if 2 * test.rank_p >= LEVEL:
        return f"The scatter differs, though it does not simply grow or fall with {test.along} ({tests})."
    grows = test.rank > 0
    return f"The scatter {'grows' if grows else 'falls'} with {test.along}{_by_how_much(test, grows)} ({tests})."


def p_words(p: float) -> str:
    """A p-value as text: p = 0.03, p = 0.004, or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def _by_how_much(test: UnequalVariance, grows: bool) -> str:
    wide, narrow = (test.high_std, test.low_std) if grows else (test.low_std, test.high_std)
    if not wide > narrow > 0:  # because of outliers the stds may contradict the ranks
        return ""
    upper, lower = ("upper", "lower") if grows else ("lower", "upper")
    return f": it is {wide / narrow:.1f} times as wide in the {upper} third as in the {lower}"
