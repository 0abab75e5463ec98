"""Rules on what is wrong with a loss whatever its second output means: no lowest place, a forgotten sign, shapes."""

import numpy as np

from ..finding import Cause, Finding
from ..verdict.wording import part, said
from .first_output import mean_words
from .loss_claims import claim
from .loss_evidence import LossEvidence
from .loss_optima import AT, SIGMAS
from .remark_rules import Rule
from .said_parts import end_words, rest_words, std_parts
from .tree_gradient import is_known

_MISTAKE = (Cause("mistake_in_loss"),)


def not_worked_out(it: LossEvidence) -> Finding | None:
    """A loss that holds something that is no operation of formulas."""
    if is_known(it.code.tree) and (it.code.trained is None or is_known(it.code.trained)):
        return None
    text = "A part of this code stands for many values at once and cannot be computed. Paste the loss per point."
    return said("warning", "It could not be examined", [part(text)])


def maximised_density(it: LossEvidence) -> Finding | None:
    """The log density of more than two outputs, whose minus sign is missing."""
    if len(it.others) < 2 or not it.is_log_density:
        return None
    text = "This is a log likelihood: it must be **maximised**. Put a minus before it."
    return said("mistake", "The minus sign is missing", [part(text)], causes=_MISTAKE)


def bare_likelihood(it: LossEvidence) -> Finding | None:
    """A likelihood without its logarithm."""
    if not it.is_bare_likelihood:
        return None
    text = (
        "This averages the likelihood itself. Its mean is largest for the smallest possible {output}, so the std "
        "is not learned. Average its logarithm instead."
    )
    return said("mistake", "The logarithm is missing", [part(text, claim("output", it.second))], causes=_MISTAKE)


def nothing_predicted(it: LossEvidence) -> Finding | None:
    """A loss with no prediction of y in it."""
    if it.predicts:
        return None
    text = "This code has no prediction of y, or none was recognised. Say which name is the predicted mean."
    return said("warning", "Nothing is compared with y", [part(text)])


def maximised(it: LossEvidence) -> Finding | None:
    """A log likelihood whose minus sign is missing."""
    if not it.is_maximised:
        return None
    text = (
        "This is a log likelihood: it must be **maximised**. Minimised, it drives the second output to its "
        "limit. Put a minus before it."
    )
    return said("mistake", "The minus sign is missing", [part(text), *std_parts(it)], causes=_MISTAKE)


def mean_runs_away(it: LossEvidence) -> Finding | None:
    """A second output or none, and a first that nothing holds."""
    if not (it.is_single and it.statuses[AT] == "mean escapes") and not (not it.others and _one_side_is_open(it)):
        return None
    text = "Nothing limits the first output: the loss keeps falling as it moves away from y on one side."
    return said("mistake", "The mean runs away", [part(text)], causes=_MISTAKE)


def _one_side_is_open(it: LossEvidence) -> bool:
    first = it.first
    pulls = np.array([first.pull_below, first.pull_above])
    known = np.isfinite(pulls).all() and pulls.any() and first.of_residual and not mean_words(it.tree)
    return bool(known and not pulls[0] > 0 > pulls[1] and not pulls[0] < 0 < pulls[1])


def pushed_away(it: LossEvidence) -> Finding | None:
    """A loss of the mean alone that is smaller the farther the mean is from y."""
    if it.others or not it.first.pull_below < 0 < it.first.pull_above or mean_words(it.tree):
        return None
    text = "The farther the first output is from y, the smaller this is. Put a minus before it, or **maximise** it."
    return said("mistake", "The minus sign is missing", [part(text)], causes=_MISTAKE)


def unbounded(it: LossEvidence) -> Finding | None:
    """A loss that falls for ever."""
    gone = [sigma for sigma in SIGMAS if it.is_single and it.statuses[sigma] == "unbounded"]
    if not gone or not all(it.optima.falls_for_ever(it.rest(sigma), sigma) for sigma in gone):
        return None
    claims = [claim("output", it.second), claim("goes_to", end_words(it.rest(gone[0]).goes_to))]
    text = "On average this loss has no minimum: {output} goes to {goes_to}, and the loss to −∞."
    if len(gone) < len(SIGMAS):
        text += " For large σ there is a local minimum on the way, where training may stay."
    return said("mistake", "It keeps falling", [part(text, *claims)], causes=_MISTAKE)


def undefined(it: LossEvidence) -> Finding | None:
    """A loss without a value."""
    if not it.is_single or set(it.statuses.values()) != {"undefined"}:
        return None
    text = "On average this loss is not a number, whatever the noise."
    return said("mistake", "It has no value", [part(text)], causes=_MISTAKE)


def mean_is_not_trained(it: LossEvidence) -> Finding | None:
    """A first output that the loss does not move."""
    if "mu" not in it.code.outputs or it.moves_the_mean:
        return None
    text = "The first output has no gradient: it is detached, so this never trains the mean."
    return said("mistake", "The mean is not trained", [part(text), *std_parts(it)], causes=_MISTAKE)


def escapes_always(it: LossEvidence) -> Finding | None:
    """A loss that is lowest at an end of its second output whatever σ is."""
    if not it.is_single or not set(it.statuses.values()) <= {"escapes", "level"} or does_not_matter(it) is not None:
        return None
    ends = {rest_words(it.rest(sigma)) for sigma in SIGMAS}
    claims = [claim("output", it.second)]
    if len(ends) == 1:
        text = "For every σ this is lowest with {output} at {goes_to}, so it says nothing about the noise."
        claims.append(claim("goes_to", ends.pop()))
    else:
        text = "For every σ this is lowest with {output} at its limit."
    rest = "The term that limits it is missing or too weak: for a Gaussian NLL, the logarithm of the std."
    return said("mistake", "The second output grows without limit", [part(text, *claims), part(rest)], causes=_MISTAKE)


def does_not_matter(it: LossEvidence) -> Finding | None:
    """A second output that changes nothing."""
    if not it.is_single:
        return None
    rests = [it.rest(sigma) for sigma in SIGMAS]
    if not all(rest.level == (float("-inf"), float("inf")) for rest in rests):
        return None
    text = "The loss does not change with {output}: it learns nothing."
    return said(
        "mistake", "The second output does not matter", [part(text, claim("output", it.second))], causes=_MISTAKE
    )


ALONE: tuple[Rule, ...] = (
    not_worked_out,
    nothing_predicted,
    bare_likelihood,
)  # where it speaks nothing else can be said
RULES: tuple[Rule, ...] = (
    maximised,
    maximised_density,
    pushed_away,
    mean_is_not_trained,
    mean_runs_away,
    undefined,
    unbounded,
    escapes_always,
    does_not_matter,
)
