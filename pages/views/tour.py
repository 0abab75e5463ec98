"""What the tour shows: of each step a sentence, a control and a chart, of runs that train as it is opened."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.drawing import Drawing, Style
from core.charts.enlarged import FACTOR, enlarged
from core.charts.of_run.scene import Moment
from core.experiment.experiment import Experiment
from core.experiment.link import write_link
from core.tour.step import Seen, Step
from core.tour.tour_table import LAST, NAMES, QUESTION, STEPS, before_and_after
from pages.shared import run_charts, state, training
from pages.shared.bars import APP, heading
from pages.shared.elements import choose
from pages.shared.film import FILM_HEIGHT, film_control
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.terms import termed
from pages.shared.view import scheme
from pages.views import tour_frame
from pages.views.tour_keys import arrow_keys

_HEIGHT, _CLASS_HEIGHT = 300, 340
_FILM_ROOM = FILM_HEIGHT + 16
_FEW = 4  # values of a control that are all trained ahead


def show() -> None:
    """One script run: the step that the address names."""
    state.note_page()
    query = st.query_params.to_dict()
    name, in_class, remarks = asked_for(query)
    if not remarks:
        st.query_params.from_dict(query)  # a link to this very page leaves the browser's address as it was
    tour_frame.style(in_class)
    with st.container(key="tour"):
        _top(name, in_class, remarks)
        body = st.container()
        _turn(name, in_class)  # before the step, so that a second press of Next never meets the link from before
        arrow_keys()
        with body:
            if name == LAST:
                _own(in_class)
            else:
                _step(STEPS[name], in_class)


def asked_for(query: Mapping[str, str]) -> tuple[str, bool, tuple[str, ...]]:
    """The step that an address asks for, whether in class mode, and what was left out of it, in sentences."""
    remarks = []
    name = query.get("step", NAMES[0])
    if name not in NAMES:
        remarks.append(f"The tour has no step “{name[:40]}”: this is its first one.")
        name = NAMES[0]
    mode = query.get("class", "0")
    if mode not in ("0", "1"):
        remarks.append(f"“class” is 1 or 0, not “{mode[:40]}”: class mode is off.")
    return name, mode == "1", tuple(remarks)


def link_to(name: str, in_class: bool) -> dict[str, str]:
    """The query of a step's link."""
    return {"step": name, "class": "1"} if in_class else {"step": name}


def _top(name: str, in_class: bool, remarks: tuple[str, ...]) -> None:
    where = f"Step {NAMES.index(name) + 1} of {len(STEPS)}" if name in STEPS else "The end of the tour"
    st.caption(f"{QUESTION} · {where}")
    title = STEPS[name].title if name in STEPS else "Now your own"
    st.set_page_config(page_title=f"{title} · {APP}")
    heading(title)
    for remark in remarks:
        st.warning(plain(remark), icon=":material/link_off:")
    if in_class:
        tour_frame.narrow_note()


def _step(step: Step, in_class: bool) -> None:
    """The sentence over the chart, and the questions beside it in class, else below."""
    sentence = st.container(key="tour-sentence")
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
            tour_frame.qr_code(link_to(step.name, False))
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
    drawing = step.draw(seen, Style(scheme(), height / (FACTOR if in_class else 1)))
    if in_class:
        drawing = Drawing(enlarged(drawing.spec), drawing.table)
    run_charts.put(drawing, f"tour chart {step.name}", step.shows, height, said)
    if film is not None:
        film_control(film, seen.run.experiment.training.steps)


def _questions(step: Step, seen: Seen) -> None:
    with st.container(key="tour-questions"):
        for question in step.questions:
            with st.expander(plain(question.ask)):
                st.markdown(termed(plain(question.answer(seen).sentence)))


def _ahead(step: Step) -> tuple[Experiment, ...]:
    """What is trained once this step's runs are there: what the next step begins with, and the few others of this."""
    _, after = before_and_after(step.name)
    ahead = list(STEPS[after].experiments(STEPS[after].control.default)) if after in STEPS else []
    if len(step.control.options) <= _FEW:
        ahead += [each for value in step.control.options for each in step.experiments(value)]
    return tuple(ahead)


def _own(in_class: bool) -> None:
    """The ways on from here."""
    left, right = st.columns([5, 2], gap="large") if in_class else (st.container(), st.container())
    with left, st.container(key="tour-own"):
        st.markdown("You have seen why. Now bring what is yours:")
        for name, label, words in _WAYS_ON:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.page_link(st.session_state.pages[name], label=f"**{label}**", width=230)
                st.markdown(words, width="stretch")
    if in_class:
        with right:
            tour_frame.qr_code(link_to(LAST, False))


_WAYS_ON = (
    ("check", "Check a loss", "Paste the code of your loss and a few numbers: read what it learns and what is wrong."),
    ("data", "Bring a table", "Upload a file: see whether its scatter varies, and train a net on it."),
    ("fit", "Open the Laboratory", "Choose noise, net and loss yourself, and watch it train."),
)


def _turn(name: str, in_class: bool) -> None:
    """Back, the numbers of the steps, Next; and the way into class mode or out of it."""
    before, after = before_and_after(name)
    with st.container(key="tour-turn", horizontal=True, vertical_alignment="center", gap="small"):
        _link("tour-back", "Back", before, name, in_class, icon=":material/arrow_back:")
        with st.container(key="tour-numbers", horizontal=True, gap="xxsmall", width="content"):
            page = st.session_state.pages["tour"]
            for i, (each, step) in enumerate(STEPS.items(), 1):
                words, query = f"Step {i}: {step.title}", link_to(each, in_class)
                st.page_link(page, label=f"{i}", icon="", help=words, disabled=each == name, query_params=query)
        _link("tour-next", "Next", after, name, in_class, icon=":material/arrow_forward:", icon_position="right")
        st.space("stretch")
        words = "Leave class mode" if in_class else "Class mode"
        _link("tour-mode", words, name, name, not in_class, icon=":material/co_present:")


def _link(key: str, label: str, to: str | None, name: str, in_class: bool, **options: Any) -> None:
    page, query = st.session_state.pages["tour"], link_to(to or name, in_class)
    with st.container(key=key, width="content"):
        st.page_link(page, label=label, disabled=to is None, query_params=query, **options)
