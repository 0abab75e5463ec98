"""The row of a loss that a person types."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..formulas import FormulaError, parse
from ..formulas.parser import Parser
from ..formulas.printing import text_of
from ..formulas.typed_formula import LONGEST, MOST_NODES
from ..readings import OWN
from .row import MEAN, Loss, Output

DEFAULT_FORMULA = "0.5*exp(-s)*r**2 + 0.5*s"
_TWO = (
    "log_variance", "laplace_scale", "mean_absolute", "log_std", "log_precision", "twice_variance", "half_variance",
)  # fmt: skip


def _with_formula(row: Loss, values: Mapping[str, Any]) -> Loss:
    formula, std = parse(values.get("formula", DEFAULT_FORMULA)), values.get("reading_formula", "")
    return replace(
        row,
        formula=formula.text,
        outputs=row.outputs if formula.uses_s else (MEAN,),
        own_std=std if formula.uses_s else "",
        readings=(*_TWO, *([OWN] if std else [])) if formula.uses_s else ("constant_variance",),
        term_names=row.term_names if formula.uses_s else ("loss",),
    )


def std_formula(text: str) -> str:
    """The one spelling of a std as a formula in s, such as softplus(s); empty for none. Raises FormulaError."""
    if not text.strip():
        return ""
    if len(text) > LONGEST:
        raise FormulaError(f"A formula has at most {LONGEST} characters, and this has {len(text):,}.")
    tree = Parser(text, ("s",)).whole()
    count = sum(1 for _ in tree.walk())
    if count > MOST_NODES:
        raise FormulaError(f"A formula has at most {MOST_NODES} operations, names and numbers, and this has {count}.")
    if not tree.names:
        raise FormulaError("The std does not depend on s: write it in s, as in softplus(s).")
    written = text_of(tree)
    if len(written) > LONGEST:
        raise FormulaError(f"A formula written out has at most {LONGEST} characters, and this has {len(written)}.")
    return written


ROWS = (
    Loss(
        name="typed",
        label="Your own formula",
        help="A loss per point that you type, in r = y − mu and the second output s.",
        formula=parse(DEFAULT_FORMULA).text,
        # A typed s follows no unit by itself: the formula is worked out in the unit of y.
        outputs=(MEAN, Output("s", "s", "s")),
        y_unit=(0.0, 1.0),
        readings=_TWO,
        reference="typed by you",
        settings=("formula",),
        resolve=_with_formula,
        has_unit_law=False,
    ),
)
