"""Many new rows from a file on the Predict page: an uploader, their predictions as a table, and a download."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from core.data.tables.columns import MOST_BYTES, TableError, quoted
from core.data.tables.reading import read_table
from core.export.run_tables import to_csv
from core.training.new_rows import as_shown, beside_each_other, predict_rows, raw_columns
from core.training.run import Run
from pages.shared.data_sources import TYPES
from pages.shared.elements import download
from pages.shared.plain import plain

SHOWN_ROWS = 200
_NAMED = 12  # features that are named


def per_cent(share: float) -> str:
    """A share as text."""
    return f"{100 * share:.0f} %"


def file_of_rows(run: Run, level: float) -> None:
    """An uploader for many rows, and their predictions as a table and a download."""
    encoding = run.input_encoding
    st.markdown("**Many rows from a file**")
    names = quoted((feature.name for feature in encoding.features), _NAMED)
    given = st.file_uploader(
        f"A table with the column{'s' if len(encoding.features) > 1 else ''} {plain(names)}",
        type=TYPES,
        max_upload_size=MOST_BYTES // 1_000_000,
        key="predict file",
    )
    if given is None:
        st.caption(
            "Rows outside the training range, in a gap of it or far from every training row are marked, and so are "
            "rows in which a value is missing or filled in."
        )
        return
    try:
        found, notes = _predicted(run, given.getvalue(), given.name, level)
    except TableError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    strange = int((found["warning"] != "").sum())
    words = f"{len(found):,} rows predicted."
    if strange:
        words += f" **{strange:,}** of them are unlike those of the training, or lack a value: see the last column."
    st.markdown(words)
    for note in notes:
        st.caption(f":material/build: {plain(note)}")
    st.dataframe(found.head(SHOWN_ROWS), hide_index=True, key="predicted rows")
    if len(found) > SHOWN_ROWS:
        st.caption(f"The first {SHOWN_ROWS} rows; the file holds all.")
    download("Download predictions", lambda: to_csv(found), "predictions.csv", "text/csv", "download predictions")


@lru_cache(maxsize=2)
def _predicted(run: Run, content: bytes, name: str, level: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of a file with their predictions, and sentences on how they were read."""
    encoding = run.input_encoding
    table = read_table(content, name, fewest_rows=1, fewest_columns=1, like=encoding.like)
    columns = raw_columns(table, encoding)
    found = beside_each_other(run, lambda one: predict_rows(one, columns, level))
    return pd.concat([as_shown(columns), found], axis=1), (*table.notes, *found.attrs["notes"])
