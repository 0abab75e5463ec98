"""Ensembles: the variance that several nets predict, split into noise (aleatoric) and disagreement (epistemic)."""

from collections.abc import Sequence

import numpy as np

from ..distributions.laws import LocationScale, Predictive, gaussian
from ..distributions.variance_parts import Parts, decompose

__all__ = ["Parts", "as_gaussian", "decompose"]


def as_gaussian(members: Sequence[Predictive]) -> LocationScale:
    """The Gaussian with the mean and variance of the members' equal mixture, (n,), which is what the paper scores.

    Lakshminarayanan, Pritzel & Blundell 2017, arXiv:1612.01474, section 2.4.
    """
    parts = decompose([member.mean for member in members], [member.var for member in members])
    return gaussian(np.mean([member.mean for member in members], axis=0), np.sqrt(parts.total))
