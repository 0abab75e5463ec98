"""What the Fit page shows of a run on a table: baselines, and for many features their residuals and dependence."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from core.charts.of_run.chart_table import CHARTS
from core.charts.of_run.feature_charts import PARTS, Along, dependence_chart
from core.diagnosis.chart_data.distance_data import distance_finding, distances_of
from core.diagnosis.chart_data.feature_data import Axis, dependence_of, features_of, prediction_of, rows_to_look_at
from core.diagnosis.verdict.against_baselines import beside_baselines, rows
from core.diagnosis.verdict.longer_tails import longer_tails
from core.evaluation.extremes import Extremes, most_wrong, widest
from core.evaluation.judged import CannotScore
from core.training.run import Run
from pages.shared.elements import choose, put_rows, put_table
from pages.shared.plain import plain
from pages.shared.run_charts import draw
from pages.shared.terms import termed
from pages.shared.view import ICONS, fix_buttons, told_where_long

RESIDUAL_HEIGHT, DEPENDENCE_HEIGHT, TABLE_HEIGHT = 390, 190, 390
_PREDICTION = "the prediction"


def baselines(run: Run) -> None:
    """The net beside two linear models, and boosted trees if they are at hand, and whether it is better than they."""
    st.markdown("### Is the network better than a linear model?")
    try:
        with told_where_long(len(run.dataset.y), "Fitting the baselines…"):
            found = beside_baselines(run)
    except ValueError as reason:
        st.info(plain(str(reason)), icon=":material/info:")
        return
    st.markdown(termed(f"{ICONS[found.finding.kind]} **{found.finding.headline}.** {found.finding.sentence}"))
    put_table("table baselines", rows(found))
    st.caption(termed("± is one standard error of sampling the rows. Differences are taken row by row."))
    if (offer := longer_tails(run)) is not None:
        st.markdown(f"{ICONS[offer.kind]} **{offer.headline}.** {offer.sentence}")
        fix_buttons(offer.fixes, "tails", primary=False)


def many_features(run: Run) -> None:
    """Residuals and partial dependence over a feature, and the rows with the largest errors."""
    try:
        run.judged.need_std()
    except CannotScore as reason:
        st.info(plain(str(reason)), icon=":material/info:")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _residuals(run)
    with right:
        _dependence(run)
    _ignorance(run)
    _rows_to_look_at(run)


def _ignorance(run: Run) -> None:
    """Of several members: where they know less, against the distance to the training rows."""
    if (found := distances_of(run)) is None:
        return
    finding = distance_finding(found)
    st.markdown("### Where does it know less?")
    st.markdown(termed(f"{ICONS[finding.kind]} **{finding.headline}.** {finding.sentence}"))
    draw(CHARTS["ignorance"], Along(run), RESIDUAL_HEIGHT)
    st.caption(
        termed(
            "Distance to the nearest training row, each input in its standard deviations. Beyond 1 a row is far. "
            "Noise does not shrink with more rows. Ignorance shrinks with more rows like these."
        )
    )


def _residuals(run: Run) -> None:
    st.markdown("### Where is it wrong?")
    with st.container(horizontal=True, vertical_alignment="bottom", key="residual controls"):
        axes = {_PREDICTION: prediction_of(run)} | {f"feature {name}": one for name, one in features_of(run).items()}
        axis = _chosen("Residuals over", axes, "residual axis")
        kind = choose("Show", {"residual": "residual", "z": "z"}, "z", "residual kind")
    draw(CHARTS["residuals"], Along(run, axis, as_z=kind == "z"), RESIDUAL_HEIGHT)
    st.caption(
        termed(
            "A pattern around zero means that the mean misses something. A scatter unlike the band means that the std "
            "is wrong. One point in twenty outside the band is right."
        )
    )


def _dependence(run: Run) -> None:
    st.markdown("### What does a feature do?")
    features = {f"feature {name}": one for name, one in features_of(run).items()}
    axis = _chosen("Mean and std by", features, "dependence feature")
    for part in PARTS:
        draw(dependence_chart("chosen", axis, part), Along(run, axis), DEPENDENCE_HEIGHT, f"dependence {part}")
    found = dependence_of(run, axis.label)
    st.caption(
        termed(
            f"Partial dependence: in {found.rows:,} rows the feature takes each value, and predictions are averaged. "
            f"For the std, variances are averaged. The band contains the middle 80 % of the rows."
        )
    )


def _rows_to_look_at(run: Run) -> None:
    parts: tuple[tuple[str, Callable[[], Extremes], str], ...] = (
        ("The widest intervals", lambda: widest(run.judged), "widest rows"),
        ("The largest errors", lambda: most_wrong(run.judged), "wrong rows"),
    )
    for column, (title, of, key) in zip(st.columns(2, gap="medium"), parts, strict=True):
        with column:
            st.markdown(f"### {title}")
            put_rows(key, pd.DataFrame(rows_to_look_at(run, of())), height=TABLE_HEIGHT)


def _chosen(label: str, axes: Mapping[str, Axis], key: str) -> Axis:
    """A select box of axes. Their names are shown as plain text."""
    name = st.selectbox(label, tuple(axes), key=key, format_func=lambda name: name.removeprefix("feature "))
    return axes[name] if name in axes else next(iter(axes.values()))
