"""One oracle for each loss: its formula once more, as one writes it with torch, and its terms at one point by hand.

A new loss needs a row here and nowhere else; all other tests of losses run over LOSSES.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

LOG = np.log
ROOT_2, ROOT_PI = math.sqrt(2), math.sqrt(math.pi)


@dataclass(frozen=True)
class Oracle:
    """What a loss must be.

    `trained(y, outputs, k)` is what training makes small per point, in the unit that the network trains in; k is the
    scale of that unit, which parameters with a unit follow. `terms` are residual, scale and regulariser at y = 1 and
    `outputs`.
    """

    trained: Callable[[Any, Any, float], Any]
    outputs: tuple[float, ...]
    terms: tuple[float, float, float]


def gaussian_nll(y, mean, s):
    return 0.5 * torch.exp(-s) * (y - mean) ** 2 + 0.5 * s


def student(y, mean, log_scale, nu):
    return -torch.distributions.StudentT(nu, mean, log_scale.exp()).log_prob(y)


def evidential(y, mean, log_nu, log_excess, log_beta, weight):
    nu, alpha, beta = log_nu.exp(), 1 + log_excess.exp(), log_beta.exp()
    scale = torch.sqrt(beta * (1 + nu) / (nu * alpha))
    return student(y, mean, scale.log(), 2 * alpha) + weight * (y - mean).abs() * (2 * nu + alpha)


def mixture(y, *outputs):
    logits, means, log_stds = (torch.stack(part, -1) for part in (outputs[:3], outputs[3:6], outputs[6:]))
    components = torch.distributions.Normal(means, log_stds.exp())
    weights = torch.distributions.Categorical(logits=logits)
    return -torch.distributions.MixtureSameFamily(weights, components).log_prob(y)


def crps(y, mean, s):
    std, normal = torch.exp(0.5 * s), torch.distributions.Normal(0.0, 1.0)
    z = (y - mean) / std
    return std * (z * (2 * normal.cdf(z) - 1) + 2 * normal.log_prob(z).exp() - np.pi**-0.5)


def pinball(y, *quantiles):
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    u = [y - q for q in quantiles]
    return sum(torch.maximum(t * each, (t - 1) * each) for t, each in zip(levels, u, strict=True)) / 5


def broadcast(y, mean, s):
    """Broadcasting of shapes (N,) and (N, 1), as in torch."""
    table = 0.5 * torch.exp(-s)[:, None] * (y - mean[:, None]) ** 2 + 0.5 * s[:, None]
    return table.mean(dim=1)


NLL = (0.5 * 4 / 4, LOG(2), 0)
STUDENT = (3 * LOG(1.2), LOG(2) + LOG(3 * ROOT_PI / 8) + 0.5 * LOG(5 * math.pi), 0)  # ν = 5, z² = 1, τ = 2
ORACLES = {
    "gaussian_nll": Oracle(lambda y, o, k: gaussian_nll(y, *o), (-1, LOG(4)), NLL),
    "beta_nll": Oracle(lambda y, o, k: torch.exp(o[1].detach()) ** 0.5 * gaussian_nll(y, *o), (-1, LOG(4)), NLL),
    "faithful": Oracle(lambda y, o, k: 0.5 * (y - o[0]) ** 2 + gaussian_nll(y, o[0].detach(), o[1]), (-1, LOG(4)), NLL),
    "natural": Oracle(lambda y, o, k: gaussian_nll(y, o[0] * torch.exp(-0.5 * o[1]), -o[1]), (-1 / 2, -LOG(4)), NLL),
    # E|Y − y| at one σ = 2: 2·(0.6827 + 2·0.2420); half of E|Y − Y′| = 2·2/√π.
    "gaussian_crps": Oracle(
        lambda y, o, k: crps(y, *o), (-1, LOG(4)), (2 * (math.erf(1 / ROOT_2) + 0.48394144903828673), -2 / ROOT_PI, 0)
    ),
    "squared_error": Oracle(lambda y, o, k: 0.5 * (y - o[0]) ** 2, (-1,), (2, 0, 0)),
    "posted": Oracle(
        lambda y, o, k: 0.5 * torch.exp(-o[1]) * torch.sqrt((y - o[0]) ** 2) + 0.5 * o[1],
        (-1, LOG(4)),
        (0.5 * 2 / 4, LOG(2), 0),
    ),
    "posted_abs": Oracle(
        lambda y, o, k: 0.5 * torch.exp(-o[1]) * (y - o[0]).abs() + 0.5 * o[1], (-1, LOG(4)), (0.5 * 2 / 4, LOG(2), 0)
    ),
    "laplace_nll": Oracle(
        lambda y, o, k: -torch.distributions.Laplace(o[0], o[1].exp()).log_prob(y) - np.log(2),
        (-1, LOG(4)),
        (2 / 4, LOG(4), 0),
    ),
    "absolute_log_variance": Oracle(
        lambda y, o, k: 2**0.5 * torch.exp(-o[1] / 2) * (y - o[0]).abs() + 0.5 * o[1],
        (-1, LOG(4)),
        (ROOT_2 * 2 / 2, LOG(2), 0),
    ),
    # u = 2, 1, 0, −1, −2 at τ = 0.05, 0.25, 0.5, 0.75, 0.95.
    "pinball": Oracle(lambda y, o, k: pinball(y, *o), (-1, 0, 1, 2, 3), ((0.1 + 0.25 + 0 + 0.25 + 0.1) / 5, 0, 0)),
    "student_t": Oracle(lambda y, o, k: student(y, *o, 5.0), (-1, LOG(2)), STUDENT),
    "student_t_learned": Oracle(lambda y, o, k: student(y, o[0], o[1], 2 + o[2].exp()), (-1, LOG(2), LOG(3)), STUDENT),
    # ν = 1, α = 2, β = 2: Ω = 8, Γ(2) = 1, Γ(2.5) = ¾√π; λ = 0.01.
    "evidential": Oracle(
        lambda y, o, k: evidential(y, *o, 0.01 * k),
        (-1, 0, 0, LOG(2)),
        (2.5 * LOG(1.5), 0.5 * LOG(math.pi) + 0.5 * LOG(8) - LOG(0.75 * ROOT_PI), 0.01 * 2 * 4),
    ),
    # Three of weight ⅓ and std 2 at z = 1, 0, −1.
    "mixture": Oracle(
        lambda y, o, k: mixture(y, *o),
        (0, 0, 0, -1, 1, 3, LOG(2), LOG(2), LOG(2)),
        (-LOG((1 + 2 * math.exp(-0.5)) / (6 * math.sqrt(2 * math.pi))) - LOG(2), LOG(2), 0),
    ),
    "typed": Oracle(lambda y, o, k: gaussian_nll(k * y, k * o[0], o[1]), (-1, LOG(4)), NLL),
    "no_half_residual": Oracle(
        lambda y, o, k: torch.exp(-o[1]) * (y - o[0]) ** 2 + 0.5 * o[1], (-1, LOG(4)), (1, LOG(2), 0)
    ),
    "no_half_log": Oracle(
        lambda y, o, k: 0.5 * torch.exp(-o[1]) * (y - o[0]) ** 2 + o[1], (-1, LOG(4)), (0.5, LOG(4), 0)
    ),
    "no_log_term": Oracle(lambda y, o, k: 0.5 * torch.exp(-o[1]) * (y - o[0]) ** 2, (-1, LOG(4)), (0.5, 0, 0)),
    "wrong_sign": Oracle(
        lambda y, o, k: 0.5 * torch.exp(o[1]) * (y - o[0]) ** 2 + 0.5 * o[1], (-1, LOG(4)), (8, LOG(2), 0)
    ),
    "std_as_variance": Oracle(
        lambda y, o, k: torch.nn.GaussianNLLLoss(reduction="none")(o[0], y, o[1].exp()), (-1, LOG(4)), NLL
    ),
    "broadcast": Oracle(lambda y, o, k: broadcast(y, *o), (-1, LOG(4)), NLL),
    "relu_variance": Oracle(lambda y, o, k: gaussian_nll(y, o[0], torch.relu(o[1]).log()), (-1, 4), NLL),
    "clamped": Oracle(
        lambda y, o, k: gaussian_nll(y, o[0], o[1].clamp(-2 - 2 * np.log(k), 2 - 2 * np.log(k))),
        (-1, 5),
        (2 / math.exp(2), 1, 0),
    ),
}
