"""How a table is used: its target, its features and its parts by name, and what is chosen where nobody says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from .columns import MOST_CATEGORIES, MOST_LETTERS, OTHER_TEXTS, Column, Columns

MOST_INPUTS = 300
ROWS_A_WORD = 4
KINDS = MappingProxyType(
    {"date": "dates", "category": "words", "text": "text", "empty": "nothing", "number": "numbers"}
)


@dataclass(frozen=True)
class Choice:
    """How a table is used: its target and features by name, and how its rows are split.

    `also` are further targets of the same net: a row needs a value of each, and none can be a feature.
    `split` is a key of SPLITTERS; `held_out` and `validation` are shares of the rows. Words of a category with fewer
    training rows than `rare_words` share an input. The column `weights` says how much each row counts in training.
    `labels` are the axis labels. `from_all`: nobody named the features, and they were chosen from all columns, of many
    words as well.
    """

    target: str
    features: tuple[str, ...]
    log_target: bool = False
    missing: str = "drop"
    split: str = "random"
    split_by: str = ""
    held_out: float = 0.2
    validation: float = 0.0
    seed: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    rare_words: int = 0
    from_all: bool = False
    also: tuple[str, ...] = ()
    weights: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """The target and those of the same net, in an order that does not ask which one is shown."""
        return tuple(sorted((self.target, *self.also)))

    @property
    def aside(self) -> tuple[str, ...]:
        """The columns that no target is predicted from: the targets, and the weights."""
        return (*self.targets, self.weights) if self.weights else self.targets


def usable(columns: Columns, targets: str | Collection[str], many_words: bool = False) -> tuple[str, ...]:
    """The columns that targets can be predicted from: numbers, dates, categories, and those of many words if asked."""
    taken = (targets,) if isinstance(targets, str) else targets
    return tuple(
        name
        for name, column in columns.columns.items()
        if name not in taken
        and (column.kind in ("number", "date", "category") or (many_words and has_many_words(column)))
        and column.missing < columns.rows
    )


def has_many_words(column: Column) -> bool:
    """Whether a column of text is a category all the same: of more than MOST_CATEGORIES words, each of which stands in
    ROWS_A_WORD rows on average. Its rare words share an input.
    """
    return (
        column.kind == "text"
        and column.categories[-1:] != (OTHER_TEXTS,)
        and all(len(word) < MOST_LETTERS for word in column.categories)
        and len(column.values) - column.missing >= ROWS_A_WORD * len(column.categories)
    )


def most_inputs_of(column: Column) -> int:
    """The most inputs that the column makes as a feature."""
    return max(1, min(MOST_CATEGORIES, len(column.categories)))


def own_features(columns: Columns, targets: str | Collection[str]) -> tuple[str, ...]:
    """All usable columns; of more than MOST_INPUTS the first ones that together make at most MOST_INPUTS inputs."""
    every = usable(columns, targets)
    if len(every) <= MOST_INPUTS:
        return every
    inputs = np.cumsum([most_inputs_of(columns[name]) for name in every])
    return every[: int(np.searchsorted(inputs, MOST_INPUTS, side="right"))]


def numeric(columns: Columns) -> tuple[str, ...]:
    """The columns that can be a target."""
    return tuple(name for name, column in columns.columns.items() if column.kind == "number")


def default_target(columns: Columns) -> str:
    """The last column of numbers, or a later one with a few other cells, so that the user hears of those.

    Empty if there is none.
    """
    meant = [name for name, column in columns.columns.items() if column.kind == "number" or column.trouble]
    return meant[-1] if meant else ""
