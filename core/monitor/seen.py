"""What a monitor has seen at one moment: the numbers that its rules ask for."""

import math
from dataclasses import dataclass

import numpy as np

from ..diagnosis.finding import Finding
from ..diagnosis.loss_check.log_evidence import LogEvidence
from ..diagnosis.loss_check.one_unit import Line, other_unit
from ..once import cached_property
from .arrays import Array

_FEWEST = 100  # points that a share or a mean square is told of
_SURE = 4.0  # standard errors
_FACTOR = 1.5  # of the variance: less is not told
_STILL = 0.05  # nats
_CONSTANT = 0.5 * math.log(2 * math.pi)
_SAME, _FEWEST_GAPS = 0.02, 2  # nats, and batches, by which a loss is the Gaussian NLL


@dataclass(frozen=True, eq=False)
class Seen:
    """The numbers of one moment; y, mean and std have shape (n,), in the unit of y, and n may be 0.

    `fewest` steps are needed before what may be the start alone is told. `log` has the course of the losses. `recent`
    is the mean loss of the last tenth of the steps, and `fall` how far it fell from the tenth before, with its standard
    error. `std` is None where no second output was given, or where it cannot be read; `reading` says what was given.
    `gaps` are, of each batch, the loss minus the Gaussian NLL of its predictions, with the standard error where the
    predictions are not all. `shapes` names what does not fit y. `silent` names the parameters that get no gradient.
    `of_code` is the mistake in the code of the loss.
    """

    step: int
    fewest: int
    log: LogEvidence
    recent: float | None
    fall: tuple[float, float] | None
    first_not_finite: int | None
    not_finite: int
    y: Array
    mean: Array
    std: Array | None
    reading: str
    gaps: tuple[tuple[float, float], ...]
    shapes: tuple[str, tuple[int, ...], tuple[int, ...]] | None
    silent: tuple[str, ...]
    of_code: Finding | None

    @cached_property
    def whole(self) -> Array:
        """Which points have a finite y and mean and a std above 0, (n,)."""
        if self.std is None:
            return np.zeros(self.y.shape, dtype=bool)
        return np.isfinite(self.y) & np.isfinite(self.mean) & np.isfinite(self.std) & (self.std > 0)

    @cached_property
    def residual(self) -> Array:
        """y − mean at the whole points."""
        return np.asarray((self.y - self.mean)[self.whole])

    @cached_property
    def z2(self) -> Array:
        """((y − mean)/std)² at the whole points; its mean is 1 where the std is right."""
        with np.errstate(all="ignore"):
            return np.zeros(0) if self.std is None else (self.residual / self.std[self.whole]) ** 2

    @cached_property
    def is_enough(self) -> bool:
        """Whether there are points enough to judge the std, of finite squares."""
        return self.z2.size >= _FEWEST and bool(np.isfinite(self.z2).all())

    @cached_property
    def ratio(self) -> float:
        """The mean of z²: how many times the variance is too small."""
        return float(np.mean(self.z2))

    @cached_property
    def is_off(self) -> bool:
        """Whether the mean of z² is far from 1: a factor of 1.5, and beyond the sampling error of its logarithm."""
        if not self.is_enough or not self.ratio > 0:
            return False
        error = float(np.std(self.z2)) / math.sqrt(self.z2.size) / self.ratio
        return abs(math.log(self.ratio)) > max(math.log(_FACTOR), _SURE * error)

    @property
    def is_right(self) -> bool:
        """Whether the mean of z² is within a factor of 1.5 of 1."""
        return self.is_enough and 1 / _FACTOR < self.ratio < _FACTOR

    @property
    def rms(self) -> float:
        """Root mean square of y − mean at the whole points."""
        return float(np.sqrt(np.mean(self.residual**2)))

    @property
    def typical_std(self) -> float:
        """The geometric mean of the std at the whole points."""
        assert self.std is not None  # asked only where there are whole points
        return float(np.exp(np.mean(np.log(self.std[self.whole]))))

    @cached_property
    def pairs(self) -> tuple[Array, Array]:
        """y and mean where both are finite, with or without a std."""
        both = np.isfinite(self.y) & np.isfinite(self.mean)
        return self.y[both], self.mean[both]

    @cached_property
    def explained(self) -> float | None:
        """1 − mean((y − mean)²)/var(y): the share of the variance of y that the mean explains; None of few points."""
        y, mean = self.pairs
        if y.size < _FEWEST or not np.ptp(y) > 0:
            return None
        with np.errstate(all="ignore"):
            share = 1 - float(np.mean((y - mean) ** 2) / np.var(y))
        return share if math.isfinite(share) else None

    @cached_property
    def line(self) -> Line | None:
        """The line by which y and mean differ, if they are in two units."""
        if self.std is None or not self.is_enough:
            return None
        return other_unit(*(values[self.whole] for values in (self.y, self.mean, self.std)))

    @property
    def is_gaussian_nll(self) -> bool:
        """Whether the loss of each batch is the Gaussian NLL of its predictions, with or without ½ ln 2π."""
        if len(self.gaps) < _FEWEST_GAPS:
            return False
        return any(
            all(abs(gap - constant) < _SAME + _SURE * error for gap, error in self.gaps)
            for constant in (0.0, _CONSTANT)
        )

    @property
    def is_settled(self) -> bool:
        """Whether the loss hardly changes any more: by less than 0.05 from one tenth of the steps to the next."""
        return self.fall is not None and abs(self.fall[0]) < _STILL + 2 * self.fall[1]
