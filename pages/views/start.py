"""What the Start page shows: the question and three ways on. It imports nothing heavy before its text."""

import streamlit as st

from pages.shared import bars, warm_up
from pages.shared.first_words import WORDS
from pages.views import start_check, start_table
from pages.views.start_style import STYLE, picture

TITLE, WHAT = WORDS["start"]


def show() -> None:
    """One script run: what a person brings on the left, the tour and a table on the right; on a phone in one column."""
    if "going" in st.session_state:  # a button asked for another page
        from pages.shared import state

        state.current_experiment(with_data=False)
    st.html(STYLE)
    with st.container(key="start"):
        _draw()
    warm_up.start()


def _draw() -> None:
    bars.heading(TITLE)
    st.markdown(WHAT)
    mine, others = st.columns([11, 9], gap="medium")
    with mine, st.container(border=True, key="start-mine"):
        start_check.draw()
    with others:
        with st.container(border=True, key="start-show"):
            _tour()
        with st.container(border=True, key="start-table"):
            start_table.draw()


def _tour() -> None:
    st.markdown("## Show me")
    st.markdown("A short tour with live charts. Each step is one sentence and one control.")
    with st.container(key="start-picture"):
        st.html(picture(st.context.theme.type or "light"))
    if (page := st.session_state.pages.get("tour")) is not None:
        with st.container(key="start-tour"):
            st.page_link(page, label="Start the tour", icon=":material/play_arrow:")
