"""The kinds of claims that the verdict on a run makes, each by its name, with what the number is and of what."""

from collections.abc import Mapping
from types import MappingProxyType

from ...words import margin, number, quantity
from ..finding import Claim, ClaimKind

_NATS = "nats per point"


def _count(value: float) -> str:
    return f"{round(value):,}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _times(value: float) -> str:
    return quantity(value) if value >= 1000 or value < 0.1 else f"{value:.2f}"


KINDS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("loss_on_new", "mean loss on the held-out points", number),
            ClaimKind("error_on_new", "standard error of the mean loss on the held-out points", margin),
            ClaimKind(
                "truth_on_new", "mean loss of the best possible outputs (the truth) on the held-out points", number
            ),
            ClaimKind("floor", "lowest expected loss at the x of the held-out points", number),
            ClaimKind("loss_on_training", "mean loss on the training points (5,000 of them at most)", number),
            ClaimKind(
                "band_low", "floor at the x of the training points − 2 standard errors of their mean loss", number
            ),
            ClaimKind(
                "band_high", "floor at the x of the training points + 2 standard errors of their mean loss", number
            ),
            ClaimKind("n_new", "number of held-out points", _count),
            ClaimKind("n_trained", "number of training points in loss_on_training", _count),
            ClaimKind("gap", f"KL(true ‖ predicted) as it is read, mean over the evaluation x, {_NATS}", number),
            ClaimKind("cost_of_mean", f"part of the gap that the true mean would close, {_NATS}", number),
            ClaimKind("cost_of_width", f"part of the gap that one factor on the std would then close, {_NATS}", number),
            ClaimKind("cost_along_x", f"part of the gap that a factor at each x would then close, {_NATS}", number),
            ClaimKind("cost_of_shape", f"what is left of the gap after these, {_NATS}", number),
            ClaimKind("cost_of_rest", f"part of the gap that remains once the mean is the true one, {_NATS}", number),
            ClaimKind("cost_of_reading", f"part of the gap that another reading closes, {_NATS}", number),
            ClaimKind("gap_after", f"the gap with that change, {_NATS}", number),
            ClaimKind("loss_after", "mean loss on the held-out points with that change", number),
            ClaimKind("learns", "what the second output of this loss learns"),
            ClaimKind("reading", "what the second output is read as"),
            ClaimKind("best_reading", "the reading with the smallest gap, or NLL of held-out points"),
            ClaimKind("mistake", "the mistake in the loss"),
            ClaimKind("own_std", "the std as a formula in the second output"),
            ClaimKind("std_used", "the std that the loss uses where its output has no gradient", quantity),
            ClaimKind("goes_to", "the value that the second output goes to"),
            ClaimKind("cost_of_dead", f"gap at the lowest loss, with the std that the loss uses, {_NATS}", number),
            ClaimKind("place", "what the first output of this loss learns"),
            ClaimKind("message", "how the training ended"),
            ClaimKind("family", "the distribution that the outputs are read as"),
            ClaimKind("noise", "the distribution of the noise"),
            ClaimKind("steps_after", "the number of steps with that change", _count),
            ClaimKind("change", "the new value of the setting in that change"),
            ClaimKind("exp_s", "mean of exp(s) over the evaluation x", quantity),
            ClaimKind("true_variance", "mean of the true σ² over the evaluation x", quantity),
            ClaimKind("std_ratio", "predicted std / true std, the median over the evaluation x", _times),
            ClaimKind("std_ratio_low", "predicted std / true std, 5 % quantile over the evaluation x", _times),
            ClaimKind("std_ratio_high", "predicted std / true std, 95 % quantile over the evaluation x", _times),
            ClaimKind("true_std_low", "smallest true σ at the evaluation x", quantity),
            ClaimKind("true_std_high", "largest true σ at the evaluation x", quantity),
            ClaimKind("root_of_epsilon", "the square root of the ε that is added to each squared residual", quantity),
            ClaimKind("least_std", "smallest std that the bound allows", quantity),
            ClaimKind("most_std", "largest std that the bound allows", quantity),
            ClaimKind("cost_of_bound", f"gap at the lowest loss with the bound − without it, {_NATS}", number),
            ClaimKind("cost_of_penalty", f"gap at the lowest loss with the penalty − without it, {_NATS}", number),
            ClaimKind("cost_of_family", f"gap at the lowest loss, with the best reading, {_NATS}", number),
            ClaimKind("cost_of_one_std", f"smallest gap with one constant std, {_NATS}", number),
            ClaimKind("cost_of_mistake", f"gap at the lowest loss of the mistaken formula, {_NATS}", number),
            ClaimKind("dead_share", "share of the training points at which an output has no gradient", _percent),
            ClaimKind(
                "negative_below",
                "the σ below which the floor of this loss is negative, unit of y",
                lambda v: f"{v:.3f}",
            ),
            ClaimKind("offset", "the constant that is subtracted from the loss", lambda v: number(v, 1)),
            ClaimKind("std_low", "smallest predicted std at the held-out points or on the grid", quantity),
            ClaimKind("std_high", "largest predicted std at the held-out points or on the grid", quantity),
            ClaimKind("x_of_std_low", "the x of the smallest predicted std", quantity),
            ClaimKind("x_of_std_high", "the x of the largest predicted std", quantity),
            ClaimKind("coverage", "share of the held-out points inside the interval", _percent),
            ClaimKind("level", "the level of the interval", _percent),
            ClaimKind("nll_saved", f"reduction of the held-out points' NLL by another reading, {_NATS}", number),
            ClaimKind("mean_of_y", "mean of the training targets", quantity),
            ClaimKind("variance_of_y", "variance of the training targets", quantity),
            ClaimKind("off_mean", "mean of the first output − the held-out y, without its sign", quantity),
            ClaimKind("typical_std", "median predicted std at the evaluation x", quantity),
            ClaimKind("constant_loss", "loss of one constant mean and std on these points", number),
        )
    }
)


def claim(name: str, value: float | str, std_error: float | None = None, form=None) -> Claim:  # type: ignore[no-untyped-def]
    """A claim of the kind of this name. Raises KeyError for a kind that is not in the table."""
    return KINDS[name](value, std_error, form)
