"""What is said of several members: what they predict together, beside what one of them does alone."""

from dataclasses import replace

import numpy as np

from ...experiment.build import read
from ...experiment.trained_rows import is_scored_on_training
from ...training.run import Run
from ...words import number
from ..finding import Claim, ClaimKind, Finding
from .counterfactuals import AT_FLOOR

MOST_ROWS = 5_000  # of the held-out points, evenly taken, for the share of ignorance


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %" if value < 0.0995 else f"{100 * value:.0f} %"


_MEMBERS = ClaimKind("members", "number of members that predict", _count)
_GAP = ClaimKind(
    "gap_together", "KL(true ‖ mixture of the members), mean over the evaluation x, nats per point", number
)
_GAP_OF_ONE = ClaimKind("gap_of_one", "the same of one member, mean over the members", number)
_NLL = ClaimKind("nll_together", "mean −log density of the mixture at the held-out points, nats", number)
_NLL_OF_ONE = ClaimKind("nll_of_one", "the same of one member, mean over the members", number)
_IGNORANCE = ClaimKind(
    "ignorance", "variance of the members' means / total variance, mean over at most 5,000 held-out points", _share
)


_OF_GAPS = (
    "The mixture of {members} networks has a gap to the truth of **{gap_together} nats** per point; one alone "
    "has {gap_of_one} on average."
)
_OF_IGNORANCE = "**{ignorance}** of its variance at new points is ignorance: how much the networks disagree."


def at_floor_together(run: Run) -> Finding | None:
    """The mixture of the members is close to the truth; None if it is not, or no truth is known."""
    if run.gap is None or not run.gap < AT_FLOOR:
        return None
    return Finding.said(
        "good",
        "Together the members are right",
        f"{_OF_GAPS} {_OF_IGNORANCE}",
        (*_gaps(run), _ignorance(run)),
    )


def beside_one(run: Run, one: Finding, together: Finding | None) -> Finding:
    """The finding on all members, if there is one, or else on the first alone, and what the others add to it."""
    known = run.gap is not None and np.isfinite(run.gap)
    if known:
        words, claims = _OF_GAPS, _gaps(run)
    elif run.scores["nll"] is not None:
        words = (
            "The mixture of {members} networks has an NLL of **{nll_together}** on new points; one alone has "
            "{nll_of_one} on average."
        )
        claims = (
            _MEMBERS(len(run.predicting)),
            _NLL(run.scores["nll"]),
            _NLL_OF_ONE(float(np.mean([_nll(each) for each in run.predicting]))),
        )
    else:
        return one
    words = f"{words} {_OF_IGNORANCE}"
    if is_scored_on_training(run.experiment):
        words = words.replace("new points", "these points")
    added = Finding.said("open", "", words, (*claims, _ignorance(run)))
    first = together or one
    sentence = f"{added.sentence} The first network alone: {one.sentence}"
    if together is not None:
        sentence = f"{together.sentence} {added.sentence}"
    return replace(first, sentence=sentence, claims=(*first.claims, *added.claims))


def _gaps(run: Run) -> tuple[Claim, ...]:
    of_one = float(np.mean([each.gap for each in run.predicting]))
    return _MEMBERS(len(run.predicting)), _GAP(run.gap), _GAP_OF_ONE(of_one)


def _nll(run: Run) -> float:
    return float(np.mean(run.in_unit_of_y(read(run.experiment, run.on_held_out)).nll(run.y_held_out)))


def _ignorance(run: Run) -> Claim:
    x = run.dataset.x_held_out
    parts = run.parts(x[:: -(-len(x) // MOST_ROWS)])
    with np.errstate(all="ignore"):
        return _IGNORANCE(float(np.mean(parts.epistemic / parts.total)))
