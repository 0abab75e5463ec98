"""A loss that was read from code as a row of losses, for floors, optima, charts and training."""

from functools import lru_cache

from ..model.formulas import FormulaError
from ..model.formulas.printing import text_of
from ..model.losses.row import MEAN, Loss, Output
from ..model.losses.trees import trees_of
from .loss_code import CodeError, LossCode

_TWO = (
    "log_variance", "laplace_scale", "mean_absolute", "log_std", "log_precision", "twice_variance", "half_variance",
)  # fmt: skip


@lru_cache(maxsize=128)
def loss_of_code(code: LossCode) -> Loss:
    """The loss per point of a piece of code, in the unit of y, with its outputs mu, s, t …

    What the code detaches is held in `trained`. Raises CodeError for one that is nested too deeply to be written out.
    """
    outputs = tuple(MEAN if symbol == "mu" else Output(symbol, symbol, symbol) for symbol in code.outputs)
    loss = Loss(
        name="typed",
        label="Your loss",
        help="The loss per point that your code computes.",
        formula=text_of(code.tree),
        trained="" if code.trained is None else text_of(code.trained),
        outputs=outputs,
        y_unit=(0.0, 1.0),
        readings=_TWO if code.outputs == ("mu", "s") else ("constant_variance",),
        reference="typed by you",
        has_unit_law=False,
    )
    try:
        trees_of(loss)
    except FormulaError:
        raise CodeError("This loss is nested too deeply to be examined: paste its parts one by one.") from None
    return loss
