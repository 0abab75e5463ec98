"""A section of the page Over seeds: the gap to the truth of a wrong noise family, in theory and measured."""

from collections.abc import Sequence

import streamlit as st

from core.charts.drawing import Drawing
from core.charts.family_grid import family_spec, family_table
from core.data.noise import NOISES
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.studies import family_prices as wrong_families
from pages.shared import view
from pages.shared.elements import section
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.terms import termed
from pages.shared.training import obtain

ROW_HEIGHT = 66
_ALT = "Gap to the truth of each loss under each noise, in nats per point: in theory, and below it measured"


def experiments(seeds: int) -> list[Experiment]:
    """The experiments of the section, trained when a person asks for it."""
    return [each for group in wrong_families.experiments(seeds).values() for each in group]


def show(experiment: Experiment, seeds: int, beside: Sequence[Experiment]) -> None:
    """The gap of each family under each noise in theory, and measured over the seeds once they are trained."""
    section("families", "What the wrong noise model costs")
    wanted = experiments(seeds)
    with obtain(wanted, name="families", beside=beside, unasked=False) as runs:
        found = wrong_families.cells(runs, seeds)
        st.markdown(termed(plain(wrong_families.sentence(found))))
        _grid(found, wrong_families.own_cell(experiment))
        words = (
            "Extra nats per point over the true model, with the quick preset. "
            f"Bold: theory. Below it: the mean over {seeds} seeds ± half its 95 % interval. "
            "0.000: a loss family that contains the true noise. The outlined cell is the current experiment."
        )
        st.caption(termed(words))


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
    put(drawing, "families chart", _ALT, 80 + ROW_HEIGHT * len(noises), wrong_families.seen(found))
