"""The log and the predictions that a person brings to the page Check a loss."""

import streamlit as st

from core.data.tables.columns import TableError
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.data.training_log.log_reading import read_log
from core.data.training_log.training_log import EXAMPLE, Brought, LogError, TrainingLog
from core.evaluation.predictions import Predictions, UnclearError, predictions_of
from pages.shared import state
from pages.shared.data_sources import upload
from pages.shared.elements import button
from pages.shared.plain import plain

_LOG, _TEXT, _LOG_REFUSED = "check log", "check log text", "check log refused"
_BROUGHT = "check brought"
_KEY, _REFUSED, _UNCLEAR = "check predictions", "check predictions refused", "check predictions unclear"


def forget() -> None:
    """Put log and predictions away."""
    _forget_log()
    _forget_table()


def log() -> TrainingLog | None:
    """The log that is here."""
    return st.session_state.get(_LOG)


def predictions() -> Predictions | None:
    """The predictions that are here."""
    key = st.session_state.get(_KEY)
    if key is None:
        return None
    try:
        return predictions_of(table_store().get(key))
    except TableError as error:
        st.session_state[_REFUSED] = str(error)
        return None


def brought() -> Brought | None:
    """What the record of a monitor brought since the last script run: its code goes into the form."""
    return st.session_state.pop(_BROUGHT, None)


def log_box() -> None:
    """A field to paste a log, and an uploader."""
    with st.expander("A training log", icon=":material/show_chart:", expanded=log() is not None, key="log"):
        st.text_area("Paste the log", key=_TEXT, height=110, on_change=_paste, placeholder=EXAMPLE)
        upload("Or a file: text, CSV, JSON or the record of a monitor", "check log file", _take_log, "Reading the log…")
        if words := st.session_state.get(_LOG_REFUSED):
            st.error(plain(words), icon=":material/error:")
        if (found := log()) is not None:
            for note in found.notes:
                st.caption(plain(note))
            button("Remove the log", "forget log", _forget_log)


def _paste() -> None:
    text = st.session_state[_TEXT]
    if text.strip():
        _take_log(text.encode(), "")
    else:
        _forget_log()


def _take_log(content: bytes, name: str) -> None:
    st.session_state[_LOG_REFUSED] = ""
    try:
        found = st.session_state[_LOG] = read_log(content, name)
        if found.brought is not None:
            st.session_state[_BROUGHT] = found.brought
    except LogError as error:
        st.session_state.pop(_LOG, None)
        st.session_state[_LOG_REFUSED] = str(error)


def _forget_log() -> None:
    for name in (_LOG, _TEXT, _LOG_REFUSED):
        st.session_state.pop(name, None)


def predictions_box() -> None:
    """An uploader for predictions."""
    key = st.session_state.get(_KEY)
    with st.expander("A file of predictions", icon=":material/table:", expanded=key is not None, key="predictions"):
        upload("Predictions and observed values", "check predictions file", _take_table, "Reading the predictions…")
        if words := st.session_state.get(_REFUSED):
            st.error(plain(words), icon=":material/error:")
            if _UNCLEAR in st.session_state:
                button("Choose the columns", "say columns", _say_columns, icon=":material/straighten:")
        found = predictions()
        if found is None:
            st.caption(
                "Columns such as y, mean and std, or y with quantiles, bounds, members or samples. Best: new points."
            )
            return
        for note in found.notes:
            st.caption(plain(note))
        button("Remove the file", "forget predictions", _forget_table)


def _take_table(content: bytes, name: str) -> None:
    _forget_table()
    try:
        columns = read_table(content, name, fewest_rows=1)
        predictions_of(columns)
        st.session_state[_KEY] = table_store().put(columns, name)
    except UnclearError as error:
        st.session_state[_REFUSED], st.session_state[_UNCLEAR] = str(error), table_store().put(columns, name)
    except TableError as error:
        st.session_state[_REFUSED] = str(error)


def _say_columns() -> None:
    state.examine_predictions(st.session_state[_UNCLEAR])
    state.go("calibration")


def _forget_table() -> None:
    for name in (_KEY, _REFUSED, _UNCLEAR):
        st.session_state.pop(name, None)
