"""What the Data page shows: where points come from, a table's columns, and its scatter in a chart and in words."""

import pandas as pd
import streamlit as st

from core.charts.drawing import Style
from core.charts.of_table import look, scatter
from core.data.tables.columns import Columns, TableError
from core.data.tables.overview import first_rows, glances
from core.data.tables.shipped import TABLES
from core.data.tables.split import Choice, numeric, usable
from core.diagnosis.chart_data.scatter_words import scatter_words
from core.experiment.build import choice_of, columns_of, dataset_of
from core.experiment.data_settings import MOST_FEATURES, NO_TABLE, names_as_text
from core.experiment.experiment import Experiment, setting_of
from core.experiment.settings import InvalidExperiment
from pages.shared import state
from pages.shared.controls import control, sidebar
from pages.shared.copy_link import copy_link
from pages.shared.data_sources import bring
from pages.shared.elements import select
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.view import scheme

_TARGET, _FEATURES, _SPLIT_COLUMN, _ALONG = "data target", "data features", "data split column", "data along"
_FEATURES_REFUSED = "data features refused"
_SPLIT_BY = {"order": ("number", "date"), "column": ("category",)}
SCATTER_HEIGHT = 330
_SCATTER = "The target over a column, with its running mean and a band of two running standard deviations"
_DRAWN = (
    "The points of this experiment are drawn, and so their truth is known: the sidebar says how. "
    "Choose a table to fit real ones."
)


def show() -> None:
    """One script run: choose a table, then its columns; what it holds, and how it scatters."""
    experiment = state.current_experiment(with_data=False)  # a missing table is replaced on this page
    refused = _refused(experiment)
    sidebar(experiment, trains=not refused)
    st.subheader("Data", anchor=False)
    bring(experiment)
    if experiment.data.table == NO_TABLE:
        st.info(_DRAWN, icon=":material/scatter_plot:")
        return
    try:
        columns = columns_of(experiment.data)
    except (TableError, OSError):
        st.error(plain(refused), icon=":material/error:")
        return
    _about(experiment, columns)
    try:
        choice = choice_of(experiment.data, columns)
    except TableError:
        st.error(plain(refused), icon=":material/error:")
    else:
        _roles(columns, choice)
        _split(experiment, columns, choice)
        if refused:
            st.error(plain(refused), icon=":material/error:")
        else:
            _parts(experiment)
        with st.container(key="scatter"):
            _scatter(experiment, columns, choice)
    _contents(columns)


def _refused(experiment: Experiment) -> str:
    """Why the experiment's table cannot be trained on; empty if it can."""
    try:
        dataset_of(experiment)
    except (TableError, OSError) as error:
        return str(error)
    return ""


def _about(experiment: Experiment, columns: Columns) -> None:
    """The table's name, its size, and what was corrected when it was read."""
    row = TABLES.get(experiment.data.table)
    size = f"{columns.rows:,} rows, {len(columns.columns):,} columns"
    if row is not None:
        st.markdown(f"**{plain(row.label)}**: {size}. {plain(row.help)}")
        st.caption(f"Source: {plain(row.source)}. Licence: {plain(row.licence)}.")
    else:
        st.markdown(f"**Your table**: {size}.")
    for note in columns.notes:
        st.caption(f":material/build: {plain(note)}")


def _roles(columns: Columns, choice: Choice) -> None:
    left, right = st.columns([2, 5], gap="medium")
    with left:
        words = "The column of numbers to predict."
        select("Target", list(numeric(columns)), choice.target, _TARGET, _choose_target, help=words)
    options = list(usable(columns, choice.target))
    chosen = [name for name in choice.features if name in options]
    with right:
        st.session_state[_FEATURES] = chosen
        st.multiselect(
            "Features",
            options,
            chosen,
            key=_FEATURES,
            on_change=_choose_features,
            max_selections=MOST_FEATURES,
            placeholder="The table's own",
            help="Numbers and dates are one input each, a category one for each of its words.",
        )
        if refused := st.session_state.pop(_FEATURES_REFUSED, ""):
            st.error(plain(refused), icon=":material/error:")


def _choose_target() -> None:
    if (chosen := st.session_state[_TARGET]) is not None:
        state.change({"data.y": chosen, "data.features": ""})


def _choose_features() -> None:
    try:
        state.change({"data.features": names_as_text(st.session_state[_FEATURES])})
    except InvalidExperiment as error:  # many long names make a text that is too long
        st.session_state[_FEATURES_REFUSED] = str(error)


def _split(experiment: Experiment, columns: Columns, choice: Choice) -> None:
    """The controls of missing values and of the split."""
    left, middle, right = st.columns(3, gap="medium")
    with left:
        control(experiment, "data.missing")
    with middle:
        control(experiment, "data.split")
    kinds = _SPLIT_BY.get(choice.split, ())
    if not kinds:
        return
    options = [""] if choice.split == "order" else []
    options += [name for name, column in columns.columns.items() if column.kind in kinds]
    with right:
        words, key = setting_of("data.split_by").help, _SPLIT_COLUMN
        shown = {name: name or "the order of the file" for name in options}.__getitem__
        select("Split along", options, choice.split_by, key, _choose_split_column, format_func=shown, help=words)


def _choose_split_column() -> None:
    state.change({"data.split_by": st.session_state[_SPLIT_COLUMN] or ""})


def _parts(experiment: Experiment) -> None:
    """The numbers of rows to train, validate and test on, and what was left out."""
    data = dataset_of(experiment)
    parts = [f"{len(data.y):,} rows to train on"]
    if len(data.y_validation):
        parts.append(f"{len(data.y_validation):,} to validate")
    parts.append(f"{len(data.y_held_out):,} to test")
    inputs = len(data.x_labels)
    st.caption(
        f"{', '.join(parts)}; {inputs:,} {'input' if inputs == 1 else 'inputs'}. "
        "The sidebar, under Data, has their shares, and the log of the target."
    )
    for note in data.notes:
        st.caption(f":material/rule: {plain(note)}")
    with st.container(horizontal=True, gap="xsmall", key="data buttons"):
        state.to_page("fit", "Fit it", primary=True)
        copy_link()


def _scatter(experiment: Experiment, columns: Columns, choice: Choice) -> None:
    """The target over one feature with its running spread, and the test for unequal variance in words."""
    along = [name for name in usable(columns, choice.target) if columns[name].kind in ("number", "date")]
    if not along or choice.target not in numeric(columns):
        return
    first = next((name for name in choice.features if name in along), along[0])
    chosen = st.session_state.get(_ALONG)
    if chosen not in along:
        st.session_state[_ALONG] = chosen = first
    st.markdown("### Is the scatter the same everywhere?")
    st.selectbox("Along", along, along.index(chosen), key=_ALONG)
    found = look(experiment.data, choice.target, chosen)
    if found is None:
        st.caption("No row has a number in both columns.")
        return
    target = choice.labels.get(choice.target, choice.target)
    y_label = f"log of {target}" if choice.log_target else target
    drawing = scatter(found, choice.labels.get(chosen, chosen), y_label, Style(scheme(), SCATTER_HEIGHT))
    put(drawing, "scatter chart", _SCATTER, SCATTER_HEIGHT)
    st.markdown(plain(scatter_words(found.test)))


def _contents(columns: Columns) -> None:
    st.markdown("### Columns")
    st.dataframe(pd.DataFrame(glances(columns)), hide_index=True, key="data columns")
    st.markdown("### First rows")
    st.dataframe(pd.DataFrame(first_rows(columns)), hide_index=True, key="data rows")
