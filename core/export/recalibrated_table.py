"""The rows of a file after a recalibration that was fitted to another, as CSV or Parquet."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..evaluation.recalibration_applied import Applied
from .run_tables import to_csv, to_parquet

if TYPE_CHECKING:
    import pandas as pd


def recalibrated_table(found: Applied) -> "pd.DataFrame":
    """One row for each row of the file: y where it is known, mean, std, and lower and upper of each level."""
    import pandas as pd

    return pd.DataFrame(dict(found.columns))


# What writes a table, by the ending of its file.
WRITERS: Mapping[str, Callable[["pd.DataFrame"], bytes]] = MappingProxyType({"csv": to_csv, "parquet": to_parquet})


def recalibrated_file(found: Applied, name: str) -> bytes:
    """The content of a file of this name: Parquet if it ends so, else CSV."""
    return WRITERS.get(name.rpartition(".")[2].casefold(), to_csv)(recalibrated_table(found))
