"""What a test of unequal variance found, in plain words."""

import numpy as np
from numpy.typing import NDArray

from core.data.tables.columns import Columns
from core.evaluation.unequal_variance import UnequalVariance

LEVEL = 0.05  # of the two tests together


def points_along(
    columns: Columns, target: str, feature: str, *, log_target: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y, each (n,), of the rows that have both a number; of the log of the target where it is above 0."""
    x, y = columns[feature].values, columns[target].values
    keep = np.isfinite(x) & np.isfinite(y) & (y > 0 if log_target else True)
    return x[keep], np.log(y[keep]) if log_target else y[keep]


def is_unequal(found: UnequalVariance) -> bool:
    """Whether one of the two tests, each allowed half of LEVEL, says that the scatter differs."""
    return not found.why_not and 2 * min(found.p, found.rank_p) < LEVEL


def scatter_words(found: UnequalVariance) -> str:
    """One or two sentences: whether the scatter grows, falls or stays, by how much, and how sure that is."""
    if found.why_not:
        return found.why_not
    tests = f"Breusch–Pagan {p_words(found.p)}, ranks {p_words(found.rank_p)}, {found.n:,} rows"
    if not is_unequal(found):
        return f"No change of scatter along {found.along} is seen ({tests}). That does not prove that there is none."
    if 2 * found.rank_p >= LEVEL:
        return f"The scatter differs, though it does not simply grow or fall with {found.along} ({tests})."
    grows = found.rank > 0
    return f"The scatter {'grows' if grows else 'falls'} with {found.along}{_by_how_much(found, grows)} ({tests})."


def p_words(p: float) -> str:
    """A p-value: p = 0.03, p = 0.004, or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def _by_how_much(found: UnequalVariance, grows: bool) -> str:
    wide, narrow = (found.high_std, found.low_std) if grows else (found.low_std, found.high_std)
    if not wide > narrow > 0:  # a few far points may say otherwise than the ranks
        return ""
    upper, lower = ("upper", "lower") if grows else ("lower", "upper")
    return f": it is {wide / narrow:.1f} times as wide in the {upper} third as in the {lower}"
