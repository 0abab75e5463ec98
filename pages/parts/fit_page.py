"""What the Fit page shows: the verdict, the charts and the scores of the experiment in the sidebar."""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.diagnosis.findings import Finding, verdict
from core.experiment import Experiment
from core.runs.laboratory import Job, Laboratory
from core.runs.store import ANSWERS
from core.training.cost import estimated_seconds, is_quick
from core.training.run import Run
from pages.parts import state, view
from pages.parts.controls import sidebar
from pages.parts.copy_link import copy_link
from pages.parts.plain import plain
from pages.parts.shell import laboratory, session

AT_ONCE_S = 0.6  # a run that ends within this is drawn once, finished; a longer one is watched
POLL_S = 0.1
SLOW_POLL_S = 0.25  # of a run that lasts: drawing ten times a second would take a core from it
LASTS_S = 5.0
BRIEF_S = 1.0  # a run expected within this is not watched by a fragment, even where it is late
NEWS_S = 0.4  # how long the charts of such a run stand before they are drawn again, for slow browsers
LINE_MOVES_S = 2.0  # the same while all there is to say is its place in the line
STOPS_WITHIN_S = 2.0


def show() -> None:
    """One script run. Training begins before the controls are drawn, so that it goes on meanwhile."""
    lab = laboratory()
    experiment = state.current_experiment()
    run, job = _begin(lab, experiment)
    sidebar(experiment)
    _retrain_switch(experiment)
    if remarks := st.session_state.remarks:
        with st.container(key="remarks"):
            st.warning("\n\n".join(map(plain, remarks)), icon=":material/link_off:")
    if lab.store.problem:
        st.sidebar.warning(plain(lab.store.problem), icon=":material/database_off:")
    if job is not None and job.wait(AT_ONCE_S if is_quick(experiment) else 0):
        run, job = job.run, None
    if job is not None and estimated_seconds(experiment) < BRIEF_S:
        _in_line(lab, experiment, job)
    elif job is not None:
        every = POLL_S if estimated_seconds(experiment) < LASTS_S else SLOW_POLL_S
        st.fragment(_watched, run_every=every)(lab, experiment)
    elif run is not None and run.status in ANSWERS:
        _finished(run)
    else:
        _untrained(lab, experiment, run or lab.find_stopped(experiment))


def _begin(lab: Laboratory, experiment: Experiment) -> tuple[Run | None, Job | None]:
    """The kept run; else the job that trains it; else neither, where a person has to press Train."""
    memory = st.session_state
    before: Experiment | None = memory.get("trains")
    if before is not None and before.key != experiment.key:
        memory.trains = memory.left = None
        if not memory.asked_for:
            lab.stop(before, session(), keep=False)  # nobody waits for the fit of a slider that has moved on
    run = lab.find(experiment)
    if run is not None:
        return run, None
    asked = memory.pop("asked", None) == experiment.key
    if memory.get("left") == experiment.key and not asked:
        return None, None
    job = lab.job(experiment, session())
    if job is None and (asked or _retrains(experiment)):
        job = lab.start(experiment, session())
        memory.asked_for = asked
    if job is not None:
        memory.trains, memory.left = experiment, None
        memory.setdefault("asked_for", True)
    return None, job


def _watched(lab: Laboratory, experiment: Experiment) -> None:
    """A training as it goes: a fragment that draws itself again and again, until the run has ended."""
    memory = st.session_state
    if memory.get("left") == experiment.key or memory.experiment != experiment:
        st.rerun()
    job = lab.job(experiment, session())
    if job is None:
        st.rerun()
    _training(lab, experiment, job)


def _in_line(lab: Laboratory, experiment: Experiment, job: Job) -> None:
    """A brief run that is late, for others are before it: drawn as it stands, and again about once a second.

    No fragment here: each window that waits would ask for it ten times a second, and twenty windows keep a server busy
    with that alone. Streamlit also drops what a script run has drawn last where such a request comes in just then.
    """
    words = _training(lab, experiment, job)
    again = time.monotonic() + (LINE_MOVES_S if job.frame is None else NEWS_S)
    while not job.wait(POLL_S) and time.monotonic() < again:
        _progress(words, lab, job)  # at each drawing Streamlit looks whether the person has done something
    st.rerun()


def _progress(place: DeltaGenerator, lab: Laboratory, job: Job) -> None:
    place.subheader(f":material/model_training: {_progress_words(lab, job)}", anchor=False)


def _training(lab: Laboratory, experiment: Experiment, job: Job) -> DeltaGenerator:
    """The page of a training; returns the place of the words on top."""
    with st.container(key="top"):
        words = st.empty()
        _progress(words, lab, job)
        st.progress(0.0 if job.frame is None else job.frame.step / job.frame.steps)
        with st.container(horizontal=True):
            st.button("Stop", icon=":material/stop:", key="stop", on_click=_stop, args=(lab, experiment))
            _common_buttons()
    view.charts(experiment, view.Moment.of_frame(experiment, job.frame), _previous(experiment))
    view.scores(None)
    return words


def _progress_words(lab: Laboratory, job: Job) -> str:
    if job.frame is None:
        before = lab.waiting_before(job)
        return f"Waiting for a free worker, {before} before this one" if before else job.waits or "Starting"
    remaining = job.remaining_s
    left = "" if remaining is None or remaining < 1 else f", {_duration(remaining)} to go"
    return f"Training: step {job.frame.step:,} of {job.frame.steps:,}{left}"


def _finished(run: Run) -> None:
    """A run that is the answer to its experiment."""
    finding = verdict(run)
    _top(run.experiment, finding)
    view.charts(run.experiment, view.Moment.of_run(run), _previous(run.experiment))
    view.scores(run)
    _remember(run)


def _untrained(lab: Laboratory, experiment: Experiment, partial: Run | None) -> None:
    """No answer yet: what a stopped run had, or the points alone; and the button that trains."""
    if lab.trains(experiment):
        finding, button = Finding("open", "You left this run", "Others watch it: it goes on for them."), "Watch again"
    elif partial is not None:
        finding, button = verdict(partial), "Train again"
        st.session_state.left = experiment.key
    else:
        words = f"{experiment.training.steps:,} steps take about {_duration(estimated_seconds(experiment))}."
        finding, button = Finding("open", "Not trained yet", f"{words} The charts fill while it trains."), "Train"
    _top(experiment, finding, train=button)
    moment = view.EMPTY if partial is None else view.Moment.of_run(partial)
    view.charts(experiment, moment, _previous(experiment))
    view.scores(partial)


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds > 1.7 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} s"


def _top(experiment: Experiment, finding: Finding, train: str | None = None) -> None:
    """The verdict and the buttons: the mends first, then what is always there."""
    with st.container(key="top"):
        view.headline(finding)
        with st.container(horizontal=True):
            _buttons(experiment, finding, train)


def _buttons(experiment: Experiment, finding: Finding, train: str | None) -> None:
    if train is not None:
        st.button(
            train,
            type="primary",
            icon=":material/play_arrow:",
            key="train",
            on_click=_train,
            args=(experiment,),
        )
    for i, mend in enumerate(finding.mends):
        kind = "primary" if i == 0 and train is None else "secondary"
        st.button(
            mend.label,
            type=kind,
            icon=":material/auto_fix_high:",
            key=f"mend {i}",
            on_click=state.change,
            args=(dict(mend.settings),),
        )
    _common_buttons()


def _common_buttons() -> None:
    """What stays at its place whether a run trains or has ended, so that no click falls into the gap."""
    st.button(
        "New seed",
        icon=":material/casino:",
        key="new seed",
        on_click=state.new_seed,
        help="Other points and another start: both seeds go up by one.",
    )
    st.button(
        "Reset",
        icon=":material/restart_alt:",
        key="reset",
        on_click=_reset,
        help="Back to the preset; the seeds stay.",
    )
    copy_link()


def _retrain_switch(experiment: Experiment) -> None:
    """On for what takes two seconds at most, off for longer; a person may set either otherwise."""
    quick = is_quick(experiment)
    key = _switch_key(quick)
    st.session_state.setdefault(key, quick)
    with st.sidebar:
        st.toggle(
            "Retrain as I tweak",
            st.session_state[key],
            key=key,
            help="Train at every change. For long runs it is off, and a button starts them.",
        )


def _retrains(experiment: Experiment) -> bool:
    quick = is_quick(experiment)
    return st.session_state.get(_switch_key(quick), quick)


def _switch_key(quick: bool) -> str:
    return "retrain quick" if quick else "retrain long"


def _train(experiment: Experiment) -> None:
    st.session_state.asked = experiment.key
    st.session_state.left = None


def _stop(lab: Laboratory, experiment: Experiment) -> None:
    job = lab.job(experiment, session())
    if job is not None and lab.stop(experiment, session()):
        job.wait(STOPS_WITHIN_S)  # so that what it had is there when the page is drawn again
    st.session_state.left = experiment.key


def _reset() -> None:
    state.open_preset(st.session_state.base)


def _remember(run: Run) -> None:
    """The run shown before this one stays faintly behind it."""
    shown: Run | None = st.session_state.get("shown")
    if shown is None or (shown.key, shown.experiment.loss.reading) != (run.key, run.experiment.loss.reading):
        st.session_state.shown, st.session_state.before = run, shown


def _previous(experiment: Experiment) -> view.Moment | None:
    shown: Run | None = st.session_state.get("shown")
    if shown is not None and (shown.key, shown.experiment.loss.reading) == (
        experiment.key,
        experiment.loss.reading,
    ):
        shown = st.session_state.get("before")
    if shown is None or not shown.has_curve or not view.comparable(shown.experiment, experiment):
        return None
    moment = view.Moment.of_run(shown, behind=True)
    return (
        moment if shown.experiment.loss.name == experiment.loss.name else view.Moment(moment.curve, view.EMPTY.history)
    )
