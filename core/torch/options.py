"""The losses that torch code may take, and their options: each with its default and what it may be. No torch here."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from math import inf, isfinite
from typing import Any

from ..model.bounds import BOUNDS
from ..model.heads import OWN
from ..model.losses import LOSSES, Loss, loss_with

SOUND: Mapping[str, Loss] = {name: row for name, row in LOSSES.items() if not row.mistake and name != "typed"}

LEAST_STD, MOST_STD = 0.01, 10.0
_UPPER = {"nll": "NLL", "crps": "CRPS"}  # parts of names
_MOST_LEVELS, _MOST_COMPONENTS = 1000, 1000


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _are_levels(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= _MOST_LEVELS:
        return False
    return all(map(_is_number, value)) and all(low < high for low, high in pairwise((0.0, *value, 1.0)))


# What each option may be: a check, and the words for it.
_MAY_BE: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "beta": (lambda value: _is_number(value) and 0 <= value <= 1, "a number from 0 to 1"),
    "nu": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "levels": (_are_levels, "increasing numbers between 0 and 1, such as (0.05, 0.5, 0.95)"),
    "components": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST_COMPONENTS,
        f"a whole number from 1 to {_MOST_COMPONENTS:,}",
    ),
    "evidence_weight": (lambda value: _is_number(value) and value >= 0, "a number of 0 or more"),
    "least_std": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "most_std": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "offset": (_is_number, "a number"),
}


def class_name(name: str) -> str:
    """The name of a loss's module: GaussianNLLLoss for gaussian_nll."""
    return "".join(_UPPER.get(part, part.title()) for part in name.split("_")) + "Loss"


def options_of(name: str) -> dict[str, Any]:
    """The options that a loss takes, with their defaults: its own parameters, its head, its bound, an offset."""
    row = SOUND[name]
    own = {each.name: each.value for each in row.parameters if each.name in row.settings}
    if "levels" in row.settings:
        own = {"levels": row.values}
    if "components" in row.settings:
        own = {"components": len(row.outputs) // 3}
    heads = {"head": OWN.name} if len(row.heads) > 1 else {}
    limits = {"bound": "none", "least_std": LEAST_STD, "most_std": MOST_STD} if len(row.bounds) > 1 else {}
    return {**own, **heads, **limits, "offset": 0.0}


def row_with(name: str, options: Mapping[str, Any]) -> Loss:
    """The row of a loss with these options. Raises TypeError for an unknown option, ValueError for a wrong value."""
    known, row = options_of(name), SOUND[name]
    options = {option: plain(value) for option, value in options.items()}
    for option, value in options.items():
        if option not in known:
            raise TypeError(f"The loss {name} has no option “{option}”. It has {', '.join(known)}.")
        if option in _MAY_BE and not _MAY_BE[option][0](value):
            raise ValueError(f"{option} must be {_MAY_BE[option][1]}, and it is {value!r}.")
    values = known | options
    for option, allowed in (("bound", row.bounds), ("head", row.heads)):
        if option in known and values[option] not in allowed:
            raise ValueError(f"{option} must be one of {', '.join(allowed)} with {name}, and it is {values[option]!r}.")
    bound = values.get("bound", "none")
    if BOUNDS[bound].moves_outputs and not values["least_std"] < values["most_std"]:
        raise ValueError(f"most_std must be above least_std, which is {values['least_std']:g}.")
    if BOUNDS[bound].moves_outputs and values.get("head", OWN.name) != OWN.name:
        raise ValueError(f"head must be {OWN.name} with the bound {bound}: only one function may limit the std.")
    return loss_with(name, values if bound != "epsilon" else values | {"most_std": inf})


def plain(value: Any) -> Any:
    """Numbers of numpy as Python's own, and several of them as a tuple."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value
