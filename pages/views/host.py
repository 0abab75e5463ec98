"""What the page Host shows: trainings with a Stop button each, who keeps how much, the settings."""

import pandas as pd
import streamlit as st

from core.data.tables.table_store import table_store
from core.host import settings_in_words
from core.runs.overview import Training, holders, trainings
from pages.shared import account, state, visitors
from pages.shared.elements import button, put_rows, put_table
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.training import duration

_WHY = "Stopped by whoever runs this server."
_SHOWN = 50  # trainings
_DRAWN_S = 3.0


def show() -> None:
    """One script run: everything, or for others a sentence."""
    state.note_page()
    if not visitors.is_administrator():
        st.markdown(
            "This page is for whoever runs this server: it shows what trains, who keeps how much, and the settings. "
            "It opens for a login that `HETEROSCOPE_ADMINISTRATORS` names."
        )
        if visitors.has_login() and not visitors.is_logged_in():
            account.log_in("log in here")
        return
    st.fragment(_trainings, run_every=_DRAWN_S)()
    _holders()
    st.subheader("Settings", anchor=False)
    put_table("table-settings", [("Setting", "Value", "What it is"), *settings_in_words()])


def _trainings() -> None:
    lab = laboratory()
    found = trainings(lab)
    st.subheader("Trainings", anchor=False)
    if problem := lab.store.problem or lab.cluster.trouble:
        st.warning(plain(problem), icon=":material/error:")
    running = sum(each.step is not None for each in found)
    st.markdown(f"{running:,} running, {len(found) - running:,} waiting, {lab.cluster.known_workers:,} workers.")
    for each in found[:_SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"training {each.job_id}"):
            button("Stop", f"stop {each.job_id}", _stop, each.job_id, icon=":material/stop:")
            st.markdown(plain(_words(each)), width="content")
    if len(found) > _SHOWN:
        st.caption(f"And {len(found) - _SHOWN:,} more.")


def _stop(job_id: str) -> None:
    """End a training, if whoever presses may still do so."""
    if visitors.is_administrator():
        laboratory().stop_for_all(job_id, _WHY)


def _words(each: Training) -> str:
    step = "waits" if each.step is None else f"step {each.step:,} of {each.steps:,}"
    expected = duration(each.expected_s)
    return f"{each.what}; {each.whose}; {step}; about {expected} in all; asked {duration(each.waited_s)} ago"


def _holders() -> None:
    st.subheader("Visitors", anchor=False)
    rows = holders(laboratory().store, table_store(), laboratory())
    columns = {
        "visitor": [row.whose for row in rows],
        "runs": [row.runs for row in rows],
        "runs, MB": [row.run_bytes / 1e6 for row in rows],
        "tables": [row.tables for row in rows],
        "tables, MB": [row.table_bytes / 1e6 for row in rows],
        "trainings": [row.trainings for row in rows],
    }
    put_rows("visitors", pd.DataFrame(columns))
    st.caption("A visitor is a browser or a login, shown by the first letters of a number that only the server knows.")
