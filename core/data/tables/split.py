"""From a table to a dataset: which columns are read, which rows are left out, and which part each row belongs to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import EVALUATION, GRID, Dataset, evaluation, evenly, streams
from core.data.tables.columns import Column, Columns, TableError, quoted
from core.data.tables.encoding import Encoding, Feature

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]
Parts = NDArray[np.int8]  # of each row: 0 training, 1 validation, 2 held out

LEAST_ROWS = 10
LARGEST = 1e100  # beyond it squares, and so variances and scores, overflow
MOST_INPUTS = 300
_PART_NAMES = {
    **dict.fromkeys(("train", "training", "learn"), 0),
    **dict.fromkeys(("validation", "valid", "val", "dev"), 1),
    **dict.fromkeys(("test", "testing", "held-out", "held out", "holdout"), 2),
}


@dataclass(frozen=True)
class Choice:
    """How a table is used: its target and features by name, and how its rows are split.

    `split` is a key of SPLITTERS; `held_out` and `validation` are shares of the rows. `labels` are the axis labels.
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


def from_columns(columns: Columns, choice: Choice) -> Dataset:
    """A table's rows as a dataset; the truth is unknown. Each part keeps the order of the file.

    Rows without a target are left out, and so are rows that lack a feature, unless `missing` is "median": then the
    median of the training part, or its most frequent category, replaces the value. Ranges and categories are those of
    the training part. In a random split with one seed, a larger held-out share contains the smaller one. Raises
    TableError.
    """
    target = _target(columns, choice)
    used = [_feature_column(columns, name, choice.target) for name in choice.features]
    if not used:
        raise TableError(_nothing_left(columns, choice.target))
    kept, notes = _kept(target, used, choice)
    parts = SPLITTERS[choice.split](columns, choice, kept)
    y = np.log(target.values[kept]) if choice.log_target else target.values[kept]
    _check_parts(y, parts, choice)
    training = np.flatnonzero(kept)[parts == 0]
    features = tuple(_feature(column, training, choice.missing) for column in used)
    encoding = Encoding(choice.target, features, choice.log_target)
    _check_inputs(encoding)
    x = np.column_stack([_inputs(f, c, kept) for f, c in zip(features, used, strict=True)])
    return _dataset(x, y, parts, encoding, choice.labels, (*_about_columns(columns, choice), *notes))


def _about_columns(columns: Columns, choice: Choice) -> tuple[str, ...]:
    """Sentences on columns that are left out, and on columns meant as numbers that are used as categories."""
    used = [columns.columns[name] for name in choice.features]
    notes = [f"{column.trouble} So the column is a category." for column in used if column.trouble]
    every = usable(columns, choice.target)
    if choice.features != own_features(columns, choice.target):
        return tuple(notes)
    if len(every) > len(choice.features):
        notes.append(
            f"Of {len(every):,} columns that could be features the first {len(choice.features):,} are taken, "
            f"as a run has at most {MOST_INPUTS} inputs: choose others by name."
        )
    out = [c for c in columns.columns.values() if c.name not in (choice.target, *every)]
    notes += [f"{column.trouble} So the column is left out." for column in out if column.trouble]
    if plain := [column.name for column in out if not column.trouble]:
        notes.append(f"Columns left out, as they hold text or nothing: {quoted(plain, 5)}.")
    return tuple(notes)


def _nothing_left(columns: Columns, target: str) -> str:
    """Why there is no feature, shown by the first column that cannot be one."""
    others = [column for column in columns.columns.values() if column.name != target]
    if not others or usable(columns, target):
        return "No column is left to predict from: choose at least one feature."
    told = next((column.trouble for column in others if column.trouble), "")
    why = told or f"Column “{others[0].name}” holds {_KINDS[others[0].kind]}, of which no input can be made."
    return f"There is nothing to predict “{target}” from. {why}"


def usable(columns: Columns, target: str) -> tuple[str, ...]:
    """The columns that a target can be predicted from: numbers, dates and categories."""
    return tuple(
        name
        for name, column in columns.columns.items()
        if name != target and column.kind in ("number", "date", "category") and column.missing < columns.rows
    )


def own_features(columns: Columns, target: str) -> tuple[str, ...]:
    """All usable columns; of more than MOST_INPUTS the first ones that together make at most MOST_INPUTS inputs."""
    every = usable(columns, target)
    if len(every) <= MOST_INPUTS:
        return every
    inputs = np.cumsum([max(1, len(columns[name].categories)) for name in every])
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


def _target(columns: Columns, choice: Choice) -> Column:
    column = columns[choice.target]
    if column.kind != "number":
        holds = f"Column “{choice.target}” holds {_KINDS[column.kind]}: a target is a column of numbers."
        raise TableError(column.trouble or holds)
    values = column.values[np.isfinite(column.values)]
    if len(values) < LEAST_ROWS:
        raise TableError(f"Column “{choice.target}” has {len(values)} numbers: at least {LEAST_ROWS} are needed.")
    if (values == values[0]).all():
        constant = f"Column “{choice.target}” has the value {values[0]:g} in every row"
        raise TableError(f"{constant}: there is nothing to predict.")
    _check_cells(column, np.abs(column.values) > LARGEST, f"numbers up to {LARGEST:g} can be used")
    if choice.log_target:
        _check_cells(column, column.values <= 0, "a log needs targets above 0")
    return column


_KINDS = {"date": "dates", "category": "words", "text": "text", "empty": "nothing"}


def _feature_column(columns: Columns, name: str, target: str) -> Column:
    column = columns[name]
    if name == target:
        raise TableError(f"Column “{name}” is the target: it cannot be a feature too.")
    if column.kind in ("text", "empty"):
        why = f"Column “{name}” holds {_KINDS[column.kind]}, of which no input can be made."
        raise TableError(column.trouble or f"{why} Leave it out of the features.")
    if column.kind == "number":
        _check_cells(column, np.abs(column.values) > LARGEST, f"numbers up to {LARGEST:g} can be used")
    return column


def _check_cells(column: Column, bad: Rows, allowed: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise TableError(f"Row {row + 1:,} of column “{column.name}” is {column.values[row]:g}: {allowed}.")


def _kept(target: Column, used: list[Column], choice: Choice) -> tuple[Rows, tuple[str, ...]]:
    """The rows that are used, and sentences on how many are left out or have a value filled in."""
    kept, notes = ~target.is_missing, []
    if lacking := int((~kept).sum()):
        notes.append(f"Rows left out, as they lack a value of “{target.name}”: {lacking:,}.")
    absent = np.zeros(len(kept), dtype=bool)
    for column in used:
        missing = column.is_missing & kept
        if choice.missing == "median" and missing.any():
            filled = "most frequent category" if column.kind == "category" else "median"
            notes.append(f"Missing values of “{column.name}”, taken as the {filled}: {int(missing.sum()):,}.")
        absent |= missing
    if choice.missing == "drop" and absent.any():
        kept = kept & ~absent
        notes.append(f"Rows left out, as they lack a feature: {int(absent.sum()):,}.")
    if kept.sum() < LEAST_ROWS:
        raise TableError(
            f"Of the rows only {int(kept.sum())} have all values: at least {LEAST_ROWS} are needed. "
            "Take medians for missing values, or fewer features."
        )
    return kept, tuple(notes)


def _random(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    (rng,) = streams(choice.seed, 1)
    return _by_order(rng.permutation(int(kept.sum())), choice)


def _last(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    if not choice.split_by:
        return _by_order(np.arange(int(kept.sum()))[::-1], choice)
    column = columns[choice.split_by]
    if column.kind not in ("number", "date"):
        raise TableError(f"Column “{column.name}” holds {_KINDS[column.kind]}: an order needs numbers or dates.")
    values = column.values[kept]
    if np.isnan(values).any():
        row = int(np.flatnonzero(kept)[np.argmax(np.isnan(values))]) + 1
        raise TableError(f"Row {row:,} of column “{column.name}” is empty: the order of the rows needs every value.")
    return _by_order(np.argsort(values, kind="stable")[::-1], choice)


def _by_order(order: NDArray[np.intp], choice: Choice) -> Parts:
    """The first rows of an order are held out; the next ones are for validation."""
    held_out, validation = round(choice.held_out * len(order)), round(choice.validation * len(order))
    part = np.zeros(len(order), dtype=np.int8)
    part[order[:held_out]] = 2
    part[order[held_out : held_out + validation]] = 1
    return part


def _by_column(columns: Columns, choice: Choice, kept: Rows) -> Parts:
    if not choice.split_by:
        raise TableError("Choose the column that says which rows are for training and which for the test.")
    column = columns[choice.split_by]
    if column.kind != "category":
        raise TableError(f"Column “{column.name}” does not say train, validation or test: choose the one that does.")
    part_of = [_PART_NAMES.get(word.strip().lower(), -1) for word in column.categories]
    part = np.array([*part_of, -1], dtype=np.int8)[
        column.values[kept]
    ]  # code −1, a missing value, takes the last element
    if (part < 0).any():
        row = int(np.flatnonzero(kept)[np.argmax(part < 0)])
        code = int(column.values[row])
        shown = f"is “{column.categories[code][:40]}”" if code >= 0 else "is empty"
        raise TableError(f"Row {row + 1:,} of column “{column.name}” {shown}: it takes train, validation or test.")
    return part


SPLITTERS: Mapping[str, Callable[[Columns, Choice, Rows], Parts]] = MappingProxyType(
    {"random": _random, "order": _last, "column": _by_column}
)


def _check_parts(y: Array, parts: Parts, choice: Choice) -> None:
    training, held_out = int((parts == 0).sum()), int((parts == 2).sum())
    if training < LEAST_ROWS // 2 or not held_out:
        left = [f"{count:,} row{'' if count == 1 else 's'}" for count in (training, held_out)]
        raise TableError(
            f"The split leaves {left[0]} to train on and {left[1]} to score on: "
            f"at least {LEAST_ROWS // 2} and 1 are needed."
        )
    if np.ptp(y[parts == 0]) == 0:
        raise TableError(f"Column “{choice.target}” has one value in all training rows: split otherwise.")


def _feature(column: Column, training: NDArray[np.intp], missing: str) -> Feature:
    """The column as a feature, with range, categories and median of its training rows."""
    known = column.values[training][~column.is_missing[training]]
    if not known.size:
        raise TableError(f"Column “{column.name}” is empty in the training rows: leave it out of the features.")
    if column.kind == "category":
        counts = np.bincount(known, minlength=len(column.categories))
        seen = tuple(word for word, count in zip(column.categories, counts, strict=True) if count)
        most = column.categories[int(np.argmax(counts))]
        return Feature(column.name, "category", seen, most if missing == "median" else None, typical=most)
    middle, ends = float(np.median(known)), (float(known.min()), float(known.max()))
    fill = middle if missing == "median" else None
    return Feature(column.name, "number", (), fill, *ends, middle, is_date=column.kind == "date")


def _check_inputs(encoding: Encoding) -> None:
    count = len(encoding.inputs)
    if count > MOST_INPUTS:
        most = max(encoding.features, key=lambda feature: len(feature.inputs))
        raise TableError(
            f"The features make {count:,} inputs, and {MOST_INPUTS} are allowed: leave out “{most.name}”, "
            f"which has {len(most.inputs):,}, or others."
        )


def _inputs(feature: Feature, column: Column, kept: Rows) -> Array:
    """The inputs (n, inputs) of a feature, from codes: faster than from words."""
    values = column.values[kept]
    if feature.kind == "number":
        return values[:, None] if feature.fill is None else np.where(np.isfinite(values), values, feature.fill)[:, None]
    place = {word: i for i, word in enumerate(feature.categories)}
    of_code = np.array([*(place.get(word, -1) for word in column.categories), place.get(str(feature.fill), -1)])
    return (of_code[values][:, None] == np.arange(len(feature.categories))).astype(np.float64)


def _dataset(
    x: Array, y: Array, parts: Parts, encoding: Encoding, labels: Mapping[str, str], notes: tuple[str, ...]
) -> Dataset:
    training, validation, held_out = (parts == part for part in range(3))
    target = labels.get(encoding.target, encoding.target)
    names = tuple(labels.get(name, name) for name in encoding.inputs)
    if len(names) == 1:
        x = x[:, 0]
        ends = float(x.min()), float(x.max())
        grid, evaluated, y_grid = np.linspace(*ends, GRID), evaluation(*ends), np.empty(0)
    else:
        n = int(held_out.sum())
        grid, evaluated = x[held_out][evenly(n, GRID)], x[held_out][evenly(n, EVALUATION)]
        y_grid = y[held_out][evenly(n, GRID)]
    return Dataset(
        x=x[training],
        y=y[training],
        x_held_out=x[held_out],
        y_held_out=y[held_out],
        x_grid=grid,
        x_evaluation=evaluated,
        truth=None,
        x_label=names[0],
        y_label=f"log of {target}" if encoding.log_target else target,
        x_validation=x[validation],
        y_validation=y[validation],
        x_labels=names,
        encoding=encoding,
        notes=notes,
        y_grid=y_grid,
    )
