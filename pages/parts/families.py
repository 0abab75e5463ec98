"""A section of the page Over seeds: what a wrong family costs, theory beside measured."""

from collections.abc import Sequence

import streamlit as st

from core.data.noise import NOISES
from core.diagnosis import wrong_families
from core.experiment import Experiment
from core.model.losses import LOSSES
from pages.parts.plain import plain
from pages.parts.training import obtain


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
        lines = [f"| Noise | {' | '.join(plain(LOSSES[name].label) for name in wrong_families.FITTED)} |"]
        lines.append("|" + " --- |" * (len(wrong_families.FITTED) + 1))
        for noise, row in NOISES.items():
            cells = (wrong_families.words(cell) for cell in found if cell.noise == noise)
            lines.append(f"| {plain(row.label)} | {' | '.join(plain(cell) for cell in cells)} |")
        with st.container(key="table families"):
            st.markdown("\n".join(lines))
        st.caption("Nats a point above the truth, theory / measured, on the quick preset. 0 is the right family.")
