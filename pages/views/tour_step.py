"""What a step of the tour shows: its sentence, control, chart and questions, of runs that train as it is opened."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.drawing import Drawing, Style
from core.charts.enlarged import FACTOR, enlarged
from core.charts.of_run.scene import Moment
from core.experiment.experiment import Experiment
from core.experiment.link import write_link
from core.tour.contents import before_and_after
from core.tour.step import Seen, Step
from core.tour.tour_table import STEPS
from pages.shared import run_charts, training
from pages.shared.elements import choose
from pages.shared.film import FILM_HEIGHT, film_control
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.terms import termed
from pages.shared.view import scheme
from pages.views import tour_frame

_HEIGHT, _CLASS_HEIGHT = 300, 340
_FILM_ROOM = FILM_HEIGHT + 16
_FEW = 4  # values of a control that are all trained ahead


def show(name: str, in_class: bool) -> None:
    """The sentence over the chart, and the questions beside it in class, else below."""
    step, sentence = STEPS[name], st.container(key="tour-sentence")
    left, right = st.columns([5, 2], gap="large") if in_class else (st.container(), st.container())
    with left:
        value = _value(step)
        experiments = step.experiments(value)
        with training.obtain(experiments, name="tour training", beside=_ahead(step)) as runs:
            found = tuple(run for run in runs if run is not None and run.has_curve)
            seen = Seen(value, found) if len(found) == len(experiments) else None
            if seen is not None:
                _shown(step, seen, sentence, in_class)
            else:
                st.space(_CLASS_HEIGHT if in_class else _HEIGHT)  # so that nothing jumps as the run ends
    with right:
        if seen is not None:
            _questions(step, seen)
            if not in_class:
                link = write_link(seen.run.experiment)
                st.page_link(st.session_state.pages["fit"], label="Open this run in the Laboratory", query_params=link)
        if in_class:
            tour_frame.qr_code(tour_frame.link_to(name, False))
    if all(laboratory().find(each) is not None for each in experiments):
        training.begin(laboratory(), _ahead(step), experiments)


def _value(step: Step) -> Any:
    control, key = step.control, f"tour {step.name}"
    if control.kind == "choose":
        return choose(control.label, control.options, control.default, key)
    if control.kind == "slide":
        words = control.options.__getitem__
        return st.select_slider(control.label, tuple(control.options), control.default, words, key)
    return control.default


def _shown(step: Step, seen: Seen, sentence: DeltaGenerator, in_class: bool) -> None:
    said, film = step.said(seen).sentence, Moment.of_run(seen.run).film if step.control.kind == "film" else None
    sentence.markdown(termed(plain(said)))
    height = (_CLASS_HEIGHT if in_class else _HEIGHT) - (0 if film is None else _FILM_ROOM)
    # Letters that are drawn larger need as much more room in the chart's own measure.
    style = Style(scheme(), height / (FACTOR if in_class else 1))
    moves, stays = (st.container(), None) if step.stays is None else st.columns(2)
    with moves:
        _put(step.draw(seen, style), f"tour chart {step.name}", step.shows, height, said, in_class)
    if film is not None:
        film_control(film, seen.run.experiment.training.steps)
    if step.stays is not None and stays is not None:
        draw, shows = step.stays
        with stays:
            _put(draw(seen, style), f"tour fit {step.name}", shows, height, "", in_class)


def _put(drawing: Drawing, key: str, shows: str, height: int, said: str, in_class: bool) -> None:
    if in_class:
        drawing = Drawing(enlarged(drawing.spec), drawing.table)
    run_charts.put(drawing, key, shows, height, said)


def _questions(step: Step, seen: Seen) -> None:
    with st.container(key="tour-questions"):
        for question in step.questions:
            with st.expander(plain(question.ask)):
                st.markdown(termed(plain(question.answer(seen).sentence)))


def _ahead(step: Step) -> tuple[Experiment, ...]:
    """What is trained once this step's runs are there: what the next step begins with, and the few others of this."""
    _, after = before_and_after(step.name)
    following = STEPS.get(after or "")
    ahead = [] if following is None else list(following.experiments(following.control.default))
    if len(step.control.options) <= _FEW:
        ahead += [each for value in step.control.options for each in step.experiments(value)]
    return tuple(ahead)
