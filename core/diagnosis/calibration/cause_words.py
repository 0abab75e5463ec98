"""The sentences on each cause of a calibration that fails: its headline, its size with an error, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ...evaluation import right_model as right
from ...evaluation.judged import root_mean_square
from ...words import rounded
from ..causes import CAUSES
from ..finding import Claim
from . import calibration_claims as claims
from .attribution import ALARMS, Blame
from .case import Case
from .diagnosis import Diagnosis
from .mixed_up import square_root_fits
from .sizes import fitted_factor, held

SMALL = "The tests find more than sampling error, but too little to matter."
_LEVEL, _FAR, _NEAR = 0.95, 2.5758293035489004, 0.6744897501960817
_OUTER, _RARE = 1.6448536269514722, 0.05
_LEANS = 3.0  # standard errors of the difference of two such shares
_OTHER_SHAPE = "The distribution has a different shape"
_MISFIT = 1.5  # a polynomial of the ranks follows a truth only roughly: measured on a line for σ(x)
_WORTH = 0.0005  # nats: below, the worth of a second cause is not told


@dataclass(frozen=True)
class Said:
    """A headline and a sentence with places, and the claims that fill them.

    `alternative` is a cause in CAUSES that explains the same, where the points cannot tell.
    """

    headline: str
    sentence: str
    claims: tuple[Claim, ...]
    alternative: str = ""


def said_of(case: Case, found: Diagnosis) -> Said:
    """What is said of the causes: the first in full, and what remains after it."""
    first, *others = found.causes
    said = _WORDS[first.cause_in_table](case, found, first)
    if not others:
        return said
    second = others[0]
    more = (claims.CAUSE(CAUSES[second.cause_in_table]),)
    words = " After that correction there remains: {second_cause}."
    if second.gain > _WORTH:
        words, more = (
            words[:-1] + ", which costs {second_gain} nats per point.",
            (*more, claims.SECOND_GAIN(second.gain)),
        )
    return Said(said.headline, said.sentence + words, (*said.claims, *more), said.alternative)


def _gain(blame: Blame) -> tuple[Claim, Claim]:
    gain = claims.GAIN(blame.gain, blame.error, lambda value: rounded(value, blame.error))
    return gain, claims.GAIN_ERROR(blame.error)


def _held(case: Case) -> tuple[Claim, ...]:
    level = _LEVEL
    known = claims.LEVEL(level), claims.COVERAGE(held(case, level))
    return (*known, claims.N(case.judged.y.size), claims.POINTS(case.points))


def _bias(case: Case, found: Diagnosis, blame: Blame) -> Said:
    mean, n = float(np.mean(found.z)), found.z.size
    error = float(np.std(found.z, ddof=1) / np.sqrt(n)) if n > 1 else 1.0
    high, side = ("low", "above") if mean > 0 else ("high", "below")
    sentence = (
        f"On average y is **{{bias}}** ± {{bias_error}} predicted standard deviations {side} the predicted mean "
        "({bias_in_y} in y's units). On points not used to fit it, shifting the mean gains {gain} nats per "
        "point (± {gain_error})."
    )
    known = (
        claims.BIAS(abs(mean), error, lambda value: rounded(value, error)),
        claims.BIAS_ERROR(error),
        claims.BIAS_IN_Y(float(np.mean(case.judged.residual))),
    )
    headline = f"The mean is too {high} by {{bias}} standard deviations"
    if _few(found):
        known = (*known, claims.TIMES(root_mean_square(found.z)))
        return Said("Errors are {times} times as large as predicted", f"{sentence} {_TOO_FEW}", (*known, *_gain(blame)))
    return Said(headline, sentence, (*known, *_gain(blame)))


def _width(case: Case, found: Diagnosis, blame: Blame) -> Said:
    factor, low, high = fitted_factor(case, found)
    wide = factor < 1
    known = (
        claims.FACTOR(factor, (high - low) / 3.92),
        claims.FACTOR_LOW(low),
        claims.FACTOR_HIGH(high),
        claims.TIMES(1 / factor if wide else factor),
        *_held(case),
        *_gain(blame),
    )
    sentence = (
        "Errors are **{factor}** times as large as predicted ({factor_low} to {factor_high}). The {level} "
        "intervals contain **{coverage}** of {n} {points}. On points not used to fit it, one factor on every "
        "standard deviation gains {gain} nats per point (± {gain_error})."
    )
    if _few(found):
        return Said("Errors are {times} times as large as predicted", f"{sentence} {_TOO_FEW}", known)
    headline = f"The standard deviations are {{times}} times too {'large' if wide else 'small'}"
    if square_root_fits(case, factor, found.z.size):
        sentence += " Their square root fits just as well: the column may hold variances."
        return Said(headline, sentence, known, "variance_as_std")
    return Said(headline, sentence, known)


def _few(found: Diagnosis) -> bool:
    """Whether so few points leave open if it is mean or width: both would explain them."""
    z = found.z
    return z.size < right.LEAST_ALONG and right.bias_p(z) < ALARMS["bias"] and right.width_p(z) < ALARMS["width"]


_TOO_FEW = "These points are too few to show whether the mean or the standard deviation is wrong."


def _width_along(case: Case, found: Diagnosis, blame: Blame) -> Said:
    assert blame.axis is not None
    assert blame.repair is not None
    if blame.axis.name == "std":
        return _width_along_std(case, blame)
    known = (claims.AXIS(blame.axis.words), *_ends_of_factor(blame), *_held(case), *_gain(blame))
    sentence = (
        "Along {axis} the errors are **{least}** to **{most}** times as large as predicted. The {level} "
        "intervals contain {coverage} of {n} {points}. On points not used to fit it, a factor that changes along "
        "{axis} gains {gain} nats per point (± {gain_error})."
    )
    return Said("The standard deviation is wrong along {axis}", sentence, known)


def _ends_of_factor(blame: Blame) -> tuple[Claim, Claim]:
    """The factor where it is small and where it is large along the axis, each with its standard error."""
    assert blame.repair is not None
    factors = np.exp(blame.repair.log_factor)
    low, high = _ends(factors)
    errors = factors * np.sqrt(_leverage(blame) / 2)
    return claims.LEAST(factors[low], errors[low]), claims.MOST(factors[high], errors[high])


def _ends_of_shift(blame: Blame) -> tuple[Claim, Claim]:
    assert blame.repair is not None
    shifts = blame.repair.shift
    low, high = _ends(shifts)
    errors = np.exp(blame.repair.log_factor) * np.sqrt(_leverage(blame))
    return claims.LEAST(shifts[low], errors[low]), claims.MOST(shifts[high], errors[high])


def _ends(values: np.ndarray) -> tuple[int, int]:
    """The indices of the values at the 10 % and the 90 % quantile."""
    order = np.argsort(values, kind="stable")
    return int(order[int(0.1 * (values.size - 1))]), int(order[int(np.ceil(0.9 * (values.size - 1)))])


def _leverage(blame: Blame) -> np.ndarray:
    """The variance of a fitted value at each point: Σ column²/n for orthonormal columns, widened for their misfit."""
    assert blame.columns is not None
    return _MISFIT**2 * np.sum(blame.columns**2, axis=1) / len(blame.columns)


def _width_along_std(case: Case, blame: Blame) -> Said:
    assert blame.axis is not None
    assert blame.repair is not None
    order, factors = np.argsort(blame.axis.values, kind="stable"), np.exp(blame.repair.log_factor)
    few = max(1, order.size // 10)
    first, last = (float(np.mean(factors[part])) for part in (order[:few], order[-few:]))
    known = (claims.LEAST(first), claims.MOST(last), *_held(case), *_gain(blame))
    sentence = (
        "At the smallest predicted standard deviations errors are **{least}** times as large as predicted, and "
        "at the largest **{most}** times. The {level} intervals contain {coverage} of {n} {points}. On points "
        "not used to fit it, a factor that changes with the predicted standard deviation gains {gain} nats per "
        "point (± {gain_error})."
    )
    return Said(f"The standard deviations vary too {'much' if last < first else 'little'}", sentence, known)


def _bias_along(case: Case, found: Diagnosis, blame: Blame) -> Said:
    assert blame.axis is not None
    assert blame.repair is not None
    known = (claims.AXIS(blame.axis.words), *_ends_of_shift(blame), *_gain(blame))
    sentence = (
        "Along {axis}, y is **{least}** to **{most}** predicted standard deviations above the mean. On points "
        "not used to fit it, a shift that changes along {axis} gains {gain} nats per point (± {gain_error})."
    )
    return Said("The mean is wrong along {axis}", sentence, known)


def _shape(case: Case, found: Diagnosis, blame: Blame) -> Said:
    sizes = np.abs(found.z)
    below, above = float(np.mean(found.z < -_OUTER)), float(np.mean(found.z > _OUTER))
    if abs(above - below) > _LEANS * np.sqrt(2 * _RARE / sizes.size):
        known = (claims.BELOW(below), claims.ABOVE(above), claims.RARE(_RARE))
        headline = f"The distribution is skewed to {'larger' if above > below else 'smaller'} y than predicted"
        sentence = (
            "Of {n} {points} **{below}** are beyond the lower limit and **{above}** beyond the upper; it should "
            "be {rare} on each side."
        )
    else:
        far, near = float(np.mean(sizes > _FAR)), float(np.mean(sizes < _NEAR))
        known = (claims.FAR(far), claims.FAR_RIGHT(0.01), claims.NEAR(near), claims.NEAR_RIGHT(0.5))
        headline = _SHAPES[far > 0.01, near > 0.5]
        sentence = (
            "Of {n} {points} **{near}** are in the middle half of their predicted distribution (expected: "
            "{near_right}) and **{far}** in its outermost percent (expected: {far_right})."
        )
    known = (*known, claims.N(sizes.size), claims.POINTS(case.points))
    if blame.gain <= _WORTH:
        return Said(headline, f"{sentence} These points are too few to learn the shape.", known)
    sentence += " Recalibrating the levels, or different tails, gains {gain} nats per point (± {gain_error})."
    return Said(headline, sentence, (*known, *_gain(blame)))


# By whether more points than predicted lie far out, and whether more lie near the middle.
_SHAPES = {
    (True, True): "The tails are heavier than predicted",
    (False, False): "The tails are lighter than predicted",
    (True, False): _OTHER_SHAPE,
    (False, True): _OTHER_SHAPE,
}


def _dependence(case: Case, found: Diagnosis, blame: Blame) -> Said:
    assert found.dependent is not None
    order, correlation = found.dependent.order, found.dependent.correlation
    n = found.z.size
    known = (claims.ORDER(order.words), claims.CORRELATION(correlation), claims.N(n))
    sentence = "The errors of neighbours {order} have a correlation of **{correlation}**. "
    if correlation > 0:
        known = (*known, claims.EFFECTIVE_N(max(1.0, n / found.inflation**2)))
        sentence += (
            "For the mean, {n} such points are worth {effective_n} independent ones; the bands below are widened "
            "for that. An interval for a sum or mean of several points would be too narrow. "
        )
    else:
        sentence += "{n} such points are not an independent sample. "
    sentence += (
        "Model the dependence, add the input that changes along these points, or judge by points that are far "
        "enough apart."
    )
    if order.along_x:
        sentence += " A mean that is wrong on a fine scale along this axis looks the same."
    return Said("The points depend on each other", sentence, known)


def _std_not_with_points(case: Case, found: Diagnosis, blame: Blame) -> Said:
    known = (*_held(case), *_gain(blame))
    if blame.axis is None:
        sentence = (
            "Errors are no larger where larger standard deviations are predicted: one constant would gain {gain} "
            "nats per point (± {gain_error}). Check that each standard deviation is next to its own point. Now "
            "the {level} intervals contain {coverage} of {n} {points}."
        )
    else:
        known = (*known, claims.ORDER(blame.axis.words))
        sentence = (
            "Errors are no larger where larger standard deviations are predicted, but {order} the same column "
            "fits: it gains {gain} nats per point (± {gain_error}). Correct the file. Now the {level} intervals "
            "contain {coverage} of {n} {points}."
        )
    return Said("The standard deviations do not belong to their points", sentence, known)


def _reading(headline: str, read: str, fix: str) -> Callable[[Case, Diagnosis, Blame], Said]:
    def say(case: Case, found: Diagnosis, blame: Blame) -> Said:
        sentence = (
            f"{read} they gain **{{gain}}** nats per point (± {{gain_error}}), as much as any fitted correction. "
            f"{fix} Now the {{level}} intervals contain {{coverage}} of {{n}} {{points}}."
        )
        return Said(headline, sentence, (*_held(case), *_gain(blame)))

    return say


_WORDS: Mapping[str, Callable[[Case, Diagnosis, Blame], Said]] = MappingProxyType(
    {
        "bias": _bias,
        "width": _width,
        "width_along_x": _width_along,
        "bias_along_x": _bias_along,
        "shape": _shape,
        "dependence": _dependence,
        "std_not_with_points": _std_not_with_points,
        "variance_as_std": _reading(
            "The standard deviations are variances",
            "Read as variances, with their square root as the standard deviation,",
            "Name the column variance.",
        ),
        "std_as_variance": _reading(
            "The variances are standard deviations",
            "Read as standard deviations,",
            "Name the column std (for logarithms: double them).",
        ),
    }
)
