"""A loss that was read from code as settings of an experiment, so that a net can be trained with it here."""

from typing import Any

import numpy as np

from ...model.formulas import FormulaError, parse
from ...model.formulas.printing import text_of
from ...model.formulas.program import value
from ...model.heads import HEADS
from .meaning import Meaning

_S = np.array([0.15, 0.4, 0.9, 1.7, 2.4])
_SAME = 1e-4  # relative: std so near at every s are one


def settings_of(meaning: Meaning) -> dict[str, Any] | None:
    """The settings that train this loss: a row of LOSSES, with its head, else a formula; None where neither can say it.

    A factor and a constant that a row has not move neither the minimum nor what is learnt, and are left out.
    """
    known = meaning.row
    if known is not None and known.scale > 0 and not known.row.settings and (head := _head(meaning)) is not None:
        return {"loss.name": known.row.name, "loss.reading": known.row.readings[0], "loss.head": head}
    if not set(meaning.code.outputs) <= {"mu", "s"} or meaning.code.trained is not None or meaning.is_maximised:
        return None
    try:
        return {"loss.name": "typed", "loss.formula": parse(text_of(meaning.code.tree)).text}
    except FormulaError:  # branches and other operations that a typed formula has not
        return None


def _head(meaning: Meaning) -> str | None:
    """The head that makes the std which the code makes of its second output; None where none does."""
    known = meaning.row
    assert known is not None
    if meaning.std is None or len(meaning.code.outputs) == 1:
        return "exp"
    with np.errstate(all="ignore"):
        std = np.asarray(value(meaning.std.tree, np, {meaning.code.outputs[-1]: _S}), dtype=float)
        for name in (name for name in HEADS if name in known.row.heads):
            head = HEADS[name]
            log_power = known.row.outputs[1].log_power
            of_head = np.exp(head.applied(np, _S, log_power) / log_power)
            ratio = std / of_head
            if np.isfinite(ratio).all() and np.ptp(ratio) < _SAME * abs(ratio).max():
                return name
    return None
