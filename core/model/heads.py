"""HEADS: how a net's second output s becomes a spread that is positive, one row each.

A loss asks for the log of a spread: s = log σ² of a Gaussian NLL, log b of a Laplace NLL. With a head the net gives
another number, and g of it is the spread: a softplus standard deviation, elu + 1, a variance that a ReLU cuts off. For
a monotone g the optimum is the same, g(s) = σ; where training begins, how hard a residual pulls at s, and where s no
longer learns are not. The head acts in training units, on what the net gives, as in people's code.

Whether g is a scale (a standard deviation, a Laplace b, a Student-t τ) or its square (a variance) is said by the row
and not by the loss: floors and limits in a formula mean one of them. 1e-6 is a small variance, and as a standard
deviation it would be no floor at all.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from .head import SCALE, VARIANCE, Head

_ROWS = (
    Head(
        name="exp",
        label="exp(s), as the loss has it",
        help="The network gives the log of the std: positive for every s, and a misfit has the same effect at every s.",
        formula="exp(s)",
        power=0,
        reference="Nix & Weigend 1994, doi:10.1109/ICNN.1994.374138; Kendall & Gal 2017, arXiv:1703.04977",
    ),
    Head(
        name="exp_scale",
        label="exp(s) as the std",
        help="s is a log std: a step of s changes the variance twice as much as with a log variance.",
        formula="exp(s)",
        power=SCALE,
        reference="code for policies in reinforcement learning, which calls it log_std",
    ),
    Head(
        name="exp_variance",
        label="exp(s) as the variance",
        help="s is a log variance: the std is exp(s/2), and a step of s changes it half as much as with a log std.",
        formula="exp(s)",
        power=VARIANCE,
        reference="Kendall & Gal 2017, arXiv:1703.04977, for losses of |r|",
    ),
    Head(
        name="softplus",
        label="softplus(s) as the std",
        help="Like exp(s) far below 0 and like s far above it, so that a large std does not explode.",
        formula="softplus(s)",
        power=SCALE,
        reference="Dugas et al. 2000, Incorporating second-order functional knowledge; NumPyro, Pyro and Keras code",
        start=0.5413248546129181,
    ),
    Head(
        name="softplus_floor",
        label="softplus(s) + 0.001 as the std",
        help="A softplus that never falls below 0.001, in training units: near that floor s no longer learns.",
        formula="softplus(s) + 1e-3",
        power=SCALE,
        reference="code for Keras and PyTorch",
        start=0.5397424172369528,
        low=1e-3,
    ),
    Head(
        name="softplus_slow",
        label="0.001 + softplus(0.05·s) as the std",
        help="A twentieth of the step: s must change a lot, and an error of s matters little.",
        formula="1e-3 + softplus(0.05*s)",
        power=SCALE,
        reference="TensorFlow Probability, tutorial Regression with probabilistic layers",
        start=10.79484834473904,
        low=1e-3,
    ),
    Head(
        name="softplus_variance",
        label="softplus(s) + 1e-6 as the variance",
        help="The variance in deep ensembles, which never falls below 1e-6, in training units.",
        formula="softplus(s) + 1e-6",
        power=VARIANCE,
        reference="Lakshminarayanan et al. 2017, arXiv:1612.01474, section 2.2.1",
        start=0.5413232726357518,
        low=1e-6,
    ),
    Head(
        name="elu",
        label="elu(s) + 1 as the std",
        help="exp(s) below 0 and s + 1 above, as in many mixture densities. It is rounded to 0 sooner than exp(s).",
        formula="max(s, 0) + expm1(min(s, 0)) + 1",
        power=SCALE,
        reference="Brando 2017, Mixture density networks for distribution and uncertainty estimation, and code since",
    ),
    Head(
        name="sigmoid",
        label="10·sigmoid(s) as the std",
        help="Never above 10, in training units: larger noise cannot be expressed, and near 10 s no longer learns.",
        formula="10*sigmoid(s)",
        power=SCALE,
        reference="code that scales a sigmoid to a range",
        start=-2.1972245773362196,
        high=10.0,
    ),
    Head(
        name="square",
        label="s² as the std",
        help="Two optima, s and −s, and a pole of the loss between them, which small steps do not cross.",
        formula="s**2",
        power=SCALE,
        reference="code that squares an output",
        start=1.0,
    ),
    Head(
        name="abs",
        label="|s| as the std",
        help="The same as s² as the variance: two optima, s and −s, and a pole of the loss between them.",
        formula="abs(s)",
        power=SCALE,
        reference="code that takes an absolute value, or the log of a square",
        start=1.0,
    ),
    Head(
        name="relu",
        label="relu(s) + 1e-6 as the variance",
        help="Below 0 the variance is 1e-6 and s has no gradient: a point that gets there stops learning.",
        formula="relu(s) + 1e-6",
        power=VARIANCE,
        reference="code that makes an output positive by a ReLU",
        start=1 - 1e-6,
        low=1e-6,
    ),
    Head(
        name="linear",
        label="s itself as the std",
        help="Nothing keeps it positive: below 0 the loss has no value, and training ends there.",
        formula="s",
        power=SCALE,
        reference="code that leaves the output as it is",
        start=1.0,
    ),
    Head(
        name="clamp",
        label="exp(s) as the variance, s clamped to −7…7",
        help="A log variance within fixed limits: beyond them s has no gradient to bring it back.",
        formula="exp(max(-7, min(s, 7)))",
        power=VARIANCE,
        reference="code for variational autoencoders and model-based reinforcement learning",
        low=float(np.exp(-7)),
        high=float(np.exp(7)),
    ),
    # The limits are learned there, from −10 and 0.5; here they are fixed, the upper one where it leaves room.
    Head(
        name="soft_limits",
        label="exp of s bent between −10 and 5, as the variance",
        help="The log variance approaches its limits smoothly and keeps a gradient, which fades beyond them.",
        formula="exp(-10 + softplus(15 - softplus(5 - s)))",
        power=VARIANCE,
        reference="PETS: Chua et al. 2018, arXiv:1805.12114, appendix A.1, which learns the limits",
        start=0.006715040511709147,
        low=float(np.exp(-10)),
        high=float(np.exp(5)),
    ),
)
HEADS: Mapping[str, Head] = MappingProxyType({row.name: row for row in _ROWS})
OWN = HEADS["exp"]


def heads_for(log_power: float) -> tuple[str, ...]:
    """The names of the heads for a loss whose output is log_power·log(scale).

    Left out is exp where it is that very output: one training has one name.
    """
    return tuple(name for name, row in HEADS.items() if not (row.formula == OWN.formula and row.power == log_power))
