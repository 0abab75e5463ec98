"""What rests on a loss alone, by numbers: its sign, its optima, where its first output goes, what happens at zero."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ...loss_code.loss_code import LossCode, Quantity
from ...model.formulas.tree import Node, made
from ...once import cached_property
from .first_output import FirstOutput, first_output
from .loss_optima import AT, SIGMAS, Optima
from .name_spellings import is_positive
from .own_words import names_of
from .slope_turns import Rest
from .tree_gradient import is_known, program_of

# A residual of exactly zero where neither y nor the mean is zero: to be divided by one of them is another matter.
_HIT = {"y": np.full(1, 0.7), "mu": np.full(1, 0.7)}


class LossBasis:
    """A loss, and where its outputs come to rest. All is worked out when it is asked for, and kept.

    `graded`: for a loss that is all but level except where it is hit, such as a likelihood without its logarithm.
    """

    def __init__(self, code: LossCode, *, graded: bool = False):
        self.code, self.graded = code, graded
        self.names: Mapping[str, str] = names_of(code)
        self.std_is_said = False  # by a finding before: once is enough

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The symbols of the outputs that are no mean."""
        return tuple(symbol for symbol in self.code.outputs if symbol != "mu")

    @cached_property
    def readable(self) -> tuple[Quantity, ...]:
        """The quantities of the code that are made of operations of formulas alone."""
        return tuple(quantity for quantity in self.code.quantities if is_known(quantity.tree))

    @cached_property
    def predicts(self) -> bool:
        """Whether a prediction of y stands in it."""
        return any(name == "r" or name.startswith("mu") for name in self.code.tree.names)

    @cached_property
    def is_single(self) -> bool:
        """Whether there is one second output beside a prediction of y."""
        return len(self.others) == 1 and self.predicts

    @property
    def symbol(self) -> str:
        """The symbol of the second output; "s" where there is not one second output."""
        return self.others[0] if self.is_single else "s"

    @property
    def second(self) -> str:
        """What the code calls the second output."""
        return self.names.get(self.symbol, self.symbol)

    @cached_property
    def is_maximised(self) -> bool:
        """Whether the code gives what has to be made large: it falls for ever, and −1 times it does not."""
        if not self.is_single:
            return False
        written = [self._as_written.found["gaussian", sigma].status for sigma in SIGMAS]
        if "found" in written or "level" in written:
            return False
        turned = [self._turned.found["gaussian", sigma].status for sigma in SIGMAS]
        return turned.count("found") >= 3

    @cached_property
    def _as_written(self) -> Optima:
        return self._optima(self.code.tree, self.code.trained)

    @cached_property
    def _turned(self) -> Optima:
        trained = self.code.trained
        return self._optima(made("neg", self.code.tree), None if trained is None else made("neg", trained))

    def _optima(self, tree: Node, trained: Node | None) -> Optima:
        return Optima(tree, trained, self.symbol, positive=is_positive(self.second), graded=self.graded)

    @cached_property
    def stops(self) -> bool:
        """Whether what is detached changes a gradient where a net comes to rest."""
        if self.code.trained is None:
            return False
        r = np.array([-1.3, -0.4, 0.3, 0.9, 2.1])
        for sigma in (0.05, AT, 1.0, 5.0) if self.is_single else (1.0,):
            given = {name: np.full(5, self.rest(sigma).s if self.is_single else 0.8) for name in self.others}
            given |= {"y": sigma * r, "mu": np.zeros(5)}
            names = ("mu", *self.others)
            one, other = (
                program_of(tree).slopes(given, np.float64(1.0), names)[1]
                for tree in (self.code.tree, self.code.trained)
            )
            if not all(np.allclose(one[name], other[name], rtol=1e-9, atol=1e-12, equal_nan=True) for name in names):
                return True
        return False

    @cached_property
    def tree(self) -> Node:
        """The loss to be made small."""
        return made("neg", self.code.tree) if self.is_maximised else self.code.tree

    @cached_property
    def optima(self) -> Optima:
        """Its rests on every noise and σ."""
        return self._turned if self.is_maximised else self._as_written

    def rest(self, sigma: float = AT, noise: str = "gaussian") -> Rest:
        """Where the second output comes to rest."""
        return self.optima.found[noise, sigma]

    @cached_property
    def statuses(self) -> Mapping[float, str]:
        """The status on Gaussian noise of each σ."""
        return MappingProxyType({sigma: self.rest(sigma).status for sigma in SIGMAS})

    @cached_property
    def first(self) -> FirstOutput:
        """Where the first output goes, on noise of any σ: a Huber loss pulls otherwise at small σ than at large."""
        on_each = [self._first_on(sigma) for sigma in (self.sigma_found, 0.05, 5.0, 20.0)]
        found = [each for each in on_each if each is not None] or [first_output(self.tree, self._usual_others(), AT)]
        first = found[0]
        if len({(each.place, each.family) for each in found}) == 1:
            return first
        even = all(each.is_even for each in found)
        place = "the middle" if even else ""
        return replace(first, place=place, is_even=even, family="", df=np.nan, df_scale=np.nan)

    def _first_on(self, sigma: float) -> FirstOutput | None:
        if self.is_single:
            if self.statuses[sigma] != "found":
                return None
            return first_output(self.optima.program_tree, {self.symbol: self.rest(sigma).s}, sigma)
        return first_output(self.code.trained or self.tree, self._usual_others(), sigma) if not self.others else None

    def _usual_others(self) -> dict[str, float]:
        if self.is_single:
            return {self.symbol: 0.5}
        return {symbol: 0.8 + 0.3 * i for i, symbol in enumerate(self.others)}

    @cached_property
    def sigma_found(self) -> float:
        """A σ, 0.2 where that is one, on whose Gaussian noise the second output has a best value."""
        if not self.is_single:
            return AT
        return next((sigma for sigma in (AT, 1.0, 5.0, 0.05) if self.statuses[sigma] == "found"), AT)

    @cached_property
    def value_at_zero(self) -> float:
        """The loss of a residual of exactly zero, where a net is at the optimum."""
        given = {name: np.array([self._usual(name)]) for name in self.others} | _HIT
        return float(np.ravel(program_of(self.code.tree).value(given))[0])

    @cached_property
    def moves_the_mean(self) -> bool:
        """Whether the first output has a gradient anywhere near where training begins."""
        r, other = np.array([-1.3, -0.2, 0.4, 2.1]), np.array([0.3, 0.9, 1.6])[:, None]
        given = {"y": r, "mu": np.zeros((3, 4))} | dict.fromkeys(self.others, other)
        slopes = program_of(self.code.trained or self.tree).slopes(given, np.float64(1.0), ("mu",))[1]["mu"]
        return bool(np.any(slopes != 0))

    @cached_property
    def is_finite_at_zero(self) -> bool:
        """Whether the loss has a value where the second output is zero and the residual is not."""
        given = {self.symbol: np.zeros(1), "y": np.full(1, 0.7), "mu": np.zeros(1)}
        return bool(np.isfinite(np.asarray(program_of(self.tree).value(given), float)).all())

    @cached_property
    def nan_at_zero(self) -> bool:
        """Whether the gradient of a residual of exactly zero is not a number, where a net is at the optimum."""
        given = {name: np.array([self._usual(name)]) for name in self.others}
        given |= _HIT
        slopes = program_of(self.code.trained or self.code.tree).slopes(given, np.float64(1.0), ("mu", *self.others))[1]
        return not all(np.isfinite(slope).all() for slope in slopes.values())

    def _usual(self, name: str) -> float:
        if not self.is_single:
            return 0.5
        rests = [self.rest(sigma) for sigma in (AT, 1.0, 5.0, 0.05)]
        return next((rest.s for rest in rests if np.isfinite(rest.s)), 0.5)
