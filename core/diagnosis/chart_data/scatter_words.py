"""The result of a test of unequal variance, in words."""

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ...data.tables.columns import Columns
from ...evaluation.unequal_variance import UnequalVariance

LEVEL = 0.03  # for the three tests together: what few points leave of a bend in the mean makes it 0.05 at most
_SHARES = MappingProxyType({"p": 0.4, "rank_p": 0.4, "ends_p": 0.2})  # of the level


def points_along(
    columns: Columns, target: str, feature: str, *, log_target: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y, each (n,), of the rows that have both; with `log_target`, log y of the rows with y above 0."""
    x, y = columns[feature].values, columns[target].values
    keep = np.isfinite(x) & np.isfinite(y) & (y > 0 if log_target else True)
    return x[keep], np.log(y[keep]) if log_target else y[keep]


def is_unequal(test: UnequalVariance) -> bool:
    """Whether one of the three tests, each at its share of LEVEL, finds that the scatter differs."""
    return any(_finds(test, name) for name in _SHARES)


def _finds(test: UnequalVariance, name: str) -> bool:
    return bool(getattr(test, name) < _SHARES[name] * LEVEL)  # a p-value that is missing is NaN


def scatter_words(test: UnequalVariance) -> str:
    """One or two sentences: whether and where the scatter is larger, by how much, and with which p-values."""
    if test.why_not:
        return test.why_not
    each = zip(("Breusch–Pagan", "ranks", "both ends"), _SHARES, strict=True)
    tests = f"{', '.join(f'{label} {p_words(getattr(test, name))}' for label, name in each)}, {test.n:,} rows"
    if not is_unequal(test):
        return (
            f"The tests see no change of scatter along {test.along} ({tests}). That does not prove that there is none."
        )
    by_ends = _finds(test, "ends_p") and not test.rank_p / _SHARES["rank_p"] < test.ends_p / _SHARES["ends_p"]
    if by_ends:
        return f"{_at_ends(test)} ({tests})."
    if not _finds(test, "rank_p"):
        return f"The scatter differs, but it does not simply grow or fall with {test.along} ({tests})."
    grows = test.rank > 0
    return f"The scatter {'grows' if grows else 'falls'} with {test.along}{_by_how_much(test, grows)} ({tests})."


def about_all_words(test: UnequalVariance, features: int) -> str:
    """The same of the residuals of a mean of all features, which takes out what the others explain."""
    return f"About a mean of all {features} features: {_lower_first(scatter_words(test))}"


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _at_ends(test: UnequalVariance) -> str:
    ends = float(np.hypot(test.low_std, test.high_std) / np.sqrt(2))
    outside, wide, narrow = test.ends > 0, *sorted((ends, test.middle_std), reverse=True)
    where = "at both ends" if outside else "in the middle"
    if not narrow > 0 or (ends > test.middle_std) != outside:  # because of outliers the stds may contradict the ranks
        return f"The scatter is largest {where} of {test.along}"
    return (
        f"The scatter is largest {where} of {test.along}: it is {wide / narrow:.1f} times as wide in the "
        f"{'outer thirds as in the middle one' if outside else 'middle third as in the outer ones'}"
    )


def p_words(p: float) -> str:
    """A p-value as text: p = 0.03, p = 0.004, or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def _by_how_much(test: UnequalVariance, grows: bool) -> str:
    wide, narrow = (test.high_std, test.low_std) if grows else (test.low_std, test.high_std)
    if not wide > narrow > 0:  # because of outliers the stds may contradict the ranks
        return ""
    upper, lower = ("upper", "lower") if grows else ("lower", "upper")
    return f": it is {wide / narrow:.1f} times as wide in the {upper} third as in the {lower}"
