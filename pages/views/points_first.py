"""The Fit page of a server that has just started: the points and the truth, while the laboratory starts behind them."""

import time

import streamlit as st

from core.charts.of_run.scene import EMPTY
from pages.shared import run_charts, state, view, warm_up
from pages.shared.shell import is_started, laboratory

_SENT_S = 0.15  # the server sends what was drawn; while modules load it would take most of a second


def points_first() -> None:
    """Draw the charts without a run, wait for the laboratory, and run the script again; nothing where it stands."""
    if is_started():
        return
    experiment = state.current_experiment()
    with st.container(key="top"):
        st.header(f":material/science: {warm_up.STARTING}", anchor=False)
        st.markdown("These are the points. The network trains on them in a moment.")
    run_charts.charts(experiment, EMPTY, None)
    view.scores(None)
    time.sleep(_SENT_S)
    warm_up.hurry(("pages.views.fit",))
    laboratory()
    st.rerun()
