"""LOSSES: what training makes small, one row each.

A row holds the formula as code and as LaTeX, what the network's outputs are, how the value follows the unit of y,
the lowest value any model can reach on a known noise (the *floor*), and its source. Everything else (widgets, pages,
command line, tests) reads this table, so that adding a loss is adding a row.

The formulas are written once and serve torch (training, with autograd) and numpy (scores, floors, tests): `xp` is
either module. Notation: r = y − mean, s = the network's second output, natural logarithms, values in nats per point.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from core.data.noise import Noise

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on
Terms = tuple[Array, Array]
Gradient = tuple[Array, Array, Array, Array]  # residual term, scale term, ∂loss/∂mean, ∂loss/∂s


@dataclass(frozen=True)
class Output:
    """One output of a network, and how it follows the unit of y.

    With y in a unit k times smaller (y → k·y) a location becomes k·output, a log scale output + log_power·log k.
    """

    name: str
    label: str
    is_location: bool = False
    log_power: float = 0.0


MEAN = Output("mean", "mean", is_location=True)
LOG_VARIANCE = Output("log_variance", "log variance", log_power=2)
LOG_SCALE = Output("log_scale", "log scale", log_power=1)


@dataclass(frozen=True)
class Loss:
    """A loss per point, as a sum of a residual term and a scale term.

    `terms(xp, y, mean, s)` takes arrays of shape (batch,) and gives two of that shape; a loss without a second
    output ignores s. What training makes small is their sum, or `objective(xp, stop, y, mean, s, parameters)` where
    that differs: `stop` lets no gradient through. `gradient(y, mean, s, parameters)` gives the same, derived by hand:
    plain numpy, also compiled for the fast stepper; `parameters` are the values of the fields named so.
    `unit_power` and `unit_shift` are the unit law: with y → k·y (and the outputs following) the residual term is
    multiplied by k**unit_power and the scale term grows by unit_shift·log k.
    `floor(noise, std)` is the expected loss per point at its optimum under `noise` of standard deviation `std`.
    """

    name: str
    label: str
    help: str
    latex: str
    outputs: tuple[Output, ...]
    terms: Callable[[Any, Array, Array, Array], Terms]
    gradient: Callable[[Array, Array, Array, Array], Gradient] | None  # None: the plain stepper trains it
    floor: Callable[[Noise, Any], Any]
    readings: tuple[str, ...]  # what the outputs may be read as; the first is the one people use
    reference: str
    unit_power: int = 0
    unit_shift: float = 0.0
    learns: str = ""  # what the second output comes to stand for, where that is often mistaken: for a finding
    residual_at_floor: float = 0.0  # of the residual term, where the floor is reached and s is trained
    objective: Callable[[Any, Callable[[Array], Array], Array, Array, Array, Array], Array] | None = None
    parameters: tuple[str, ...] = ()  # fields of the loss's section that it takes
    spares_trunk: bool = False  # its second output does not move the layers it shares with the mean
    at_zero_residual: str = ""  # said when a run dies on an exactly zero residual

    @property
    def unit(self) -> str:
        """What its value is counted in."""
        return "squared units of y" if self.unit_power == 2 else "nats"

    @property
    def has_scale(self) -> bool:
        """Whether the network has a second output that this loss trains."""
        return len(self.outputs) > 1

    def negative_below(self, noise: Noise) -> float | None:
        """The σ (unit of y) at which the floor under `noise` is zero, negative below it; None where it never is.

        From the unit law: floor(σ) = floor(1) + unit_shift·log σ.
        """
        return None if self.unit_power else float(np.exp(-self.floor(noise, 1.0) / self.unit_shift))


def in_unit_of_y(loss: Loss, raw: np.ndarray, shift: float, scale: float) -> np.ndarray:
    """Outputs (…, n_outputs) of a net trained on (y − shift)/scale, as outputs for y itself."""
    moved = np.array(raw, dtype=np.float64)
    for i, output in enumerate(loss.outputs):
        moved[..., i] = (
            shift + scale * moved[..., i] if output.is_location else moved[..., i] + output.log_power * np.log(scale)
        )
    return moved


def _gaussian(xp: Any, y: Array, mean: Array, s: Array) -> Terms:
    return 0.5 * xp.exp(-s) * (y - mean) ** 2, 0.5 * s


def _gaussian_gradient(y: Array, mean: Array, s: Array, parameters: Array) -> Gradient:
    weighted = np.exp(-s) * (y - mean)
    residual = 0.5 * weighted * (y - mean)
    return residual, 0.5 * s, -weighted, 0.5 - residual


def _beta(xp: Any, stop: Callable[[Array], Array], y: Array, mean: Array, s: Array, parameters: Array) -> Array:
    residual, scale = _gaussian(xp, y, mean, s)
    return stop(xp.exp(parameters[0] * s)) * (residual + scale)


def _beta_gradient(y: Array, mean: Array, s: Array, parameters: Array) -> Gradient:
    weighted, factor = np.exp(-s) * (y - mean), np.exp(parameters[0] * s)
    residual = 0.5 * weighted * (y - mean)
    return residual, 0.5 * s, -factor * weighted, factor * (0.5 - residual)


def _faithful(xp: Any, stop: Callable[[Array], Array], y: Array, mean: Array, s: Array, parameters: Array) -> Array:
    residual, scale = _gaussian(xp, y, stop(mean), s)
    return 0.5 * (y - mean) ** 2 + residual + scale


def _faithful_gradient(y: Array, mean: Array, s: Array, parameters: Array) -> Gradient:
    residual = 0.5 * np.exp(-s) * (y - mean) ** 2
    return residual, 0.5 * s, mean - y, 0.5 - residual


def _posted(xp: Any, y: Array, mean: Array, s: Array) -> Terms:
    # sqrt of a square, as it was posted: abs() has the same value, but a gradient at r = 0 where this one has NaN.
    return 0.5 * xp.exp(-s) * xp.sqrt((y - mean) ** 2), 0.5 * s


def _posted_gradient(y: Array, mean: Array, s: Array, parameters: Array) -> Gradient:
    size = np.sqrt((y - mean) ** 2)
    half = 0.5 * np.exp(-s)
    return half * size, 0.5 * s, -half * (y - mean) / size, 0.5 - half * size


def _laplace(xp: Any, y: Array, mean: Array, s: Array) -> Terms:
    return xp.exp(-s) * xp.abs(y - mean), s


def _laplace_gradient(y: Array, mean: Array, s: Array, parameters: Array) -> Gradient:
    weight = np.exp(-s)
    residual = weight * np.abs(y - mean)
    return residual, s.copy(), -weight * np.sign(y - mean), 1 - residual


def _squared(xp: Any, y: Array, mean: Array, s: Array) -> Terms:
    residual = 0.5 * (y - mean) ** 2
    return residual, xp.zeros_like(residual)


def _squared_gradient(y: Array, mean: Array, s: Array, parameters: Array) -> Gradient:
    nothing = np.zeros_like(y)
    return 0.5 * (y - mean) ** 2, nothing, mean - y, nothing


_GAUSSIAN_NLL = Loss(
    name="gaussian_nll",
    label="Gaussian NLL",
    help="Kendall & Gal's aleatoric loss: the second output is the log variance.",
    latex=r"\tfrac12 e^{-s} (y-\mu)^2 + \tfrac12 s",
    outputs=(MEAN, LOG_VARIANCE),
    terms=_gaussian,
    gradient=_gaussian_gradient,
    floor=lambda noise, std: 0.5 + np.log(std),
    readings=("log_variance",),
    reference="Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138; Kendall & Gal 2017, arXiv:1703.04977, eq. 8",
    unit_shift=1.0,
    residual_at_floor=0.5,
)

_ROWS = (
    _GAUSSIAN_NLL,
    # The next two are shown and judged as the plain NLL: their own values may rise while a fit improves.
    replace(
        _GAUSSIAN_NLL,
        name="beta_nll",
        label="β-NLL",
        help="Each point's Gaussian NLL times its σ^2β: plain NLL neglects the mean where the spread is large. "
        "The loss shown is the plain NLL.",
        latex=r"\lfloor e^{\beta s} \rfloor \left( \tfrac12 e^{-s} (y-\mu)^2 + \tfrac12 s \right)",
        objective=_beta,
        gradient=_beta_gradient,
        parameters=("beta",),
        reference="Seitzer et al. 2022, arXiv:2203.09168; ⌊·⌋ lets no gradient through",
    ),
    replace(
        _GAUSSIAN_NLL,
        name="faithful",
        label="Faithful",
        help="The mean learns by squared error alone; the spread learns by NLL and leaves mean and trunk in peace. "
        "The loss shown is the plain NLL.",
        latex=r"\tfrac12 (y-\mu)^2 + \tfrac12 e^{-s} (y-\lfloor\mu\rfloor)^2 + \tfrac12 s",
        objective=_faithful,
        gradient=_faithful_gradient,
        spares_trunk=True,
        reference="Stirn et al. 2023, arXiv:2212.09184; ⌊·⌋ lets no gradient through",
    ),
    Loss(
        name="posted",
        label="Posted: |r| for r²",
        help="The question's code: sqrt(r²) for r², so exp(s) learns E|r| and not the variance.",
        latex=r"\tfrac12 e^{-s} \sqrt{(y-\mu)^2} + \tfrac12 s",
        outputs=(MEAN, LOG_SCALE),
        terms=_posted,
        gradient=_posted_gradient,
        floor=lambda noise, std: 0.5 + 0.5 * np.log(noise.mad * std),
        readings=("log_variance", "laplace_scale", "mean_absolute"),
        reference="a common slip in code for Kendall & Gal 2017, eq. 8: half a Laplace NLL",
        unit_shift=0.5,
        learns="this loss takes |r|, not r², so exp(s) learns the mean of |r|",
        residual_at_floor=0.5,
        at_zero_residual="the derivative of sqrt(r²) at r = 0 is 0·∞, not a number; |r| has derivative 0 there",
    ),
    Loss(
        name="laplace_nll",
        label="Laplace NLL",
        help="Absolute residuals, calm about outliers: the mean head learns the median, exp(s) learns E|r|.",
        latex=r"e^{-s} |y-\mu| + s",
        outputs=(MEAN, LOG_SCALE),
        terms=_laplace,
        gradient=_laplace_gradient,
        floor=lambda noise, std: 1.0 + np.log(noise.mad * std),
        readings=("laplace_scale", "mean_absolute", "log_variance"),
        reference="density of Laplace(μ, b = exp(s)), log 2 left out",
        unit_shift=1.0,
        learns="this loss takes |r|, not r², so exp(s) learns the mean of |r|",
        residual_at_floor=1.0,
    ),
    Loss(
        name="squared_error",
        label="Squared error",
        help="No second output: the spread is one constant, the variance of the residuals on the training points.",
        latex=r"\tfrac12 (y-\mu)^2",
        outputs=(MEAN,),
        terms=_squared,
        gradient=_squared_gradient,
        floor=lambda noise, std: 0.5 * np.asarray(std) ** 2,
        readings=("constant_variance",),
        reference="Gauss 1809; a Gaussian NLL of fixed variance",
        unit_power=2,
    ),
)

LOSSES: Mapping[str, Loss] = MappingProxyType({row.name: row for row in _ROWS})
