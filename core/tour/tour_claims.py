"""The kinds of claims that the tour makes, each by its name, with what the number is and of what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..diagnosis.finding import Claim, ClaimKind
from ..words import number


def _count(value: float) -> str:
    return f"{round(value):,}"


def _two_digits(value: float) -> str:
    return f"{value:.2g}"


def _hundredths(value: float) -> str:
    return f"{value:.2f}"


def _short(value: float) -> str:
    return number(value, 1)


def _plain(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _whole_percent(value: float) -> str:
    return f"{100 * value:.0f} %"


TOUR_CLAIMS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("true_low", "smallest true σ on the grid, unit of y", _two_digits),
            ClaimKind("true_high", "largest true σ on the grid, unit of y", _two_digits),
            ClaimKind("std_low", "smallest predicted std on the grid, unit of y", _two_digits),
            ClaimKind("std_high", "largest predicted std on the grid, unit of y", _two_digits),
            ClaimKind("typical_sigma", "geometric mean of the true σ over the training x, unit of y", _two_digits),
            ClaimKind("sigma", "the true σ, the same at every x, unit of y", _plain),
            ClaimKind("typical_std", "median predicted std on the grid, unit of y", _hundredths),
            ClaimKind("std_ratio", "predicted std / true σ, the median over the grid", lambda v: f"{v:.1f}"),
            ClaimKind("crossed_at", "the step from which the smoothed training loss stays below zero", _count),
            ClaimKind("loss", "mean training loss over the last tenth of the steps", number),
            ClaimKind("loss_rounded", "mean training loss over the last tenth of the steps", _short),
            ClaimKind("floor", "lowest expected loss at the x of the training points", number),
            ClaimKind("floor_rounded", "lowest expected loss at the x of the training points", _short),
            ClaimKind("crossing", "the σ at which the floor of this loss is zero, unit of y", number),
            ClaimKind("full_crossing", "the σ at which the floor of the full NLL is zero, unit of y", number),
            ClaimKind("constant", "what the full NLL has more than this loss", number),
            ClaimKind("factor", "how many times larger the new unit of y is", _plain),
            ClaimKind("moved_by", "loss in the new unit − loss in the old one, −log of the factor", number),
            ClaimKind("loss_after", "the loss with y in the new unit", number),
            ClaimKind("offset", "the constant that is subtracted from the loss", _plain),
            ClaimKind("parameters", "number of parameters of the network", _count),
            ClaimKind("different", "number of parameters whose bits differ between the two runs", _count),
            ClaimKind("covered", "share of held-out points inside the 95 % interval", _percent),
            ClaimKind("missed", "share of the grid where the predicted mean is more than 3 true σ off", _whole_percent),
        )
    }
)


def claim(name: str, value: Any) -> Claim:
    """A claim of the kind of this name. Raises KeyError for a kind that is not in the table."""
    return TOUR_CLAIMS[name](value)
