"""The sidebar: one control for each setting, drawn from the experiment's own bounds, labels and help."""

import math
from typing import Any

import streamlit as st

from core.experiment.data_settings import OWN_TABLE
from core.experiment.experiment import FIELDS, Experiment, bounds_of, setting_of
from core.experiment.loss_settings import loss_of
from core.experiment.presets import PRESETS
from core.experiment.settings import Setting
from core.model.losses import LOSSES
from pages.shared import state
from pages.shared.elements import labels, select
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.training import retrain_switch

_GROUPS = (
    ("Data", ":material/scatter_plot:", True, "data"),
    ("Noise", ":material/grain:", True, "noise"),
    ("Network", ":material/hub:", False, "network"),
    ("Loss", ":material/function:", True, "loss"),
    ("Training", ":material/trending_down:", False, "training"),
)

_ELSEWHERE = (  # on the Data page
    *("data.csv", "data.y", "data.also", "data.features", "data.own_features", "data.rare_words"),
    *("data.split", "data.split_by", "data.missing", "data.missing_values", "data.weights"),
)
_CHANGED, _SHOWN = "changed", "target shown"
_PER_DECADE = (1, 1.5, 2, 3, 4, 5, 6, 8)  # stops of a logarithmic slider


def sidebar(experiment: Experiment, *, trains: bool = True) -> None:
    """Draw all controls. `state.current_experiment` reads their values at the next script run.

    `trains` is False if there are no rows to train on: then the time that training takes is unknown.
    """
    with st.sidebar:
        st.markdown("## Heteroscope")
        _presets(experiment)
        for title, icon, is_open, section in _GROUPS:
            paths = [path for path in experiment.settings() if path.startswith(f"{section}.")]
            if not paths:
                continue
            # A folded group is not drawn: it would cost time at every rerun, most of all in the browser.
            group = st.expander(title, icon=icon, expanded=is_open, key=f"group {section}", on_change="rerun")
            if group.open:
                with group:
                    _controls(experiment, paths)
    if trains:
        retrain_switch(experiment)
    if problem := laboratory().store.problem:
        st.sidebar.warning(plain(problem), icon=":material/database_off:")
    if remarks := st.session_state.remarks:  # the parts of the page's link that could not be read
        with st.container(key="remarks"):
            st.warning("\n\n".join(map(plain, remarks)), icon=":material/link_off:")


def _controls(experiment: Experiment, paths: list[str]) -> None:
    if "data.also" in paths and experiment.data.also:
        told = "One net predicts them all; charts, scores and verdict are of this one. Nothing is trained again."
        shown = list(experiment.data.targets)
        select("Target shown", shown, experiment.data.y, _SHOWN, _show_target, help=told)
    for path in paths:
        if path not in _ELSEWHERE and (path != "loss.reading" or len(_options(experiment, path)) > 1):
            control(experiment, path)
    if "data.y" in paths:
        words = "Choose target, features and parts of the table, and look at it."
        state.to_page("data", "Columns and split", help=words)


def _show_target() -> None:
    state.change({"data.y": st.session_state[_SHOWN]})


def _presets(experiment: Experiment) -> None:
    matching = state.matching_preset(experiment)
    words = {} if matching else {_CHANGED: f"{PRESETS[st.session_state.base].label}, changed"}
    words |= labels(PRESETS)
    chosen, told = matching or _CHANGED, "Named experiments. Opening one keeps your seeds."
    select("Preset", list(words), chosen, "preset", _open_chosen, format_func=words.__getitem__, help=told)
    st.caption(PRESETS[matching].look_for if matching else "Reset goes back to the preset and keeps your seeds.")


def _open_chosen() -> None:
    if (chosen := st.session_state["preset"]) != _CHANGED:
        state.open_preset(chosen)


def control(experiment: Experiment, path: str) -> None:
    """The control of one setting."""
    setting, kind = setting_of(path), FIELDS[path].annotation
    label = f"{setting.label}, {setting.unit}" if setting.unit else setting.label
    # The value is given here although the session has it too: the browser learns the session's value an instant after
    # the control is drawn, and a click before that would send the control's own default.
    key, value = state.widget_key(path), state.widget_value(experiment, path)
    if setting.choices is not None:
        options = _options(experiment, path)
        st.selectbox(label, options, options.index(value), format_func=setting.choice_label, key=key, help=setting.help)
    elif kind is bool:
        st.toggle(label, value, key=key, help=setting.help)
    elif kind in (int, float):
        _number(path, setting, label, value)
    else:
        st.text_input(label, value, key=key, help=setting.help)
    if (error := state.control_error(path)) is not None:
        st.error(plain(error))


def _number(path: str, setting: Setting, label: str, value: Any) -> None:
    """A slider for a logarithmic setting or a range of at most 1, else a number field."""
    key, words = state.widget_key(path), setting.help
    low, high = bounds_of(path)
    if setting.log:
        shown = "{:,}".format if isinstance(value, int) else "{:g}".format
        st.select_slider(label, stops(low, high, value), value, format_func=shown, key=key, help=words)
    elif setting.step is not None and high - low <= 1:
        st.slider(label, low, high, value, step=setting.step, key=key, help=words)
    else:
        step: Any = setting.step if FIELDS[path].annotation is float else 1
        st.number_input(label, low, high, value, step=step, key=key, help=words)


def stops(low: float, high: float, value: float) -> list[float]:
    """Round numbers from `low` to `high`, at most eight to a decade, and `low`, `high` and `value` themselves."""
    whole = isinstance(low, int)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = {float(f"{m * 10.0**d:.3g}") for d in decades for m in _PER_DECADE}
    inside = {int(v) if whole else v for v in found if low <= v <= high and not (whole and v % 1)}
    return sorted(inside | {low, high, value})


def _options(experiment: Experiment, path: str) -> list[str]:
    row = LOSSES[experiment.loss.name]
    of_loss = {"loss.reading": loss_of(experiment.loss).readings, "loss.bound": row.bounds, "loss.head": row.heads}
    choices = of_loss.get(path) or setting_of(path).choices or ()
    # An uploaded table is chosen on the Data page.
    return [name for name in choices if name != OWN_TABLE or path != "data.table" or experiment.data.csv]
