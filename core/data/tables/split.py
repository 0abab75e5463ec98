"""From a table to a dataset: which columns are read, which rows are left out, and which part each row belongs to."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..dataset import EVALUATION, GRID, Dataset, evaluation, evenly
from .choice import KINDS, MOST_INPUTS, Choice, has_many_words, own_features, usable
from .columns import MOST_CATEGORIES, Column, Columns, TableError, quoted
from .encoding import Encoding
from .equal_rows import groups_of
from .feature import RARE_WORDS, Feature
from .parts import SPLITTERS, Parts

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]

LEAST_ROWS = 10
LARGEST = 1e100  # beyond it squares, and so variances and scores, overflow


def from_columns(columns: Columns, choice: Choice) -> Dataset:
    """A table's rows as a dataset; the truth is unknown. Each part keeps the order of the file.

    Rows without a target are left out, and so are rows without a feature, unless `missing` is "median": then the
    median of the training part, or its most frequent category, replaces the value. Of several targets a row needs all,
    and `choice.target` is the one that the dataset shows. Ranges and categories are those of the training part. In a
    random split with one seed, a larger held-out share contains the smaller one. Raises TableError.
    """
    targets = [_target(columns, name, choice) for name in choice.targets]
    used = [_feature_column(columns, name, choice.targets) for name in choice.features]
    if not used:
        raise TableError(_nothing_left(columns, choice.targets))
    kept, notes = _kept(targets, used, choice)
    weights, kept, notes = _weights(columns, choice, kept, notes)
    parts = SPLITTERS[choice.split](columns, choice, kept)
    _check_parts(targets, kept, parts)
    y = columns[choice.target].values[kept]
    y = np.log(y) if choice.log_target else y
    training = np.flatnonzero(kept)[parts == 0]
    features = tuple(_feature(column, training, choice) for column in used)
    encoding = Encoding(choice.target, features, choice.log_target)
    _check_inputs(encoding)
    x = np.column_stack([_inputs(f, c, kept) for f, c in zip(features, used, strict=True)])
    notes = (*_about_columns(columns, choice), *notes, *_about_words(features))
    groups = _groups(columns, choice, kept)
    return _dataset(x, y, parts, encoding, choice.labels, notes, groups, weights)


def _about_columns(columns: Columns, choice: Choice) -> tuple[str, ...]:
    """Sentences on columns that are left out, and on columns meant as numbers that are used as categories."""
    used = [columns.columns[name] for name in choice.features]
    notes = [f"{column.trouble} So the column is a category." for column in used if column.trouble]
    every = usable(columns, choice.aside, choice.from_all)
    if not choice.from_all and choice.features != own_features(columns, choice.aside):
        return tuple(notes)
    if len(every) > len(choice.features):
        count = f"{len(choice.features):,}"
        which = f"{count} most strongly related to {quoted(choice.targets, 8)}" if choice.from_all else f"first {count}"
        notes.append(
            f"Of {len(every):,} columns that could be features the {which} are taken, "
            f"as a run has at most {MOST_INPUTS} inputs: choose others by name."
        )
    out = [c for c in columns.columns.values() if c.name not in (*choice.aside, *every)]
    notes += [f"{column.trouble} So the column is left out." for column in out if column.trouble]
    if plain := [column.name for column in out if not column.trouble]:
        notes.append(f"Columns left out, as they hold text or nothing: {quoted(plain, 5)}.")
    return tuple(notes)


def _about_words(features: tuple[Feature, ...]) -> tuple[str, ...]:
    return tuple(
        f"“{feature.name}”: the {len(feature.rare):,} rarest words share an input, “{RARE_WORDS}”; "
        f"{len(feature.categories) - 1:,} others have their own."
        for feature in features
        if feature.rare
    )


def _groups(columns: Columns, choice: Choice, kept: Rows) -> NDArray[np.int64]:
    """The group of each kept row, (n,), if the rows are split by groups; else (0,)."""
    if choice.split != "group":
        return np.empty(0, dtype=np.int64)
    return groups_of(columns, choice.split_by, (*choice.features, *choice.targets), kept)


def _weights(
    columns: Columns, choice: Choice, kept: Rows, notes: tuple[str, ...]
) -> tuple[Array, Rows, tuple[str, ...]]:
    """The weight of each row that is kept, (n,), or (0,) without any; the rows, and the sentences on them.

    A row without a weight is left out. Raises TableError for a weight below 0, or a column that cannot be weights.
    """
    if not choice.weights:
        return np.empty(0), kept, notes
    column = columns[choice.weights]
    if column.kind != "number":
        raise TableError(f"Column “{column.name}” holds {KINDS[column.kind]}: weights are numbers, 0 or above.")
    if column.name in (*choice.targets, *choice.features):
        raise TableError(f"Column “{column.name}” has the weights of the rows: it can be neither target nor feature.")
    _check_cells(column, column.values < 0, "a weight is 0 or above")
    _check_cells(column, column.values > LARGEST, f"numbers up to {LARGEST:g} can be used")
    if left_out := int((column.is_missing & kept).sum()):
        notes = (*notes, f"Rows left out, because they have no weight in “{column.name}”: {left_out:,}.")
        kept = kept & ~column.is_missing
    return column.values[kept], kept, notes


def _nothing_left(columns: Columns, targets: tuple[str, ...]) -> str:
    """Why there is no feature, shown by the first column that cannot be one."""
    others = [column for column in columns.columns.values() if column.name not in targets]
    if not others or usable(columns, targets):
        return "No column is left to predict from: choose at least one feature."
    told = next((column.trouble for column in others if column.trouble), "")
    why = told or f"Column “{others[0].name}” holds {KINDS[others[0].kind]}, which cannot be an input."
    return f"There is nothing to predict {quoted(targets, 8)} from. {why}"


def _target(columns: Columns, name: str, choice: Choice) -> Column:
    column = columns[name]
    if column.kind != "number":
        cell = column.categories[column.values[np.argmax(~column.is_missing)]] if column.categories else ""
        such = f", such as “{cell[:40]}”" if cell else ""
        holds = f"Column “{name}” holds {KINDS[column.kind]}{such}: a target is a column of numbers."
        raise TableError(column.trouble or holds)
    values = column.values[np.isfinite(column.values)]
    if len(values) < LEAST_ROWS:
        raise TableError(f"Column “{name}” has {len(values)} numbers: at least {LEAST_ROWS} are needed.")
    if (values == values[0]).all():
        constant = f"Column “{name}” has the value {values[0]:g} in every row"
        raise TableError(f"{constant}: there is nothing to predict.")
    _check_cells(column, np.abs(column.values) > LARGEST, f"numbers up to {LARGEST:g} can be used")
    if choice.log_target:
        _check_cells(column, column.values <= 0, "a log needs targets above 0")
    return column


def _feature_column(columns: Columns, name: str, targets: tuple[str, ...]) -> Column:
    column = columns[name]
    if name in targets:
        which = "the" if len(targets) == 1 else "a"
        raise TableError(f"Column “{name}” is {which} target: it cannot be a feature too.")
    if column.kind == "empty" or (column.kind == "text" and not has_many_words(column)):
        why = f"Column “{name}” holds {KINDS[column.kind]}, which cannot be an input."
        raise TableError(column.trouble or f"{why} Leave it out of the features.")
    if column.kind == "number":
        _check_cells(column, np.abs(column.values) > LARGEST, f"numbers up to {LARGEST:g} can be used")
    return column


def _check_cells(column: Column, bad: Rows, allowed: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise TableError(f"Row {row + 1:,} of column “{column.name}” is {column.values[row]:g}: {allowed}.")


def _kept(targets: list[Column], used: list[Column], choice: Choice) -> tuple[Rows, tuple[str, ...]]:
    """The rows that are used, and sentences on how many are left out or have a value filled in."""
    kept, notes = np.ones(len(targets[0].values), dtype=bool), []
    for target in targets:
        if left_out := int((target.is_missing & kept).sum()):
            notes.append(f"Rows left out, because they have no value of “{target.name}”: {left_out:,}.")
        kept &= ~target.is_missing
    absent = np.zeros(len(kept), dtype=bool)
    for column in used:
        missing = column.is_missing & kept
        if choice.missing == "median" and missing.any():
            filled = "most frequent category" if column.kind == "category" else "median"
            notes.append(f"Missing values of “{column.name}”, taken as the {filled}: {int(missing.sum()):,}.")
        absent |= missing
    if choice.missing == "drop" and absent.any():
        kept = kept & ~absent
        notes.append(f"Rows left out, because a feature is missing: {int(absent.sum()):,}.")
    if kept.sum() < LEAST_ROWS:
        raise TableError(
            f"Of the rows only {int(kept.sum())} have all values: at least {LEAST_ROWS} are needed. "
            "Use medians for missing values, or fewer features."
        )
    return kept, tuple(notes)


def _check_parts(targets: list[Column], kept: Rows, parts: Parts) -> None:
    training, held_out = int((parts == 0).sum()), int((parts == 2).sum())
    if training < LEAST_ROWS // 2 or not held_out:
        left = [f"{count:,} row{'' if count == 1 else 's'}" for count in (training, held_out)]
        raise TableError(
            f"The split leaves {left[0]} to train on and {left[1]} to score on: "
            f"at least {LEAST_ROWS // 2} and 1 are needed."
        )
    for target in targets:
        if np.ptp(target.values[kept][parts == 0]) == 0:
            raise TableError(f"Column “{target.name}” has one value in all training rows: choose another split.")


def _feature(column: Column, training: NDArray[np.intp], choice: Choice) -> Feature:
    """The column as a feature, with range, categories and median of its training rows."""
    known = column.values[training][~column.is_missing[training]]
    if not known.size:
        raise TableError(f"Column “{column.name}” is empty in the training rows: leave it out of the features.")
    fills = choice.missing == "median"
    if column.coded:
        counts = np.bincount(known, minlength=len(column.categories))
        seen, rare = _words(column, counts, choice.rare_words)
        most = column.categories[int(np.argmax(counts))]
        most = most if most in seen else RARE_WORDS
        return Feature(
            column.name, "category", seen, most if fills else None, typical=most, codes=column.codes, rare=rare
        )
    middle, ends = float(np.median(known)), (float(known.min()), float(known.max()))
    fill, is_date = middle if fills else None, column.kind == "date"
    return Feature(column.name, "number", (), fill, *ends, middle, is_date, column.written, column.codes)


def _words(column: Column, counts: NDArray[np.intp], fewest: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the training rows with an input each, and the rare ones, which share the last one."""
    order = np.argsort(-counts, kind="stable")[: int(np.count_nonzero(counts))]
    own = order[counts[order] >= fewest]
    own = own[: MOST_CATEGORIES - 1] if len(order) > MOST_CATEGORIES else own
    if len(own) == len(order):
        return tuple(column.categories[code] for code in np.sort(order)), ()
    rare = tuple(column.categories[code] for code in np.setdiff1d(order, own))
    return (*(column.categories[code] for code in np.sort(own)), RARE_WORDS), rare


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
    place |= dict.fromkeys(feature.rare, len(feature.categories) - 1)
    of_code = np.array([*(place.get(word, -1) for word in column.categories), place.get(str(feature.fill), -1)])
    return (of_code[values][:, None] == np.arange(len(feature.categories))).astype(np.float64)


def _dataset(
    x: Array,
    y: Array,
    parts: Parts,
    encoding: Encoding,
    labels: Mapping[str, str],
    notes: tuple[str, ...],
    groups: NDArray[np.int64],
    weights: Array,
) -> Dataset:
    training, validation, held_out = (parts == part for part in range(3))
    if weights.size and not weights[training].any():
        raise TableError("The weights of all training rows are 0: there is nothing to learn from.")
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
        groups=groups[training] if groups.size else groups,
        groups_validation=groups[validation] if groups.size else groups,
        weights=weights[training] if weights.size else weights,
        weights_validation=weights[validation] if weights.size else weights,
    )
