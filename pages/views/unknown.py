"""What the page What it does not know shows: each way's noise and ignorance on points with a gap, and what it costs."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.palette import PALETTES
from core.experiment.experiment import Experiment
from core.ignorance import shown
from core.ignorance.by_n import OfSize, by_n, experiments_by_n
from core.ignorance.finding import Answers, finding, finding_by_n
from core.ignorance.measured import Measured, all_experiments, answers
from core.ignorance.places import Places, has_gap, with_gap
from core.ignorance.ways import WAYS, Way
from core.training.cost import QUICK_S, estimated_seconds
from core.training.run import Run
from pages.shared import state, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import button, put_table
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.terms import termed
from pages.shared.training import obtain

HEIGHT, PARTS_HEIGHT = 184, 112
SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200)
COLUMNS = 3
_POINTS = "unknown points"
_NO_GAP = "Your data have no gap, so this page shows the preset “A gap in the data”."
_ALT = "Mean, noise and ignorance over x, with the points, the true mean and the shaded gap: {}"
_ALT_PARTS = "Standard deviation of noise and of ignorance over x: {}"
_ALT_BY_N = "Noise and ignorance of five members over the number of points they are trained on"


def show() -> None:
    """One script run: the answer, the ways side by side, what more points change, and the tables."""
    experiment = state.current_experiment()
    sidebar(experiment)
    base = with_gap(experiment)
    places, top = Places.of(base), st.container(key="unknown top")
    ways, sizes = all_experiments(base), experiments_by_n(base)
    others = [each for each in sizes if each not in ways]
    with obtain(ways, name="ways", beside=sizes, unasked=_quick(ways)) as runs:
        with view.told_where_long(base.data.n, "Computing each method…"):
            found = answers(base, _by_key(runs))
        with top:
            view.headline(finding(found), ("unknown", f"{next(iter(WAYS))}-chart"))
            _controls(experiment, base)
        last = _charts(found, base, places)
        with obtain(sizes, name="sizes", beside=ways, unasked=_quick(others)) as sized:
            grown = by_n(base, _by_key(sized))
            with last:
                _by_n(grown)
            _tables(found, grown)


def _quick(experiments: Sequence[Experiment]) -> bool:
    return sum(map(estimated_seconds, experiments)) <= QUICK_S


def _by_key(runs: Sequence[Run | None]) -> dict[str, Run]:
    return {run.key: run for run in runs if run is not None}


def _controls(experiment: Experiment, base: Experiment) -> None:
    options = sorted({*SIZES, base.data.n})
    st.session_state[_POINTS] = base.data.n
    with st.container(horizontal=True, vertical_alignment="bottom", key="unknown controls"):
        words = "How many points the networks are trained on."
        st.select_slider(
            "Points", options, base.data.n, format_func="{:,}".format, key=_POINTS, help=words, width=320,
            on_change=_resize, args=(base,),
        )  # fmt: skip
        if not has_gap(experiment):
            button("Open in the sidebar", "unknown open", state.open_kept, base, icon=":material/tune:")
        copy_link()
        if not has_gap(experiment):
            st.caption(_NO_GAP, width="content")
    st.html(_legend())


def _resize(base: Experiment) -> None:
    state.open_kept(base.with_settings({"data.n": st.session_state[_POINTS]}))


def _legend() -> str:
    colours = PALETTES[view.scheme()]
    entries = {
        "noise (aleatoric), ± 2 std": colours["prediction"],
        "ignorance (epistemic) around it": colours["epistemic"],
        "gap: no points there": colours["muted"],
    }
    squares = (f'<span style="color:{colour}">&#9632;</span> {words}' for words, colour in entries.items())
    return f'<div style="font-size:0.875rem">{" &emsp; ".join(squares)} &emsp; – – truth</div>'


def _charts(found: Answers, base: Experiment, places: Places) -> DeltaGenerator:
    """A chart for each way, three beside each other; returns the cell after the last."""
    columns: list[DeltaGenerator] = []
    for i, way in enumerate(WAYS.values()):
        if i % COLUMNS == 0:
            columns = st.columns(COLUMNS, gap="small")
        with columns[i % COLUMNS]:
            _chart(way, found.get(way.name), base, places)
    after = len(WAYS) % COLUMNS
    return columns[after] if after else st.container()


def _chart(way: Way, answer: Measured | str | None, base: Experiment, places: Places) -> None:
    if isinstance(answer, Measured):
        charts = shown.charts(answer, base, places, view.scheme())
        put(charts.bands, f"{way.name} chart", _ALT.format(way.label), HEIGHT, shown.bands_seen(answer))
        put(charts.parts, f"{way.name} parts", _ALT_PARTS.format(way.label), PARTS_HEIGHT, shown.parts_seen(answer))
        st.caption(shown.covered_words(answer))
    else:
        st.markdown(f"**{shown.title(way)}**")
        st.caption(plain(answer or "Waiting for its training."))


def _by_n(grown: Sequence[OfSize]) -> None:
    if (drawing := shown.chart_by_n(grown, view.scheme())) is not None:
        put(drawing, "by n chart", _ALT_BY_N, HEIGHT + PARTS_HEIGHT, finding_by_n(grown))
        st.caption(f"{finding_by_n(grown)} Dotted: the ignorance in the gap.")


def _tables(found: Answers, grown: Sequence[OfSize]) -> None:
    put_table("table unknown", shown.table_of_ways(found))
    words = (
        "Coverage is the share of new points inside the 95 % intervals, computed from the true noise. Noise "
        "(aleatoric) and ignorance (epistemic) are standard deviations in the unit of y: roots of mean variances."
    )
    st.caption(termed(words))
    put_table("table costs", shown.table_of_costs(found))
    if grown:
        st.markdown("### With more points: what shrinks and what stays")
        put_table("table by n", shown.table_by_n(grown))
        words = f"{finding_by_n(grown)} Five members, as in table 3 of Kendall & Gal 2017, arXiv:1703.04977."
        st.caption(termed(words.strip()))
