"""READINGS: what a network's outputs are taken to mean, apart from the loss that trained them.

A reading turns outputs (in the unit of y) into a predictive distribution. Changing the reading of a finished run
redraws and rescores it and trains nothing: the posted loss read as a log variance is the question's puzzle, the same
outputs read as a Laplace scale are a good model.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import special

from ..distributions.laws import Predictive, gaussian, laplace, student_t
from ..distributions.mixture import GaussianMixture
from ..distributions.quantiles import QuantilePredictive
from .formulas import read
from .formulas.program import value

__all__ = ["OWN", "READINGS", "Reading"]

OWN = "own"  # the reading whose std is a formula that is given


@dataclass(frozen=True)
class Family:
    """A kind of distribution, in words, in numpy and in torch.

    `made` takes the arrays that `needs` names, or outputs and parameters where it names none. `density` are lines of
    torch that return −log density of y in nats, with every constant; `std` is the formula of its standard deviation, or
    `std_code` lines of torch that come to it.
    """

    words: str
    made: Callable[..., Predictive]
    needs: tuple[str, ...]
    density: str
    std: str = ""
    std_code: str = ""


def _quantiles(outputs: np.ndarray, levels: Sequence[float]) -> Predictive:
    return QuantilePredictive(tuple(levels), outputs)


def _mixture(outputs: np.ndarray, parameters: Sequence[float]) -> Predictive:
    logits, means, log_stds = np.split(outputs, 3, axis=-1)
    return GaussianMixture(special.softmax(logits, axis=-1), means, np.exp(log_stds))


GAUSSIAN = Family(
    "a Gaussian",
    gaussian,
    ("mean", "std"),
    "return 0.5 * math.log(2 * math.pi) + torch.log(std) + 0.5 * ((y - mean) / std) ** 2",
    "std",
)
LAPLACE = Family(
    "a Laplace distribution",
    laplace,
    ("mean", "b"),
    "return torch.log(2 * b) + torch.abs(y - mean) / b",
    "sqrt(2)*b",
)
STUDENT = Family(
    "a Student-t distribution",
    student_t,
    ("mean", "scale", "nu"),
    "q = ((y - mean) / scale) ** 2 / nu\n"
    "log_beta_function = math.lgamma(0.5) + torch.lgamma(nu / 2) - torch.lgamma(nu / 2 + 0.5)\n"
    "return torch.log(scale) + 0.5 * (nu + 1) * torch.log1p(q) + 0.5 * torch.log(nu) + log_beta_function",
    "scale*sqrt(nu/(nu - 2))",
)
QUANTILES = Family(
    "a distribution with a Gaussian's tails",
    _quantiles,
    (),
    """# Between two quantiles y is a straight line in z = Φ⁻¹(level): a piece of a Gaussian.
z = torch.special.ndtri(torch.tensor(LEVELS, dtype=torch.float64))
values = torch.stack(list(outputs), -1).sort(-1).values
whole = (values[:, -1:] - values[:, :1]) / (z[-1] - z[0])
least = torch.maximum(1e-3 * whole, 1e-12 * values.abs().max(-1, keepdim=True).values + 1e-150)
b = torch.maximum(values.diff(dim=-1) / z.diff(), least)
climb = torch.cat([torch.zeros_like(whole), torch.cumsum(b * z.diff(), -1)], -1)
middle = len(z) // 2
knots = values[:, middle : middle + 1] + climb - climb[:, middle : middle + 1]
piece = (y[:, None] >= knots[:, 1:-1]).sum(-1, keepdim=True)  # which piece y lies on
slope = b.gather(-1, piece)[:, 0]
at = ((y[:, None] - knots[:, :-1].gather(-1, piece)) / b.gather(-1, piece))[:, 0] + z[piece[:, 0]]
return 0.5 * math.log(2 * math.pi) + torch.log(slope) + 0.5 * at**2""",
    std_code="z = torch.special.ndtri(torch.tensor(LEVELS, dtype=y.dtype))\n"
    "std = (outputs[-1] - outputs[0]) / (z[-1] - z[0])  # of a Gaussian with these outermost two",
)
MIXTURE = Family(
    "a mixture of Gaussians",
    _mixture,
    (),
    "logits, means, log_stds = torch.stack(list(outputs)).chunk(3)\n"
    "parts = -log_stds - 0.5 * ((y - means) * torch.exp(-log_stds)) ** 2\n"
    "return 0.5 * math.log(2 * math.pi) - torch.logsumexp(torch.log_softmax(logits, 0) + parts, 0)",
    std_code="weights = torch.softmax(logits, 0)\n"
    "mean = (weights * means).sum(0)\n"
    "std = (weights * (torch.exp(2 * log_stds) + means**2)).sum(0).sub(mean**2).sqrt()",
)


@dataclass(frozen=True)
class Reading:
    """A name for what the outputs mean, and how they become a distribution. `short` stands after "read as".

    `formulas` give what its distribution needs, one after another, from `outputs`, the symbols of the outputs, and
    `parameters`, those of the loss; the mean is the first output where none gives it. A reading of any number of
    outputs has neither.
    """

    name: str
    label: str
    short: str
    help: str
    distribution: Family
    formulas: tuple[tuple[str, str], ...] = ()
    outputs: tuple[str, ...] = ("mu", "s")
    parameters: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """Its kind of distribution, in words."""
        return self.distribution.words

    def with_std(self, formula: str) -> "Reading":
        """The same with this formula in s for its std, which its words then say."""
        words = plain(formula)
        return replace(self, short=f"std = {words}", help=f"std = {words}, {self.family}", formulas=(("std", formula),))

    def predictive(self, outputs: np.ndarray, parameters: Sequence[float]) -> Predictive:
        """The distribution of outputs (…, H) in the unit of y and values of the loss's parameters."""
        if not self.outputs:
            return self.distribution.made(outputs, parameters)
        given = self.given(outputs, parameters)
        return self.distribution.made(*(given[name] for name in self.distribution.needs))

    def given(self, outputs: np.ndarray, parameters: Sequence[float]) -> dict[str, Any]:
        """What its distribution needs, by name, and what that is made of; of a reading of a fixed number of outputs."""
        given: dict[str, Any] = dict(zip(self.outputs, np.moveaxis(outputs, -1, 0), strict=False))
        given |= dict(zip(self.parameters, map(float, parameters), strict=False))
        for name, text in self.formulas:
            given[name] = value(read(text, tuple(given)), np, given)
        given.setdefault("mean", given[self.outputs[0]])
        return given


def plain(formula: str) -> str:
    """A formula for a sentence: with the signs of print for those of code."""
    for code, sign in (("**2", "²"), ("*", "·"), ("-", "−"), ("sqrt", "√")):
        formula = formula.replace(code, sign)
    return re.sub(r"abs\((\w+)\)", r"|\1|", formula)


def _of_s(name: str, label: str, short: str, says: str, family: Family, formula: str) -> Reading:
    """A reading of mean and s whose family needs one number beside the mean: `formula` gives it."""
    return Reading(name, label, short, f"{says}, {family.words}", family, ((family.needs[1], formula),))


_ROWS = (
    _of_s("log_variance", "s is a log variance", "a log variance", "variance = exp(s)", GAUSSIAN, "exp(0.5*s)"),
    _of_s("laplace_scale", "exp(s) is a Laplace scale", "a Laplace scale", "std = √2·exp(s)", LAPLACE, "exp(s)"),
    _of_s(
        "mean_absolute",
        "exp(s) is the mean absolute error of a Gaussian",
        "a Gaussian's E|r|",
        "std = √(π/2)·exp(s)",
        GAUSSIAN,
        "sqrt(pi/2)*exp(s)",
    ),
    _of_s(
        "laplace_variance",
        "exp(s) is the variance of a Laplace distribution",
        "a Laplace variance",
        "std = exp(s/2)",
        LAPLACE,
        "exp(0.5*s)/sqrt(2)",
    ),
    _of_s("log_std", "s is a log std", "a log std", "std = exp(s)", GAUSSIAN, "exp(s)"),
    _of_s("log_precision", "s is a log precision", "a log precision", "variance = exp(−s)", GAUSSIAN, "exp(-0.5*s)"),
    _of_s(
        "twice_variance",
        "exp(s) is twice the variance",
        "twice the variance",
        "variance = ½·exp(s)",
        GAUSSIAN,
        "exp(0.5*s)/sqrt(2)",
    ),
    _of_s(
        "half_variance",
        "exp(s) is half the variance",
        "half the variance",
        "variance = 2·exp(s)",
        GAUSSIAN,
        "exp(0.5*s)*sqrt(2)",
    ),
    _of_s(
        OWN,
        "std as a formula says",
        "its own formula",
        "std = the formula you give",
        GAUSSIAN,
        "s",
    ),
    Reading(
        "relu_variance",
        "the second output is a variance",
        "a variance",
        "variance = max(v, 0), a Gaussian",
        GAUSSIAN,
        (("std", "sqrt(relu(v))"),),
        outputs=("mu", "v"),
    ),
    _of_s(
        "clamped_log_variance",
        "s is a log variance, clamped to −2…2",
        "a clamped log variance",
        "variance = exp(s) within 0.135 and 7.39",
        GAUSSIAN,
        "exp(0.5*max(-2, min(s, 2)))",
    ),
    Reading(
        "natural",
        "natural parameters of a Gaussian",
        "natural parameters",
        "variance = exp(−t), mean = output·std",
        GAUSSIAN,
        (("std", "exp(-0.5*t)"), ("mean", "a*std")),
        outputs=("a", "t"),
    ),
    Reading(
        "student_t",
        "exp(s) is the scale of a Student-t",
        "a Student-t scale",
        "std = exp(s)·√(ν/(ν − 2)), a Student-t distribution",
        STUDENT,
        (("scale", "exp(s)"),),
        parameters=("nu",),
    ),
    Reading(
        "student_t_learned",
        "scale and ν of a Student-t",
        "a Student-t",
        "std = exp(s)·√(ν/(ν − 2)), ν = 2 + exp(t), a Student-t distribution",
        STUDENT,
        (("scale", "exp(s)"), ("nu", "2 + exp(t)")),
        outputs=("mu", "s", "t"),
    ),
    Reading(
        "quantiles",
        "quantiles of the target",
        "quantiles",
        "a distribution through the quantiles, with a Gaussian's tails",
        QUANTILES,
        outputs=(),
    ),
    Reading(
        "mixture",
        "a mixture of Gaussians",
        "a mixture",
        "weights, means and stds of its components",
        MIXTURE,
        outputs=(),
    ),
    Reading(
        "evidential",
        "a normal-inverse-Gamma distribution",
        "evidence",
        "a Student-t of 2α degrees of freedom, scale² = β(1 + ν)/(να)",
        STUDENT,
        (
            ("alpha", "1 + exp(log_excess)"),
            ("scale", "sqrt(exp(log_beta)*(1 + 1/exp(log_nu))/alpha)"),
            ("nu", "2*alpha"),
        ),
        outputs=("mu", "log_nu", "log_excess", "log_beta"),
    ),
    Reading(
        "constant_variance",
        "one constant variance, of the residuals",
        "one constant",
        "variance = mean squared residual on the training points, the same at every x",
        GAUSSIAN,
        (("std", "exp(0.5*s)"),),
    ),
)

READINGS: Mapping[str, Reading] = MappingProxyType({row.name: row for row in _ROWS})
