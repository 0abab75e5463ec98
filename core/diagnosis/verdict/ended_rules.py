"""Rules for a run that did not finish, or whose loss has no minimum."""

import numpy as np

from ...model.heads import OWN
from ...model.losses import LOSSES, Loss
from ...training.divergence import NO_VALUE
from ..finding import Cause, Finding, Fix
from .blame import Blame
from .claims import claim
from .wording import capital, part, said


def failed(blame: Blame) -> Finding | None:
    """The training gave no network."""
    run = blame.evidence.run
    if run.status != "failed":
        return None
    fixes = (
        ()
        if run.experiment.training.device == "auto"
        else (Fix("Choose the device for me", {"training.device": "auto"}),)
    )
    return said("mistake", "The training failed", [part("{message}", claim("message", run.message))], fixes)


def diverged(blame: Blame) -> Finding | None:
    """A loss or gradient was not finite."""
    run, loss = blame.evidence.run, blame.evidence.loss
    if run.status != "diverged":
        return None
    of_loss = (loss.failure is not None and loss.failure.words in run.message) or NO_VALUE in run.message
    ends = None if of_loss else blame.what_ends
    if ends is None:
        fixes, causes = [fix_of(loss)], (Cause("mistake_in_loss"),) if of_loss or loss.mistake else ()
        if of_loss and not loss.head.is_own:
            fixes, causes = [Fix("Head exp(s)", {"loss.head": OWN.name})], (Cause("head"),)
    else:
        suspect, change = ends
        fixes, causes = [Fix(suspect.label_for(change), dict(change))], (Cause(suspect.cause),)
    kept = " The charts show the last step before the failure." if run.has_curve else ""
    parts = [part("{message}" + kept, claim("message", run.message))]
    return said("mistake", "The training diverged", parts, fixes, causes)


def stopped(blame: Blame) -> Finding | None:
    """A user stopped it before its last step."""
    run = blame.evidence.run
    if run.status != "stopped":
        return None
    kept = " The steps so far are kept, but they are not the result of this experiment." if run.has_curve else ""
    text = "{message}" + kept
    return said("warning", "Stopped before the end", [part(text, claim("message", run.message))])


def runs_away(blame: Blame) -> Finding | None:
    """The loss has no minimum: the longer it trains, the farther the spread moves away."""
    evidence = blame.evidence
    status = evidence.optimum_status
    if status not in _AWAY:
        return None
    loss = evidence.loss
    mistake = loss.mistake or "its formula has no minimum"
    why = part("{mistake}.", claim("mistake", capital(mistake)))
    meaning = evidence.meaning
    if meaning is not None and meaning.goes_to is not None and 0 < meaning.std_used < np.inf:
        ends = {-np.inf: "−∞", np.inf: "∞", 0.0: "zero"}[meaning.goes_to]
        taken = part(
            (
                "Its second output goes to {goes_to}, and the std that the loss uses becomes **{std_used}**. No "
                "reading fixes that."
            ),
            claim("goes_to", ends),
            claim("std_used", meaning.std_used),
        )
        return said("mistake", _AWAY[status], [why, taken], [fix_of(loss)], (Cause("mistake_in_loss"),))
    numbers = part(
        (
            "On new points the loss averages **{loss_on_new}** and the median std is **{typical_std}**. More steps "
            "move both further."
        ),
        claim("loss_on_new", evidence.on_new.mean, evidence.on_new.error, evidence.shown),
        claim("typical_std", float(np.median(evidence.std))),
    )
    fixes = [fix_of(loss)] if loss.name != "gaussian_nll" else []
    return said("mistake", _AWAY[status], [why, numbers], fixes, (Cause("mistake_in_loss"),))


def has_no_mean(blame: Blame) -> Finding | None:
    """The log of y was fitted by a distribution with heavy tails, so that y itself has no mean."""
    run, loss = blame.evidence.run, blame.evidence.loss
    if run.encoding is None or not run.encoding.log_target or not run.has_curve:
        return None
    if not np.isposinf(run.judged.mean).any():
        return None
    sentence = (
        f"The network is fitted to the log of y, by “{loss.label}”. Its tails are so long that y itself has no "
        "mean and no standard deviation. Quantiles and intervals are valid, but nothing can be scored without a "
        "mean."
    )
    fixes = [Fix("Fit y itself", {"data.log_y": False}), fix_of(loss)]
    return said("warning", "Transformed back, it has no mean", [part(sentence)], fixes, (Cause("wrong_family"),))


_AWAY = {
    "unbounded": "This loss has no minimum: it keeps falling",
    "escapes": "This loss is lowest at infinity: it never settles",
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
