"""What may be typed as a loss, how it is written back, and what is said of everything else."""

import math
import random
import sys

import numpy as np
import pytest
import torch

from core.model.formulas import FormulaError, parse
from core.model.formulas.operations import OPS
from core.model.formulas.parser import DEEPEST, FUNCTIONS
from core.model.formulas.printing import latex_of, text_of
from core.model.formulas.typed_formula import LONGEST, MOST_NODES
from tests.pace import at_most

from .running import terms


def sentence(text: str) -> str:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    said = str(caught.value)
    assert len(said) < 250
    assert said.isprintable()
    assert said.endswith(".")
    assert not said.endswith("..")
    return said


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("0.5*exp(-s)*abs(r)+0.5*s", "0.5*exp(-s)*abs(r) + 0.5*s"),
        ("1/2 * torch.exp(-log_var) * (y - mu)^2 + logvar/2", "0.5*exp(-s)*r**2 + s/2"),
        ("½·e^(−s)·r² + ½s", "0.5*exp(-s)*r**2 + 0.5*s"),
        ("½(r² + s)", "0.5*(r**2 + s)"),
        ("¼|y − μ| × 3 ÷ s", "0.25*abs(r)*3/s"),
        ("|½|*|r|", "0.5*abs(r)"),
        ("(mean - y)³", "(-r)**3"),
        ("np.maximum(0.9*r, -.1 * r)", "max(0.9*r, -0.1*r)"),
        ("math.pow(r, 2) + F.softplus(r) + np.pi", "r**2 + softplus(r) + pi"),
        ("ln(r*r + 1e-6)", "log(r*r + 1e-06)"),
        ("square(r)/3*(1/3)", "r**2/3*(1/3)"),
        ("+r - -s", "r + s"),
        ("r*(s*mu)", "r*(s*mu)"),
        ("r-(s-1)", "r - (s - 1)"),
        ("r/(s/mu)", "r/(s/mu)"),
        ("r/-s*mu", "-r/s*mu"),
        ("-r**2", "-r**2"),
        ("(-r)**2", "(-r)**2"),
        ("2**r**s", "2**r**s"),
        ("(2**r)**s", "(2**r)**s"),
        ("2**(-r)", "2**-r"),
        ("2**-(r*s)**-mu**2", "2**-(r*s)**-mu**2"),
        ("2**(-r*s)", "2**-(r*s)"),
        ("(r**2)**3", "(r**2)**3"),
        ("r**-2", "r**-2"),
        ("r**(1/3)", "r**(1/3)"),
        ("1 - 2 - 3 + r + 2*3*pi/pi", "r - 4 + 6"),
        ("sqrt((y-mu)**2)", "sqrt(r**2)"),
        ("r + 0*s", "r + 0*s"),
        ("r**1 + s**0 + 0", "r + 1"),
    ],
)
def test_a_formula_has_one_spelling(typed, text):
    assert parse(typed).text == text
    assert parse(text) == parse(typed)
    assert text.isascii()


@pytest.mark.parametrize(
    ("typed", "latex"),
    [
        ("0.5*exp(-s)*r**2 + 0.5*s", r"\tfrac12 e^{-s} r^2 + \tfrac12 s"),
        ("exp(-s)*abs(y - mu) + s", "e^{-s} |r| + s"),
        ("0.5*(s + (y - 2*mu)**2/exp(s))", r"\tfrac12 \left(s + \frac{(y - 2 \mu)^2}{e^{s}}\right)"),
        ("sqrt(r**2)*1.5", r"\sqrt{r^2} \cdot \tfrac32"),
        ("log(cosh(r/2)) - (s - 1)", r"\log\left(\cosh\left(\frac{r}{2}\right)\right) - (s - 1)"),
        ("r + (s + 1)", "r + s + 1"),
        ("r*(s*mu)", r"r s \mu"),
        ("abs(abs(r) - 1e-6)", r"\left||r| - 10^{-6}\right|"),
        ("2.5e-7*r", r"2.5 \cdot 10^{-7} r"),
        ("exp(-s)**2*r", r"(e^{-s})^2 r"),
        ("max(r, s)**1.5*pi/3", r"\frac{\max(r, s)^{\tfrac32} \pi}{3}"),
        ("1/3*log1p(-r)", r"\tfrac13 \log(1 - r)"),
        ("-(r + s)*2", r"-(r + s) \cdot 2"),
        ("(-2)**r", "(-2)^r"),
        ("0.1*r - 7/12*s", r"0.1 r - \tfrac{7}{12} s"),
    ],
)
def test_latex(typed, latex):
    found = parse(typed).latex
    assert found == latex
    assert found.count("{") == found.count("}")


@pytest.mark.parametrize(
    ("typed", "residual", "scale"),
    [
        ("0.5*exp(-s)*r**2 + 0.5*s", "0.5*exp(-s)*r**2", "0.5*s"),
        ("0.5*(s + r**2/exp(s)) + 3", "0.5*(r**2/exp(s))", "0.5*s + 3"),
        ("-(s - r)/2", "r/2", "-s/2"),
        ("s - r - 2*s", "-r", "s - 2*s"),
        ("(r + s)*s", "(r + s)*s", "0"),
        ("(s + mu)*-2", "-mu*2", "-s*2"),
        ("r**2", "r**2", "0"),
        ("r + 1", "r", "1"),
    ],
)
def test_residual_and_scale_are_the_terms_with_data_and_without(typed, residual, scale):
    found = parse(typed)
    assert (text_of(found.residual), text_of(found.scale)) == (residual, scale)
    assert latex_of(found.residual)
    given = np.array([1.0, 2.0]), np.array([0.5, 2.5]), np.array([-1.0, 1.0])
    parts = terms(found, np, *given)
    assert [part.shape for part in parts] == [(2,), (2,)]
    np.testing.assert_allclose(sum(parts), sum(terms(parse(f"r + {typed}"), np, *given)) - given[0] + given[1])


def test_values_by_hand():
    given = np.array([1.0]), np.array([-1.0]), np.array([math.log(4)])
    for text, value in {
        "0.5*exp(-s)*abs(r) + 0.5*s": 0.25 + math.log(2),
        "-r**2": -4,
        "2**r**2": 16,
        "r/2/2*3": 1.5,
        "r/-2*3": -3,
        "2 - r - 3": -3,
        "e**r": math.e**2,
        "y - 2*mu": 3,
        "sigmoid(0*r) + erf(0*r) + softplus(0*r)": 0.5 + math.log(2),
    }.items():
        np.testing.assert_allclose(sum(terms(parse(text), np, *given)), value, rtol=1e-14)


@pytest.mark.parametrize(("text", "uses_s"), [("exp(-s)*r**2", True), ("(y - mu)**2", False), ("s - y", True)])
def test_whether_it_uses_s(text, uses_s):
    assert parse(text).uses_s == uses_s


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no formula"),
        (" \n\t", "no formula"),
        ("x*r", 'character 1, "x": no such name; there are r, y, mu, s, pi, e and abs'),
        ("r*sigma", 'character 3, "sigma": no such name, the nearest is s;'),
        ("r + cosch(s)", "the nearest is cosh"),
        ("F.mse_loss(r)", '"F.mse_loss": no such name'),
        ("os.exp(r)", '"os.exp": no such name, the nearest is exp'),
        ("r.exp()", '"r.exp": no such name, the nearest is exp'),
        ("np.r", '"np.r": no such name'),
        ("__import__('os')", '"__import__": no such name'),
        ("lambda r: r", '"lambda": no such name'),
        ("(1).__class__", 'character 4, "."'),
        ("'r'", "character 1"),
        ("loss = r", "no such name"),
        ("r = y", "write the loss alone"),
        ("r; s", 'character 2, ";": allowed are'),
        ("r @ s", "allowed are"),
        ("2r", "two factors need a * between them"),
        ("r s", "two factors need a * between them"),
        ("(r)(s)", "two factors need a * between them"),
        ("r(2)", "two factors need a * between them"),
        ("|r||s|", "two factors need a * between them"),
        ("2½*r", "two factors need a * between them"),
        ("r/½s", "brackets"),
        ("r²³", "a power of a power needs brackets"),
        ("r²^3", "a power of a power needs brackets"),
        ("||r| - 1|", "write abs(...)"),
        ("exp r", "exp is a function and needs brackets, as in exp(r)"),
        ("exp", "needs brackets"),
        ("exp()", "is missing before it"),
        ("max(r)", "max is written as max(r, s), and here it is given 1"),
        ("exp(r, s)", "exp is written as exp(r), and here it is given 2"),
        ("r, s", "a comma is allowed only in max, min and pow"),
        ("exp(r", "the ( at character 4 is not closed"),
        ("|r", "the | at character 1 is not closed"),
        ("(r|", "the ( at character 1 is not closed"),
        ("r)", "no open bracket"),
        ("r +", "character 4, the end"),
        ("r + * s", 'character 5, "*"'),
        ("²", "is missing before it"),
        ("r // s", 'character 4, "/"'),
        ("s", "has no r, y or mu"),
        ("1 + 2*pi", "is a constant"),
        ("r**0", "is a constant"),
        ("y**2", "has y alone"),
        ("r/0", "nothing can be divided by zero"),
        ("r/(1 - 1)", "nothing can be divided by zero"),
        ("1/0 + r", "nothing can be divided by zero"),
        ("r + log(0)", "not give a finite number"),
        ("r + log(-1)", "not give a finite number"),
        ("r + sqrt(-2)", "not give a finite number"),
        ("r + (-8)**0.5", "not give a finite number"),
        ("r + 0**-1", "not give a finite number"),
        ("r + exp(800)", "not give a finite number"),
        ("r*9**9**9", "a constant exponent must be between -20 and 20"),
        ("r**21", "a constant exponent must be between -20 and 20"),
        ("pow(r, -20.5)", "a constant exponent must be between -20 and 20"),
        ("r*1e13", "a constant is at most 1e12 in size"),
        ("r*1e999", "not give a finite number"),
        ("r*10**13", "a constant is at most 1e12 in size"),
        ("1e12*(r + 100)", "when its brackets are multiplied out"),
        ("r*\x00", r'"\x00"'),
        ("r*\ud800", r'"\ud800"'),
        ("r*\N{RIGHT-TO-LEFT OVERRIDE}", r'"\u202e"'),
        ("(" * 10_000 + "r" + ")" * 10_000, "at most 300 characters, and this has 20,001"),
        ("(" * 100 + "r" + ")" * 100, f"at most {DEEPEST} brackets"),
        ("-" * 200 + "r", f"at most {DEEPEST} brackets"),
        ("r^" * 100 + "r", f"at most {DEEPEST} brackets"),
        ("exp(" * 70 + "r", f"at most {DEEPEST} brackets"),
        ("+".join("r" * 100), f"at most {MOST_NODES} operations"),
        ("½r+" * 74 + "r", f"at most {MOST_NODES} operations"),
        ("9" * LONGEST, "a constant is at most 1e12 in size"),
        ("|r|+" * 36 + "r", "written out has at most"),
        ("exp(" * 25 + "r" + "*-s)" * 25, "written out has at most"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(text, words):
    assert words in sentence(text)


def test_every_function_is_read_and_every_other_word_refused():
    for name in FUNCTIONS:
        arguments = "r, s" if name in ("max", "min", "pow") else "r"
        assert {node.op for node in parse(f"{name}({arguments})").residual.walk()} & ({name} | {"power", "pow"})
        assert parse(f"torch.{name}({arguments})") == parse(f"{name}({arguments})")
    assert set(OPS) - set(FUNCTIONS) == {
        "add", "sub", "mul", "div", "neg", "power", "plus", "times", "stop", "half_step", "when", "unless", "lgamma"
    }  # fmt: skip
    assert all(len(sentence(f"{'W' * 200}.{name}")) for name in FUNCTIONS)


def test_the_largest_formulas_leave_room_on_the_stack():
    deep = "1+s*(" * 36 + "r" + ")" * 36
    wide = "-".join("r" * 75)
    frame, used = sys._getframe(), 0
    while frame := frame.f_back:
        used += 1
    limit = sys.getrecursionlimit()
    parse.cache_clear()
    sys.setrecursionlimit(used + 400)
    try:
        for text in (deep, wide):
            assert hash(parse(text)) == hash(parse(parse(text).text))
    finally:
        sys.setrecursionlimit(limit)


ALPHABET = (
    *"rsye.,()()()||+-*/^²³½¼·×÷−=;'\"[]{}@#%:!_ \t\n0123456789",
    *("mu", "μ", "log_var", "pi", "**", "1e", "1e-6", "0.5", "torch.", "np.", "__import__", "lambda ", "exp(", "max("),
    *FUNCTIONS,
)
OPERANDS = ("r", "s", "mu", "2", "0", "½", "exp(r)", "|s|", "(y - mu)", "log(0)", "-1", "x")


def garbage(rng: random.Random) -> str:
    """Marks and words at random, characters at random, or operands with marks between them."""
    kind, length = rng.randrange(3), rng.randrange(40)
    if kind == 0:
        return "".join(rng.choices(ALPHABET, k=length))
    if kind == 1:
        return "".join(chr(rng.choice((rng.randrange(0x3000), rng.randrange(0x110000)))) for _ in range(length))
    return "r" + "".join(rng.choice("+-*/^·") + rng.choice(OPERANDS) for _ in range(length))


def test_whatever_is_typed_it_is_read_or_refused_and_at_once():
    rng, read, said = random.Random(0), [], []
    with at_most(4):
        for _ in range(3000):
            try:
                read.append(parse(garbage(rng)))
            except FormulaError as error:
                said.append(str(error))
    assert all(found.text.isascii() and parse(found.text) == found for found in read)
    assert all(len(sentence) < 250 and sentence.isprintable() for sentence in said)
    assert len(read) > 100


def test_autograd_goes_through():
    mean, s = (torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in (0.5, 0.0))
    sum(terms(parse("½(r² + s)"), torch, torch.ones(1, dtype=torch.float64), mean, s)).sum().backward()
    assert (mean.grad.item(), s.grad.item()) == (-0.5, 0.5)
