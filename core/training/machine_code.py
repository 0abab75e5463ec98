"""From Python functions to machine code, by Numba: compiled once and cached on disk, with common options.

Numba's cache checks only the file of the compiled function. Therefore a function and what it calls are in one file, and
after a change in this file the caches (*.nbi, *.nbc in __pycache__) must be removed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from numba import cfunc, float32, float64, int64, njit, types
from numba.core import event

# "numpy": a division by zero gives inf, as in torch; otherwise each division is checked. Sums may be reordered (for
# vectors) and products fused; NaN and infinities keep their meaning.
EXACT: dict[str, Any] = {"error_model": "numpy"}
FAST: dict[str, Any] = {**EXACT, "fastmath": {"reassoc", "contract", "arcp", "nsz"}}

VECTOR = types.Array(float32, 1, "C")
MATRIX = types.Array(float32, 2, "C")
NUMBERS = types.Array(float64, 1, "C")
ROWS = types.Array(float64, 2, "C")

# The kernel takes losses, activations and optimisers as pointers to functions of these types: with Numba's own function
# objects it would be compiled again for each of them.
# In: y (n,), outputs (H, n), parameters of the loss. Out: terms (3, n), zeros before, and ∂loss/∂outputs (H, n).
GRADIENT = types.void(NUMBERS, ROWS, NUMBERS, ROWS, ROWS)
# z (n, width) in, f(z) out; bias (width,); derivative f′(z) (n, width) out.
ACTIVATE = types.void(MATRIX, VECTOR, MATRIX)
# Parameters (in place), gradient, first and second moment (in place), rate, step from 0, constants of the optimiser.
UPDATE = types.void(VECTOR, VECTOR, VECTOR, VECTOR, float64, int64, NUMBERS)


@cache
def machine_code(function: Callable[..., Any], signature: Any, exact: bool = False) -> Any:
    """The function for this signature: read from disk, or compiled and stored there."""
    return _cached(njit, function, signature, nogil=True, **(EXACT if exact else FAST))


@cache
def pointer(function: Callable[..., Any], signature: Any, exact: bool = False) -> Any:
    """The same as an argument for the kernel; an object from `njit` would work too, but cost 20 µs at each call.

    Never use both for one function: Numba caches both results under the same name.
    """
    return _cached(cfunc, function, signature, **(EXACT if exact else FAST))


def _cached(compiler: Callable[..., Any], function: Callable[..., Any], signature: Any, **options: Any) -> Any:
    try:
        return compiler(signature, cache=True, **options)(function)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        # Neither the folder of the source nor the user's cache is writable: each process compiles for itself.
        return compiler(signature, **options)(function)


@contextmanager
def compiling(tell: Callable[[], None]) -> Iterator[None]:
    """A context that calls `tell()` once, before the first compilation; code that is read from disk does not count."""
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
