"""What a log shows that is no fault of the training: where it crossed zero, its best place, what its values imply."""

import numpy as np

from ..doctor.implied import SIGMAS
from ..finding import Cause, Claim, Finding
from ..verdict.wording import capital, part, said
from .course import Course
from .log_claims import claim
from .log_evidence import LogEvidence

_LASTING = 3  # values below zero in a row to the end
_BELOW = 0.95  # share of values: always


def crossed_zero(it: LogEvidence) -> Finding | None:
    """The loss stays below zero from some place on: fine for a log density, impossible for a distance."""
    course = it.judged
    at = None if course is None else _crossing(course)
    if course is None or at is None:
        return None
    from_start = at == course.x[0]
    where = "from the start" if from_start else f"from {it.log.x_name} **{{at}}** on"
    claims = () if from_start else (claim("at", at),)
    begins = f"The {it.which} is below zero {where}"
    if it.loss is not None and it.loss.unit_power and course.end < it.loss.least - it.constant:
        text = (
            f"{begins}, but this loss, measured in {it.loss.unit}, cannot be. A constant was subtracted, the sign "
            "is reversed, or another loss was logged."
        )
        return said("mistake", "This loss cannot be negative", [part(text, *claims)], (), (Cause("other_loss"),))
    limit = it.negative_below
    if it.loss is None:
        text = (
            f"{begins}. That is fine for a log density (an NLL): a density exceeds one where the noise is small "
            "in y's units. A squared or absolute error, a CRPS or a pinball loss cannot be below zero."
        )
        return said("open", "It crosses zero" if not from_start else "It is below zero", [part(text, *claims)])
    if limit is None:
        return None
    text = (
        f"{begins}. That is fine: the best possible loss is negative whenever σ is below **{{negative_below}}** "
        "(in y's units). The sign shows nothing else."
    )
    headline = "Below zero, which is fine"
    return said("good", headline, [part(text, *claims, claim("negative_below", limit))])


def _crossing(course: Course) -> float | None:
    """The position from which the loss stays below zero, its smoothed course being there; None if it does not."""
    smooth = np.minimum(course.smooth, course.values) if course.n < 12 else course.smooth
    above = np.flatnonzero(smooth >= 0)
    first = int(above[-1]) + 1 if above.size else 0
    if course.n - first < min(_LASTING, course.n) or course.end >= 0:
        return None
    return float(course.x[first])


def best_place(it: LogEvidence) -> Finding | None:
    """Where the loss is lowest, the end, and the σ that both imply."""
    course = it.judged
    if course is None or course.n < 2:
        return None
    lowest = int(np.argmin(course.values))
    at, best = float(course.x[lowest]), float(course.values[lowest])
    claims = [claim("at", at), claim("best", best), ending := end_of(course)]
    at_end = f"the last number is {{{ending.name}}}" if course.is_short else f"at the end it is about {{{ending.name}}}"
    text = f"The {it.which} is lowest at {it.log.x_name} **{{at}}**, **{{best}}**; {at_end}."
    std = it.std(float(ending.value))
    if std is not None and SIGMAS[0] < std < SIGMAS[1]:
        claims.append(claim("std", std))
        text += " A perfect model gets that final value if the noise is Gaussian with σ = **{std}** everywhere."
    return said("open", f"{capital(it.which)}: best at {it.log.x_name} {{at}}", [part(text, *claims)])


def end_of(course: Course) -> Claim:
    """The level at the end, or the last value of a few."""
    return claim("last", course.last) if course.is_short else claim("end", course.end)


def validation_below(it: LogEvidence) -> Finding | None:
    """In the second half the validation loss is below the training loss at nearly every place, beyond the noise."""
    training, validation = it.training, it.validation
    if training is None or validation is None or min(training.n, validation.n) < 8:
        return None
    at = validation.x[validation.n // 2 :]
    at = at[at <= training.x[-1]]
    if at.size < 4:
        return None
    pace = float(np.median(np.diff(training.x)))
    # A training loss that is a mean over an epoch lags by half of one.
    gaps = 0.5 * (training.at(at) + training.at(at + pace)) - np.interp(at, validation.x, validation.values)
    gap = float(np.median(gaps))
    if np.mean(gaps > 0) < _BELOW or gap <= 3 * (training.error(at.size) + validation.error(at.size)):
        return None
    text = (
        "In the second half the validation loss is below the training loss, by **{gap}**"
        + it.unit
        + " (median). Usual reasons: dropout, weight decay or noise used only in training, validation points "
        "that are easier or few, or training points among them. Evaluate the training points once without "
        "dropout."
    )
    return said("open", "The validation loss is below the training loss", [part(text, claim("gap", gap))])
