"""Rules for a run whose training is as good as possible, and for what its loss does not show."""

import numpy as np

from ...experiment.trained_rows import is_scored_on_training
from ..finding import Finding, Fix
from .blame import BOUND_MARGIN, Blame
from .claims import claim
from .counterfactuals import AT_FLOOR
from .ended_rules import fix_of
from .parts import on_new, std_ratio, then
from .wording import Part, capital, part, said

SMALL_MARGIN = 0.03  # nats per point: a cause that costs less is not mentioned
VARIES = 1.5  # ratio of the largest to the smallest std from which the scatter counts as changing
LEVEL = 0.95


def one_spread(blame: Blame) -> Finding | None:
    """The mean is as good as possible; the std is one constant, because this loss learns none."""
    evidence = blame.evidence
    truth = evidence.data.truth
    if truth is None or evidence.floor is None or evidence.loss.has_scale:
        return None
    if blame.excess >= AT_FLOOR and blame.first != "constant_std":
        return None
    parts = [_least(blame), part("This loss learns no std: the std of the residuals is used, the same at every x.")]
    if blame.prices is None or blame.prices.one_std < BOUND_MARGIN:
        kind = "warning" if blame.causes else "good"
        return said(kind, "The mean is learned, the std is one constant", parts, (), blame.causes)
    std = truth.std(evidence.data.x_evaluation)
    costs = part(
        (
            "But the true σ goes from **{true_std_low}** to **{true_std_high}** along x, which adds "
            "**{cost_of_one_std} nats** per point to the gap."
        ),
        claim("true_std_low", float(std.min())),
        claim("true_std_high", float(std.max())),
        claim("cost_of_one_std", blame.prices.one_std),
    )
    fixes = [Fix("Learn the std too", {"loss.name": "gaussian_nll"})]
    headline = "The mean is learned, but the true std is not one constant"
    if blame.excess >= AT_FLOOR:
        headline = "The true std is not one constant"
    return said("warning", headline, [*parts, costs, *then(blame)], fixes, blame.causes)


def mistaken(blame: Blame) -> Finding | None:
    """The loss is at its floor, but its formula is a mistake that no reading of its outputs corrects."""
    evidence = blame.evidence
    if blame.first != "mistake_in_loss" or blame.prices is None:
        return None
    parts = [
        part("{mistake}.", claim("mistake", capital(evidence.loss.mistake))),
        part("As it is read,"),
        std_ratio(evidence),
        part(
            "At its lowest loss the gap to the truth is **{cost_of_mistake} nats** per point.",
            claim("cost_of_mistake", blame.prices.as_it_is),
        ),
    ]
    return said("mistake", "A mistake in the loss", parts, [fix_of(evidence.loss)], blame.causes)


def other_family(blame: Blame) -> Finding | None:
    """The loss is at its floor, but its family is not that of the noise, and what that costs."""
    evidence = blame.evidence
    if blame.first != "wrong_family" or blame.prices is None:
        return None
    family = evidence.loss.reading(evidence.run.experiment.loss.reading).family
    costs = part(
        (
            "But it fits {family}, and the noise is {noise}: the gap to the truth is at least **{cost_of_family} "
            "nats** per point."
        ),
        claim("family", family),
        claim("noise", evidence.noise.label),
        claim("cost_of_family", blame.prices.family),
    )
    label, name = _LOSS_FOR.get(evidence.run.experiment.noise.family, ("Use a mixture", "mixture"))
    fixes = [] if name == evidence.loss.name else [Fix(label, {"loss.name": name})]
    at_floor = blame.excess < AT_FLOOR
    first = _least(blame) if at_floor else on_new(evidence)
    headline = "At its floor, but the noise has a different shape" if at_floor else "The noise has a different shape"
    return said("warning", headline, [first, costs], fixes, blame.causes)


def at_floor(blame: Blame) -> Finding | None:
    """The loss is as low as this noise allows."""
    evidence = blame.evidence
    if evidence.floor is None or blame.excess >= AT_FLOOR:
        return None
    negative = evidence.on_new.mean < 0
    headline = "Your loss is negative, and that is correct" if negative else "As low as this noise allows"
    parts = [_least(blame), *([_why_negative(blame)] if negative else []), *_small_costs(blame)]
    return said("good", headline, parts, (), blame.causes)


def _least(blame: Blame) -> Part:
    """The loss on new points beside the floor, and beside the loss of the truth on the same points."""
    evidence = blame.evidence
    new, truth, shown = evidence.on_new, evidence.truth_on_new, evidence.shown
    assert evidence.floor is not None
    own = "its standard error is {error_on_new}"
    if truth is not None:
        own = "the best possible outputs get **{truth_on_new}** there"
    beside = claim("truth_on_new", truth.mean, form=shown) if truth else claim("error_on_new", new.error)
    return part(
        "With this noise, no network can average below **{floor}** on new points. This one averages "
        f"**{{loss_on_new}}** on {{n_new}} of them; {own}.",
        claim("floor", evidence.floor, form=shown),
        claim("loss_on_new", new.mean, new.error, shown),
        claim("n_new", new.n),
        beside,
    )


def real_data(blame: Blame) -> Finding | None:
    """No truth is known: how the std changes, and how many held-out points the interval covers."""
    evidence = blame.evidence
    run, data = evidence.run, evidence.data
    coverage = run.scores["coverage_95"]
    if data.truth is not None or coverage is None:
        return None
    n, x, many = len(data.y_held_out), data.x_grid, data.inputs > 1
    of, over = "points kept from training", "the held-out rows"
    if is_scored_on_training(run.experiment):
        of, over = "points that it was trained on", "these rows"
    std = run.judged.std if many else run.predictive(x).std
    low, high = int(np.argmin(std)), int(np.argmax(std))
    ends = (claim("std_low", float(std[low])), claim("std_high", float(std[high])))
    if many:
        goes = part(f"The predicted std goes from **{{std_low}}** to **{{std_high}}** over {over}.", *ends)
    else:
        text = (
            "The predicted std is smallest, **{std_low}**, at x = {x_of_std_low} and largest, **{std_high}**, at x = "
        )
        places = claim("x_of_std_low", float(x[low])), claim("x_of_std_high", float(x[high]))
        goes = part(text + "{x_of_std_high}.", *ends, *places)
    held = part(
        f"Of {{n_new}} {of}, **{{coverage}}** are in the {{level}} interval. The truth is not "
        "known here, so there is no floor and no gap.",
        claim("n_new", n),
        claim("coverage", coverage),
        claim("level", LEVEL),
    )
    # Beyond 3 standard errors, whatever the noise: fewer than 1 in 700 right intervals hold so few.
    if coverage < LEVEL - 3 * np.sqrt(LEVEL * (1 - LEVEL) / n):
        return said("warning", "The predicted std is too small for new points", [goes, held])
    changes = "is not the same everywhere" if many else "changes along x"
    scatter = changes if std[high] >= VARIES * std[low] else "is nearly the same everywhere"
    return said("good", f"The scatter {scatter}", [goes, held])


def _why_negative(blame: Blame) -> Part:
    evidence = blame.evidence
    truth = evidence.data.truth
    if evidence.loss.offset:
        text = "Subtracting {offset} changes only the value of the loss, not its gradient."
        return part(text, claim("offset", evidence.loss.offset))
    limit = None if truth is None else evidence.loss.negative_below(truth.noise)
    if limit is None:
        return part("The sign shows how small the noise is, not how good the fit is.")
    text = (
        "The best possible loss is negative whenever σ is below {negative_below} (in y's units). The sign shows "
        "how small the noise is, not how good the fit is."
    )
    return part(text, claim("negative_below", limit))


def _small_costs(blame: Blame) -> list[Part]:
    """What the floor of a loss does not show: a reading or a shape of the noise that costs a little."""
    evidence, prices = blame.evidence, blame.prices
    if prices is None:
        return []
    saved = evidence.saves(evidence.best_reading)
    if saved > SMALL_MARGIN and prices.reading > SMALL_MARGIN:
        text = "Read as {best_reading}, the outputs would be **{cost_of_reading} nats** per point closer to the truth."
        best = claim("best_reading", evidence.loss.reading(evidence.best_reading).short)
        return [part(text, best, claim("cost_of_reading", saved))]
    if prices.family > SMALL_MARGIN:
        text = "Its distribution is not that of the noise, which adds **{cost_of_family} nats** per point to the gap."
        return [part(text, claim("cost_of_family", prices.family))]
    return []


# Every other noise is nearest to a mixture, which takes any shape.
_LOSS_FOR = {
    "gaussian": ("Use the Gaussian NLL", "gaussian_nll"),
    "laplace": ("Use the Laplace NLL", "laplace_nll"),
    "student_t": ("Use a Student-t", "student_t_learned"),
}


RULES = (
    one_spread,
    mistaken,
    other_family,
    at_floor,
    real_data,
)  # in their rank
