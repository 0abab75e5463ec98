"""What a run on a table shows beside its fit: baselines, and with many features what can be drawn of them."""

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from core.charts.dependence import dependence_domain, dependence_spec, dependence_table
from core.charts.domains import nice
from core.charts.frame import axis_extent
from core.charts.residuals import residuals_domain, residuals_spec, residuals_table, shortlist
from core.diagnosis.baselines import beside_baselines, rows
from core.diagnosis.many import Axis, dependence_of, features_of, prediction_of, residuals_of, rows_to_look_at
from core.evaluation.dependence import Dependence
from core.evaluation.extremes import Extremes, most_wrong, widest
from core.evaluation.judged import CannotScore
from core.training.run import Run
from pages.parts.plain import plain, table
from pages.parts.view import ICONS, scheme

RESIDUAL_HEIGHT, DEPENDENCE_HEIGHT, TABLE_HEIGHT = 390, 190, 390
_PREDICTION = "the prediction"


def baselines(run: Run) -> None:
    """The net beside two linear models, and whether it is worth its trouble."""
    st.markdown("### Does the net earn its keep?")
    try:
        found = beside_baselines(run)
    except ValueError as reason:
        st.info(plain(str(reason)), icon=":material/info:")
        return
    st.markdown(f"{ICONS[found.finding.kind]} **{found.finding.headline}.** {found.finding.sentence}")
    with st.container(key="table baselines"):
        st.markdown(table(rows(found)))
    st.caption("± is one standard error of sampling the rows; of a difference it is of the pairs, row by row.")


def many_features(run: Run) -> None:
    """Residuals and partial dependence over a feature, and the rows to look at."""
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
    _rows_to_look_at(run)


def _residuals(run: Run) -> None:
    st.markdown("### Where is it off?")
    with st.container(horizontal=True, vertical_alignment="bottom", key="residual controls"):
        axes = {_PREDICTION: prediction_of(run)} | {f"feature {name}": one for name, one in features_of(run).items()}
        axis = _chosen("Residuals over", axes, "residual axis")
        kind = st.segmented_control("Show", ("residual", "z"), default="z", required=True, key="residual kind")
    y, std = residuals_of(run, kind == "z")
    domain = residuals_domain(y, None if kind == "z" else std)
    names = () if axis.words is None else shortlist(axis.words.tolist())
    st.vega_lite_chart(
        residuals_table(axis.values if axis.words is None else axis.words, y, std, y_domain=domain, names=names),
        residuals_spec(
            scheme(),
            names if axis.values is None else nice(float(axis.values.min()), float(axis.values.max())),
            domain,
            x_label=axis.label,
            z=kind == "z",
            extent=axis_extent(domain),
        ),
        theme=None,
        key="residual chart",
        height=RESIDUAL_HEIGHT,
        alt="Residuals of held-out rows over a feature or the prediction, with the 95 % band of the predicted spread",
    )
    st.caption(
        "A pattern about the zero line is one that the mean has missed; a scatter unlike the band is one that the "
        "spread has. One in twenty points outside is right."
    )


def _dependence(run: Run) -> None:
    st.markdown("### What does a feature do?")
    features = {f"feature {name}": one for name, one in features_of(run).items()}
    axis = _chosen("Mean and spread by", features, "dependence feature")
    found = dependence_of(run, axis.label)
    mean = dependence_domain(found.mean, found.mean_low, found.mean_high)
    std = dependence_domain(found.std, found.std_low, found.std_high, from_zero=True)
    extent = axis_extent(mean, std)
    _curve(found, axis, "mean", mean, extent)
    _curve(found, axis, "std", std, extent)
    st.caption(
        f"The feature is set to each value in {found.rows:,} rows, all else stays, and what the net says is averaged: "
        f"of the spread, its variance. The band holds the middle 80 % of the rows."
    )


def _curve(found: Dependence, axis: Axis, name: str, domain: tuple[float, float], extent: int) -> None:
    """The partial dependence of mean or std."""
    values, low, high = (getattr(found, f"{name}{end}") for end in ("", "_low", "_high"))
    ends = (float(found.at.min()), float(found.at.max()))
    st.vega_lite_chart(
        dependence_table(found.at, values, low, high, axis.categories),
        dependence_spec(
            scheme(),
            axis.categories or (ends if ends[0] < ends[1] else nice(*ends)),
            domain,
            x_label=axis.label,
            y_label=f"Predicted {name}",
            extent=extent,
        ),
        theme=None,
        key=f"dependence {name}",
        height=DEPENDENCE_HEIGHT,
        alt=f"Partial dependence of the predicted {name} on a feature",
    )


def _rows_to_look_at(run: Run) -> None:
    parts: tuple[tuple[str, Callable[[], Extremes], str], ...] = (
        ("The widest intervals", lambda: widest(run.judged), "widest rows"),
        ("The most wrong", lambda: most_wrong(run.judged), "wrong rows"),
    )
    for column, (title, of, key) in zip(st.columns(2, gap="medium"), parts, strict=True):
        with column:
            st.markdown(f"### {title}")
            st.dataframe(pd.DataFrame(rows_to_look_at(run, of())), hide_index=True, key=key, height=TABLE_HEIGHT)


def _chosen(label: str, axes: Mapping[str, Axis], key: str) -> Axis:
    """A select box of axes; their names are text, whatever they hold."""
    name = st.selectbox(label, tuple(axes), key=key, format_func=lambda name: name.removeprefix("feature "))
    return axes[name] if name in axes else next(iter(axes.values()))
