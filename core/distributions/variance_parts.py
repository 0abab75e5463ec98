"""The variance that several nets predict, split into noise (aleatoric) and disagreement (epistemic)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Parts(NamedTuple):
    """Variances at each point, shape (n,), squared unit of y: total = aleatoric + epistemic."""

    aleatoric: Array
    epistemic: Array
    total: Array


def decompose(means: ArrayLike, variances: ArrayLike) -> Parts:
    """Mean of the variances, variance of the means, and their sum, at each of n points from M members.

    `means` and `variances`, both (M, n), are the members' predictions: Var(y) ≈ (1/M) Σ σ̂²ₘ + (1/M) Σ (μ̂ₘ − μ̄)²,
    which is exactly the variance of their equal mixture. The first sum, aleatoric, is noise that more data does not
    remove; the second, epistemic, is what the members do not know, and 0 for a single member.

    Raises ValueError if the shapes differ or are not (M, n) with M ≥ 1.

    Kendall & Gal 2017, arXiv:1703.04977, eq. 9; Lakshminarayanan, Pritzel & Blundell 2017, arXiv:1612.01474, section
    2.4 (the mixture of an ensemble's members as one Gaussian).
    """
    means, variances = np.asarray(means, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if means.ndim != 2 or means.shape != variances.shape or not len(means):
        raise ValueError(f"means {means.shape} and variances {variances.shape}: both must be (members, points)")
    aleatoric, epistemic = variances.mean(axis=0), means.var(axis=0)
    return Parts(aleatoric, epistemic, aleatoric + epistemic)
