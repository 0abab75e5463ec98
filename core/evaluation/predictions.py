"""Predictions of any model, read from a table with columns y, mean and std (and perhaps x), judged like a run's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.data.tables.cells import not_a_number
from core.data.tables.columns import Column, Columns, TableError, number_column
from core.data.tables.reading import read_table
from core.distributions.laws import Predictive, gaussian, laplace
from core.evaluation.judged import Array, Judged

Y, MEAN, X = "y", "mean", "x"
FORM = "y,mean,std,x\n1.20,0.95,0.40,0.1\n0.31,0.52,0.35,0.2\n"  # what a file looks like
LARGEST = 1e60  # in absolute value: squares of larger numbers, or of a std below 1/LARGEST, leave the range of float64
EXAMPLE_ROWS = 4000
EXAMPLE_TOO_NARROW = 1.5


def _root(variance: Array) -> Array:
    """√ that keeps the sign, so that a negative variance is refused later."""
    return np.sign(variance) * np.sqrt(np.abs(variance))


# The spread of a file is the first of these columns that it has.
SPREADS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "std": lambda std: std,
        "variance": _root,
        "var": _root,
        "log_variance": lambda log_variance: np.exp(log_variance / 2),
        "log_var": lambda log_variance: np.exp(log_variance / 2),
    }
)


@dataclass(frozen=True)
class Family:
    """A family of distributions; `of(mean, std)` gives its member."""

    label: str
    of: Callable[[Array, Array], Predictive]


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "gaussian": Family("Gaussian", gaussian),
        "laplace": Family("Laplace", lambda mean, std: laplace(mean, std / np.sqrt(2))),
    }
)


@dataclass(frozen=True, eq=False)
class Predictions:
    """Means and standard deviations (n,) beside the observed y (n,), in the unit of y; x (n,) if the table has it.

    Values that are not finite are NaN. `notes` say what was corrected while the table was read.
    """

    mean: Array
    std: Array
    y: Array
    x: Array | None
    x_is_date: bool  # x are days since 1970-01-01
    family: str
    notes: tuple[str, ...] = ()

    def at(self, indices: np.ndarray) -> Predictive:
        """The predictive distribution at some of the points."""
        return FAMILIES[self.family].of(self.mean[indices], self.std[indices])

    @cached_property
    def judged(self) -> Judged:
        """All predictions beside the observations."""
        return Judged(FAMILIES[self.family].of(self.mean, self.std), self.y)


def read_predictions(source: bytes | Path, name: str, family: str = "gaussian") -> Predictions:
    """The predictions in a file, CSV in its many forms or Parquet; messages call it `name`.

    An empty cell, "nan" and "inf" are read, and each score refuses them with a reason. Raises TableError, which names
    row and column, for a file that is not a table, lacks a column, has no rows, or has text in place of a number.
    """
    return predictions_of(read_table(source, name, fewest_rows=1), family)


@lru_cache(maxsize=4)
def predictions_of(columns: Columns, family: str = "gaussian") -> Predictions:
    """The predictions in a table, cached by table. Raises TableError like `read_predictions`."""
    spread = next((name for name in SPREADS if name in columns.columns), "std")
    missing = [name for name in (Y, MEAN, spread) if name not in columns.columns]
    if missing:
        has = ", ".join(f"“{name}”" for name in list(columns.columns)[:10])
        raise TableError(
            f"Predictions are due in columns named y, mean and std (or variance, or log_variance): there is no "
            f"“{missing[0]}” among {has}."
        )
    y, mean, given = (_numbers(columns[name]) for name in (Y, MEAN, spread))
    with np.errstate(all="ignore"):  # overflows are refused where they are scored
        std = SPREADS[spread](given)
    x, is_date, notes = _x_axis(columns.columns.get(X))
    named = {Y: y, MEAN: mean, spread: std}
    large = [name for name, values in named.items() if (np.abs(values) > LARGEST).any()]
    if large:
        listed = ", ".join(f"“{name}”" for name in large)
        notes += (f"Numbers beyond what can be squared, {LARGEST:g} in size, count as missing in {listed}.",)
    y, mean, std = (np.where(np.abs(values) > LARGEST, np.nan, values) for values in named.values())
    small = (np.abs(std) < 1 / LARGEST) & (std != 0)
    if small.any():
        notes += (f"Standard deviations too small to be squared, below {1 / LARGEST:g}, count as 0 in “{spread}”.",)
    return Predictions(mean, np.where(small, 0.0, std), y, x, is_date, family, (*columns.notes, *notes))


def _x_axis(column: Column | None) -> tuple[Array | None, bool, tuple[str, ...]]:
    """x if every row has a number or a date; whether it is a date; and a note if x cannot be used."""
    if column is None:
        return None, False, ()
    if column.kind not in ("number", "date") or not (np.abs(column.values) <= LARGEST).all():
        words = "Not every row of column “x” has a number or a date: coverage is drawn along the predicted mean."
        return None, False, (words,)
    return column.values, column.kind == "date", ()


def _numbers(column: Column) -> Array:
    """A column as float64. Raises TableError at the first cell that is not a number."""
    if column.kind in ("number", "empty"):
        return column.values
    raise TableError(not_a_number(column))


@lru_cache(maxsize=1)
def example() -> Columns:
    """Example predictions from a fixed seed: their standard deviations are 1.5 times too small at every x."""
    rng = np.random.default_rng(np.random.SeedSequence(6))
    x = np.sort(rng.uniform(0, 10, EXAMPLE_ROWS))
    mean, std = np.sin(x), 0.1 + 0.04 * x
    named = {Y: mean + std * rng.standard_normal(x.size), MEAN: mean, "std": std / EXAMPLE_TOO_NARROW, X: x}
    columns = {name: number_column(name, np.round(values, 6)) for name, values in named.items()}
    return Columns(MappingProxyType(columns), x.size)
