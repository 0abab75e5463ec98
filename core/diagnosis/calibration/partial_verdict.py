"""The verdict on predictions that are no distribution: an interval alone, other quantiles alone, or means alone.

An interval is judged by what it promises: how many points it holds (exact binomial), and whether those outside lie
above and below alike, as those of a central interval do. Means are told their errors; there is no promise to judge.
"""

import numpy as np

from ...distributions.stated import MeanAlone, QuantilesAlone
from ...evaluation.exact_shares import ALARM, binomial_p, share_interval
from ...evaluation.judged import CannotScore, Judged, mean_of, root, root_mean_square
from ..finding import Cause, Claim, Finding
from . import calibration_claims as claims
from .case import Case

USUAL = (0.5, 0.68, 0.8, 0.9, 0.95, 0.99)  # levels of intervals
_STEADY = 4.0  # standard errors of a mean residual: not by luck


def partial_verdict(case: Case) -> Finding:
    """Whether intervals hold what they promise; of means alone, how large their errors are."""
    law = case.judged.predictive
    try:
        if isinstance(law, QuantilesAlone):
            return _of_interval(case, law) if law.central is not None else _of_quantiles(case.judged, law)
        assert isinstance(law, MeanAlone)
        return _of_means(case)
    except CannotScore as error:
        return Finding.said("warning", "The predictions cannot be judged", "{reason}", (claims.REASON(str(error)),))


def _of_interval(case: Case, law: QuantilesAlone) -> Finding:
    assert law.central is not None
    y, level = case.judged.y, law.central
    for p in law.levels:
        case.judged.need_quantile(p)
    lower, upper = (np.asarray(law.values[..., place]) for place in (0, -1))
    below, above = int(np.sum(y < lower)), int(np.sum(y > upper))
    n, held = y.size, y.size - below - above
    low, high = share_interval(held, n)
    known: tuple[Claim, ...] = (
        claims.LEVEL(level),
        claims.COVERAGE(held / n),
        claims.N(n),
        claims.POINTS(case.points),
        claims.COVERAGE_LOW(low),
        claims.COVERAGE_HIGH(high),
    )
    words = (
        "The {level} intervals contain **{coverage}** of {n} {points}; for so many points the true share may be "
        "{coverage_low} to {coverage_high}."
    )
    if n == 1:
        return Finding.said("open", "One point is too few", "Judging an interval needs many points: add more.")
    if case.is_level_taken and binomial_p(held, n, level) < ALARM:
        return _without_level(known, held, n)
    if binomial_p(held, n, level) < ALARM:
        narrow = held < level * n
        head = "The intervals are too narrow" if narrow else "The intervals are too wide"
        return Finding.said(
            "warning", head, words + _sides(below, above)[0], known + _sides(below, above)[1], causes=(Cause("width"),)
        )
    if below + above and binomial_p(above, below + above, 0.5) < ALARM:
        more, told = _sides(below, above)
        low_or_high = "low" if above > below else "high"
        return Finding.said(
            "warning", f"The intervals are too {low_or_high}", words + more, known + told, causes=(Cause("bias"),)
        )
    return Finding.said("good", "The intervals are right", f"{words} No test finds a fault.", known)


def _without_level(known: tuple[Claim, ...], held: int, n: int) -> Finding:
    """Nothing says the level, and the intervals do not hold the usual one: perhaps another is meant."""
    fits = [level for level in USUAL if binomial_p(held, n, level) >= ALARM]
    words = (
        "The intervals contain **{coverage}** of {n} {points} (true share: {coverage_low} to {coverage_high}). "
        "The column names give no level: "
    )
    words += (
        "this is right for {fits}, not for {level}." if fits else "neither {level} nor another usual level is right."
    )
    more = (claims.FITS(" or ".join(claims.percent(level) for level in fits)),) if fits else ()
    return Finding.said("open", "What is the level of the intervals?", f"{words} Set the level.", (*known, *more))


def _sides(below: int, above: int) -> tuple[str, tuple[Claim, ...]]:
    """A sentence on where the points outside lie, with its claims; nothing if all are inside."""
    if not below + above:
        return "", ()
    return " Of those outside, {n_below} are below and {n_above} above.", (claims.N_BELOW(below), claims.N_ABOVE(above))


def _of_quantiles(judged: Judged, law: QuantilesAlone) -> Finding:
    """The first quantile that holds another share than it says; or the best that can be said."""
    n = judged.y.size
    for place, level in enumerate(law.levels):
        judged.need_quantile(level)
        under = int(np.sum(judged.y <= law.values[..., place]))
        low, high = share_interval(under, n)
        known = (
            claims.LEVEL(level),
            claims.COVERAGE(under / n),
            claims.N(n),
            claims.COVERAGE_LOW(low),
            claims.COVERAGE_HIGH(high),
        )
        words = (
            "**{coverage}** of {n} points are at or below the {level} quantile; for so many points the true "
            "share may be {coverage_low} to {coverage_high}."
        )
        wrong = binomial_p(under, n, level) < ALARM / len(law.levels)
        if wrong:
            side = "low" if under < level * n else "high"
            return Finding.said("warning", f"A quantile is too {side}", words, known, causes=(Cause("bias"),))
    return Finding.said("good", "The quantiles are right", words, known)


def _of_means(case: Case) -> Finding:
    residual = case.judged.residual
    size, bias = root(mean_of(residual**2)), mean_of(residual)
    assert size.value is not None
    assert bias.value is not None
    known = (claims.N(residual.size), claims.RMSE(root_mean_square(residual), size.std_error))
    words = (
        "Means alone give no uncertainty, so only errors can be judged. Their root mean square is **{rmse}** on "
        "{n} points."
    )
    if bias.std_error and abs(bias.value) > _STEADY * bias.std_error:
        words += " On average y − mean is **{bias_in_y}**, which is more than sampling error."
        known = (*known, claims.BIAS_IN_Y(bias.value, bias.std_error))
    return Finding.said("open", "No standard deviation to judge", words, known)
