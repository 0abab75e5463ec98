"""LOSSES: what training makes small, one row each.

A row holds the formula as code and as LaTeX, what the network's outputs are, how the value follows the unit of y,
the lowest value any model can reach on a known noise (the *floor*), and its source. Everything else (widgets, pages,
command line, tests) reads this table, so that adding a loss is adding a row.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from core.model.losses import absolute, mistakes, shaped, squares, typed
from core.model.losses.row import Loss, Output, in_unit_of_y

__all__ = ["LOSSES", "Loss", "Output", "in_unit_of_y", "loss_with"]

_ROWS = (*squares.ROWS, *absolute.ROWS, *shaped.ROWS, *typed.ROWS, *mistakes.ROWS)

LOSSES: Mapping[str, Loss] = MappingProxyType({row.name: row for row in _ROWS})


def loss_with(name: str, values: Mapping[str, Any]) -> Loss:
    """A row with the values of its parameters, its bound and its offset; equal values give the very same loss."""
    return _loss_with(name, tuple(sorted(values.items())))


@lru_cache(maxsize=512)
def _loss_with(name: str, values: tuple[tuple[str, Any], ...]) -> Loss:
    return LOSSES[name].with_parameters(dict(values))
