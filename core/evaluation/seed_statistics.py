"""Scores over seeds: what is typical, and which differences are more than the luck of points and first weights.

A training that did not come to its end has no score: it is counted and named, and neither left out in silence nor
trained again from another seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from core.evaluation.scores import Score
from core.words import number

LEVEL = 0.95


@dataclass(frozen=True)
class Summary:
    """A score over seeds: its mean, the 95 % interval of that mean by Student's t, and how many seeds have a value.

    mean: None where no seed has one; low, high: None for fewer than two.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    missing: tuple[int, ...]  # places of the seeds without a value


@dataclass(frozen=True)
class Difference:
    """How much worse (above 0) or better (below 0) one is than a reference, paired by seed.

    mean, low, high: of the differences and their interval, in the unit of the score; p: two-sided, of a paired t test,
    adjusted for the other comparisons; None where fewer than two seeds have both. `real`: p below 0.05. `level`: of
    the interval, 0.95 for a comparison that stands alone; it leaves 0 out where the difference is real, and only there.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    p: float | None
    level: float = LEVEL

    @property
    def real(self) -> bool:
        """Whether the seeds tell the two apart."""
        return self.p is not None and self.p < 1 - LEVEL


def summary(values: Sequence[float | None]) -> Summary:
    """The mean of a score over seeds, mean ± t·sd/√n with n − 1 degrees of freedom. Values are in the seeds' order."""
    known = np.array([value for value in values if value is not None and np.isfinite(value)])
    missing = tuple(i for i, value in enumerate(values) if value is None or not np.isfinite(value))
    if not known.size:
        return Summary(None, None, None, 0, missing)
    mean = float(known.mean())
    half = _half_width(known)
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return Summary(mean, low, high, known.size, missing)


def difference(score: Score, values: Sequence[float | None], reference: Sequence[float | None]) -> Difference:
    """How much worse a score is than the reference's of the same seeds, seed by seed; not yet adjusted.

    What has an aim, such as a coverage, is taken by its distance from it. Seeds in which either has no value tell
    nothing of the difference. Raises ValueError where the two have not as many seeds.
    """
    pairs = [
        (score.miss(one), score.miss(other))
        for one, other in zip(values, reference, strict=True)
        if one is not None and other is not None and np.isfinite([one, other]).all()
    ]
    off = np.array([one - other for one, other in pairs])
    if not off.size:
        return Difference(None, None, None, 0, None)
    mean, half = float(off.mean()), _half_width(off)
    if half is None:
        return Difference(mean, None, None, 1, None)
    return Difference(mean, mean - half, mean + half, off.size, _p_of_mean_zero(off))


def adjusted(found: Mapping[str, Difference]) -> dict[str, Difference]:
    """The differences of several to one reference, judged so that one false alarm in all is below 5 %.

    Holm 1979, www.jstor.org/stable/4615733: the least p of m is multiplied by m, the next by m − 1, and none gets below
    the one before it. Each interval is widened to the level of its step, 1 − 0.05/m, 1 − 0.05/(m − 1), …, and what
    comes after the first that is not real to that one's: so it never contradicts what is said of its difference.
    """
    tested = sorted((one.p, name) for name, one in found.items() if one.p is not None)
    judged: dict[str, Difference] = {}
    least, step = 0.0, 0
    for place, (p, name) in enumerate(tested):
        least = max(least, min(1.0, (len(tested) - place) * p))
        if step == place - 1 and judged[tested[step][1]].real:
            step = place
        level = 1 - (1 - LEVEL) / (len(tested) - step)
        judged[name] = replace(_widened(found[name], level), p=least)
    return {name: judged.get(name, one) for name, one in found.items()}


def _widened(found: Difference, level: float) -> Difference:
    """The same with its interval at another level."""
    if found.mean is None or found.high is None or found.low is None:
        return found
    times = _t(level, found.n) / _t(found.level, found.n)
    below, above = times * (found.mean - found.low), times * (found.high - found.mean)
    return replace(found, low=found.mean - below, high=found.mean + above, level=level)


def _t(level: float, n: int) -> float:
    """How many standard errors an interval of Student's t reaches to either side."""
    return float(special.stdtrit(n - 1, (1 + level) / 2))


def _half_width(values: np.ndarray) -> float | None:
    n = values.size
    if n < 2:
        return None
    return float(_t(LEVEL, n) * values.std(ddof=1) / np.sqrt(n))


def _p_of_mean_zero(values: np.ndarray) -> float:
    """Two-sided p of a t test that the mean is 0; values that are all the same leave no doubt either way."""
    error = values.std(ddof=1) / np.sqrt(values.size)
    if error == 0:
        return 1.0 if values[0] == 0 else 0.0
    return float(2 * special.stdtr(values.size - 1, -abs(values.mean()) / error))


def difference_words(score: Score, found: Difference) -> str:
    """A difference as a person reads it: its size, its interval, and whether the seeds tell the two apart."""
    if found.mean is None:
        return "no seed in which both came to their end"
    amount = f"{_size(score, abs(found.mean))}{_unit(score)} {'worse' if found.mean > 0 else 'better'}"
    if found.low is None or found.high is None:
        return f"{amount} on one seed, which tells nothing of its luck"
    if found.mean == found.low == found.high == 0:
        return "the same numbers"
    unit = ", unit of y" if score.unit == "unit of y" else _unit(score)
    ends = f"{100 * found.level:.3g} %: {_signed(score, found.low)} to {_signed(score, found.high)}{unit}"
    return f"{amount}, real ({ends})" if found.real else f"not told apart by {found.n} seeds ({ends})"


def _unit(score: Score) -> str:
    """What stands after a difference: a difference of shares is no share of anything."""
    return {"nats": " nats", "share": " percentage points"}.get(score.unit, "")


def _size(score: Score, value: float) -> str:
    return f"{100 * value:.2f}" if score.unit == "share" else number(value, 4)


def _signed(score: Score, value: float) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "") + _size(score, abs(value))
