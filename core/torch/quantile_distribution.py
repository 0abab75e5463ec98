"""The distribution through predicted quantiles as a `torch.distributions` object."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, distributions
from torch.distributions import constraints

_LEAST_SLOPE = 1e-3  # as in core.distributions.quantiles


class QuantileDistribution(distributions.Distribution):
    """A distribution through Q quantiles: y is piecewise linear in z = Φ⁻¹(p), and the outer pieces go on for ever.

    It is `core.distributions.quantiles.QuantilePredictive` in torch: see there for the formulas and their source.
    Values that cross are sorted. levels: Q numbers between 0 and 1, increasing; values: (..., Q). With one level there
    is no spread, and all but the mean is NaN.
    """

    support = constraints.real
    has_rsample = True

    def __init__(self, levels: Sequence[float], values: Tensor):
        if not levels or not all(low < high for low, high in pairwise((0.0, *levels, 1.0))):
            raise ValueError(f"The levels must increase between 0 and 1, and they are {tuple(levels)}.")
        if values.shape[-1] != len(levels):
            raise ValueError(f"The values have shape {tuple(values.shape)}: the last axis must have {len(levels)}.")
        self.levels, self.values = tuple(levels), values
        z = torch.special.ndtri(torch.tensor(self.levels, dtype=torch.float64)).to(values)
        self.edges = z[1:-1] if len(z) > 1 else z[:0]  # in z, between the pieces
        self.a, self.b = self._pieces(z)
        super().__init__(values.shape[:-1], validate_args=False)

    def _pieces(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """(a, b) with y = a + b·z on each piece, both (..., pieces)."""
        values = self.values.sort(-1).values
        if len(z) == 1:
            return values, torch.full_like(values, math.nan)
        whole = (values[..., -1:] - values[..., :1]) / (z[-1] - z[0])
        floor = 1e-12 * values.abs().amax(-1, keepdim=True) + torch.finfo(values.dtype).tiny
        b = torch.maximum(values.diff(dim=-1) / z.diff(), torch.maximum(_LEAST_SLOPE * whole, floor))
        climb = torch.cat([torch.zeros_like(whole), (b * z.diff()).cumsum(-1)], -1)
        middle = len(z) // 2
        knots = values[..., middle : middle + 1] + climb - climb[..., middle : middle + 1]
        return knots[..., :-1] - b * z[:-1], b

    def _moments(self) -> tuple[Tensor, Tensor, Tensor]:
        """∫φ, ∫z·φ and ∫z²·φ dz over each piece, (pieces,) each."""
        edges, zero = self.edges, self.edges.new_zeros(1)
        density = torch.exp(-0.5 * edges**2) / math.sqrt(2 * math.pi)
        cdf = torch.cat([zero, torch.special.ndtr(edges), zero + 1])
        share = cdf.diff()
        first = -torch.cat([zero, density, zero]).diff()
        return share, first, share - torch.cat([zero, edges * density, zero]).diff()

    @property
    def mean(self) -> Tensor:
        """Its mean, (...)."""
        if len(self.levels) == 1:
            return self.values[..., 0]
        share, first, _ = self._moments()
        return self.a @ share + self.b @ first

    @property
    def variance(self) -> Tensor:
        """Its variance, (...)."""
        share, first, second = self._moments()
        off = self.a - self.mean.unsqueeze(-1)
        return off**2 @ share + 2 * (off * self.b) @ first + self.b**2 @ second

    def _on_piece(self, value: Tensor) -> tuple[Tensor, Tensor]:
        """z = Φ⁻¹(F(y)) and the slope dy/dz of the piece that y is on."""
        knots = self.a[..., 1:] + self.b[..., 1:] * self.edges
        piece = (value.unsqueeze(-1) >= knots).sum(-1, keepdim=True)
        a, b = (part.expand(*piece.shape[:-1], part.shape[-1]).gather(-1, piece) for part in (self.a, self.b))
        return ((value.unsqueeze(-1) - a) / b).squeeze(-1), b.squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        """The log density at `value`, nats."""
        z, b = self._on_piece(value)
        return -0.5 * math.log(2 * math.pi) - torch.log(b) - 0.5 * z**2

    def cdf(self, value: Tensor) -> Tensor:
        """P(Y ≤ value)."""
        return torch.special.ndtr(self._on_piece(value)[0])

    def icdf(self, value: Tensor) -> Tensor:
        """The quantile of the level `value`, which broadcasts with the batch."""
        z = torch.special.ndtri(value)
        piece = (z.unsqueeze(-1) >= self.edges).sum(-1, keepdim=True)
        shape = torch.broadcast_shapes(piece.shape[:-1], self.a.shape[:-1])
        piece = piece.expand(*shape, 1)
        a, b = (part.expand(*shape, part.shape[-1]).gather(-1, piece).squeeze(-1) for part in (self.a, self.b))
        return a + b * z

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Samples that let gradients through."""
        shape = self._extended_shape(torch.Size(sample_shape))
        return self.icdf(torch.special.ndtr(torch.randn(shape, dtype=self.values.dtype, device=self.values.device)))

    def expand(self, batch_shape: Any, _instance: Any = None) -> "QuantileDistribution":
        """The same with a batch of this shape."""
        return QuantileDistribution(self.levels, self.values.expand(*batch_shape, self.values.shape[-1]))
