"""What the Compare page shows: two runs on shared axes, what differs between them, and which score is the better."""

import streamlit as st

from core.charts.of_run.scene import Moment, Scene, Shown, shared_scenes
from core.diagnosis.verdict.findings import Finding, verdict
from core.evaluation.compared import GAP_FACTOR, better, shown
from core.evaluation.scores import COMPARED
from core.experiment.experiment import Experiment
from core.experiment.presets import PAIRS
from core.runs.entry import changed_settings
from core.training.example_pair import example_pair
from core.training.ranked import why_not_ranked
from core.training.run import Run
from pages.shared import state, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import button, put_table
from pages.shared.plain import plain, table
from pages.shared.run_charts import STACKED, put_each
from pages.shared.terms import termed
from pages.shared.training import latest_frame, obtain

PINNED = ("Pinned", "Current")
_ICONS = (":material/keep:", ":material/tune:")
_BETTER = ":green[:material/check:]"
_HOW = (
    f"{_BETTER} marks the better score where the difference is more than two standard errors. "
    "Runs judged on the same points are compared point by point. "
    f"A gap to the truth must also be {GAP_FACTOR:g} times the other, because another training seed changes it too."
)
_HOW_TO = "Your own experiment is unchanged: pin it to compare it with the next setting you try, or open a pair."
_ALONE = Finding("open", "Not trained yet", "The charts fill while it trains.")


def show() -> None:
    """One script run: the pinned experiment on the left, the one of the controls on the right."""
    right = state.current_experiment()
    left = state.pinned()
    sidebar(right)
    if left is None:
        _example(right)
    else:
        _buttons(pinned=True)
        _both(left, right, PINNED)


def _example(experiment: Experiment) -> None:
    """Nothing is pinned: a pair that is worth seeing. The person's own experiment stays as it is."""
    pair = example_pair(experiment)
    st.markdown(termed(f"{plain(pair.words)} {_HOW_TO}"))
    _buttons(pinned=False)
    _both(pair.left, pair.right, pair.row.sides)


def _both(left: Experiment, right: Experiment, names: tuple[str, str]) -> None:
    """Two experiments: what differs, their scores, and each with its verdict and charts on shared axes."""
    with obtain([left, right]) as runs:
        _tables(left, right, runs, names)
        scenes = shared_scenes(left, right)
        with st.container(key="sides"):
            columns = st.columns(2, gap="medium")
        for side, (experiment, run) in enumerate(zip((left, right), runs, strict=True)):
            with columns[side]:
                _side(side, names, experiment, run, scenes[side])


def _buttons(*, pinned: bool) -> None:
    with st.container(horizontal=True, gap="xsmall", key="pairs"):
        if pinned:
            button("Swap", "swap", state.swap, icon=":material/swap_horiz:", help="Left becomes right.")
            button("Pin current", "pin", state.pin, icon=":material/keep:")
            button("Unpin", "unpin", state.unpin, icon=":material/keep_off:")
        else:
            button("Pin this experiment", "pin", state.pin, icon=":material/keep:", primary=True)
        for name, row in PAIRS.items():
            icon = ":material/compare_arrows:"
            button(plain(row.label), f"pair {name}", state.open_pair, name, icon=icon, help=row.help)
        copy_link()


def _tables(left: Experiment, right: Experiment, runs: list[Run | None], names: tuple[str, str]) -> None:
    changed, good = st.columns([4, 5], gap="medium")
    with changed, st.container(key="differences"):
        if rows := changed_settings(left, right):
            st.markdown(table([("What differs", *names), *rows]))
        else:
            st.markdown("**Nothing differs yet:** change a setting in the sidebar.")
    with good:
        left_run, right_run = (run if run is not None and run.has_curve else None for run in runs)
        unranked = why_not_ranked(left_run, right_run) if left_run is not None and right_run is not None else ""
        put_table("compared", _scores(left_run, right_run, names, ranked=not unranked), escape=False)
        st.caption(termed(unranked or _HOW))


def _scores(left: Run | None, right: Run | None, names: tuple[str, str], *, ranked: bool) -> list[list[str]]:
    """A row in Markdown for each side; where scores rank, one that is better beyond luck is bold with a check mark."""
    lines = [[side] for side in names]
    for name, row in COMPARED.items():
        words = tuple(row.words(None if run is None else run.scores.get(name)) for run in (left, right))
        winner = None
        if left is not None and right is not None:
            words = shown(name, left.judged, right.judged)
            winner = {-1: 0, 1: 1}.get(better(name, left.judged, right.judged)) if ranked else None
        for side, value in enumerate(map(plain, words)):
            lines[side].append(f"**{value}** {_BETTER}" if side == winner else value)
    return [["", *(row.label for row in COMPARED.values())], *lines]


def _side(side: int, names: tuple[str, str], experiment: Experiment, run: Run | None, axes: Scene) -> None:
    """One run: which it is, its verdict, and its charts."""
    with st.container(key=f"side {side}", gap="xsmall"):
        st.caption(f"{_ICONS[side]} {names[side]}")
        view.headline(verdict(run) if run is not None else _ALONE, experiment=experiment)
    if run is not None:
        moment = Moment.of_run(run, behind=True)
    else:
        moment = Moment.of_frame(experiment, latest_frame(experiment))
    put_each(STACKED, Shown(experiment, moment, axes), f"{PINNED[side]} ")
