"""What a page says while a control holds something that is not valid yet: what it shows is of the last valid value."""

from collections.abc import Mapping

import streamlit as st

from core.experiment.experiment import Experiment, setting_of, value_words
from pages.shared.plain import plain

LONGEST = 80  # characters of the value that is named


def stale_words(errors: Mapping[str, str], experiment: Experiment) -> str:
    """Which controls are not valid yet, and of which values the page is; empty where all are valid."""
    if not errors:
        return ""
    if len(errors) > 1:
        names = " and ".join(f"“{setting_of(path).label}”" for path in errors)
        return f"{names} are not valid yet. Verdict and charts are of their last valid values."
    (path,) = errors
    value = value_words(path, experiment.value(path))
    value = value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
    return f"“{setting_of(path).label}” is not valid yet. Verdict and charts are of its last valid value: {value}"


def stale_note(experiment: Experiment | None) -> None:
    """Draw that above a verdict of the experiment of the controls; of another experiment, pinned or kept, nothing."""
    memory = st.session_state
    if experiment is not None and experiment != memory.get("experiment"):
        return
    if words := stale_words(memory.get("control_errors", {}), memory.experiment):
        st.warning(plain(words), icon=":material/history:")
