"""From Python functions to machine code, by Numba: compiled once, kept on disk, with options that all share.

Numba's cache looks at the file of the function that is compiled, and at no other: what a function calls stands in its
own file, and after a change here the caches (*.nbi, *.nbc in __pycache__) have to be removed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from numba import cfunc, float32, float64, int64, njit, types
from numba.core import event

# "numpy": a division by zero gives inf, as in torch, instead of a check before each division. Sums may be reordered
# (for vectors) and products fused; NaN and infinities keep their meaning.
EXACT: dict[str, Any] = {"error_model": "numpy"}
FAST: dict[str, Any] = {**EXACT, "fastmath": {"reassoc", "contract", "arcp", "nsz"}}

VECTOR = types.Array(float32, 1, "C")
MATRIX = types.Array(float32, 2, "C")
NUMBERS = types.Array(float64, 1, "C")
ROWS = types.Array(float64, 2, "C")

# The kernel takes losses, activations and optimisers as pointers to functions of these types: with Numba's own function
# objects it would be compiled again for each of them.
# y (n,), outputs (H, n), numbers of the loss in; terms (3, n), which come as zeros, and ∂loss/∂outputs (H, n) out.
GRADIENT = types.void(NUMBERS, ROWS, NUMBERS, ROWS, ROWS)
# z (n, width) in, h out; bias (width,); slope (n, width) out.
ACTIVATE = types.void(MATRIX, VECTOR, MATRIX)
# parameters (in place), gradient, first and second moment (in place), rate, step from 0, numbers of the optimiser.
UPDATE = types.void(VECTOR, VECTOR, VECTOR, VECTOR, float64, int64, NUMBERS)


@cache
def machine_code(function: Callable[..., Any], signature: Any, exact: bool = False) -> Any:
    """The function for this signature: read from the disk, or compiled and written there."""
    return _kept(njit, function, signature, nogil=True, **(EXACT if exact else FAST))


@cache
def pointer(function: Callable[..., Any], signature: Any, exact: bool = False) -> Any:
    """The same as an argument for the kernel: an object from `njit` would do, and take 20 µs at each call.

    A function takes this way or the other, never both: Numba keeps what it makes of them under one name.
    """
    return _kept(cfunc, function, signature, **(EXACT if exact else FAST))


def _kept(compiles: Callable[..., Any], function: Callable[..., Any], signature: Any, **options: Any) -> Any:
    try:
        return compiles(signature, cache=True, **options)(function)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        # Neither beside the source nor in the user's cache folder may be written: each process compiles for itself.
        return compiles(signature, **options)(function)


@contextmanager
def compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Within it, `tell()` is called once, before anything is compiled; what lies on the disk is only read."""
    told = False

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            nonlocal told
            if not told:
                told = True
                tell()

        def on_end(self, event: Any) -> None:
            return

    with event.install_listener("numba:compile", Listener()):
        yield
