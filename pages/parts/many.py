"""What a run on a table shows beside its fit: baselines, and with many features what can be drawn of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from core.charts.dependence import dependence_spec, dependence_table
from core.charts.domains import nice
from core.charts.frame import axis_extent
from core.charts.residuals import residuals_spec, residuals_table
from core.diagnosis.baselines import SCORED, beside_baselines
from core.diagnosis.many import Axis, axes_of, dependence_of, residuals_of
from core.evaluation.comparison import COMPARED
from core.evaluation.extremes import Extremes, most_wrong, widest
from core.evaluation.judged import CannotScore
from core.training.run import Run
from pages.parts.plain import plain, table
from pages.parts.view import scheme

HEIGHT = 250
_ICONS = {True: ":green[:material/check_circle:]", False: ":orange[:material/warning:]", None: ":material/info:"}


def baselines(run: Run) -> None:
    """The net beside two linear models, and whether it is worth its trouble."""
    found = beside_baselines(run)
    if found is None:
        return
    st.markdown("### Does the net earn its keep?")
    st.markdown(f"{_ICONS[found.good]} {found.sentence}")
    with st.container(key="table baselines"):
        st.markdown(table([("On held-out rows", *(COMPARED[name].label for name in SCORED)), *found.rows]))


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
    y, reach = residuals_of(run, as_z)
    domain = _symmetric(y, reach)
    unit = "z = residual over predicted std" if as_z else f"residual, observed less predicted {axis.target}"
    st.vega_lite_chart(
        residuals_table(axis.values, y, reach, y_domain=domain, names=axis.words),
        residuals_spec(
            scheme(),
            (0.0, 1.0) if axis.values is None else nice(float(axis.values.min()), float(axis.values.max())),
            domain,
            title=f"{unit}, over {axis.label}, with the 95 % it should keep to",
            x_label=axis.label,
            y_label="z" if as_z else "residual",
            category=axis.words is not None,
            extent=axis_extent(domain),
        ),
        theme=None,
        key="residual chart",
        height=HEIGHT,
        alt="Residuals of held-out rows over a feature, with the interval each should keep to",
    )


def _dependence(run: Run) -> None:
    st.markdown("### What does a feature do to mean and spread?")
    axes = [axis for axis in axes_of(run).values() if axis.feature is not None]
    axis = _choose("Feature", axes, "dependence feature")
    found = dependence_of(run, axis.feature or "")
    left, right = st.columns(2, gap="medium")
    names = axis.categories
    at = None if names else found.at
    x_domain = (0.0, 1.0) if names else nice(float(found.at.min()), float(found.at.max()))
    spread_top = nice(0.0, float(np.nanmax(found.std_high)), count=4)
    mean_domain = nice(float(np.nanmin(found.mean - 2 * found.std)), float(np.nanmax(found.mean + 2 * found.std)))
    parts = (
        (left, found.mean, 2 * found.std, mean_domain, f"Mean of {axis.target} ± 2 std, over {axis.label}", "mean"),
        (right, found.std, None, spread_top, f"Predicted std, over {axis.label}", "std"),
    )
    for column, values, reach, domain, title, name in parts:
        with column:
            st.vega_lite_chart(
                dependence_table(at, values, reach, names=names),
                dependence_spec(
                    scheme(),
                    x_domain,
                    domain,
                    title=title,
                    x_label=axis.label,
                    y_label=name,
                    category=names is not None,
                    extent=axis_extent(mean_domain, spread_top),
                ),
                theme=None,
                key=f"dependence {name}",
                height=HEIGHT,
                alt=f"Partial dependence of the {name} on a feature",
            )
    st.caption("The feature is moved in every row, the others stay, and what the net says is averaged.")


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


def _symmetric(y: np.ndarray, reach: np.ndarray | float) -> tuple[float, float]:
    top = float(np.quantile(np.abs(y), 0.995))
    return nice(-max(top, float(np.median(reach)) * 1.3), max(top, float(np.median(reach)) * 1.3))
