"""What stands under the headline of Check a loss: sentences, the corrected lines, and the evidence for them."""

from collections.abc import Sequence

import streamlit as st

from core.charts.drawing import Style
from core.charts.of_log import log_drawings, log_seen
from core.charts.of_run.anatomy_charts import curve
from core.diagnosis.chart_data.point_data import curve_seen
from core.diagnosis.loss_check.as_experiment import settings_of
from core.diagnosis.loss_check.check import Checked
from core.diagnosis.loss_check.corrected import Corrected
from core.diagnosis.loss_check.loss_courses import courses_of
from core.loss_code.loss_code import ROLES, LossCode, Role
from core.words import quantity
from pages.shared import state, view
from pages.shared.elements import button, put_table
from pages.shared.plain import plain, unbroken
from pages.shared.run_charts import put
from pages.shared.terms import termed

_HEIGHT = 230
_COLUMNS, _MOST_ROLES = 3, 12


def answer(found: Checked) -> None:
    """The reason for the answer, in sentences."""
    if found.problem:
        st.error(plain(found.problem), icon=":material/code_off:")
        _unread(found)
    say(found.sentence, *found.words["numbers"])


def draw(found: Checked) -> None:
    """What follows the answer: the lines, and then what they rest on."""
    corrected_lines(found)
    _to_fit(found)
    _code_section(found)
    _numbers_section(found)
    _log_section(found)
    _predictions_section(found)


def say(*sentences: str) -> None:
    """Sentences as paragraphs; empty ones are left out."""
    if text := "\n\n".join(unbroken(words) for words in sentences if words):
        st.markdown(termed(text))


def corrected_lines(found: Checked) -> None:
    """The person's own lines, corrected; of a sound loss the line that reads its std."""
    if found.code is None:
        return
    with st.spinner("Looking for the smallest change that makes it right…"):
        lines = found.lines
    if lines is None:
        return
    title, code, reasons = _lines_of(lines, is_right=found.meaning is not None and found.meaning.kind == "good")
    st.markdown(f"**{title}**")
    for reason in reasons:
        st.caption(plain(reason))
    st.code(code, language="latex" if found.code is not None and found.code.language == "latex" else "python")


def _lines_of(lines: Corrected, *, is_right: bool) -> tuple[str, str, list[str]]:
    """A title, what to copy, and the reasons."""
    has_std = [lines.std_line] if lines.std_line else []
    reasons = [change.reason for change in lines.changes]
    if lines.std_before:
        reasons.append(f"For the network that is already trained: {lines.std_before}")
    if lines.changes:
        return "Your lines, corrected", "\n".join([lines.text.rstrip(), *has_std]), reasons
    if lines.is_sound:
        return "Nothing to change" if is_right else "How to read its std", "\n".join(has_std) or lines.text, reasons
    reasons.append("No small change makes this loss right. This is a sound loss with your names.")
    return "A sound loss to use instead", lines.sound_loss or lines.text, reasons


def _to_fit(found: Checked) -> None:
    """A button that trains a network with this loss."""
    settings = None if found.meaning is None else settings_of(found.meaning)
    if settings is not None:
        words = "On the Fit page, with simulated data whose truth is known."
        button("Train a network with it", "to fit", state.go, "fit", settings, icon=":material/show_chart:", help=words)


def _code_section(found: Checked) -> None:
    if found.code is None:
        return
    st.markdown("**Your code**")
    say(*found.words["code"])
    _roles(found.code)
    _quantities(found)
    _curves(found)


def _unread(found: Checked) -> None:
    """What would let the code be read: which function it is, and what its unknown names are."""
    if found.functions:
        st.selectbox("The loss is", found.functions, index=None, key="check function", on_change=_choose_function)
    chosen = dict(found.given.roles)
    unknown = [Role(name, "") for name in found.names[:_MOST_ROLES] if name not in chosen]
    _controls([*unknown, *(_as_chosen(name, said) for name, said in found.given.roles)])


def _as_chosen(name: str, said: str | float) -> Role:
    return Role(name, said, None, True) if isinstance(said, str) else Role(name, "constant", said, True)


def _choose_function() -> None:
    given = st.session_state.check_given
    st.session_state.check_given = given.with_values(function=st.session_state["check function"] or "")


def _roles(code: LossCode) -> None:
    """The guess of what each name is, a control each, so that it can be changed."""
    shown = [role for role in code.roles if role.kind != "regulariser" or role.chosen]
    if shown:
        st.markdown("**What its names mean.** Change what is wrong.")
        _controls(shown[:_MOST_ROLES])


def _controls(roles: Sequence[Role]) -> None:
    columns = st.columns(_COLUMNS) if roles else ()
    for i, role in enumerate(roles):
        with columns[i % _COLUMNS]:
            _role(role)


def _role(role: Role) -> None:
    """The control of one name; of a constant also that of its number."""
    key = f"check role {role.name}"
    st.session_state[key] = role.kind or None
    name = f"`{role.name.replace('`', ' ')}`"  # as code: a screen reader is given a label's text before Markdown
    st.selectbox(
        name,
        list(ROLES),
        index=None,
        key=key,
        format_func=lambda kind: ROLES[kind].label,
        help=plain(role.why) or None,
        placeholder="What is it?",
        on_change=_take_role,
        args=(role.name, key),
    )
    if role.kind == "constant":
        number = f"{key} value"
        st.session_state[number] = role.value
        st.number_input(
            f"Value of {name}",
            key=number,
            format="%g",
            label_visibility="collapsed",
            value=role.value,
            on_change=_take_role,
            args=(role.name, number),
        )


def _take_role(name: str, key: str) -> None:
    """What a person says of a name."""
    given, said = st.session_state.check_given, st.session_state[key]
    if said is not None:
        roles = dict(given.roles) | {name: said}
        st.session_state.check_given = given.with_values(roles=tuple(sorted(roles.items())))


def _quantities(found: Checked) -> None:
    meaning = found.meaning
    if meaning is None or not meaning.quantities:
        return
    rows = [(_code(row.text), _cell(row.stands_for), row.on) for row in meaning.quantities]
    put_table("table quantities", [("In your code", "stands for", "on"), *rows[:12]], escape=False)


def _code(text: str) -> str:
    """A piece of the person's code in a cell of a table."""
    return _cell(f"`{text}`") if "`" not in text else plain(text)


def _cell(text: str) -> str:
    """A bar in a cell would end it."""
    return text.replace("|", r"\|")


def _numbers_section(found: Checked) -> None:
    """What the predicted variance may be, each beside the σ of the loss."""
    rows = found.readings
    if len(rows) < 2:  # a named quantity has a sentence
        return
    st.markdown("**Your numbers**")
    lines = [("If your variance is", "the std is", "divided by the σ of the loss")]
    for row in rows:
        ratio = "–" if row.ratio is None else quantity(row.ratio)
        sign = " :green[:material/check:]" if row.agrees else ""
        words = f"{row.reading} :small[(what it learns)]" if row.is_learnt else row.reading
        lines.append((_cell(words), quantity(row.std), f"{ratio}{sign}"))
    put_table("readings", lines, escape=False)


def _curves(found: Checked) -> None:
    """The expected loss by the second output, and that of a point that is hit exactly."""
    drawn = None if found.meaning is None else courses_of(found.meaning, found.given.noise or found.implied_std or 0.2)
    if drawn is None:
        return
    titles = (
        f"Expected loss by {drawn.name}, σ = {quantity(drawn.std)}",
        f"Loss of a point predicted exactly, by {drawn.name}",
    )
    left, right = st.columns(2, gap="medium")
    for i, (course, title) in enumerate(zip((drawn.expected, drawn.at_zero), titles, strict=True)):
        with (left, right)[i]:
            drawing = curve(course, course.domain, title, Style(view.scheme(), _HEIGHT))
            put(
                drawing,
                f"check curve {i}",
                f"{title}: its terms and its minimum",
                _HEIGHT,
                curve_seen(course, drawn.name),
            )


def _log_section(found: Checked) -> None:
    """The losses of the log, and below them the σ that its values imply."""
    if found.log is None:
        return
    st.markdown("**Your log**")
    say(*found.words["log"])
    loss = None if found.asked is None else found.asked.loss
    try:
        drawings = log_drawings(found.log, Style(view.scheme(), _HEIGHT), loss)
    except ValueError as error:  # no value is a number: the sentences say so
        st.caption(plain(str(error)))
        return
    seen = log_seen(found.log, loss)
    for name, drawing, words in zip(("losses", "σ"), drawings, seen, strict=True):
        if drawing is not None:
            put(drawing, f"check log {name}", f"The log: {name}", _HEIGHT, words)


def _predictions_section(found: Checked) -> None:
    if found.predictions is None:
        return
    verdict = found.found["predictions"][0]
    st.markdown("**Your predictions**")
    st.markdown(f"{view.ICONS[verdict.kind]} **{plain(verdict.headline)}.**")
    say(*found.words["predictions"])
    if "check predictions" not in st.session_state:  # they came in the record of a monitor
        return
    button("Examine them on the Calibration page", "to calibration", _to_calibration, icon=":material/straighten:")


def _to_calibration() -> None:
    state.examine_predictions(st.session_state["check predictions"])
    state.go("calibration")
