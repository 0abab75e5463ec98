"""The program of a typed loss: numpy, torch, plain Python and machine code agree, and autograd is the judge."""

import math

import numpy as np
import pytest
import torch
from numba import cfunc, float64, njit, types

from core.model.formulas import FormulaError, interpreter, parse, read
from core.model.formulas.interpreter import gradient
from core.model.formulas.operations import OPS
from core.model.formulas.printing import text_of
from core.model.formulas.program import evaluate, objective, program_of
from core.model.formulas.tree import Node, made, number
from core.training.machine_code import EXACT

from .running import program, terms

LINE, TABLE = types.Array(float64, 1, "C"), types.Array(float64, 2, "C")
GRADIENT = types.void(LINE, TABLE, LINE, TABLE, TABLE)
FORMULAS = (
    "0.5*exp(-s)*r**2 + 0.5*s",
    "0.5*exp(-s)*abs(r) + 0.5*s",
    "0.5*exp(-s)*sqrt(r**2) + 0.5*s",
    "0.5*(s + r**2/exp(s))",
    "½ * s + ½ * (y - mu)² * exp(-s)",
    "-(s - r**2)/2",
    "exp(-s)*|y - mu| + s",
    "r**2",
    "r**3 - r**-1",
    "r**-2*s",
    "abs(r)**1.5",
    "abs(r)**0.5",
    "r**1.5",
    "r**-0.5",
    "(-2)**r + 2**s",
    "0**r",
    "r**s",
    "sqrt(r**s)",
    "abs(r)**s + s",
    "sqrt(abs(r))",
    "sqrt(relu(r))",
    "sqrt(max(r, 0))",
    "sqrt(min(-r, 0)*-1)",
    "sqrt(0*sign(r))",
    "log(r**2 + 1e-6) + s",
    "log(r)",
    "log(abs(r))*s",
    "log1p(r**2/exp(s)) + s/2",
    "log1p(r)",
    "expm1(r*s)",
    "tanh(r)*s",
    "sigmoid(r - s)",
    "softplus(s)*r**2 - log(softplus(s))",
    "log(cosh(r/2)) + s**2",
    "erf(r/sqrt(2))",
    "sign(r)*r + s",
    "sign(log(r))*s",
    "max(r, -r)",
    "max(0.9*r, -0.1*r)",
    "min(abs(r), 1) + min(s, s)",
    "max(log(r), s)",
    "y*exp(-s) + s",
    "(y - 2*mu)**2/mu",
    "mu*s + y",
    "1/r + s/r",
    "0/r",
    "exp(exp(exp(s)))*r",
    "r + 3",
    "max(r*r, 0.25)/(1 + exp(s)) + pi*s - e",
)
every_formula = pytest.mark.parametrize("text", FORMULAS)


@njit(types.void(types.FunctionType(GRADIENT), LINE, TABLE, LINE, TABLE, TABLE))
def call(function, y, outputs, numbers, terms, slopes):
    function(y, outputs, numbers, terms, slopes)


@pytest.fixture(scope="module")
def compiled():
    pointer = cfunc(GRADIENT, cache=True, **EXACT)(gradient)

    def run(*arrays):
        call(pointer, *arrays)

    return run


def points(n: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """y (n,) and outputs (2, n): ordinary ones first, then r = 0, s = 0 and far ones."""
    rng = np.random.default_rng(seed)
    y, outputs = rng.normal(0, 2, n), rng.normal(0, 1, (2, n))
    outputs[0, -12:-6] = y[-12:-6]
    outputs[1, -9:-3] = 0.0
    outputs[:, -1], outputs[:, -2] = (30.0, -20.0), (-30.0, 5.0)
    return y, outputs


def run(function, numbers, y, outputs):
    terms, slopes = np.full((3, y.size), 7.0), np.full((2, y.size), 7.0)
    with np.errstate(all="ignore"):
        function(y, outputs, np.array(numbers), terms, slopes)
    return terms[:2], slopes


def autograd(numbers, y, outputs):
    leaves = torch.tensor(outputs, requires_grad=True)
    terms = evaluate(numbers, torch, torch.tensor(y), list(leaves))[:2]
    sum(terms).sum().backward()
    return np.stack([term.detach().numpy() for term in terms]), leaves.grad.numpy()


def assert_same(numbers, y, outputs, functions):
    exact_terms, exact_slopes = autograd(numbers, y, outputs)
    in_numpy = evaluate(numbers, np, y, list(outputs))[:2]
    np.testing.assert_allclose(in_numpy, exact_terms, rtol=1e-11, atol=1e-14, equal_nan=True)
    for function in functions:
        terms, slopes = run(function, numbers, y, outputs)
        np.testing.assert_allclose(terms, exact_terms, rtol=1e-11, atol=1e-14, equal_nan=True)
        np.testing.assert_allclose(slopes, exact_slopes, rtol=1e-10, atol=1e-13, equal_nan=True)


@every_formula
def test_numpy_python_and_machine_code_do_as_torch_does(text, compiled):
    assert_same(program(parse(text)), *points(), (gradient, compiled))


def test_the_trap_of_sqrt_of_a_square_stays_one(compiled):
    y, outputs = np.ones(3), np.array([[1.0, 0.5, 1.0], [0.0, 0.0, 2.0]])
    for function in (gradient, compiled):
        for text, is_nan in (("exp(-s)*sqrt(r**2)", [True, False, True]), ("exp(-s)*abs(r)", [False] * 3)):
            _, slopes = run(function, program(parse(text)), y, outputs)
            assert np.isnan(slopes[0]).tolist() == is_nan
            assert not np.isnan(slopes[1]).any()


def test_terms_and_slopes_by_hand(compiled):
    y, outputs = np.array([1.0]), np.array([[-1.0], [math.log(4)]])
    for function in (gradient, compiled):
        terms, slopes = run(function, program(parse("0.5*exp(-s)*r**2 + 0.5*s")), y, outputs)
        np.testing.assert_allclose(terms[:, 0], [0.5, 0.5 * math.log(4)], rtol=1e-15)
        np.testing.assert_allclose(slopes[:, 0], [-0.5, 0.0], rtol=1e-15)


@pytest.mark.parametrize("n", [0, 1, 127, 128, 129, 1000])
def test_any_number_of_points(n, compiled):
    formula, rng = parse("log(cosh(r))*exp(-s) + s"), np.random.default_rng(n)
    y, outputs = rng.normal(size=n), rng.normal(size=(2, n))
    assert_same(program(formula), y, outputs, (gradient, compiled))


def test_every_operation_has_its_code_and_is_tried():
    codes = [interpreter.NUMBER, *(op.code for name, op in OPS.items() if name != "neg")]
    assert sorted(codes) == list(range(interpreter.LGAMMA + 1))
    used = {line[0] for text in FORMULAS for line in lines(program(parse(text)))}
    assert used == set(codes) - ROWS_ONLY


def lines(numbers):
    """The instructions of a program."""
    return np.reshape(numbers[interpreter.HEAD :], (-1, interpreter.WIDTH)).tolist()


ROWS_ONLY = {*(interpreter.STOP, interpreter.HALF_STEP, interpreter.WHEN, interpreter.UNLESS, interpreter.LGAMMA)}
ROWS = {
    "half_step(exp(s))*abs(r) - half_step(exp(0.3*s) + 2)": None,
    "exp(-s)*r**2 + s": "stop(exp(0.5*s))*(exp(-s)*r**2 + s)",
    "when(r, s*r) + unless(r, exp(a))": None,
    "when(s - r, log(r - s)) + unless(s - r, r)": None,
    "when(abs(r) - 1, sqrt(abs(r) - 1)) + 2*unless(r, 0.1)": None,
    "when(tanh(r), s) + unless(tanh(r), log(abs(r) + 1))": None,
    "lgamma(exp(s)) - lgamma(abs(r) + 0.5)": None,
    "lgamma(r - 0.3)*s": None,
    "r**2 + s*a": "0.5*r**2 + (y - stop(mu))**2*exp(-s) + stop(s)*a",
}


@pytest.mark.parametrize("text", ROWS)
def test_what_rows_alone_may_use(text, compiled):
    """Functions and outputs that no visitor has, and an objective apart from the terms."""
    names = ("mu", "s", "a")
    tree, other = (None if each is None else read(each, ("r", "y", *names)).put({}) for each in (text, ROWS[text]))
    numbers = program_of(tree, None, None, other, outputs=names)
    y, outputs = points()
    outputs = np.stack([*outputs, np.linspace(-1, 1, y.size)])
    leaves = torch.tensor(outputs, requires_grad=True)
    value = objective(numbers, torch, torch.tensor(y), list(leaves))
    value.sum().backward()
    for function in (gradient, compiled):
        terms, slopes = np.zeros((3, y.size)), np.zeros_like(outputs)
        with np.errstate(all="ignore"):
            function(y, outputs, np.array(numbers), terms, slopes)
        np.testing.assert_allclose(terms[0], evaluate(numbers, np, y, list(outputs))[0], rtol=1e-11)
        np.testing.assert_allclose(slopes, leaves.grad.numpy(), rtol=1e-9, atol=1e-11)
        assert not terms[1:].any()


def test_an_operation_with_a_number_is_one_instruction():
    for text in ("2*exp(s)*r", "(exp(s) + 2)*r", "(exp(s) - 2)*r", "exp(s)/2*r", "-exp(s)*r"):
        assert len(lines(program_of(parse(text).residual))) == 3, text
    for text in ("exp(s)*r", "exp(-2*s)*r", "exp(-s/2)*r", "exp(-s)*r"):
        assert len(lines(program_of(parse(text).residual))) == 2, text


def random_tree(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        leaf = rng.choice(["number", "r", "y", "mu", "s", "r", "s"])
        return Node(str(leaf)) if leaf != "number" else number(float(rng.choice([0.5, 2, -1, 1 / 3, math.pi, 1e-6])))
    name = str(rng.choice([name for name, op in OPS.items() if op.typed and name != "power"]))
    if name == "pow" and rng.random() < 0.8:
        return made("pow", random_tree(rng, depth - 1), number(float(rng.choice([2, 3, -1, 0.5, 1.5]))))
    return made(name, *(random_tree(rng, depth - 1) for _ in range(OPS[name].arity)))


def random_formulas(count, depth, seed):
    """Formulas from trees; those that may not be (a constant out of bounds, nothing to fit) are passed over."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        try:
            tree = random_tree(rng, depth)
            found.append((tree, parse(text_of(tree))))
        except (ArithmeticError, FormulaError):
            continue
    return found


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_random_formulas_are_read_as_they_are_written_and_do_as_torch_does(depth, compiled):
    y, outputs = np.random.default_rng(depth).uniform(0.5, 1.5, 9), np.random.default_rng(depth).normal(size=(2, 9))
    for tree, formula in random_formulas(75, depth, seed=depth):
        assert text_of(tree) == formula.text
        assert parse(formula.text) == formula
        with np.errstate(all="ignore"):
            terms, slopes = autograd(program(formula), y, outputs)
        for function in (compiled, gradient):
            found_terms, found_slopes = run(function, program(formula), y, outputs)
            ordinary = (np.abs(terms) < 1e6).all(0) & (np.abs(slopes) < 1e6).all(0)
            assert np.isnan(found_slopes).tolist() == np.isnan(slopes).tolist(), formula.text
            for mine, torchs in ((found_terms, terms), (found_slopes, slopes)):
                np.testing.assert_allclose(mine[:, ordinary], torchs[:, ordinary], rtol=1e-6, atol=1e-9)


def test_torch_keeps_float32():
    given = torch.ones(3), torch.zeros(3, requires_grad=True), torch.zeros(3)
    for text in ("max(r, 0.3)*2**s + s", "r + 3", "sigmoid(r)*erf(r) + softplus(s)"):
        assert [term.dtype for term in terms(parse(text), torch, *given)] == [torch.float32] * 2
