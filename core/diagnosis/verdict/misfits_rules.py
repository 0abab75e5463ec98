"""Rules for a finished run that is not as good as this noise allows: each names a cause, and what it costs."""

import numpy as np

from ...experiment.experiment import bounds_of, setting_of
from ...model.formulas.printing import text_of
from ...model.losses import LOSSES
from ...model.readings import OWN
from ..finding import Finding, Fix
from .blame import READING_MARGIN, Blame
from .claims import claim
from .counterfactuals import AT_FLOOR, Gain
from .ended_rules import fix_of
from .parts import on_new, split_parts, std_ratio, then
from .suspects import value_text
from .wording import Part, capital, part, said


def fits_one_constant(blame: Blame) -> Finding | None:
    """The shapes of targets and outputs do not match, so that only one constant can be learnt."""
    evidence, y = blame.evidence, blame.evidence.data.y
    if not evidence.loss.fits_constant:
        return None
    numbers = part(
        "{mistake}: here **{mean_of_y}** and **{variance_of_y}**.",
        claim("mistake", capital(evidence.loss.mistake)),
        claim("mean_of_y", float(y.mean())),
        claim("variance_of_y", float(y.var())),
    )
    parts = [numbers, on_new(evidence, with_truth=False)]
    return said("mistake", "Every point is compared with every other", parts, [fix_of(evidence.loss)], blame.mistaken)


def no_mean(blame: Blame) -> Finding | None:
    """The first output of a typed formula learns a quantile, but every reading treats it as the mean."""
    evidence = blame.evidence
    place = evidence.off_centre
    if place is None:
        return None
    off = float(np.mean(evidence.run.on_held_out[:, 0] - evidence.data.y_held_out))
    text = (
        "With this formula the first output learns **{place}** of y, but every reading takes it as the mean. "
        f"On average it is **{{off_mean}} {'above' if off > 0 else 'below'}** the held-out points. It may be a "
        "good quantile, but its scores as a distribution mean little."
    )
    quantiles = [Fix(f"Use {LOSSES['pinball'].label}", {"loss.name": "pinball"})] if "quantile" in place else []
    fixes = [*quantiles, fix_of(evidence.loss)]
    return said(
        "warning",
        "The first output is not a mean",
        [part(text, claim("place", place), claim("off_mean", abs(off)))],
        fixes,
    )


def dead_head(blame: Blame) -> Finding | None:
    """An output has no gradient at nearly all training points, and the run is above its floor."""
    if blame.first != "dead_head":
        return None
    evidence = blame.evidence
    text = "At **{dead_share}** of the training points the second output has no gradient, so it cannot learn there."
    dead = part(text, claim("dead_share", evidence.dead_share))
    if evidence.meaning is not None and np.isfinite(evidence.meaning.std_used):
        used = claim("std_used", evidence.meaning.std_used), claim("cost_of_dead", blame.left_by_formula)
        text = (
            "Whatever its value there, the loss uses a std of **{std_used}**: a gap to the truth of "
            "**{cost_of_dead} nats** per "
        )
        parts = [dead, part(f"{text}point. No reading fixes that.", *used)]
    else:
        parts = [dead, *split_parts(evidence)]
    return said("mistake", "The second output has no gradient", parts, bound_fixes(blame), blame.causes)


def misread(blame: Blame) -> Finding | None:
    """The outputs are better under another reading than under the chosen one."""
    evidence = blame.evidence
    known = evidence.data.truth is not None and blame.prices is not None
    if known and blame.first != "wrong_reading":
        return None
    if evidence.meaning is not None and evidence.meaning.formula is not None and not set(evidence.agreeing) - {OWN}:
        return _unlisted(blame)
    names = evidence.loss.readings if evidence.meaning is None else evidence.agreeing
    if known and evidence.meaning is None and blame.prices is not None:
        names = (blame.prices.right,)
    better = [name for name in names if evidence.saves(name) > READING_MARGIN]
    if not better:
        return None
    better.sort(key=evidence.saves, reverse=True)
    settled = evidence.above_trained < AT_FLOOR if evidence.floor is None else blame.excess < AT_FLOOR
    fixes = [Fix(f"Read it as {evidence.loss.reading(name).short}", {"loss.reading": name}) for name in better[:2]]
    if evidence.loss.name not in ("gaussian_nll", "typed"):
        fixes.append(fix_of(evidence.loss))
    headline = "The loss is fine; the variance is read wrongly" if settled else "The variance is read wrongly"
    parts = [*_misread_parts(blame, better[0]), part("No retraining needed." if settled else "")]
    return said("warning", headline, [*parts, *then(blame)], fixes, blame.causes)


def _unlisted(blame: Blame) -> Finding:
    """A typed formula is sound, but its second output means what no reading in the list says."""
    evidence = blame.evidence
    meaning, reading = evidence.meaning, evidence.run.experiment.loss.reading
    assert meaning is not None
    assert meaning.formula is not None
    parts = [
        part(
            "With this formula the std is **{own_std}**. Read as {reading},",
            claim("own_std", meaning.formula.words),
            claim("reading", evidence.loss.reading(reading).short),
        ),
        std_ratio(evidence),
        part(
            (
                "This causes **{cost_of_reading}** of the gap to the truth of **{gap} nats** per point. No reading "
                "in the list means that; the formula itself can serve as one."
            ),
            claim("gap", blame.gap),
            claim("cost_of_reading", blame.gap - evidence.gap_as_meant),
        ),
    ]
    settled = blame.excess < AT_FLOOR
    headline = "The formula is fine; the variance is read wrongly" if settled else "The variance is read wrongly"
    std = text_of(meaning.formula.tree)
    read_so = Fix(f"Read it as std = {meaning.formula.words}", {"loss.reading": OWN, "loss.reading_formula": std})
    return said("warning", headline, [*parts, *then(blame)], [read_so, fix_of(evidence.loss)], blame.causes)


def _misread_parts(blame: Blame, best: str) -> list[Part]:
    evidence = blame.evidence
    chosen, truth = evidence.run.experiment.loss.reading, evidence.data.truth
    named = (
        claim("learns", capital(evidence.learns)),
        claim("reading", evidence.loss.reading(chosen).short),
        claim("best_reading", evidence.loss.reading(best).short),
    )
    cost, least = (float(np.mean(evidence.costs[name])) for name in (chosen, best))
    if truth is None:
        text = "{learns}. It is read as {reading}. Read as {best_reading}, the NLL of new points falls by "
        return [part(f"{text}**{{nll_saved}} nats** per point.", *named, claim("nll_saved", cost - least))]
    variance = float(np.mean(truth.std(evidence.data.x_evaluation) ** 2))
    exp_s = float(np.mean(np.exp(evidence.outputs[:, 1])))
    learnt = part(
        "{learns}: **{exp_s}** on average, where the variance is **{true_variance}**. Read as {reading},",
        *named[:2],
        claim("exp_s", exp_s),
        claim("true_variance", variance),
    )
    costs = part(
        (
            "This causes **{cost_of_reading}** of the gap to the truth of **{gap} nats** per point. Read as "
            "{best_reading}, **{gap_after}** is left."
        ),
        named[2],
        claim("gap", cost),
        claim("cost_of_reading", cost - least),
        claim("gap_after", least),
    )
    return [learnt, std_ratio(evidence), costs]


def bounded(blame: Blame) -> Finding | None:
    """The bound of the loss, or an ε inside it, keeps the predicted std from the true one."""
    if blame.first not in ("bound", "epsilon") or blame.prices is None or blame.training_first:
        return None
    headline = {
        "bound": "The predicted std is stuck at its limit",
        "epsilon": "ε inside the loss makes the variance too large",
    }[blame.first]
    return said("warning", headline, [*std_parts(blame), *then(blame)], bound_fixes(blame), blame.causes)


def std_parts(blame: Blame) -> list[Part]:
    """Predicted std against the true one, with what bounds it and what that costs."""
    evidence, prices = blame.evidence, blame.prices
    truth, ends = evidence.data.truth, evidence.bound_ends
    if truth is None:
        return []
    parts = []
    if ends is not None:
        std = truth.std(evidence.data.x_evaluation)
        ends_of = claim("least_std", ends[0]), claim("most_std", ends[1]), claim("true_std_low", float(std.min()))
        between = "The bound keeps the std between **{least_std}** and **{most_std}**; the true σ "
        if std.max() < 1.01 * std.min():
            parts.append(part(between + "is **{true_std_low}**.", *ends_of))
        else:
            highest = claim("true_std_high", float(std.max()))
            parts.append(part(between + "goes from **{true_std_low}** to **{true_std_high}**.", *ends_of, highest))
    elif evidence.loss.limits.bound == "epsilon":
        epsilon = claim("root_of_epsilon", evidence.run.experiment.loss.least_std)
        parts.append(
            part("The loss adds ε to each squared residual; the square root of ε is **{root_of_epsilon}**.", epsilon)
        )
    parts += [part("Thus"), std_ratio(evidence)] if evidence.loss.limits.bound == "epsilon" else []
    if prices is not None and prices.bound:
        parts.append(
            part(
                "At its lowest loss this adds **{cost_of_bound} nats** per point to the gap.",
                claim("cost_of_bound", prices.bound),
            )
        )
    return parts


def bound_fixes(blame: Blame) -> list[Fix]:
    """What takes the bound away."""
    loss = blame.evidence.loss
    return [Fix("No bound", {"loss.bound": "none"})] if loss.limits.bound != "none" else [fix_of(loss)]


def penalised(blame: Blame) -> Finding | None:
    """The regulariser of the loss keeps its lowest value from the truth."""
    if blame.first != "regulariser" or blame.prices is None:
        return None
    evidence = blame.evidence
    name = evidence.loss.settings[0]
    label = setting_of(f"loss.{name}").label
    text = f"With its penalty (weight {label}) the smallest gap is **{{cost_of_penalty}} nats** per point "
    text += "larger than without it."
    parts = [part(text, claim("cost_of_penalty", blame.prices.penalty)), *then(blame)]
    fixes = [Fix(f"{label} of zero", {f"loss.{name}": 0.0})]
    return said("warning", "The penalty in the loss keeps it away from the truth", parts, fixes, blame.causes)


def overfitted(blame: Blame) -> Finding | None:
    """The loss on the training points is at or below that of the truth, and clearly higher on new points."""
    evidence = blame.evidence
    known = evidence.above_floor is not None
    if known and blame.first != "overfitting":
        return None
    # Weights that were chosen by rows that the net had not seen: what it fits of the noise did not cost it those.
    if not known and evidence.run.experiment.training.patience and len(evidence.data.y_validation):
        return None
    if not np.isfinite(evidence.on_trained.mean) or not blame.overfits:
        return None
    shown = evidence.shown
    trained = part(
        "On the {n_trained} training points the loss averages **{loss_on_training}**",
        claim("n_trained", evidence.on_trained.n),
        claim("loss_on_training", evidence.on_trained.mean, evidence.on_trained.error, shown),
    )
    band = part("and on new points it averages")
    if evidence.band is not None:
        low, high = evidence.band
        band = part(
            "(the best possible outputs get {band_low} to {band_high} on so many). On new points it averages",
            claim("band_low", low, form=shown),
            claim("band_high", high, form=shown),
        )
    new = part(
        "**{loss_on_new}**: the network has learned the noise of its training points.",
        claim("loss_on_new", evidence.on_new.mean, evidence.on_new.error, shown),
    )
    helped = [gain_part(blame, gain) for gain in blame.gains[:1]]
    return said("warning", "Overfitting", [trained, band, new, *helped], _fixes_of_overfitting(blame), blame.causes)


def _fixes_of_overfitting(blame: Blame) -> list[Fix]:
    evidence, training = blame.evidence, blame.evidence.run.experiment.training
    fixes = [fix_of_gain(gain) for gain in blame.gains[:2]]
    if not fixes and evidence.data.truth is not None:
        n = min(bounds_of("data.n")[1], 10 * evidence.run.experiment.data.n)
        fixes.append(Fix("Ten times the points", {"data.n": n}))
    if evidence.data.truth is None:
        if not training.patience and evidence.run.experiment.data.validation:
            fixes.append(Fix("Stop early", {"training.patience": max(1, training.steps // 5)}))
        fixes.append(Fix("Half the steps", {"training.steps": max(1, training.steps // 2)}))
    return fixes


def underfitted(blame: Blame) -> Finding | None:
    """The expected loss is above its floor: which single change of the settings would have lowered it."""
    evidence = blame.evidence
    if evidence.above_floor is None or blame.excess < AT_FLOOR or not blame.training_first or blame.overfits:
        return None
    if not blame.gains:
        return _unexplained(blame)
    first = blame.gains[0]
    parts = [on_new(evidence), gain_part(blame, first), *split_parts(evidence), *then(blame)]
    fixes = [fix_of_gain(gain) for gain in blame.gains[:2]]
    return said("warning", first.suspect.headline, parts, fixes, blame.causes)


def _unexplained(blame: Blame) -> Finding:
    """Above the floor, and no single change that was tried explains it."""
    evidence = blame.evidence
    headline = "Negative, but above its floor" if evidence.on_new.mean < 0 else "Above its floor"
    tried = part("Of the changes tried in half a second, none lowers it much." if blame.searches else "")
    steps = evidence.run.experiment.training.steps
    more = min(bounds_of("training.steps")[1], 4 * steps)
    fixes = [Fix(f"{more:,} steps", {"training.steps": more})] if blame.searches and more > steps else []
    return said("warning", headline, [on_new(evidence), *split_parts(evidence), tried], fixes, blame.causes)


def gain_part(blame: Blame, gain: Gain) -> Part:
    """What the training comes to with a change, on the same held-out points."""
    evidence = blame.evidence
    words, after = gain.suspect.words.replace("{value}", "{change}"), evidence.loss_on_new_of(gain.run)
    claims = [claim("loss_after", after, form=evidence.shown)]
    if "{change}" in words:
        claims.append(claim("change", value_text(gain.settings)))
    if gain.steps is not None:
        words += " and {steps_after} steps"
        claims.append(claim("steps_after", gain.steps))
    near = ", close to its floor" if gain.left < AT_FLOOR else ""
    return part(f"{words}, the same training reaches a loss of **{{loss_after}}**{near}.", *claims)


def fix_of_gain(gain: Gain) -> Fix:
    """The button that makes a change."""
    settings = dict(gain.settings) if gain.steps is None else {**gain.settings, "training.steps": gain.steps}
    return Fix(gain.suspect.label_for(gain.settings), settings)


RULES = (
    fits_one_constant,
    no_mean,
    dead_head,
    misread,
    bounded,
    penalised,
    overfitted,
    underfitted,
)  # in their rank
