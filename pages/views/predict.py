"""What the Predict page shows: the run it predicts with, a form for one row and its chart, an uploader for many."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.drawing import Style
from core.charts.of_run.row_chart import row_chart, row_seen
from core.charts.of_run.scene import Moment, Shown, scene
from core.data.tables.encoding import Encoding
from core.data.tables.feature import Feature
from core.diagnosis.chart_data.row_data import marked_rows, marked_words, row_curve
from core.experiment.experiment import Experiment
from core.training.new_rows import LEVELS, example_row, predict_rows, run_words, uncertainty_parts
from core.training.off_data import ends_text
from core.training.run import Run
from core.words import quantity, rounded
from pages.shared import state
from pages.shared.controls import sidebar
from pages.shared.plain import plain
from pages.shared.run_charts import put, put_each
from pages.shared.terms import termed
from pages.shared.training import latest_frame, obtain
from pages.shared.view import scheme
from pages.views.predicted_file import Uploaded, file_of_rows, per_cent

MOST_CONTROLS = 24  # further features are in a group that is folded
_HEIGHT = 340
_STD_HELP = (
    "How much new observations scatter around the mean: noise alone (aleatoric). It does not contain what the network "
    "does not know, so it does not grow in gaps or beyond the data."
)
_TOTAL_HELP = (
    "Noise and ignorance together. Noise (aleatoric): how much new observations scatter. Ignorance (epistemic): "
    "how much the networks disagree about the mean. It grows in gaps and beyond the data."
)
_ALT = "The predicted mean and its interval over a feature, with the row marked on it"


def show() -> None:
    """One script run: the run, a form for one row and its chart, and an uploader for many."""
    experiment = state.current_experiment()
    sidebar(experiment)
    with obtain([experiment]) as (run,):
        if run is None or not run.has_curve:
            _untrained(experiment)
            return
        st.caption(f":material/hub: {plain(run_words(run))}")
        level = st.segmented_control(
            "Interval",
            LEVELS,
            default=0.95,
            format_func=per_cent,
            key="predict level",
            help="The share of new observations that the interval should hold.",
        )
        row, place = _one_row(run, level or 0.95)
        st.divider()
        uploaded = file_of_rows(run, level or 0.95)
        with place:
            _chart(run, row, level or 0.95, uploaded)


def _untrained(experiment: Experiment) -> None:
    """What there is of the run so far: its points, and the fit as it trains."""
    st.markdown("Once this run is trained, it predicts new rows here.")
    moment = Moment.of_frame(experiment, latest_frame(experiment))
    put_each({"fit": _HEIGHT, "observed": _HEIGHT}, Shown(experiment, moment, scene(experiment)), "predict ")


def _one_row(run: Run, level: float) -> tuple[dict[str, list[Any]], DeltaGenerator]:
    """A control for each feature; beside them the prediction for their values, and the place of their chart."""
    form, answer = st.columns([2, 3], gap="large")
    with form:
        row = _form(run)
    found = predict_rows(run, row, level).iloc[0]
    with answer:
        _answer(run.input_encoding, found, level)
        return row, st.container()


def _form(run: Run) -> dict[str, list[Any]]:
    features, start = run.input_encoding.features, example_row(run)
    row = {name: [value] for name, value in start.items()}
    with st.container(key="predict form"):
        st.markdown("**One row by hand**")
        row |= _controls(run, features[:MOST_CONTROLS], start)
        if rest := features[MOST_CONTROLS:]:
            # A folded group is not drawn: its features stay at their medians.
            group = st.expander(f"{len(rest):,} more features", key="predict more", on_change="rerun")
            if group.open:
                with group:
                    row |= _controls(run, rest, start)
    return row


def _controls(run: Run, features: tuple[Feature, ...], start: dict[str, float | str]) -> dict[str, list[Any]]:
    abreast, row = 2 if len(features) > 3 else 1, {}
    for i, feature in enumerate(features):
        if i % abreast == 0:  # row by row, so that a phone keeps their order
            columns = st.columns(abreast)
        with columns[i % abreast]:
            row[feature.name] = [_control(run, feature, start[feature.name])]
    return row


def _control(run: Run, feature: Feature, start: Any) -> Any:
    label, key = plain(feature.name), f"predict {run.key} {feature.name}"
    if feature.kind == "category":
        options = list(feature.categories)
        return st.selectbox(label, options, options.index(start), key=key)
    low, high = ends_text(feature)
    help_words = f"Trained on {low} to {high}."
    if feature.is_date:
        typical = date.fromisoformat(start[:10])
        return st.date_input(label, typical, date.min, date.max, key=key, help=help_words).isoformat()
    return st.number_input(label, value=float(start), key=key, help=help_words, format="%.12g")


def _answer(encoding: Encoding, found: pd.Series, level: float) -> None:
    parts = uncertainty_parts(found)
    with st.container(horizontal=True, key="predicted"):
        mean, lower, upper = (rounded(found[name], found["std"] / 10) for name in ("mean", "lower", "upper"))
        st.metric(f"Mean of {plain(encoding.target)}", mean, width=max(150, 11 * len(mean) + 20))
        words = _TOTAL_HELP if parts else _STD_HELP
        st.metric("Standard deviation", quantity(found["std"]), width=150, help=words)
        st.metric(f"{per_cent(level)} interval", f"{lower} to {upper}", width=max(240, 11 * len(lower + upper) + 40))
    if parts:
        st.caption(termed(plain(parts)))
    if found["warning"]:
        words = f"{plain(found['warning'])}: the run was not trained on such rows, and its std may be wrong."
        st.warning(words, icon=":material/travel_explore:")


def _chart(run: Run, row: dict[str, list[Any]], level: float, uploaded: Uploaded | None) -> None:
    """The row on its own curve along one of its features, and the rows of the file."""
    features = run.input_encoding.features
    names = [feature.name for feature in features]
    first = next((place for place, feature in enumerate(features) if feature.kind == "number"), 0)
    name = names[first]
    if len(names) > 1:
        name = st.selectbox("Along", names, first, key=f"predict along {run.key}")
    inputs = run.input_encoding.read({each: np.array(value) for each, value in row.items()}).inputs[0]
    curve = row_curve(run, inputs, name, level)
    if curve is not None:
        marked = None if uploaded is None else marked_rows(run, uploaded.columns, uploaded.own, curve)
        drawing = row_chart(curve, run.input_encoding.target, level, Style(scheme(), _HEIGHT), marked)
        put(drawing, "row chart", _ALT, _HEIGHT, row_seen(curve, level))
        told = "Orange: the row by hand. " + ("" if curve.words else "Dotted: the ends of the training data. ")
        if len(run.predicting) > 1:
            told += (
                f"Blue: the share of the {per_cent(level)} interval that is noise. Purple: what ignorance adds to it. "
            )
        st.caption(told + ("" if marked is None else marked_words(marked, len(names))))
