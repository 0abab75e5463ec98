"""Rules for a finished run whose predictions are not as good as this noise allows."""

from collections.abc import Callable

import numpy as np

from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.ended import fix_of
from core.diagnosis.verdict.evidence import Evidence
from core.diagnosis.verdict.suspects import suspects_of
from core.experiment.build import read_as
from core.experiment.experiment import bounds_of
from core.model.losses import LOSSES
from core.model.readings import READINGS
from core.words import number, quantity, width

# Nats per point by which another reading must be better before the chosen one is called wrong. A Laplace distribution
# for Gaussian noise costs 0.048, which is tolerable; a Gaussian for Laplace noise, scaled by E|r|, costs 0.088.
READING_MARGIN = 0.07
FLOOR_MARGIN = 0.05  # nats: a loss closer to the floor counts as having reached it; ten times the gap of the quick run
SCALE_SHARE = 0.5  # the finding is the scale if one factor on the spread gains this share of the distance to the floor
CONCENTRATED = 0.3  # share of the cost in one tenth of x that is worth mentioning; evenly spread it would be 0.1


def no_mean(evidence: Evidence) -> Finding | None:
    """The first output of a typed formula learns a quantile, but every reading treats it as the mean."""
    place = evidence.off_centre
    if place is None:
        return None
    off = float(np.mean(evidence.run.on_held_out[:, 0] - evidence.data.y_held_out))
    sentence = (
        f"This formula takes the first output to **{place}** of y, and every reading takes that for the mean: on "
        f"average it lies **{quantity(abs(off))} {'above' if off > 0 else 'below'}** new points, and no reading of s "
        "mends that. What it gives may be a good quantile; its scores as a distribution say little."
    )
    quantiles = [Fix(f"Use {LOSSES['pinball'].label}", {"loss.name": "pinball"})] if "quantile" in place else []
    return Finding("warning", "The first output is no mean", sentence, (*quantiles, fix_of(evidence.loss)))


def misread(evidence: Evidence) -> Finding | None:
    """The outputs are better under another reading than under the chosen one."""
    better = [name for name in evidence.loss.readings if evidence.saves(name) > READING_MARGIN]
    if not better:
        return None
    better.sort(key=evidence.saves, reverse=True)
    settled = evidence.above_trained < FLOOR_MARGIN if evidence.floor is None else reaches_floor(evidence)
    fixes = [Fix(f"Read it as {READINGS[name].short}", {"loss.reading": name}) for name in better[:2]]
    if evidence.loss.name not in ("gaussian_nll", "typed"):
        fixes.append(fix_of(evidence.loss))
    return Finding(
        "warning",
        "The loss is fine; the variance is read wrongly" if settled else "The variance is read wrongly",
        _misread_words(evidence) + (" Nothing need be trained again." if settled else ""),
        tuple(fixes),
    )


def fits_one_constant(evidence: Evidence) -> Finding | None:
    """The shapes of targets and outputs do not match, so that only one constant can be learnt."""
    if not evidence.loss.fits_constant:
        return None
    y = evidence.data.y
    sentence = (
        f"{evidence.loss.mistake[:1].upper()}{evidence.loss.mistake[1:]}: here **{quantity(float(y.mean()))}** and "
        f"**{quantity(float(y.var()))}**. On new points the loss reads **{number(evidence.on_new.mean)}**"
    )
    floor = "" if evidence.floor is None else f"; its own floor is **{number(evidence.floor)}**, whatever the net"
    sentence += f"{floor}."
    return Finding("mistake", "Every point is compared with every other", sentence, (fix_of(evidence.loss),))


def stuck_at_the_bound(evidence: Evidence) -> Finding | None:
    """The predicted std is at its bound for most x, and the true σ is beyond the bound."""
    ends = evidence.bound_ends
    truth = evidence.data.truth
    if ends is None or truth is None:
        return None
    std, true = evidence.std, truth.std(evidence.data.x_evaluation)
    low, high = ends
    at_low, at_high = np.mean(std < 1.02 * low), np.mean(std > 0.98 * high)
    beyond = np.mean(true < 0.98 * low) if at_low >= at_high else np.mean(true > 1.02 * high)
    if max(at_low, at_high) < 0.5 or beyond < 0.5:
        return None
    end = low if at_low >= at_high else high
    sentence = (
        f"The predicted std stands at **{quantity(end)}**, the end of the range it may have, while the true σ is about "
        f"**{quantity(float(np.median(true)))}**. Beyond the end s has no gradient, or hardly any."
    )
    fixes = (Fix("No bound", {"loss.bound": "none"}),) if evidence.loss.limits.bound != "none" else ()
    return Finding("warning", "The spread stands at its bound", sentence, fixes or (fix_of(evidence.loss),))


def overfitted(evidence: Evidence) -> Finding | None:
    """The loss on the training points is far below that on new points, often even below what is possible."""
    trained = evidence.on_trained.mean
    if not np.isfinite(trained) or evidence.above_trained < FLOOR_MARGIN or reaches_floor(evidence):
        return None
    experiment = evidence.run.experiment
    shown = shown_as(evidence)
    possible = ""
    if evidence.band is not None:
        low, high = evidence.band
        below = ", below" if trained < low else ";"
        possible = f"{below} the {shown(low)} to {shown(high)} that the best net has on so many"
    sentence = (
        f"The loss reads **{shown(trained)}** on the {evidence.on_trained.n:,} points it was trained on{possible}; on "
        f"new ones it reads **{shown(evidence.on_new.mean)}**. The net has learnt the noise of its points. More "
        "points, fewer steps or fewer units help."
    )
    fixes = []
    if evidence.data.truth is not None:
        most = bounds_of("data.n")[1]
        fixes.append(Fix("Ten times the points", {"data.n": min(most, 10 * experiment.data.n)}))
    elif not experiment.training.patience:
        fixes.append(Fix("Stop early", {"training.patience": max(1, experiment.training.steps // 5)}))
    fixes.append(Fix("Half the steps", {"training.steps": max(1, experiment.training.steps // 2)}))
    return Finding("warning", "It fits the points, not what lies behind them", sentence, tuple(fixes))


def scale_off(evidence: Evidence) -> Finding | None:
    """The residual term is far from its optimum (½ for a Gaussian NLL): the spread is wrong by a factor.

    It applies if one factor on the predicted spread would gain half of the distance to the floor.
    """
    factor = evidence.scale_factor
    if factor is None or evidence.above_floor is None or reaches_floor(evidence):
        return None
    won = evidence.won_by_scale
    if won < SCALE_SHARE * evidence.above_floor:
        return None
    due = evidence.residual_due
    sentence = (
        f"On new points the residual term averages **{number(evidence.residual)}**; where mean and spread fit it is "
        f"**{number(due or np.nan)}**. The predicted std is about **{max(factor, 1 / factor):.2f} times too "
        f"{'small' if factor > 1 else 'large'}**, which alone costs **{number(won)} nats** a point."
    )
    fixes = tuple(suspect.fix for suspect in suspects_of(evidence.run) if suspect.fix is not None)
    return Finding("warning", "The spread is off by a factor", sentence, fixes)


def above_floor(evidence: Evidence) -> Finding | None:
    """The loss is still above the floor of this noise."""
    floor, loss, shown = evidence.floor, evidence.on_new.mean, shown_as(evidence)
    if floor is None or reaches_floor(evidence):
        return None
    left = f"{number(loss - floor)} nats to go"
    if evidence.loss.unit_power:
        left = f"{(loss / floor) ** (1 / evidence.loss.unit_power):.1f} times the error that the noise alone makes"
    suspects = suspects_of(evidence.run)
    sentence = (
        f"On new points the loss reads **{shown(loss)}**; on this noise **{shown(floor)}** can be reached: {left}"
        f"{_where(evidence)}. The first suspect is {', then '.join(suspect.words for suspect in suspects)}."
    )
    headline = "Negative, but not yet good" if loss < 0 else "Not yet at the floor"
    return Finding("warning", headline, sentence, tuple(each.fix for each in suspects if each.fix is not None))


def reaches_floor(evidence: Evidence) -> bool:
    """Whether the loss on new points is as low as possible, up to sampling error and FLOOR_MARGIN."""
    return evidence.above_floor is not None and evidence.above_floor < FLOOR_MARGIN


def shown_as(evidence: Evidence) -> Callable[[float], str]:
    """How a value of this loss is written as text."""
    return quantity if evidence.loss.unit_power else number


def _where(evidence: Evidence) -> str:
    """Where along x most of the cost is; empty if it is spread evenly."""
    if evidence.data.truth is None:
        return ""
    low, high, share = evidence.worst_tenth
    if share < CONCENTRATED:
        return ""
    return f", {100 * share:.0f} % of it between x = {quantity(low)} and {quantity(high)}"


def _misread_words(evidence: Evidence) -> str:
    chosen, truth, best = evidence.run.experiment.loss.reading, evidence.data.truth, evidence.best_reading
    learns = evidence.learns
    learns = learns[:1].upper() + learns[1:]
    row, cost = READINGS[chosen], float(np.mean(evidence.costs[chosen]))
    if truth is None:
        saved = number(cost - float(np.mean(evidence.costs[best])))
        return (
            f"{learns}. It is read as {row.short}: {row.help}. Read as {READINGS[best].short}, the NLL of new points "
            f"falls by **{saved} nats** a point."
        )
    std = truth.std(evidence.data.x_evaluation)
    averaged = ", averaged over x" if std.max() > 1.01 * std.min() else ""
    read = read_as(chosen, evidence.run.experiment, evidence.outputs)
    return (
        f"{learns}: **{quantity(float(np.mean(np.exp(evidence.outputs[:, 1]))))}**, where the variance is "
        f"**{quantity(float(np.mean(std**2)))}**{averaged}. It is read as {row.short} ({row.help}): the band is "
        f"**{width(read.std / std)}**, which costs **{number(cost)} nats** a point."
    )


RULES = (
    fits_one_constant,
    no_mean,
    misread,
    stuck_at_the_bound,
    overfitted,
    scale_off,
    above_floor,
)  # in their rank
