"""Slopes of trees in whole arrays, against the compiled interpreter's rules run as plain Python."""

import numpy as np
import pytest

from core.diagnosis.loss_check.tree_gradient import RULES, program_of
from core.model.formulas import read
from core.model.formulas.interpreter import gradient
from core.model.formulas.operations import OPS
from core.model.formulas.program import program_of as numbers_of

NAMES = ("y", "mu", "s", "r")
FORMULAS = (
    "0.5*exp(-s)*r**2 + 0.5*s",
    "abs(r)/softplus(s) + log(softplus(s))",
    "max(0.9*r, -0.1*r) - min(r, s)*tanh(s) + relu(r - s)",
    "log1p(r**2) + expm1(s) + sqrt(1 + r**2) + cosh(r/5) + erf(s*r) + sigmoid(s)",
    "exp(s)**r + abs(y)**1.5 + half_step(exp(s)) + stop(s)*r - sign(r)*s",
    "(r/s)**2 + (1 + s**2)**-0.5 + s*mu/y - (-s)",
)


def test_every_operation_has_a_slope() -> None:
    assert set(RULES) >= set(OPS)


@pytest.mark.parametrize("formula", FORMULAS)
def test_slopes_are_those_of_the_interpreter(formula: str) -> None:
    y, mu, s = (
        np.array([0.3, -1.1, 0.9, 2.0, 0.5]),
        np.array([0.1, 0.4, 1.7, -1.0, 0.5]),
        np.array([0.2, 0.6, 1.1, 0.7, 2]),
    )
    tree = read(formula, NAMES)
    terms, slopes = np.zeros((3, 5)), np.zeros((2, 5))
    with np.errstate(all="ignore"):
        gradient(y, np.stack([mu, s]), np.array(numbers_of(tree)), terms, slopes)
    _, found = program_of(tree).slopes({"y": y, "mu": mu, "s": s}, np.float64(1.0), ("mu", "s"))
    np.testing.assert_allclose(program_of(tree).value({"y": y, "mu": mu, "s": s}), terms[0], rtol=1e-12)
    for row, name in enumerate(("mu", "s")):
        np.testing.assert_allclose(np.broadcast_to(found[name], 5), slopes[row], rtol=1e-8, atol=1e-12)


def test_logs_of_likelihoods_do_not_underflow() -> None:
    parts = " - ".join(f"log(exp(-{k}*r**2)/(s + {k}))" for k in range(1, 7))
    given = {"y": np.array([0.3, 40.0]), "mu": np.zeros(2), "s": np.array([0.5, 2.0])}
    r, s = given["y"], given["s"]
    each = [-k * r**2 - np.log(s + k) for k in range(1, 7)]
    np.testing.assert_allclose(program_of(read(parts, NAMES)).value(given), each[0] - sum(each[1:]), rtol=1e-12)


def test_logs_of_what_overflows_do_not() -> None:
    given = {"y": np.array([-900.0, 0.3, 900.0]), "mu": np.zeros(3), "s": np.array([-800.0, 0.5, 800.0])}
    program = program_of(read("log(cosh(r)) + log(exp(s))", NAMES))
    value, slopes = program.value(given), program.slopes(given, np.float64(1.0), ("mu", "s"))[1]
    np.testing.assert_allclose(value, np.array([900 - np.log(2), np.log(np.cosh(0.3)), 900 - np.log(2)]) + given["s"])
    np.testing.assert_allclose(slopes["mu"], -np.tanh(given["y"]))
    np.testing.assert_allclose(np.broadcast_to(slopes["s"], 3), 1)


def test_a_mean_over_nodes_is_the_sum_of_its_points() -> None:
    tree = read("exp(-s)*r**2 + s*r", NAMES)
    rng = np.random.default_rng(0)
    z, w, s = rng.normal(size=7), rng.random(7), np.array([[0.3], [-0.4]])
    mean, slope = program_of(tree).slopes({"y": z, "mu": np.zeros(1), "s": s}, w, ("s",))
    np.testing.assert_allclose(mean[:, 0], [np.sum(w * (np.exp(-v) * z**2 + v * z)) for v in s[:, 0]])
    np.testing.assert_allclose(slope["s"][:, 0], [np.sum(w * (-np.exp(-v) * z**2 + z)) for v in s[:, 0]])
