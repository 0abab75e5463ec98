"""A row without a piece, or has a wrong one, is refused when the table is built, by one sentence that names both."""

from dataclasses import replace

import numpy as np
import pytest

from core.model.losses import LOSSES, RowError, table_of
from core.model.losses.row import ByHand, Output, Parameter

NLL, POSTED, PINBALL = LOSSES["gaussian_nll"], LOSSES["posted"], LOSSES["pinball"]
HAND = PINBALL.by_hand
assert HAND is not None


def _flat(xp, y, outputs, values):
    return 1.0, xp.zeros_like(y), xp.zeros_like(y)


WRONG = {
    "has no formula, and no terms, gradient and code by hand": replace(NLL, formula=""),
    "has a formula and pieces by hand": replace(NLL, by_hand=HAND),
    "has no gradient, and no formula to take it from": replace(PINBALL, by_hand=replace(HAND, gradient=None)),
    "has no terms, and no formula": replace(PINBALL, by_hand=replace(HAND, terms=None)),
    "has no code, and no formula": replace(PINBALL, by_hand=replace(HAND, code="")),
    "has no outputs": replace(NLL, outputs=()),
    'character 5, "sigma": no such name': replace(NLL, formula="exp(sigma)*r**2"),
    "the ( at character 4 is not closed": replace(NLL, trained="exp(s"),
    "nothing can be divided by zero": replace(NLL, formula="r/0 + s"),
    "does not use 's'": replace(NLL, formula="r**2"),
    "does not use 'beta'": replace(NLL, parameters=(Parameter("beta", 0.5),)),
    '"k": no such name': replace(NLL, outputs=(*NLL.outputs[:1], Output("v", "v", "s", in_unit="k*s"))),
    "names the reading 'variance', which does not exist": replace(NLL, readings=("variance",)),
    "has no reading": replace(NLL, readings=()),
    "and its reading 'student_t_learned' reads mu, s, t": replace(NLL, readings=("student_t_learned",)),
    "names the bound 'hard', which does not exist": replace(NLL, bounds=("none", "hard")),
    "takes the setting 'beta', and has no parameter of this name": replace(NLL, settings=("beta",)),
    "was meant as 'mse', which is no sound loss": replace(POSTED, meant="mse"),
    "was meant as '', which is no sound loss": replace(POSTED, meant=""),
    "is sound and says that 'posted' was meant": replace(NLL, meant="posted"),
    "has a residual term that is no array": replace(PINBALL, by_hand=replace(HAND, terms=_flat)),
    "cannot be worked out": replace(PINBALL, by_hand=ByHand(lambda *given: (1, 2), np.add, "x", "y")),
    "scale term that does not follow its unit law (unit_power 0, unit_shift 2)": replace(NLL, unit_shift=2.0),
    "residual term that does not follow its unit law": replace(LOSSES["squared_error"], unit_power=1),
}


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_piece_is_named(words: str) -> None:
    row = WRONG[words]
    with pytest.raises(RowError) as refused:
        table_of(*(row if row.name == name else each for name, each in LOSSES.items()))
    said = str(refused.value)
    assert words in said
    assert said.startswith(f"The loss {row.name!r} ")
    assert said.endswith(".")
    assert "\n" not in said


def test_a_name_stands_once() -> None:
    with pytest.raises(RowError, match="The loss 'gaussian_nll' stands in the table twice"):
        table_of(NLL, POSTED, NLL)


def test_the_table_as_it_is_passes() -> None:
    assert dict(table_of(*LOSSES.values())) == dict(LOSSES)
