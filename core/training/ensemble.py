"""The members of one experiment: trained side by side, one record of all."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ..experiment.experiment import Experiment
from .devices import pick_device
from .frame import Frame, mean_history
from .recorder import Recorder
from .run import Run
from .single import LIVE_INTERVAL, Training, is_compiled
from .together import Together

Report = Callable[[Frame], None]


def train_ensemble(experiment: Experiment, report: Report, should_stop: Callable[[], bool], cores: int | None) -> Run:
    """Train all members of an experiment; the run that holds them. Arguments as in `loop.train`.

    On a CPU so many members as there are `cores` train at once, each by itself; the compiled stepper holds no lock of
    the interpreter. On a GPU all train in one stepper, unless they may end early. The result depends on neither.
    """
    started, members = time.perf_counter(), experiment.training.members
    device = pick_device(experiment, members)
    watch = _Watch(experiment, report, started)
    if device != "cpu" and not experiment.training.patience:
        trainings = [(experiment, member) for member in range(members)]
        runs = Together(trainings, device, should_stop, watch.film).run()
        watch.end(runs)
        return joined(runs, time.perf_counter() - started)

    left = threading.Event()

    def stops() -> bool:
        return left.is_set() or should_stop()

    def one(member: int) -> Run:
        if stops():
            return replace(Run.without_steps(experiment, "stopped", "Stopped before it started."), member=member)
        training = Training(experiment, lambda frame: watch.frame(member, frame), stops, member)
        with training.stepper.one_thread():
            return training.run()

    at_once = min(members, cores or _cores()) if is_compiled(experiment, device) else 1
    with ThreadPoolExecutor(at_once, thread_name_prefix="member") as threads:
        try:
            runs = list(threads.map(one, range(members)))
        finally:
            left.set()  # after an error or Ctrl-C nobody waits for members that still train
    watch.end(runs)
    return joined(runs, time.perf_counter() - started)


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def joined(runs: list[Run], seconds: float) -> Run:
    """The record of all members: that of the first which can predict, with the others behind it.

    It is done if any member is, and says how many are not; else stopped if any was stopped, else diverged.
    """
    first, *others = sorted(runs, key=_rank)
    targets = tuple(joined([run.targets[i] for run in runs], seconds) for i in range(len(first.targets)))
    statuses = [run.status for run in runs]
    # Stopped by a person: the members that were done by then are not the answer to what was asked.
    status = "stopped" if "stopped" in statuses else "done" if "done" in statuses else statuses[0]
    steps = round(float(np.mean([run.steps_done for run in runs])))
    return replace(
        first,
        status=status,
        message=_message(runs, status),
        seconds=seconds,
        steps_done=steps,
        others=tuple(replace(run, targets=()) for run in others),
        targets=targets,
    )


def _rank(run: Run) -> tuple[bool, bool, bool, int]:
    """Those that predict come first, and a finished one before a stopped one."""
    return run.status == "diverged", run.status != "done", not run.has_curve, run.member


def _message(runs: list[Run], status: str) -> str:
    count = len(runs)
    lost = [run for run in runs if run.status == "diverged"]
    done = sum(run.status == "done" for run in runs)
    words = []
    if status == "stopped":
        words.append(f"Stopped: {done} of {count} members were done.")
    if lost and done:
        words.append(
            f"{len(lost)} of {count} members diverged and {'is' if len(lost) == 1 else 'are'} left out; "
            f"the other {done} predict{'s' if done == 1 else ''}. Member {lost[0].member + 1}: {lost[0].message}"
        )
    elif lost:
        words.append(f"All {len(lost)} of {count} members that ended diverged. Member 1: {lost[0].message}")
    best = sum(run.status == "done" and bool(run.message) for run in runs)
    if status == "done" and best:
        words.append(f"Each of {best} members kept the weights that were best on its validation points.")
    return " ".join(words)


class _Watch:
    """Makes one frame of the latest frames of all members, and reports it at most every LIVE_INTERVAL."""

    def __init__(self, experiment: Experiment, report: Report, started: float):
        self.members, self.steps = experiment.training.members, experiment.training.steps
        self.report, self.started = report, started
        self.latest: dict[int, Frame] = {}
        self.reported, self.lock = 0.0, threading.Lock()

    def frame(self, member: int, frame: Frame) -> None:
        """A member has another frame."""
        with self.lock:
            self.latest[member] = frame
            now = time.perf_counter()
            if not self.reported or now - self.reported > LIVE_INTERVAL:
                self.report(self._all())
                self.reported = time.perf_counter()

    def film(self, recorders: list[Recorder]) -> None:
        """Members that train in one stepper have come to a step of their film."""
        for recorder in recorders:
            self.frame(recorder.member, recorder.with_history(recorder.frames[-1]))

    def end(self, runs: list[Run]) -> None:
        """All have ended: the last frame shows that."""
        for run in runs:
            if run.has_curve:
                last = self.latest.get(run.member)
                self.latest[run.member] = Frame(
                    run.steps_done, self.steps, 0.0, run.frame_outputs[-1], float(run.frame_held_out_loss[-1]),
                    run.history_rows if last is None or not len(last.history) else last.history,
                )  # fmt: skip
        if self.latest:
            self.report(self._all())

    def _all(self) -> Frame:
        frames = [self.latest[member] for member in sorted(self.latest)]
        first, others = frames[0], [frame.outputs for frame in frames[1:]]
        nothing = np.empty((len(first.outputs), 0, 0), np.float32)
        return Frame(
            step=round(sum(frame.step for frame in frames) / self.members),
            steps=self.steps,
            seconds=time.perf_counter() - self.started,
            outputs=first.outputs,
            held_out_loss=float(np.mean([frame.held_out_loss for frame in frames])),
            history=mean_history([frame.history for frame in frames]).astype(np.float32),
            others=np.stack(others, axis=1) if others else nothing,
        )
