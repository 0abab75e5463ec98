"""A typed loss as a program of numbers: one machine code runs whichever formula was typed, without a compiler.

`OPS` is the table of operations; a formula is a tree of `Node`s of them (formula.py makes it), `numbers_of` lays it out
flat, `evaluate` runs that on numpy or torch arrays, and `gradient` runs it with its derivatives, as Python or compiled.
A new function is a row of `OPS` and a branch of `gradient`.

The numbers are: how many instructions there are, the row of the residual, the row of the scale; then for each
instruction its code, the rows of its operands (−1: none) and a constant. Instruction i fills row i.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import special

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on

# `gradient` knows the operations by these, for Numba takes module constants but no table. The order counts: from RELU
# on a slope 0 lets nothing through, not even ∞; before, 0·∞ is NaN. So it is in torch.
NUMBER, R, Y, MU, S = range(5)
ADD, SUB, MUL, DIV, NEG, POWER, EXP, LOG, LOG1P, EXPM1, SQRT, ABS, TANH, SIGMOID, SOFTPLUS, COSH, ERF = range(5, 22)
POW, RELU, SIGN, MAX, MIN = range(22, 27)
LEAVES: Mapping[str, int] = MappingProxyType({"number": NUMBER, "r": R, "y": Y, "mu": MU, "s": S})

_HEAD, _WIDTH = 3, 4  # numbers before the first instruction, and of each
_BLOCK = 128  # points at a time, whose rows a processor's nearest cache holds
_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


@dataclass(frozen=True)
class Op:
    """An operation on arrays.

    `apply(xp, x, z, constant)` takes its operands (z is to be ignored where there is one only); one of them may be a
    float. `slopes` are its derivatives by each operand, written as formulas in r, the first, and s, the second.
    `latex` is that of a function, % its operands.
    """

    code: int
    apply: Callable[[Any, Array, Array, float], Array]
    slopes: tuple[str, ...]
    latex: str = ""

    @property
    def arity(self) -> int:
        """How many operands it takes."""
        return len(self.slopes)


@dataclass(frozen=True)
class Node:
    """An operation on what stands below it; a leaf of the tree is "number", "r", "y", "mu" or "s".

    `value` is the number of a "number", and the exponent of a "power".
    """

    op: str
    of: tuple["Node", ...] = ()
    value: float = 0.0

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for node in self.of:
            yield from node.walk()


def _sign(xp: Any, x: Array) -> Array:
    # numpy's sign of NaN is NaN, torch's 0: a formula must not mean two things.
    return xp.sign(x) if xp is not np else np.sign(np.nan_to_num(x))


def _extreme(name: str) -> Callable[[Any, Array, Array, float], Array]:
    def apply(xp: Any, x: Array, z: Array, _: float) -> Array:
        # torch's want arrays; clamp takes numbers, but gives a tie the whole gradient where these halve it.
        full = [xp.full_like(b, a) if isinstance(a, float) else a for a, b in ((x, z), (z, x))]
        return getattr(xp, name)(*full)

    return apply


def _named(code: int, name: str, slope: str, latex: str) -> Op:
    """A function of one operand that numpy and torch know by the same name."""
    return Op(code, lambda xp, x, z, c: getattr(xp, name)(x), (slope,), latex)


OPS: Mapping[str, Op] = MappingProxyType(
    {
        "add": Op(ADD, lambda xp, x, z, c: x + z, ("1", "1")),
        "sub": Op(SUB, lambda xp, x, z, c: x - z, ("1", "-1")),
        "mul": Op(MUL, lambda xp, x, z, c: x * z, ("s", "r")),
        "div": Op(DIV, lambda xp, x, z, c: x / z, ("1/s", "-r/s**2")),
        "neg": Op(NEG, lambda xp, x, z, c: -x, ("-1",)),
        # A constant exponent has an operation of its own: where it is whole, the base may be negative.
        "power": Op(POWER, lambda xp, x, z, c: x**c, ("c*r**(c - 1)",)),
        "pow": Op(POW, lambda xp, x, z, c: x**z, ("s*r**(s - 1)", "r**s*log(r)")),
        "exp": _named(EXP, "exp", "exp(r)", "e^{%}"),
        "log": _named(LOG, "log", "1/r", r"\log(%)"),
        "log1p": _named(LOG1P, "log1p", "1/(1 + r)", r"\log(1 + %)"),
        "expm1": _named(EXPM1, "expm1", "exp(r)", r"\operatorname{expm1}(%)"),
        "sqrt": _named(SQRT, "sqrt", "0.5/sqrt(r)", r"\sqrt{%}"),
        "abs": _named(ABS, "abs", "sign(r)", "|%|"),
        "tanh": _named(TANH, "tanh", "1 - tanh(r)**2", r"\tanh(%)"),
        "sigmoid": Op(
            SIGMOID,
            lambda xp, x, z, c: getattr(xp, "sigmoid", special.expit)(x),
            ("sigmoid(r)*sigmoid(-r)",),
            r"\operatorname{sigmoid}(%)",
        ),
        # torch's own is a straight line from 20 on, which numpy has not; this is the same to 2e-9.
        "softplus": Op(
            SOFTPLUS, lambda xp, x, z, c: xp.logaddexp(x, xp.zeros_like(x)), ("sigmoid(r)",), r"\log(1 + e^{%})"
        ),
        "cosh": _named(COSH, "cosh", "0.5*exp(r) - 0.5*exp(-r)", r"\cosh(%)"),
        "erf": Op(
            ERF,
            lambda xp, x, z, c: getattr(xp, "erf", special.erf)(x),
            ("2/sqrt(pi)*exp(-r**2)",),
            r"\operatorname{erf}(%)",
        ),
        "sign": Op(SIGN, lambda xp, x, z, c: _sign(xp, x), ("0",), r"\operatorname{sign}(%)"),
        "relu": Op(
            RELU,
            lambda xp, x, z, c: xp.relu(x) if xp is not np else np.maximum(x, 0.0),
            ("max(sign(r), 0)",),
            r"\operatorname{relu}(%)",
        ),
        "max": Op(MAX, _extreme("maximum"), ("0.5 + 0.5*sign(r - s)", "0.5 - 0.5*sign(r - s)"), r"\max(%, %)"),
        "min": Op(MIN, _extreme("minimum"), ("0.5 - 0.5*sign(r - s)", "0.5 + 0.5*sign(r - s)"), r"\min(%, %)"),
    }
)
_CODES = {**LEAVES, **{name: op.code for name, op in OPS.items()}}
_APPLY = {op.code: op.apply for op in OPS.values()}


def numbers_of(residual: Node, scale: Node) -> tuple[float, ...]:
    """The program of both terms; what stands in them twice is worked out once."""
    rows: dict[tuple[float, ...], int] = {}

    def row(node: Node) -> int:
        operands = [row(below) for below in node.of]
        return rows.setdefault((_CODES[node.op], *(*operands, -1, -1)[:2], node.value), len(rows))

    ends = row(residual), row(scale)
    return tuple(float(number) for line in [(len(rows), *ends), *rows] for number in line)


def evaluate(numbers: tuple[float, ...], xp: Any, y: Array, mean: Array, s: Array) -> tuple[Array, Array]:
    """Residual and scale term per point, on arrays of `xp`, numpy or torch: torch's autograd goes through.

    Where a formula has no value, such as log at a negative r, the terms are NaN and nothing is warned of.
    """
    given, rows = {R: y - mean, Y: y, MU: mean, S: s}, []
    with np.errstate(all="ignore"):
        for at in range(_HEAD, len(numbers), _WIDTH):
            code, a, b, constant = numbers[at : at + _WIDTH]
            if code == NUMBER:
                rows.append(constant)
            elif code in given:
                rows.append(given[int(code)])
            else:
                rows.append(_APPLY[int(code)](xp, rows[int(a)], rows[int(b)], constant))
    residual, scale = (rows[int(row)] for row in numbers[1:_HEAD])
    return residual, xp.full_like(residual, scale) if isinstance(scale, float) else scale


def gradient(y: np.ndarray, outputs: np.ndarray, numbers: np.ndarray, terms: np.ndarray, slopes: np.ndarray) -> None:
    """Run the program, and run it backwards for the slopes of residual + scale, per point.

    `y` (n,), `outputs` (2, n): the mean and s, `numbers` (P,): all float64. Written are the first two rows of `terms`:
    residual and scale, and `slopes` (2, n): ∂(residual + scale)/∂mean and ∂/∂s. A formula without s may have one
    output alone. Conventions at kinks and at 0·∞ are torch's.
    """
    # One function of many branches, where the house has tables: it is compiled to machine code kept on disk, and
    # Numba's cache would not see a change in what it calls. Each branch is a loop over points, so that what it costs
    # to look at the code is paid once a block; it fills the row and the slope by each operand.
    n, count = y.size, int(numbers[0])
    width = min(n, _BLOCK)
    values, adjoints = np.empty((count, width)), np.empty((count, width))
    lefts, rights = np.empty((count, width)), np.empty((count, width))
    for start in range(0, n, _BLOCK):
        m = min(_BLOCK, n - start)
        for i in range(count):
            at = _HEAD + _WIDTH * i
            code, a, b, c = int(numbers[at]), int(numbers[at + 1]), int(numbers[at + 2]), numbers[at + 3]
            v, x, z, left, right = values[i], values[a], values[b], lefts[i], rights[i]
            if code == NUMBER:
                for k in range(m):
                    v[k] = c
            elif code == R:
                for k in range(m):
                    v[k] = y[start + k] - outputs[0, start + k]
            elif code == Y:
                for k in range(m):
                    v[k] = y[start + k]
            elif code == MU:
                for k in range(m):
                    v[k] = outputs[0, start + k]
            elif code == S:
                for k in range(m):
                    v[k] = outputs[1, start + k]
            elif code == ADD:
                for k in range(m):
                    v[k], left[k], right[k] = x[k] + z[k], 1.0, 1.0
            elif code == SUB:
                for k in range(m):
                    v[k], left[k], right[k] = x[k] - z[k], 1.0, -1.0
            elif code == MUL:
                for k in range(m):
                    v[k], left[k], right[k] = x[k] * z[k], z[k], x[k]
            elif code == DIV:
                for k in range(m):
                    v[k] = x[k] / z[k]
                    left[k], right[k] = 1.0 / z[k], -v[k] / z[k]
            elif code == NEG:
                for k in range(m):
                    v[k], left[k] = -x[k], -1.0
            elif code == POWER and c == np.rint(c):
                for k in range(m):
                    left[k] = 1.0
                for _ in range(int(abs(c)) - 1):  # by multiplications: exact, and vector instructions
                    for k in range(m):
                        left[k] *= x[k]
                for k in range(m):
                    v[k] = left[k] * x[k]
                    left[k] *= c
                if c < 0.0:
                    for k in range(m):
                        v[k] = 1.0 / v[k]
                        left[k] = c * v[k] / x[k]
            elif code == POWER:
                for k in range(m):
                    v[k], left[k] = x[k] ** c, c * x[k] ** (c - 1.0)
            elif code == EXP:
                for k in range(m):
                    v[k] = np.exp(x[k])
                    left[k] = v[k]
            elif code == LOG:
                for k in range(m):
                    v[k], left[k] = np.log(x[k]), 1.0 / x[k]
            elif code == LOG1P:
                for k in range(m):
                    v[k], left[k] = np.log1p(x[k]), 1.0 / (x[k] + 1.0)
            elif code == EXPM1:
                for k in range(m):
                    v[k] = np.expm1(x[k])
                    left[k] = v[k] + 1.0
            elif code == SQRT:
                for k in range(m):
                    v[k] = np.sqrt(x[k])
                    left[k] = 0.5 / v[k]
            elif code == ABS:
                for k in range(m):
                    v[k] = abs(x[k])
                    left[k] = 1.0 if x[k] > 0.0 else (-1.0 if x[k] < 0.0 else 0.0)
            elif code == TANH:
                for k in range(m):
                    v[k] = np.tanh(x[k])
                    left[k] = 1.0 - v[k] * v[k]
            elif code == SIGMOID:
                for k in range(m):
                    v[k] = 1.0 / (1.0 + np.exp(-x[k]))
                    left[k] = v[k] / (1.0 + np.exp(x[k]))
            elif code == SOFTPLUS:
                for k in range(m):
                    v[k] = (x[k] if x[k] > 0.0 else 0.0) + np.log1p(np.exp(-abs(x[k])))
                    left[k] = 1.0 / (1.0 + np.exp(-x[k]))
            elif code == COSH:
                for k in range(m):
                    v[k], left[k] = np.cosh(x[k]), np.sinh(x[k])
            elif code == ERF:
                for k in range(m):
                    v[k], left[k] = math.erf(x[k]), _TWO_OVER_ROOT_PI * np.exp(-x[k] * x[k])
            elif code == POW:
                for k in range(m):
                    v[k] = x[k] ** z[k]
                    left[k] = z[k] * x[k] ** (z[k] - 1.0)
                    right[k] = 0.0 if x[k] == 0.0 and z[k] >= 0.0 else v[k] * np.log(x[k])
            elif code == RELU:
                for k in range(m):
                    v[k], left[k] = (0.0 if x[k] <= 0.0 else x[k]), (0.0 if x[k] <= 0.0 else 1.0)
            elif code == SIGN:
                for k in range(m):
                    v[k] = 1.0 if x[k] > 0.0 else (-1.0 if x[k] < 0.0 else 0.0)
                    left[k] = 0.0
            else:  # MAX and MIN: of −x and −z the greater is −min
                turn = 1.0 if code == MAX else -1.0
                for k in range(m):
                    p, q = turn * x[k], turn * z[k]
                    v[k] = x[k] + z[k] if p != p or q != q else (x[k] if p > q else z[k])  # NaN stays NaN
                    left[k] = 0.5 if p == q else (0.0 if p < q else 1.0)
                    right[k] = 0.5 if p == q else (0.0 if q < p else 1.0)
        residual, scale = int(numbers[1]), int(numbers[2])
        for k in range(m):
            terms[0, start + k], terms[1, start + k] = values[residual, k], values[scale, k]
            for j in range(slopes.shape[0]):
                slopes[j, start + k] = 0.0
        adjoints[:] = 0.0
        adjoints[residual], adjoints[scale] = 1.0, 1.0
        for i in range(count - 1, -1, -1):
            at = _HEAD + _WIDTH * i
            code, a, b = int(numbers[at]), int(numbers[at + 1]), int(numbers[at + 2])
            g, left, right, z = adjoints[i], lefts[i], rights[i], values[b]
            if code == R:
                for k in range(m):
                    slopes[0, start + k] -= g[k]
            elif code == MU:
                for k in range(m):
                    slopes[0, start + k] += g[k]
            elif code == S:
                for k in range(m):
                    slopes[1, start + k] += g[k]
            if a >= 0:
                for k in range(m):
                    shut = (code >= RELU and left[k] == 0.0) or (code == POW and z[k] == 0.0)
                    adjoints[a, k] += 0.0 if shut else g[k] * left[k]
            if b >= 0:
                for k in range(m):
                    adjoints[b, k] += 0.0 if code >= RELU and right[k] == 0.0 else g[k] * right[k]
