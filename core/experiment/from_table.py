"""From a table to an experiment with the recipe for tables, for notebooks and scripts."""

import io
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.tables.columns import FOUND, Choices, TableError
from ..data.tables.frames import as_pandas, is_frame
from ..data.tables.reading import read_table
from ..data.tables.shipped import TABLES
from ..data.tables.table_store import table_store
from .data_settings import OWN_TABLE, names_as_text
from .experiment import DEFAULT, Experiment
from .table_recipe import on_table

if TYPE_CHECKING:
    import pandas as pd


def table_experiment(
    table: "str | Path | pd.DataFrame",
    *,
    target: str = "",
    features: Iterable[str] = (),
    settings: Mapping[str, Any] | None = None,
    choices: Choices = FOUND,
) -> Experiment:
    """The experiment that fits a table by the recipe for tables, as the pages and `python -m core train --csv` do.

    `table` is a DataFrame (of pandas, Polars or PyArrow), the path of a file (CSV, TSV, Parquet, …) or the name of a
    table that ships with the laboratory. Without `target` or `features` they are those that the Data page would choose.
    `settings` are others by name, such as {"training.seed": 3}, and go before the recipe. `choices` say how a file
    writes its decimals and dates where it leaves that open. What was repaired in reading is told by a warning each. The
    table is kept in the store of tables, where the experiment finds it.

    Raises TableError for a table that cannot be read, and InvalidExperiment for settings that are not valid.
    """
    named = {"data.y": target, "data.features": names_as_text(features)}
    chosen = {path: value.strip("\n") for path, value in named.items() if value.strip()}
    return on_table(DEFAULT, {**_table_settings(table, choices), **chosen, **(settings or {})})


def _table_settings(table: "str | Path | pd.DataFrame", choices: Choices) -> dict[str, str]:
    if isinstance(table, str) and table in TABLES:
        return {"data.table": table}
    if isinstance(table, str | Path):
        path = Path(table)
        source, name = path, path.name
    else:
        source, name = as_parquet(table), "DataFrame"
    columns = read_table(source, name, choices=choices)
    for note in columns.notes:
        warnings.warn(note, stacklevel=3)
    return {"data.table": OWN_TABLE, "data.csv": table_store().put(columns, name)}


def as_parquet(frame: "pd.DataFrame") -> bytes:
    """The columns of a frame, without its index, in a form that keeps their types. Raises TableError for another."""
    if not is_frame(frame):
        raise TableError(f"The table is a {type(frame).__name__}: give a DataFrame, the path of a file or a name.")
    file = io.BytesIO()
    try:
        as_pandas(frame).to_parquet(file, index=False)
    except (ValueError, TypeError, OSError, NotImplementedError, OverflowError) as error:  # pyarrow's are of these
        raise TableError(f"The DataFrame cannot be kept as a table: {error}.") from None
    return file.getvalue()
