"""The code of a loss from what a person has: text, a function, a class or a module. It is read and never run."""

import inspect
import textwrap
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..diagnosis.loss_check.given import LONGEST_CODE
from ..model.losses import Loss, torch_code

# Losses of PyTorch, whose source needs the rest of PyTorch to be understood: how a call of them is written.
_MODULES: Mapping[str, tuple[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "GaussianNLLLoss": ("(mean, y, var)", {"full": False, "reduction": "mean"}),
        "MSELoss": ("(mean, y)", {"reduction": "mean"}),
        "L1Loss": ("(mean, y)", {"reduction": "mean"}),
        "HuberLoss": ("(mean, y)", {"reduction": "mean", "delta": 1.0}),
        "SmoothL1Loss": ("(mean, y)", {"reduction": "mean", "beta": 1.0}),
    }
)
_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "gaussian_nll_loss": "GaussianNLLLoss",
        "mse_loss": "MSELoss",
        "l1_loss": "L1Loss",
        "huber_loss": "HuberLoss",
        "smooth_l1_loss": "SmoothL1Loss",
    }
)
_OURS = f"{__name__.partition('.')[0]}.torch.losses"


def code_of_loss(loss: Any) -> str:
    """The code of a loss. Raises TypeError for what is neither text nor callable, ValueError where no source is found
    or where it is too long.
    """
    code = loss if isinstance(loss, str) else _known(loss)
    code = _source(loss) if code is None else code
    if len(code) > LONGEST_CODE:
        raise ValueError(f"The code of the loss has {len(code):,} characters, and {LONGEST_CODE:,} can be read.")
    return code


def _known(loss: Any) -> str | None:
    """How PyTorch's losses and those of `heteroscope.torch` are written out; None for others."""
    named = loss if inspect.isroutine(loss) or inspect.isclass(loss) else type(loss)
    module, name = getattr(named, "__module__", None) or "", getattr(named, "__name__", "")
    if module.startswith("torch.nn."):
        name = _FUNCTIONS.get(name, name)
        if name not in _MODULES:
            return None
        call, defaults = _MODULES[name]
        own = {key: getattr(loss, key, value) for key, value in defaults.items()}
        return f"loss = nn.{name}({', '.join(f'{key}={value!r}' for key, value in own.items())}){call}"
    if module == _OURS:
        return _of_ours(loss, getattr(loss, "name", name))
    return None


def _of_ours(loss: Any, name: str) -> str:
    """A loss of the table as lines, with its reduction; "" for one whose lines cannot be read back."""
    from ..torch.options import row_with  # that folder asks for torch, which is here with the loss

    row: Loss = getattr(loss, "row", None) or row_with(name, {})
    numbers = [f"{name} = {values!r}" for name, values in torch_code.constants(row).items()]
    lines = [*torch_code.head(row), *numbers, *torch_code.parameters(row, in_training_units=False)]
    lines += torch_code.objective(row, in_training_units=False)
    if "half_step(" in "\n".join(lines):
        return ""
    how = getattr(loss, "reduction", "mean")
    return "\n".join(lines if how == "none" else [*lines, f"loss = loss.{how}()"])


def _source(loss: Any) -> str:
    if not callable(loss):
        raise TypeError(f"A loss is code as text, or a function whose source can be read, not {type(loss).__name__}.")
    unit = loss if inspect.isroutine(loss) or inspect.isclass(loss) else type(loss)
    try:
        return textwrap.dedent(inspect.getsource(unit))
    except (OSError, TypeError):
        raise ValueError(
            f"The source of {getattr(unit, '__name__', 'this loss')} cannot be found: give its code as text."
        ) from None
