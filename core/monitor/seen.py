"""What a monitor has seen at one moment: the numbers that its rules ask for."""

import math
from dataclasses import dataclass

import numpy as np

from ..once import cached_property
from .arrays import Array

_FEWEST = 100  # points that a share or a mean square is told of
_SURE = 4.0  # standard errors
_STILL = 0.05  # nats
_CONSTANT = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Seen:
    """The numbers of one moment; y, mean and std have shape (n,), in the unit of y, and n may be 0.

    `recent` is the mean loss of the last tenth of the steps, and `fall` how far it fell from the tenth before, with its
    standard error. `std` is None where no second output was given, or where it cannot be read. `silent` names the
    parameters that get no gradient.
    """

    step: int
    recent: float | None
    fall: tuple[float, float] | None
    first_not_finite: int | None
    not_finite: int
    y: Array
    mean: Array
    std: Array | None
    shapes: tuple[tuple[int, ...], tuple[int, ...]] | None
    silent: tuple[str, ...]
    gradient_looks: int

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

    @property
    def is_enough(self) -> bool:
        """Whether there are points enough to judge the std, of finite squares."""
        return self.z2.size >= _FEWEST and bool(np.isfinite(self.z2).all())

    @property
    def ratio(self) -> float:
        """The mean of z²: how many times the variance is too small."""
        return float(np.mean(self.z2))

    @property
    def is_off(self) -> bool:
        """Whether the mean of z² is far from 1: a factor of 1.5, and beyond the sampling error of its logarithm."""
        if not self.is_enough or not self.ratio > 0:
            return False
        error = float(np.std(self.z2)) / math.sqrt(self.z2.size) / self.ratio
        return abs(math.log(self.ratio)) > max(math.log(1.5), _SURE * error)

    @property
    def typical_std(self) -> float:
        """The geometric mean of the std at the whole points."""
        assert self.std is not None  # asked only where there are whole points
        return float(np.exp(np.mean(np.log(self.std[self.whole]))))

    @property
    def is_gaussian_nll(self) -> bool:
        """Whether the recent loss is the Gaussian NLL of these predictions, with or without its constant ½ ln 2π."""
        if self.recent is None or not self.is_enough or self.std is None:
            return False
        nll = 0.5 * self.z2 + np.log(self.std[self.whole])
        allowed = 0.05 + _SURE * float(np.std(nll)) / math.sqrt(nll.size)
        return any(abs(self.recent - float(np.mean(nll)) - constant) < allowed for constant in (0.0, _CONSTANT))

    @property
    def is_settled(self) -> bool:
        """Whether the loss hardly changes any more: by less than 0.05 from one tenth of the steps to the next."""
        return self.fall is not None and abs(self.fall[0]) < _STILL + 2 * self.fall[1]
