"""What the Ask page shows: a short form about a run that was trained elsewhere, and beside it the diagnosis."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.diagnosis.chart_data.loss_data import constant_of
from core.diagnosis.doctor.ask import Answer, answer
from core.diagnosis.doctor.prognosis import sound_and_mistaken
from core.diagnosis.doctor.question import EXAMPLES, FIELDS, question
from core.experiment.link import of_experiment
from core.experiment.settings import InvalidExperiment, to_text
from core.model.losses import LOSSES
from core.words import quantity
from pages.shared import state, view
from pages.shared.copy_link import copy_link
from pages.shared.elements import button, put_table
from pages.shared.plain import plain, unbroken

_NUMBERS = ("ask.value", "ask.std", "ask.variance", "ask.noise")
_DEFAULTS = dict(EXAMPLES[0].values)  # what the bare address opens


def show() -> None:
    """One script run: the form on the left, the answer on the right; on a phone one below the other."""
    state.note_page()
    query = st.query_params.to_dict()
    if "ask_form" not in st.session_state:
        _open_link(query)
    st.subheader("Ask about your run", anchor=False)
    st.markdown("Trained elsewhere? A few numbers are enough to tell whether its loss and its variance make sense.")
    _examples()
    form, diagnosis = st.columns([2, 3], gap="large")
    with form:
        values = _form()
    with diagnosis, st.container(key="diagnosis"):
        if remarks := st.session_state.ask_remarks:
            st.warning("\n\n".join(map(plain, remarks)), icon=":material/link_off:")
        _diagnose(values)
    _write_link(query, values)


def _open_link(query: Mapping[str, str]) -> None:
    """Fill the form from the page's address. Values that cannot be used are named, and the example's are taken.

    The experiment in the address is kept for the pages that show one.
    """
    given: dict[str, Any] = {name: value for name, value in query.items() if not of_experiment(name)}
    remarks: list[str] = []
    if len(given) < len(query):
        remarks += state.keep_link({name: value for name, value in query.items() if name not in given})
    while True:
        try:
            question(given)
            break
        except InvalidExperiment as error:
            remarks += [str(problem) for problem in error.problems]
            given = {name: value for name, value in given.items() if name not in {p.field for p in error.problems}}
            if not error.problems or len(remarks) > len(query):  # the example itself is sound
                given = {}
    read = {name: FIELDS[name].read(value) for name, value in given.items()}
    st.session_state.ask_form, st.session_state.ask_remarks = _DEFAULTS | read, tuple(remarks[:5])


def _write_link(query: Mapping[str, str], values: Mapping[str, Any]) -> None:
    link = {name: "" if value is None else to_text(value) for name, value in values.items() if value != _DEFAULTS[name]}
    if query != link:
        st.query_params.from_dict(link)


def _examples() -> None:
    with st.container(horizontal=True, gap="xsmall", key="examples"):
        for i, example in enumerate(EXAMPLES):
            button(example.label, f"example {i}", _fill, example.values)
        copy_link()


def _fill(values: Mapping[str, Any]) -> None:
    st.session_state.ask_form, st.session_state.ask_remarks = dict(values), ()
    for name, value in values.items():
        st.session_state[name] = value


def _form() -> dict[str, Any]:
    """Draw the controls and return their values. A control that is not drawn keeps its value."""
    asked = st.session_state.ask_form
    for name, value in asked.items():
        st.session_state.setdefault(name, value)
    options = [*(name for name in sound_and_mistaken() if name != "typed"), "typed"]
    field = FIELDS["ask.loss"]
    st.selectbox(field.label, options, key="ask.loss", format_func=_loss_label, help=field.help)
    row = LOSSES[st.session_state["ask.loss"]]
    if row.name == "typed":
        st.text_input(FIELDS["ask.formula"].label, key="ask.formula", help=FIELDS["ask.formula"].help)
    else:
        st.latex(row.latex)
    _number("ask.value")
    constant = constant_of(row)
    if constant is not None:
        st.toggle(f"My loss includes {constant[0]}", key="ask.constant", help=FIELDS["ask.constant"].help)
    for name in _NUMBERS[1:]:
        _number(name)
    held = {name: st.session_state.get(name, asked[name]) for name in FIELDS}
    st.session_state.ask_form = held
    return held | ({} if constant is not None else {"ask.constant": False})


def _number(name: str) -> None:
    # Any number may be typed: if it cannot be used, a sentence says why.
    held = st.session_state[name]  # given in both ways: see controls.control
    st.number_input(FIELDS[name].label, key=name, value=held, format="%g", help=FIELDS[name].help)


def _loss_label(name: str) -> str:
    row = LOSSES[name]
    return "Type a formula" if name == "typed" else f"{row.label} (a mistake)" if row.mistake else row.label


def _diagnose(values: Mapping[str, Any]) -> None:
    try:
        asked = question(values)
    except InvalidExperiment as error:
        for problem in error.problems:
            st.error(f"{FIELDS[problem.field].label}: {plain(str(problem))}", icon=":material/edit:")
        return
    found = answer(asked)
    st.markdown("\n\n".join([f"### {view.ICONS[found.kind]} {found.headline}", *map(unbroken, found.sentences)]))
    if found.readings:
        _readings(found)
    st.markdown("**What was meant, to copy**" if found.was_meant else "**To copy**")
    st.code(found.code, language="python")


def _readings(found: Answer) -> None:
    lines = [("Your variance, if it is", "means a std of", "over the σ of the loss")]
    for row in found.readings:
        words = f"{row.reading} :small[(what exp(s) learns)]" if row.is_learnt else row.reading
        ratio = "–" if row.ratio is None else quantity(row.ratio)
        sign = " :green[:material/check:]" if row.agrees else ""
        lines.append((words.replace("|", r"\|"), quantity(row.std), f"{ratio}{sign}"))
    put_table("readings", lines, escape=False)
