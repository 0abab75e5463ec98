"""What the Data page shows: where points come from, a table's columns, and its scatter in a chart and in words."""

import pandas as pd
import streamlit as st

from core.charts.drawing import Style
from core.charts.of_table import about_all, look, scatter
from core.data.tables.choice import Choice, numeric, usable
from core.data.tables.columns import Columns, TableError
from core.data.tables.overview import first_rows, glances
from core.data.tables.shipped import TABLES
from core.diagnosis.chart_data.scatter_words import about_all_words, scatter_words
from core.diagnosis.table.table_checks import table_checks
from core.experiment.build import choice_of, columns_of, dataset_of
from core.experiment.data_settings import MOST_FEATURES, MOST_TARGETS, NO_TABLE, OWN_TABLE, names_as_text
from core.experiment.experiment import Experiment, setting_of
from core.experiment.settings import InvalidExperiment
from core.experiment.trained_rows import is_scored_on_training
from pages.shared import state
from pages.shared.controls import control, sidebar
from pages.shared.copy_link import copy_link
from pages.shared.data_sources import bring
from pages.shared.elements import put_rows, select
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.terms import termed
from pages.shared.view import fix_buttons, scheme
from pages.views import own_tables, simulated

_TARGET, _FEATURES, _SPLIT_COLUMN, _ALONG = "data target", "data features", "data split column", "data along"
_ALSO, _WEIGHTS = "data also", "data weights"
_FEATURES_REFUSED = "data features refused"
_SPLIT_BY = {
    "order": ("number", "date"),
    "column": ("category",),
    "group": ("number", "date", "category", "text"),
}
_EMPTY = ""
_NO_WEIGHTS = "None: each row counts the same"
_NO_COLUMN = {"order": "the order of the file", "group": "equal rows"}  # what an empty column means
SCATTER_HEIGHT = 330
_SCATTER = "The target over a column, with its running mean and a band of two running standard deviations"


def show() -> None:
    """One script run: choose a table, then its columns; what it holds, and how it scatters."""
    experiment = state.current_experiment(with_data=False)  # a missing table is replaced on this page
    refused = _refused(experiment)
    sidebar(experiment, trains=not refused)
    bring(experiment)
    own_tables.show()
    if experiment.data.table == NO_TABLE:
        simulated.show(experiment)
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
        _remarks(experiment)
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
        _further_targets(columns, choice)
        _weights(columns, choice)
    options = list(usable(columns, choice.aside, many_words=True))
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
    if (chosen := st.session_state[_TARGET]) is None:
        return
    shares_the_net = chosen in st.session_state.experiment.data.targets
    state.change({"data.y": chosen} if shares_the_net else {"data.y": chosen, "data.features": ""})


def _further_targets(columns: Columns, choice: Choice) -> None:
    """The targets that share the network of the one shown."""
    options = [name for name in numeric(columns) if name != choice.target]
    st.session_state[_ALSO] = chosen = [name for name in choice.also if name in options]
    st.multiselect(
        "Further targets",
        options,
        chosen,
        key=_ALSO,
        on_change=_choose_further,
        args=(choice,),
        max_selections=MOST_TARGETS - 1,
        placeholder="None: a network for this target alone",
        help=setting_of("data.also").help,
    )


def _choose_further(choice: Choice) -> None:
    also = st.session_state[_ALSO]
    named = [name for name in st.session_state.experiment.data.feature_names if name not in also]
    state.change({"data.y": choice.target, "data.also": names_as_text(also), "data.features": names_as_text(named)})


def _weights(columns: Columns, choice: Choice) -> None:
    """The column that says how much each row counts."""
    shown = {name: name or _NO_WEIGHTS for name in ("", *numeric(columns)) if name not in choice.targets}
    words, label = setting_of("data.weights").help, shown.__getitem__
    select("Weights", list(shown), choice.weights, _WEIGHTS, _choose_weights, format_func=label, help=words)


def _choose_weights() -> None:
    weights = st.session_state[_WEIGHTS] or ""
    named = [name for name in st.session_state.experiment.data.feature_names if name != weights]
    state.change({"data.weights": weights, "data.features": names_as_text(named)})


def _choose_features() -> None:
    try:
        state.change({"data.features": names_as_text(st.session_state[_FEATURES])})
    except InvalidExperiment as error:  # many long names make a text that is too long
        st.session_state[_FEATURES_REFUSED] = str(error)


def _split(experiment: Experiment, columns: Columns, choice: Choice) -> None:
    """The controls of missing values and of the split."""
    abreast = st.columns(4, gap="medium")
    for place, path in zip(abreast, ("data.missing", "data.missing_values", "data.split"), strict=False):
        with place:
            control(experiment, path)
    kinds = _SPLIT_BY.get(choice.split, ())
    if kinds:
        options = [_EMPTY] if choice.split in _NO_COLUMN else []
        options += [name for name, column in columns.columns.items() if column.kind in kinds]
        with abreast[3]:
            words, key = setting_of("data.split_by").help, _SPLIT_COLUMN
            shown = {name: name or _NO_COLUMN.get(choice.split, "") for name in options}.__getitem__
            select("Split column", options, choice.split_by, key, _choose_split_column, format_func=shown, help=words)
    if any(column.coded for column in columns.columns.values()):
        with st.expander("Words", icon=":material/abc:"):
            left, right = st.columns(2, gap="medium")
            with left:
                control(experiment, "data.rare_words")
            if experiment.data.table == OWN_TABLE:
                with right:
                    control(experiment, "data.own_features")


def _choose_split_column() -> None:
    state.change({"data.split_by": st.session_state[_SPLIT_COLUMN] or ""})


def _parts(experiment: Experiment) -> None:
    """The numbers of rows to train, validate and test on, and what was left out."""
    data = dataset_of(experiment)
    parts = [f"{len(data.y):,} rows to train on"]
    if len(data.y_validation):
        parts.append(f"{len(data.y_validation):,} to validate")
    again = "of these again " if is_scored_on_training(experiment) else ""
    parts.append(f"{len(data.y_held_out):,} {again}to test")
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


def _remarks(experiment: Experiment) -> None:
    """What the table should be warned of, each with the buttons that fix it."""
    for remark in table_checks(experiment):
        with st.container(border=True, key=f"remark {remark.name}"):
            st.markdown(f":orange[:material/warning:] {plain(remark.words)}")
            with st.container(horizontal=True, gap="xsmall"):
                fix_buttons(remark.fixes, f"fix {remark.name}", primary=False)


def _scatter(experiment: Experiment, columns: Columns, choice: Choice) -> None:
    """The target over one feature with its running spread, and the test for unequal variance in words."""
    along = [name for name in usable(columns, choice.targets) if columns[name].kind in ("number", "date")]
    if not along or choice.target not in numeric(columns):
        return
    first = next((name for name in choice.features if name in along), along[0])
    chosen = st.session_state.get(_ALONG)
    if chosen not in along:
        st.session_state[_ALONG] = chosen = first
    st.markdown("## Is the scatter the same everywhere?")
    st.selectbox("Along", along, along.index(chosen), key=_ALONG)
    found = look(experiment.data, choice.target, chosen)
    if found is None:
        st.caption("No row has a number in both columns.")
        return
    target = choice.labels.get(choice.target, choice.target)
    y_label = f"log of {target}" if choice.log_target else target
    drawing = scatter(found, choice.labels.get(chosen, chosen), y_label, Style(scheme(), SCATTER_HEIGHT))
    put(drawing, "scatter chart", _SCATTER, SCATTER_HEIGHT, scatter_words(found.test))
    st.markdown(termed(plain(scatter_words(found.test))))
    if not _refused(experiment) and (test := about_all(experiment)) is not None:
        st.markdown(termed(plain(about_all_words(test, len(choice.features)))))


def _contents(columns: Columns) -> None:
    st.markdown("## Columns")
    put_rows("data columns", pd.DataFrame(glances(columns)))
    st.markdown("## First rows")
    put_rows("data rows", pd.DataFrame(first_rows(columns)))
