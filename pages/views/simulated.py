"""The Data page of an experiment on simulated points: the points, σ over x, and the test for unequal variance."""

import streamlit as st

from core.charts.drawing import Style
from core.charts.of_points import points_look, sigma_over_x
from core.charts.of_table import scatter
from core.diagnosis.chart_data.scatter_words import scatter_words
from core.diagnosis.chart_data.sigma_words import agreement_words, sigma_words
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from pages.shared import state
from pages.shared.copy_link import copy_link
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.terms import termed
from pages.shared.view import scheme

HEIGHT = 320
_POINTS = "The simulated points over x, with their running mean and a band of two running standard deviations"
_SIGMA = "The true σ over x, and the standard deviation of the simulated points around it"


def show(experiment: Experiment) -> None:
    """The points of the experiment, what is true of their noise, and what a test sees of it."""
    data, found = dataset_of(experiment), points_look(experiment)
    truth, seen = sigma_words(data), scatter_words(found.scatter.test)
    st.markdown("## Simulated points: is the scatter the same everywhere?")
    left, right = st.columns([5, 4], gap="medium")
    with left:
        drawing = scatter(found.scatter, data.x_label, data.y_label, Style(scheme(), HEIGHT))
        put(drawing, "points chart", _POINTS, HEIGHT, seen)
    with right:
        put(sigma_over_x(found, data.x_label, Style(scheme(), HEIGHT)), "sigma chart", _SIGMA, HEIGHT, truth)
    st.markdown(f"**What is true.** {plain(truth)}")
    words = f"{plain(seen)} {plain(agreement_words(data, found.scatter.test))}"
    st.markdown(termed(f"**What the points show.** {words}"))
    st.caption(
        f"{len(data.y):,} points to train on, {len(data.y_held_out):,} new ones to test. "
        "The sidebar sets the curve, the noise and the seed."
    )
    with st.container(horizontal=True, gap="xsmall", key="data buttons"):
        state.to_page("fit", "Fit it", primary=True)
        copy_link()
