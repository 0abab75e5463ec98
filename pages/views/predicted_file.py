"""Many new rows from a file on the Predict page: an uploader, their predictions as a table, and a download."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from core.data.tables.columns import MOST_BYTES, TableError, quoted
from core.data.tables.reading import read_table
from core.export.file_name import file_stem
from core.export.run_tables import to_csv
from core.training.new_rows import as_shown, beside_each_other, predict_rows, raw_columns
from core.training.run import Run
from pages.shared import demo
from pages.shared.data_sources import TYPES
from pages.shared.elements import download, put_rows
from pages.shared.plain import plain

SHOWN_ROWS = 200
_NAMED = 12  # features that are named


@dataclass(frozen=True, eq=False)
class Uploaded:
    """The rows of a file: raw values by column, what the run's own target is predicted to be, and the whole table."""

    columns: dict[str, Any]
    own: pd.DataFrame
    table: pd.DataFrame
    notes: tuple[str, ...]


def per_cent(share: float) -> str:
    """A share as text."""
    return f"{100 * share:.0f} %"


def file_of_rows(run: Run, level: float) -> Uploaded | None:
    """An uploader for many rows, and their predictions as a table and a download. Returns them, if there is a file."""
    encoding = run.input_encoding
    st.markdown("**Many rows from a file**")
    names = quoted((feature.name for feature in encoding.features), _NAMED)
    given = st.file_uploader(
        f"A table with the column{'s' if len(encoding.features) > 1 else ''} {plain(names)}",
        type=TYPES,
        max_upload_size=MOST_BYTES // 1_000_000,
        key="predict file",
        **demo.no_upload(),
    )
    if given is None:
        st.caption(
            "A row gets a warning if it is outside the training range, in a gap of it, or far from every training row. "
            "So does a row with a missing value."
        )
        return None
    try:
        uploaded = _predicted(run, given.getvalue(), given.name, level)
    except TableError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    found = uploaded.table
    strange = int((found["warning"] != "").sum())
    words = f"{len(found):,} rows predicted."
    if strange:
        words += f" **{strange:,}** of them are unlike the training rows, or have missing values: see the last column."
    st.markdown(words)
    for note in uploaded.notes:
        st.caption(f":material/build: {plain(note)}")
    put_rows("predicted rows", found.head(SHOWN_ROWS))
    if len(found) > SHOWN_ROWS:
        st.caption(f"The first {SHOWN_ROWS} rows; the file holds all.")
    _download(run, found)
    return uploaded


def _download(run: Run, found: pd.DataFrame) -> None:
    name = f"{file_stem(run.experiment, run.key)}-new-rows.csv"
    download("Download predictions", lambda: to_csv(found), name, "text/csv", "download predictions")


@lru_cache(maxsize=2)
def _predicted(run: Run, content: bytes, name: str, level: float) -> Uploaded:
    """The rows of a file with their predictions, and sentences on how they were read."""
    encoding = run.input_encoding
    table = read_table(content, name, fewest_rows=1, fewest_columns=1, like=encoding.like)
    columns = raw_columns(table, encoding)
    found = beside_each_other(run, lambda one: predict_rows(one, columns, level))
    own = found if len(run.by_target) == 1 else predict_rows(run, columns, level)
    shown = pd.concat([as_shown(columns), found], axis=1)
    return Uploaded(columns, own, shown, (*table.notes, *found.attrs["notes"]))
