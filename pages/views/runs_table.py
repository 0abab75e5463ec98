"""The table of the Runs page: runs, and experiments over seeds as one line each; and the selected ones."""

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
from core.runs.folding import Fold
from core.visitor import own_space

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

_ROW_PX, _ROWS = 35, 10
FOLDED = "▸"
_SCORES = ("nll", "gap", "rmse", "coverage_95")


def select(lines: Sequence[Entry | Fold]) -> list[Entry | Fold]:
    """Draw the table. Returns the selected lines, in the order of the list.

    The selection is remembered by id. In another order, or with one run more, row numbers mean other runs, and so the
    table gets a new key.
    """
    ids = [line.id for line in lines]
    remembered = st.session_state.get("runs_selected", ())
    with st.container(key="runs-list"):  # tests find it by this key
        chosen = st.dataframe(
            _in_words(rows_of(lines)),
            hide_index=True,
            height=_ROW_PX * (min(len(lines), _ROWS) + 1) + 3,
            row_height=_ROW_PX,
            placeholder="–",
            column_config=_columns(),
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": [ids.index(one) for one in remembered if one in ids]}},
            key=f"runs table {zlib.crc32(repr(ids).encode())}",
            alt="The runs: star, name, loss, data, settings, status, scores, and when each was trained",
        )
    found = [lines[row] for row in sorted(chosen.selection.rows) if row < len(lines)]
    st.session_state.runs_selected = [line.id for line in found]
    return found


def rows_of(lines: Sequence[Entry | Fold]) -> pd.DataFrame:
    """One row for each line, in words and numbers. The cells of a table are text, not Markdown."""
    entries = [line.entries[0] if isinstance(line, Fold) else line for line in lines]
    scored = [None if isinstance(line, Fold) else line for line in lines]  # a mean over losses would say nothing
    inside = {entry.id for line in lines if isinstance(line, Fold) for entry in line.entries}
    columns = {
        "star": ["★" if entry.starred else "" for entry in entries],
        "name": [_name(line, inside) for line in lines],
        "loss": [", ".join(map(loss_label, _losses(line))) for line in lines],
        "data": [data_words(entry) for entry in entries],
        "changes": [_changes(line) for line in lines],
        "status": [line.status for line in lines],
        **{name: pd.Series([getattr(each, name, None) for each in scored], dtype="float32") for name in _SCORES},
        "created": pd.to_datetime([entry.created for entry in entries], utc=True, errors="coerce", format="ISO8601"),
    }
    return pd.DataFrame(columns)


def _name(line: Entry | Fold, inside: set[int]) -> str:
    """The name of a run; of a fold how many it has; runs of an opened fold are set in."""
    if isinstance(line, Fold):
        return f"{FOLDED} {line.words}"
    return f"   · {line.name}" if line.id in inside else line.name


def _losses(line: Entry | Fold) -> tuple[str, ...]:
    return line.losses if isinstance(line, Fold) else (line.loss,)


def _changes(line: Entry | Fold) -> str:
    """The settings of a run; of a fold without the seeds, in which its runs differ."""
    shared = min((entry.changes for entry in line.entries), key=len) if isinstance(line, Fold) else line.changes
    left_out = (".seed=", "data.csv=") if isinstance(line, Fold) else ("data.csv=",)  # which earlier versions wrote
    return ", ".join(part for part in shared.split(", ") if not any(each in part for each in left_out))


def _in_words(rows: pd.DataFrame) -> "Styler":
    """The rows with their scores as on every page: a true minus sign, and a dash for a score that there is not."""
    words = {name: lambda value, row=COMPARED[name]: row.words(float(value)) for name in _SCORES}
    return rows.style.format(words, na_rep="–")


def loss_label(name: str) -> str:
    """The label of a loss; its name if this version does not have it."""
    return LOSSES[name].label if name in LOSSES else name


def data_words(entry: Entry) -> str:
    """The source of its points: the label of a table or of a target curve."""
    if entry.table == NO_TABLE:
        return TARGETS[entry.target].label if entry.target in TARGETS else entry.target
    return _brought_words(entry.own_table) if entry.table == OWN_TABLE else table_words(entry.table)


def _brought_words(key: str) -> str:
    """The label of an uploaded table that is here for this visitor."""
    try:
        return _label(key, own_space())
    except TableError:
        return "a table not here"


@st.cache_data(ttl=30, max_entries=256, show_spinner=False)
def _label(key: str, space: str) -> str:
    """What the visitor with this space calls a table. Raises TableError, which is not remembered."""
    return table_store().label(key)


def table_words(name: str) -> str:
    """The label of a table; "simulated data" for none."""
    if name in (NO_TABLE, OWN_TABLE):
        return "simulated data" if name == NO_TABLE else "own tables"
    return TABLES[name].label if name in TABLES else name


def title(entry: Entry) -> str:
    """A run in a sentence: its name, or its loss and data."""
    return entry.name or f"{loss_label(entry.loss)}, {data_words(entry)}"


def _columns() -> dict[str, Any]:
    column = st.column_config
    scores = {name: column.NumberColumn(COMPARED[name].label, width=90) for name in _SCORES}
    return {
        "star": column.TextColumn("★", width=36, help="A starred run is never deleted to make room."),
        "name": column.TextColumn("Name", width=190),
        "loss": column.TextColumn("Loss", width=120),
        "data": column.TextColumn("Data", width=150),
        "changes": column.TextColumn("Other settings", width=220, help="What differs from the defaults."),
        "status": column.TextColumn("Status", width=80),
        **scores,
        "created": column.DatetimeColumn("Trained", format="YYYY-MM-DD HH:mm", width=130),
    }
