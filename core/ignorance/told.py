"""What a way of telling ignorance says at some x: a predictive distribution, and its variance in two parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..distributions.blend import equal_mixture
from ..distributions.laws import Predictive
from ..evaluation.ensemble import Parts, decompose


@dataclass(frozen=True, eq=False)
class Told:
    """The predictive distribution at x (n,), and its variance as noise (aleatoric) and ignorance (epistemic)."""

    predictive: Predictive
    parts: Parts


class CannotTell(ValueError):
    """Why a way has no answer for a run, in one sentence."""


def told_by(draws: Sequence[Predictive]) -> Told:
    """The equal mixture of several predictions (n,), its variance split by the law of total variance.

    aleatoric = mean of the variances, epistemic = variance of the means (divisor M); the sum is exactly the variance of
    the mixture. Lakshminarayanan et al. 2017, arXiv:1612.01474; Kendall & Gal 2017, arXiv:1703.04977, eq. 9.
    """
    parts = decompose([each.mean for each in draws], [each.std**2 for each in draws])
    return Told(equal_mixture(draws), parts)
