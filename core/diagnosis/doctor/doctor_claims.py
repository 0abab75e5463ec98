"""The kinds of claims that the loss doctor and Ask make, each by its name, with what the number is and of what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...words import number, quantity
from ..finding import Claim, ClaimKind


def _percent(share: float) -> str:
    return f"{quantity(100 * share)} %" if share < 0.01 else f"{100 * share:.2g} %"


def _times(value: float) -> str:
    return quantity(value) if value >= 1000 or value < 0.1 else f"{value:.2f}"


KINDS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("mistake", "the mistake in the loss"),
            ClaimKind("no_optimum", "why the loss has no unique minimum"),
            ClaimKind("std_ratio", "that std over σ, or σ over that std", _times),
            # Of a question; all of them in the unit of y, losses with the constant where the question's loss has it
            ClaimKind("value", "the loss that was asked about, mean per point", number),
            ClaimKind("implied_std", "σ of equal Gaussian noise on which a perfect model gets that loss", quantity),
            ClaimKind("geometric_mean", "geometric mean of σ(x) that this loss needs on Gaussian noise", quantity),
            ClaimKind("below_known", "the known σ over that geometric mean", _times),
            ClaimKind("known_std", "the σ of the noise that is known", quantity),
            ClaimKind("floor", "lowest expected loss for equal Gaussian noise of the known σ", number),
            ClaimKind("kindest_floor", "the lowest of these floors over the noise families here", number),
            ClaimKind("excess", "the loss − that floor", number),
            ClaimKind("negative_below", "the σ below which the floor of this loss is negative", quantity),
            ClaimKind("share_of_std", "that σ over the std of y", _percent),
            ClaimKind("rare_share", "the share of the std of y below which noise is rare", _percent),
            ClaimKind("constant_loss", "lowest loss of one constant mean and std, on y of a Gaussian shape", number),
            ClaimKind("lowest", "lowest floor of this loss over every σ asked about", number),
            ClaimKind("highest", "highest floor of this loss over every σ asked about", number),
            ClaimKind("least_sigma", "the smallest σ asked about", lambda v: f"{v:g}"),
            ClaimKind("largest_sigma", "the largest σ asked about", lambda v: f"{v:,.0f}"),
            ClaimKind("count", "number of equal terms in the sum that the loss would be", lambda v: f"{round(v):,}"),
            ClaimKind("constant", "the constant of a full negative log likelihood", number),
            ClaimKind("each", "the loss over that count", number),
            ClaimKind("std_of_each", "σ of equal Gaussian noise on which a perfect model gets that share", quantity),
            ClaimKind("agrees_with", "what that σ agrees with"),
            ClaimKind("variance", "what the code calls its variance", quantity),
            ClaimKind("printed", "the name of what is printed as the variance"),
            ClaimKind("variance_is", "what that number is"),
            ClaimKind("file_loss", "mean of that loss over the points of a file", number),
            ClaimKind("file_std", "geometric mean of the predicted std of a file", quantity),
            ClaimKind("start", "y of a file where its mean is zero, on the line through the points", number),
            ClaimKind("slope", "what y of a file rises by if its mean rises by one, on that line", quantity),
            ClaimKind("points", "number of points of a file", lambda v: f"{round(v):,}"),
            ClaimKind("log_low", "least loss of a log", number),
            ClaimKind("log_high", "largest loss of a log", number),
            ClaimKind("std_as_variance", "the std if that number is a variance", quantity),
            ClaimKind("std_as_meant", "the std if that number is what the loss says, or what fits", quantity),
            ClaimKind("variance_ratio", "the first of these std over σ, or σ over it", quantity),
            ClaimKind("scale_term", "the loss of a residual of zero with that exp(s)", number),
            ClaimKind("residual_rms", "root mean squared residual if that variance holds at every x", quantity),
            ClaimKind("rms_ratio", "that over the predicted std", _times),
        )
    }
)


def claim(name: str, value: Any, form: Any = None) -> Claim:
    """A claim of the kind of this name. Raises KeyError for a kind that is not in the table."""
    return KINDS[name](value, None, form)
