"""What the Doctor page shows: a loss, chosen or typed, what a net learns with it, and what training then gave."""

import streamlit as st

from core.charts.drawing import Style
from core.charts.of_run.anatomy_charts import curve
from core.diagnosis.chart_data.point_data import OnePoint
from core.diagnosis.doctor.prognosis import (
    FORMULAS,
    beside,
    courses,
    diagnosis_of,
    facts,
    ground_of,
    points,
    prognosis,
    sound_and_mistaken,
    sound_loss,
)
from core.diagnosis.verdict.findings import verdict
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.experiment.settings import InvalidExperiment
from core.model.formulas.parser import FUNCTIONS
from core.model.losses import LOSSES
from core.model.losses.typed import DEFAULT_FORMULA
from core.training.run import Run
from pages.shared import state, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import button, put_table, select
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.training import obtain

_TYPED, _CHOSEN, _REFUSED = "doctor formula", "doctor loss", "doctor refused"
_ALLOWED = (
    "A loss per point in r (= y − mu), y, mu and s, the second output: + − \\* / \\*\\* ( ) | |, pi, e, and "
    f"{', '.join(sorted(FUNCTIONS))}."
)

HEIGHT = 270


def show() -> None:
    """One script run: the answer first, then the training that checks it."""
    experiment = state.current_experiment()
    sidebar(experiment)
    with st.container(key="ask"):
        _ask(experiment)
    with st.container(key="diagnosis"):
        _answer(experiment)
    st.markdown("### Predicted and trained")
    with obtain([experiment]) as (run,):
        _checked(run)


def _ask(experiment: Experiment) -> None:
    """The choice of a loss: one of the table, or a formula."""
    left, right = st.columns([4, 5], gap="medium", vertical_alignment="top")
    with left:
        words, own = "The sound ones first, then mistakes that people make.", experiment.loss.name
        select("Loss", sound_and_mistaken(), own, _CHOSEN, _choose, format_func=_label, help=words)
    refused = _refused(experiment)
    with right:
        if refused is None:
            st.session_state[_TYPED] = experiment.loss.formula if experiment.loss.name == "typed" else ""
        st.text_input("Or type one", key=_TYPED, placeholder=DEFAULT_FORMULA, on_change=_type, help=_ALLOWED)
        if refused is not None:
            st.error(plain(refused), icon=":material/error:")
    with st.container(horizontal=True, gap="xsmall", key="formulas"):
        for label, formula in FORMULAS.items():
            st.button(label, key=f"formula {label}", on_click=_open, args=(formula,), help=plain(formula))
        copy_link()


def _label(name: str) -> str:
    return f"Mistake · {LOSSES[name].label}" if LOSSES[name].mistake else LOSSES[name].label


def _choose() -> None:
    state.change({"loss.name": st.session_state[_CHOSEN]})


def _type() -> None:
    _open(st.session_state[_TYPED])


def _open(formula: str) -> None:
    """Take a formula; if it cannot be read, it stays in its field with the reason below."""
    st.session_state.pop(_REFUSED, None)
    try:
        state.change({"loss.name": "typed", "loss.formula": formula})
    except InvalidExperiment as error:
        st.session_state[_REFUSED] = (formula, st.session_state.experiment.loss, str(error))


def _refused(experiment: Experiment) -> str | None:
    """Why the text in the field is not a loss; empty once it is changed or another loss is chosen."""
    formula, loss, words = st.session_state.get(_REFUSED, (None, None, None))
    if formula is not None and st.session_state.get(_TYPED) == formula and experiment.loss == loss:
        return words
    st.session_state.pop(_REFUSED, None)
    return None


def _answer(experiment: Experiment) -> None:
    loss, found, finding = loss_of(experiment.loss), diagnosis_of(experiment), prognosis(experiment)
    view.headline(finding)
    with st.container(horizontal=True, key="doctor buttons"):
        view.fix_buttons(finding.fixes, "doctor mend")
        state.to_page("fit", "Open in Fit")
        if (sound := sound_loss(loss)) is not None:
            words = f"This loss pinned, {plain(LOSSES[loss.in_place].label)} beside it."
            settings, icon = dict(sound.settings), ":material/compare_arrows:"
            button("Compare with the sound loss", "to compare", _beside_sound, settings, icon=icon, help=words)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        st.latex(loss.latex)
        st.markdown("\n".join(f"- {plain(words)}" for words in points(experiment)))
        if found.estimate is not None:
            st.code(found.estimate.code, language="python")
    with right:
        put_table("table facts", [("What", "How it is"), *facts(found)])
    ground = ground_of(experiment)
    if (pair := courses(loss, ground.noise, ground.std)) is not None:
        _charts(pair, loss.unit)


def _beside_sound(settings: dict[str, object]) -> None:
    state.pin()
    state.go("compare", settings)


def _charts(pair: tuple[OnePoint, OnePoint], unit: str) -> None:
    titles = (f"Expected loss by s, {unit}", f"Loss of a point hit exactly (r = 0) by s, {unit}")
    for column, found, title in zip(st.columns(2, gap="medium"), pair, titles, strict=True):
        with column:
            drawing = curve(found, found.domain, title, Style(view.scheme(), HEIGHT))
            put(drawing, f"doctor {title}", f"{title}, its terms and its minimum", HEIGHT)


def _checked(run: Run | None) -> None:
    """The table of predicted and trained numbers; for a training that failed, how it ended."""
    if run is None:
        st.markdown("The numbers stand here once this experiment is trained.")
        return
    finding = verdict(run)
    st.markdown(f"**{plain(finding.headline)}.** {finding.sentence}")
    if not run.has_curve:
        return
    rows = [(plain(row.what), row.predicted, row.trained, row.off) for row in beside(run)]
    put_table("table predicted", [("", "Predicted", "Trained", "Off"), *rows], escape=False)
