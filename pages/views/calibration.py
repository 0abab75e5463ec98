"""What the Calibration page shows: whether the prediction is right, chart by chart, and what corrects it."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.charts.of_run.chart_table import CHARTS, charts_at
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.case import Case, case_of
from core.diagnosis.calibration.chart_words import FORMS, LEVELS
from core.diagnosis.calibration.examined import Covered, Examined, covered_of, examined
from core.diagnosis.calibration.offered import offered
from core.diagnosis.calibration.recalibration_effect import effect_of, rows, why_not
from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.findings import verdict
from core.distributions.drawn import SamplePredictive
from core.distributions.stated import Partial, QuantilesAlone
from core.evaluation.calibration_curves import by_luck
from core.evaluation.judged import CannotScore
from core.evaluation.recalibration import RECALIBRATIONS, ways_for
from core.evaluation.scores import SCORES, own_scores, scores_for
from pages.shared import state, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import choose, put_table, section
from pages.shared.plain import plain, table, unbroken
from pages.shared.run_charts import draw, rest
from pages.shared.terms import termed
from pages.shared.training import obtain
from pages.views import by_group, own_predictions, recalibrated_rows

HEIGHT = 236  # of a chart
# The scores at the top, with their labels there.
_SHOWN = {
    "nll": "NLL, full",
    "crps": "CRPS",
    "coverage_95": "95 % covers",
    "mean_z2": "Mean z²",
    "mace_interval": "Calibration error",
    "gap": "Gap to truth",
}
_FAULT, _OUTSIDE, _FINE = ":orange[:material/warning:]", ":gray[:material/info:]", ":green[:material/check:]"
_OWN = Finding("open", "Are these predictions right?", "Upload a file of predictions below to fill the charts.")
_UNCLEAR = Finding("open", "Which column is what?", "Choose the columns below to fill the charts.")
_WAITS = Finding("open", "Is the prediction right?", "The charts fill when this experiment is trained.")


def show() -> None:
    """One script run: the verdict, the charts, recalibration and all scores, of a run or of a file's predictions."""
    experiment = state.current_experiment(with_predictions=True)
    sidebar(experiment)
    if (key := state.predictions()) is not None:
        _of_file(key)
        return
    with obtain([experiment]) as (run,):
        scored = run if run is not None and run.has_curve else None
        _top(_WAITS if scored is None else calibration_verdict(scored))
        level, form = _controls(lambda: _to_other_pages(() if scored is None else verdict(scored).fixes))
        if scored is not None:
            _all(case_of(scored), level, form)
            rest("calibration", scored)


def _of_file(key: str) -> None:
    """The same of a file's predictions in place of the run's."""
    with view.told_where_long(view.MANY_ROWS + 1, "Reading the predictions…"):
        brought = own_predictions.brought(key)
    found = brought.predictions
    with view.told_where_long(0 if found is None else found.size, "Examining the predictions…"):
        finding = (_UNCLEAR if brought.columns is not None else _OWN) if found is None else calibration_verdict(found)
    _top(finding)
    case, level, form = None, 0.95, "interval"
    if found is not None:
        case = case_of(found)
        level, form = _controls(lambda: own_predictions.choices(found, key), case)
    own_predictions.bring(brought, key)
    if found is None or case is None:
        return
    _figures(case)
    if _judged(case, level, form):
        by_group.show(found, own_predictions.choose_groups(brought, key), level)
        _recalibration(case, level)
        recalibrated_rows.show(found, case, level)
    _scores(case)


def _judged(case: Case, level: float, form: str) -> bool:
    """The charts of a file: all of them, or those of an interval alone; False where nothing can be judged."""
    if isinstance(case.judged.predictive, Partial):
        try:
            covered = covered_of(case, level)
        except CannotScore:
            return False
        if covered is not None:
            _sections(case, covered, ("along", "width"))
        return True
    found = _examined(case, level, form)
    if found is not None:
        _sections(case, found, ("promise", "along", "width"))
    return found is not None


def _top(finding: Finding) -> None:
    """The verdict, and beside it the choice of run or file."""
    left, right = st.columns([5, 2], gap="medium")
    with left:
        view.headline(finding, ("calibration", "reliability-chart"))
    with right, st.container(key="whose"):
        own_predictions.choose_source()


def _all(case: Case, level: float, form: str) -> None:
    _figures(case)
    if (found := _examined(case, level, form)) is not None:
        _sections(case, found, ("promise", "along", "width"))
        _recalibration(case, level)
    _scores(case)


def _examined(case: Case, level: float, form: str) -> Examined | None:
    """What the charts show; None if the predictions are not finite numbers, which the verdict explains."""
    try:
        with view.told_where_long(case.judged.y.size, "Examining the predictions…"):
            return examined(case, level, form)
    except CannotScore:
        return None


def _controls(beside: Callable[[], None], case: Case | None = None) -> tuple[float, str]:
    """The controls of level and form, and the buttons beside them. Returns level and form.

    Where a file has no whole distribution, an interval has its own level, and there is no reliability.
    """
    level, form = 0.95, "interval"
    law = None if case is None else case.judged.predictive
    with st.container(horizontal=True, vertical_alignment="bottom", key="calibration buttons"):
        if not isinstance(law, QuantilesAlone):
            words = "Interval used for coverage, width and recalibration."
            shares = {share: f"{100 * share:.0f} %" for share in LEVELS}
            level = choose("Interval", shares, 0.95, "calibration level", words)
        if not isinstance(law, Partial):
            words = "Central intervals show a wrong width. Quantiles show a bias and its direction."
            form = choose("Reliability of", FORMS, "interval", "calibration form", words)
        beside()
        copy_link()
    return level, form


def _to_other_pages(fixes: tuple[Fix, ...]) -> None:
    """The fix of the fault that the Fit page names, and buttons to other pages."""
    view.fix_buttons(fixes[:1], "calibration fix")
    state.to_page("fit")
    state.to_page("seeds")


def _shown(case: Case) -> tuple[str, ...]:
    """The names of the scores at the top: those that this form has."""
    law = case.judged.predictive
    if not isinstance(law, Partial):
        without = {"nll"} if isinstance(law, SamplePredictive) else set()  # samples have no density
        shown = (name for name in _SHOWN if case.maps is not None or not SCORES[name].needs_truth)
        return tuple(name for name in shown if name not in without)
    own = tuple(name for name in own_scores(law) if not name.startswith("quantile_score"))
    level = f"{100 * case.level:g}" if case.level is not None else ""
    of_level = tuple(
        name for name in (f"coverage_{level}", f"width_{level}", f"interval_score_{level}") if name in SCORES
    )
    errors = () if np.isnan(case.judged.mean).all() else ("rmse", "mae")
    return (*own, *of_level, *errors)


def _figures(case: Case) -> None:
    table = scores_for(case.judged.predictive) if case.of_file else SCORES
    with st.container(horizontal=True, key="scores"):
        for name in _shown(case):
            row = table[name]
            found = row.estimate(case.judged)
            error = None if found.std_error is None else f"± {row.margin(found.std_error)}"
            said = "" if error is None else f" {error}: one standard error of sampling the points."
            words = f"{row.help} {row.direction.capitalize()}.{said} {found.reason}".strip()
            label, value = _SHOWN.get(name, row.label), row.words(found.value, found.std_error)
            st.metric(termed(label), value, error, delta_color="off", delta_arrow="off", help=plain(words), width=132)


def _sections(case: Case, found: Covered, names: tuple[str, ...]) -> None:
    titles = {"along": f"Where along {plain(case.axis)}", "width": "Wide where the errors are large?"}
    for name in names:
        if name in titles:
            section(name, titles[name])
        _section(name, found)


def _section(name: str, found: Covered) -> None:
    """Charts side by side, and under each what a good one looks like and what this one shows."""
    rows = [row for row in charts_at(f"calibration/{name}") if row.applies(found)]
    for column, row in zip(st.columns(len(rows), gap="medium"), rows, strict=True):
        with column:
            draw(row, found, HEIGHT)
            if row.words is not None:
                said = row.words(found)
                icon = _FAULT if said.fault else _OUTSIDE if said.outside else _FINE
                st.markdown(termed(unbroken(f"{icon} {plain(said.shown)} :gray[{plain(said.good)}]")))


def _scores(case: Case) -> None:
    n = case.judged.y.size
    with st.expander(f"All scores, on {n:,} {case.points}", icon=":material/table_rows:", key="all scores"):
        lines = [("Score", "Value", "Better", "Unit", "Range", "Meaning")]
        reasons = []
        for row in (scores_for(case.judged.predictive) if case.of_file else SCORES).values():
            found = row.estimate(case.judged)
            error = "" if found.std_error is None else f" ± {row.margin(found.std_error)}"
            value = row.words(found.value, found.std_error)
            lines.append((row.label, value + error, row.direction, row.unit, row.range, row.help))
            if found.value is None and found.reason not in reasons:
                reasons.append(found.reason)
        put_table("table scores", lines)
        if isinstance(case.judged.predictive, Partial):
            st.caption("± is one standard error of sampling the points.")
        else:
            _say_luck(n)
        for reason in reasons:
            st.caption(f"–: {plain(reason)}")


def _say_luck(n: int) -> None:
    luck = SCORES["mace_interval"].words(by_luck(n, "mean absolute"))
    st.caption(
        f"± is one standard error of sampling the points. A calibration error is never exactly zero on a sample. "
        f"On {n:,} points, 95 of 100 right models have a mean error of {luck} or less."
    )


def _recalibration(case: Case, level: float) -> None:
    """Recalibrate on half of the held-out points, and judge it on the other half: what the verdict asks for first."""
    section("recalibrate", "Fix it without retraining")
    first = offered(case)
    of_form = {name: RECALIBRATIONS[name].label for name in ways_for(case.judged.predictive)}
    if not of_form:
        st.markdown("A single quantile has no interval to recalibrate.")
        return
    ways = {first: RECALIBRATIONS[first].label, **of_form}  # that one stands first
    name = choose("Recalibrate by", ways, first, f"calibration by {first}")
    st.markdown(termed(plain(RECALIBRATIONS[name].help)))
    with view.told_where_long(case.judged.y.size, "Recalibrating…"):
        reason = why_not(case, name, level)
    if reason:
        st.info(plain(reason), icon=":material/info:")
        return
    found = effect_of(case, name, level)
    st.markdown(termed(plain(found.sentence)))
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="table recalibrated"):
        st.markdown(table([(f"On {found.comparison.test.size:,} test points", "Before", "After"), *rows(found)]))
        apart = "validation points" if case.to_recalibrate().validation else f"other {case.points}"
        st.caption(f"Fitted to {found.comparison.validation.size:,} {apart}; ± is a standard error.")
        if isinstance(case.judged.predictive, SamplePredictive):
            st.caption("Samples are corrected and judged as the smooth distribution through their quantiles.")
    with right:
        draw(CHARTS["recalibrated"], found, HEIGHT)
