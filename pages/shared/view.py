"""What pages say about one run: its verdict and a row of scores."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from core.diagnosis.chart_data.loss_figures import loss_figures
from core.diagnosis.finding import Finding, Fix
from core.evaluation.scores import SCORES
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.training.run import Run
from pages.shared import state
from pages.shared.elements import button
from pages.shared.plain import plain, unbroken
from pages.shared.stale import stale_note
from pages.shared.terms import termed
from pages.shared.why import place_of, why_link

MANY_ROWS = 50_000  # above this a page's computations are slow enough to be noticed

WHAT_MEMBERS_SAY = (
    "These figures are of the first member. The predicted std of all members contains noise (aleatoric) and missing "
    "knowledge (epistemic). Standard errors assume independent points."
)
WHAT_STD_IS = (
    "The predicted std is the noise alone (aleatoric). It does not include what the network does not know. "
    "Standard errors assume independent points."
)

ICONS = {
    "good": ":green[:material/check_circle:]",
    "warning": ":orange[:material/warning:]",
    "mistake": ":red[:material/error:]",
    "open": ":material/pending:",
}


def told_where_long(rows: int, words: str) -> AbstractContextManager[object]:
    """A spinner with `words` while something is computed from many rows; nothing for few."""
    return st.spinner(words) if rows > MANY_ROWS else nullcontext()


def headline(finding: Finding, otherwise: tuple[str, str] | None = None, experiment: Experiment | None = None) -> None:
    """The verdict: a headline with its icon, a paragraph with the numbers, and the way to what shows it.

    `otherwise` is the page and section for a finding without its own; `experiment` is that of the run, if another than
    that of the controls.
    """
    stale_note(experiment)
    st.header(f"{ICONS[finding.kind]} {finding.headline}", anchor=False)
    link = state.full_link() if experiment is None else experiment.to_query()
    why = why_link(place_of(finding, otherwise), link)
    st.markdown(f"{termed(unbroken(finding.sentence))} {why}".strip())


def fix_buttons(fixes: Sequence[Fix], key: str, *, primary: bool = True) -> None:
    """A button for each fix of a fault; the first is the primary one unless the page has another."""
    for i, fix in enumerate(fixes):
        label, settings, icon = plain(fix.label), dict(fix.settings), ":material/auto_fix_high:"
        button(label, f"{key} {i}", state.change, settings, icon=icon, primary=primary and i == 0)


_SCORES = {
    "NLL, full": "−log density of held-out points in nats, with all constants. Lower is better.",
    "Gap to truth": "Mean KL divergence from the true distribution, in nats. 0 is perfect. It needs simulated data.",
    "RMSE": "Root mean squared error on held-out points, in the unit of y. It cannot fall below the noise.",
    "95 % covers": "Share of held-out points inside their 95 % interval. 95 % is right.",
    "Trained in": "Seconds of training, with the states kept for the film.",
    "Device": "The processor that trained it.",
}


def scores(run: Run | None) -> None:
    """The row of scores under the charts; dashes as long as there is no run."""
    found = run.scores if run is not None and run.has_curve else {}
    known = run is None or dataset_of(run.experiment).truth is not None
    coverage, trained = found.get("coverage_95"), run if run is not None and run.device else None
    values = (
        _score(found, "nll"),
        _score(found, "gap") if known else "n/a",
        _score(found, "rmse"),
        "–" if coverage is None else f"{100 * coverage:.1f} %",
        "–" if trained is None else f"{trained.seconds:.{2 if trained.seconds < 10 else 0}f} s",
        "–" if trained is None else trained.device,
    )
    helps = _SCORES if trained is None else {**_SCORES, "Device": _where(trained)}
    with st.container(horizontal=True, key="scores"):
        for (label, words), value in zip(helps.items(), values, strict=True):
            st.metric(termed(label), value, help=words, width=124)


def _where(run: Run) -> str:
    """Where a run was trained, and what that decides."""
    kernel = run.versions.get("blas", "")  # runs kept before do not say it
    by = f" Matrix products by {kernel}." if kernel else ""
    return f"{_SCORES['Device']}{by} Another processor rounds differently, so the last digits differ there."


def _score(found: Mapping[str, float | None], name: str) -> str:
    return SCORES[name].words(found.get(name))


def loss_line(run: Run) -> None:
    """How training loss, loss on new points, floor and full NLL hang together, and what the std is of."""
    if (figures := loss_figures(run)) is not None:
        st.caption(termed(f"{plain(figures.sentence)} {WHAT_MEMBERS_SAY if len(run.predicting) > 1 else WHAT_STD_IS}"))


def scheme() -> str:
    """The palette of the page: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"
