"""What code is read as: the same numbers as the formula that it means, worked out apart."""

import numpy as np
import pytest

from core.loss_code.as_loss import loss_of_code
from core.loss_code.loss_code import LossCode
from core.loss_code.reading import read_code
from core.model.formulas.program import value

from .pieces import pieces, worked_out

_RNG = np.random.default_rng(0)
SPREADS = ("s", "t", "u", "v", "w", "s1", "s2", "logit")
GIVEN = {"y": _RNG.normal(size=40), "m": _RNG.normal(size=40)} | {"mu1": _RNG.normal(size=40), "mu2": np.full(40, 0.3)}
GIVEN |= {name: _RNG.uniform(0.2, 1.5, 40) for name in SPREADS}
GIVEN |= {"mu": GIVEN["m"], "r": GIVEN["y"] - GIVEN["m"]}


def at_points(code: LossCode) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(value(code.tree, np, GIVEN))


@pytest.mark.parametrize(("formula", "code"), pieces())
def test_a_piece_of_code_means_its_formula(formula: str, code: str) -> None:
    np.testing.assert_allclose(at_points(read_code(code)), worked_out(formula, GIVEN), rtol=1e-9, atol=1e-9)


def test_there_are_many_pieces() -> None:
    assert len(pieces()) > 200


def test_a_loss_of_code_has_the_values_and_the_gradient_of_its_tree() -> None:
    for formula, code in pieces():
        read = read_code(code)
        loss = loss_of_code(read)
        outputs = np.stack([GIVEN[symbol] for symbol in read.outputs])
        expected = worked_out(formula, GIVEN)
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(loss.value(GIVEN["y"], list(outputs)), expected, rtol=1e-9, atol=1e-9)
            assert loss.gradient(GIVEN["y"], outputs).shape == outputs.shape
        assert loss.latex
