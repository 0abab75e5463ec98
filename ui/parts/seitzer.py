"""Seitzer's sine on the Anatomy page: the plain NLL's trap, and two cures, beside each other."""

import streamlit as st

from core.diagnosis.chart_data.pull_data import pull, trap_sentence
from core.experiment.experiment import Experiment
from core.experiment.presets import PRESETS
from core.model.losses import LOSSES
from core.training.run import Run
from ui.shared import anatomy_charts, view
from ui.shared.training import obtain

_LOSSES = ("gaussian_nll", "beta_nll", "faithful")
# As published, and with a quarter of the steps, each four times as large: enough to see it.
_AS_LONG = {
    "quick": {"training.steps": 20_000, "training.learning_rate": 2e-3},
    "published": {},
}
_LABELS = {"quick": "20,000 large steps", "published": "80,000 steps, as published"}
_KEY = "seitzer length"


def experiments() -> list[Experiment]:
    """The preset with each of the losses, for as long as is asked for."""
    length = _AS_LONG[st.session_state.get(_KEY, "quick")]
    preset = PRESETS["seitzer-sine"].experiment
    return [preset.with_settings({"loss.name": name, **length}) for name in _LOSSES]


def introduce() -> None:
    """What is to be seen, and how long it may take."""
    st.markdown("### The rich get richer: Seitzer’s sine")
    st.markdown(
        "A plain NLL weighs each point by 1/σ̂². Where the mean is still wrong σ̂ is large, so those points hardly pull, "
        "and the mean stays wrong. β-NLL and the faithful loss take that weight back. 10 : 1 says that the strongest "
        "tenth of x pulls ten times as hard as the weakest, for the size of its residuals."
    )
    st.segmented_control(
        "How long", list(_AS_LONG), default="quick", format_func=_LABELS.__getitem__, key=_KEY, required=True
    )


def show(beside: list[Experiment]) -> None:
    """The three runs, once a person has asked for them."""
    with obtain(experiments(), name="seitzer", beside=beside, unasked=False, label="Train the three") as runs:
        if any(run is not None for run in runs):
            _maps(runs)


def _maps(runs: list[Run | None]) -> None:
    found = [None if run is None else pull(run) for run in runs]
    weights = anatomy_charts.shared_weights(found)
    columns = st.columns(3, gap="medium", vertical_alignment="bottom")
    for column, name, run, each in zip(columns, _LOSSES, runs, found, strict=True):
        with column:
            st.markdown(f"**{LOSSES[name].label}.** {'Not trained yet.' if run is None else trap_sentence(run)}")
            if run is not None and each is not None:
                view.fit_alone(run, f"seitzer fit {name}", 170)
                anatomy_charts.pull_map(run, each, weights, "Pull by x and step", f"seitzer {name}")
