"""What pages say about one run: its verdict and a row of scores."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from core.diagnosis.finding import Finding, Fix
from core.experiment.build import dataset_of
from core.training.run import Run
from core.words import number
from pages.shared import state
from pages.shared.elements import button
from pages.shared.plain import plain, unbroken

MANY_ROWS = 50_000  # above this a page's computations are slow enough to be noticed

ICONS = {
    "good": ":green[:material/check_circle:]",
    "warning": ":orange[:material/warning:]",
    "mistake": ":red[:material/error:]",
    "open": ":material/pending:",
}


def told_where_long(rows: int, words: str) -> AbstractContextManager[object]:
    """A spinner with `words` while something is computed from many rows; nothing for few."""
    return st.spinner(words) if rows > MANY_ROWS else nullcontext()


def headline(finding: Finding) -> None:
    """The verdict: a headline with its icon, and a paragraph with the numbers."""
    st.subheader(f"{ICONS[finding.kind]} {finding.headline}", anchor=False)
    st.markdown(unbroken(finding.sentence))


def fix_buttons(fixes: Sequence[Fix], key: str, *, primary: bool = True) -> None:
    """A button for each fix of a fault; the first is the primary one unless the page has another."""
    for i, fix in enumerate(fixes):
        label, settings, icon = plain(fix.label), dict(fix.settings), ":material/auto_fix_high:"
        button(label, f"{key} {i}", state.change, settings, icon=icon, primary=primary and i == 0)


_SCORES = {
    "NLL, full": "−log density of held-out points, constants included, nats. Lower is better.",
    "Gap to truth": "Mean KL divergence from the true distribution, nats. 0 is perfect; needs a known truth.",
    "RMSE": "Root mean squared error on held-out points, in the unit of y: no less than the noise.",
    "95 % covers": "Share of held-out points inside the 95 % band; 95 % is right.",
    "Trained in": "Seconds of training, frames included.",
    "Device": "Where it was trained.",
}


def scores(run: Run | None) -> None:
    """The row of scores under the charts; dashes as long as there is no run."""
    found = run.scores if run is not None and run.has_curve else {}
    known = run is None or dataset_of(run.experiment).truth is not None
    coverage, trained = found.get("coverage_95"), run if run is not None and run.device else None
    values = (
        _number(found.get("nll")),
        _number(found.get("gap"), 4) if known else "n/a",
        _number(found.get("rmse")),
        "–" if coverage is None else f"{100 * coverage:.1f} %",
        "–" if trained is None else f"{trained.seconds:.{2 if trained.seconds < 10 else 0}f} s",
        "–" if trained is None else trained.device,
    )
    with st.container(horizontal=True, key="scores"):
        for (label, words), value in zip(_SCORES.items(), values, strict=True):
            st.metric(label, value, help=words, width=124)


def _number(value: float | None, decimals: int = 3) -> str:
    return "–" if value is None else number(value, decimals)


def scheme() -> str:
    """The palette of the page: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"
