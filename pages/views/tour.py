"""What the tour shows: of each step a sentence, a control and a chart, of runs that train as it is opened."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.charts.drawing import Style
from core.charts.of_run.scene import Moment
from core.experiment.experiment import Experiment
from core.tour.step import Seen, Step
from core.tour.tour_table import LAST, NAMES, QUESTION, STEPS, before_and_after
from pages.shared import run_charts, state, training
from pages.shared.bars import heading
from pages.shared.elements import choose
from pages.shared.film import film_control
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.view import scheme
from pages.views import tour_class
from pages.views.tour_keys import arrow_keys

_HEIGHT = 400


def show() -> None:
    """One script run: the step that the address names."""
    state.note_page()
    name, in_class, remarks = asked_for(st.query_params.to_dict())
    if in_class:
        tour_class.frame()
    with st.container(key="tour"):
        _top(name, in_class, remarks)
        if name == LAST:
            _own()
        else:
            _step(STEPS[name], in_class)
        _turn(name, in_class)
    arrow_keys()


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
    steps = len(STEPS)
    where = f"Step {NAMES.index(name) + 1} of {steps}" if name in STEPS else "The end"
    st.caption(f"{QUESTION} · {where}")
    title = STEPS[name].title if name in STEPS else "Now your own"
    heading(title)
    for remark in remarks:
        st.warning(plain(remark), icon=":material/link_off:")


def _value(step: Step) -> Any:
    control = step.control
    if control.kind == "choose":
        return choose(control.label, control.options, control.default, f"tour {step.name}")
    if control.kind == "slide":
        words = control.options.__getitem__
        return st.select_slider(control.label, tuple(control.options), control.default, words, f"tour {step.name}")
    return control.default


def _step(step: Step, in_class: bool) -> None:
    sentence = st.container(key="tour-sentence")
    chart, side = st.columns([3, 1], gap="large") if in_class else (st.container(), st.container())
    with side if in_class else chart:
        value = _value(step)
    experiments = step.experiments(value)
    with chart, training.obtain(experiments, name="tour training", beside=_ahead(step)) as runs:
        found = tuple(run for run in runs if run is not None and run.has_curve)
        if len(found) == len(experiments):
            seen = Seen(value, found)
            _shown(step, seen, sentence)
            with side:
                _questions(step, seen)
    _prefetch(step, experiments)


def _shown(step: Step, seen: Seen, sentence: Any) -> None:
    said = step.said(seen).sentence
    sentence.markdown(said)
    run_charts.put(
        step.draw(seen, Style(scheme(), _HEIGHT)), f"tour chart {step.name}", f"{step.shows}. {said}", _HEIGHT
    )
    if step.control.kind == "film" and (film := Moment.of_run(seen.run).film) is not None:
        film_control(film, seen.run.experiment.training.steps)


def _questions(step: Step, seen: Seen) -> None:
    with st.container(key="tour-questions"):
        for question in step.questions:
            with st.expander(question.ask):
                st.markdown(question.answer(seen).sentence)


def _ahead(step: Step) -> tuple[Experiment, ...]:
    """What the next step trains first."""
    _, after = before_and_after(step.name)
    return STEPS[after].experiments(STEPS[after].control.default) if after in STEPS else ()


def _prefetch(step: Step, shown: tuple[Experiment, ...]) -> None:
    """Train the next step's runs once this step's are there, so that it stands at once."""
    lab = laboratory()
    if all(lab.find(each) is not None for each in shown):
        training.begin(lab, _ahead(step), shown)


def _own() -> None:
    st.markdown("You have seen why. Now bring your own loss, your own table, or another experiment.")


def _turn(name: str, in_class: bool) -> None:
    before, after = before_and_after(name)
    page = st.session_state.pages["tour"]
    with st.container(key="tour-turn", horizontal=True, vertical_alignment="center"):
        for key, label, to, icon in (
            ("tour-back", "Back", before, ":material/arrow_back:"),
            ("tour-next", "Next", after, ":material/arrow_forward:"),
        ):
            with st.container(key=key, width="content"):
                st.page_link(
                    page, label=label, icon=icon, disabled=to is None, query_params=link_to(to or name, in_class)
                )
        mode = "Leave class mode" if in_class else "Class mode"
        with st.container(key="tour-mode", width="content"):
            st.page_link(page, label=mode, icon=":material/co_present:", query_params=link_to(name, not in_class))
