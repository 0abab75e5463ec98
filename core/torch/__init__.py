"""For your own torch code: losses, heads, and a trained run as a module. It is the one room that loads torch at once.

>>> from core.torch import losses  # doctest: +SKIP
>>> loss = losses.BetaNLLLoss(beta=0.5)  # doctest: +SKIP
>>> loss(outputs, target).backward()  # outputs (N, 2): mean and log variance; target (N,)  # doctest: +SKIP
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import heads as heads
    from . import losses as losses
    from .run_module import module as module

if find_spec("torch") is None:
    raise ImportError('heteroscope.torch needs PyTorch: run pip install "heteroscope[torch]".')

__all__ = ["heads", "losses", "module"]

# Where each name is; None: it is a file of this folder.
_AT_FIRST_USE = {"heads": None, "losses": None, "module": "run_module"}


def __getattr__(name: str) -> Any:
    if name not in _AT_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    file = _AT_FIRST_USE[name]
    found = import_module(f".{file or name}", __name__)
    globals()[name] = found if file is None else getattr(found, name)
    return globals()[name]
