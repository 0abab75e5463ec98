"""The results of a sweep on its page: filters, the best points, a heat map, parallel coordinates, and all runs."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.evaluation.scores import COMPARED
from core.experiment.experiment import setting_of, value_words
from core.export.run_tables import to_csv
from core.sweeps import form
from core.sweeps.axes import is_number
from core.sweeps.chunk import Row
from core.sweeps.drawings import heatmap, parallel
from core.sweeps.summary import METHOD, best, results_table
from core.sweeps.sweep import Sweep
from core.sweeps.sweep_file import to_toml
from pages.shared.elements import choose, download, labels, put_rows, put_table
from pages.shared.run_charts import put
from pages.shared.terms import termed
from pages.shared.view import scheme

SCORE = "sweep score"
_BEST = 8
_MOST_FILTERED = 12  # values of an axis that can be chosen one by one
_CELL_HEIGHT, _LEAST_HEIGHT, _PARALLEL_HEIGHT = 44, 200, 360
_HEAT_ALT = "Median score in each cell of two settings"
_PARALLEL_ALT = "A line for each point of the sweep through all its settings to its score"
_STYLE = """
<style>
@media (max-width: 639.98px) {
  .st-key-table-best { overflow-x: auto; }
  .st-key-table-best :is(th, td) { white-space: nowrap; }
}
</style>
"""


def show(sweep: Sweep, rows: Sequence[Row]) -> None:
    """All views of the runs that the filters leave."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep choices"):
        score = choose("Judge by", labels(COMPARED), "nll", SCORE)
    shown = _filtered(sweep, rows)
    if not shown:
        st.info("No run has these settings. Remove a filter.", icon=":material/filter_alt_off:")
        return
    _best(sweep, shown, score)
    if len(sweep.axes) > 1:
        left, right = st.columns(2, gap="medium")
        with left:
            _heatmap(sweep, shown, score)
    else:
        right = st.container()
    with right:
        drawing, seen = parallel(sweep, shown, score, scheme())
        put(drawing, "sweep parallel", _PARALLEL_ALT, _PARALLEL_HEIGHT, seen)
    _runs(sweep, shown, rows)


def _filtered(sweep: Sweep, rows: Sequence[Row]) -> list[Row]:
    """The runs whose settings and status are among those that the filters keep."""
    statuses = sorted({row.status for row in rows})
    with st.expander("Filter the runs", icon=":material/filter_alt:"):
        kept: dict[str, list[Any]] = {}
        for path in sweep.axes:
            values = list(dict.fromkeys(point[path] for point in sweep.points))
            if is_number(path):
                values.sort()
            if 1 < len(values) <= _MOST_FILTERED:
                kept[path] = st.multiselect(
                    f"Only with {setting_of(path).label}",
                    values,
                    format_func=partial(value_words, path),
                    placeholder="All",
                    key=f"sweep only {path} {len(values)}",
                )
            elif len(values) > 1 and is_number(path):
                low, high = float(values[0]), float(values[-1])
                ends = st.slider(f"Only with {setting_of(path).label}", low, high, (low, high), key=f"sweep in {path}")
                kept[path] = [value for value in values if ends[0] <= value <= ends[1]]
        only = st.multiselect("Only with status", statuses, placeholder="All", key="sweep statuses")
    points = form.only(sweep, kept)
    return [row for row in rows if row.number % len(sweep.points) in points and (not only or row.status in only)]


def _best(sweep: Sweep, rows: Sequence[Row], score: str) -> None:
    row = COMPARED[score]
    lines = [("Point", f"{row.label}: median and its interval", "Finished")]
    for one in best(sweep, rows, score, _BEST):
        lines.append((one.words or "the base", one.spread.words(row), f"{one.spread.n} of {one.spread.of}"))
    put_table("table best", lines)
    st.caption(termed(METHOD))


def _heatmap(sweep: Sweep, rows: Sequence[Row], score: str) -> None:
    """The median over two axes; of more a person chooses two."""
    words = {path: setting_of(path).label for path in sweep.axes}
    if len(sweep.axes) > 2:
        with st.container(horizontal=True):
            across = st.selectbox("Across", sweep.axes, 0, format_func=words.__getitem__, key="sweep across")
            others = [path for path in sweep.axes if path != across]
            down = st.selectbox("Down", others, 0, format_func=words.__getitem__, key="sweep down")
    else:
        across, down = sweep.axes
    drawing, seen = heatmap(sweep, rows, across, down, score, scheme())
    names = {*drawing.table["down"]}
    height = max(_LEAST_HEIGHT, 80 + _CELL_HEIGHT * len(names))
    put(drawing, "sweep heat map", _HEAT_ALT, height, seen)
    st.caption("Each cell has the median of its runs, over seeds and all other settings. A deeper colour is better.")


def _runs(sweep: Sweep, shown: Sequence[Row], rows: Sequence[Row]) -> None:
    """The table of runs, and the files: of all runs, whatever the filters leave."""
    table = results_table(sweep, shown, in_words=True)
    names = {path: setting_of(path).label for path in sweep.axes}
    scores = {name: row.label for name, row in COMPARED.items()}
    seen = table.drop(columns=["point", "key"]).rename(columns={**names, **scores})
    st.markdown(f"### {len(shown):,} runs")
    put_rows("sweep runs", seen, alt="The runs of the sweep: settings, status, scores, seconds, steps, and a message")
    with st.container(horizontal=True, key="sweep files"):
        stem = f"sweep-{sweep.fingerprint}"
        whole = results_table(sweep, rows)
        download("Results (CSV)", lambda: to_csv(whole), f"{stem}.csv", "text/csv", "sweep csv")
        download("This sweep (TOML)", lambda: to_toml(sweep), f"{stem}.toml", "application/toml", "sweep toml")
