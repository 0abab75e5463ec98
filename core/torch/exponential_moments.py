"""E[exp(tU)] of torch distributions: the moments of y where the log of y was fitted."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.distributions import Distribution, Laplace, MixtureSameFamily, Normal, StudentT

from .quantile_distribution import QuantileDistribution


def exponential_moment(law: Distribution, t: float) -> Tensor:
    """E[exp(tU)], t > 0, of batch shape; infinite where the tail is too heavy. Raises KeyError for another family."""
    return _OF[type(law)](law, t)


def _normal(law: Normal, t: float) -> Tensor:
    return torch.exp(t * law.mean + 0.5 * (t * law.stddev) ** 2)


def _laplace(law: Laplace, t: float) -> Tensor:
    left = 1 - (t * law.scale) ** 2
    return torch.where(left > 0, torch.exp(t * law.mean) / torch.where(left > 0, left, 1.0), torch.inf)


def _student(law: StudentT, t: float) -> Tensor:
    return torch.full_like(law.loc, torch.inf)


def _mixture(law: MixtureSameFamily, t: float) -> Tensor:
    return (law.mixture_distribution.probs * exponential_moment(law.component_distribution, t)).sum(-1)


def _quantiles(law: QuantileDistribution, t: float) -> Tensor:
    """On a piece of a normal z, E[exp(t(a + bz))] is exp(ta + t²b²/2) times the share of the piece moved by tb."""
    zero = law.edges.new_zeros(1)
    edges = torch.cat([zero - torch.inf, law.edges, zero + torch.inf])
    share = torch.special.ndtr(edges[1:] - t * law.b) - torch.special.ndtr(edges[:-1] - t * law.b)
    return (torch.exp(t * law.a + 0.5 * (t * law.b) ** 2) * share).sum(-1)


_OF: Mapping[type[Distribution], Callable[..., Tensor]] = {
    Normal: _normal,
    Laplace: _laplace,
    StudentT: _student,
    MixtureSameFamily: _mixture,
    QuantileDistribution: _quantiles,
}
