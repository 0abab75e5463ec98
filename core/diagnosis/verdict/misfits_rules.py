"""Rules for a finished run whose predictions are not as good as this noise allows."""

import numpy as np

from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.ended_rules import fix_of
from core.diagnosis.verdict.evidence import Evidence
from core.experiment.build import read_as
from core.experiment.experiment import FIELDS, bounds_of
from core.model.losses import LOSSES
from core.model.readings import READINGS
from core.training.run import Run
from core.words import number, quantity, width

# Nats per point by which another reading must be better before the chosen one is called wrong. A Laplace distribution
# for Gaussian noise costs 0.048, which is tolerable; a Gaussian for Laplace noise, scaled by E|r|, costs 0.088.
READING_MARGIN = 0.07
FLOOR_MARGIN = 0.05  # nats: a loss closer to the floor counts as having reached it; ten times the gap of the quick run
SCALE_SHARE = 0.5  # the finding is the scale if one factor on the spread gains this share of the distance to the floor
HIGH_RATE = 5  # times the default learning rate of Adam: a higher rate is suspected
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
    floor = "" if evidence.floor is None else f"; its own floor is **{number(evidence.floor)}**, whatever the net"
    sentence = (
        f"{evidence.loss.mistake[:1].upper()}{evidence.loss.mistake[1:]}: here **{quantity(float(y.mean()))}** and "
        f"**{quantity(float(y.var()))}**. On new points the loss reads **{number(evidence.on_new.mean)}**{floor}."
    )
    return Finding("mistake", "Every point is compared with every other", sentence, (fix_of(evidence.loss),))


def stuck_at_the_bound(evidence: Evidence) -> Finding | None:
    """The predicted std is at its bound for most x, and the true σ is beyond the bound."""
    ends, truth = evidence.bound_ends, evidence.data.truth
    if ends is None or truth is None:
        return None
    std, true = evidence.std, truth.std(evidence.data.x_evaluation)
    low, high = ends
    # The end; the share of x at which the prediction stands there, and the truth beyond it
    at_low = low, np.mean(std < 1.02 * low), np.mean(true < 0.98 * low)
    at_high = high, np.mean(std > 0.98 * high), np.mean(true > 1.02 * high)
    end, there, beyond = at_low if at_low[1] >= at_high[1] else at_high
    if there < 0.5 or beyond < 0.5:
        return None
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
    training, shown = evidence.run.experiment.training, evidence.shown
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
        n = min(bounds_of("data.n")[1], 10 * evidence.run.experiment.data.n)
        fixes.append(Fix("Ten times the points", {"data.n": n}))
    elif not training.patience:
        fixes.append(Fix("Stop early", {"training.patience": max(1, training.steps // 5)}))
    fixes.append(Fix("Half the steps", {"training.steps": max(1, training.steps // 2)}))
    return Finding("warning", "It fits the points, not what lies behind them", sentence, tuple(fixes))


def scale_off(evidence: Evidence) -> Finding | None:
    """One factor on the predicted spread would gain half of the distance to the floor."""
    due, residual = evidence.residual_due, evidence.terms[0]
    if due is None or not 0 < residual < np.inf or evidence.above_floor is None or reaches_floor(evidence):
        return None
    # In exp(−s)·g + c·s, adding log(ratio) to s makes the residual term `due`; at the optimum c = due.
    ratio = residual / due
    won = due * (ratio - 1 - np.log(ratio)) / (evidence.loss.unit_shift or 1.0)
    if won < SCALE_SHARE * evidence.above_floor:
        return None
    factor = ratio ** (1 / evidence.loss.weighted_power)
    sentence = (
        f"On new points the residual term averages **{number(residual)}**; where mean and spread fit it is "
        f"**{number(due)}**. The predicted std is about **{max(factor, 1 / factor):.2f} times too "
        f"{'small' if factor > 1 else 'large'}**, which alone costs **{number(won)} nats** a point."
    )
    return Finding("warning", "The spread is off by a factor", sentence, _suspects(evidence.run)[1])


def above_floor(evidence: Evidence) -> Finding | None:
    """The loss is still above the floor of this noise."""
    floor, loss = evidence.floor, evidence.on_new.mean
    if floor is None or reaches_floor(evidence):
        return None
    left = f"{number(loss - floor)} nats to go"
    if evidence.loss.unit_power:
        left = f"{(loss / floor) ** (1 / evidence.loss.unit_power):.1f} times the error that the noise alone makes"
    suspects, fixes = _suspects(evidence.run)
    sentence = (
        f"On new points the loss reads **{evidence.shown(loss)}**; on this noise **{evidence.shown(floor)}** can be "
        f"reached: {left}{_where(evidence)}. The first suspect is {suspects}."
    )
    headline = "Negative, but not yet good" if loss < 0 else "Not yet at the floor"
    return Finding("warning", headline, sentence, fixes)


def reaches_floor(evidence: Evidence) -> bool:
    """Whether the loss on new points is as low as possible, up to sampling error and FLOOR_MARGIN."""
    return evidence.above_floor is not None and evidence.above_floor < FLOOR_MARGIN


def _where(evidence: Evidence) -> str:
    """The tenth of the range of x in which most of the cost is; empty if it is spread evenly."""
    x, cost = evidence.data.x_evaluation, np.maximum(evidence.costs[evidence.best_reading], 0)
    if evidence.data.truth is None or not np.isfinite(cost).all() or not cost.sum():
        return ""
    width = len(x) // 10
    sums = np.convolve(cost, np.ones(width), mode="valid")
    at = int(np.argmax(sums))
    share = sums[at] / cost.sum()
    if share < CONCENTRATED:
        return ""
    return f", {100 * share:.0f} % of it between x = {quantity(x[at])} and {quantity(x[at + width - 1])}"


def _suspects(run: Run) -> tuple[str, tuple[Fix, ...]]:
    """The two settings that most likely keep a run above its floor, in words, and the fixes for them."""
    training, network = run.experiment.training, run.experiment.network
    rate, default_rate = training.learning_rate, FIELDS["training.learning_rate"].default
    most_steps = bounds_of("training.steps")[1]
    rows = (  # applies, words, label and setting of the fix; the likeliest first
        (network.dropout > 0, f"the dropout of {network.dropout:g}", "No dropout", {"network.dropout": 0.0}),
        (
            training.warmup_steps >= training.steps / 2,
            f"the warm-up of {training.warmup_steps:,} steps",
            *("No warm-up", {"training.warmup_steps": 0}),
        ),
        (
            training.optimizer != "sgd" and rate > HIGH_RATE * default_rate,
            f"the learning rate of {rate:g}",
            *(f"Learning rate {default_rate:g}", {"training.learning_rate": default_rate}),
        ),
        (
            training.schedule == "constant",
            "a rate that never falls",
            *("Let the rate fall to zero", {"training.schedule": "one_cycle"}),
        ),
        (
            not training.standardise,
            "x and y in their raw units",
            *("Standardise x and y", {"training.standardise": True}),
        ),
        (
            training.steps < most_steps,
            f"too few steps ({training.steps:,})",
            *("Twice the steps", {"training.steps": min(most_steps, 2 * training.steps)}),
        ),
    )
    found = [(words, Fix(label, setting)) for applies, words, label, setting in rows if applies]
    likeliest = [*found, ("too few units", None)][:2]
    return ", then ".join(words for words, _ in likeliest), tuple(fix for _, fix in likeliest if fix is not None)


def _misread_words(evidence: Evidence) -> str:
    chosen, truth, best = evidence.run.experiment.loss.reading, evidence.data.truth, evidence.best_reading
    learns = evidence.learns[:1].upper() + evidence.learns[1:]
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
