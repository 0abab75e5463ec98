"""A remark on a table: what was found, in numbers, and what fixes it; and what the rules that make remarks look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.dataset import Dataset
from ...data.tables.choice import Choice
from ...data.tables.columns import Column, Columns
from ...experiment.data_settings import Data, names_as_text
from ...once import cached_property
from ..finding import Fix

Array = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Remark:
    """What a rule found: its name, one or two sentences, the numbers in them, and settings that fix it."""

    name: str
    words: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Name, words and numbers, and the settings of each fix, as JSON can hold them."""
        fixes = [{"label": fix.label, "settings": dict(fix.settings)} for fix in self.fixes]
        return {"name": self.name, "words": self.words, "numbers": dict(self.numbers), "fixes": fixes}


@dataclass(frozen=True, eq=False)
class Look:
    """What rules look at: the table, how it is used, and the dataset it makes; None if it can make none."""

    data: Data
    columns: Columns
    choice: Choice
    dataset: Dataset | None

    @property
    def target(self) -> Column:
        """The column to predict."""
        return self.columns[self.choice.target]

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns to predict from."""
        return tuple(self.columns[name] for name in self.choice.features)

    @cached_property
    def rows(self) -> Rows:
        """The rows with a target, in the order of the file."""
        return np.flatnonzero(~self.target.is_missing)

    @cached_property
    def y(self) -> Array:
        """The target in these rows, in the unit of the table."""
        return np.asarray(self.target.values[self.rows], dtype=np.float64)

    def without(self, *names: str) -> tuple[Fix, ...]:
        """The fix that leaves features out; none if no feature is left."""
        left = [name for name in self.choice.features if name not in names]
        quoted = ", ".join(f"“{name}”" for name in names[:3]) + (" …" if len(names) > 3 else "")
        return (Fix(f"Leave out {quoted}", {"data.features": names_as_text(left)}),) if left else ()
