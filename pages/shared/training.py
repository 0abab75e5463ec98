"""From experiments to runs, for every page: find kept runs, train quick ones, ask before training long ones."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiment.experiment import Experiment
from core.runs.job import Job
from core.runs.laboratory import Laboratory
from core.runs.remembered import read_as
from core.training.cost import estimated_seconds, is_quick
from core.training.frame import Frame
from core.training.run import Run
from pages.shared import demo
from pages.shared.elements import button
from pages.shared.gate import GATE
from pages.shared.script_run import give_way, wait, wait_until
from pages.shared.shell import laboratory, session

AT_ONCE_S = 0.5  # a run that ends within this time is drawn without a word of waiting
IN_LINE_S = 8.0  # a late brief run is waited for so long before a Stop button is drawn, which costs another script run
POLL_S = 0.1
SLOW_POLL_S = 0.25  # for long runs: drawing ten times a second would take a core from the training
LASTS_S = 5.0
BRIEF_S = 1.0  # a run expected within this time is never watched by a fragment, even if it is late
NEWS_S = 0.4  # least time between two drawings of such a run's charts, for slow browsers
LINE_S = 1.0  # time between two looks at a window's place in the queue: to tell it costs a message
QUIET_S = 5.0  # a fragment without news is drawn again after so long
REDRAWN_S = 2.0  # least time between two drawings of a page around a progress line
SEEN_S = 1.0  # how often a window that waits says that it is still there
STOPS_WITHIN_S = 2.0


@dataclass(frozen=True)
class Standing:
    """An experiment with its run, or with the job that trains it, or with neither: then a person has to start it."""

    experiment: Experiment
    run: Run | None = None
    job: Job | None = None


@contextmanager
def obtain(
    experiments: Sequence[Experiment],
    *,
    name: str = "training",
    beside: Sequence[Experiment] = (),
    unasked: bool = True,
    label: str = "",
) -> Iterator[list[Run | None]]:
    """The run of each experiment: finished, or as far as a stopped training came, or None.

    Use it as `with obtain([one, other]) as runs:` and draw the page inside. Quick experiments are trained at once,
    unless `unasked` is False. During training one line shows the progress, with a Stop button; a long experiment that
    nobody started yet has a button instead, which says how many runs there are, or `label`.
    The script runs again when a run ends, and before that when there are new frames, every REDRAWN_S at most, so that a
    page that draws `latest_frame` shows the progress. While nothing changes, nothing is drawn but the line.
    A page that obtains runs in several places gives each a `name`, and lists its other experiments in `beside`.
    """
    lab = laboratory()
    standings = at_once(begin(lab, experiments, beside, unasked=unasked))
    jobs = [standing.job for standing in standings if standing.job is not None]
    missing = [standing.experiment for standing in standings if standing.run is None and standing.job is None]
    of = len(standings) - len(missing)
    waits = bool(jobs) and all(is_brief(job.experiment) for job in jobs)
    with st.container(key=name):  # always drawn, so that the elements after it keep their place
        if waits:
            words = _progress_line(lab, jobs, name, of)
        elif jobs:
            seen, again = [job.frame for job in jobs], time.monotonic() + REDRAWN_S
            watched = partial(_watched, lab, [job.experiment for job in jobs], name, of, seen, again)
            st.fragment(watched, run_every=SLOW_POLL_S)()
        elif missing:
            _offer(lab, missing, name, label)
    yield [standing.run or lab.find_stopped(standing.experiment) for standing in standings]
    if waits:
        _wait(lab, jobs, words, of)


def begin(
    lab: Laboratory, experiments: Sequence[Experiment], beside: Sequence[Experiment] = (), *, unasked: bool = True
) -> list[Standing]:
    """Find each run, or start its training if it may start unasked; stop trainings that this window no longer shows.

    Those in `beside` are shown too, and obtained by another call.
    """
    memory = st.session_state
    # Whether a person started each training that this window shows, or a slider.
    watched: dict[str, tuple[Experiment, bool]] = memory.setdefault("watched", {})
    left: set[str] = memory.setdefault("left", set())
    keys = {experiment.key for experiment in experiments}
    for key in set(watched) - keys - {experiment.key for experiment in beside}:
        before, asked_for = watched.pop(key)
        left.clear()
        if not asked_for:
            lab.stop(before, session(), keep=False)  # the slider has moved on
    standings = [_begin(lab, experiment, unasked) for experiment in experiments]
    memory.asked = memory.get("asked", set()) - keys
    return standings


def _begin(lab: Laboratory, experiment: Experiment, unasked: bool) -> Standing:
    memory, key = st.session_state, experiment.key
    run = lab.find(experiment)
    if run is not None:
        return Standing(experiment, run)
    asked = key in memory.get("asked", ())
    if key in memory.left and not asked:
        return Standing(experiment)
    job = lab.job(experiment, session())
    if job is None and key in memory.watched and (run := lab.find(experiment)) is not None:
        return Standing(experiment, run)  # it ended after the first look
    _, asked_for = memory.watched.get(key, (experiment, True))
    if job is None and (asked or (unasked and retrains(experiment))):
        job, asked_for = lab.start(experiment, session(), asked=asked), asked
    if job is not None:
        job.asked = job.asked or asked
        memory.left.discard(key)
        memory.watched[key] = experiment, asked_for
    return Standing(experiment, job=job)


def at_once(standings: Sequence[Standing]) -> list[Standing]:
    """The same after waiting briefly for quick trainings: a job that has ended becomes a run."""
    until = time.monotonic() + AT_ONCE_S
    return [_after(standing, until - time.monotonic()) for standing in standings]


def _after(standing: Standing, seconds: float) -> Standing:
    job, experiment = standing.job, standing.experiment
    if job is None or not wait(job.ended, seconds if is_quick(experiment) else 0.0):
        return standing
    return ended(job, experiment)


def ended(job: Job, experiment: Experiment) -> Standing:
    """What an experiment has once its job has ended: one job serves several readings."""
    return Standing(experiment, job.run and read_as(job.run, experiment))


def watch(experiment: Experiment, draw: Callable[[], None]) -> None:
    """Call `draw`, the body of a fragment, when there is something new, ten times a second, or four for long runs.

    Until a training has begun its charts do not change: then this waits for a frame, or for another place in the queue.
    """
    drawn: list[object] = []
    every = SLOW_POLL_S if estimated_seconds(experiment) >= LASTS_S else POLL_S
    st.fragment(partial(_news, experiment, draw, drawn), run_every=every)()


def _news(experiment: Experiment, draw: Callable[[], None], drawn: list[object]) -> None:
    """Draw what is new; at the latest after QUIET_S, for the browser takes away what a fragment has not drawn."""
    lab, until = laboratory(), time.monotonic() + QUIET_S
    with GATE.place(give_way):
        while (job := watched_job(lab, experiment)) is not None and drawn == [_shown(lab, job)]:
            if time.monotonic() > until:
                break
            wait_until(partial(job.wait_for_news, job.frame), LINE_S)
        drawn[:] = [] if job is None else [_shown(lab, job)]
        draw()


def watched_job(lab: Laboratory, experiment: Experiment) -> Job | None:
    """The job of an experiment for a window that still watches it: one that has left must not join it again."""
    memory = st.session_state
    left = experiment.key in memory.left or memory.experiment != experiment
    return None if left else lab.job(experiment, session())


def _shown(lab: Laboratory, job: Job) -> tuple[object, ...]:
    """All of a job that its page shows."""
    return job.id, *_state(job), lab.waiting_before(job), job.waits


def is_brief(experiment: Experiment) -> bool:
    """Whether the script itself waits for the run, without a fragment.

    With a fragment each waiting window would ask ten times a second, and twenty windows would keep a server busy: the
    script's thread waits for the job instead, which costs nothing.
    Streamlit also drops what a script run drew last if such a request comes at that moment.
    """
    return estimated_seconds(experiment) < BRIEF_S


def wait_in_line(lab: Laboratory, job: Job, tell: Callable[[str], None], seconds: float = math.inf) -> bool:
    """Wait for a brief run that is late because others go first, at most `seconds`; returns whether it has ended.

    Nothing is drawn, but `tell` gets how far it is, in words, when that changes.
    """
    return _wait_for([job], lab, tell, 1, lambda: False, seconds)


def _wait(lab: Laboratory, jobs: Sequence[Job], words: DeltaGenerator, of: int) -> None:
    """Wait until all have ended, or there is something new to draw; then run the script again."""
    seen, again = [_state(job) for job in jobs], time.monotonic() + (NEWS_S if len(jobs) == 1 else REDRAWN_S)

    def has_news() -> bool:
        return time.monotonic() > again and [_state(job) for job in jobs] != seen

    _wait_for(jobs, lab, partial(tell, words), of, has_news)
    st.rerun()


def _state(job: Job) -> tuple[int, bool]:
    """What a page shows of a job: the frame that it has come to, and whether it has ended."""
    return -1 if job.frame is None else job.frame.step, job.ended.is_set()


def _wait_for(
    jobs: Sequence[Job],
    lab: Laboratory,
    tell_words: Callable[[str], None],
    of: int,
    is_enough: Callable[[], bool],
    seconds: float = math.inf,
) -> bool:
    """Wait for the end of all jobs; returns False where it was enough before, or took `seconds`."""
    told, until, seen = "", time.monotonic() + seconds, -math.inf
    with GATE.let_go(give_way):
        while running := [job for job in jobs if not job.ended.is_set()]:
            if is_enough() or time.monotonic() > until:
                return False
            if time.monotonic() - seen > SEEN_S:  # or others would stop what this window waits for
                seen = time.monotonic()
                for job in running:
                    lab.job(job.experiment, session())
            if (now := progress_words(lab, running[0], of - len(running), of)) != told:
                told = now
                tell_words(now)
            wait(running[0].ended, LINE_S)
    return True


def latest_frame(experiment: Experiment) -> Frame | None:
    """The latest frame of its training, or None if it is not training or has no frame yet."""
    job = laboratory().job(experiment, session())
    return None if job is None else job.frame_of(experiment)


def _watched(
    lab: Laboratory,
    experiments: Sequence[Experiment],
    name: str,
    of: int,
    seen: Sequence[Frame | None],
    again: float,
) -> None:
    """The line as a fragment, until a run has ended or was stopped, or the whole page has something new to show."""
    jobs = [job for experiment in experiments if (job := lab.job(experiment, session())) is not None]
    left = not st.session_state.left.isdisjoint(experiment.key for experiment in experiments)
    if left or len(jobs) < len(experiments):
        st.rerun()
    if time.monotonic() > again and any(job.frame is not frame for job, frame in zip(jobs, seen, strict=True)):
        st.rerun()
    _progress_line(lab, jobs, name, of)


def _progress_line(lab: Laboratory, jobs: Sequence[Job], name: str, of: int) -> DeltaGenerator:
    """One progress line for all jobs, of `of` runs in all. Returns the place of its text."""
    first, ended = jobs[0], of - len(jobs)
    with st.container(key=f"{name} progress", horizontal=True, vertical_alignment="center"):
        words = st.empty()
        tell_progress(words, lab, first, ended, of)
        st.progress((ended + progress(first)) / of)
        stop_button(lab, [job.experiment for job in jobs], f"{name} stop")
    return words


def tell_progress(place: DeltaGenerator, lab: Laboratory, job: Job, ended: int = 0, of: int = 1) -> None:
    """Write how far a training is. For one of several it counts those that have ended in place of the time to go."""
    tell(place, progress_words(lab, job, ended, of))


def tell(place: DeltaGenerator, words: str) -> None:
    """Write this at the top, with the sign of a training."""
    place.header(f":material/model_training: {words}", anchor=False)


def progress_words(lab: Laboratory, job: Job, ended: int = 0, of: int = 1) -> str:
    """How far a training is, in words."""
    frame, remaining = job.frame, job.remaining_s
    step = "" if frame is None else f"step {frame.step:,} of {frame.steps:,}"
    if of > 1 and (frame is not None or ended):
        step = "" if frame is None or is_brief(job.experiment) else f"{step}; "
        return f"Training: {step}{ended} of {of} finished"
    if frame is not None:
        left = "" if remaining is None or remaining < 1 else f", {duration(remaining)} left"
        return f"Training: {step}{left}"
    before = lab.waiting_before(job)
    runs = "1 run" if before == 1 else f"{before} runs"
    return f"Waiting for a free worker: {runs} before this one" if before else job.waits or "Starting"


def progress(job: Job) -> float:
    """The share of its steps that are done, from 0 to 1."""
    return 0.0 if job.frame is None else job.frame.step / job.frame.steps


def duration(seconds: float) -> str:
    """A time in the unit that a person would use."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds > 1.7 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"


def _offer(lab: Laboratory, experiments: Sequence[Experiment], name: str, label: str) -> None:
    """How long the missing runs take, and the button that trains them."""
    again = any(lab.find_stopped(experiment) for experiment in experiments)
    count, seconds = len(experiments), sum(map(estimated_seconds, experiments))
    if again:
        label = "Train again"
    elif not label:
        label = "Train" if count == 1 else f"Train {count:,} runs"
    words = "Stopped before the end." if again else "Not trained yet."
    if count > 1:
        words = f"{count:,} runs were stopped or not trained." if again else f"{count:,} runs are not trained yet."
    takes = "It takes" if count == 1 else "They take"
    with st.container(key=f"{name} progress", horizontal=True, vertical_alignment="center"):
        train_button(label, experiments, f"{name} train")
        st.markdown(f"{words} {takes} about {duration(seconds)}.", width="content")
        st.empty()  # in the place of the Stop button


def train_button(label: str, experiments: Sequence[Experiment], key: str = "train") -> None:
    """A button that trains the experiments, however long it takes."""
    off = demo.no_long_run(experiments)
    button(label, key, _ask, experiments, icon=":material/play_arrow:", primary=True, **off)


def stop_button(lab: Laboratory, experiments: Sequence[Experiment], key: str = "stop") -> None:
    """A button that stops them; runs that other windows watch go on for those."""
    button("Stop", key, _stop, lab, experiments, icon=":material/stop:")


def _ask(experiments: Sequence[Experiment]) -> None:
    keys = {experiment.key for experiment in experiments}
    st.session_state.asked = keys
    st.session_state.left -= keys


def _stop(lab: Laboratory, experiments: Sequence[Experiment]) -> None:
    """Stop them, the last in the queue first: else a worker would begin the next at each that ends."""
    jobs = [(lab.job(each, session()), lab.stop(each, session())) for each in reversed(experiments)]
    st.session_state.left |= {experiment.key for experiment in experiments}
    until = time.monotonic() + STOPS_WITHIN_S  # so that their partial runs are there when the page is drawn again
    for job, ended in reversed(jobs):
        if job is not None and ended:
            job.wait(max(0.0, until - time.monotonic()))


def retrain_switch(experiment: Experiment) -> None:
    """The switch: on for runs of two seconds at most, off for longer ones. A person may change either."""
    quick = is_quick(experiment)
    key = _switch_key(quick)
    st.session_state.setdefault(key, quick)
    words = "Train after every change. For long runs this is off, and a button starts them."
    st.toggle("Retrain as I tweak", st.session_state[key], key=key, help=words)


def retrains(experiment: Experiment) -> bool:
    """Whether it may be trained without being asked for."""
    quick = is_quick(experiment)
    return st.session_state.get(_switch_key(quick), quick)


def _switch_key(quick: bool) -> str:
    return "retrain quick" if quick else "retrain long"
