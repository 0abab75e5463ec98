"""The Laplace approximation of the last layer: after training, without another one.

The last layer is linear in its weights, so that its posterior near the trained weights is a Gaussian whose precision is
that of a linear regression on the units below it:

    mean head           H_μ = Σ_i φ_i φ_iᵀ exp(−s_i) + λI          (Fisher information of μ: 1/σ²)
    log variance head   H_s = Σ_i φ_i φ_iᵀ / 2       + λI          (Fisher information of s = log σ²: 1/2)

φ_i are the hidden units of training point i and a 1 for the bias; the Fisher information between μ and s is 0. So at x

    Var μ = φᵀ H_μ⁻¹ φ          Var s = φᵀ H_s⁻¹ φ

λ, the precision of the weights' prior, is the one that makes the marginal likelihood largest (MacKay 1992). Training
units throughout: y and x as the net sees them.

Daxberger et al. 2021, arXiv:2106.14806; for the Fisher information of both heads Immer et al. 2023, arXiv:2301.02830.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ..data.dataset import evenly
from ..data.tables.encoding import inputs_of
from ..distributions.mixture import GaussianMixture
from ..evaluation.ensemble import Parts
from ..experiment.experiment import Experiment
from ..model.heads import OWN
from ..model.networks import last_hidden, last_layers
from ..training.run import Run
from .told import CannotTell, Told

LOSSES_WITH_IT = ("gaussian_nll", "squared_error")  # whose minimum is that of a Gaussian likelihood
MOST_ROWS = 20_000  # training points that the sums are over: of more, so many evenly taken stand for all
_LOG_PRIOR = (-14.0, 14.0)  # where the precision of the prior is looked for
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)  # for the spread of s

Array = NDArray[np.float64]


def why_no_laplace(experiment: Experiment) -> str:
    """Why runs of an experiment have no Laplace approximation here, in one sentence; empty if they have one."""
    if experiment.loss.name not in LOSSES_WITH_IT:
        return "It needs the likelihood of a Gaussian: choose Gaussian NLL or squared error as the loss."
    if experiment.loss.bound != "none":
        return "It is derived for a log variance without a bound: choose none."
    if experiment.loss.head != OWN.name:
        return f"It is derived for a network that outputs the log variance itself: choose the head {OWN.label}."
    return ""


@dataclass(frozen=True, eq=False)
class Head:
    """The posterior of one output's last weights: the eigenvalues (P,) and eigenvectors (P, P) of Σ_i w_i φ_i φ_iᵀ.

    `weights` (P,) are the trained ones, the bias last; `net` says on which net's units they stand.
    """

    net: int
    weights: Array
    eigenvalues: Array
    eigenvectors: Array

    @classmethod
    def of(cls, net: int, weights: Array, units: Array, information: Array) -> "Head":
        """From the units (n, P) of the training points and the Fisher information (n,) of the output at each."""
        values, vectors = np.linalg.eigh((units * information[:, None]).T @ units)
        return cls(net, weights, np.maximum(values, 0.0), vectors)

    def variance(self, units: Array, prior_precision: float) -> Array:
        """φᵀ(H + λI)⁻¹φ of the output at units (n, P)."""
        return ((units @ self.eigenvectors) ** 2 / (self.eigenvalues + prior_precision)).sum(axis=1)

    def log_evidence(self, prior_precision: float) -> float:
        """What λ adds to the log marginal likelihood: ½(P log λ − log det(H + λI) − λ|w|²)."""
        grown = np.log(self.eigenvalues + prior_precision).sum()
        size = prior_precision * float(self.weights @ self.weights)
        return 0.5 * float(len(self.weights) * np.log(prior_precision) - grown - size)


@dataclass(frozen=True, eq=False)
class LastLayer:
    """The approximate posterior of a run's last layer: a head for each output, and the precision of their prior."""

    run: Run
    heads: tuple[Head, ...]
    prior_precision: float

    @classmethod
    def of(cls, run: Run, prior_precision: float | None = None) -> "LastLayer":
        """Of a finished run; without a `prior_precision` (above 0, training units) it takes the most likely one.

        Raises CannotTell where a run has no such approximation: another loss, a bound, a target in logs, no weights.
        """
        if words := why_no_laplace(run.experiment):
            raise CannotTell(words)
        if run.input_encoding.log_target:
            raise CannotTell("It is derived for a Gaussian, but the log of the target was fitted.")
        if not run.has_curve:
            raise CannotTell("It has no finite weights.")
        x = run.dataset.x
        some = x[evenly(len(x), min(len(x), MOST_ROWS))]
        units, log_variance = _units(run, some), run.outputs(some)[:, 1] - 2 * np.log(run.scaling.y_scale)
        stands_for = len(x) / len(some)  # training points, each of those taken
        information = (stands_for * np.exp(-log_variance), np.full(len(some), 0.5 * stands_for))
        heads = tuple(
            Head.of(net, weights, units[net], each)
            for (net, weights), each in zip(last_layers(run.weights, run.architecture), information, strict=False)
        )
        return cls(run, heads, prior_precision or _most_likely(heads))

    def variances(self, x: Array) -> tuple[Array, Array]:
        """Var μ and Var s at x, (n,) each: in the squared unit of y, and without unit. A constant s has none."""
        units = _units(self.run, x)
        each = [head.variance(units[head.net], self.prior_precision) for head in self.heads]
        return each[0] * self.run.scaling.y_scale**2, each[1] if len(each) > 1 else np.zeros(len(each[0]))

    def tell(self, x: Array) -> Told:
        """The predictive distribution at x (n,), with μ and s drawn from the posterior, and its variance in two parts.

        aleatoric = E exp(s) = exp(ŝ + ½ Var s), epistemic = Var μ. The distribution is a Normal(μ̂, Var μ + exp(s))
        with s from its own Gaussian, by Gauss–Hermite quadrature.
        """
        mean, s = self.run.outputs(x)[:, :2].T
        of_mean, of_s = self.variances(x)
        with np.errstate(over="ignore"):
            noise = np.exp(s[:, None] + np.sqrt(of_s)[:, None] * _NODES)
            aleatoric = np.exp(s + 0.5 * of_s)
        weights = np.broadcast_to(_WEIGHTS / _WEIGHTS.sum(), noise.shape)
        means = np.broadcast_to(mean[:, None], noise.shape)
        mixture = GaussianMixture(weights, means, np.sqrt(of_mean[:, None] + noise))
        return Told(mixture, Parts(aleatoric, of_mean, aleatoric + of_mean))


def _units(run: Run, x: Array) -> list[Array]:
    """The last hidden units of each net at x, and a 1: (n, P) each."""
    hidden = last_hidden(run.weights, run.scaling.x_in(inputs_of(x, run.input_encoding)), run.architecture)
    return [np.column_stack([units, np.ones(len(units))]) for units in hidden]


def _most_likely(heads: tuple[Head, ...]) -> float:
    """The precision of the prior, one for all heads, that makes the marginal likelihood largest."""

    def misfit(log_prior: float) -> float:
        return -sum(head.log_evidence(float(np.exp(log_prior))) for head in heads)

    coarse = np.linspace(*_LOG_PRIOR, 57)
    best = coarse[int(np.argmin([misfit(each) for each in coarse]))]
    return float(np.exp(minimize_scalar(misfit, bounds=(best - 0.5, best + 0.5), method="bounded").x))


def tell_by_last_layer(run: Run, x: Array) -> Told:
    """What the Laplace approximation of the last layer says at x (n,); see `LastLayer`."""
    return LastLayer.of(run).tell(x)
