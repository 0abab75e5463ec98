"""What the page Sweeps shows: a form for the axes, the sweep that runs, and its results."""

from typing import Any

import streamlit as st

from core.experiment.build import is_readable
from core.experiment.experiment import Experiment, differences, setting_of, value_words
from core.experiment.settings import InvalidExperiment
from core.runs.laboratory import Laboratory
from core.sweeps import form
from core.sweeps.desk import Busy, Desk, Standing
from core.sweeps.progress import progress_words
from core.sweeps.results import ResultsError
from core.sweeps.summary import best_words
from core.sweeps.sweep import Sweep
from core.visitor import SHARED, own_space
from core.words import time_words
from pages.shared import state
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import button, choose
from pages.shared.plain import plain
from pages.shared.shell import laboratory, session
from pages.shared.terms import termed
from pages.views import sweep_results

_WAYS = {form.GRID: "All combinations", form.RANDOM: "Random points"}
_PROGRESS_S, _RESULTS_S = 1.0, 5.0  # between two drawings while it trains: of a line, and of all results
_STOPS_WITHIN_S = 4.0
_SEEDS, _POINTS = 3, 20
_ASKS = (
    "A sweep trains the experiment of the sidebar with many settings, each from several seeds. "
    "It goes on while you do other things, and quick runs of others go first."
)
_NOTE = "sweep note"  # why a sweep did not start, until the next script run


def show() -> None:
    """One script run: what is found so far, the form, and the results of the sweep that is open."""
    experiment = state.current_experiment(with_sweep=True)
    sidebar(experiment)
    desk = _desk(laboratory())
    id = state.sweep()
    standing = None if id is None else desk.find(id)
    if standing is not None and not is_readable(standing.sweep.base):
        standing = None  # its table is another visitor's
    place = st.container(key="section finding")
    if note := st.session_state.pop(_NOTE, None):
        place.error(plain(note), icon=":material/error:")
    with st.expander("Set up a sweep", icon=":material/tune:", expanded=standing is None):
        _form(experiment, desk)
    if standing is None:
        with place:
            _nothing_yet(id)
    else:
        with place:
            _opened(desk, standing, experiment)


def _desk(lab: Laboratory) -> Desk:
    """The sweeps of this server, on the workers of its laboratory."""
    return _made(id(lab), lab)


@st.cache_resource(show_spinner=False, max_entries=1, on_release=lambda desk: desk.close())
def _made(number: int, _lab: Laboratory) -> Desk:
    return Desk(_lab.cluster, long_runs=_lab.long_runs)


def _nothing_yet(id: str | None) -> None:
    st.header(":material/pending: Which settings are best?", anchor=False)
    st.markdown(termed(_ASKS))
    if id is not None:
        st.warning("The sweep of this address is not here any more. Start it again below.", icon=":material/warning:")


def _form(experiment: Experiment, desk: Desk) -> None:
    """The axes, the seeds, how many runs there are and how long they take, and the button."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep kind"):
        way = choose("Points", _WAYS, form.GRID, "sweep way")
        number = _POINTS
        if way == form.RANDOM:
            number = st.number_input("Number of points", 1, form.MOST_DRAWN, _POINTS, key="sweep number", width=170)
        seeds = st.number_input("Seeds", 1, form.MOST_FORM_SEEDS, _SEEDS, key="sweep seeds", width=130)
    offered = form.offered(experiment)
    axes: list[tuple[str, Any]] = []
    for place in range(form.MOST_FORM_AXES):
        first = form.FIRST[place] if place < len(form.FIRST) and form.FIRST[place] in offered else None
        if place > len(axes) or (axis := _axis(place, experiment, offered, first, way)) is None:
            break
        axes.append(axis)
    try:
        sweep = form.sweep_from_form(experiment, way, axes, int(number), int(seeds))
        if sweep.runs > desk.most_runs:
            raise _too_many(sweep, desk)
    except InvalidExperiment as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="sweep start"):
        label = f"Train {sweep.runs:,} runs"
        button(label, "sweep train", _start, desk, sweep, icon=":material/play_arrow:", primary=True)
        st.markdown(_size_words(sweep, laboratory().cluster.known_workers), width="content")
        copy_link()


def _too_many(sweep: Sweep, desk: Desk) -> InvalidExperiment:
    from core.experiment.settings import Problem

    allowed = f"at most {desk.most_runs:,} on this page; the command line takes more"
    return InvalidExperiment([Problem("The number of runs", sweep.runs, allowed)])


def _axis(
    place: int, experiment: Experiment, offered: list[str], first: str | None, way: str
) -> tuple[str, Any] | None:
    """One row of the form: a setting and its values; None for an empty row."""
    left, right = st.columns([2, 3], vertical_alignment="top")
    with left:
        path = st.selectbox(
            f"Setting {place + 1}",
            offered,
            None if first is None else offered.index(first),
            format_func=lambda path: setting_of(path).label,
            placeholder="Choose a setting, or leave it empty",
            key=f"sweep path {place} {first}",
        )
    if path is None:
        return None
    with right:
        if form.has_choices(path):
            options = form.choices(path, experiment)
            return path, st.multiselect(
                f"Values of setting {place + 1}",
                options,
                [one for one in form.first_choices(path, experiment) if one in options],
                format_func=lambda value: value_words(path, value),
                key=f"sweep chosen {place} {path}",
            )
        words = form.first_words(path, experiment, way)
        label = f"Values of setting {place + 1}"
        help = form.how_to_fill(path, way)
        return path, st.text_input(label, words, key=f"sweep typed {place} {path} {way}", help=help)


def _size_words(sweep: Sweep, workers: int) -> str:
    """How many runs, and about how long they take."""
    points, seeds = len(sweep.points), len(sweep.seeds)
    of = f"{points:,} point{'s' * (points != 1)} × {seeds} seed{'s' * (seeds != 1)}"
    takes = time_words(sweep.total_seconds / max(1, workers))
    return f"{of}. They take about {takes} on {max(1, workers)} workers."


def _start(desk: Desk, sweep: Sweep) -> None:
    try:
        state.open_sweep(desk.start(sweep, _owner()))
    except (Busy, ResultsError, InvalidExperiment) as error:
        st.session_state[_NOTE] = str(error)


def _opened(desk: Desk, standing: Standing, experiment: Experiment) -> None:
    """A sweep that runs or has ended: what is best, how far it is, and all results; drawn again while it runs."""
    if standing.is_running:
        st.fragment(_finding, run_every=_RESULTS_S)(standing)
        st.fragment(_running, run_every=_PROGRESS_S)(standing)
        st.fragment(_results, run_every=_RESULTS_S)(standing)
        return
    _finding(standing)
    _ended(desk, standing, experiment)
    _results(standing)


def _finding(standing: Standing) -> None:
    headline, sentence = best_words(standing.sweep, standing.rows(), st.session_state.get(sweep_results.SCORE, "nll"))
    finished = standing.progress.is_finished
    icon = ":green[:material/check_circle:]" if finished else ":material/pending:"
    st.header(f"{icon} {plain(headline if finished else f'So far: {headline}')}", anchor=False)
    st.markdown(termed(plain(sentence)))


def _running(standing: Standing) -> None:
    """How far it is, and a button that stops it."""
    if not standing.is_running:
        st.rerun()  # once more, without the timers
    progress = standing.progress
    with st.container(key="sweep progress", horizontal=True, vertical_alignment="center"):
        st.markdown(plain(progress_words(progress)), width="content")
        st.progress(min(1.0, progress.share), width=240)
        if standing.owner == _owner():
            button("Stop", "sweep stop", _stop, standing, icon=":material/stop:")


def _owner() -> str:
    """Whose sweeps those are that are started here: the visitor's, or on a host with one list for all the window's."""
    return session() if own_space() == SHARED else own_space()


def _stop(standing: Standing) -> None:
    standing.stop()
    standing.wait(_STOPS_WITHIN_S)  # so that the page is drawn with all that has come


def _ended(desk: Desk, standing: Standing, experiment: Experiment) -> None:
    """How many runs there are, and what can be done next."""
    progress = standing.progress
    with st.container(key="sweep progress", horizontal=True, vertical_alignment="center"):
        st.markdown(plain(progress_words(progress)), width="content")
        if not progress.is_finished:
            button("Go on", "sweep again", _go_on, desk, standing.id, icon=":material/play_arrow:", primary=True)
        if differences(standing.sweep.base, experiment):
            button("Open its experiment", "sweep base", state.open_kept, standing.sweep.base, icon=":material/undo:")
    if standing.problem:
        st.warning(plain(standing.problem), icon=":material/warning:")


def _go_on(desk: Desk, id: str) -> None:
    try:
        desk.go_on(id, _owner())
    except (Busy, ResultsError, InvalidExperiment) as error:
        st.session_state[_NOTE] = str(error)


def _results(standing: Standing) -> None:
    if rows := standing.rows():
        sweep_results.show(standing.sweep, rows)
