"""Charts of a run on a page: rows of `core.charts.of_run.chart_table`, each drawn with a key that stays.

A chart's specification stays while its rows change, so that nothing flickers.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

import streamlit as st
from altair.utils import schemapi

from core.charts.drawing import Drawing, Style
from core.charts.of_run.chart import Chart
from core.charts.of_run.chart_table import CHARTS, charts_at
from core.charts.of_run.scene import Moment, Shown, scene
from core.charts.rows import arrow_of
from core.experiment.experiment import Experiment
from core.training.run import Run
from core.words import without_markdown
from pages.shared.accessible import tell_chart
from pages.shared.film import FILM_HEIGHT, film_control
from pages.shared.plain import plain
from pages.shared.script_run import note_picture
from pages.shared.view import scheme

# Heights of the charts by their names, in the order in which they stand.
LEFT = MappingProxyType({"fit": 246, "spread": 128, "observed": 410})
STACKED = MappingProxyType({"fit": 204, "spread": 116, "observed": 204, "loss": 190})
IN_NEW_UNIT = MappingProxyType({"fit": 208, "spread": 122, "observed": 208})
REST_HEIGHT = 330

S = TypeVar("S")

# Tests compare all specifications with the schema. To check each piece again makes the first chart a quarter later.
schemapi.disable_debug_mode()


def draw(row: Chart[S], shown: S, height: int, key: str = "", alt: str = "") -> None:
    """A chart of the table; `key` tells two of a kind apart."""
    drawing = row.draw(shown, Style(scheme(), height))
    put(drawing, key or f"{row.name} chart", alt or row.alt, height, row.told(shown))


def put(drawing: Drawing, key: str, alt: str, height: int, seen: str = "") -> None:
    """Any chart with its rows: `alt` is what it draws, `seen` what is seen on it, in sentences with numbers.

    Streamlit makes a chart anew where `alt` changes, so `alt` stays and what is seen goes beside it.
    """
    st.vega_lite_chart(arrow_of(drawing.table), drawing.spec, theme=None, key=key, height=height, alt=alt)
    if seen:
        tell_chart(f"{alt}. {without_markdown(seen)}")


def put_each(heights: Mapping[str, int], shown: Shown, prefix: str = "") -> None:
    """Those of the named charts that apply, below each other; `prefix` tells them from others on the page."""
    for name, height in heights.items():
        if CHARTS[name].applies(shown):
            draw(CHARTS[name], shown, height, f"{prefix}{name} chart")


def charts(experiment: Experiment, moment: Moment, previous: Moment | None) -> None:
    """Fit above spread, the loss beside them, with the film of a run that has one."""
    shown = Shown(experiment, moment, scene(experiment), previous)
    with st.container(key="charts"):  # by which the style puts other things between them on a phone
        left, right = st.columns([5, 4], gap="medium")
    with left:
        for row in charts_at("fit/left"):
            if row.applies(shown):
                draw(row, shown, LEFT.get(row.name, LEFT["fit"]))
    with right:
        room_for_film = FILM_HEIGHT if shown.data.inputs == 1 else 0
        draw(CHARTS["loss"], shown, LEFT["fit"] + LEFT["spread"] - room_for_film)
        if moment.film is not None:
            film_control(moment.film, experiment.training.steps)
    note_picture()


def rest(page: str, run: Run) -> None:
    """The charts of a page that have no place of their own there."""
    for row in charts_at(page):
        try:
            shown = row.of_run(run)
            if row.applies(shown):
                st.markdown(f"### {plain(row.label)}")
                draw(row, shown, REST_HEIGHT)
        except ValueError as reason:
            st.info(plain(str(reason)), icon=":material/info:")
