"""The experiment of this browser window: from the link, then from the controls; and back into the link."""

from typing import Any

import streamlit as st

from core.experiment import FIELDS, Experiment
from core.link import read_link
from core.presets import PRESETS
from core.settings import InvalidExperiment

SEEDS = ("data.seed", "training.seed")


def widget_key(path: str) -> str:
    """The name of a setting's control in the session's state."""
    return f"control {path}"


def widget_value(experiment: Experiment, path: str) -> Any:
    """A setting as its control shows it."""
    value = experiment.value(path)
    return ", ".join(str(v) for v in value) if isinstance(value, tuple) else value


def current_experiment() -> Experiment:
    """What the link or the controls ask for now. Called first in a script run: a moved control already has its new
    value then, so that training can begin before the controls are drawn again."""
    state = st.session_state
    query = st.query_params.to_dict()
    if "experiment" not in state or query != state.link:  # a first visit, or the browser's back button
        opened = read_link(query)
        state.experiment, state.remarks = opened.experiment, opened.remarks
        state.setdefault("base", next(iter(PRESETS)))
    else:
        _take_changes()
    state.link = {} if state.experiment == Experiment() else state.experiment.to_query()
    if query != state.link:
        st.query_params.from_dict(state.link)
    _show_in_controls()
    return state.experiment


def change(settings: dict[str, Any]) -> None:
    """Set some settings, as a button does."""
    st.session_state.experiment = st.session_state.experiment.with_settings(settings)
    st.session_state.remarks = ()
    _forget_controls()


def open_preset(name: str) -> None:
    """Open a preset; the seeds stay what they are."""
    seeds = {path: st.session_state.experiment.value(path) for path in SEEDS}
    st.session_state.experiment = PRESETS[name].experiment.with_settings(seeds)
    st.session_state.base, st.session_state.remarks = name, ()
    _forget_controls()


def new_seed() -> None:
    """Other points and another start."""
    change({path: st.session_state.experiment.value(path) + 1 for path in SEEDS})


def matching_preset(experiment: Experiment) -> str | None:
    """The preset that this experiment is, seeds and reading aside."""
    seeds = {path: experiment.value(path) for path in SEEDS}
    same = (name for name, row in PRESETS.items() if row.experiment.with_settings(seeds).key == experiment.key)
    return next(same, None)


def control_error(path: str) -> str | None:
    """What is wrong with what a control holds, if anything is: it then stays as it was typed."""
    return st.session_state.get("control_errors", {}).get(path)


def _take_changes() -> None:
    state, errors = st.session_state, {}
    for path in FIELDS:
        held = state.get(widget_key(path))
        if held is None or held == widget_value(state.experiment, path):
            continue
        try:
            state.experiment = state.experiment.with_settings({path: held})
            state.remarks = ()
        except InvalidExperiment as error:
            errors[path] = str(error)
    state.control_errors = errors


def _show_in_controls() -> None:
    state = st.session_state
    for path in FIELDS:
        key, value = widget_key(path), widget_value(state.experiment, path)
        if state.get(key) != value and control_error(path) is None:
            state[key] = value


def _forget_controls() -> None:
    st.session_state.control_errors = {}
    for path in FIELDS:
        st.session_state.pop(widget_key(path), None)
