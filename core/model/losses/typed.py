"""The row of a loss that a person types."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.model.formulas import parse
from core.model.losses.row import MEAN, Loss, Output

DEFAULT_FORMULA = "0.5*exp(-s)*r**2 + 0.5*s"
_TWO = (
    "log_variance", "laplace_scale", "mean_absolute", "log_std", "log_precision", "twice_variance", "half_variance",
)  # fmt: skip


def _with_formula(row: Loss, values: Mapping[str, Any]) -> Loss:
    formula = parse(values.get("formula", DEFAULT_FORMULA))
    return replace(
        row,
        formula=formula.text,
        outputs=row.outputs if formula.uses_s else (MEAN,),
        readings=_TWO if formula.uses_s else ("constant_variance",),
        term_names=row.term_names if formula.uses_s else ("loss",),
    )


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
