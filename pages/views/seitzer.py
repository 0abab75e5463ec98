"""Seitzer's sine on the Anatomy page: the trap of the plain NLL beside two remedies."""

import streamlit as st

from core.charts.domains import weight_domain
from core.charts.drawing import Style
from core.charts.of_run.anatomy_charts import pull_map
from core.charts.of_run.chart_table import CHARTS
from core.charts.of_run.scene import Moment, Shown, scene
from core.diagnosis.chart_data.pull_data import pull, trap_sentence
from core.experiment.experiment import Experiment
from core.experiment.presets import PRESETS
from core.model.losses import LOSSES
from core.training.run import Run
from pages.shared import run_charts
from pages.shared.elements import choose
from pages.shared.training import obtain
from pages.shared.view import scheme

_LOSSES = ("gaussian_nll", "beta_nll", "faithful")
# As published, and with a quarter of the steps at four times the learning rate: enough to see the effect.
_AS_LONG = {"quick": {"training.steps": 20_000, "training.learning_rate": 2e-3}, "published": {}}
_LABELS = {"quick": "20,000 large steps", "published": "80,000 steps, as published"}
_KEY = "seitzer length"
_MAP, _MAP_ALT = "Pull by x and step", "effective weight of the points over x and steps"
_MAP_HEIGHT = 280


def experiments() -> list[Experiment]:
    """The preset with each of the losses, at the chosen length."""
    length = _AS_LONG[st.session_state.get(_KEY, "quick")]
    preset = PRESETS["seitzer-sine"].experiment
    return [preset.with_settings({"loss.name": name, **length}) for name in _LOSSES]


def introduce() -> None:
    """What the section shows, and the choice of its length."""
    st.markdown("### The rich get richer: Seitzer’s sine")
    st.markdown(
        "A plain NLL weights each point by 1/σ̂². Where the mean is still wrong, σ̂ is large: those points hardly count, "
        "and the mean stays wrong. The losses β-NLL and faithful undo that weight. "
        "10 : 1 means: the strongest tenth of x counts ten times as much as the weakest, for residuals of one size."
    )
    choose("How long", _LABELS, "quick", _KEY)


def show(beside: list[Experiment]) -> None:
    """The three runs, trained when a person asks for them."""
    with obtain(experiments(), name="seitzer", beside=beside, unasked=False) as runs:
        if any(run is not None for run in runs):
            _maps(runs)


def _maps(runs: list[Run | None]) -> None:
    found = [None if run is None else pull(run) for run in runs]
    weights = weight_domain(*[each.weights for each in found if each is not None])
    columns = st.columns(3, gap="medium", vertical_alignment="bottom")
    for column, name, run, each in zip(columns, _LOSSES, runs, found, strict=True):
        with column:
            st.markdown(f"**{LOSSES[name].label}.** {'Not trained yet.' if run is None else trap_sentence(run)}")
            if run is not None and each is not None:
                shown = Shown(run.experiment, Moment.of_run(run, behind=True), scene(run.experiment))
                run_charts.draw(CHARTS["fit"], shown, 170, f"seitzer fit {name}")
                drawing = pull_map(run, Style(scheme(), _MAP_HEIGHT), weights=weights, title=_MAP)
                run_charts.put(drawing, f"seitzer {name}", f"{_MAP}: {_MAP_ALT}", _MAP_HEIGHT, trap_sentence(run))
