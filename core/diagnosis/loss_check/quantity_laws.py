"""What a quantity of the code stands for: its values at the optimum beside powers of σ and E|r|, on several noises."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ...data.noise import NOISES
from ...model.formulas.tree import Node
from ...words import number
from .loss_optima import GRID, SIGMAS, WITNESSES, Optima
from .tree_gradient import program_of

Array = NDArray[np.float64]

SAME = 3e-3  # relative: values that come so near a law at every σ follow it
_SAME_IN_PART = 2e-4  # on some σ only, where a coincidence is likelier
_USUAL = 0.1, 5.0  # σ: a law that holds between them holds for all that is usual
_LEAST, _LEAST_IN_PART = 3, 4  # values of σ that a law is told from
# Factors that have a name.
FACTORS: Mapping[str, float] = MappingProxyType(
    {
        "": 1.0,
        "½·": 0.5,
        "2·": 2.0,
        "¼·": 0.25,
        "4·": 4.0,
        "√2·": np.sqrt(2),
        "√½·": np.sqrt(0.5),
        "√(π/2)·": np.sqrt(np.pi / 2),
        "½√π·": np.sqrt(np.pi) / 2,
        "⅓·": 1 / 3,
        "3·": 3.0,
    }
)
_POWERS: Mapping[float, str] = MappingProxyType({1.0: "", 2.0: "²", 3.0: "³", 4.0: "⁴"})
# What a law may be a power of, on a noise of σ = 1.
_BASES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "σ": dict.fromkeys(WITNESSES, 1.0),
        "E|r|": {name: NOISES[name].mad for name in WITNESSES},
    }
)


@dataclass(frozen=True)
class Law:
    """A quantity q, or exp(q) if `of_exp`, is factor·σ**power at the optimum, with a factor for each noise that has it.

    `base` is "σ" or "E|r|" where the factor is `times`·base**power on each of WITNESSES, else "".
    `sigmas` are the σ on which it was found so; `everywhere` says that on every other σ the loss has no best s.
    `has_two_signs`: −q would do as well, and the law is of |q|.
    """

    tree: Node
    of_exp: bool
    power: float
    factors: Mapping[str, float]
    base: str
    times: float
    sigmas: tuple[float, ...]
    everywhere: bool
    has_two_signs: bool = False

    @property
    def on_any_noise(self) -> bool:
        """Whether it is a power of σ with one factor on every noise."""
        return self.base == "σ"

    @property
    def covers_the_usual(self) -> bool:
        """Whether it holds on every σ that has a best s, or at least from 0.1 to 5."""
        return self.everywhere or (self.sigmas[0] <= _USUAL[0] and self.sigmas[-1] >= _USUAL[1])

    def std_factor(self, noise: str) -> float:
        """What σ is on this noise, over q**(1/power)."""
        return float(self.factors[noise] ** (-1 / self.power))

    @property
    def stands_for_exp(self) -> str:
        """The same of exp(q) where the law is one of exp(q): "σ²" where q is "log σ²"."""
        times = self.times if self.base else self.factors["gaussian"]
        inner = _raised(self.base or "σ", abs(self.power))
        return _multiplied(times, inner) if self.power > 0 else _divided(times, inner)

    @property
    def stands_for(self) -> str:
        """What q is at the optimum: "½σ²", "log σ²", "2E|r|"; by its factor on Gaussian noise if it has no base."""
        times = self.times if self.base else self.factors["gaussian"]
        inner = _raised(self.base or "σ", abs(self.power))
        if not self.of_exp:
            return self.stands_for_exp
        sign = "" if self.power > 0 else "−"
        times = times if self.power > 0 else 1 / times
        return f"{sign}log {inner}" if abs(times - 1) < SAME else f"{sign}log({_multiplied(times, inner)})"


def _raised(base: str, power: float) -> str:
    if power == 0.5:
        return f"√{base}" if base == "σ" else f"√({base})"
    mark = _POWERS.get(power, f"^{power:g}")
    return base + mark if base == "σ" or power == 1 else f"({base}){mark}"


def _is_named(factor: float) -> bool:
    return any(abs(factor / value - 1) < _SAME_IN_PART for value in FACTORS.values())


def named(factor: float) -> str:
    """A factor before a product: "", "½·", "√2·", "0.873·"."""
    names = [words for words, value in FACTORS.items() if abs(factor / value - 1) < SAME]
    return names[0] if names else f"{factor:.3g}·" if factor >= 1e-4 else f"{number(factor)}·"


def _multiplied(times: float, inner: str) -> str:
    name = named(times)
    return (
        name.removesuffix("·") + inner
        if name in ("½·", "¼·", "2·", "4·", "3·", "⅓·") and inner[0] in "σE"
        else name + inner
    )


def _divided(times: float, inner: str) -> str:
    name = named(times)
    over = named(1 / times)
    if not name:
        return f"1/{inner}"
    if over in ("2·", "4·", "3·"):
        return f"1/({over.removesuffix('·')}{inner})"
    return f"{name.removesuffix('·')}/{inner}"


def law_of(tree: Node, optima: Optima) -> Law | None:
    """What a tree in the second output stands for; None where no power of σ fits on Gaussian noise."""
    values = values_at(tree, optima)
    both = (_law(tree, optima, values, of_exp=of_exp) for of_exp in (False, True))
    return next((law for law in both if law is not None), None)


def values_at(tree: Node, optima: Optima) -> dict[str, tuple[Array, Array]]:
    """σ and the tree's value there, for each noise, where the loss has a best s."""
    program, found = program_of(tree), {}
    for noise in WITNESSES:
        rests = [(sigma, optima.found[noise, sigma]) for sigma in SIGMAS]
        kept = [(sigma, rest.s) for sigma, rest in rests if rest.status == "found"]
        sigmas, s = (np.array([each[i] for each in kept]) for i in (0, 1))
        value = program.value({optima.symbol: s})
        found[noise] = sigmas, np.broadcast_to(np.asarray(value, float), s.shape)
    return found


def _law(tree: Node, optima: Optima, values: Mapping[str, tuple[Array, Array]], *, of_exp: bool) -> Law | None:
    gaussian = _fitted(*values["gaussian"], of_exp=of_exp)
    if gaussian is None:
        return None
    power, factor, kept = gaussian
    factors = {"gaussian": factor}
    for noise in WITNESSES[1:]:
        other = _fitted(*values[noise], of_exp=of_exp)
        if other is not None and other[0] == power:
            factors[noise] = other[1]
    base, times = _named_base(power, factors)
    everywhere = len(kept) == len(values["gaussian"][0]) or _ends_elsewhere(tree, optima, *values["gaussian"], kept)
    if not everywhere and not base and not _is_named(factor):
        return None
    two_signs = not of_exp and optima.is_even and _turns(tree, optima)
    return Law(tree, of_exp, power, MappingProxyType(factors), base, times, kept, everywhere, two_signs)


def _ends_elsewhere(tree: Node, optima: Optima, sigmas: Array, values: Array, kept: tuple[float, ...]) -> bool:
    """Whether on every other σ the quantity stands at an end of what it can be: s² + ε at ε."""
    every = np.asarray(program_of(tree).value({optima.symbol: GRID}), float)
    every = every[np.isfinite(every)] if np.ndim(every) else every[None]
    if not len(every):
        return False
    others = values[~np.isin(sigmas, kept)]
    at_end = [np.abs(others - end) <= 1e-6 * (np.abs(end) + 1e-9) for end in (every.min(), every.max())]
    return bool((at_end[0] | at_end[1]).all())


def _turns(tree: Node, optima: Optima) -> bool:
    """Whether the value changes its sign with s."""
    plus, minus = (float(program_of(tree).value({optima.symbol: np.float64(s)})) for s in (0.7, -0.7))
    return plus == -minus


def _fitted(sigmas: Array, values: Array, *, of_exp: bool) -> tuple[float, float, tuple[float, ...]] | None:
    """(power, factor, the σ on which it holds): on all of them, else on as many as there are from one end."""
    if len(sigmas) < _LEAST:
        return None
    if not of_exp and not (values > 0).all():
        return None
    logs = values if of_exp else np.log(values)
    if not np.isfinite(logs).all():
        return None
    count = len(sigmas)
    for length in [count, *range(count - 1, _LEAST_IN_PART - 1, -1)]:
        for part in (slice(0, length), slice(count - length, count)):
            law = _line(np.log(sigmas[part]), logs[part], SAME if length == count else _SAME_IN_PART)
            if law is not None:
                return *law, tuple(float(sigma) for sigma in sigmas[part])
    return None


def _line(x: Array, y: Array, same: float) -> tuple[float, float] | None:
    power = (y[-1] - y[0]) / (x[-1] - x[0])
    rounded = round(4 * power) / 4
    if abs(power - rounded) > 0.005 or rounded == 0 or abs(rounded) > 8:
        return None
    rest = y - rounded * x
    return (rounded, float(np.exp(np.median(rest)))) if np.ptp(rest) < same * abs(rounded) else None


def _named_base(power: float, factors: Mapping[str, float]) -> tuple[str, float]:
    for base, moments in _BASES.items():
        if len(factors) == len(WITNESSES):
            times = np.array([factors[noise] / moments[noise] ** power for noise in WITNESSES])
            if np.ptp(np.log(times)) < SAME * abs(power):
                return base, float(np.median(times))
    return "", np.nan


@dataclass(frozen=True)
class Nearest:
    """A std made of a quantity that is between `low` and `high` times σ on Gaussian noise of the σ in words."""

    text: str
    low: float
    high: float
    sigmas: str


def nearest_of(tree: Node, text: str, optima: Optima) -> list[Nearest]:
    """Simple std of a quantity that stay within a factor of two of σ on Gaussian noise."""
    sigmas, values = values_at(tree, optima)["gaussian"]
    inside = (sigmas >= _USUAL[0] / 2) & (sigmas <= _USUAL[1])
    sigmas, values = sigmas[inside], values[inside]
    found = []
    if len(sigmas) >= _LEAST:
        with np.errstate(all="ignore"):
            stds = {
                text: values,
                f"√{text if text.isidentifier() else f'({text})'}": np.sqrt(values),
                f"exp({text})": np.exp(values),
                f"exp({text if text.isidentifier() else f'({text})'}/2)": np.exp(values / 2),
            }
            for words, std in stds.items():
                ratio = std / sigmas
                if np.isfinite(ratio).all() and 0 < ratio.max() < 2 * ratio.min():
                    sizes = f"{sigmas[0]:g} to {sigmas[-1]:g}"
                    found.append(Nearest(words, float(ratio.min()), float(ratio.max()), sizes))
    return found
