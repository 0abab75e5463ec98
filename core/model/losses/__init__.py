"""LOSSES: what training makes small, one row each.

A row holds the formula, what the network's outputs are, how the value follows the unit of y, the lowest value that any
model can reach on a known noise (the *floor*), and its source. Everything else (gradient, LaTeX, code, widgets, pages,
command line, tests) comes from this table, so that adding a loss is adding a row to a file of this folder.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from . import absolute, gaussian, mistakes, shaped, typed
from .checks import RowError, table_of
from .row import Loss, Output

__all__ = ["LOSSES", "Loss", "Output", "RowError", "loss_with", "sound_and_mistaken", "table_of"]

LOSSES: Mapping[str, Loss] = table_of(*gaussian.ROWS, *absolute.ROWS, *shaped.ROWS, *typed.ROWS, *mistakes.ROWS)


def loss_with(name: str, values: Mapping[str, Any]) -> Loss:
    """A row with the values of its parameters, its bound and its offset; equal values give the very same loss."""
    return _loss_with(name, tuple(sorted(values.items())))


@lru_cache(maxsize=512)
def _loss_with(name: str, values: tuple[tuple[str, Any], ...]) -> Loss:
    return LOSSES[name].with_parameters(dict(values))


def sound_and_mistaken() -> list[str]:
    """The names of all losses, the sound ones first."""
    return sorted(LOSSES, key=lambda name: bool(LOSSES[name].mistake))
