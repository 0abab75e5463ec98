"""What the Start page shows: the question and three ways on. It imports nothing heavy before its text."""

import streamlit as st

from pages.shared import warm_up
from pages.views import start_check, start_table
from pages.views.start_style import PICTURE, STYLE

TITLE = "Why is my loss negative, and why does my variance look wrong?"
WHAT = (
    "Heteroscope finds out, for regression networks that predict a mean **and** a variance. "
    "Bring your loss, watch one train, or bring a table."
)


def show() -> None:
    """One script run: what a person brings on the left, the tour and a table on the right; on a phone in one column."""
    if "going" in st.session_state:  # a button asked for another page
        from pages.shared import state

        state.current_experiment(with_data=False)
    st.html(STYLE)
    st.title(TITLE, anchor=False)
    st.markdown(WHAT)
    mine, others = st.columns([11, 9], gap="medium")
    with mine.container(border=True, key="start-mine"):
        start_check.draw()
    with others:
        with st.container(border=True, key="start-show"):
            _tour()
        with st.container(border=True, key="start-table"):
            start_table.draw()
    warm_up.page_sent()
    warm_up.start()


def _tour() -> None:
    st.markdown("## Show me")
    st.markdown("Seven steps, each with one live chart: the loss crosses zero while you watch.")
    if PICTURE:
        st.html(PICTURE)
    if (page := st.session_state.pages.get("tour")) is not None:
        st.page_link(page, label="Start the tour", icon=":material/play_arrow:")
