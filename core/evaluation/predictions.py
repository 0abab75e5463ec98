"""Anyone's predictions: a CSV file with the columns y, mean and std, to be scored as Gaussians."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.judged import Judged
from core.model.readings import GaussianPredictive
from core.settings import InvalidExperiment, Problem

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("y", "mean", "std")
MOST_ROWS = 1_000_000
MOST_BYTES = 500_000_000


def read_predictions(path: str) -> Judged:
    """The rows of a CSV file as Gaussian predictions beside what was observed, in the unit of y.

    An empty cell, "nan" and "inf" are numbers that no score takes, and each score says so. Raises InvalidExperiment,
    which names file, row and column, for a file that cannot be read, is too large, lacks a column or a row, or has
    text where a number is due.
    """
    import pandas as pd

    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise _problem(path, f"a file of at most {MOST_BYTES // 1_000_000} MB")
        table = pd.read_csv(
            path,
            encoding="utf-8-sig",
            usecols=lambda name: name.strip() in COLUMNS,  # other columns take no memory, however many
            nrows=MOST_ROWS + 1,
            skipinitialspace=True,
            low_memory=False,
        )
    except OSError as error:
        raise _problem(path, f"a file that can be read ({error.strerror})") from None
    except (ValueError, pd.errors.ParserError) as error:  # ValueError: not UTF-8, a zero byte in the path, no table
        raise _problem(path, f"a CSV file in UTF-8 ({' '.join(str(error).split())[:100]})") from None
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise _problem(path, f"a CSV file with the columns {', '.join(COLUMNS)}; it lacks {', '.join(missing)}")
    if not 1 <= len(table) <= MOST_ROWS:
        raise _problem(path, f"1 to {MOST_ROWS:,} rows")
    y, mean, std = (_numbers(path, name, table[name]) for name in COLUMNS)
    return Judged(GaussianPredictive(mean, std), y)


def _numbers(path: str, name: str, column: "pd.Series") -> np.ndarray:
    """A column as float64. Raises InvalidExperiment at the first cell of text."""
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    text = (numbers.isna() & column.notna()).to_numpy()
    if text.any():
        row = int(np.argmax(text))
        raise InvalidExperiment([Problem(f"Row {row + 1} of column {name}", str(column.iloc[row]), "a number")])
    return numbers.to_numpy(dtype=np.float64)


def _problem(path: str, allowed: str) -> InvalidExperiment:
    return InvalidExperiment([Problem("The file", path, allowed)])
