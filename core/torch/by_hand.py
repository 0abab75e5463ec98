"""The losses that have no formula in the table, and the steps that torch works out faster on all terms at once.

They are those of `core.model.losses` and `core.model.formulas.operations`, and equal to them but for rounding.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _pinball(y: Tensor, outputs: Sequence[Tensor], levels: Sequence[float]) -> Tensor:
    """The mean over the levels τ of ½|y − q| + (τ − ½)(y − q)."""
    off = y.unsqueeze(-1) - torch.stack(list(outputs), dim=-1)
    first, *others = off.unbind(-1)
    total = 0.5 * off.abs().sum(-1) + (levels[0] - 0.5) * first
    for each, level in zip(others, levels[1:], strict=True):
        total = torch.add(total, each, alpha=level - 0.5)
    return total / len(levels)


def _mixture(y: Tensor, outputs: Sequence[Tensor], _: Sequence[float]) -> Tensor:
    """−log Σ w·N(y; mean, std²) with w = softmax(logits)."""
    logits, means, log_stds = torch.stack(list(outputs), dim=-1).chunk(3, dim=-1)
    z = (y.unsqueeze(-1) - means) * torch.exp(-log_stds)
    each = torch.log_softmax(logits, dim=-1) - log_stds - 0.5 * z * z
    return _HALF_LOG_2PI - torch.logsumexp(each, dim=-1)


def half_step(xp: Any, a: Tensor, _: Any, constant: float) -> Tensor:
    """log Γ(a + ½) − log Γ(a): nine steps of the recurrence side by side, then the asymptotic series."""
    steps = torch.arange(9, dtype=a.dtype, device=a.device)
    b = a + 9
    i = 1 / b
    z = i * i
    series = i * (1 / 8 - z * (1 / 192 - z * (1 / 640 - z * (17 / 14336))))
    return 0.5 * torch.log(b) - series - torch.log1p(0.5 / (a.unsqueeze(-1) + steps)).sum(-1)


# The value per point of y, the outputs, each (...), and the loss's own numbers.
BY_HAND: Mapping[str, Callable[[Tensor, Sequence[Tensor], Sequence[float]], Tensor]] = {
    "pinball": _pinball,
    "mixture": _mixture,
}
