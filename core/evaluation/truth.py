"""How far a prediction is from a known truth: computed exactly, without sampling."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.dataset import Truth
from ..distributions.laws import Predictive

Array = NDArray[np.float64]


def gap(predictive: Predictive, x: Array, truth: Truth) -> Array:
    """KL(true ‖ predicted) at each x, shape (n,), nats: the extra cost of the predicted over the true distribution.

    E[−log q(Y)] − h(Y), exact for every noise family; h is the differential entropy of the noise. Between two
    Gaussians it is ½[log(v/σ²) + (σ² + (f − μ)²)/v − 1].
    """
    std = truth.std(x)
    entropy = truth.noise.entropy + np.log(std)
    return predictive.cross_entropy(truth.mean(x), std, truth.noise) - entropy


def coverage(predictive: Predictive, x: Array, truth: Truth, level: float) -> Array:
    """The share of new points at each x (n,) inside the central interval of this level, by the cdf of the noise."""
    mean, std = truth.mean(x), truth.std(x)
    lower, upper = predictive.interval(level)
    return truth.noise.cdf((upper - mean) / std) - truth.noise.cdf((lower - mean) / std)


@dataclass(frozen=True, eq=False)
class TruthMaps:
    """Along x, against the truth: log σ̂/σ, KL(true ‖ predicted) in nats, and the true coverage of the interval."""

    x: Array
    log_ratio: Array
    kl: Array
    coverage: Array


def truth_maps(predictive: Predictive, x: Array, truth: Truth, level: float) -> TruthMaps:
    """Where along x (n,) a prediction is wrong; values that are not finite stay so."""
    with np.errstate(all="ignore"):
        ratio = np.log(predictive.std / truth.std(x))
        return TruthMaps(x, ratio, gap(predictive, x, truth), coverage(predictive, x, truth, level))
