"""The kinds of claims that a check of a loss makes, each by its name, with what the number is and of what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...words import number, quantity
from ..finding import Claim, ClaimKind

_LONGEST = 60  # characters of code in a sentence


def in_backticks(text: str) -> str:
    """Somebody's code for a sentence in Markdown: as code, on one line, its end cut off where it is long."""
    line = " ".join(text.replace("`", "").split())
    return f"`{line if len(line) <= _LONGEST else line[: _LONGEST - 1] + '…'}`"


KINDS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("own_std", "the standard deviation, in the code's own names", in_backticks),
            ClaimKind(
                "std_on_gaussian", "the standard deviation on Gaussian noise, in the code's own names", in_backticks
            ),
            ClaimKind("on", "the noise on which that holds"),
            ClaimKind("quantity", "a quantity of the code, as it writes it", in_backticks),
            ClaimKind("stands_for", "what that quantity is at the optimum"),
            ClaimKind("expected", "what its name says it is"),
            ClaimKind("family", "the distribution whose negative log likelihood this is"),
            ClaimKind("times", "the number of times that likelihood that it is"),
            ClaimKind("place", "what the first output learns"),
            ClaimKind("output", "what the code calls the second output", in_backticks),
            ClaimKind("first", "what the code calls the first output", in_backticks),
            ClaimKind("goes_to", "the value that the second output goes to"),
            ClaimKind("std_used", "the standard deviation that the loss uses there", quantity),
            ClaimKind("least_std", "the smallest standard deviation that the code can express", quantity),
            ClaimKind("most_std", "the largest standard deviation that the code can express", quantity),
            ClaimKind("dead_where", "where the second output has no gradient"),
            ClaimKind("sigma", "a σ of the noise, unit of y", lambda v: f"{v:g}"),
            ClaimKind("sigmas", "the σ of the noise between which that holds"),
            ClaimKind("floor", "lowest expected loss on Gaussian noise of that σ", number),
            ClaimKind("negative_below", "the σ of Gaussian noise below which the lowest loss is negative", quantity),
            ClaimKind("part_first", "a part of the sum, as the code writes it", in_backticks),
            ClaimKind("part_second", "another part of the sum, as the code writes it", in_backticks),
            ClaimKind("value_first", "mean of that part at the optimum, with its weight", number),
            ClaimKind("value_second", "mean of the other part at the optimum, with its weight", number),
            ClaimKind("count", "the number of points or outputs that are summed", lambda v: f"{round(v):,}"),
            ClaimKind("code", "a piece of the code", in_backticks),
            ClaimKind("part_third", "a third part of the sum, as the code writes it", in_backticks),
            ClaimKind("value_third", "mean of the third part at the optimum, with its weight", number),
            ClaimKind("shapes", "the shapes that are compared"),
            ClaimKind("remark", "what the check remarks on"),
            ClaimKind("shown_sigmas", "several σ of Gaussian noise"),
            ClaimKind("comes_to", "the second output at each of them", lambda v: v),
            ClaimKind(
                "nearest", "the quantity closest to the standard deviation, in the code's own names", in_backticks
            ),
            ClaimKind("low", "its smallest ratio to σ", lambda v: f"{v:.2f}"),
            ClaimKind("high", "its largest ratio to σ", lambda v: f"{v:.2f}"),
            ClaimKind("each_output", "what each output learns"),
            ClaimKind("beta", "the power of the variance that weights the gradient", lambda v: f"{v:g}"),
            ClaimKind("mean", "what learns the mean of y, in the code's own names", in_backticks),
            ClaimKind("df_words", "the degrees of freedom, in the code's own names", in_backticks),
            ClaimKind("pull_far", "slope of the loss by the first output at the far point", number),
            ClaimKind("pull_plain", "the same of the plain NLL", number),
            ClaimKind("far", "distance of that point, in σ", lambda v: f"{v:g}"),
        )
    }
)


def claim(name: str, value: Any, form: Any = None) -> Claim:
    """A claim of the kind of this name. Raises KeyError for a kind that is not in the table."""
    return KINDS[name](value, None, form)
