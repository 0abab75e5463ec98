"""A second file on the Calibration page: its rows corrected by the recalibration of the first, and downloads."""

from functools import lru_cache, partial

import streamlit as st

from core.data.tables.columns import MOST_BYTES, Columns, TableError
from core.data.tables.reading import read_table
from core.diagnosis.calibration.applied_words import sentences
from core.diagnosis.calibration.case import Case
from core.diagnosis.calibration.offered import offered
from core.distributions.stated import QuantilesAlone
from core.evaluation.predictions import Predictions, predictions_of
from core.evaluation.recalibration_applied import LEVELS, Applied, applied
from core.export.file_name import slug
from core.export.recalibrated_table import recalibrated_file, recalibrated_table
from pages.shared import demo
from pages.shared.data_sources import TYPES
from pages.shared.elements import download, put_rows
from pages.shared.plain import plain

_OFFERED = (0.5, 0.8, 0.9, 0.95, 0.99)
_SHOWN_ROWS = 5


def show(found: Predictions, case: Case, level: float) -> None:
    """An uploader for a second file; once it is there, what the recalibration did to it, and its rows to download."""
    with st.expander("Correct the rows of another file", icon=":material/healing:", key="correct another"):
        st.markdown(
            "The recalibration chosen above is fitted to all points of this file. It corrects the "
            "rows of another file of the same form, with or without y."
        )
        left, right = st.columns([3, 2], gap="large")
        with left:
            given = st.file_uploader(
                "Rows to correct",
                type=TYPES,
                key="rows to correct",
                max_upload_size=MOST_BYTES // 1_000_000,
                **demo.no_upload(),
            )
        with right:
            levels = _levels(case)
        if given is None:
            return
        way = st.session_state.get(f"calibration by {offered(case)}") or offered(case)
        try:
            with st.spinner("Correcting the rows…"):
                fixed = _fixed(found, _columns(given.getvalue(), given.name), way, levels, level)
        except (TableError, ValueError) as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _offer(fixed, given.name)


def _levels(case: Case) -> tuple[float, ...]:
    """The levels of the bounds: chosen, or an interval's own."""
    if isinstance(case.judged.predictive, QuantilesAlone):
        return LEVELS
    chosen = st.multiselect(
        "Bounds at", _OFFERED, LEVELS, format_func=lambda level: f"{100 * level:g} %", key="levels of bounds"
    )
    return tuple(sorted(chosen))


@lru_cache(maxsize=2)
def _columns(content: bytes, name: str) -> Columns:
    return read_table(content, name, fewest_rows=1, fewest_columns=1)


@lru_cache(maxsize=4)
def _fixed(found: Predictions, columns: Columns, way: str, levels: tuple[float, ...], level: float) -> Applied:
    other = predictions_of(columns, found.family, found.choice, needs_y=False)
    return applied(way, found, other, levels, level)


def _offer(fixed: Applied, name: str) -> None:
    for sentence in (*sentences(fixed), *fixed.notes):
        st.markdown(plain(sentence))
    put_rows("corrected rows", recalibrated_table(fixed).head(_SHOWN_ROWS))
    stem = slug(name.rpartition(".")[0] or name)
    with st.container(horizontal=True, key="corrected downloads"):
        for ending, mime in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")):
            file = f"{stem}-recalibrated.{ending}"
            download(
                f"Download {'CSV' if ending == 'csv' else 'Parquet'}",
                partial(recalibrated_file, fixed, file),
                file,
                mime,
                f"corrected {ending}",
            )
