"""The table of the Runs page: the library's entries as rows, and the selected ones."""

import zlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.data.tables.columns import TableError
from core.data.tables.shipped import TABLES
from core.data.tables.table_store import table_store
from core.data.targets import TARGETS
from core.evaluation.scores import COMPARED
from core.experiment.data_settings import NO_TABLE, OWN_TABLE
from core.model.losses import LOSSES
from core.runs.entry import Entry

_ROW_PX, _ROWS = 35, 10
_SCORES = ("nll", "gap", "rmse", "coverage_95")


def select(entries: Sequence[Entry]) -> list[Entry]:
    """Draw the table. Returns the selected entries, in the order of the list.

    The selection is remembered by id. In another order, or with one run more, row numbers mean other runs, and so the
    table gets a new key.
    """
    ids = [entry.id for entry in entries]
    remembered = st.session_state.get("runs_selected", ())
    with st.container(key="runs-list"):  # tests find it by this key
        chosen = st.dataframe(
            rows_of(entries),
            hide_index=True,
            height=_ROW_PX * (min(len(entries), _ROWS) + 1) + 3,
            row_height=_ROW_PX,
            placeholder="–",
            column_config=_columns(),
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": [ids.index(one) for one in remembered if one in ids]}},
            key=f"runs table {zlib.crc32(repr(ids).encode())}",
            alt="The runs: star, name, loss, data, settings, status, scores, and when each was trained",
        )
    found = [entries[row] for row in sorted(chosen.selection.rows) if row < len(entries)]
    st.session_state.runs_selected = [entry.id for entry in found]
    return found


def rows_of(entries: Sequence[Entry]) -> pd.DataFrame:
    """One row for each entry, in words and numbers. The cells of a table are text, not Markdown."""
    columns = {
        "star": ["★" if entry.starred else "" for entry in entries],
        "name": [entry.name for entry in entries],
        "loss": [loss_label(entry.loss) for entry in entries],
        "data": [data_words(entry) for entry in entries],
        "changes": [entry.changes for entry in entries],
        "status": [entry.status for entry in entries],
        **{name: pd.Series([getattr(entry, name) for entry in entries], dtype="float32") for name in _SCORES},
        "created": pd.to_datetime([entry.created for entry in entries], utc=True, errors="coerce", format="ISO8601"),
    }
    return pd.DataFrame(columns)


def loss_label(name: str) -> str:
    """The label of a loss; its name if this version does not have it."""
    return LOSSES[name].label if name in LOSSES else name


def data_words(entry: Entry) -> str:
    """The source of its points: the label of a table or of a target curve."""
    if entry.table == NO_TABLE:
        return TARGETS[entry.target].label if entry.target in TARGETS else entry.target
    return _brought_words(entry.own_table) if entry.table == OWN_TABLE else table_words(entry.table)


@st.cache_data(ttl=30, max_entries=256, show_spinner=False)
def _brought_words(key: str) -> str:
    """The label of an uploaded table; its key if the table is gone."""
    try:
        return table_store().label(key)
    except TableError:
        return f"table {key}"


def table_words(name: str) -> str:
    """The label of a table; "drawn points" for none."""
    if name in (NO_TABLE, OWN_TABLE):
        return "drawn points" if name == NO_TABLE else "own tables"
    return TABLES[name].label if name in TABLES else name


def title(entry: Entry) -> str:
    """A run in a sentence: its name, or its loss and data."""
    return entry.name or f"{loss_label(entry.loss)}, {data_words(entry)}"


def _columns() -> dict[str, Any]:
    column = st.column_config
    formats = {name: "percent" if name == "coverage_95" else "%.3f" for name in _SCORES}
    scores = {
        name: column.NumberColumn(COMPARED[name].label, format=words, width=90) for name, words in formats.items()
    }
    return {
        "star": column.TextColumn("★", width=36, help="A starred run is never let go of to make room."),
        "name": column.TextColumn("Name", width=150),
        "loss": column.TextColumn("Loss", width=120),
        "data": column.TextColumn("Data", width=150),
        "changes": column.TextColumn("Other settings", width=250, help="What differs from the defaults."),
        "status": column.TextColumn("Status", width=80),
        **scores,
        "created": column.DatetimeColumn("Trained", format="YYYY-MM-DD HH:mm", width=130),
    }
