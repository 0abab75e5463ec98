"""Rules on how a loss takes y and its outputs, told by values alone: what moves with y, what has to be above zero.

A loss of y − mean keeps its value where both move by one step. Which outputs must move with y, and which against it,
says what they are before any optimum is looked for.
"""

from dataclasses import replace

import numpy as np

from ...model.formulas.tree import Node, made
from ..finding import Cause, Claim, Finding
from ..verdict.wording import part, said
from .first_output import first_output, mean_words
from .loss_claims import claim, in_backticks
from .loss_evidence import LossEvidence
from .remark_rules import Rule, remark_of
from .said_parts import std_claims
from .tree_gradient import is_known, program_of

_MISTAKE = (Cause("mistake_in_loss"),)
_STEP = 0.37
_Y = np.array([0.4, 1.3, 2.2, 0.9, 3.1])
_OUTPUTS = np.array([[0.7, 0.9, 1.6, 2.3, 1.2], [1.1, 0.6, 1.9, 0.8, 1.5]])


def _value(it: LossEvidence, moved: dict[str, float]) -> np.ndarray:
    """The loss per point, with what stands in `moved` moved by that much."""
    given = {"y": _Y} | dict(zip(("mu", it.symbol), _OUTPUTS, strict=True))
    given = {name: values + moved.get(name, 0.0) for name, values in given.items()}
    return np.broadcast_to(np.asarray(program_of(it.code.tree).value(given), float), _Y.shape)


def _stays(it: LossEvidence, **moved: float) -> bool:
    """Whether the loss keeps its value, and has one, where these move by so many steps."""
    still, after = _value(it, {}), _value(it, {name: times * _STEP for name, times in moved.items()})
    return bool(np.isfinite(still).all() and np.allclose(still, after, rtol=1e-9, atol=1e-9))


def _is_simple(it: LossEvidence) -> bool:
    """Whether there is a prediction and at most one output more, and y itself matters."""
    known = is_known(it.code.tree) and "mu" in it.code.outputs and (it.is_single or not it.others)
    return known and not _stays(it, y=1.0)


def minus_y(it: LossEvidence) -> Finding | None:
    """A mean that is added to y, not taken from it."""
    if not _is_simple(it) or not _stays(it, y=1.0, mu=-1.0) or _stays(it, mu=1.0):
        return None
    text = "{first} is added to y, not subtracted, so it learns −y. Write y − {first}."
    return said("mistake", "The first output learns −y", [part(text, _first(it))], causes=_MISTAKE)


def places(it: LossEvidence) -> Finding | None:
    """Two outputs that both move with y, such as the ends of an interval: neither is a spread."""
    if not _is_simple(it) or not it.is_single or _stays(it, y=1.0, mu=1.0):
        return None
    if not _stays(it, y=1.0, mu=1.0, **{it.symbol: 1.0}):
        return None
    tree, found = it.code.trained or it.code.tree, []
    for name, other in (("mu", it.symbol), (it.symbol, "mu")):
        place = first_output(tree, {other: 0.6}, 1.0, name).place
        found.append((it.names.get(name, name), place))
    if all(place for _, place in found):
        words = "; ".join(f"{in_backticks(name)} learns {place} of y" for name, place in found)
        text = "Each output is trained separately: {each_output}. Neither is a std."
        return said("good", "Each output is trained separately", [part(text, claim("each_output", words))])
    text = "{first} and {output} both move with y: each is a location, such as an end of an interval, not a std."
    return said("good", "Two locations, no std", [part(text, _first(it), claim("output", it.second))])


def swapped(it: LossEvidence) -> Finding | None:
    """A spread that y is compared with, beside a mean that stands for the spread."""
    if not _is_simple(it) or not it.is_single or not _stays(it, y=1.0, **{it.symbol: 1.0}) or _stays(it, mu=1.0):
        return None
    text = (
        "y is compared with {output}, and {first} is in the place of the variance. Check the order of the "
        "arguments: PyTorch's GaussianNLLLoss takes mean, target, variance."
    )
    claims = _first(it), claim("output", it.second)
    return said("mistake", "Mean and variance are swapped", [part(text, *claims)], causes=_MISTAKE)


def counts(it: LossEvidence) -> Finding | None:
    """A likelihood with the gamma function of y itself: one of counts."""
    if not _is_simple(it) or (not it.others and mean_words(it.code.tree)):
        return None
    gammas = [node for node in it.code.tree.walk() if "gamma" in node.op and node.of[0].names & {"y", "r"}]
    if not gammas:
        return None
    text = (
        "It contains the gamma function of y, like a likelihood of counts. Losses are examined here with noise "
        "around a mean, so what this one learns is not known."
    )
    return said("open", "A likelihood of counts", [part(text)])


def positive_target(it: LossEvidence) -> Finding | None:
    """A loss that has a value only where y is above zero: it is looked at in log y."""
    if not _is_simple(it) or (not it.others and mean_words(it.code.tree)):
        return None
    if not np.isfinite(_value(it, {})).all() or np.isfinite(_value(it, {"y": -9.0})).any():
        return None
    y = made("exp", Node("y"))
    tree = it.code.tree.put({"y": y, "r": made("sub", y, Node("mu"))})
    inner = LossEvidence(replace(it.code, tree=tree, trained=None, parts=()))
    if it.is_single:
        of_density = replace(inner.code, tree=made("sub", tree, Node("y")))  # of y, written as that of log y
        for each in (LossEvidence(of_density), inner):
            if each.std is not None and each.likelihood is not None:
                text = "It is a likelihood of log y, for y above zero. The std of log y is **{own_std}**."
                headline = "This is right: the std of log y = {own_std}"
                return said("good", headline, [part(text, *std_claims(each))])
    if not it.others and inner.first.place == "the mean":
        text = "It has no second output: it learns the mean of log y, for y above zero, and no std."
        return said("good", "It learns the mean of log y", [part(text)])
    text = (
        "It has no value where y is far below zero. Losses are examined here with noise of either sign, so what "
        "this one learns is not known."
    )
    return said("open", "It has no value where y is far below zero", [part(text)])


def likelihood_itself(it: LossEvidence) -> Finding | None:
    """A density that stands there as it is, without −log."""
    if not _is_simple(it) or not it.is_single:
        return None
    near, far = _value(it, {}), _value(it, {"y": 300.0})
    if not (near > 0).all() or not (np.abs(far) < 1e-12).all():
        return None
    inner = LossEvidence(replace(it.code, tree=made("neg", made("log", it.code.tree)), trained=None, parts=()))
    if inner.likelihood is None or inner.std is None:
        return None
    text = (
        "This is the likelihood itself: it must be **maximised**, and over points its logarithm is summed. The "
        "loss is its −log; there the std is **{own_std}**."
    )
    return said("mistake", "A likelihood, not yet a loss", [part(text, *std_claims(inner))], causes=_MISTAKE)


def summed_and_averaged(it: LossEvidence) -> Finding | None:
    """A mean and a spread, of which one part is summed over the points and the other averaged."""
    remark = remark_of(it, "mixed_reduction")
    if remark is None or remark.severity != "mistake" or not it.is_single:
        return None
    text = (
        "{code}: one part is summed over the N points and another averaged, so the summed part counts N times as "
        "much. What {output} learns changes with N: sum both, or average both."
    )
    claims = claim("code", remark.text), claim("output", it.second)
    return said("mistake", "A sum and a mean are added", [part(text, *claims)], causes=_MISTAKE)


def relative(it: LossEvidence) -> Finding | None:
    """A loss of one output that judges a residual in proportion to y or to the output."""
    if it.others or not _is_simple(it) or mean_words(it.code.tree) or _stays(it, y=1.0, mu=1.0):
        return None
    program, mu = program_of(it.code.tree), _OUTPUTS[0]
    one, twice = (np.asarray(program.value({"y": k * _Y, "mu": k * mu}), float) for k in (1.0, 2.0))
    hit = np.asarray(program.value({"y": mu, "mu": mu}), float)
    if not np.allclose(one, twice, rtol=1e-6) or not (one > np.min(hit)).all() or np.ptp(hit) > 1e-9:
        return None
    text = (
        "It divides a residual by the size of y or of {first}, so residuals count most where that is near zero. "
        "With noise {first} does not learn the mean of y. No std is learned."
    )
    return said("good", "A relative error", [part(text, _first(it))])


def one_for_both(it: LossEvidence) -> Finding | None:
    """One output that is the mean and makes the spread too."""
    tree = it.code.tree
    if it.others or not _is_simple(it) or not {"r", "mu"} <= tree.names or mean_words(tree):
        return None
    apart = replace(it.code, tree=tree.put({"mu": Node("s")}), trained=None, outputs=("mu", "s"), remarks=(), parts=())
    inner = LossEvidence(apart)
    inner.names = {"mu": it.names.get("mu", "mu"), "s": it.names.get("mu", "mu")}
    if inner.std is None or inner.likelihood is None or inner.best is None:
        return None
    text = "{first} is the prediction and also gives the std: **{own_std}**. "
    if inner.best.law.of_exp:
        text += "One output cannot be both: give the std its own output."
        kind, headline = "mistake", "One output is both mean and std"
    else:
        text += "That is right only for noise whose std depends on its mean in this way."
        kind, headline = "warning", "The std is tied to the mean"
    return said(kind, headline, [part(text, _first(it), *std_claims(inner))], causes=_MISTAKE)


def _first(it: LossEvidence) -> Claim:
    return claim("first", it.names.get("mu", "mu"))


# Where one of these speaks nothing else is asked, and no optimum is looked for.
RULES: tuple[Rule, ...] = (
    summed_and_averaged,
    minus_y,
    places,
    swapped,
    counts,
    positive_target,
    likelihood_itself,
    relative,
    one_for_both,
)
