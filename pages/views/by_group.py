"""The groups of a file of predictions on the Calibration page: a sentence, a table, and a chart of coverage."""

import streamlit as st

from core.charts.drawing import Drawing
from core.charts.groups import ROW_HEIGHT, groups_domain, groups_seen, groups_spec, groups_table
from core.diagnosis.calibration.group_report import GroupReport, group_report, rows
from core.evaluation.predictions import Predictions
from core.evaluation.predictions_groups import Groups
from pages.shared import view
from pages.shared.elements import put_table
from pages.shared.plain import plain, unbroken
from pages.shared.run_charts import put

_ALT = "Share of the points inside their interval in each group, with its exact interval, beside the promised share"
_ROOM = 58  # pixels of a chart beside its rows


def show(found: Predictions, groups: Groups | None, level: float) -> None:
    """The section of the groups; nothing where a file has none."""
    if groups is None:
        return
    with view.told_where_long(found.size, "Comparing the groups…"):
        report = group_report(found, level, groups)
    if report is None:
        return
    st.markdown(f"### By {plain(report.column)}")
    if report.finding is not None:
        st.markdown(unbroken(f":orange[:material/warning:] {plain_but_bold(report.finding.sentence)}"))
    elif report.groups:
        st.markdown(":green[:material/check:] No group differs clearly from the others.")
    if report.note:
        st.caption(plain(report.note))
    if report.groups:
        _table_and_chart(report)


def plain_but_bold(sentence: str) -> str:
    """A sentence with names of a visitor's groups in it, shown as it is but for bold marks."""
    return "**".join(plain(part) for part in sentence.split("**"))


def _table_and_chart(report: GroupReport) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        put_table("table groups", rows(report))
        more = len(report.groups) - len(report.shown)
        if more:
            st.caption(
                f"And {more:,} more groups, none of which differs clearly."
                if not _marked_beyond(report)
                else f"And {more:,} more."
            )
    shown = [group for group in report.shown if group.covered is not None]
    if not shown or report.level is None:
        return
    with right:
        names = tuple(group.name for group in shown)
        held, low, high = ([getattr(group, name) for group in shown] for name in ("covered", "low", "high"))
        table = groups_table(names, held, low, high, [bool(group.mark) for group in shown], level=report.level)
        title = f"Share inside the {100 * report.level:g} % interval"
        spec = groups_spec(view.scheme(), names, groups_domain(low, high, report.level), title=title)
        seen = groups_seen(names, held, low, high, report.level)
        put(Drawing(spec, table), "groups chart", _ALT, _ROOM + ROW_HEIGHT * len(names), seen)
        st.caption(
            "Dots: coverage with its exact 95 % interval. Dashed: the promised share. Triangle: a clear difference."
        )


def _marked_beyond(report: GroupReport) -> bool:
    return sum(bool(group.mark) for group in report.groups) > len(report.shown)
