"""Rules on where a second output cannot learn, and on points that a loss cannot take: ends, dead stretches, poles."""

import numpy as np

from ..finding import Cause, Finding
from ..verdict.wording import part, said
from .loss_claims import claim
from .loss_evidence import LossEvidence
from .loss_optima import AT, SIGMAS
from .name_spellings import is_positive, is_raw
from .remark_rules import Rule
from .said_parts import end_words, rest_words, std_parts
from .tree_gradient import program_of

_MISTAKE = (Cause("mistake_in_loss"),)
_LEAST, _LARGEST = 0.1, 0.5  # a std that cannot be less, or not more, is in the way of usual noise
_FAR = (4.0, 5.0, 6.0, 7.0, 8.0, 10.0)  # in σ
_HARDLY = 0.5  # of what the plain NLL pulls


def not_a_number(it: LossEvidence) -> Finding | None:
    """A gradient, or a loss, that one exact hit makes NaN or infinite."""
    if not it.nan_at_zero:
        return None
    roots = [node for node in it.tree.walk() if node.op == "sqrt" and node.of[0].op == "power"]
    if np.isfinite(it.value_at_zero) and not roots:
        text = "At a residual of exactly zero the gradient is not finite: one exact hit ends the training."
    elif np.isfinite(it.value_at_zero):
        text = (
            "At a residual of exactly zero the gradient is NaN: sqrt has no derivative at zero. One exact hit "
            "ends the training. Use the absolute value instead of the root of the square."
        )
    else:
        text = "At a residual of exactly zero the loss is infinite and its gradient is NaN: one hit ends the training."
    return said("mistake", "One exact hit ends the training", [part(text), *std_parts(it)], causes=_MISTAKE)


def held_up(it: LossEvidence) -> Finding | None:
    """Noise of a σ that the code cannot express, where the second output stands still or runs away."""
    if not it.is_single or it.std is None:
        return None
    low, high = it.std_range
    below = low >= _LEAST
    if not below and high > _LARGEST:
        return None
    edge, name, side = (low, "least_std", "below") if below else (high, "most_std", "above")
    stuck = [sigma for sigma in SIGMAS if (sigma < 0.85 * low if below else sigma > 1.2 * high)]
    if not stuck:
        return None
    rest = it.rest(stuck[-1] if below else stuck[0])
    at_end = rest.status == "found" and abs(it.std_at(rest.s) / edge - 1) < 1e-3
    if rest.status not in ("level", "escapes") and not at_end:
        return None
    claims = [claim(name, edge), claim("output", it.second)]
    if rest.status == "level":
        why = "{output} has no gradient there"
    elif at_end:
        why = "{output} stays at {goes_to}"
        claims.append(claim("goes_to", rest_words(rest)))
    else:
        why = "{output} goes to {goes_to}"
        claims.append(claim("goes_to", end_words(rest.goes_to)))
    text = f"For noise of σ {side} {{{name}}} the std that the loss uses stays {{{name}}}, and {why}."
    return said(
        "warning",
        f"No std {side} {{{name}}} is possible",
        [part(text, *claims), *std_parts(it)],
        causes=(Cause("bound"),),
    )


def dead_stretch(it: LossEvidence) -> Finding | None:
    """A stretch without a gradient near where training begins, on which the loss is not lowest."""
    if not it.is_single or held_up(it) is not None:
        return None
    for low, high in it.optima.dead:
        if min(abs(low), abs(high)) > 1 or (high <= 0 and is_positive(it.second)):
            continue
        where = (
            f"below {high:g}"
            if np.isinf(low)
            else f"above {low:g}"
            if np.isinf(high)
            else f"between {low:g} and {high:g}"
        )
        text = "Where {output} is {dead_where} it has no gradient: a point that gets there stays there."
        claims = claim("output", it.second), claim("dead_where", where.replace("-", "−"))
        headline = "Part of {output} cannot learn"
        return said("warning", headline, [part(text, *claims), *std_parts(it)], causes=(Cause("dead_head"),))
    return None


def pole(it: LossEvidence) -> Finding | None:
    """An output of either sign, with an infinite loss between the two."""
    if not it.is_single or it.std is None or not it.optima.is_even or is_positive(it.second):
        return None
    if it.is_finite_at_zero:
        return None
    text = (
        "{output} and its negative mean the same, and at zero between them the loss is infinite. A network "
        "starts near there."
    )
    parts = [part(text, claim("output", it.second)), *std_parts(it)]
    return said("warning", "A pole at zero", parts)


def not_kept_positive(it: LossEvidence) -> Finding | None:
    """An output below zero, where the loss has no value."""
    if not it.is_single or it.std is None or not it.optima.needs_positive or not is_raw(it.second):
        return None
    text = "Where {output} is below zero the loss has no value, and nothing in this code keeps it above."
    parts = [part(text, claim("output", it.second)), *std_parts(it)]
    return said("warning", "Nothing keeps {output} above zero", parts, causes=_MISTAKE)


def far_points(it: LossEvidence) -> Finding | None:
    """Far points that hardly pull at the mean of what is otherwise a Gaussian NLL."""
    if not it.is_single or it.first.family != "Gaussian" or it.statuses[AT] != "found" or it.stops:
        return None
    z = np.array([0.1, *_FAR])
    given = {"y": AT * z, "mu": np.zeros(z.shape), it.symbol: np.full(z.shape, it.rest().s)}
    pull = np.broadcast_to(program_of(it.tree).slopes(given, np.float64(1.0), ("mu",))[1]["mu"], z.shape)
    plain = pull[0] / z[0] * z
    less = np.abs(pull[1:]) < np.maximum.accumulate(np.abs(pull))[:-1]  # than a nearer point: Huber's never is
    weak = np.flatnonzero(less & (np.abs(pull[1:]) < _HARDLY * np.abs(plain[1:])))
    if not len(weak):
        return None
    i = 1 + int(weak[0])
    text = (
        "A point {far} σ from its mean has almost no effect. With Gaussian noise of σ = {sigma} its slope is "
        "{pull_far}; the plain NLL has {pull_plain}. What is added inside the logarithm hides far points."
    )
    claims = (
        claim("far", z[i]),
        claim("sigma", AT),
        claim("pull_far", float(pull[i])),
        claim("pull_plain", float(plain[i])),
    )
    return said(
        "warning", "Far points have almost no effect", [part(text, *claims), *std_parts(it)], causes=(Cause("epsilon"),)
    )


RULES: tuple[Rule, ...] = (not_a_number, held_up, far_points, dead_stretch, pole, not_kept_positive)
