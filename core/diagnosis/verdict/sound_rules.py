"""Rules for a run that is as good as possible, and for what its loss does not show."""

import numpy as np

from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.evidence import Evidence
from core.evaluation.levels import nats_between
from core.model.readings import READINGS
from core.words import number, quantity

SHAPE_MARGIN = 0.03  # nats per point: a reading or a shape of the noise that costs less is not mentioned
# Nats per point: a wrong family that costs more is the headline. A Laplace distribution for Gaussian noise costs 0.048,
# a Gaussian for Laplace noise 0.072.
FAMILY_MARGIN = 0.06
VARIES = 1.5  # ratio of the largest to the smallest std from which the scatter counts as changing


def one_spread(evidence: Evidence) -> Finding | None:
    """The mean is as good as possible; the spread is one constant, because this loss learns none."""
    truth = evidence.data.truth
    if truth is None or evidence.floor is None or evidence.loss.has_scale:
        return None
    std = truth.std(evidence.data.x_evaluation)
    sentence = (
        f"On new points the loss reads **{quantity(evidence.on_new.mean)}**; **{quantity(evidence.floor)}** is the "
        "least it can average. This loss learns no spread: the band is one constant, the spread of the residuals"
    )
    if std.max() < VARIES * std.min():
        return Finding("good", "The mean is learnt, the spread is one constant", sentence + ".")
    return Finding(
        "warning",
        "The mean is learnt, but the true spread is not one constant",
        f"{sentence}, while the true σ goes from **{quantity(std.min())}** to **{quantity(std.max())}** along x.",
        (Fix("Learn the spread too", {"loss.name": "gaussian_nll"}),),
    )


def other_family(evidence: Evidence) -> Finding | None:
    """The loss is at its floor, but its family is not that of the noise, and what that costs."""
    price = evidence.price_of_family
    if evidence.floor is None or price is None or price < FAMILY_MARGIN:
        return None
    shown, family = evidence.shown, READINGS[evidence.run.experiment.loss.reading].family
    sentence = (
        f"The loss is as low as it can be, **{shown(evidence.on_new.mean)}** where **{shown(evidence.floor)}** is the "
        f"floor. But it fits {family}, where the noise is {evidence.noise.label}: the best of its kind is "
        f"**{number(price)} nats** a point from the truth."
    )
    label, name = _LOSS_FOR.get(evidence.run.experiment.noise.family, ("Use a mixture", "mixture"))
    fixes = () if name == evidence.loss.name else (Fix(label, {"loss.name": name}),)
    return Finding("warning", "At its floor, but the noise has another shape", sentence, fixes)


def at_floor(evidence: Evidence) -> Finding | None:
    """The loss is as low as this noise allows."""
    if evidence.floor is None:
        return None
    new, shown = evidence.on_new, evidence.shown
    sentence = (
        f"On this noise no net can bring this loss below **{shown(evidence.floor)}** on average over new points; "
        f"yours reads **{shown(new.mean)}** ± {shown(new.error)} on {new.n:,} of them."
    )
    if new.mean < 0:
        sentence += f" {_why_negative(evidence)}"
    headline = "Negative, and right" if new.mean < 0 else "As low as this noise allows"
    return Finding("good", headline, sentence + _other_words(evidence))


def real_data(evidence: Evidence) -> Finding | None:
    """No truth is known: how the spread changes, and how many held-out points the band covers."""
    coverage = evidence.run.scores["coverage_95"]
    if evidence.data.truth is not None or coverage is None:
        return None
    n, x, many = len(evidence.data.y_held_out), evidence.data.x_grid, evidence.data.inputs > 1
    std = evidence.run.judged.std if many else evidence.run.predictive(x).std
    low, high = int(np.argmin(std)), int(np.argmax(std))
    least, most = quantity(std[low]), quantity(std[high])
    if many:
        ends = f"goes from **{least}** to **{most}** over the held-out rows"
    else:
        ends = (
            f"is smallest, **{least}**, at x = {quantity(x[low])} and largest, **{most}**, at x = {quantity(x[high])}"
        )
    sentence = (
        f"The predicted std {ends}. Of {n:,} points kept from training, "
        f"**{100 * coverage:.0f} %** lie in the 95 % band. No truth is known here, so there is no floor and no gap."
    )
    if coverage < 0.95 - 3 * np.sqrt(0.95 * 0.05 / n):
        return Finding("warning", "The band is too narrow for new points", sentence)
    changes = "is not the same everywhere" if many else "changes along x"
    scatter = changes if std[high] >= VARIES * std[low] else "is nearly the same everywhere"
    return Finding("good", f"The scatter {scatter}", sentence)


def _why_negative(evidence: Evidence) -> str:
    truth = evidence.data.truth
    if evidence.loss.offset:
        return f"The {number(evidence.loss.offset, 1)} that is subtracted moves the value alone, and no gradient."
    limit = None if truth is None else evidence.loss.negative_below(truth.noise)
    where = "" if limit is None else f" wherever σ is below {limit:.3f} in the unit of y"
    return f"Its floor is negative{where}: the sign tells how small the scatter is, not how good the fit."


def _other_words(evidence: Evidence) -> str:
    """What the floor of a loss does not show: a reading or a shape of the noise that costs a little."""
    best, saved = READINGS[evidence.best_reading].short, evidence.saves(evidence.best_reading)
    if saved > SHAPE_MARGIN:
        return f" Read as {best}, the outputs would be **{number(saved)} nats** a point closer to the truth."
    cost = float(np.mean(evidence.costs[evidence.best_reading]))
    fit = 0.0 if evidence.floor is None else nats_between(evidence.loss, evidence.floor, evidence.on_new.mean)
    if cost - fit > max(SHAPE_MARGIN, cost / 2):
        return (
            f" It is still **{number(cost)} nats** a point off the truth, mostly because the noise has another shape."
        )
    return ""


# Every other noise is nearest to a mixture, which takes any shape.
_LOSS_FOR = {
    "gaussian": ("Use the Gaussian NLL", "gaussian_nll"),
    "laplace": ("Use the Laplace NLL", "laplace_nll"),
    "student_t": ("Use a Student-t", "student_t_learned"),
}


RULES = (
    one_spread,
    other_family,
    at_floor,
    real_data,
)  # in their rank
