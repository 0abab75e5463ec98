"""Losses of more outputs than two: whether one is a negative log likelihood, of which family, and what its std is.

No optimum is searched. A loss L is k⁻¹ times a negative log likelihood where ∫ exp(−k·L) dy is one number whatever the
outputs are; the density that this gives has a shape and a std, which are held beside the quantities of the code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from ...model.formulas.tree import Node, made, number
from .first_output import FirstOutput, first_output
from .tree_gradient import program_of

Array = NDArray[np.float64]

LIKELIHOODS = (1.0, 2.0, 0.5, 4.0, 0.25)  # k that are tried
_SETTINGS = 7  # of the other outputs, drawn once
_MOST = 12  # quantities that are multiplied with each other
_SAME = 1e-5  # relative


@dataclass(frozen=True)
class Density:
    """The density that a loss of many outputs is the negative log likelihood of.

    `k` times the loss is it, up to a constant. `family` is "Gaussian", "Laplace", "Student-t" or "". `std` is a tree in
    the outputs with its words, None where no product of two quantities gives it; `df` the same of the degrees of
    freedom of a Student-t.
    """

    k: float
    family: str
    std: Node | None
    std_words: str
    df_words: str


def density_of(tree: Node, others: tuple[str, ...], quantities: Mapping[str, Node]) -> Density | None:
    """The density of a loss; None where it is no negative log likelihood. `quantities` by their words."""
    settings = list(_settings(tree, others))
    if len(settings) < 4:
        return None
    k = _likelihood(tree, settings)
    if k is None:
        return None
    firsts = [first_output(tree, setting, _width(tree, setting, k)) for setting in settings]
    families = {first.family for first in firsts}
    family = families.pop() if len(families) == 1 else ""
    if family not in ("Gaussian", "Student-t", "Laplace"):
        return Density(k, "", None, "", "")
    values = {
        words: np.array([float(program_of(node).value(setting)) for setting in settings])
        for words, node in list(quantities.items())[:_MOST]
    }
    values = {words: value for words, value in values.items() if np.isfinite(value).all() and (value > 0).all()}
    plain = Density(k, family, None, "", "")
    if family == "Student-t":
        return _student(plain, firsts, values, quantities)
    var = np.array([_variance(tree, setting, k, family) for setting in settings])
    found = _product(var, values, quantities)
    if found is None:
        return plain
    return replace(plain, std=made("sqrt", found[1]), std_words=_root(found[0]))


def _settings(tree: Node, others: tuple[str, ...]) -> Iterator[dict[str, float]]:
    rng = np.random.default_rng(0)
    for _ in range(4 * _SETTINGS):
        drawn = {name: float(value) for name, value in zip(others, rng.uniform(0.3, 1.9, len(others)), strict=True)}
        given = {name: np.full(3, value) for name, value in drawn.items()} | {
            "y": np.array([-1.0, 0.2, 2.0]),
            "mu": 0.0,
        }
        if np.isfinite(np.asarray(program_of(tree).value(given), float)).all():
            yield drawn


def _over_r(tree: Node, setting: Mapping[str, float]) -> tuple[Array, Array]:
    """Residuals by ratio, with the weights of a sum over them, and the loss there."""
    u = np.linspace(-16, 16, 641)
    r = np.concatenate([-np.exp(u[::-1]), np.exp(u)])
    given = {name: np.full(r.shape, value) for name, value in setting.items()} | {"y": r, "mu": np.zeros(r.shape)}
    return r, np.asarray(np.broadcast_to(program_of(tree).value(given), r.shape), float)


def _likelihood(tree: Node, settings: list[dict[str, float]]) -> float | None:
    for k in LIKELIHOODS:
        totals = []
        for setting in settings:
            r, values = _over_r(tree, setting)
            with np.errstate(all="ignore"):
                totals.append(np.log(np.sum(np.exp(-k * np.where(np.isnan(values), np.inf, values)) * np.abs(r))))
        if np.isfinite(totals).all() and np.ptp(totals) < 1e-3:
            return k
    return None


def _width(tree: Node, setting: Mapping[str, float], k: float) -> float:
    """About the std of the density: half of its central two thirds."""
    r, values = _over_r(tree, setting)
    weight = np.exp(-k * (values - values.min())) * np.abs(r)
    share = np.cumsum(weight) / weight.sum()
    return float(0.5 * (r[np.searchsorted(share, 0.84)] - r[np.searchsorted(share, 0.16)]))


def _variance(tree: Node, setting: Mapping[str, float], k: float, family: str) -> float:
    """The variance of a Gaussian or a Laplace density, from its slope at one residual."""
    given = {name: np.full(1, value) for name, value in setting.items()} | {"y": np.ones(1), "mu": np.zeros(1)}
    slope = -k * float(np.ravel(program_of(tree).slopes(given, np.float64(1.0), ("mu",))[1]["mu"])[0])
    return 1 / slope if family == "Gaussian" else 2 / slope**2


def _student(
    plain: Density, firsts: list[FirstOutput], values: Mapping[str, Array], quantities: Mapping[str, Node]
) -> Density:
    # k·L has the slope k·(ν' + 1)·r/(ν'τ² + r²), whose ν' + 1 is what k makes of it.
    df = np.array([plain.k * (first.df + 1) - 1 for first in firsts])
    width = np.array([first.df_scale for first in firsts])  # ν·τ²
    of_df = next(
        ((words, ratio) for words, value in values.items() if (ratio := _constant(df / value)) is not None), None
    )
    square = _product(width, values, quantities)
    df_words = "" if of_df is None else _times(of_df[1], of_df[0])
    if of_df is None or square is None:
        return replace(plain, df_words=df_words)
    df_tree = made("mul", number(of_df[1]), quantities[of_df[0]])
    var = made("div", square[1], made("sub", df_tree, number(2.0)))
    return replace(plain, std=made("sqrt", var), std_words=f"√({square[0]}/({df_words} − 2))", df_words=df_words)


def _product(expected: Array, values: Mapping[str, Array], quantities: Mapping[str, Node]) -> tuple[str, Node] | None:
    """A quantity, its square, or a product or ratio of two, that is `expected` up to a factor; with the factor."""
    for words, value in values.items():
        for power, name, node in (
            (1.0, words, quantities[words]),
            (2.0, f"{_atom(words)}²", made("square", quantities[words])),
        ):
            ratio = _constant(expected / value**power)
            if ratio is not None:
                return _times(ratio, name), _scaled(ratio, node)
    for one, other in combinations_with_replacement(values, 2):
        pairs = (
            (values[one] * values[other], f"{_atom(one)}·{_atom(other)}", ("mul", one, other)),
            (values[one] / values[other], f"{_atom(one)}/{_atom(other)}", ("div", one, other)),
            (values[other] / values[one], f"{_atom(other)}/{_atom(one)}", ("div", other, one)),
            (values[one] * values[other] ** 2, f"{_atom(one)}·{_atom(other)}²", ("mul", one, other)),
            (values[one] ** 2 * values[other], f"{_atom(other)}·{_atom(one)}²", ("mul", other, one)),
        )
        for value, name, (op, left, right) in pairs:
            ratio = _constant(expected / value)
            if ratio is not None and np.ptp(value) > 0:
                last = made("square", quantities[right]) if name.endswith("²") else quantities[right]
                return _times(ratio, name), _scaled(ratio, made(op, quantities[left], last))
    return None


def _constant(ratio: Array) -> float | None:
    level = float(np.median(ratio))
    if not np.isfinite(level) or level <= 0 or np.ptp(ratio) > _SAME * level:
        return None
    nice = round(4 * level) / 4
    return nice if nice and abs(level / nice - 1) < _SAME else level


def _scaled(ratio: float, node: Node) -> Node:
    return node if ratio == 1 else made("mul", number(ratio), node)


def _times(ratio: float, words: str) -> str:
    return words if ratio == 1 else f"{ratio:.4g}·{_atom(words) if '/' not in words else words}"


def _atom(words: str) -> str:
    plain = words.replace("_", "").replace(".", "")
    return (
        words
        if plain.isalnum() or (words.endswith(")") and words.count("(") == 1 and words[0] != "(")
        else f"({words})"
    )


def _root(words: str) -> str:
    return words[:-1] if words.endswith("²") and words[:-1].isidentifier() else f"√{_atom(words)}"
