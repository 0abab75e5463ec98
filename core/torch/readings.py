"""From outputs to a `torch.distributions` object: the readings of core's table, in torch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, distributions

from ..model import readings
from ..model.formulas import read
from ..model.formulas.program import value
from ..model.losses import Loss
from ..model.readings import Family, Reading
from .quantile_distribution import QuantileDistribution

_Made = Callable[..., distributions.Distribution]


def distribution(
    loss: Loss, outputs: Sequence[Tensor], reading: str | None = None, std: Tensor | float | None = None
) -> distributions.Distribution:
    """The predicted distribution of H outputs (...), as the loss has them, within their bound.

    `reading` is one of the loss's own, the first if not given. `std` is for a loss that predicts a mean alone.
    Raises ValueError for another reading, and for a std that is missing or not asked for.
    """
    name = reading or loss.readings[0]
    if name not in loss.readings:
        raise ValueError(f"The reading must be one of {', '.join(loss.readings)}, and it is {name!r}.")
    if loss.has_scale != (std is None):
        raise ValueError(
            "This loss predicts the spread itself: leave std out."
            if loss.has_scale
            else "This loss predicts no spread: give the std of the residuals, as in distribution(outputs, std=0.3)."
        )
    if std is not None:
        spread = torch.as_tensor(std, dtype=outputs[0].dtype, device=outputs[0].device)
        outputs = [*outputs, (2 * torch.log(spread)).expand_as(outputs[0])]
    row = loss.reading(name)
    if not row.outputs:
        return _OF_LIST[row.distribution](outputs, loss.values)
    given = _given(row, outputs, loss.values)
    return _OF_NAMES[row.distribution](*(given[need] for need in row.distribution.needs))


def _given(row: Reading, outputs: Sequence[Tensor], parameters: Sequence[float]) -> dict[str, Tensor]:
    """What the distribution needs, by name; `core.model.readings.Reading.given` in torch."""
    like = outputs[0]
    given: dict[str, Tensor] = dict(zip(row.outputs, outputs, strict=False))
    given |= {name: torch.full_like(like, number) for name, number in zip(row.parameters, parameters, strict=False)}
    for name, text in row.formulas:
        found = value(read(text, tuple(given)).put({}), torch, given)
        given[name] = found if isinstance(found, Tensor) else torch.full_like(like, found)
    given.setdefault("mean", outputs[0])
    return given


# Nothing is validated: that would wait for the GPU, and the outputs of a network that ran away are to be seen as NaN.
def _normal(mean: Tensor, std: Tensor) -> distributions.Distribution:
    return distributions.Normal(mean, std, validate_args=False)


def _laplace(mean: Tensor, b: Tensor) -> distributions.Distribution:
    return distributions.Laplace(mean, b, validate_args=False)


def _student(mean: Tensor, scale: Tensor, nu: Tensor) -> distributions.Distribution:
    return distributions.StudentT(nu, mean, scale, validate_args=False)


def _mixture(outputs: Sequence[Tensor], _: Sequence[float]) -> distributions.Distribution:
    logits, means, log_stds = torch.stack(list(outputs), dim=-1).chunk(3, dim=-1)
    weights = distributions.Categorical(logits=logits, validate_args=False)
    return distributions.MixtureSameFamily(weights, _normal(means, log_stds.exp()), validate_args=False)


def _quantiles(outputs: Sequence[Tensor], levels: Sequence[float]) -> distributions.Distribution:
    return QuantileDistribution(levels, torch.stack(list(outputs), dim=-1))


def stacked(laws: Sequence[distributions.Distribution]) -> distributions.Distribution:
    """Distributions of one family and batch shape (...), as one of batch shape (..., M)."""
    first = laws[0]
    if isinstance(first, QuantileDistribution):
        return QuantileDistribution(first.levels, torch.stack([law.values for law in laws], dim=-2))
    names = type(first).arg_constraints
    made = {name: torch.stack([getattr(law, name) for law in laws], dim=-1) for name in names}
    return type(first)(**made, validate_args=False)


_OF_NAMES: Mapping[Family, _Made] = {
    readings.GAUSSIAN: _normal,
    readings.LAPLACE: _laplace,
    readings.STUDENT: _student,
}
_OF_LIST: Mapping[Family, _Made] = {readings.MIXTURE: _mixture, readings.QUANTILES: _quantiles}
FAMILIES: frozenset[Any] = frozenset({*_OF_NAMES, *_OF_LIST})
