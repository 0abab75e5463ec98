"""What the Calibration page shows: whether the predicted spread is right, chart by chart, and what corrects it."""

from collections.abc import Callable

import streamlit as st

from core.charts.of_run.chart_table import CHARTS, charts_at
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.case import Case, case_of
from core.diagnosis.calibration.chart_words import FORMS, LEVELS, Examined, examined
from core.diagnosis.calibration.recalibration_effect import effect_of, rows, why_not
from core.diagnosis.finding import Finding, Fix
from core.diagnosis.verdict.findings import verdict
from core.evaluation.calibration_curves import by_luck
from core.evaluation.judged import CannotScore
from core.evaluation.recalibration import RECALIBRATIONS
from core.evaluation.scores import SCORES, estimates
from pages.shared import state, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import choose, labels, put_table
from pages.shared.plain import plain, table, unbroken
from pages.shared.run_charts import draw, rest
from pages.shared.training import obtain
from pages.views import own_predictions

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
_ICONS = {True: ":orange[:material/warning:]", False: ":green[:material/check:]"}
_OWN = Finding("open", "Is their variance right?", "The charts fill once a file of predictions is here.")
_WAITS = Finding("open", "Is the predicted variance right?", "The charts fill once this experiment is trained.")


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
    brought = own_predictions.brought(key)
    found = brought.predictions
    with view.told_where_long(0 if found is None else found.y.size, "Examining the predictions…"):
        finding = _OWN if found is None else calibration_verdict(found)
    _top(finding)
    level, form = _controls(own_predictions.choose_family)
    own_predictions.bring(brought)
    if found is not None:
        _all(case_of(found), level, form)


def _top(finding: Finding) -> None:
    """The verdict, and beside it the choice of run or file."""
    left, right = st.columns([5, 2], gap="medium")
    with left:
        view.headline(finding)
    with right, st.container(key="whose"):
        own_predictions.choose_source()


def _all(case: Case, level: float, form: str) -> None:
    _figures(case)
    if (found := _examined(case, level, form)) is not None:
        _charts(case, found)
        _recalibration(case, level)
    _scores(case)


def _examined(case: Case, level: float, form: str) -> Examined | None:
    """What the charts show; None if the predictions are not finite numbers, which the verdict explains."""
    try:
        with view.told_where_long(case.judged.y.size, "Examining the predictions…"):
            return examined(case, level, form)
    except CannotScore:
        return None


def _controls(beside: Callable[[], None]) -> tuple[float, str]:
    """The controls of level and form, and the buttons beside them. Returns level and form."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="calibration buttons"):
        level = choose(
            "Interval",
            {share: f"{100 * share:.0f} %" for share in LEVELS},
            0.95,
            "calibration level",
            "The central interval that coverage, widths and mends are of.",
        )
        words = "Central intervals show a wrong width; quantiles show a bias with its sign."
        form = choose("Reliability of", FORMS, "interval", "calibration form", words)
        beside()
        copy_link()
    return level, form


def _to_other_pages(fixes: tuple[Fix, ...]) -> None:
    """The fix of the fault that the Fit page names, and buttons to other pages."""
    view.fix_buttons(fixes[:1], "calibration mend")
    state.to_page("fit")
    state.to_page("seeds")


def _figures(case: Case) -> None:
    with st.container(horizontal=True, key="scores"):
        shown = [name for name in _SHOWN if case.maps is not None or not SCORES[name].needs_truth]
        for name, found in estimates(case.judged, shown).items():
            row = SCORES[name]
            error = None if found.std_error is None else f"± {row.margin(found.std_error)}"
            said = "" if error is None else f" {error}: one standard error of sampling the points."
            words = f"{row.help} {row.direction.capitalize()}.{said} {found.reason}".strip()
            label, value = _SHOWN[name], row.words(found.value)
            st.metric(label, value, error, delta_color="off", delta_arrow="off", help=plain(words), width=132)


def _charts(case: Case, found: Examined) -> None:
    _section("promise", found)
    st.markdown(f"### Where along {plain(case.axis)}")
    _section("along", found)
    st.markdown("### Wide where the errors are large?")
    _section("width", found)


def _section(name: str, found: Examined) -> None:
    """Charts side by side, and under each what a good one looks like and what this one shows."""
    rows = [row for row in charts_at(f"calibration/{name}") if row.applies(found)]
    for column, row in zip(st.columns(len(rows), gap="medium"), rows, strict=True):
        with column:
            draw(row, found, HEIGHT)
            if row.words is not None:
                said = row.words(found)
                st.markdown(unbroken(f"{_ICONS[said.fault]} {plain(said.shown)} :gray[{plain(said.good)}]"))


def _scores(case: Case) -> None:
    n = case.judged.y.size
    with st.expander(f"All scores, on {n:,} {case.points}", icon=":material/table_rows:", key="all scores"):
        lines = [("Score", "Value", "Better", "Unit", "Range", "What it says")]
        reasons = []
        for name, found in estimates(case.judged).items():
            row = SCORES[name]
            error = "" if found.std_error is None else f" ± {row.margin(found.std_error)}"
            lines.append((row.label, row.words(found.value) + error, row.direction, row.unit, row.range, row.help))
            if found.value is None and found.reason not in reasons:
                reasons.append(found.reason)
        put_table("table scores", lines)
        luck = SCORES["mace_interval"].words(by_luck(n, "mean absolute"))
        st.caption(
            f"± is one standard error of sampling the points. A calibration error is never zero on a finite sample: "
            f"95 of 100 right models read {luck} or less as their mean one on {n:,} points."
        )
        for reason in reasons:
            st.caption(f"–: {plain(reason)}")


def _recalibration(case: Case, level: float) -> None:
    """Recalibrate the spread on half of the held-out points, and judge it on the other half."""
    st.markdown("### Mend it without training")
    name = choose("Recalibrate by", labels(RECALIBRATIONS), "scale", "calibration mend")
    st.markdown(plain(RECALIBRATIONS[name].help))
    with view.told_where_long(case.judged.y.size, "Mending it…"):
        reason = why_not(case, name, level)
    if reason:
        st.info(plain(reason), icon=":material/info:")
        return
    found = effect_of(case, name, level)
    st.markdown(plain(found.sentence))
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="table mended"):
        st.markdown(table([(f"On {found.comparison.test.size:,} test points", "Before", "After"), *rows(found)]))
        apart = "validation points" if case.to_recalibrate().validation else f"other {case.points}"
        st.caption(f"Fitted to {found.comparison.validation.size:,} {apart}; ± is a standard error.")
    with right:
        draw(CHARTS["recalibrated"], found, HEIGHT)
