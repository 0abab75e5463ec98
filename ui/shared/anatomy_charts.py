"""The charts of the Anatomy page: each a table and a specification, with a key and axes that stay."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.charts.domains import weight_domain
from core.charts.frame import Domain
from core.charts.loss import loss_spec, loss_table
from core.charts.pull import MAP_TITLE
from core.diagnosis.chart_data import loss_data as anatomy
from core.diagnosis.chart_data.point_data import OnePoint
from core.diagnosis.chart_data.pull_data import Pull
from core.drawings import anatomy as drawings
from core.drawings.drawing import Drawing
from core.evaluation.loss_parts import history_in_unit
from core.experiment.experiment import Experiment, loss_unit
from core.experiment.loss_settings import loss_of
from core.training.run import Run
from ui.shared import view

HEIGHT = 350
PULL_HEIGHT = 280
MOST_K = 100.0


def _draw(drawing: Drawing, key: str, alt: str, height: int = HEIGHT) -> None:
    st.vega_lite_chart(drawing.table, drawing.spec, theme=None, key=key, height=height, alt=alt)


def terms(experiment: Experiment, history: pd.DataFrame, constant: float) -> None:
    """The loss by step as the areas of its terms, with the floor as a band. The constant moves curves, not axes."""
    axes = view.scene(experiment)
    _draw(
        drawings.terms(
            experiment,
            history,
            view.scheme(),
            step_domain=axes.step_domain,
            loss_domain=axes.loss_domain,
            height=HEIGHT,
            constant=constant,
        ),
        "terms chart",
        "The loss by step, its terms as areas from zero, and the floor as a band",
    )


def floor(experiment: Experiment, run: Run | None, *, with_constant: bool) -> None:
    """The floor against σ, where it is zero, and where this experiment's σ lies."""
    drawing = drawings.floor(experiment, run, view.scheme(), height=HEIGHT, with_constant=with_constant)
    if drawing is not None:
        words = "The lowest possible loss against the standard deviation of the noise, with its zero crossings"
        _draw(drawing, "floor chart", words)


def in_unit(experiment: Experiment, moment: view.Moment, k: float) -> None:
    """Fit and spread in a unit k times larger, and the loss as it reads there."""
    loss, axes = loss_of(experiment.loss), view.scene(experiment)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        view.unit_charts(experiment, moment, 1 / k, (208, 122))
    with right:
        domain = anatomy.unit_domain(loss, axes.loss_domain, k, MOST_K)
        floor = axes.levels.floor
        st.vega_lite_chart(
            loss_table(
                history_in_unit(moment.history, loss.unit_power, loss.unit_shift, k)[["step", "loss"]],
                step_domain=axes.step_domain,
                loss_domain=domain,
                floor=None if floor is None else float(anatomy.loss_in_unit(loss, floor, k)),
                height=284,
            ),
            loss_spec(view.scheme(), axes.step_domain, domain, title="The loss by step, in the new unit"),
            theme=None,
            key="unit loss chart",
            height=330,
            alt="The loss by step as it reads in the new unit of y",
        )


def point(experiment: Experiment, found: OnePoint) -> None:
    """The loss of one point as a curve in s, on axes that every residual shares."""
    drawing = drawings.point(experiment, found, view.scheme(), height=HEIGHT)
    title = f"Loss of one point by s, {loss_unit(experiment)}"
    _draw(drawing, "point chart", f"{title}, its terms and its minimum")


def curve(found: OnePoint, loss_domain: Domain, title: str, key: str, height: int) -> None:
    """A loss and its terms against s, with the minimum."""
    drawing = drawings.curve(found, loss_domain, view.scheme(), title=title, height=height)
    _draw(drawing, key, f"{title}, its terms and its minimum", height)


def pulls(run: Run, found: Pull) -> None:
    """Who pulls at the mean: over x at four moments, and over x and steps as a map."""
    domain = weight_domain(found.weights)
    left, right = st.columns(2, gap="medium")
    with left:
        drawing = drawings.pull(run, found, domain, view.scheme(), height=PULL_HEIGHT)
        words = "Effective weight of the points over x at four moments of the training"
        _draw(drawing, "pull chart", words, PULL_HEIGHT)
    with right:
        pull_map(run, found, domain, MAP_TITLE, "pull map")


def pull_map(run: Run, found: Pull, weights: Domain, title: str, key: str) -> None:
    """Effective weights over x and steps."""
    drawing = drawings.pull_map(run, found, weights, view.scheme(), title=title)
    _draw(drawing, key, f"{title}: effective weight of the points over x and steps", PULL_HEIGHT)


def shared_weights(found: Sequence[Pull | None]) -> Domain:
    """One axis of weights for several maps."""
    return weight_domain(*[each.weights for each in found if each is not None])
