"""What the Fit page shows: the verdict, the charts and the scores of the experiment in the sidebar."""

from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.of_run.scene import EMPTY, Moment, comparable
from core.diagnosis.verdict.findings import Finding, before_each, first_look, is_at_hand, verdict
from core.experiment.experiment import Experiment
from core.experiment.table_recipe import recipe_words
from core.runs.job import Job
from core.runs.laboratory import Laboratory
from core.runs.store import ANSWERS
from core.training.cost import estimated_seconds
from core.training.run import Run
from pages.shared import demo, run_charts, script_run, state, training, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.drawn_net import drawn_net
from pages.shared.elements import button
from pages.shared.exports import export_button
from pages.shared.plain import plain
from pages.shared.shell import laboratory
from pages.shared.viewport import is_phone
from pages.views import many_features as many


def show() -> None:
    """One script run. Training starts before the controls are drawn, so that both go on together."""
    experiment = state.current_experiment()
    lab = laboratory()
    standings = training.begin(lab, [experiment])
    sidebar(experiment, on_page=is_phone())
    (standing,) = training.at_once(standings)
    run, job = standing.run, standing.job
    if job is not None and training.is_brief(experiment):
        run, job = _late(lab, experiment, job), None
    if job is not None:
        training.watch(experiment, lambda: _watched(lab, experiment))
    elif run is not None and run.status in ANSWERS:
        _finished(run)
    else:
        _untrained(lab, experiment, run or lab.find_stopped(experiment))


@dataclass(frozen=True)
class _Top:
    """The places at the top of the page: the verdict or how far a training is, a line below it, and the buttons."""

    words: DeltaGenerator
    line: DeltaGenerator
    row: DeltaGenerator
    whole: DeltaGenerator

    @classmethod
    def drawn(cls) -> "_Top":
        """The same places in every script run."""
        whole = st.container(key="top")
        with whole:
            return cls(st.empty(), st.empty(), st.container(horizontal=True, gap="xsmall"), whole)


def _late(lab: Laboratory, experiment: Experiment, job: Job) -> Run | None:
    """Wait for a brief run that is late, because others go first: the window keeps its picture and is told its place.

    If that takes long, or there is no picture yet, a button to stop it is drawn too, and the script runs again at the
    end: no button can be drawn twice.
    """
    if script_run.has_picture():
        ended = training.wait_in_line(lab, job, script_run.tell_line, training.IN_LINE_S)
        script_run.tell_line("")
        if ended:
            return training.ended(job, experiment).run
    drawn, top = script_run.has_picture(), _Top.drawn()
    _in_training(lab, experiment, job, top)
    if not drawn:
        _pictures(experiment, job)
    training.wait_in_line(lab, job, partial(training.tell, top.words))
    st.rerun()


def _watched(lab: Laboratory, experiment: Experiment) -> None:
    """The live view of a training: a fragment that is drawn repeatedly until the run has ended."""
    job = training.watched_job(lab, experiment)
    if job is None:
        st.rerun()
    _training(lab, experiment, job)


def _training(lab: Laboratory, experiment: Experiment, job: Job) -> None:
    """The page during training."""
    _in_training(lab, experiment, job, _Top.drawn())
    _pictures(experiment, job)


def _in_training(lab: Laboratory, experiment: Experiment, job: Job, top: _Top) -> None:
    """The top of the page during training: how far it is, and the buttons."""
    training.tell_progress(top.words, lab, job)
    top.line.progress(training.progress(job))
    with top.row:
        training.stop_button(lab, [experiment])
        _common_buttons()


def _pictures(experiment: Experiment, job: Job) -> None:
    """The charts as far as the training is, and dashes in place of scores."""
    run_charts.charts(experiment, Moment.of_frame(experiment, job.frame_of(experiment)), _previous(experiment))
    view.scores(None)


def _finished(run: Run) -> None:
    with view.told_where_long(len(run.dataset.y), "Scoring the held-out rows…"):
        at_hand = is_at_hand(run)
        finding = verdict(run) if at_hand else first_look(run)
    top = _Top.drawn()  # only now: the headline before it goes when this is drawn
    with top.words.container():
        view.headline(finding)
    if at_hand:
        with top.row:
            _buttons(run, finding, None)
    else:
        top.line.caption("Looking for the cause by training again, with one change at a time…")
    with top.whole:
        if run.status == "done" and run.message:
            st.caption(plain(run.message))
        if brought := recipe_words(run.experiment):
            st.caption(plain(brought))
    moment = Moment.of_run(run)
    run_charts.charts(run.experiment, moment, _previous(run.experiment))
    view.scores(run)
    drawn_net(run, None if moment.film is None else moment.film.run)
    view.loss_line(run)
    if run.encoding is not None:
        many.baselines(run)
    if run.dataset.inputs > 1:
        many.many_features(run)
    run_charts.rest("fit", run)
    _remember(run)
    if not at_hand:  # the page stands: whoever moves on now does not wait for it, and nobody pays for it
        _explain(run, top)


def _explain(run: Run, top: _Top) -> None:
    """The verdict of a run that takes some trainings, and its buttons."""
    with script_run.can_wait() as between, before_each(between):
        finding = verdict(run)
    with top.words.container():
        view.headline(finding)
    top.line.empty()
    with top.row:
        _buttons(run, finding, None)


def _untrained(lab: Laboratory, experiment: Experiment, partial: Run | None) -> None:
    """The page without a finished run: a stopped run's state or the points alone, and the button that trains."""
    if lab.trains(experiment):
        finding, train = (
            Finding("open", "You left this run", "Other people are watching it, so it continues."),
            "Watch again",
        )
    elif partial is not None:
        finding, train = verdict(partial), "Train again"
        st.session_state.left.add(experiment.key)
    elif off := demo.no_long_run([experiment]):
        finding, train = Finding("open", "Not trained here", off["help"]), "Train"
    else:
        words = f"{experiment.training.steps:,} steps take about {training.duration(estimated_seconds(experiment))}."
        finding, train = Finding("open", "Not trained yet", f"{words} The charts fill during training."), "Train"
    _top(partial or experiment, finding, train)
    moment = EMPTY if partial is None else Moment.of_run(partial)
    run_charts.charts(experiment, moment, _previous(experiment))
    view.scores(partial)


def _top(of: Run | Experiment, finding: Finding, train: str | None = None) -> None:
    """The verdict and the buttons of a run, or of an experiment without one; the fixes come first."""
    with st.container(key="top"):
        view.headline(finding)
        with st.container(horizontal=True, gap="xsmall"):
            _buttons(of, finding, train)
        if isinstance(of, Run) and of.status == "done" and of.message:
            st.caption(plain(of.message))


def _buttons(of: Run | Experiment, finding: Finding, train: str | None) -> None:
    if train is not None:
        training.train_button(train, [of.experiment if isinstance(of, Run) else of])
    view.fix_buttons(finding.fixes, "mend", primary=train is None)
    _common_buttons()
    if isinstance(of, Run) and of.has_curve:
        export_button(of)


def _common_buttons() -> None:
    """The buttons that are drawn during training too, so that no click is lost when the run ends."""
    words = "New points and a new start of the network: both seeds go up by one."
    button("New seed", "new seed", state.new_seed, icon=":material/casino:", help=words)
    icon, words = ":material/restart_alt:", "Return to the preset. The seeds stay."
    button("Reset", "reset", lambda: state.open_preset(st.session_state.base), icon=icon, help=words)
    _pin_button()
    copy_link(state.full_link())


def _pin_button() -> None:
    """The Pin button; if another experiment is pinned, it opens both side by side."""
    if state.pinned() is None:
        label, icon, click = "Pin", "keep", state.pin
        words = "Keep this run, change a setting, and see both side by side."
    elif state.is_pinned():
        label, icon, click = "Pinned", "keep", state.unpin
        words = "Change a setting to compare with this run. Press to unpin it."
    else:
        label, icon, click = "Compare", "compare_arrows", partial(state.go, "compare")
        words = "Show this run next to the pinned one."
    button(label, "pin", click, icon=f":material/{icon}:", help=words)


@dataclass(frozen=True)
class _Shown:
    """What a window keeps of a run that it has shown: what is drawn faintly behind the next one, and no more."""

    experiment: Experiment
    moment: Moment | None

    def is_of(self, experiment: Experiment) -> bool:
        """Whether it is of this experiment, as it is read and with its target."""
        own = self.experiment
        same = (experiment.key, experiment.loss.reading, experiment.data.y)
        return (own.key, own.loss.reading, own.data.y) == same


def _remember(run: Run) -> None:
    """Remember the run shown before this one."""
    shown: _Shown | None = st.session_state.get("shown")
    if shown is None or not shown.is_of(run.experiment):
        moment = Moment.of_run(run, behind=True) if run.has_curve else None
        st.session_state.shown, st.session_state.before = _Shown(run.experiment, moment), shown


def _previous(experiment: Experiment) -> Moment | None:
    shown: _Shown | None = st.session_state.get("shown")
    if shown is not None and shown.is_of(experiment):
        shown = st.session_state.get("before")
    if shown is None or shown.moment is None or not comparable(shown.experiment, experiment):
        return None
    same_loss = shown.experiment.loss.name == experiment.loss.name
    return shown.moment if same_loss else Moment(shown.moment.curve, EMPTY.history)
