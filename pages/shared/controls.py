"""The sidebar: one control for each setting, drawn from the experiment's own bounds, labels and help."""

import math
from typing import Any

import streamlit as st

from core.experiment.data_settings import NO_TABLE, OWN_TABLE
from core.experiment.experiment import FIELDS, Experiment, bounds_of, setting_of
from core.experiment.loss_settings import loss_of
from core.experiment.presets import GROUPS, PRESETS, changes, matching_preset, presets
from core.experiment.settings import Setting
from core.model.losses import LOSSES
from pages.shared import state
from pages.shared.elements import button, select
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.training import retrain_switch

_GROUPS = (
    ("Data", ":material/scatter_plot:", "data"),
    ("Noise", ":material/grain:", "noise"),
    ("Network", ":material/hub:", "network"),
    ("Loss", ":material/function:", "loss"),
    ("Training", ":material/trending_down:", "training"),
)
# What stands beside the preset without a click, as far as it applies; all the rest is under More.
FIRST = ("data.table", "noise.profile", "noise.scale", "loss.name", "loss.formula")
_ALSO_SIMULATED = "data.table"  # of these, what simulated points leave to More
_MORE = "more settings"
_NAMED = 6  # settings that differ from the preset, by their labels

_ELSEWHERE = (  # on the Data page
    *("data.csv", "data.y", "data.also", "data.features", "data.own_features", "data.rare_words"),
    *("data.split", "data.split_by", "data.missing", "data.missing_values", "data.weights"),
)
_CHANGED, _SHOWN = "changed", "target shown"
_PER_DECADE = (1, 1.5, 2, 3, 4, 5, 6, 8)  # stops of a logarithmic slider


def sidebar(experiment: Experiment, *, trains: bool = True, on_page: bool = False) -> None:
    """Draw all controls. `state.current_experiment` reads their values at the next script run.

    `trains` is False if there are no rows to train on: then the time that training takes is unknown. `on_page` draws
    them on the page itself: on a phone the sidebar would cover the chart that they change.
    """
    with st.container(key="controls") if on_page else st.sidebar:
        if not on_page:
            st.markdown("## Heteroscope")
        panel(experiment, told=not on_page)
        if trains:
            retrain_switch(experiment)
        if problem := laboratory().store.problem:
            st.warning(plain(problem), icon=":material/database_off:")
    if remarks := st.session_state.remarks:  # the parts of the page's link that could not be read
        with st.container(key="remarks"):
            st.warning("\n\n".join(map(plain, remarks)), icon=":material/link_off:")


def panel(experiment: Experiment, *, told: bool = True) -> None:
    """The preset (with what to look for, if `told`), the controls that matter first, and all others under More."""
    with st.container(key="first-controls"):
        _presets(experiment, told=told)
        _targets(experiment)
        for path in first_paths(experiment):
            control(experiment, path)
    _more(experiment)


def first_paths(experiment: Experiment) -> list[str]:
    """The settings whose controls stand beside the preset."""
    applied = experiment.settings()
    simulated = experiment.data.table == NO_TABLE
    return [path for path in FIRST if path in applied and not (simulated and path == _ALSO_SIMULATED)]


def _more(experiment: Experiment) -> None:
    """The other settings, in groups: folded, with the number of those that differ from the preset, or unfolded."""
    groups = {title: _paths(experiment, section) for title, _, section in _GROUPS}
    paths = [path for group in groups.values() for path in group]
    wrong = [path for path in paths if state.control_error(path) is not None]
    changed = [path for path in changes(presets[st.session_state.base], experiment) if path in paths]
    is_open = st.session_state.get(_MORE, False) or bool(wrong)
    label = "Fewer settings" if is_open else f"More settings · {len(changed)} changed" if changed else "More settings"
    icon = ":material/expand_less:" if is_open else ":material/expand_more:"
    button(label, "more", _fold, icon=icon, width="stretch")
    if not is_open:
        return
    if changed:
        st.caption(plain(f"Other than in the preset: {_names(changed)}."))
    for title, icon, section in _GROUPS:
        if not groups[title]:
            continue
        key = f"group {section}"
        if any(path in groups[title] for path in wrong):
            st.session_state[key] = True
        # A folded group is not drawn: it would cost time at every rerun, most of all in the browser.
        group = st.expander(title, icon=icon, key=key, on_change="rerun")
        if group.open:
            with group:
                _controls(experiment, groups[title])


def _fold() -> None:
    st.session_state[_MORE] = not st.session_state.get(_MORE, False)


def _names(paths: list[str]) -> str:
    """The labels of settings, the first few of many."""
    names = [setting_of(path).label for path in paths[:_NAMED]]
    return " · ".join([*names, f"{len(paths) - _NAMED} more"] if len(paths) > _NAMED else names)


def _paths(experiment: Experiment, section: str) -> list[str]:
    """The settings of a group under More that have a control, or a button that leads to one."""
    first = first_paths(experiment)
    return [path for path in experiment.settings() if path.startswith(f"{section}.") and path not in first]


def _controls(experiment: Experiment, paths: list[str]) -> None:
    for path in paths:
        if path not in _ELSEWHERE and (path != "loss.reading" or len(_options(experiment, path)) > 1):
            control(experiment, path)
    if "data.y" in paths:
        words = "Choose the target, the features and the split, and look at the table."
        state.to_page("data", "Columns and split", help=words)


def _targets(experiment: Experiment) -> None:
    """Which of several targets is shown."""
    if experiment.data.also and experiment.data.table != NO_TABLE:
        told = "One network predicts all targets. Charts, scores and verdict are for this one. No retraining needed."
        shown = list(experiment.data.targets)
        select("Target shown", shown, experiment.data.y, _SHOWN, _show_target, help=told)


def _show_target() -> None:
    state.change({"data.y": st.session_state[_SHOWN]})


def _presets(experiment: Experiment, *, told: bool) -> None:
    """The box of presets, and if `told`, what to look for."""
    matching = matching_preset(experiment)
    words = {} if matching else {_CHANGED: f"{PRESETS[st.session_state.base].label}, changed"}
    words |= {name: f"{GROUPS[row.group]} · {row.label}" for name, row in PRESETS.items()}
    chosen, help_text = matching or _CHANGED, "Named experiments. Opening one keeps your seeds."
    select("Preset", list(words), chosen, "preset", _open_chosen, format_func=words.__getitem__, help=help_text)
    if told:
        st.caption(PRESETS[matching].look_for if matching else "Reset returns to the preset and keeps your seeds.")


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
