"""Which of two predictions is better beyond luck: differences of scores, paired by point where both share them."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from .judged import Array, CannotScore, Estimate, Judged, mean_of, share_of
from .scores import COMPARED, SCORES, covered

STD_ERRORS = 2.0  # a difference within so many of its standard errors is luck
# A gap has no sampling error, but it is that of one training. Over ten training seeds its logarithm has a standard
# deviation of up to 0.31 (quick, also with steep noise, 500 points or a squared error), so that two trainings of one
# recipe may differ by exp(2·√2·0.31) = 2.4.
GAP_FACTOR = 2.4

# Each score as a mean of values per point (n,), lower is better; coverage is of ones and zeros.
_PER_POINT: Mapping[str, Callable[[Judged], Array]] = MappingProxyType(
    {
        "nll": lambda judged: judged.predictive.nll(judged.y),
        "crps": lambda judged: judged.predictive.crps(judged.y),
        "rmse": lambda judged: judged.residual**2,
        "coverage_95": lambda judged: covered(*judged.interval(0.95), judged.y),
    }
)


def difference(name: str, one: Judged, other: Judged) -> Estimate:
    """The mean of a score per point of `one` minus that of `other`, with its standard error.

    Of "rmse" it is the mean squared error; of "gap", which has no points, that of "nll". If both are judged on the same
    points, the differences are taken point by point: what the two share cancels. Otherwise the variances add. Without a
    value, with the reason, if one of the two has none.
    """
    of = _PER_POINT["nll" if name == "gap" else name]
    try:
        with np.errstate(all="ignore"):
            one.need_std(), other.need_std()
            first, second = of(one), of(other)
    except CannotScore as reason:
        return Estimate(None, None, str(reason))
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return Estimate(None, None, "One of the two has no finite value at every point.")
    if np.array_equal(one.y, other.y):
        return mean_of(first - second)
    spread = share_of if name == "coverage_95" else mean_of
    apart = [spread(values) for values in (first, second)]
    error = math.hypot(*(estimate.std_error or math.inf for estimate in apart))
    return Estimate(float(np.mean(first) - np.mean(second)), error)


def better(name: str, one: Judged, other: Judged) -> int:
    """-1 if `one` is better by this score beyond luck, 1 if `other` is, 0 if that cannot be said.

    Beyond luck is a difference of more than STD_ERRORS standard errors. Of coverage the worse must also be as far from
    its level; a gap must also be GAP_FACTOR times the other, which is more than the seeds of two trainings make.
    """
    values = [SCORES[name].estimate(judged) for judged in (one, other)]
    apart = difference(name, one, other)
    (first, second), score = (estimate.value for estimate in values), COMPARED[name]
    if first is None or second is None or apart.value is None or apart.std_error is None:
        return 0
    misses = score.miss(first), score.miss(second)
    worse = values[int(np.argmax(misses))]
    winner = int(np.sign(misses[0] - misses[1]))
    beyond = abs(apart.value) > STD_ERRORS * apart.std_error
    if name == "gap":
        beyond = beyond and np.sign(apart.value) == winner and max(misses) > GAP_FACTOR * min(misses)
    if name == "coverage_95":
        beyond = beyond and max(misses) > STD_ERRORS * (worse.std_error or np.inf)
        beyond = beyond and max(misses) - min(misses) > STD_ERRORS * apart.std_error
    return winner if beyond else 0


def shown(name: str, one: Judged, other: Judged) -> tuple[str, str]:
    """Both values as text; those of a mean over points with the digits that the error of their difference allows."""
    score = COMPARED[name]
    first, second = (score.estimate(judged).value for judged in (one, other))
    error = difference(name, one, other).std_error if name in ("nll", "crps", "rmse") else None
    if error is not None and name == "rmse" and first and second:
        error /= first + second  # of √: the difference of two squares is (a − b)(a + b)
    return score.words(first, error), score.words(second, error)
