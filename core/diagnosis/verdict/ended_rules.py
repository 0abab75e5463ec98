"""Rules for a run that did not finish, or whose loss has no minimum."""

import numpy as np

from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.evidence import Evidence
from core.experiment.experiment import bounds_of
from core.model.losses import LOSSES, Loss
from core.words import number, size


def failed(evidence: Evidence) -> Finding | None:
    """The training gave no network."""
    if evidence.run.status != "failed":
        return None
    device = evidence.run.experiment.training.device
    fixes = () if device == "auto" else (Fix("Choose the device for me", {"training.device": "auto"}),)
    return Finding("mistake", "The training failed", evidence.run.message, fixes)


def diverged(evidence: Evidence) -> Finding | None:
    """A loss or gradient was not finite."""
    run, failure = evidence.run, evidence.loss.failure
    if run.status != "diverged":
        return None
    training = run.experiment.training
    if failure is not None and failure.words in run.message:
        fix = fix_of(evidence.loss)
    elif not training.standardise:
        fix = Fix("Standardise x and y", {"training.standardise": True})
    else:
        rate = max(bounds_of("training.learning_rate")[0], training.learning_rate / 10)
        fix = Fix("A tenth of the learning rate", {"training.learning_rate": rate})
    kept = " The picture shows the last step that was whole." if run.has_curve else ""
    return Finding("mistake", "The training diverged", run.message + kept, (fix,))


def stopped(evidence: Evidence) -> Finding | None:
    """A user stopped it before its last step."""
    if evidence.run.status != "stopped":
        return None
    kept = "What it had is kept, but it is not this experiment's answer."
    return Finding("warning", "Stopped before the end", f"{evidence.run.message} {kept}")


def runs_away(evidence: Evidence) -> Finding | None:
    """The loss has no minimum: the longer it trains, the farther the spread moves away."""
    status = evidence.optimum_status
    if status not in _AWAY:
        return None
    loss = evidence.loss
    why = f"{loss.mistake[:1].upper()}{loss.mistake[1:]}." if loss.mistake else "Its formula sets no lowest value."
    std = size(float(np.median(evidence.std)))
    reads = f"On new points the loss reads **{number(evidence.on_new.mean)}** and the std **{std}**"
    fixes = (fix_of(loss),) if loss.name != "gaussian_nll" else ()
    return Finding("mistake", _AWAY[status], f"{why} {reads}; more steps take both farther.", fixes)


def has_no_mean(evidence: Evidence) -> Finding | None:
    """The log of y was fitted by a distribution with heavy tails, so that y itself has no mean."""
    run = evidence.run
    if run.encoding is None or not run.encoding.log_target or not run.has_curve:
        return None
    if not np.isposinf(run.judged.mean).any():
        return None
    sentence = (
        f"The net is fitted to the log of y, by “{evidence.loss.label}”, whose tails are so long that y itself has no "
        "mean and no standard deviation. Its quantiles and intervals stand, but without a mean nothing is scored."
    )
    fixes = (Fix("Fit y itself", {"data.log_y": False}), fix_of(evidence.loss))
    return Finding("warning", "Transformed back, it has no mean", sentence, fixes)


_AWAY = {
    "unbounded": "This loss has no floor: it falls for ever",
    "escapes": "This loss is lowest at infinity: the spread grows for ever",
}


def fix_of(loss: Loss) -> Fix:
    """The button for the loss to take instead: of a mistake what was meant."""
    return Fix(f"Use {LOSSES[loss.in_place].label}", {"loss.name": loss.in_place})


RULES = (
    failed,
    diverged,
    stopped,
    runs_away,
    has_no_mean,
)  # in their rank
