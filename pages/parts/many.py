"""What a run on a table shows beside its fit: baselines, and with many features what can be drawn of them."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.diagnosis.baselines import beside_baselines, rows
from core.diagnosis.many import Axis, axes_of
from core.drawings import many as drawings
from core.evaluation.extremes import Extremes, most_wrong, widest
from core.evaluation.judged import CannotScore
from core.training.run import Run
from pages.parts.plain import plain, table
from pages.parts.view import ICONS, scheme

HEIGHT = 250


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


def many_features(run: Run) -> None:
    """Residuals and partial dependence over a feature, and the rows to look at."""
    try:
        run.judged.need_std()
    except CannotScore as reason:
        st.info(plain(str(reason)), icon=":material/info:")
        return
    _residuals(run)
    _dependence(run)
    _rows_to_look_at(run)


def _residuals(run: Run) -> None:
    st.markdown("### Where is it off?")
    axes = axes_of(run)
    chosen, kind = st.columns(2, gap="medium")
    with chosen:
        axis = _choose("Over", list(axes.values()), "residual axis")
    with kind:
        as_z = st.segmented_control("Show", ["residual", "z"], default="z", key="residual kind") == "z"
    drawing = drawings.residuals(run, axis, scheme(), as_z=as_z)
    st.vega_lite_chart(
        drawing.table,
        drawing.spec,
        theme=None,
        key="residual chart",
        height=HEIGHT,
        alt="Residuals of held-out rows over a feature, with the interval each should keep to",
    )


def _dependence(run: Run) -> None:
    st.markdown("### What does a feature do to mean and spread?")
    axes = [axis for axis in axes_of(run).values() if axis.feature is not None]
    axis = _choose("Feature", axes, "dependence feature")
    parts = drawings.dependence(run, axis, scheme())
    for column, (name, drawing) in zip(st.columns(2, gap="medium"), parts.items(), strict=True):
        with column:
            st.vega_lite_chart(
                drawing.table,
                drawing.spec,
                theme=None,
                key=f"dependence {name}",
                height=HEIGHT,
                alt=f"Partial dependence of the {name} on a feature",
            )
    st.caption(
        "The feature is moved in every row, the others stay, and the answers are averaged; the band holds 80 % of them."
    )


def _rows_to_look_at(run: Run) -> None:
    left, right = st.columns(2, gap="medium")
    parts: tuple[tuple[object, str, Callable[..., Extremes], str], ...] = (
        (left, "The widest intervals", widest, "widest rows"),
        (right, "The most wrong", most_wrong, "wrong rows"),
    )
    for column, title, of, key in parts:
        with column:  # type: ignore[attr-defined]
            st.markdown(f"### {title}")
            st.dataframe(_rows(run, of(run.judged)), hide_index=True, key=key, height=320)


def _rows(run: Run, found: Extremes) -> pd.DataFrame:
    """Those rows: what came, what was predicted, and the features."""
    told = {"observed": found.y, "mean": found.mean, "std": found.std, "z": found.z}
    told |= {"from": found.low, "to": found.high}
    inputs = run.dataset.x_held_out[found.index]
    return pd.DataFrame(told | dict(zip(run.input_names, inputs.T, strict=True))).map(lambda v: float(f"{v:.4g}"))


def _choose(label: str, axes: list[Axis], key: str) -> Axis:
    """A select box of features; their names are text, whatever they hold."""
    place = st.selectbox(label, range(len(axes)), key=key, format_func=lambda i: axes[i].name)
    return axes[place or 0]
