"""FINDINGS: computed sentences on a run, each a rule with its numbers. The first that applies is the verdict.

A rule takes the evidence of a run and gives a Finding, or None where it does not apply. Adding one is adding a
function to the table; its place is its rank.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding, Mend
from core.evaluation.levels import nats_between
from core.experiment import FIELDS, bounds_of
from core.model.readings import READINGS
from core.training.run import Run
from core.words import number, quantity, width

__all__ = ["FINDINGS", "Finding", "Mend", "verdict"]

# Nats a point by which another reading must be better before this one is called wrong. A Laplace distribution for
# Gaussian noise costs 0.048: a matter of taste; a Gaussian for Laplace noise, scaled by E|r|, costs 0.088.
READING_MARGIN = 0.07
FLOOR_MARGIN = 0.05  # nats above the floor that no longer count as reached: about ten times the quick run's gap
SHAPE_MARGIN = 0.03  # nats a point that a reading or the shape of the noise may cost before it is said
HIGH_RATE = 5  # times Adam's default rate here, from which on the rate is suspected when a run ends above its floor
VARIES = 1.5  # largest over smallest std from which the scatter is said to change along x


@lru_cache(maxsize=64)
def verdict(run: Run) -> Finding:
    """The first finding that applies to a run that has ended."""
    evidence = Evidence(run)
    found = (rule(evidence) for rule in FINDINGS.values())
    return next((finding for finding in found if finding is not None), _TRAINED)


def failed(evidence: Evidence) -> Finding | None:
    """The training never gave a network."""
    if evidence.run.status != "failed":
        return None
    device = evidence.run.experiment.training.device
    mends = () if device == "auto" else (Mend("Choose the device for me", {"training.device": "auto"}),)
    return Finding("mistake", "The training failed", evidence.run.message, mends)


def diverged(evidence: Evidence) -> Finding | None:
    """A loss or gradient was not finite."""
    run = evidence.run
    if run.status != "diverged":
        return None
    training, named = run.experiment.training, evidence.loss.at_zero_residual
    lower_rate = max(bounds_of("training.learning_rate")[0], training.learning_rate / 10)
    if named and named in run.message:
        mend = Mend("Use r² instead", {"loss.name": "gaussian_nll"})
    elif not training.standardise:
        mend = Mend("Standardise x and y", {"training.standardise": True})
    else:
        mend = Mend("A tenth of the learning rate", {"training.learning_rate": lower_rate})
    kept = " The picture shows the last step that was whole." if run.has_curve else ""
    return Finding("mistake", "The training diverged", run.message + kept, (mend,))


def stopped(evidence: Evidence) -> Finding | None:
    """A person ended it before its last step."""
    if evidence.run.status != "stopped":
        return None
    kept = "What it had is kept, but it is not this experiment's answer."
    return Finding("warning", "Stopped before the end", f"{evidence.run.message} {kept}")


def misread(evidence: Evidence) -> Finding | None:
    """The outputs are good under another reading than the one chosen."""
    better = [name for name in evidence.loss.readings if evidence.saves(name) > READING_MARGIN]
    if not better:
        return None
    better.sort(key=evidence.saves, reverse=True)
    settled = evidence.above_trained < FLOOR_MARGIN if evidence.floor is None else _reaches_floor(evidence)
    mends = [Mend(f"Read it as {READINGS[name].short}", {"loss.reading": name}) for name in better]
    mends.append(Mend("Use r² instead", {"loss.name": "gaussian_nll"}))
    return Finding(
        "warning",
        "The loss is fine; the variance is read wrongly" if settled else "The variance is read wrongly",
        _misread_words(evidence) + (" Nothing need be trained again." if settled else ""),
        tuple(mends),
    )


def overfitted(evidence: Evidence) -> Finding | None:
    """The loss is much lower on the points it was trained on than on new ones."""
    trained = evidence.on_trained.mean
    if not np.isfinite(trained) or evidence.above_trained < FLOOR_MARGIN or _reaches_floor(evidence):
        return None
    experiment = evidence.run.experiment
    shown = _shown(evidence)
    possible = "" if evidence.floor is None else f", where **{shown(evidence.floor)}** can be reached"
    sentence = (
        f"The loss reads **{shown(trained)}** on the points it was trained on, but "
        f"**{shown(evidence.on_new.mean)}** on new ones{possible}. The net has learnt the noise of its "
        f"{len(evidence.data.y):,} points. More points, fewer steps or fewer units help."
    )
    mends = []
    if evidence.data.truth is not None:
        most = bounds_of("data.n")[1]
        mends.append(Mend("Ten times the points", {"data.n": min(most, 10 * experiment.data.n)}))
    mends.append(Mend("Half the steps", {"training.steps": max(1, experiment.training.steps // 2)}))
    return Finding("warning", "It fits the points, not what lies behind them", sentence, tuple(mends))


def above_floor(evidence: Evidence) -> Finding | None:
    """The loss has not come down to what this noise allows."""
    floor, loss, shown = evidence.floor, evidence.on_new.mean, _shown(evidence)
    if floor is None or _reaches_floor(evidence):
        return None
    left = f"{number(loss - floor)} nats to go"
    if evidence.loss.unit_power:
        left = f"{(loss / floor) ** (1 / evidence.loss.unit_power):.1f} times the error that the noise alone makes"
    suspects = _suspects(evidence.run)
    sentence = (
        f"On new points the loss reads **{shown(loss)}**; on this noise **{shown(floor)}** can be reached: {left}. "
        f"The first suspect is {', then '.join(words for words, _ in suspects)}."
    )
    headline = "Negative, but not yet good" if loss < 0 else "Not yet at the floor"
    return Finding("warning", headline, sentence, tuple(mend for _, mend in suspects if mend is not None))


def one_spread(evidence: Evidence) -> Finding | None:
    """The mean is as good as it gets; the spread is one constant, as it must be with this loss."""
    truth = evidence.data.truth
    if truth is None or evidence.floor is None or evidence.loss.has_scale:
        return None
    std = truth.std(evidence.data.x_evaluation)
    sentence = (
        f"On new points the loss reads **{quantity(evidence.on_new.mean)}**; the mean of ½σ², "
        f"**{quantity(evidence.floor)}**, is the least it can average. This loss learns no spread: the band is one "
        "constant, the spread of the residuals"
    )
    if std.max() < VARIES * std.min():
        return Finding("good", "The mean is learnt, the spread is one constant", sentence + ".")
    return Finding(
        "warning",
        "The mean is learnt, but the true spread is not one constant",
        f"{sentence}, while the true σ goes from **{quantity(std.min())}** to **{quantity(std.max())}** along x.",
        (Mend("Learn the spread too", {"loss.name": "gaussian_nll"}),),
    )


def at_floor(evidence: Evidence) -> Finding | None:
    """The loss is as low as this noise allows."""
    if evidence.floor is None:
        return None
    new = evidence.on_new
    sentence = (
        f"On this noise no net can bring this loss below **{number(evidence.floor)}** on average over new points; "
        f"yours reads **{number(new.mean)}** ± {number(new.error)} on {new.n:,} of them."
    )
    if new.mean < 0:
        sentence += f" {_why_negative(evidence)}"
    headline = "Negative, and right" if new.mean < 0 else "As low as this noise allows"
    return Finding("good", headline, sentence + _other_words(evidence))


def real_data(evidence: Evidence) -> Finding | None:
    """No truth is known: what the spread does along x, and what the held-out points say."""
    coverage = evidence.run.scores["coverage_95"]
    if evidence.data.truth is not None or coverage is None:
        return None
    x, n = evidence.data.x_grid, len(evidence.data.y_held_out)
    std = evidence.run.predictive(x).std
    low, high = int(np.argmin(std)), int(np.argmax(std))
    sentence = (
        f"The predicted std is smallest, **{quantity(std[low])}**, at x = {quantity(x[low])} and largest, "
        f"**{quantity(std[high])}**, at x = {quantity(x[high])}. Of {n:,} points kept from training, "
        f"**{100 * coverage:.0f} %** lie in the 95 % band. No truth is known here, so there is no floor and no gap."
    )
    if coverage < 0.95 - 3 * np.sqrt(0.95 * 0.05 / n):
        return Finding("warning", "The band is too narrow for new points", sentence)
    varies = std[high] >= VARIES * std[low]
    headline = "The scatter changes along x" if varies else "The scatter is nearly the same everywhere"
    return Finding("good", headline, sentence)


_RULES = (failed, diverged, stopped, misread, overfitted, above_floor, one_spread, at_floor, real_data)
FINDINGS: Mapping[str, Callable[[Evidence], Finding | None]] = MappingProxyType(
    {rule.__name__: rule for rule in _RULES}
)
_TRAINED = Finding("warning", "Trained, but without a score", "Its predictions are not finite numbers everywhere.")


def _reaches_floor(evidence: Evidence) -> bool:
    return evidence.above_floor is not None and evidence.above_floor < FLOOR_MARGIN


def _shown(evidence: Evidence) -> Callable[[float], str]:
    return quantity if evidence.loss.unit_power else number


def _misread_words(evidence: Evidence) -> str:
    chosen, truth, best = evidence.run.experiment.loss.reading, evidence.data.truth, evidence.best_reading
    learns = evidence.loss.learns[:1].upper() + evidence.loss.learns[1:]
    row, cost = READINGS[chosen], float(np.mean(evidence.costs[chosen]))
    if truth is None:
        saved = number(cost - float(np.mean(evidence.costs[best])))
        return (
            f"{learns}. It is read as {row.short}: {row.help}. Read as {READINGS[best].short}, the NLL of new points "
            f"falls by **{saved} nats** a point."
        )
    std, (mean, s) = truth.std(evidence.data.x_evaluation), evidence.outputs.T
    averaged = ", averaged over x" if std.max() > 1.01 * std.min() else ""
    return (
        f"{learns}: **{quantity(float(np.mean(np.exp(s))))}**, where the variance is "
        f"**{quantity(float(np.mean(std**2)))}**{averaged}. It is read as {row.short} ({row.help}): the band is "
        f"**{width(row.predictive(mean, s).std / std)}**, which costs **{number(cost)} nats** a point."
    )


def _why_negative(evidence: Evidence) -> str:
    truth = evidence.data.truth
    limit = None if truth is None else evidence.loss.negative_below(truth.noise)
    where = "" if limit is None else f" wherever σ is below {limit:.3f} in the unit of y"
    return f"Its floor is negative{where}: the sign tells how small the scatter is, not how good the fit."


def _other_words(evidence: Evidence) -> str:
    """What the floor of a loss does not tell: a reading, or a shape, that costs a little."""
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


def _suspects(run: Run) -> list[tuple[str, Mend | None]]:
    """Which two settings most likely keep a run above its floor, the likeliest first, and what to press."""
    training, network = run.experiment.training, run.experiment.network
    rate, good_rate = training.learning_rate, FIELDS["training.learning_rate"].default
    found: list[tuple[str, Mend | None]] = []
    if network.dropout > 0:
        found.append((f"the dropout of {network.dropout:g}", Mend("No dropout", {"network.dropout": 0.0})))
    if training.optimizer != "sgd" and rate > HIGH_RATE * good_rate:
        lower = Mend(f"Learning rate {good_rate:g}", {"training.learning_rate": good_rate})
        found.append((f"the learning rate of {rate:g}", lower))
    if training.schedule == "constant":
        found.append(("a rate that never falls", Mend("Let the rate fall to zero", {"training.schedule": "one_cycle"})))
    if not training.standardise:
        raw = "x and y in their raw units"
        found.append((raw, Mend("Standardise x and y", {"training.standardise": True})))
    if training.steps < (most := bounds_of("training.steps")[1]):
        few = f"too few steps ({training.steps:,})"
        found.append((few, Mend("Twice the steps", {"training.steps": min(most, 2 * training.steps)})))
    found.append(("too few units", None))
    return found[:2]
