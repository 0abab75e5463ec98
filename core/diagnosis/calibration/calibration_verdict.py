"""The verdict on a predicted distribution: whether it is right, what is wrong with it, and what repairs it.

The causes come from `diagnosis.py`; `cause_words.py` has their sentences. A fault that no test of a cause sees, but a
chart shows far outside its band, or the known truth shows along x, has a verdict too.
"""

import numpy as np

from ...distributions.stated import Partial
from ...evaluation.judged import CannotScore, root_mean_square
from ...evaluation.predictions import Predictions
from ...training.run import Run
from ..finding import Cause, Claim, Finding
from . import calibration_claims as claims
from .case import TRAINING_POINTS, Case, case_of
from .cause_words import SMALL, said_of
from .chart_words import far_outside, ratio_words
from .diagnosis import Diagnosis, diagnosed
from .examined import examined
from .partial_verdict import partial_verdict
from .sizes import factor_interval, held

_LEVEL = 0.95
_EQUAL = 1e-9  # relative: residuals that differ by less are all the same


def calibration_verdict(subject: Run | Predictions | Case) -> Finding:
    """Whether a predicted distribution is right, and if not, the cause that costs most and what remains after it."""
    case = case_of(subject)
    if isinstance(case.judged.predictive, Partial):
        return partial_verdict(case)
    try:
        found = diagnosed(case)
    except CannotScore as error:
        reason = (claims.REASON(str(error)),)
        return Finding.said("warning", "The standard deviations cannot be judged", "{reason}", reason)
    return (
        _degenerate(case, found)
        or _without_noise(case, found)
        or _of_causes(case, found)
        or _without_cause(case, found)
    )


def _degenerate(case: Case, found: Diagnosis) -> Finding | None:
    """The verdict on points that no noise gives, or on a single one."""
    residual, n = case.judged.residual, case.judged.y.size
    count = claims.N(n)
    if not np.any(residual):
        words = "The predicted means equal y at all {n} points: any standard deviation above zero is too large."
        return Finding.said("warning", "No errors, but a standard deviation", words, (count,))
    if n > 2 and np.ptp(residual) <= _EQUAL * np.max(np.abs(residual)):
        words = (
            "All {n} residuals are {bias_in_y}. That is an offset: there is no noise to judge a standard deviation by."
        )
        known = (count, claims.BIAS_IN_Y(residual[0]))
        return Finding.said("warning", "Every residual is the same", words, known, causes=(Cause("bias"),))
    if n == 1 and found.causes:
        words = (
            "It is {bias} predicted standard deviations from its mean, which is very rare for a right model. One "
            "point cannot show whether the mean or the standard deviation is wrong."
        )
        return Finding.said("warning", "The one point is far outside", words, (claims.BIAS(abs(found.z[0])),))
    if n == 1:
        words = "Judging a standard deviation needs many points: add more."
        return Finding.said("open", "One point is too few", words)
    return None


def _without_noise(case: Case, found: Diagnosis) -> Finding | None:
    """The verdict on members' means without a std: their spread is what the model does not know, and no noise."""
    factor = root_mean_square(found.z)
    low, high = factor_interval(factor, found.z.size)
    if not case.ignorance_alone or low <= 1:
        return None
    words = (
        "The standard deviation of the members' means is the model's ignorance, without the noise of y. Errors "
        "are **{factor}** times as large ({factor_low} to {factor_high}), and the {level} intervals contain "
        "**{coverage}** of {n} points. Add the std that each member predicts, or use conformal intervals."
    )
    known = (
        claims.FACTOR(factor, (high - low) / 3.92),
        claims.FACTOR_LOW(low),
        claims.FACTOR_HIGH(high),
        claims.LEVEL(_LEVEL),
        claims.COVERAGE(held(case, _LEVEL)),
        claims.N(found.z.size),
    )
    return Finding.said("warning", "The noise is missing", words, known, causes=(Cause("width"),))


def _of_causes(case: Case, found: Diagnosis) -> Finding | None:
    """The verdict where a test sounds an alarm that matters."""
    if not found.causes or found.small:
        return None
    said = said_of(case, found)
    causes = tuple(Cause(blame.cause_in_table, max(blame.gain, 0.0)) for blame in found.causes)
    if said.alternative:
        causes = (causes[0], Cause(said.alternative, causes[0].nats), *causes[1:])
    return Finding.said("warning", said.headline, said.sentence, said.claims, causes=causes)


def _without_cause(case: Case, found: Diagnosis) -> Finding:
    """No test of a cause sounds an alarm that matters: whether the truth or a chart does, and else a good verdict."""
    known = _summary(case, found)
    charts = examined(case, _LEVEL, "interval")
    if charts.maps is not None and ratio_words(charts.maps).fault:
        low, high = np.quantile(np.exp(-charts.maps.log_ratio), [0.1, 0.9])
        words = (
            f"{_ERRORS} But along {{axis}} the true standard deviation, which is known here, is {{least}} to "
            "{most} times the predicted one."
        )
        more = (claims.LEAST(low), claims.MOST(high), claims.AXIS(case.axis))
        cause = (Cause("width_along_x"),)
        return Finding.said("warning", "Right on average, wrong along x", words, (*known, *more), causes=cause)
    far = far_outside(charts)
    if far:
        words = f"{_ERRORS} But a chart shows a fault that is very rare for a right model: {{chart}}."
        named = (*known, claims.CHART(far))
        return Finding.said("warning", "Mean and width are right, but it is not calibrated", words, named)
    words = f"{_ERRORS} {SMALL if found.small else 'No test finds a fault.'}"
    if case.points == TRAINING_POINTS:
        return Finding.said("open", "Calibrated on the points that it was trained on", words, known)
    return Finding.said("good", "Calibrated, as far as these points can show", words, known)


_ERRORS = (
    "Errors are **{factor}** times as large as predicted ({factor_low} to {factor_high} for these {n} {points}). "
    "The {level} intervals contain **{coverage}** of them."
)


def _summary(case: Case, found: Diagnosis) -> tuple[Claim, ...]:
    factor = root_mean_square(found.z)
    low, high = factor_interval(factor, found.z.size)
    return (
        claims.FACTOR(factor, (high - low) / 3.92),  # the ends are 1.96 standard errors away
        claims.FACTOR_LOW(low),
        claims.FACTOR_HIGH(high),
        claims.N(found.z.size),
        claims.POINTS(case.points),
        claims.LEVEL(_LEVEL),
        claims.COVERAGE(held(case, _LEVEL)),
    )
