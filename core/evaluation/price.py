"""What a wrong family costs: nats per point between a noise and the best prediction that a loss can reach."""

import numpy as np

from ..data.noise import Noise
from ..model.losses import Loss


def price(loss: Loss, noise: Noise) -> float | None:
    """KL(noise ‖ best prediction), nats per point: E[−log q(Z)] − h(Z); 0 if the family of the loss contains the noise.

    q is the predictive distribution, under the first reading of the loss, at the constant outputs with the lowest
    expected loss; h is the differential entropy. The gap of a run can fall to this price and, up to luck, no lower. If
    the loss is not a likelihood, q is not the best member of its family, and the price includes that. For a Gaussian
    NLL it is ½·log 2πe − h(Z). It is taken at σ = 1: a loss that follows the unit of y has the same price at any σ.

    None if the expected loss has no single finite optimum, or q has no finite cross entropy there.

    White 1982, doi:10.2307/1912526 (a likelihood of the wrong family converges to the member nearest in KL).
    """
    optimum = loss.optimum(noise, 1.0)
    if optimum.status != "found":
        return None
    outputs = np.array(optimum.outputs)
    if not loss.has_scale:  # the reading takes the variance of the residuals
        outputs = np.append(outputs, np.log(noise.var + outputs[0] ** 2))
    best = loss.reading(loss.readings[0]).predictive(outputs[None], loss.values)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        cross_entropy = best.cross_entropy(np.zeros(1), np.ones(1), noise)
    kl = float(cross_entropy[0]) - noise.entropy
    return kl if np.isfinite(kl) else None
