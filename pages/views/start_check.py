"""Check mine, on the Start page: a box for the loss and three numbers, and the answer beneath."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import warm_up

if TYPE_CHECKING:
    from core.diagnosis.loss_check.given import Given

_CODE, _ASKED = "start code", "start asked"
_PLACEHOLDER = "loss = (0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s).mean()"
_NUMBERS = {
    "value": ("Loss value", "−0.38", "What your code prints. If you can, of points it was not trained on."),
    "std_y": (
        "Std of y",
        "0.83",
        "The standard deviation of y, in the unit in which the loss is computed: 1 if you standardise y.",
    ),
    "variance": ("Predicted variance", "0.16", "A typical value of what your code calls the variance."),
}
# The first of the examples of Check a loss, which takes seconds to import: a test holds that it is the same.
EXAMPLE = {
    "code": "m, s = model(x)\nloss = 1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()",
    "value": "-0.38",
    "std_y": "0.83",
    "variance": "0.16",
}
_WITHOUT_CODE = "loss = 0.5*log(var) + 0.5*(y - mean)**2/var"  # the loss that is taken where numbers are all there is
_CODE_HEIGHT = 120


def draw() -> None:
    """The box, the numbers, and the answer to what was asked last."""
    asked: dict[str, str] = st.session_state.setdefault(_ASKED, {})
    for name in ("code", *_NUMBERS):  # another page has dropped what the controls held
        st.session_state.setdefault(_key(name), asked.get(name, ""))
    st.markdown("## Check mine")
    with st.form("start form", border=False):
        st.text_area("Your loss, as code or as a formula", key=_CODE, height=_CODE_HEIGHT, placeholder=_PLACEHOLDER)
        with st.container(key="start-numbers"):
            for place, (name, (label, example, words)) in zip(
                st.columns(3, gap="small"), _NUMBERS.items(), strict=True
            ):
                place.text_input(label, key=_key(name), placeholder=example, help=words)
        with st.container(horizontal=True, gap="xsmall"):
            st.form_submit_button("Check it", type="primary", icon=":material/fact_check:", on_click=_ask)
            st.form_submit_button("Try an example", icon=":material/edit_note:", on_click=_fill)
    st.caption(
        "Code of PyTorch, TensorFlow, Keras, JAX or NumPy, or LaTeX. It is read, never run. Numbers may stay empty."
    )
    if asked:
        with st.container(key="start-answer"):
            _answer(asked)


def _key(name: str) -> str:
    return f"start {name}"


def _fill() -> None:
    """The example, into the box and the numbers, and its answer at once."""
    for name, value in EXAMPLE.items():
        st.session_state[_key(name)] = value
    _ask()


def _ask() -> None:
    st.session_state[_ASKED] = {name: st.session_state[_key(name)].strip() for name in ("code", *_NUMBERS)}


def plain_number(text: str) -> str:
    """A number as Python writes it: with a point for a decimal comma, and without marks between thousands."""
    bare = re.sub(r"[\s\u00a0\u202f'’_]", "", text).replace("−", "-").replace("–", "-")
    last = max(bare.rfind(","), bare.rfind("."))
    if "," not in bare or last < 0:
        return bare
    is_decimal = bare[last] == "." or bare.count(",") == 1
    head, tail = re.sub(r"[,.]", "", bare[:last]), bare[last + 1 :]
    return f"{head}.{tail}" if is_decimal else re.sub(",", "", bare)


def _answer(asked: dict[str, str]) -> None:
    if not any(asked.values()):
        st.info("Paste your loss or type a number first. “Try an example” fills in one.", icon=":material/edit:")
        return
    warm_up.wait(st.empty())
    given = _given(asked)
    if given is not None:
        _draw(given)


def _given(asked: dict[str, str]) -> "Given | None":
    """What is asked, checked; None where a number cannot be used, which is said."""
    from core.diagnosis.loss_check.given import FIELDS, PREFIX, given_of
    from core.experiment.settings import InvalidExperiment
    from pages.shared.plain import plain

    numbers = {name: plain_number(asked[name]) for name in _NUMBERS}
    if told := [f"{_NUMBERS[name][0]} {n}" for name, n in numbers.items() if "," in asked[name]]:
        st.caption(plain(f"The comma was read as a decimal point: {', '.join(told)}."))
    if not asked["code"]:
        st.caption(f"No code was given. This takes the Gaussian loss: `{_WITHOUT_CODE}`.")
    try:
        return given_of({"code": asked["code"] or _WITHOUT_CODE, **numbers})
    except InvalidExperiment as error:
        for problem in error.problems:
            label = FIELDS[problem.field.removeprefix(PREFIX)].label
            st.error(plain(str(replace(problem, field=label))), icon=":material/edit:")
        return None


def _draw(given: "Given") -> None:
    from core.diagnosis.loss_check.check import check
    from pages.shared import view
    from pages.shared.plain import plain
    from pages.views import check_evidence

    found = check(given)
    st.markdown(f"### {view.ICONS[found.kind]} {found.headline}")
    if found.problem:
        st.error(plain(found.problem), icon=":material/code_off:")
    check_evidence.say(found.sentence, *found.words["numbers"][:2])
    check_evidence.corrected_lines(found)
    if st.button("Open the full check", key="start full", icon=":material/open_in_full:"):
        from core.diagnosis.loss_check.given import to_link
        from pages.views.check import fill

        fill(given)
        st.switch_page(st.session_state.pages["check"], query_params=to_link(given))
