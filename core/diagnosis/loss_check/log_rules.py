"""The rules that look for faults of a training in its log: each returns what it finds, or None."""

import numpy as np

from ...data.training_log.training_log import Series
from ..finding import Cause, Finding
from ..verdict.wording import part, said
from .course import Course
from .log_claims import claim
from .log_evidence import LogEvidence

SURE = 5.0  # standard errors that a rise or a fall is beyond
_STILL = 0.03  # of the fall after the first tenth: less than this to come is converged
_STILL_OF_ALL, _STILL_NATS = 0.01, 0.05  # of all that it came down, but no more than that many nats
_DIVERGED = 0.5  # of all that it came down
_STEADY = 0.9  # of two falls after one another, the second over the first: it hardly slows down
_ONSET = 0.05  # of all that it came down: where a divergence begins
_NOISY = 0.12  # of all that it came down


def not_finite(it: LogEvidence) -> Finding | None:
    """A loss is no number from some place on."""
    for which, series in (("training", it.log.training), ("validation", it.log.validation)):
        if series is None or np.isfinite(series.values[-1]):
            continue
        finite = np.flatnonzero(np.isfinite(series.values))
        first = int(finite[-1]) + 1 if finite.size else 0
        what = "NaN" if np.isnan(series.values[first]) else "infinite"
        at = claim("at", float(series.x[first]))
        why = part(*_why_not_finite(it, series, finite))
        if not finite.size:
            parts = [part(f"The {which} loss is {what} in every {it.log.x_name} of the log."), why]
            return said(
                "mistake",
                f"The {which} loss is {what} from the start",
                parts,
                (),
                (Cause("mistake_in_loss"), Cause("rate_too_high")),
            )
        text = f"From {it.log.x_name} **{{at}}** on the {which} loss is {what}; the last number before is **{{last}}**."
        parts = [part(text, at, claim("last", float(series.values[finite[-1]]))), why]
        headline = f"The {which} loss became {what} at {it.log.x_name} {{at}}"
        return said("mistake", headline, parts, (), (Cause("mistake_in_loss"), Cause("rate_too_high")))
    return None


def _why_not_finite(it: LogEvidence, series: Series, finite: np.ndarray) -> tuple:  # type: ignore[type-arg]
    """What stops being a number in this loss, or the usual reasons, by whether the loss rose before."""
    if it.loss is not None and it.loss.failure is not None:
        return "The cause in this loss: {reason}.", claim("reason", it.loss.failure.words)
    last = series.values[finite[-3:]]
    if last.size == 3 and last[-1] > np.median(series.values[finite]) and last[-1] > last[0]:
        return ("It rose before, as it does if the learning rate is too high.",)
    return (
        "Usual reasons: a square root, a logarithm or a division at zero, exp of a large output, or a learning rate "
        "that is too high.",
    )


def diverged(it: LogEvidence) -> Finding | None:
    """The training loss ends far above its lowest level, and does not come back."""
    course = it.training
    if course is None or course.n < 5:
        return None
    lowest = int(np.argmin(course.smooth))
    end = float(np.median(course.values[-min(course.few, 5) :]))
    rise = end - course.smooth[lowest]
    least = 2 * SURE * course.noise_before(lowest), _DIVERGED * course.fallen_soon, 1e-6 * max(1.0, abs(end))
    if rise <= max(least):
        return None
    usual = course.smooth[lowest] + max(SURE * course.noise_before(lowest), _ONSET * max(course.fallen_soon, 0.0))
    below = np.flatnonzero(course.values <= min(usual, course.smooth[lowest] + 0.1 * rise))
    onset = float(course.x[min(int(below[-1]) + 1, course.n - 1)] if below.size else course.x[lowest])
    claims = claim("at", onset), claim("before", float(course.smooth[lowest])), claim("after", end)
    text = (
        f"From {it.log.x_name} **{{at}}** on the training loss rises from **{{before}}** to **{{after}}** and "
        "does not come back. Usual reasons: a learning rate that is too high, a variance near zero where the "
        "mean is wrong, or a term without a lower limit."
    )
    headline = f"The training diverged at {it.log.x_name} {{at}}"
    return said("mistake", headline, [part(text, *claims)], (), (Cause("rate_too_high"),))


def constant(it: LogEvidence) -> Finding | None:
    """The training loss does not move, or no more than its noise."""
    course = it.main
    if course is None or course.n < 4 or not np.isfinite(it.log.main.values[-1]):
        return None
    spread = float(np.ptp(course.values))
    claims = claim("count", course.n), claim("end", course.end)
    if spread <= 1e-6 * max(1.0, abs(course.end)):
        text = (
            "All {count} values are **{end}**: no gradient reaches the weights. Usual reasons: the optimiser "
            "does not have this network's parameters, its step is missing, or the outputs are detached. Or the "
            "second output has no gradient (ReLU, a clamp)."
        )
        return said("mistake", "The loss does not move", [part(text, *claims)], (), (Cause("dead_head"),))
    third = course.n // 3
    moved = float(np.mean(course.values[:third]) - np.mean(course.values[-third:])) if third >= 3 else np.inf
    if (
        abs(moved) > 2 * course.error(third)
        or spread > 8 * course.noise
        or course.values[0] > course.end + 4 * course.noise
    ):
        return None
    text = (
        "Over {count} values it stays at **{end}**, and changes by **{noise}** from one to the next. "
        f"Either nothing is learned, or all was learned before the first {it.log.x_name} of the log."
    )
    parts = [part(text, *claims, claim("noise", course.noise))]
    return said("warning", "The loss stays where it started", parts, (), (Cause("too_few_steps"),))


def _moved(course: Course) -> float:
    """How far the mean of the last third is below that of the first, in standard errors; ∞ for a few values."""
    third = course.n // 3
    if third < 3 or course.noise == 0:
        return np.inf
    return float(np.mean(course.values[:third]) - np.mean(course.values[-third:])) / (1.4 * course.error(third))


def overfits(it: LogEvidence) -> Finding | None:
    """After its lowest level the validation loss rises beyond its noise, and the training loss falls on."""
    training, validation = it.training, it.validation
    if training is None or validation is None or validation.n < 6:
        return None
    best = validation.best
    after = validation.n - 1 - best
    if after < max(3, validation.n // 20):
        return None
    rise = validation.end - validation.level(best)
    if rise <= SURE * np.sqrt(2) * validation.error(validation.few) or not _climbs(validation, best):
        return None
    at = float(validation.x[best])
    fall = _level_at(training, at) - training.end
    if fall <= 2 * training.error(training.few):
        return None
    text = (
        f"The validation loss is lowest around {it.log.x_name} **{{at}}**, at **{{best}}**. Then it rises by "
        f"**{{rise}}**{it.unit}, more than its noise, while the training loss falls by {{fall}}. From there on it "
        "memorises the training points. Stop there, or use fewer weights, more points, weight decay or dropout."
    )
    claims = claim("at", at), claim("best", validation.level(best)), claim("rise", rise), claim("fall", fall)
    headline = f"It overfits from {it.log.x_name} {{at}}"
    return said("warning", headline, [part(text, *claims)], (), (Cause("overfitting"),))


def _climbs(course: Course, start: int) -> bool:
    """Whether the means of stretches after an index mostly rise, and the last is the highest but one at least."""
    means = np.array([float(np.mean(each)) for each in np.array_split(course.values[start:], 4) if each.size])
    ups = sum(b > a for i, a in enumerate(means) for b in means[i + 1 :])
    return bool(ups >= len(means) * (len(means) - 1) / 2 - 1 and means[-1] >= np.sort(means)[-2])


def _level_at(course: Course, x: float) -> float:
    return course.level(int(np.argmin(np.abs(course.x - x))))


def not_converged(it: LogEvidence) -> Finding | None:
    """The training loss still falls at the end, and would fall on by more than a small part of its fall."""
    course = it.main
    if course is None or course.n < 8 or _rate_went_to_zero(it):
        return None
    length = max(2, course.n // 10)
    if course.n < 4 * length:
        return None
    before, middle, last = course.values[-3 * length :].reshape(3, length).mean(axis=1)
    first, second = float(before - middle), float(middle - last)
    error = course.error(length)
    at_end = 2 * second - first  # the fall of the next stretch, if falls shrink evenly
    if second <= SURE * error or first <= 0 or at_end <= max(0.5 * second, 2 * error):
        return None
    share = min(second / first, _STEADY)
    to_come = second * share / (1 - share)
    least = max(_STILL * course.fallen_later, min(_STILL_OF_ALL * course.fallen_soon, _STILL_NATS))
    if to_come <= least or (it.validation is not None and not _falls_too(it.validation)):
        return None
    per = second / float(course.x[-1] - course.x[-1 - length]) if course.x[-1] > course.x[-1 - length] else second
    text = f"At the end it falls by **{{rate}}**{it.unit} each {it.log.x_name}"
    claims = (claim("rate", per),)
    if second / first < _STEADY:
        text += ", and would fall by about **{to_come}** more at its present rate of slowing"
        claims += (claim("to_come", to_come),)
    else:
        text += ", and is not slowing down yet"
    text += ": train longer, or with a higher rate at first."
    return said("warning", "It has not converged", [part(text, *claims)], (), (Cause("too_few_steps"),))


def _falls_too(course: Course) -> bool:
    """Whether the last level is below the one before: else more steps do not help."""
    before = course.values[-2 * course.few : -course.few]
    return before.size == 0 or course.end < float(np.mean(before))


def _rate_went_to_zero(it: LogEvidence) -> bool:
    """Whether the log shows a learning rate that ends far below its highest: then the loss falls because of it."""
    rate = it.log.rate
    return rate is not None and rate.values.size > 1 and bool(rate.values[-1] < 0.2 * np.nanmax(rate.values))


def noisy(it: LogEvidence) -> Finding | None:
    """From one epoch to the next the training loss moves by a good part of all that it came down."""
    course = it.training
    if course is None or course.n < 12 or it.log.x_name != "epoch":
        return None
    if course.noise <= _NOISY * course.fallen_soon or _moved(course) <= 3:
        return None
    text = (
        "From one epoch to the next the training loss moves by **{noise}** (one standard deviation); it fell by "
        "**{fallen}** in total. The learning rate is too high at the end, or an epoch has few points."
    )
    claims = claim("noise", course.noise), claim("fallen", course.fallen_soon)
    return said("warning", "The training loss is noisy", [part(text, *claims)], (), (Cause("rate_too_high"),))
