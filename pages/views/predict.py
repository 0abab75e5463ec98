"""What the Predict page shows: a form for one row and an uploader for many, with mean, std and interval of each."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd
import streamlit as st

from core.data.tables.columns import MOST_BYTES, TableError
from core.data.tables.encoding import Encoding, Feature
from core.data.tables.overview import date_text
from core.data.tables.reading import read_table
from core.export.run_tables import to_csv
from core.training.new_rows import LEVELS, example_row, predict_rows, raw_columns
from core.training.run import Run
from core.words import quantity
from pages.shared import state
from pages.shared.controls import sidebar
from pages.shared.data_sources import TYPES
from pages.shared.elements import download
from pages.shared.plain import plain
from pages.shared.training import obtain

SHOWN_ROWS = 200
_FIRST_DAY = date(1970, 1, 1)


def show() -> None:
    """One script run: a form for one row, and an uploader for many."""
    experiment = state.current_experiment()
    sidebar(experiment)
    st.subheader("Predict new rows", anchor=False)
    with obtain([experiment]) as (run,):
        if run is None or not run.has_curve:
            st.markdown("The run of the sidebar predicts here, once it is trained.")
            return
        level = st.segmented_control(
            "Interval",
            LEVELS,
            default=0.95,
            format_func=_per_cent,
            key="predict level",
            help="The share of new observations that the interval should hold.",
        )
        form, file = st.columns([2, 3], gap="large")
        with form:
            _form(run, level or 0.95)
        with file:
            _file(run, level or 0.95)


def _per_cent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _form(run: Run, level: float) -> None:
    """A control for each feature, and the prediction for their values."""
    encoding = run.input_encoding
    start = example_row(run)
    with st.container(key="predict form"):
        st.markdown("**One row by hand**")
        abreast, row = 2 if len(encoding.features) > 3 else 1, {}
        for i, feature in enumerate(encoding.features):
            if i % abreast == 0:  # row by row, so that a phone keeps their order
                columns = st.columns(abreast)
            with columns[i % abreast]:
                row[feature.name] = [_control(run, feature, start[feature.name])]
    found = predict_rows(run, row, level).iloc[0]
    _one(encoding, found, level)


def _control(run: Run, feature: Feature, start: Any) -> Any:
    label, key = plain(feature.name), f"predict {run.key} {feature.name}"
    if feature.kind == "category":
        options = list(feature.categories)
        return st.selectbox(label, options, options.index(start), key=key)
    if feature.is_date:
        help_words = f"Trained on {date_text(feature.low)} to {date_text(feature.high)}."
        typical = _FIRST_DAY + timedelta(days=int(start))
        chosen = st.date_input(label, typical, date.min, date.max, key=key, help=help_words)
        return float((chosen - _FIRST_DAY).days)
    help_words = f"Trained on {quantity(feature.low)} to {quantity(feature.high)}."
    return st.number_input(label, value=float(f"{start:.6g}"), key=key, help=help_words, format="%g")


def _one(encoding: Encoding, found: pd.Series, level: float) -> None:
    with st.container(horizontal=True, key="predicted"):
        st.metric(f"Mean of {plain(encoding.target)}", quantity(found["mean"]), width=150)
        st.metric("Standard deviation", quantity(found["std"]), width=150)
        interval = f"{quantity(found['lower'])} to {quantity(found['upper'])}"
        st.metric(f"{_per_cent(level)} interval", interval, width=240)
    if found["warning"]:
        words = f"{plain(found['warning'])}: the net has seen nothing like it, and its std may say nothing either."
        st.warning(words, icon=":material/travel_explore:")


def _file(run: Run, level: float) -> None:
    """An uploader for many rows, and their predictions as a table and a download."""
    encoding = run.input_encoding
    st.markdown("**Many rows from a file**")
    names = ", ".join(plain(feature.name) for feature in encoding.features)
    given = st.file_uploader(
        f"CSV, TSV or Parquet with the column{'s' if len(encoding.features) > 1 else ''} {names}",
        type=TYPES,
        max_upload_size=MOST_BYTES // 1_000_000,
        key="predict file",
    )
    if given is None:
        st.caption("Rows beyond what the run was trained on, and rows that lack a value, are marked.")
        return
    try:
        found = _predicted(run, given.getvalue(), given.name, level)
    except TableError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    strange = int((found["warning"] != "").sum())
    words = f"{len(found):,} rows predicted."
    if strange:
        words += f" **{strange:,}** of them are unlike those of the training, or lack a value: see the last column."
    st.markdown(words)
    st.dataframe(found.head(SHOWN_ROWS), hide_index=True, key="predicted rows")
    if len(found) > SHOWN_ROWS:
        st.caption(f"The first {SHOWN_ROWS} rows; the file holds all.")
    download("Download predictions", lambda: to_csv(found), "predictions.csv", "text/csv", "download predictions")


@lru_cache(maxsize=2)
def _predicted(run: Run, content: bytes, name: str, level: float) -> pd.DataFrame:
    encoding = run.input_encoding
    columns = raw_columns(read_table(content, name, fewest_rows=1, fewest_columns=1), encoding)
    given = pd.DataFrame(columns)
    for feature in encoding.features:
        if feature.is_date and given[feature.name].dtype.kind == "f":
            given[feature.name] = [date_text(days) if days == days else None for days in given[feature.name]]
    return pd.concat([given, predict_rows(run, columns, level)], axis=1)
