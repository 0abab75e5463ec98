"""How the loss figures of a run hang together, in a line: training loss, loss on new points, floor and full NLL."""

import math

from ...evaluation.loss_parts import final_loss
from ...training.run import Run
from ...words import margin, number
from ..finding import Claim, ClaimKind, Finding
from ..verdict.evidence import Evidence
from .loss_data import constant_of

_SAME = 1e-6  # nats: two means over the same points that differ by less are one number

_TRAINED = ClaimKind("loss_at_end", "mean training loss over the last tenth of the steps")
_NEW = ClaimKind("loss_on_new", "mean loss on the held-out points")
_ERROR = ClaimKind("error_on_new", "standard error of the mean loss on the held-out points")
_N = ClaimKind("n_new", "number of held-out points", lambda value: f"{value:,.0f}")
_FLOOR = ClaimKind("floor", "lowest expected loss at the x of the held-out points")
_NLL = ClaimKind("nll", "mean −log density of the held-out points, constants included", number)
_ADDED = ClaimKind("constant", "full NLL − loss on the same points", number)
_NAME = ClaimKind("constant_name", "the constant as a formula")


def loss_figures(run: Run) -> Finding | None:
    """The figures of a run's loss in one sentence, with their claims; None if one of them is not finite.

    They differ because they are means over other points, or other weights, or with another constant. Of several members
    they are those of the first.
    """
    run = run.alone
    trained, nll = final_loss(run.history["loss"]), run.scores["nll"] if run.has_curve else None
    if trained is None or nll is None:
        return None
    evidence = Evidence(run)
    new, shown = evidence.on_new, evidence.shown
    if not math.isfinite(new.mean):
        return None
    claims: list[Claim] = [
        _TRAINED(trained, form=shown),
        _NEW(new.mean, new.error, shown),
        _ERROR(new.error, form=margin),
        _N(new.n),
    ]
    dropout = ", with dropout on" if run.experiment.network.dropout else ""
    words = (
        f"Training loss {{loss_at_end}}: smoothed over the last tenth of the steps, on training points{dropout}. "
        "Loss on {n_new} new points {loss_on_new} ± {error_on_new}"
    )
    if evidence.floor is not None:
        claims.append(_FLOOR(evidence.floor, form=shown))
        words += ", where the lowest possible mean is {floor}"
    more, full = _full_nll(run, nll, new.mean)
    return Finding.said("open", "How these figures are related", f"{words}. {full}", (*claims, _NLL(nll), *more))


def _full_nll(run: Run, nll: float, on_new: float) -> tuple[list[Claim], str]:
    """What the full NLL has more than the loss on the same points, as claims and in words."""
    loss, more = Evidence(run).loss, nll - on_new
    known = constant_of(loss)
    constant = None if loss.constant is None else loss.constant
    if constant is None or abs(more - constant - loss.offset) > _SAME * max(1.0, abs(nll)):
        return [], "The full NLL, {nll}, is that of the distribution as it is read: a different measure from this loss."
    if abs(more) <= _SAME:
        return [], "The full NLL, {nll}, equals the loss on new points: this loss leaves out no constant."
    if loss.offset or known is None:
        return [
            _ADDED(more)
        ], "The full NLL, {nll}, is the loss on new points + {constant}, which this loss leaves out."
    return (
        [_ADDED(more), _NAME(known[0])],
        "The full NLL, {nll}, is the loss on new points + {constant_name} = {constant}, which this loss leaves out.",
    )
