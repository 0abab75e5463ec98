"""The kinds of claims that are made of a training log, each by its name, with what the number is and of what."""

from collections.abc import Mapping
from types import MappingProxyType

from ...words import number, quantity
from ..finding import Claim, ClaimKind


def _position(x: float) -> str:
    return f"{x:,.0f}" if x == round(x) else quantity(x)


KINDS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("at", "where in the log it happens", _position),
            ClaimKind("until", "where in the log it ends", _position),
            ClaimKind("last", "the last finite value", number),
            ClaimKind("before", "the level before", number),
            ClaimKind("after", "the level after", number),
            ClaimKind("rise", "how far the loss rises", number),
            ClaimKind("fall", "how far the training loss falls meanwhile", number),
            ClaimKind("rate", "how far the loss falls in one epoch, step or row, over the last tenth", quantity),
            ClaimKind("to_come", "how far it would still fall at its present rate of slowing", number),
            ClaimKind(
                "noise", "standard deviation of the loss from one value to the next, in the second half", quantity
            ),
            ClaimKind(
                "fallen",
                "how far the loss fell, from the median of its first three values to its lowest level",
                number,
            ),
            ClaimKind("count", "the number of them", lambda v: f"{round(v):,}"),
            ClaimKind("best", "the lowest level of the loss", number),
            ClaimKind("end", "the level of the loss at the end, a mean over the last tenth of its values", number),
            ClaimKind("gap", "training loss − validation loss, median over the second half", number),
            ClaimKind("std", "σ of equal Gaussian noise on which a perfect model gets that loss", quantity),
            ClaimKind("negative_below", "the σ below which the floor of this loss is negative", quantity),
            ClaimKind("old_rate", "the learning rate before", quantity),
            ClaimKind("new_rate", "the learning rate after", quantity),
            ClaimKind("reason", "why the loss is no longer a number"),
        )
    }
)


def claim(name: str, value: float | str) -> Claim:
    """A claim of the kind of this name. Raises KeyError for a kind that is not in the table."""
    return KINDS[name](value)
