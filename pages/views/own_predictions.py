"""A visitor's own predictions on the Calibration page: an uploader, and the files stored so far."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.data.tables.columns import Columns, TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.evaluation.predictions import FAMILIES, FORM, Predictions, example, predictions_of
from pages.shared import state
from pages.shared.data_sources import upload
from pages.shared.elements import button, choose, labels
from pages.shared.plain import plain

_REFUSED = "predictions refused"
_RUN, _FILE = "this experiment", "a file of mine"
_CHOICE, _FAMILY, _LAST = "predictions of", "predictions family", "predictions last"


def choose_source() -> None:
    """The choice between the experiment's predictions and those of a file."""
    st.session_state[_CHOICE] = _RUN if state.predictions() is None else _FILE
    st.segmented_control(
        "Predictions of",
        (_RUN, _FILE),
        required=True,
        key=_CHOICE,
        on_change=_choose,
        help="A file with the columns y, mean and std, of any model: examined here as a run is.",
    )


def _choose() -> None:
    """Take the choice; the file that was examined last is shown again."""
    wanted = st.session_state[_CHOICE] == _FILE
    st.session_state[_REFUSED] = ""
    state.examine_predictions(st.session_state.get(_LAST, state.NO_FILE) if wanted else None)


def choose_family() -> None:
    """The choice of the distribution that has these means and standard deviations."""
    words = "The distribution with this mean and this standard deviation at each point."
    choose("Read as", labels(FAMILIES), "gaussian", _FAMILY, words)


@dataclass(frozen=True)
class Brought:
    """The predictions of a file and its name; without predictions, the reason if there is one."""

    predictions: Predictions | None = None
    name: str = ""
    reason: str = ""


def brought(key: str) -> Brought:
    """The stored predictions with a key."""
    if key == state.NO_FILE:
        return Brought()
    try:
        predictions = predictions_of(table_store().get(key), st.session_state.get(_FAMILY) or "gaussian")
        name = table_store().label(key)
    except TableError as error:
        return Brought(reason=str(error))
    st.session_state[_LAST] = key
    return Brought(predictions, name)


def bring(shown: Brought) -> None:
    """The name of the file that is shown, and an uploader for another."""
    for words in (st.session_state.get(_REFUSED), shown.reason):
        if words:
            st.error(plain(words), icon=":material/error:")
    title, found = "Bring predictions", shown.predictions
    if found is not None:
        title = f"{plain(shown.name)}, {found.y.size:,} points: bring others"
    with st.expander(title, icon=":material/upload_file:", expanded=found is None, key=f"bring {state.predictions()}"):
        _place()
    for note in () if found is None else found.notes:
        st.caption(plain(note))


def _place() -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        words = "CSV, TSV or Parquet with the columns y, mean and std, and x if there is one"
        upload(words, "predictions", _take, "Reading the predictions…")
        words, icon = "Example: 1.5 times too narrow", ":material/school:"
        button(words, "example", _examine, example, "Example predictions", icon=icon)
    with right:
        st.markdown("One row a point: **y** came, **mean** and **std** were predicted, in the unit of y.")
        st.code(FORM, language=None)
        st.caption(
            "variance or log\\_variance may stand in place of std. Use points that the model was not trained on."
        )


def _take(content: bytes, name: str) -> None:
    _examine(lambda: read_table(content, name, fewest_rows=1), name)


def _examine(read: Callable[[], Columns], name: str) -> None:
    """Store the predictions and examine them; if they are refused, keep the reason."""
    st.session_state[_REFUSED] = ""
    try:
        columns = read()
        predictions_of(columns)
        state.examine_predictions(table_store().put(columns, name))
    except TableError as error:
        st.session_state[_REFUSED] = str(error)
