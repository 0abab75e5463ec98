"""A section of the page Over seeds: the price of a wrong family, in theory and measured."""

from collections.abc import Sequence

import streamlit as st

from core.charts.drawing import Drawing
from core.charts.family_grid import family_spec, family_table
from core.data.noise import NOISES
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.studies import family_prices as wrong_families
from pages.shared import view
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.training import obtain

ROW_HEIGHT = 66
_ALT = "What each loss costs under each noise, nats a point: theory, and under it measured"


def experiments(seeds: int) -> list[Experiment]:
    """The experiments of the section, trained when a person asks for it."""
    return [each for group in wrong_families.experiments(seeds).values() for each in group]


def show(experiment: Experiment, seeds: int, beside: Sequence[Experiment]) -> None:
    """The price of each family under each noise, and the measured price over the seeds once they are trained."""
    st.markdown("### A wrong family on purpose")
    wanted = experiments(seeds)
    label = f"Train {len(wanted) // seeds} × {seeds} seeds"
    with obtain(wanted, name="families", beside=beside, unasked=False, label=label) as runs:
        found = wrong_families.cells(runs, seeds)
        st.markdown(plain(wrong_families.sentence(found)))
        _grid(found, wrong_families.own_cell(experiment))
        st.caption(
            f"Nats a point above the truth, on the quick preset: theory in bold, under it the mean over {seeds} seeds "
            "± half of its 95 % interval. 0.000 is a family that holds the noise. The frame is the sidebar's pair."
        )


def _grid(found: Sequence[wrong_families.Cell], own: tuple[str, str] | None) -> None:
    noises = tuple(row.label for row in NOISES.values())
    losses = tuple(LOSSES[name].label for name in wrong_families.FITTED)
    theory = [cell.theory for cell in found]
    rows = family_table(
        [NOISES[cell.noise].label for cell in found],
        [LOSSES[cell.loss].label for cell in found],
        theory,
        [cell.measured.mean for cell in found],
        words=[wrong_families.measured_words(cell) for cell in found],
        own=None if own is None else (NOISES[own[0]].label, LOSSES[own[1]].label),
    )
    drawing = Drawing(family_spec(view.scheme(), losses, noises, (0.0, max(theory))), rows)
    put(drawing, "families chart", _ALT, 80 + ROW_HEIGHT * len(noises))
