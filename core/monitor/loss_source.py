"""The code of a loss from what a person has: text, a function, a class or a module. It is read and never run."""

import inspect
import textwrap
from typing import Any

from ..diagnosis.loss_check.given import LONGEST_CODE

# Modules of PyTorch whose source needs the rest of PyTorch to be understood: how a call of them is written.
_MODULES = {
    "GaussianNLLLoss": "nn.GaussianNLLLoss(full={full}, reduction={reduction!r})(mean, y, var)",
    "MSELoss": "nn.MSELoss(reduction={reduction!r})(mean, y)",
    "L1Loss": "nn.L1Loss(reduction={reduction!r})(mean, y)",
}


def code_of_loss(loss: Any) -> str:
    """The code of a loss. Raises TypeError for what is neither text nor callable, ValueError where no source is found
    or where it is too long.
    """
    code = loss if isinstance(loss, str) else _source(loss)
    if len(code) > LONGEST_CODE:
        raise ValueError(f"The code of the loss has {len(code):,} characters, and {LONGEST_CODE:,} can be read.")
    return code


def _source(loss: Any) -> str:
    if not callable(loss):
        raise TypeError(f"A loss is code as text, or a function whose source can be read, not {type(loss).__name__}.")
    kind = type(loss)
    if kind.__module__.startswith("torch.nn.") and kind.__name__ in _MODULES:
        return f"loss = {_MODULES[kind.__name__].format(**{'full': False, 'reduction': 'mean', **vars(loss)})}"
    unit = loss if inspect.isroutine(loss) or inspect.isclass(loss) else kind
    try:
        return textwrap.dedent(inspect.getsource(unit))
    except (OSError, TypeError):
        raise ValueError(
            f"The source of {getattr(unit, '__name__', 'this loss')} cannot be found: give its code as text."
        ) from None
