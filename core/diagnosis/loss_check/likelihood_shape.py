"""Whether a loss is a Gaussian or a Laplace negative log likelihood, and of which scale: by its values, at once.

a·(r²/(2g²) + log g) + c: the weight of r² and the rest, which are functions of s, tell a and g(s) alike. So with
a·(|r|/b + log b) + c. Nothing is minimised: this is what an edit is judged by while many are tried.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...loss_code.loss_code import LossCode
from ...model.formulas.tree import Node
from .name_spellings import expected_of, is_positive
from .tree_gradient import program_of

Array = NDArray[np.float64]

_R = np.array([0.0, 0.5, 1.0, 2.0, 4.0, -1.0, -2.0])
_S = np.linspace(-5.0, 5.0, 40)  # without 0, where many heads have a pole
_FAR = np.array([-100.0, 100.0])
_MU = 0.3
_SAME = 1e-3  # relative
_EXACT = 1e-6
_LARGE = 5.0  # a scale above which a limit hardly ever bites
_FEWEST = 8  # values of s with a finite loss
_POWERS = {"gaussian": 2.0, "laplace": 1.0}


@dataclass(frozen=True)
class Shape:
    """A loss that is `times` a negative log likelihood of `family`, on the values s that it has a value at.

    `scale` is σ of a Gaussian and b = E|r| of a Laplace family at each s; `std` the standard deviation of it. `times`
    is negative for a likelihood that is to be made large. `is_dead`: s has no gradient over a stretch; `is_partial`:
    the loss has no value at some s; `least_std` is the smallest std that an output may reach, however far out.
    """

    family: str
    times: float
    s: Array
    scale: Array
    is_dead: bool
    is_partial: bool
    least_std: float

    @property
    def std(self) -> Array:
        """The standard deviation of the family at each s."""
        return self.scale if self.family == "gaussian" else np.sqrt(2) * self.scale

    def value(self, expected: str) -> Array:
        """A quantity by its name, "log σ²" or "E|r|", at each s."""
        return _QUANTITIES[expected](self)

    def is_quantity(self, tree: Node, expected: str, *, to_the_digit: bool = False) -> bool:
        """Whether a tree in s is that quantity, but for a thousandth of it, or `to_the_digit`."""
        found = np.asarray(program_of(tree).value({"s": self.s}), dtype=float) * np.ones(self.s.size)
        with np.errstate(all="ignore"):
            should_be = self.value(expected)
            off = np.abs(found - should_be) if expected.startswith("log") else np.abs(found / should_be - 1)
        if not np.isfinite(off).all():
            return False
        return bool(off.max() < _EXACT if to_the_digit else np.median(off) < _SAME and off.max() < 20 * _SAME)


_QUANTITIES = {
    "σ": lambda shape: shape.std,
    "σ²": lambda shape: shape.std**2,
    "log σ": lambda shape: np.log(shape.std),
    "log σ²": lambda shape: 2 * np.log(shape.std),
    "1/σ": lambda shape: 1 / shape.std,
    "1/σ²": lambda shape: shape.std**-2,
    "E|r|": lambda shape: shape.scale * (1 if shape.family == "laplace" else np.sqrt(2 / np.pi)),
    "log E|r|": lambda shape: np.log(shape.scale * (1 if shape.family == "laplace" else np.sqrt(2 / np.pi))),
    "1/E|r|": lambda shape: 1 / (shape.scale * (1 if shape.family == "laplace" else np.sqrt(2 / np.pi))),
}


def shape_of(code: LossCode) -> Shape | None:
    """The likelihood that a loss of a mean and a second output is; None where it is neither, or has other outputs."""
    if "s" not in code.outputs or not set(code.outputs) <= {"mu", "s"}:
        return None
    s = _S[_S > 0] if _is_positive(code) else _S
    program = program_of(code.tree)
    given = {"mu": np.full((s.size, _R.size), _MU), "y": _MU + _R + np.zeros((s.size, 1)), "s": s[:, None]}
    values = np.asarray(program.value(given), dtype=float) * np.ones((s.size, _R.size))
    moved = np.asarray(program.value({**given, "mu": given["mu"] + 1, "y": given["y"] + 1}), dtype=float)
    finite = np.isfinite(values).all(axis=1)
    if finite.sum() < _FEWEST or not np.allclose(values[finite], np.broadcast_to(moved, values.shape)[finite]):
        return None
    shape = _shape(s[finite], values[finite], not finite.all())
    if shape is None or s[0] > 0:
        return shape
    far = np.asarray(program.value({"mu": 0.0, "y": np.array([0.0, 1.0]), "s": _FAR[:, None]}), dtype=float)
    return replace(shape, least_std=_least(shape, far * np.ones((_FAR.size, 2))))


def _least(shape: Shape, far: Array) -> float:
    """The smallest std on the values of s and at the ends, where the weight of the residual tells it, or is endless."""
    power = _POWERS[shape.family]
    with np.errstate(all="ignore"):
        scale = (shape.times / (power * (far[:, 1] - far[:, 0]))) ** (1 / power)
    scale = np.where(np.isnan(scale), 0.0, scale)
    factor = shape.std[0] / shape.scale[0]
    return float(min(shape.std.min(), factor * scale.min()))


def _is_positive(code: LossCode) -> bool:
    """Whether the code may be trusted to keep the second output above zero, by its name."""
    return any(role.kind == "second" and is_positive(role.name) for role in code.roles)


def _shape(s: Array, values: Array, is_partial: bool) -> Shape | None:
    rise = values[:, 1:] - values[:, :1]
    for family, power in _POWERS.items():
        weights = rise / np.abs(_R[1:]) ** power  # (s, r)
        weight = weights[:, 1]
        with np.errstate(all="ignore"):
            fits = np.abs(weights / weight[:, None] - 1).max(axis=1) < _SAME
        # Where s has a minute weight, rounding has the rest.
        if not fits.all() or (np.sign(weight) != np.sign(weight[0])).any() or weight[0] == 0:
            continue
        logs, rest = np.log(np.abs(weight)), values[:, 0]
        if np.ptp(logs) < 1e-6:
            return None
        slope, start = np.polyfit(logs, rest, 1)
        times = -power * slope
        if np.abs(rest - slope * logs - start).max() > _SAME * (1 + np.ptp(rest)) or times * weight[0] <= 0:
            return None
        scale = (times / (power * weight)) ** (1 / power)
        steps = np.abs(np.diff(values, axis=0)).max(axis=1)
        return Shape(
            family, float(times), s, scale, bool(((steps < 1e-9) & (scale[1:] < _LARGE)).sum() > 2), is_partial, 0.0
        )
    return None


def misnamed(code: LossCode, shape: Shape) -> list[tuple[str, str]]:
    """The names of the code that say they are something else than they are here, each with what it says."""
    found = []
    for name, tree in named_trees(code):
        expected = expected_of(name)
        if expected and not any(shape.is_quantity(tree, each) for each in expected):
            found.append((name, expected[0]))
    return found


def named_trees(code: LossCode) -> list[tuple[str, Node]]:
    """The quantities that have a name in the code, the last assigned first, and the second output itself."""
    named = [(each.name, each.tree) for each in reversed(code.quantities) if each.name]
    taken = {name for name, _ in named}  # a name that is assigned anew, as in lv = clamp(lv), means what it is then
    outputs = ((role.name, Node("s")) for role in code.roles if role.kind == "second" and role.name not in taken)
    return [*named, *outputs]


def has_exact_quantity(code: LossCode, shape: Shape) -> bool:
    """Whether the code has a name or a function's value that is σ or E|r|, a power or a log of it, without a factor."""
    trees = [each.tree for each in code.quantities if each.name or is_single(each.text, "*/")] + [Node("s")]
    wanted = [name for name in _QUANTITIES if ("E|r|" in name) == (shape.family == "laplace")]
    return any(shape.is_quantity(tree, name) for tree in trees[:60] for name in wanted)


def is_single(text: str, marks: str = "+-*/") -> bool:
    """Whether an expression has none of the marks outside brackets: it is no sum, product, quotient or power."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter in marks and at > 0 and text[at - 1] not in "eE":
            return False
    return True
