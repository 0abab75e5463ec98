"""Anyone's predictions: a table with the columns y, mean and std, and x where there is one, judged as a run's are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.data.tables.cells import not_a_number
from core.data.tables.columns import Column, Columns, TableError, number_column
from core.data.tables.reading import read_table
from core.distributions.predictive import GaussianPredictive, LaplacePredictive, Predictive
from core.evaluation.judged import Array, Judged

Y, MEAN, X = "y", "mean", "x"
FORM = "y,mean,std,x\n1.20,0.95,0.40,0.1\n0.31,0.52,0.35,0.2\n"  # what a file looks like
LARGEST = 1e60  # in size: squares of what is larger, and of a std below 1/LARGEST, leave the range of float64
EXAMPLE_ROWS = 4000
EXAMPLE_TOO_NARROW = 1.5


def _root(variance: Array) -> Array:
    """√ with the sign kept, so that a negative variance is refused as one."""
    return np.sign(variance) * np.sqrt(np.abs(variance))


# A file's spread is the first of these columns that it has.
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
    """What distribution a mean and a standard deviation are those of."""

    label: str
    of: Callable[[Array, Array], Predictive]


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "gaussian": Family("Gaussian", GaussianPredictive),
        "laplace": Family("Laplace", lambda mean, std: LaplacePredictive(mean, std / np.sqrt(2))),
    }
)


@dataclass(frozen=True, eq=False)
class Predictions:
    """Means and standard deviations (n,) beside what came, y (n,), in the unit of y; x (n,) where the table has it.

    What is not a finite number is NaN there. `notes` say what was mended as the table was read.
    """

    mean: Array
    std: Array
    y: Array
    x: Array | None
    x_is_date: bool  # x are days since 1970-01-01
    family: str
    notes: tuple[str, ...] = ()

    def at(self, places: np.ndarray) -> Predictive:
        """The predictive distribution at some of the points."""
        return FAMILIES[self.family].of(self.mean[places], self.std[places])

    @cached_property
    def judged(self) -> Judged:
        """All of them beside what came."""
        return Judged(FAMILIES[self.family].of(self.mean, self.std), self.y)


def read_predictions(source: bytes | Path, name: str, family: str = "gaussian") -> Predictions:
    """The predictions in a file, CSV in its many forms or Parquet; `name` is what sentences call it.

    An empty cell, "nan" and "inf" are numbers that no score takes, and each score says so. Raises TableError, which
    names row and column, for a file that is no table, lacks a column or a row, or has text where a number is due.
    """
    return predictions_of(read_table(source, name, fewest_rows=1), family)


@lru_cache(maxsize=4)
def predictions_of(columns: Columns, family: str = "gaussian") -> Predictions:
    """The predictions in a table: the same object for the same table. Raises TableError as `read_predictions`."""
    spread = next((name for name in SPREADS if name in columns.columns), "std")
    missing = [name for name in (Y, MEAN, spread) if name not in columns.columns]
    if missing:
        has = ", ".join(f"“{name}”" for name in list(columns.columns)[:10])
        raise TableError(
            f"Predictions are due in columns named y, mean and std (or variance, or log_variance): there is no "
            f"“{missing[0]}” among {has}."
        )
    y, mean, given = (_numbers(columns[name]) for name in (Y, MEAN, spread))
    with np.errstate(all="ignore"):  # what overflows is refused by name where it is scored
        std = SPREADS[spread](given)
    x, is_date, notes = _along(columns.columns.get(X))
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


def _along(column: Column | None) -> tuple[Array | None, bool, tuple[str, ...]]:
    """x, where every row has a number or a date, whether it is a date, and what is said where that is not so."""
    if column is None:
        return None, False, ()
    if column.kind not in ("number", "date") or not (np.abs(column.values) <= LARGEST).all():
        words = "Not every row of column “x” has a number or a date: coverage is drawn along the predicted mean."
        return None, False, (words,)
    return column.values, column.kind == "date", ()


def _numbers(column: Column) -> Array:
    """A column as float64. Raises TableError at the first cell that is no number."""
    if column.kind in ("number", "empty"):
        return column.values
    raise TableError(not_a_number(column))


@lru_cache(maxsize=1)
def example() -> Columns:
    """Predictions whose standard deviations are 1.5 times too small at every x, drawn by a fixed seed."""
    rng = np.random.default_rng(np.random.SeedSequence(6))
    x = np.sort(rng.uniform(0, 10, EXAMPLE_ROWS))
    mean, std = np.sin(x), 0.1 + 0.04 * x
    named = {Y: mean + std * rng.standard_normal(x.size), MEAN: mean, "std": std / EXAMPLE_TOO_NARROW, X: x}
    columns = {name: number_column(name, np.round(values, 6)) for name, values in named.items()}
    return Columns(MappingProxyType(columns), x.size)
