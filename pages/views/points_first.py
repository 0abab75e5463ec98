"""The Fit page of a server that has just started: the points and the truth, while the laboratory starts behind them."""

import streamlit as st

from core.charts.of_run.scene import EMPTY
from core.experiment.experiment import Experiment
from pages.shared import run_charts, view, warm_up
from pages.shared.shell import is_started, laboratory


def points_first(experiment: Experiment) -> None:
    """Draw the charts without a run, wait for the laboratory, and run the script again; nothing where it stands."""
    if is_started():
        return
    warm_up.page_asked()
    with st.container(key="top"):
        st.header(":material/science: The laboratory is starting", anchor=False)
        st.markdown("These are the points. The network trains on them in a moment.")
    run_charts.charts(experiment, EMPTY, None)
    view.scores(None)
    warm_up.page_sent()
    laboratory()
    st.rerun()
