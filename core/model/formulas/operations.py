"""OPS: the operations of formulas, one row each: on numpy and torch arrays, in LaTeX and in Python code.

A new operation is a row here and two branches of `core.model.formulas.interpreter.gradient`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import special

from . import interpreter as code

Array = Any  # a torch tensor or a numpy array, whichever `xp` works on


@dataclass(frozen=True)
class Op:
    """An operation on arrays.

    `apply(xp, x, z, constant)` takes its operands (z is to be ignored where there is only one); one of them may be a
    float. `latex` is that of a function, with % for its operands, "" where it is written by marks. `torch` and `math`
    are its code for tensors and for floats, where that is not the function of this name in those modules.
    `typed` says whether visitors may use it; other operations are for rows, or stand for others in a program.
    """

    code: int
    apply: Callable[[Any, Array, Array, float], Array]
    latex: str = ""
    arity: int = 1
    torch: str = ""
    math: str = ""
    typed: bool = True


def half_step(xp: Any, a: Array) -> Array:
    """log Γ(a + ½) − log Γ(a) for a > 0, to 1e-11: a difference of two log Γ would lose its digits in float32.

    Nine steps of the recurrence, then the asymptotic series (Tricomi & Erdélyi 1951, doi:10.2140/pjm.1951.1.133).
    """
    climbed = sum(xp.log1p(0.5 / (a + j)) for j in range(9))
    b = a + 9
    series = 0.5 * xp.log(b) - 1 / (8 * b) + 1 / (192 * b**3) - 1 / (640 * b**5) + 17 / (14336 * b**7)
    return series - climbed


def _sign(xp: Any, x: Array) -> Array:
    # numpy's sign of NaN is NaN, torch's 0: a formula must not mean two things.
    return xp.sign(x) if xp is not np else np.sign(np.nan_to_num(x))


def _extreme(name: str) -> Callable[[Any, Array, Array, float], Array]:
    def apply(xp: Any, x: Array, z: Array, _: float) -> Array:
        # torch's functions want arrays; clamp takes numbers, but gives a tie the whole gradient where these halve it.
        full = [xp.full_like(b, a) if isinstance(a, float) else a for a, b in ((x, z), (z, x))]
        return getattr(xp, name)(*full)

    return apply


def _chosen(where_positive: bool) -> Callable[[Any, Array, Array, float], Array]:
    def apply(xp: Any, x: Array, z: Array, _: float) -> Array:
        if isinstance(x, float):
            return z if (x > 0) == where_positive else xp.zeros_like(z)
        full = xp.full_like(x, z) if isinstance(z, float) else z
        return xp.where(x > 0, *((full, xp.zeros_like(full)) if where_positive else (xp.zeros_like(full), full)))

    return apply


def _function(code: int, name: str, latex: str = "", numpy: Any = None) -> Op:
    """A function of one operand by its name in torch and numpy; `numpy` is it where numpy has none of this name."""
    return Op(code, lambda xp, x, z, c: getattr(xp, name, numpy)(x), latex or rf"\operatorname{{{name}}}(%)")


OPS: Mapping[str, Op] = MappingProxyType(
    {
        "add": Op(code.ADD, lambda xp, x, z, c: x + z, arity=2),
        "sub": Op(code.SUB, lambda xp, x, z, c: x - z, arity=2),
        "mul": Op(code.MUL, lambda xp, x, z, c: x * z, arity=2),
        "div": Op(code.DIV, lambda xp, x, z, c: x / z, arity=2),
        "neg": Op(-1, lambda xp, x, z, c: -x),  # a program has −1 times it
        # With a number: a program's own, for one instruction is faster than two.
        "plus": Op(code.PLUS, lambda xp, x, z, c: x + c, typed=False),
        "times": Op(code.TIMES, lambda xp, x, z, c: x * c, typed=False),
        # A constant exponent has an operation of its own: where it is whole, the base may be negative.
        "power": Op(code.POWER, lambda xp, x, z, c: x**c),
        "pow": Op(code.POW, lambda xp, x, z, c: x**z, arity=2),
        "exp": _function(code.EXP, "exp", "e^{%}"),
        "log": _function(code.LOG, "log", r"\log(%)"),
        "log1p": _function(code.LOG1P, "log1p", r"\log(1 + %)"),
        "expm1": _function(code.EXPM1, "expm1"),
        "sqrt": _function(code.SQRT, "sqrt", r"\sqrt{%}"),
        "abs": Op(code.ABS, lambda xp, x, z, c: xp.abs(x), "|%|", math="abs(%)"),
        "tanh": _function(code.TANH, "tanh", r"\tanh(%)"),
        "sigmoid": _function(code.SIGMOID, "sigmoid", numpy=special.expit),
        # torch's own is a straight line from 20 on, which numpy has not; this is the same to 2e-9.
        "softplus": Op(
            code.SOFTPLUS,
            lambda xp, x, z, c: xp.logaddexp(x, xp.zeros_like(x)),
            r"\log(1 + e^{%})",
            torch="torch.logaddexp(%, torch.zeros_like(y))",
        ),
        "cosh": _function(code.COSH, "cosh", r"\cosh(%)"),
        "erf": _function(code.ERF, "erf", numpy=special.erf),
        "sign": Op(code.SIGN, lambda xp, x, z, c: _sign(xp, x), r"\operatorname{sign}(%)"),
        "relu": _function(code.RELU, "relu", numpy=lambda x: np.maximum(x, 0.0)),
        "max": Op(code.MAX, _extreme("maximum"), r"\max(%, %)", arity=2, torch="torch.maximum(%, %)", math="max(%, %)"),
        "min": Op(code.MIN, _extreme("minimum"), r"\min(%, %)", arity=2, torch="torch.minimum(%, %)", math="min(%, %)"),
        # The two branches of a where(…), each 0 where the other is taken: c is a condition, true where it is above 0.
        "when": Op(
            code.WHEN,
            _chosen(True),
            r"[% > 0]\,(%)",
            arity=2,
            torch="torch.where(% > 0, %, 0.0)",
            math="(0.0 if not % > 0 else %)",
            typed=False,
        ),
        "unless": Op(
            code.UNLESS,
            _chosen(False),
            r"[% \le 0]\,(%)",
            arity=2,
            torch="torch.where(% > 0, 0.0, %)",
            math="(0.0 if % > 0 else %)",
            typed=False,
        ),
        "lgamma": Op(
            code.LGAMMA,
            lambda xp, x, z, c: special.gammaln(x) if xp is np else xp.lgamma(x),
            r"\log\Gamma(%)",
            typed=False,
        ),
        "stop": Op(
            code.STOP,
            lambda xp, x, z, c: x if xp is np else x.detach(),
            r"\lfloor % \rfloor",
            torch="%.detach()",
            typed=False,
        ),
        "half_step": Op(
            code.HALF_STEP,
            lambda xp, x, z, c: half_step(xp, x),
            r"\log\frac{\Gamma(% + \tfrac12)}{\Gamma(%)}",
            torch="half_step(%)",
            math="(math.lgamma(% + 0.5) - math.lgamma(%))",
            typed=False,
        ),
    }
)
