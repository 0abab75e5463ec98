"""Predictions for new rows, with a warning for each row unlike the training data."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.tables.columns import Column, Columns, TableError
from ..data.tables.encoding import Encoding, given_rows
from ..data.tables.feature import Feature, dates_of, days_of
from ..data.tables.overview import date_text
from ..data.tables.shipped import TABLES
from ..data.tables.table_store import table_store
from ..experiment.experiment import Experiment
from ..model.losses import LOSSES
from ..words import quantity
from .off_data import row_warnings
from .run import Run

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


def predict_rows(run: Run, columns: Mapping[str, ArrayLike], level: float = 0.95) -> "pd.DataFrame":
    """mean, std, lower and upper of the central interval, in the unit of y, and a warning, for each of n rows.

    Of several members also std_noise and std_ignorance, the parts of the std: std² = std_noise² + std_ignorance².
    `columns` is a DataFrame or a mapping: raw values (n,) by name, numbers or words; others are ignored. A row with a
    missing value that cannot be filled in has a warning and no prediction. `attrs["notes"]` of the table holds
    sentences on words that were written otherwise than in training. Raises TableError if a feature is missing, or
    holds text in place of numbers, and ValueError for a level outside 0 to 1.
    """
    import pandas as pd

    encoding = run.input_encoding
    given = given_rows(columns, encoding)
    whole = np.asarray(np.isfinite(given.inputs).all(axis=1))
    parts = run.std_parts(given.inputs[whole])
    names = ["mean", "std", *parts, "lower", "upper"]
    table = pd.DataFrame(np.full((len(given.inputs), len(names)), np.nan), columns=names)
    if whole.any():
        predictive = run.predictive(given.inputs[whole])
        with np.errstate(all="ignore"):  # far outside the training range a net may give any value
            values = (predictive.mean, predictive.std, *parts.values(), *predictive.interval(level))
        table.loc[whole, :] = np.column_stack(values)
    table["warning"] = row_warnings(encoding, given, run.neighbours)
    table.attrs["notes"] = given.notes
    return table


def beside_each_other(run: Run, table_of: "Callable[[Run], pd.DataFrame]") -> "pd.DataFrame":
    """A table of predictions of every target of a run's net: its columns with the target's name before them.

    What does not depend on the target, the inputs and `warning`, stands once. Of a run with one target it is
    `table_of(run)`.
    """
    import pandas as pd

    first = table_of(run)
    if len(run.by_target) == 1:
        return first
    own = [name for name in first.columns if name not in (*run.input_names, "x", "warning")]
    tables = {name: first if one is run else table_of(one) for name, one in run.by_target.items()}
    each = [table[own].add_prefix(f"{name}_") for name, table in tables.items()]
    shared = first.drop(columns=own)
    inputs, last = shared.drop(columns="warning", errors="ignore"), shared.filter(["warning"])
    together = pd.concat([inputs, *each, last], axis=1)
    together.attrs = dict(first.attrs)
    return together


def example_row(run: Run) -> dict[str, float | str]:
    """An example row: the median of each number or date (as text), and the most frequent category."""
    return {feature.name: _typical(feature) for feature in run.input_encoding.features}


def _typical(feature: Feature) -> float | str:
    middle = feature.categories[0] if feature.kind == "category" else (feature.low + feature.high) / 2
    typical = middle if feature.typical is None else feature.typical
    return date_text(float(typical)) if feature.is_date else typical


def raw_columns(columns: Columns, encoding: Encoding) -> dict[str, NDArray]:
    """The columns of a table that a run predicts from, as raw values: numbers, dates, words, None if missing."""
    wanted = (columns.columns.get(feature.name) for feature in encoding.features)
    return {column.name: _raw(column) for column in wanted if column is not None}


def uncertainty_parts(found: "pd.Series") -> str:
    """In words, how much of the variance of a predicted row is noise and how much ignorance; empty for one net."""
    if "std_ignorance" not in found or not 0 < found["std"] < np.inf:
        return ""
    share = 100 * found["std_ignorance"] ** 2 / found["std"] ** 2
    return (
        f"Noise {quantity(found['std_noise'])} (aleatoric: how new observations scatter), ignorance "
        f"{quantity(found['std_ignorance'])} (epistemic: how the networks disagree about the mean): {share:.0f} % of "
        "the variance is ignorance."
    )


def run_words(run: Run) -> str:
    """The run in a line: what it was trained on, with which loss, how many nets, seed and key."""
    experiment, encoding = run.experiment, run.input_encoding
    source = "simulated data" if run.encoding is None else f"“{encoding.target}” from {_features(encoding)}"
    if run.encoding is not None:
        source += f" of {_table(experiment)}"
    members = len(run.predicting)
    nets = f", the mixture of {members} networks" if members > 1 else ""
    return (
        f"Run {run.key}: {source}; {LOSSES[experiment.loss.name].label}{nets}; "
        f"training seed {experiment.training.seed}, data seed {experiment.data.seed}."
    )


def _features(encoding: Encoding) -> str:
    count = len(encoding.features)
    return f"“{encoding.features[0].name}”" if count == 1 else f"{count:,} features"


def _table(experiment: Experiment) -> str:
    if experiment.data.table in TABLES:
        return TABLES[experiment.data.table].label
    try:
        return f"“{table_store().label(experiment.data.csv)}”"
    except TableError:
        return "a table that is no longer here"


def as_shown(raw: Mapping[str, NDArray]) -> "pd.DataFrame":
    """Raw columns as a table for reading, with dates as text."""
    import pandas as pd

    days = {name: days_of(values, "") for name, values in raw.items() if values.dtype.kind == "M"}
    dates = {name: [date_text(day) if day == day else None for day in each] for name, each in days.items()}
    return pd.DataFrame({**raw, **dates})


def _raw(column: Column) -> NDArray:
    if column.kind == "date":  # as dates: a number might mean days, seconds or digits
        return dates_of(column.values)
    if not column.coded:
        return column.values
    words = np.array([*column.categories, None], dtype=object)
    return words[column.values]
