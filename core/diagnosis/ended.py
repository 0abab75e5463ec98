"""Rules for a run that did not end as it should, or whose loss has no end."""

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.finding import Finding, Mend
from core.experiment import bounds_of
from core.model.losses import LOSSES, Loss
from core.words import number, size


def failed(evidence: Evidence) -> Finding | None:
    """The training never gave a network."""
    if evidence.run.status != "failed":
        return None
    device = evidence.run.experiment.training.device
    mends = () if device == "auto" else (Mend("Choose the device for me", {"training.device": "auto"}),)
    return Finding("mistake", "The training failed", evidence.run.message, mends)


def diverged(evidence: Evidence) -> Finding | None:
    """A loss or gradient was not finite."""
    run, death = evidence.run, evidence.loss.death
    if run.status != "diverged":
        return None
    training = run.experiment.training
    lower_rate = max(bounds_of("training.learning_rate")[0], training.learning_rate / 10)
    if death is not None and death.words in run.message:
        mend = mend_of(evidence.loss)
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


def runs_away(evidence: Evidence) -> Finding | None:
    """The loss has no lowest value, or reaches it nowhere: the longer it trains, the farther the spread goes."""
    status = evidence.runs_to
    if status not in _AWAY:
        return None
    loss = evidence.loss
    why = f"{loss.mistake[:1].upper()}{loss.mistake[1:]}." if loss.mistake else "Its formula sets no lowest value."
    reads = f"On new points the loss reads **{number(evidence.on_new.mean)}** and the std **{_std(evidence)}**"
    mends = (mend_of(loss),) if loss.name != "gaussian_nll" else ()
    return Finding("mistake", _AWAY[status], f"{why} {reads}; more steps take both farther.", mends)


def has_no_mean(evidence: Evidence) -> Finding | None:
    """The log of y was fitted by a distribution whose tails are too long to be transformed back with a mean."""
    run = evidence.run
    if run.encoding is None or not run.encoding.log_target or not run.has_curve:
        return None
    with np.errstate(all="ignore"):
        if not np.isposinf(run.read(run.on_held_out).mean).any():
            return None
    sentence = (
        f"The net is fitted to the log of y, by “{evidence.loss.label}”, whose tails are so long that y itself has no "
        "mean and no standard deviation. Its quantiles and intervals stand; scores that need a mean do not."
    )
    mends = (Mend("Fit y itself", {"data.log_y": False}), mend_of(evidence.loss))
    return Finding("warning", "Transformed back, it has no mean", sentence, mends)


_AWAY = {
    "unbounded": "This loss has no floor: it falls for ever",
    "escapes": "This loss is lowest at infinity: the spread grows for ever",
}


def mend_of(loss: Loss) -> Mend:
    """The button that puts right a loss that was written by mistake, or dies."""
    return Mend(f"Use {LOSSES[loss.mended_by].label}", {"loss.name": loss.mended_by})


def _std(evidence: Evidence) -> str:
    return size(float(evidence.typical_std))
