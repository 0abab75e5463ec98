"""One thing that a person fills in, and how a value from outside becomes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...experiment.settings import LONGEST


@dataclass(frozen=True)
class Field:
    """One thing to fill in: its label and help, and how a value from outside becomes one.

    `choices` are the words of each allowed value, None where any is allowed that `read` takes.
    """

    label: str
    help: str
    allowed: str
    read: Callable[[Any], Any]
    default: Any
    choices: Mapping[str, str] | None = None


def within(low: float, high: float, *, optional: bool = False) -> Callable[[Any], float | None]:
    """Reads a number between two ends; with `optional` also nothing. It raises ValueError for anything else."""

    def read(value: Any) -> float | None:
        if optional and (value is None or value == ""):
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str | np.number):
            raise ValueError
        found = float(value.replace("−", "-") if isinstance(value, str) and len(value) < LONGEST else value)
        if not low <= found <= high:
            raise ValueError
        return found

    return read


def text(is_allowed: Callable[[str], bool]) -> Callable[[Any], str]:
    """Reads a text that `is_allowed` accepts; raises ValueError for anything else."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not is_allowed(value):
            raise ValueError
        return value

    return read
