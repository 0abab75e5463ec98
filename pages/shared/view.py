"""What pages say about one run: its verdict and a row of scores."""

from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from core.diagnosis.verdict.findings import Finding
from core.experiment.build import dataset_of
from core.training.run import Run
from core.words import number
from pages.shared.plain import unbroken

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


def scores(run: Run | None) -> None:
    """The row of scores under the charts; dashes as long as there is no run."""
    found = run.scores if run is not None and run.has_curve else {}
    known = dataset_of(run.experiment).truth is not None if run is not None else True
    with st.container(horizontal=True, key="scores"):
        _figure(
            "NLL, full",
            _number(found.get("nll")),
            "−log density of held-out points, constants included, nats. Lower is better.",
        )
        _figure(
            "Gap to truth",
            _number(found.get("gap"), 4) if known else "n/a",
            "Mean KL divergence from the true distribution, nats. 0 is perfect; needs a known truth.",
        )
        _figure(
            "RMSE",
            _number(found.get("rmse")),
            "Root mean squared error on held-out points, in the unit of y: no less than the noise.",
        )
        coverage = found.get("coverage_95")
        _figure(
            "95 % covers",
            "–" if coverage is None else f"{coverage:.1%}".replace("%", " %"),
            "Share of held-out points inside the 95 % band; 95 % is right.",
        )
        _figure(
            "Trained in",
            "–"
            if run is None or not run.device
            else f"{run.seconds:.2f} s"
            if run.seconds < 10
            else f"{run.seconds:.0f} s",
            "Seconds of training, frames included.",
        )
        _figure("Device", "–" if run is None or not run.device else run.device, "Where it was trained.")


def _figure(label: str, value: str, words: str) -> None:
    st.metric(label, value, help=words, width=124)


def _number(value: float | None, decimals: int = 3) -> str:
    return "–" if value is None else number(value, decimals)


def scheme() -> str:
    """The palette of the page: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"
