"""What follows from a loss that was read, by numbers: optima, what quantities stand for, the family, the std."""

from dataclasses import dataclass, replace

import numpy as np

from ...data.noise import NOISES
from ...loss_code.loss_code import Quantity
from ...model.formulas.tree import Node, made
from ...once import cached_property
from .known_rows import KnownRow, known_row, row_of_head
from .loss_basis import LossBasis
from .loss_optima import AT, GRID, SIGMAS, nodes_of
from .many_outputs import LIKELIHOODS, Density, density_of
from .own_words import OwnStd, own_std, shown, spelled
from .quantity_laws import SAME, Law, Nearest, law_of, nearest_of
from .separate_outputs import separate_outputs
from .tree_gradient import program_of

_MOST_QUANTITIES = 40
_STRANGE = 20.0
_MOST_DF = 200.0  # beyond, a Student-t is a Gaussian
_COUNTS = 0.01  # a std so small where s has no gradient is a floor that hardly counts


@dataclass(frozen=True)
class Named:
    """A quantity of the code, what it stands for, and the words for it."""

    quantity: Quantity
    text: str
    law: Law


class LossEvidence(LossBasis):
    """A loss, and what its numbers say in the words of its code."""

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """The quantities in the second output that stand for something, in the order of the code.

        Of two that are one and the same, such as an output and the name it was given, the one with a name.
        """
        if not self.is_single:
            return ()
        output = Quantity("", self.second, Node(self.symbol))
        quantities = (output, *self.readable)[:_MOST_QUANTITIES]
        with_name = {quantity.tree for quantity in quantities if quantity.name}
        found, seen = [], set()
        for quantity in quantities:
            text = spelled(quantity.name) or shown(quantity.tree, self.names)
            known = (quantity.tree, text) in seen or (not quantity.name and quantity.tree in with_name)
            if known or quantity.tree.names != {self.symbol}:
                continue
            seen |= {(quantity.tree, text), (quantity.tree, "")} if not quantity.name else {(quantity.tree, text)}
            law = law_of(quantity.tree, self.optima)
            if law is not None:
                found.append(Named(quantity, text, law))
        return tuple(found)

    @cached_property
    def nearest(self) -> Nearest | None:
        """Of a second output that follows no power of σ, what comes nearest to σ, within a factor of two over all σ."""
        if not self.is_single:
            return None
        output = Quantity("", self.second, Node(self.symbol))
        found = []
        for quantity in (output, *self.readable)[:_MOST_QUANTITIES]:
            if quantity.tree.names == {self.symbol}:
                text = quantity.name or shown(quantity.tree, self.names)
                found += nearest_of(quantity.tree, text, self.optima)
        return min(found, key=lambda near: near.high / near.low, default=None)

    @property
    def is_strange(self) -> bool:
        """Whether the std has so large or small a factor before it that it may be made of the quadrature."""
        factor = 1.0 if self.best is None else self.best.law.std_factor("gaussian")
        return not 1 / _STRANGE < factor < _STRANGE

    @cached_property
    def best(self) -> Named | None:
        """The quantity that the std is told by: the widest in range, then the simplest in words."""
        return min(self.named, key=self._cost, default=None)

    def _cost(self, named: Named) -> tuple[int, int, float]:
        law, quantity = named.law, named.quantity
        cost = 0.0 if quantity.name else 1.0 if not quantity.tree.of else 2.0 + 0.1 * sum(1 for _ in law.tree.walk())
        cost += {1.0: 0.0, 0.5: 0.5}.get(abs(1 / law.power), 1.5) + (0.3 if law.of_exp else 0.0)
        cost += 0.7 if law.power < 0 and not law.of_exp else 0.0
        cost += 0.7 if abs(law.times - 1) >= SAME else 0.0
        return -len(law.sigmas), int(self._leaves_the_loss(law)), cost

    def _leaves_the_loss(self, law: Law) -> bool:
        """Whether it moves where s does not move the loss, so that it is not what the loss works with there."""
        for low, high in self.optima.dead:
            s = GRID[(low <= GRID) & (high >= GRID) & (np.abs(GRID) < 30)]
            value = np.asarray(program_of(law.tree).value({self.symbol: s}), float)
            with np.errstate(all="ignore"):
                std = np.exp(value / law.power) if law.of_exp else value ** (1 / law.power)
            if np.ndim(value) and np.nanmax(std, initial=0.0) > _COUNTS and np.ptp(value) > 0:
                return True
        return False

    @cached_property
    def likelihood(self) -> float | None:
        """k where k times the loss is a negative log likelihood up to a constant, at every s; None where none is."""
        if not self.is_single or not self.first.of_residual:
            return None
        kept = [self.rest(sigma).s for sigma in SIGMAS if self.statuses[sigma] == "found"]
        if len(kept) < 3:
            return None
        program, s = program_of(self.tree), np.array(kept)[:, None]
        u = np.linspace(-14, 12, 521)
        r = np.concatenate([-np.exp(u[::-1]), np.exp(u)])
        values = np.broadcast_to(program.value({"y": r, "mu": np.zeros(1), self.symbol: s}), (len(s), len(r)))
        values = np.where(np.isnan(values), np.inf, values)
        for k in LIKELIHOODS:
            with np.errstate(all="ignore"):
                least = values.min(axis=1, keepdims=True)
                total = np.log(np.sum(np.exp(-k * (values - least)) * np.abs(r), axis=1)) - k * least[:, 0]
            if np.isfinite(total).all() and np.ptp(total) < 1e-3:
                return k
        return None

    @cached_property
    def noise_of_family(self) -> str:
        """The noise that the loss takes for granted, of those whose factor is known: "gaussian" or "laplace"."""
        return "laplace" if self.first.family == "Laplace" else "gaussian"

    @cached_property
    def std(self) -> OwnStd | None:
        """The std in the code's own names: on any noise, else on the noise that the loss takes for granted."""
        if self.best is None or not np.isfinite(self.shared_factor):
            return None
        if self._std_of_student is not None:
            return self._std_of_student
        noise = "gaussian" if self.best.law.on_any_noise else self.noise_of_family
        if noise not in self.best.law.factors:
            noise = "gaussian"
        return self.std_on(noise)

    def std_on(self, noise: str) -> OwnStd:
        """The std in the code's own names by its factor on this noise."""
        assert self.best is not None
        law = self.best.law
        on = "any noise" if law.on_any_noise else f"{NOISES[noise].label.partition(' (')[0]} noise"
        if not law.covers_the_usual:
            on += f" of σ from {law.sigmas[0]:g} to {law.sigmas[-1]:g}"
        return own_std(law, self.best.text, noise, on, self.shared_factor)

    @cached_property
    def _std_of_student(self) -> OwnStd | None:
        """Of the NLL of a Student-t with fixed ν > 2 its own std, by the factor on its own noise."""
        if self.first.family != "Student-t" or self.best is None or self.likelihood is None:
            return None
        df = self.likelihood * (self.first.df + 1) - 1
        if not df > 2 or df > _MOST_DF:
            return None
        own = float(np.sqrt(self.first.df_scale / (df - 2)))
        factor = own / self._value_of(self.std_on("gaussian"), self.rest(self.sigma_found).s)
        on = f"Student-t noise (ν = {df:.3g})"
        return own_std(self.best.law, self.best.text, "gaussian", on, factor * self.shared_factor)

    def _value_of(self, std: OwnStd, s: float) -> float:
        with np.errstate(all="ignore"):
            return float(program_of(std.tree).value({self.symbol: np.float64(s)}))

    @cached_property
    def shared_factor(self) -> float:
        """1/√k where the residuals of k outputs stand beside one log: the variance is then k·σ². NaN for unknown k."""
        remark = next((each for each in self.code.remarks if each.name == "shared_scale"), None)
        if remark is None:
            return 1.0
        count = remark.facts.get("outputs")
        return float(count) ** -0.5 if isinstance(count, int | float) and count > 0 else float("nan")

    @cached_property
    def row(self) -> KnownRow | None:
        """The row of LOSSES that the loss is, up to a factor and a constant."""
        if self.stops:
            return known_row(self.tree, self.code.trained, self.code.outputs)
        found = known_row(self.tree, None, self.code.outputs)
        if (
            found is None
            and self.is_single
            and self.best is not None
            and self.std is not None
            and (self.best.law.covers_the_usual)
        ):
            return row_of_head(self.tree, self.symbol, self.std_on("gaussian").tree)
        return found

    @cached_property
    def density(self) -> Density | None:
        """Of more outputs than two: the density whose negative log likelihood the loss, or a part of it, is."""
        if len(self.others) < 2:
            return None
        quantities = {quantity.name: quantity.tree for quantity in self.readable if quantity.name}
        quantities |= {self.names.get(symbol, symbol): Node(symbol) for symbol in self.others}
        for quantity in self.readable:
            quantities.setdefault(shown(quantity.tree, self.names), quantity.tree)
        parts = (part.tree for part in self.code.parts)
        trees = [self.code.tree, *(tree for tree in parts if tree.names >= set(self.others))]
        found = (density_of(tree, self.others, quantities) for tree in trees)
        return next((density for density in found if density is not None), None)

    def std_at(self, s: float) -> float:
        """The std that the loss takes the noise to have at this s; NaN where it has none."""
        return float("nan") if self.std is None else self._value_of(self.std, s)

    @cached_property
    def std_range(self) -> tuple[float, float]:
        """The least and the largest std that the code can express; 0 and ∞ where it has no such end."""
        if self.std is None:
            return 0.0, np.inf
        program = program_of(self.std.tree)
        with np.errstate(all="ignore"):
            s = np.concatenate([[-1e30], GRID, [1e-30, 1e30]])
            s = s[s > 0] if self.optima.positive else s
            values = np.broadcast_to(np.asarray(program.value({self.symbol: s}), float), s.shape)
        values = values[np.isfinite(values) & (values >= 0)]
        if not len(values):
            return 0.0, np.inf
        return float(values.min()), float(values.max())

    @cached_property
    def is_bare_likelihood(self) -> bool:
        """Whether −log(−loss) is a negative log likelihood: the likelihood itself is averaged."""
        if not self.is_single or not self.graded:
            return False
        logged = made("neg", made("log", made("neg", self.code.tree)))
        return LossEvidence(replace(self.code, tree=logged, trained=None)).likelihood is not None

    @cached_property
    def is_log_density(self) -> bool:
        """Whether −1 times a loss of more outputs than two is a negative log likelihood."""
        if len(self.others) < 2 or self.density is not None:
            return False
        return density_of(made("neg", self.code.tree), self.others, {}) is not None

    @cached_property
    def separate(self) -> tuple[tuple[str, str], ...]:
        """What each of several outputs learns, where none minds the others."""
        return separate_outputs(self.tree, self.code.outputs, self.names)

    @cached_property
    def part_values(self) -> tuple[tuple[str, float], ...]:
        """Each part of a sum of losses in words, and its mean with its weight at the optimum on Gaussian noise."""
        if len(self.others) > 1 or (self.others and self.statuses[AT] != "found"):
            return ()
        z, w = nodes_of(NOISES["gaussian"], 12)
        given = {"y": AT * z, "mu": np.zeros(z.shape)}
        given |= {name: np.full(z.shape, self.rest().s) for name in self.others}
        found = []
        for each in self.code.parts:
            value = np.broadcast_to(program_of(each.tree).value(given), z.shape)
            text = each.text or shown(each.tree, self.names)
            found.append((text, float(each.weight * (value @ w))))
        return tuple(found)
