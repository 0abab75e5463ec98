"""A section of the page Over seeds: what a wrong family costs, theory beside measured."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.charts.family_grid import family_spec, family_table
from core.data.noise import NOISES
from core.diagnosis import wrong_families
from core.experiment import Experiment
from core.model.losses import LOSSES
from pages.parts import view
from pages.parts.plain import plain
from pages.parts.training import obtain

ROW_HEIGHT = 58


def experiments() -> list[Experiment]:
    """What the section trains once a person asks for it."""
    return list(wrong_families.experiments().values())


def show(beside: Sequence[Experiment]) -> None:
    """The price of each family under each noise; measured, once it is trained."""
    st.markdown("### A wrong family on purpose")
    wanted = experiments()
    with obtain(wanted, name="families", beside=beside, unasked=False, label=f"Train all {len(wanted)}") as runs:
        found = wrong_families.cells(runs)
        st.markdown(plain(wrong_families.sentence(found)))
        noises = tuple(row.label for row in NOISES.values())
        losses = tuple(LOSSES[name].label for name in wrong_families.FITTED)
        theory, measured = (
            [np.nan if price is None else price for price in prices]
            for prices in zip(*((cell.theory, cell.measured) for cell in found), strict=True)
        )
        st.vega_lite_chart(
            family_table(
                [NOISES[cell.noise].label for cell in found],
                [LOSSES[cell.loss].label for cell in found],
                theory,
                measured,
            ),
            family_spec(view.scheme(), losses, noises, (0.0, float(np.nanmax(theory)))),
            theme=None,
            key="families chart",
            height=80 + ROW_HEIGHT * len(noises),
            alt="What each loss costs under each noise, nats a point: theory, and under it measured",
        )
        st.caption("Nats a point above the truth, on the quick preset, one seed. 0.000 is the right family.")
