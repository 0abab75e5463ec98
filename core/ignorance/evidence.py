"""Evidential regression's own split of the variance, which is a heuristic."""

import numpy as np
from numpy.typing import NDArray

from ..evaluation.ensemble import Parts
from ..training.run import Run
from .told import CannotTell, Told

EVIDENTIAL = "evidential"

Array = NDArray[np.float64]


def tell_by_evidence(run: Run, x: Array) -> Told:
    """The Student-t of a run of the evidential loss at x (n,), and its variance in two parts.

    With μ | σ² ~ Normal(γ, σ²/ν) and σ² ~ inverse Gamma(α, β): aleatoric = E σ² = β/(α − 1), epistemic = Var μ =
    β/(ν(α − 1)). Their sum is the variance of the Student-t. The split is a heuristic: ν and β are not identified by
    the likelihood alone, so that "epistemic" follows the penalty of the loss more than the number of points (Meinert
    et al. 2022, arXiv:2205.10060). Amini et al. 2020, arXiv:1910.02600, eq. 5.

    Raises CannotTell for a run of another loss, without weights, or of a target in logs.
    """
    if run.experiment.loss.name != EVIDENTIAL:
        raise CannotTell("It was not trained with the evidential loss.")
    if run.input_encoding.log_target:
        raise CannotTell("The split of the evidential loss is of the log of the target, not of the target.")
    if not run.has_curve:
        raise CannotTell("It has no finite weights to predict with.")
    _, log_nu, log_excess, log_beta = np.moveaxis(run.outputs(x), -1, 0)
    aleatoric, epistemic = np.exp(log_beta - log_excess), np.exp(log_beta - log_excess - log_nu)
    return Told(run.predictive(x), Parts(aleatoric, epistemic, aleatoric + epistemic))
