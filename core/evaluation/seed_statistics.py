"""Scores over seeds: what is typical, and which differences are more than luck of the points and first weights.

A run that did not finish has no score. It is counted and named: it is not dropped silently, and not replaced by a run
with another seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from ..words import number
from .scores import Score

LEVEL = 0.95


@dataclass(frozen=True)
class Summary:
    """A score over seeds: its mean, the 95 % interval of that mean by Student's t, and how many seeds have a value.

    mean: None if no seed has a value; low, high: None if fewer than two have one.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    missing: tuple[int, ...]  # places of the seeds without a value


@dataclass(frozen=True)
class Difference:
    """How much worse (above 0) or better (below 0) a score is than a reference, paired by seed.

    mean, low, high: the mean difference and its interval, in the unit of the score. p: two-sided, from a paired t test,
    adjusted for the other comparisons; None if fewer than two seeds have both values. `real`: p below 0.05. `level`:
    of the interval, 0.95 for a single comparison; the interval excludes 0 exactly if the difference is real.
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
    """The mean of a score over seeds, mean ± t·sd/√n with n − 1 degrees of freedom. Values are in seed order."""
    known = np.array([value for value in values if value is not None and np.isfinite(value)])
    missing = tuple(i for i, value in enumerate(values) if value is None or not np.isfinite(value))
    if not known.size:
        return Summary(None, None, None, 0, missing)
    mean = float(known.mean())
    half = _half_width(known)
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return Summary(mean, low, high, known.size, missing)


def difference(score: Score, values: Sequence[float | None], reference: Sequence[float | None]) -> Difference:
    """How much worse a score is than the reference, paired by seed; not yet adjusted for several comparisons.

    A score with an aim, such as a coverage, enters as its distance from the aim. Seeds where either has no value are
    left out. Raises ValueError if the two differ in their number of seeds.
    """
    off = np.array(
        [
            score.miss(one) - score.miss(other)
            for one, other in zip(values, reference, strict=True)
            if one is not None and other is not None and np.isfinite([one, other]).all()
        ]
    )
    if not off.size:
        return Difference(None, None, None, 0, None)
    mean, half = float(off.mean()), _half_width(off)
    if half is None:
        return Difference(mean, None, None, 1, None)
    return Difference(mean, mean - half, mean + half, off.size, _p_of_mean_zero(off))


def adjusted(differences: Mapping[str, Difference]) -> dict[str, Difference]:
    """Several differences to one reference, adjusted so that the chance of any false alarm is below 5 %.

    Holm 1979, www.jstor.org/stable/4615733: the smallest p of m is multiplied by m, the next by m − 1, and so on; no
    adjusted p is below the one before it. Each interval is widened to the level of its step, 1 − 0.05/m,
    1 − 0.05/(m − 1), …; after the first difference that is not real, all get the level of that one. So an interval
    never contradicts its p.
    """
    tested = sorted((one.p, name) for name, one in differences.items() if one.p is not None)
    judged: dict[str, Difference] = {}
    least, step = 0.0, 0
    for place, (p, name) in enumerate(tested):
        least = max(least, min(1.0, (len(tested) - place) * p))
        if step == place - 1 and judged[tested[step][1]].real:
            step = place
        level = 1 - (1 - LEVEL) / (len(tested) - step)
        judged[name] = replace(_widened(differences[name], level), p=least)
    return {name: judged.get(name, one) for name, one in differences.items()}


def _widened(one: Difference, level: float) -> Difference:
    """The same difference with its interval at another level."""
    if one.mean is None or one.high is None or one.low is None:
        return one
    times = _t(level, one.n) / _t(one.level, one.n)
    below, above = times * (one.mean - one.low), times * (one.high - one.mean)
    return replace(one, low=one.mean - below, high=one.mean + above, level=level)


def _t(level: float, n: int) -> float:
    """Half the width of an interval of Student's t, in standard errors."""
    return float(special.stdtrit(n - 1, (1 + level) / 2))


def _half_width(values: np.ndarray) -> float | None:
    n = values.size
    return float(_t(LEVEL, n) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else None


def _p_of_mean_zero(values: np.ndarray) -> float:
    """Two-sided p of a t test that the mean is 0; for equal values it is 1 if they are 0, else 0."""
    error = values.std(ddof=1) / np.sqrt(values.size)
    if error == 0:
        return 1.0 if values[0] == 0 else 0.0
    return float(2 * special.stdtr(values.size - 1, -abs(values.mean()) / error))


def difference_words(score: Score, found: Difference) -> str:
    """A difference as a person reads it: its size, its interval, and whether the seeds tell the two apart."""
    if found.mean is None:
        return "no seed in which both finished"
    amount = f"{_size(score, abs(found.mean))}{_unit(score)} {'worse' if found.mean > 0 else 'better'}"
    if found.low is None or found.high is None:
        return f"{amount} on one seed, which says nothing about other seeds"
    if found.mean == found.low == found.high == 0:
        return "the same numbers"
    unit = ", unit of y" if score.unit == "unit of y" else _unit(score)
    ends = f"{100 * found.level:.3g} %: {_signed(score, found.low)} to {_signed(score, found.high)}{unit}"
    return f"{amount}, real ({ends})" if found.real else f"no clear difference over {found.n} seeds ({ends})"


def _unit(score: Score) -> str:
    """The unit of a difference: that of two shares is in percentage points."""
    return {"nats": " nats", "share": " percentage points"}.get(score.unit, "")


def _size(score: Score, value: float) -> str:
    return f"{100 * value:.2f}" if score.unit == "share" else number(value, 4)


def _signed(score: Score, value: float) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "") + _size(score, abs(value))
