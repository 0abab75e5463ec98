"""The charts of the Anatomy page: each a table and a specification, with a key and axes that stay."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.charts.domains import nice, weight_domain
from core.charts.floor_curve import floor_spec, floor_table
from core.charts.frame import Domain, axis_extent
from core.charts.loss import loss_spec, loss_table
from core.charts.point_curve import point_spec, point_table
from core.charts.pull import MAP_TITLE, pull_map_spec, pull_map_table, pull_spec, pull_table
from core.charts.terms import terms_spec, terms_table
from core.diagnosis import anatomy
from core.diagnosis.one_point import OnePoint, domains
from core.diagnosis.pull import Pull
from core.evaluation.anatomy import history_in_unit
from core.experiment import Experiment
from core.sections import loss_of
from core.training.run import Run, dataset_of
from pages.parts import view

HEIGHT = 350
PULL_HEIGHT = 280
MOST_K = 100.0


def terms(experiment: Experiment, history: pd.DataFrame, constant: float) -> None:
    """The loss by step as the areas of its terms, with the floor as a band. The constant moves curves, not axes."""
    loss, axes = loss_of(experiment.loss), view.scene(experiment)
    most = loss.constant or 0.0
    domain = nice(axes.loss_domain[0], axes.loss_domain[1] + most, count=7) if most else axes.loss_domain
    st.vega_lite_chart(
        terms_table(
            anatomy.with_constant(history, constant) if constant else history,
            step_domain=axes.step_domain,
            loss_domain=domain,
            floor=anatomy.band(experiment, constant),
            height=HEIGHT - 46,
            names=anatomy.term_names(loss),
        ),
        terms_spec(view.scheme(), axes.step_domain, domain, title=f"The loss and its terms by step, {loss.unit}"),
        theme=None,
        key="terms chart",
        height=HEIGHT,
        alt="The loss by step, its terms as areas from zero, and the floor as a band",
    )


def floor(experiment: Experiment, run: Run | None, *, with_constant: bool) -> None:
    """The floor against σ, where it is zero, and where this experiment's σ lies."""
    found, loss = anatomy.floor_curve(experiment), loss_of(experiment.loss)
    if found is None:
        return
    constant = anatomy.constant_of(loss)
    known = dataset_of(experiment).truth is not None
    st.vega_lite_chart(
        floor_table(
            found.sigma,
            found.floor,
            loss_domain=found.loss_domain,
            constant=None if constant is None else constant[1],
            with_constant=with_constant,
            constant_name="" if constant is None else constant[0],
            crossings=found.crossings,
            own=anatomy.own_std(experiment, run),
            own_role="truth" if known else "prediction",
            height=HEIGHT - 46,
        ),
        floor_spec(
            view.scheme(), found.sigma_domain, found.loss_domain, title=f"Lowest possible loss by σ, {loss.unit}"
        ),
        theme=None,
        key="floor chart",
        height=HEIGHT,
        alt="The lowest possible loss against the standard deviation of the noise, with its zero crossings",
    )


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
    loss = loss_of(experiment.loss)
    _, domain = domains(loss, anatomy.typical_std(experiment))
    curve(found, domain, f"Loss of one point by s, {loss.unit}", "point chart", HEIGHT)


def curve(found: OnePoint, loss_domain: Domain, title: str, key: str, height: int) -> None:
    """A loss and its terms against s, with the minimum."""
    loss_domain = nice(*loss_domain)
    st.vega_lite_chart(
        point_table(
            found.s,
            found.loss,
            found.residual,
            found.scale,
            loss_domain=loss_domain,
            minimum=found.minimum,
            meaning=found.meaning,
            height=height - 46,
        ),
        point_spec(view.scheme(), (float(found.s[0]), float(found.s[-1])), loss_domain, title=title),
        theme=None,
        key=key,
        height=height,
        alt=f"{title}, its terms and its minimum",
    )


def pulls(run: Run, found: Pull) -> None:
    """Who pulls at the mean: over x at four moments, and over x and steps as a map."""
    axes, data = view.scene(run.experiment), run.dataset
    domain, moments = weight_domain(found.weights), found.moments
    left, right = st.columns(2, gap="medium")
    with left:
        st.vega_lite_chart(
            pull_table(
                found.middles,
                found.steps[moments],
                found.weights[moments],
                weight_domain=domain,
                height=PULL_HEIGHT - 46,
            ),
            pull_spec(view.scheme(), axes.x_domain, domain, x_label=data.x_label),
            theme=None,
            key="pull chart",
            height=PULL_HEIGHT,
            alt="Effective weight of the points over x at four moments of the training",
        )
    with right:
        pull_map(run, found, domain, MAP_TITLE, "pull map")


def pull_map(run: Run, found: Pull, weights: Domain, title: str, key: str) -> None:
    """Effective weights over x and steps."""
    axes = view.scene(run.experiment)
    st.vega_lite_chart(
        pull_map_table(found.edges, found.steps, found.weights),
        pull_map_spec(
            view.scheme(),
            axes.x_domain,
            axes.step_domain,
            weights,
            x_label=run.dataset.x_label,
            title=title,
            extent=axis_extent(axes.step_domain),
        ),
        theme=None,
        key=key,
        height=PULL_HEIGHT,
        alt=f"{title}: effective weight of the points over x and steps",
    )


def shared_weights(found: Sequence[Pull | None]) -> Domain:
    """One axis of weights for several maps."""
    return weight_domain(*[each.weights for each in found if each is not None])
