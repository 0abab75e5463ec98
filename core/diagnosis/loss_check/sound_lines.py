"""A sound loss in the names and the framework of a code, for one that no small change makes sound."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ...loss_code.loss_code import LossCode
from .edit_sheet import EditSheet
from .name_spellings import expected_of
from .own_spelling import OwnSpelling
from .tree_gradient import program_of

_NAME = re.compile(r"[A-Za-z_][\w.]*(\[[\w:, .-]{1,12}\])?")

# The Gaussian NLL by what the name of the second output says that it is.
_BY_NAME: Mapping[str, Callable[[str, str, OwnSpelling], str]] = MappingProxyType(
    {
        "log σ²": lambda r2, it, spell: f"0.5 * {spell('exp', f'-{it}')} * {r2} + 0.5 * {it}",
        "log σ": lambda r2, it, spell: f"0.5 * {spell('exp', f'-2 * {it}')} * {r2} + {it}",
        "σ²": lambda r2, it, spell: f"0.5 * {r2} / {it} + 0.5 * {spell('log', it)}",
        "σ": lambda r2, it, spell: f"0.5 * {r2} / {it}**2 + {spell('log', it)}",
        "1/σ²": lambda r2, it, spell: f"0.5 * {it} * {r2} - 0.5 * {spell('log', it)}",
    }
)


def sound_loss(code: LossCode) -> str:
    """The Gaussian NLL per point of this code's target, mean and second output; "" where it does not name them."""
    names: dict[str, str] = {}
    for role in code.roles:
        if _NAME.fullmatch(role.name):
            names.setdefault(role.kind, role.name)
    if "second" not in names:
        return ""
    if {"target", "mean"} <= set(names):
        square = f"({names['target']} - {names['mean']})**2"
    elif residual := names.get("residual") or names.get("minus_residual"):
        square = f"{residual}**2"
    else:
        return ""
    expected = (*expected_of(names["second"]), "σ" if _is_above_zero(code) else "log σ²")[0]
    write = _BY_NAME.get(expected, _BY_NAME["log σ²"])
    return f"loss = ({write(square, names['second'], EditSheet(code).spell)}).mean()"


def _is_above_zero(code: LossCode) -> bool:
    """Whether the loss has a value only where the second output is above zero."""
    given = {"y": np.array([1.0]), "mu": np.array([0.3]), "s": np.array([-1.3]), "t": 1.0, "u": 1.0}
    if not code.tree.names <= {*given, "r"}:
        return False
    return not bool(np.isfinite(program_of(code.tree).value(given)).all())
