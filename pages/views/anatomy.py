"""What the Anatomy page shows: what the loss of a run is made of, and why it is negative."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

import streamlit as st

from core.charts.drawing import Style
from core.charts.of_run.anatomy_seen import new_unit_seen
from core.charts.of_run.chart_table import CHARTS, charts_at
from core.charts.of_run.fit_charts import MOST_K, loss_in_new_unit
from core.charts.of_run.scene import EMPTY, Moment, Shown, scene
from core.diagnosis.chart_data import loss_data as anatomy
from core.diagnosis.chart_data.head_data import head_pull, why_no_head
from core.diagnosis.chart_data.point_data import LARGEST, one_point, why_no_curve
from core.diagnosis.chart_data.pull_data import pull, pull_sentence
from core.diagnosis.verdict.findings import Finding, verdict
from core.experiment.experiment import Experiment, bounds_of, loss_unit
from core.experiment.loss_settings import loss_of
from core.training.run import Run
from pages.shared import run_charts, state, view
from pages.shared.controls import sidebar, stops
from pages.shared.copy_link import copy_link
from pages.shared.elements import button, section
from pages.shared.terms import termed
from pages.shared.training import obtain
from pages.views import seitzer

HEIGHT, UNIT_HEIGHT, PULL_HEIGHT = 350, 330, 280
_OFFSET = "subtracted"
_DEFAULT_OFFSET = 17.2


def show() -> None:
    """One script run: first what the run itself shows, then what is trained for comparison."""
    experiment = state.current_experiment()
    sidebar(experiment)
    twin, trap = _twin(experiment), seitzer.experiments()
    with obtain([experiment], beside=[twin, *trap]) as (run,):
        moment = EMPTY if run is None else Moment.of_run(run, behind=True)
        shown = Shown(experiment, moment, scene(experiment), run=run)
        sections: dict[str, Callable[[], None]] = {
            "verdict": partial(_verdict, run),
            "terms": partial(_terms, shown),
            "unit": partial(_unit, shown),
            "offset": partial(_ask_for_offset, experiment),
            "point": partial(_point, shown),
            "head": partial(_head, shown),
            "pull": partial(_pull, run),
            "seitzer": seitzer.introduce,
        }
        places = {name: st.container(key=f"section {name}") for name in sections}
        for name, draw in sections.items():
            with places[name]:
                draw()
        # Last, because these may wait, and a control that is not drawn by then would lose its value.
        others, label = [experiment, *trap], "Train with this constant"
        with places["offset"], obtain([twin], name="offset", beside=others, unasked=False, label=label) as (other,):
            if run is not None and other is not None:
                st.markdown(anatomy.offset_sentence(run, other))
        with places["seitzer"]:
            seitzer.show([experiment, twin])


def _verdict(run: Run | None) -> None:
    waits = Finding("open", "Why is it negative?", "The charts fill when this experiment is trained.")
    view.headline(waits if run is None else verdict(run))
    if run is not None and run.others:
        st.caption(
            "The loss curves below are means over the members. Sections about one network show the first member."
        )
    with st.container(horizontal=True, key="anatomy buttons"):
        state.to_page("fit")
        button("Compare", "to compare", _to_compare, icon=":material/compare_arrows:")
        copy_link()


def _to_compare() -> None:
    """Open the Compare page; if nothing is pinned, pin this run."""
    if state.pinned() is None:
        state.pin()
    state.go("compare")


def _terms(shown: Shown) -> None:
    experiment, run = shown.experiment, shown.run
    constant = anatomy.constant_of(loss_of(experiment.loss))
    # The two charts are level, however long the text above each is.
    aligned: Literal["top", "bottom"] = "top" if anatomy.floor_curve(experiment) is None else "bottom"
    left, right = st.columns([5, 4], gap="medium", vertical_alignment=aligned)
    with right:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            section("floor", "Below which σ is it negative?", width="content")
            kept = constant is not None and st.toggle(
                f"With {constant[0]}",
                key="anatomy constant",
                help="Part of the full negative log likelihood. Most code leaves it out, and it has no gradient.",
            )
        added = constant[1] if kept and constant is not None else 0.0
        st.markdown(termed(anatomy.floor_sentence(experiment, run, with_constant=kept)))
        shown = replace(shown, with_constant=kept)
        if CHARTS["floor"].applies(shown):
            run_charts.draw(CHARTS["floor"], shown, HEIGHT)
    with left:
        section("terms", "The terms of the loss")
        if run is not None:
            st.markdown(termed(anatomy.terms_sentence(run, added)))
        run_charts.draw(CHARTS["terms"], shown, HEIGHT)


def _unit(shown: Shown) -> None:
    experiment, run = shown.experiment, shown.run
    section("unit", "The unit of y")
    if reason := anatomy.why_no_unit(experiment):
        st.markdown(reason)
        return
    words, control = st.columns([5, 4], gap="medium")
    with control:
        k = st.select_slider(
            "Rescale y by a factor of",
            stops(1 / MOST_K, MOST_K, 1.0),
            1.0,
            format_func="{:g}".format,
            key="anatomy unit",
            help="The new unit in the present one. 0.01: metres to centimetres. 100: centimetres to metres.",
        )
    with words:
        st.markdown("Not trained yet." if run is None else termed(anatomy.unit_sentence(run, k)))
    left, right = st.columns([5, 4], gap="medium")
    with left:
        run_charts.put_each(run_charts.IN_NEW_UNIT, shown.in_unit(1 / k), "unit ")
    with right:
        drawing = loss_in_new_unit(shown, k, Style(view.scheme(), UNIT_HEIGHT))
        run_charts.put(
            drawing,
            "unit loss chart",
            "The loss by step as it reads in the new unit of y",
            UNIT_HEIGHT,
            new_unit_seen(shown, k),
        )


def _twin(experiment: Experiment) -> Experiment:
    """The experiment with the constant subtracted from its loss."""
    low, high = _left_to_subtract(experiment)
    value = st.session_state.get(_OFFSET, _DEFAULT_OFFSET)
    return experiment.with_settings({"loss.offset": experiment.loss.offset + min(max(value, low), high)})


def _left_to_subtract(experiment: Experiment) -> tuple[float, float]:
    low, high = bounds_of("loss.offset")
    return low - experiment.loss.offset, high - experiment.loss.offset


def _ask_for_offset(experiment: Experiment) -> None:
    section("constant", "Subtract a constant")
    st.markdown("A constant has no gradient. The loss shows another number, and the network learns exactly the same.")
    control, _ = st.columns([2, 7], gap="medium")
    low, high = _left_to_subtract(experiment)
    unit = loss_unit(experiment)
    control.number_input(f"Constant, {unit}", low, high, min(_DEFAULT_OFFSET, high), step=0.1, key=_OFFSET)


def _point(shown: Shown) -> None:
    experiment = shown.experiment
    section("point", "One point")
    loss, std = loss_of(experiment.loss), anatomy.typical_std(experiment)
    if reason := why_no_curve(loss):
        st.markdown(reason)
        return
    left, right = st.columns([5, 4], gap="medium")
    with right:
        share = st.slider(
            "Residual, in σ",
            0.0,
            LARGEST,
            1.0,
            step=0.1,
            key="anatomy residual",
            help="How far the point is from the predicted mean.",
        )
        found = one_point(loss, std, share)
        st.markdown(termed(found.sentence))
    with left:
        alt = f"Loss of one point by s, {loss_unit(experiment)}, its terms and its minimum"
        run_charts.draw(CHARTS["one_point"], replace(shown, residual=share), HEIGHT, "point chart", alt)


def _head(shown: Shown) -> None:
    loss = loss_of(shown.experiment.loss)
    if why_no_head(loss):
        return
    section("head", "Which points drive the standard deviation")
    left, right = st.columns([5, 4], gap="medium")
    with right:
        st.markdown(f"**Head: {loss.head.label}.** {loss.head.help}")
        st.markdown(head_pull(loss).sentence)
    with left:
        run_charts.draw(CHARTS["head_pull"], shown, PULL_HEIGHT)


def _pull(run: Run | None) -> None:
    section("pull", "Which points drive the mean")
    if run is None:
        st.markdown("Not trained yet.")
        return
    st.markdown(termed(pull_sentence(run)))
    if pull(run) is not None:
        rows = charts_at("anatomy/pull")
        for column, row in zip(st.columns(len(rows), gap="medium"), rows, strict=True):
            with column:
                run_charts.draw(row, run, PULL_HEIGHT)
    if run.has_curve:
        run_charts.rest("anatomy", run)
