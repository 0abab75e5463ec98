"""What the page Check a loss shows: what a person brings on the left, the answer and its evidence on the right."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.diagnosis.loss_check.check import Checked, asks_for_points, check, given_of_record, names_to_choose
from core.diagnosis.loss_check.examples import EXAMPLES
from core.diagnosis.loss_check.given import FIELDS, LONGEST_IN_LINK, NUMBERS, PREFIX, Given, given_of, to_link
from core.diagnosis.loss_check.old_links import code_of
from core.experiment.link import of_experiment
from core.experiment.settings import InvalidExperiment
from core.model.losses import LOSSES, sound_and_mistaken
from pages.shared import state, view
from pages.shared.copy_link import copy_link
from pages.shared.elements import button
from pages.shared.plain import plain
from pages.shared.viewport import is_phone
from pages.views import check_evidence, check_files

_CODE_HEIGHT = 190
_FROM_TABLE = "check table"


def show() -> None:
    """One script run: the form and the answer, which a phone has right below the code."""
    query = st.query_params.to_dict()
    _keep_experiment(query)
    if "check_given" not in st.session_state:
        _open_link(query)
    if (brought := check_files.brought()) is not None and brought.code.strip():
        _fill_form(given_of_record(brought))
    st.markdown(
        "Paste the code of your loss. It is read and never run. Add numbers, a log or predictions if you have them."
    )
    _examples()
    phone = is_phone()
    form, answer = st.columns([2, 3], gap="large")
    with form:
        given, below_code = _form()
    with answer, st.container(key="diagnosis"):
        if remarks := st.session_state.get("check_remarks", ()):
            st.warning("\n\n".join(map(plain, remarks)), icon=":material/link_off:")
        if given is not None:
            _answer(given, below_code if phone else None)
    if given is not None:
        _write_link(query, given)


def _keep_experiment(query: Mapping[str, str]) -> None:
    """The experiment of the address or of the window goes along to the other pages; a button may open one now."""
    if "experiment" not in st.session_state:
        st.session_state.check_remarks = state.keep_link({name: v for name, v in query.items() if of_experiment(name)})
    state.note_page()
    if "going" in st.session_state:
        state.current_experiment(with_data=False)


def _open_link(query: Mapping[str, str]) -> None:
    """Fill the form from the address: values that cannot be used are named, and a bare one opens the first example."""
    told = {name: value for name, value in query.items() if not of_experiment(name)}
    remarks = list(st.session_state.get("check_remarks", ()))
    given = EXAMPLES[0].given if not told else Given()
    while told:
        try:
            given = given_of(told)
            break
        except InvalidExperiment as error:
            remarks += [str(problem) for problem in error.problems]
            wrong = {problem.field for problem in error.problems}
            told = {name: value for name, value in told.items() if not {name, f"{PREFIX}{name}"} & wrong}
    st.session_state.check_given, st.session_state.check_remarks = given, tuple(remarks[:5])


def _write_link(query: Mapping[str, str], given: Given) -> None:
    link = {} if given == EXAMPLES[0].given else to_link(given)
    if query != link:
        st.query_params.from_dict(link)


def _examples() -> None:
    with st.container(horizontal=True, gap="xsmall", key="examples"):
        for i, example in enumerate(EXAMPLES):
            button(example.label, f"example {i}", fill, example.given)
        copy_link()


def fill(given: Given) -> None:
    """Put this into the form, and put files away: a button's `on_click`."""
    _fill_form(given)
    check_files.forget()


def _fill_form(given: Given) -> None:
    held = st.session_state
    held.check_given, held.check_remarks = given, ()
    for name in FIELDS:
        held.pop(_key(name), None)


def _key(name: str) -> str:
    return f"{PREFIX}{name}"


def _form() -> tuple[Given | None, DeltaGenerator]:
    """Draw the controls and return what they hold; None where a value cannot be used, which is said.

    With it comes the place right below the code.
    """
    held: Given = st.session_state.check_given
    for name in ("code", *NUMBERS):
        st.session_state.setdefault(_key(name), getattr(held, name))
    field = FIELDS["code"]
    st.text_area(field.label, key=_key("code"), height=_CODE_HEIGHT, help=field.help, on_change=_forget_roles)
    below_code = st.container(key="check-verdict")
    if len(st.session_state[_key("code")]) > LONGEST_IN_LINK:
        st.caption(f"Longer than {LONGEST_IN_LINK:,} characters: the link of this page does not contain the code.")
    options = [name for name in sound_and_mistaken() if name != "typed"]
    st.selectbox(
        "Or choose a known loss",
        options,
        index=None,
        key=_FROM_TABLE,
        format_func=_loss_label,
        on_change=_from_table,
        placeholder="Losses and common mistakes",
    )
    with st.expander("Numbers of a run", icon=":material/pin:", expanded=_any(held, NUMBERS), key="numbers"):
        _numbers(held)
    check_files.log_box()
    check_files.predictions_box()
    values: dict[str, Any] = {name: st.session_state.get(_key(name), getattr(held, name)) for name in FIELDS}
    values |= {"roles": held.roles, "function": held.function, "quantity": held.quantity}
    try:
        given = given_of(values)
    except InvalidExperiment as error:
        for problem in error.problems:
            label = FIELDS[problem.field.removeprefix(PREFIX)].label
            st.error(plain(str(replace(problem, field=label))), icon=":material/edit:")
        return None, below_code
    st.session_state.check_given = given
    return given, below_code


def _any(given: Given, names: tuple[str, ...]) -> bool:
    return any(getattr(given, name) is not None for name in names)


def _numbers(held: Given) -> None:
    """The fields of numbers, with what the code leaves open beside them."""
    given = held.with_values(code=st.session_state[_key("code")])
    left, right = st.columns(2)
    for i, name in enumerate(name for name in NUMBERS if name != "points" or asks_for_points(given)):
        field, key = FIELDS[name], _key(name)
        with (left, right)[i % 2]:
            value = st.session_state[key]
            st.number_input(field.label, key=key, value=value, format="%g", help=field.help)
    if st.session_state[_key("variance")] is not None and (names := names_to_choose(given)):
        field, options = FIELDS["quantity"], ["", *names]
        chosen = held.quantity if held.quantity in options else ""
        st.session_state[_key("quantity")] = chosen
        st.selectbox(
            field.label,
            options,
            key=_key("quantity"),
            format_func=lambda name: name or "what I call the variance",
            help=field.help,
            on_change=_take_quantity,
        )


def _take_quantity() -> None:
    st.session_state.check_given = st.session_state.check_given.with_values(quantity=st.session_state[_key("quantity")])


def _forget_roles() -> None:
    """Other code has other names, and the numbers of an example are not its own."""
    given: Given = st.session_state.check_given
    st.session_state.check_given = given.with_values(roles=(), function="", quantity="")
    if any(given == example.given for example in EXAMPLES):  # its numbers are not those of the code that is pasted
        for name in NUMBERS:
            st.session_state[_key(name)] = None


def _from_table() -> None:
    if (name := st.session_state[_FROM_TABLE]) in LOSSES:
        fill(Given(code=code_of(LOSSES[name])))
        st.session_state[_FROM_TABLE] = None


def _loss_label(name: str) -> str:
    row = LOSSES[name]
    return f"{row.label} (a mistake)" if row.mistake else row.label


def _answer(given: Given, apart: DeltaGenerator | None) -> None:
    """The answer and its evidence; `apart` is a place of its own for the answer, so that it is on the first screen."""
    found: Checked = check(given, check_files.log(), check_files.predictions())
    with apart or st.container():
        st.header(f"{view.ICONS[found.kind]} {found.headline}", anchor=False)
        check_evidence.answer(found)
    check_evidence.draw(found)
