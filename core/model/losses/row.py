"""What a loss is: one row of LOSSES, with everything that training, readings, floors and pages ask of it.

Notation: r = y − mean, s = a network's second output, natural logarithms, values per point. The formulas are written
once and serve torch (training, with autograd) and numpy (scores, floors, tests): `xp` is either module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.data.noise import Noise
from core.model.bounds import BOUNDS, UNBOUNDED, Limits
from core.model.stationary import Stationary, stationary

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on
Outputs = Any  # a sequence of H arrays (n,), or one array (H, n)
Terms = tuple[Array, Array, Array]

TERM_NAMES = ("residual term", "scale term")
EVERY_SPREAD = ("none", "clamp", "soft")  # bounds that any loss with a log scale may take


@dataclass(frozen=True)
class Output:
    """One output of a network, and how it follows the unit of y.

    With y in a unit k times smaller (y → k·y) a location becomes k·output, a log scale output + log_power·log k.
    `start` is where it begins, in training units, with the start that is spread over the data.
    """

    name: str
    label: str
    is_location: bool = False
    log_power: float = 0.0
    start: float = 0.0


MEAN = Output("mean", "mean", is_location=True)
LOG_VARIANCE = Output("log_variance", "log variance", log_power=2)
LOG_SCALE = Output("log_scale", "log scale", log_power=1)


@dataclass(frozen=True)
class Failure:
    """A way in which a loss's gradient stops being a number: `strikes(y, outputs)`, and the words for it."""

    happens: Callable[[np.ndarray, np.ndarray], bool]
    words: str


@dataclass(frozen=True)
class Loss:
    """A loss per point, as a sum of a residual term, a scale term and a regulariser.

    `terms(xp, y, outputs, numbers)` takes y (n,) and a sequence of H arrays (n,), and gives three of that shape.
    What training makes small is their sum, or `objective(xp, stop, y, outputs, numbers)` where that differs: `stop`
    lets no gradient through. `gradient(y, outputs, numbers, terms, slopes)` gives the same, derived by hand: plain
    numpy, also compiled for the fast stepper; it fills slopes (H, n), and of terms (3, n), which come as zeros, those
    that it has. `numbers` are the values of the fields named in `parameters`, or what `resolve` makes of them.
    `unit_power` and `unit_shift` are the unit law: with y → k·y (and the outputs following) all terms are multiplied by
    k**unit_power and the scale term grows by unit_shift·log k.
    `closed_floor(noise, std)` is the expected loss at its optimum under `noise`, and `closed_outputs` where that is,
    if there is a closed form.
    """

    name: str
    label: str
    help: str
    latex: str
    outputs: tuple[Output, ...]
    terms: Callable[[Any, Array, Outputs, Sequence[float]], Terms]
    gradient: Callable[..., None] | None  # None: the plain stepper trains it
    readings: tuple[str, ...]  # what the outputs may be read as; the first is the one people use
    reference: str
    closed_floor: Callable[[Noise, Any], Any] | None = None
    closed_outputs: Callable[[Noise, float], tuple[float, ...]] | None = None  # the optimum, where a search is poor
    numbers: tuple[float, ...] = ()
    parameters: tuple[str, ...] = ()  # fields of the loss's section that it takes
    resolve: "Callable[[Loss, Mapping[str, Any]], Loss] | None" = None
    rescale: Callable[[np.ndarray, float, float], np.ndarray] | None = None  # outputs, shift, scale: as in_unit_of_y
    numbers_in: Callable[[tuple[float, ...], float, float], tuple[float, ...]] | None = None  # of training units
    unit_power: int = 0
    unit_shift: float = 0.0
    has_unit_law: bool = True  # False: what it learns depends on the unit of y
    constant: float | None = None  # what a full NLL has more, nats; None where it is no NLL
    term_names: tuple[str, ...] = TERM_NAMES
    weighted_power: int = 0  # of a loss exp(−s)·g(r) + c·s: the power of the std that exp(s) is; 0 for any other
    learns: str = ""  # what the second output comes to stand for, where that is often mistaken: for a finding
    mistake: str = ""  # what goes wrong, in words; "" for a sound loss
    meant: str = "gaussian_nll"  # the loss that was meant
    objective: Callable[..., Array] | None = None
    stops_gradient: bool = False  # its other outputs do not move the layers they share with the mean
    fits_constant: bool = False  # its optimum is one constant for all x, whose terms on pure noise are the mended one's
    failure: Failure | None = None
    bounds: tuple[str, ...] = ("none",)  # of BOUNDS, those that it may take
    limits: Limits = UNBOUNDED
    offset: float = 0.0  # subtracted from the loss: moves its value and no gradient

    @property
    def unit(self) -> str:
        """What its value is counted in."""
        return {0: "nats", 1: "units of y", 2: "squared units of y"}[self.unit_power]

    @property
    def has_scale(self) -> bool:
        """Whether the network has outputs beside the mean that this loss trains."""
        return len(self.outputs) > 1

    @property
    def has_mean_head(self) -> bool:
        """Whether the first output is the mean itself, so that squared errors can train it."""
        return self.outputs[0] == MEAN

    def with_parameters(self, values: Mapping[str, Any]) -> "Loss":
        """The row with these values of its parameters; others are ignored."""
        row = self
        if self.resolve is not None:
            row = self.resolve(self, values)
        elif self.parameters:
            defaults = dict(zip(self.parameters, self.numbers, strict=True))
            row = replace(self, numbers=tuple(float(values.get(name, defaults[name])) for name in self.parameters))
        bound = values.get("bound", "none")
        limits = UNBOUNDED
        if bound != "none":
            powers = [output.log_power for output in row.outputs]
            limits = Limits.of(bound, powers, values["least_std"], values.get("most_std", np.inf))
        return replace(row, limits=limits, offset=float(values.get("offset", 0.0)))

    def in_training_units(self, shift: float, scale: float) -> "Loss":
        """The same loss for outputs and targets in units where y is (y − shift)/scale."""
        numbers = self.numbers if self.numbers_in is None else self.numbers_in(self.numbers, shift, scale)
        powers = tuple(output.log_power for output in self.outputs)
        offset = self.offset / scale**self.unit_power
        return replace(self, numbers=numbers, limits=self.limits.scaled(powers, 1 / scale), offset=offset)

    def evaluate(self, xp: Any, y: Array, outputs: Outputs) -> Terms:
        """Residual term, scale term and regulariser per point, with the bound and the offset."""
        y, outputs = BOUNDS[self.limits.bound].apply(xp, y, outputs, self.limits)
        residual, scale, regulariser = self.terms(xp, y, outputs, self.numbers)
        return residual, scale, regulariser - self.offset

    def trained(self, xp: Any, stop: Callable[[Array], Array], y: Array, outputs: Outputs) -> Array:
        """What training makes small, per point."""
        y, outputs = BOUNDS[self.limits.bound].apply(xp, y, outputs, self.limits)
        if self.objective is None:
            residual, scale, regulariser = self.terms(xp, y, outputs, self.numbers)
            return residual + scale + regulariser - self.offset
        return self.objective(xp, stop, y, outputs, self.numbers) - self.offset

    def value(self, y: np.ndarray, outputs: Outputs, *, bounded: bool = False) -> np.ndarray:
        """The loss per point, in numpy. `bounded`: the outputs are as the bound left them, as those of a run are."""
        bends = bounded and BOUNDS[self.limits.bound].moves_outputs  # and would bend them once more
        loss = replace(self, limits=UNBOUNDED) if bends else self
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return sum(loss.evaluate(np, y, outputs))  # type: ignore[return-value]

    def slopes(self, y: np.ndarray, outputs: np.ndarray) -> np.ndarray | None:
        """∂(what training makes small)/∂outputs per point, (H, n), without the bound; None without a gradient."""
        if self.gradient is None:
            return None
        outputs = np.ascontiguousarray(outputs, dtype=np.float64)
        slopes, terms = np.empty_like(outputs), np.zeros((3, y.size))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.gradient(np.asarray(y, np.float64), outputs, np.array(self.numbers), terms, slopes)
        return slopes

    def floor(self, noise: Noise, std: Any) -> Any:
        """Expected loss per point at its optimum under `noise` of standard deviation `std` (any shape).

        In closed form where there is one, else by numerical minimisation. −inf where it has none; not finite where it
        cannot be found.
        """
        std = np.asarray(std, dtype=np.float64)
        if self.closed_floor is not None and self.limits is UNBOUNDED:
            return self.closed_floor(noise, std) - self.offset
        if self._follows_unit:
            at_one = self.optimum(noise).floor + self.offset
            return at_one * std**self.unit_power + self.unit_shift * np.log(std) - self.offset
        return _over(std, lambda one: self.optimum(noise, one).floor)

    def optimum(self, noise: Noise, std: float = 1.0) -> Stationary:
        """The constant outputs that make the expected loss smallest under `noise` around 0, and what it is there."""
        if self.fits_constant:  # a batch's own mean stands in its terms: quadrature has none
            from core.model.losses import LOSSES

            return replace(LOSSES[self.meant], offset=self.offset).optimum(noise, std)
        if not self._follows_unit:
            return stationary(self, noise, float(std))
        # Found once for σ = 1; the unit law tells the rest.
        at_one = stationary(replace(self, offset=0.0), noise, 1.0)
        factor = float(std) ** self.unit_power
        residual, scale, regulariser = (factor * term for term in at_one.terms)
        shift = self.unit_shift * float(np.log(std))
        return replace(
            at_one,
            outputs=tuple(in_unit_of_y(self, np.array(at_one.outputs), 0.0, float(std)).tolist()),
            floor=factor * at_one.floor + shift - self.offset,
            terms=(residual, scale + shift, regulariser - self.offset),
            deviation=factor * at_one.deviation,
        )

    @property
    def _follows_unit(self) -> bool:
        return self.has_unit_law and self.limits is UNBOUNDED

    def negative_below(self, noise: Noise, constant: float = 0.0) -> float | None:
        """The σ (unit of y) at which the floor under `noise` is zero, negative below it; None where it never is.

        From the unit law: floor(σ) = floor(1) + unit_shift·log σ. `constant` is added to the loss.
        """
        if self.unit_power or not self.unit_shift or not self._follows_unit:
            return None
        at_one = float(self.floor(noise, 1.0)) + constant
        return float(np.exp(-at_one / self.unit_shift)) if np.isfinite(at_one) else None


def _over(std: np.ndarray, floor: Callable[[float], float]) -> np.ndarray:
    """A function of σ at each of `std`: at nine points of their range, and between them by a cubic in log σ."""
    distinct = np.unique(std)
    if len(distinct) <= 9:
        at = dict(zip(distinct, map(floor, distinct), strict=True))
        return np.vectorize(at.__getitem__, otypes=[float])(std)
    from scipy.interpolate import CubicSpline  # a tenth of a second to import

    nodes = np.linspace(np.log(distinct[0]), np.log(distinct[-1]), 9)
    return CubicSpline(nodes, [floor(node) for node in np.exp(nodes)])(np.log(std))


def in_unit_of_y(loss: Loss, raw: np.ndarray, shift: float, scale: float) -> np.ndarray:
    """Outputs (…, H) of a net trained on (y − shift)/scale, as outputs for y itself."""
    if loss.rescale is not None:
        return loss.rescale(np.asarray(raw, dtype=np.float64), shift, scale)
    moved = np.array(raw, dtype=np.float64)
    for i, output in enumerate(loss.outputs):
        moved[..., i] = (
            shift + scale * moved[..., i] if output.is_location else moved[..., i] + output.log_power * np.log(scale)
        )
    return moved
