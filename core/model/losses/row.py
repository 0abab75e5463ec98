"""What a loss is: one row of LOSSES, with everything that training, readings, floors and pages ask of it.

Notation: r = y − mean, s = a network's second output, natural logarithms, values per point. `xp` is torch (training,
with autograd) or numpy (scores, floors, tests).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...data.noise import Noise
from ...once import cached_property
from ..bounds import BOUNDS, UNBOUNDED, Limits
from ..formulas import interpreter, read
from ..formulas import program as programs
from ..head import Head
from ..heads import HEADS, OWN, heads_for
from ..over_std import over_std
from ..readings import OWN as OWN_READING
from ..readings import READINGS, Reading
from ..stationary import Stationary, stationary
from . import trees

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on
Outputs = Any  # a sequence of H arrays (n,), or one array (H, n)
Terms = tuple[Array, Array, Array]

TERM_NAMES = ("residual term", "scale term")
EVERY_SPREAD = ("none", "clamp", "soft")  # bounds that any loss with a log scale may take


@dataclass(frozen=True)
class Output:
    """One output of a network, and how it follows the unit of y.

    With y in a unit k times smaller (y → shift + k·y) a location becomes shift + k·output, any other
    k**power·output or output + log_power·log k, or what the formula `in_unit` gives in all outputs, shift and scale.
    `symbol` is its name in formulas. `start` is where it begins, in training units, with the start that is spread over
    the data.
    """

    name: str
    label: str
    symbol: str = ""
    is_location: bool = False
    power: float = 0.0
    log_power: float = 0.0
    start: float = 0.0
    in_unit: str = ""


MEAN = Output("mean", "mean", "mu", is_location=True)
LOG_VARIANCE = Output("log_variance", "log variance", "s", log_power=2)
LOG_SCALE = Output("log_scale", "log scale", "s", log_power=1)


@dataclass(frozen=True)
class Parameter:
    """A number in a loss: with y → k·y it becomes k**power·value + log_power·log k."""

    name: str
    value: float
    power: float = 0.0
    log_power: float = 0.0

    def scaled(self, scale: float) -> "Parameter":
        """The same where y is divided by `scale`."""
        return replace(self, value=float(self.value * scale**-self.power - self.log_power * np.log(scale)))


@dataclass(frozen=True)
class Failure:
    """A way in which a loss's gradient stops being a number: `happens(y, outputs)`, and the words for it."""

    happens: Callable[[np.ndarray, np.ndarray], bool]
    words: str


@dataclass(frozen=True)
class ByHand:
    """The pieces of a loss that is no formula.

    `terms(xp, y, outputs, values)` takes y (n,), a sequence of H arrays (n,) and the values of the parameters, and
    gives the three terms. `gradient(y, outputs, values, terms, gradient)` gives the same with its derivatives: plain
    numpy, also compiled for the fast stepper; it fills gradient (H, n), and of terms (3, n), which come as zeros, those
    that it has. `code` are lines of torch that make `loss`, per point, of y and the outputs, a list `outputs` where
    they have no symbols; the values of the parameters stand there in a list, named like the setting in capitals.
    `slopes(y, outputs)`, with y (n,) and outputs (H, n), gives the gradient (H, n) alone, in whole arrays: without it
    the search for the optimum takes difference quotients, which is slow for many outputs.
    """

    terms: Callable[[Any, Array, Outputs, Sequence[float]], Terms]
    gradient: Callable[..., None]
    latex: str
    code: str
    slopes: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


@dataclass(frozen=True)
class Loss:
    """A loss per point, as a sum of a residual term, a scale term and a regulariser.

    `formula` is the loss that is shown, in r, y, the symbols of the outputs, the parameters, and the names that `where`
    defines; its terms with r, y or mu are the residual term, the others the scale term. `regulariser` is added to it.
    `trained` is what training makes small where that differs; stop(…) lets no gradient through. A loss that is no
    formula has `by_hand` in their place. `note` is LaTeX that follows the formula.
    `settings` are the fields of the loss's section that it takes: parameters of these names, or what `resolve` makes of
    them.
    `unit_power` and `unit_shift` are the unit law: with y → k·y (and the outputs following) all terms are multiplied by
    k**unit_power and the scale term grows by unit_shift·log k.
    `closed_floor(noise, std)` is the expected loss at its optimum under `noise`, and `closed_outputs` where that is,
    if there is a closed form.
    """

    name: str
    label: str
    help: str
    outputs: tuple[Output, ...]
    readings: tuple[str, ...]  # what the outputs may be read as; the first is the one people use
    reference: str
    formula: str = ""
    where: tuple[tuple[str, str], ...] = ()
    regulariser: str = ""
    trained: str = ""
    note: str = ""
    by_hand: ByHand | None = None
    parameters: tuple[Parameter, ...] = ()
    settings: tuple[str, ...] = ()
    own_std: str = ""  # of a typed formula: its std as a formula in s, for the reading that has none by itself
    resolve: "Callable[[Loss, Mapping[str, Any]], Loss] | None" = None
    y_unit: tuple[float, float] | None = None  # of a formula worked out in the unit of y: how to come back to it
    closed_floor: Callable[[Noise, Any], Any] | None = None
    closed_outputs: Callable[[Noise, float], tuple[float, ...]] | None = None  # where a search is poor or slow
    unit_power: int = 0
    unit_shift: float = 0.0
    has_unit_law: bool = True  # False: what it learns depends on the unit of y
    constant: float | None = None  # what a full NLL has more, nats; None where it is no NLL
    term_names: tuple[str, ...] = TERM_NAMES
    weighted_power: int = 0  # of a loss exp(−s)·g(r) + c·s: the power of the std that exp(s) is; 0 for any other
    learns: str = ""  # what the second output comes to stand for, where that is often mistaken: for a finding
    mistake: str = ""  # what goes wrong, in words; "" for a sound loss
    meant: str = ""  # of a mistake, the loss that was meant
    stops_gradient: bool = False  # its other outputs do not move the layers they share with the mean
    fits_as: "Loss | None" = None  # of a loss whose optimum is one constant for all x: whose terms it has on pure noise
    failure: Failure | None = None
    bounds: tuple[str, ...] = ("none",)  # of BOUNDS, those that it may take
    limits: Limits = UNBOUNDED
    head: Head = OWN  # of HEADS: what the net gives in place of the spread's log, where training begins
    of_raw: bool = False  # whether its outputs are those of the net, which the head has not turned into a spread yet
    offset: float = 0.0  # subtracted from the loss: moves its value and no gradient

    @property
    def unit(self) -> str:
        """What its value is counted in."""
        return {0: "nats", 1: "units of y", 2: "squared units of y"}[self.unit_power]

    @property
    def least(self) -> float:
        """A value that it never goes below: 0, less the offset, of a loss counted in y; −∞ of a likelihood."""
        return -self.offset if self.unit_power else -np.inf

    @property
    def has_scale(self) -> bool:
        """Whether the network has outputs beside the mean that this loss trains."""
        return len(self.outputs) > 1

    @property
    def has_mean_head(self) -> bool:
        """Whether the first output is the mean itself, so that squared errors can train it."""
        return self.outputs[0] == MEAN

    @property
    def fits_constant(self) -> bool:
        """Whether its optimum is one constant for all x."""
        return self.fits_as is not None

    @property
    def in_place(self) -> str:
        """The loss to take instead: of a mistake what was meant, else the Gaussian NLL."""
        return self.meant or "gaussian_nll"

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of its outputs in formulas."""
        return tuple(output.symbol for output in self.outputs)

    @property
    def values(self) -> tuple[float, ...]:
        """The values of its parameters."""
        return tuple(parameter.value for parameter in self.parameters)

    @property
    def spread_at(self) -> int | None:
        """Which output is the log of its spread, so that a head may give it; None for a loss that takes no head."""
        at = [i for i, output in enumerate(self.outputs) if output.name in (LOG_VARIANCE.name, LOG_SCALE.name)]
        return at[0] if len(at) == 1 and self.by_hand is None and not self.mistake and self.has_mean_head else None

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads that it may take: its own alone where no output is the log of one spread."""
        return (OWN.name,) if self.spread_at is None else heads_for(self.outputs[self.spread_at].log_power)

    @property
    def starts(self) -> list[float]:
        """Where the net's outputs begin, in training units, with the start that is spread over the data."""
        begins = [output.start for output in self.outputs]
        if not self.head.is_own and self.spread_at is not None:
            begins[self.spread_at] = self.head.start
        return begins

    def reading(self, name: str) -> Reading:
        """What its outputs mean by this reading; the reading "own" takes the std from the loss's own formula of it."""
        return READINGS[name] if name != OWN_READING else READINGS[name].with_std(self.own_std)

    @property
    def latex(self) -> str:
        """The formula as the pages show it."""
        if self.by_hand is not None:
            return self.by_hand.latex
        return trees.latex(self) if self.y_unit is None else trees.latex_as_typed(self)

    @property
    def derivative(self) -> Callable[..., None]:
        """The function that fills terms and gradient, also compiled: one for all formulas, or its own."""
        return interpreter.gradient if self.by_hand is None else self.by_hand.gradient

    @cached_property
    def numbers(self) -> tuple[float, ...]:
        """What `derivative` takes beside y and outputs: the program of its formula, or the values of its parameters."""
        return self.values if self.by_hand is not None else trees.program(self)

    def with_parameters(self, values: Mapping[str, Any]) -> "Loss":
        """The row with these values of its settings; others are ignored."""
        row = self
        if self.resolve is not None:
            row = self.resolve(self, values)
        elif self.settings:
            taken = {name: float(values[name]) for name in self.settings if name in values}
            row = replace(
                self,
                parameters=tuple(replace(each, value=taken.get(each.name, each.value)) for each in self.parameters),
            )
        bound = values.get("bound", "none")
        limits = UNBOUNDED
        if bound != "none":
            powers = [output.log_power for output in row.outputs]
            limits = Limits.of(bound, powers, values["least_std"], values.get("most_std", np.inf))
        head = HEADS[values.get("head", OWN.name)]
        return replace(row, limits=limits, head=head, offset=float(values.get("offset", 0.0)))

    def in_training_units(self, shift: float, scale: float) -> "Loss":
        """The same loss for targets in units where y is (y − shift)/scale, and for a net's own outputs there."""
        powers = tuple(output.log_power for output in self.outputs)
        return replace(
            self,
            parameters=tuple(parameter.scaled(scale) for parameter in self.parameters),
            y_unit=None if self.y_unit is None else (shift, scale),
            limits=self.limits.scaled(powers, 1 / scale),
            of_raw=True,
            offset=self.offset / scale**self.unit_power,
        )

    def spread_of(self, raw: np.ndarray) -> np.ndarray:
        """A net's own outputs (…, H), in training units, with the log of the spread in place of what the head takes."""
        if self.head.is_own or self.spread_at is None:
            return raw
        made = np.array(raw, dtype=np.float64)
        output = self.outputs[self.spread_at]
        made[..., self.spread_at] = self.head.applied(np, made[..., self.spread_at], output.log_power)
        return made

    def in_unit_of_y(self, raw: np.ndarray, shift: Any, scale: Any) -> np.ndarray:
        """Outputs (…, H) of a net trained on (y − shift)/scale, as outputs for y itself; or one of each (…,)."""
        raw = np.asarray(raw, dtype=np.float64)
        moved = raw.copy()
        for i, output in enumerate(self.outputs):
            if output.in_unit:
                moved[..., i] = self._in_unit(output.in_unit, raw, shift, scale)
            elif output.is_location:
                moved[..., i] = shift + scale * raw[..., i]
            elif output.power:
                moved[..., i] *= scale**output.power
            elif output.log_power:
                moved[..., i] += output.log_power * np.log(scale)
        return moved

    def _in_unit(self, formula: str, raw: np.ndarray, shift: Any, scale: Any) -> np.ndarray:
        names = (*self.symbols, "shift", "scale")
        given = dict(zip(names, (*np.moveaxis(raw, -1, 0), shift, scale), strict=True))
        with np.errstate(over="ignore", invalid="ignore"):  # outputs that ran away
            return programs.value(read(formula, names), np, given)

    def evaluate(self, xp: Any, y: Array, outputs: Outputs) -> Terms:
        """Residual term, scale term and regulariser per point, with the bound and the offset."""
        y, outputs = BOUNDS[self.limits.bound].apply(xp, y, outputs, self.limits)
        if self.by_hand is None:
            residual, scale, regulariser = programs.evaluate(self.numbers, xp, y, outputs)
        else:
            residual, scale, regulariser = self.by_hand.terms(xp, y, outputs, self.values)
        return residual, scale, regulariser - self.offset

    def objective(self, xp: Any, y: Array, outputs: Outputs) -> Array:
        """What training makes small, per point."""
        if not self.trained:
            return sum(self.evaluate(xp, y, outputs))
        y, outputs = BOUNDS[self.limits.bound].apply(xp, y, outputs, self.limits)
        return programs.objective(self.numbers, xp, y, outputs) - self.offset

    def value(self, y: np.ndarray, outputs: Outputs, *, bounded: bool = False) -> np.ndarray:
        """The loss per point, in numpy. `bounded`: the outputs are as the bound left them, as those of a run are."""
        bends = bounded and BOUNDS[self.limits.bound].moves_outputs  # and would bend them once more
        loss = replace(self, limits=UNBOUNDED) if bends else self
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return sum(loss.evaluate(np, y, outputs))  # type: ignore[return-value]

    def gradient(self, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """∂(what training makes small)/∂outputs per point, (H, n), without the bound."""
        outputs = np.ascontiguousarray(outputs, dtype=np.float64)
        gradient, terms = np.empty_like(outputs), np.zeros((3, y.size))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.derivative(np.asarray(y, np.float64), outputs, np.array(self.numbers), terms, gradient)
        return gradient

    def floor(self, noise: Noise, std: Any) -> Any:
        """Expected loss per point at its optimum under `noise` of standard deviation `std` (any shape).

        In closed form where there is one, else by numerical minimisation. −inf where it has none; not finite where it
        cannot be found.
        """
        std = np.asarray(std, dtype=np.float64)
        if self.closed_floor is not None and self.limits is UNBOUNDED:
            return self.closed_floor(noise, std) - self.offset
        if self.follows_unit:
            at_one = self.optimum(noise).floor + self.offset
            return at_one * std**self.unit_power + self.unit_shift * np.log(std) - self.offset
        return over_std(std, lambda one: self.optimum(noise, one).floor)

    def optimum(self, noise: Noise, std: float = 1.0) -> Stationary:
        """The constant outputs that make the expected loss smallest under `noise` around 0, and what it is there."""
        if self.fits_as is not None:  # a batch's own mean stands in its terms: quadrature has none
            return replace(self.fits_as, offset=self.offset).optimum(noise, std)
        if not self.follows_unit:
            return stationary(self, noise, float(std))
        # Found once for σ = 1; the unit law tells the rest.
        at_one = stationary(replace(self, offset=0.0), noise, 1.0)
        factor = float(std) ** self.unit_power
        residual, scale, regulariser = (factor * term for term in at_one.terms)
        shift = self.unit_shift * float(np.log(std))
        return replace(
            at_one,
            outputs=tuple(self.in_unit_of_y(np.array(at_one.outputs), 0.0, float(std)).tolist()),
            floor=factor * at_one.floor + shift - self.offset,
            terms=(residual, scale + shift, regulariser - self.offset),
            deviation=factor * at_one.deviation,
        )

    @property
    def follows_unit(self) -> bool:
        """Whether its optimum for any σ follows from that for σ = 1: it has a unit law, and no bound."""
        return self.has_unit_law and self.limits is UNBOUNDED

    @property
    def limits_outputs(self) -> bool:
        """Whether its bound keeps the outputs themselves within limits."""
        return BOUNDS[self.limits.bound].moves_outputs

    def without_limits(self) -> "Loss":
        """The same loss without its bound."""
        return replace(self, limits=UNBOUNDED)

    def negative_below(self, noise: Noise, constant: float = 0.0) -> float | None:
        """The σ (unit of y) at which the floor under `noise` is zero, negative below it; None where it never is.

        From the unit law: floor(σ) = floor(1) + unit_shift·log σ. `constant` is added to the loss.
        """
        if self.unit_power or not self.unit_shift or not self.follows_unit:
            return None
        at_one = float(self.floor(noise, 1.0)) + constant
        return float(np.exp(-at_one / self.unit_shift)) if np.isfinite(at_one) else None
