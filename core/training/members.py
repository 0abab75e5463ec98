"""Members: one experiment from several training seeds, side by side on a GPU, one after another on a CPU core."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.training.devices import pick_device
from core.training.loop import LIVE_INTERVAL, Divergence, Recorder, film_steps, is_compiled, stopped_at, train
from core.training.run import Run
from core.training.scaling import Scaling
from core.training.start import Start


def train_members(
    experiment: Experiment, seeds: Iterable[int], *, should_stop: Callable[[], bool] | None = None
) -> list[Run]:
    """The runs of an experiment for each `training.seed` of `seeds`, in their order.

    Each is what `train` gives for its seed, up to rounding: its experiment has that seed, its arrays are numpy's, its
    film is whole, and one that diverges ends as *diverged* while the others go on. On a GPU, or with the plain
    stepper, all take each step together, and `seconds` are those of all; "auto" looks for a GPU where the work of all
    is worth it. Else the compiled stepper trains them one after another, which a CPU core does as fast.
    `should_stop()` is asked about ten times a second, and ends all that are not over as *stopped*.

    The device holds the data once, 8 bytes a point; for each member 8 bytes a step and 28 a parameter, beside the
    activations of its batch. The order of the points is drawn on the host: 8 bytes a member and point.
    Raises InvalidExperiment where a seed is none, or the device asked for is not here.
    """
    experiments = [experiment.with_settings({"training.seed": seed}) for seed in seeds]
    should_stop = should_stop or (lambda: False)
    if not experiments:
        return []
    device = pick_device(experiment, len(experiments))
    if is_compiled(experiment, device) or experiment.training.patience:  # each ends at a step of its own
        return [_alone(each, should_stop) for each in experiments]
    return _Members(experiments, device, should_stop).run()


def _alone(experiment: Experiment, should_stop: Callable[[], bool]) -> Run:
    if should_stop():
        return Run.without_steps(experiment, "stopped", "Stopped before it began.")
    return train(experiment, should_stop=should_stop)


class _Members:
    """Several trainings in one stepper: a Recorder for each that goes on, a Run for each that has ended."""

    def __init__(self, experiments: list[Experiment], device: str, should_stop: Callable[[], bool]):
        from core.training.autograd import AutogradStepper, Member  # torch

        started, first = time.perf_counter(), experiments[0]
        dataset = dataset_of(first)
        scaling = Scaling.of(dataset, first.training.standardise)
        start = Start.of(first, dataset, scaling)
        others = [replace(Start.of(each, dataset, scaling), x=start.x, y=start.y) for each in experiments[1:]]
        self.stepper = AutogradStepper([start, *others], device)
        self.one_thread, self.should_stop = Member.one_thread, should_stop
        self.steps, self.done = first.training.steps, 0
        self.read: dict[bytes, np.ndarray] = {}
        self.living = {
            k: Recorder(each, dataset, scaling, _Reader(Member(self.stepper, k), self.read), device, started)
            for k, each in enumerate(experiments)
        }
        self.ended: dict[int, Run] = {}

    def run(self) -> list[Run]:
        """Train all to the end, or to where each diverged or all were stopped."""
        with self.one_thread():
            status, message = self._train()
            for k in list(self.living):
                self._end(k, status, message)
        return [self.ended[k] for k in sorted(self.ended)]

    def _train(self) -> tuple[str, str]:
        """Status and message of those that have not ended by themselves."""
        film, chunk = film_steps(self.steps)[1:], 1
        while self.living and self.done < self.steps:
            began, before, count = time.perf_counter(), self.stepper.snapshot(), min(film[0] - self.done, chunk)
            self.stepper.advance(count)
            chunk = max(1, min(2 * chunk, int(LIVE_INTERVAL * count / (time.perf_counter() - began))))
            stop = self.done + count
            self._end_diverged(before, self.done, stop)
            self._now(stop)
            if self.done == film[0]:
                film = film[1:]
                for recorder in self.living.values():
                    recorder.film()
            if self.done < self.steps and self.should_stop():
                return "stopped", stopped_at(self.done, self.steps)
        return "done", ""

    def _end_diverged(self, before: Any, start: int, stop: int) -> None:
        """End those that were not finite in steps start … stop − 1, each before its first such step.

        The steps are repeated one by one from the snapshot `before`; then all is as it was.
        """
        fallen = self._not_finite(start, stop)
        if not fallen:
            return
        after = self.stepper.snapshot()
        self.stepper.restore(before)
        for step in range(start, stop):
            here = self.stepper.snapshot()
            self.stepper.advance(1)
            if found := self._not_finite(step, step + 1):
                self.stepper.restore(here)
                batches = self.stepper.examine()
                self._now(step)
                for k in found:
                    self._end(k, "diverged", Divergence.at(step, self.living[k].loss, batches[k]).message)
                self.stepper.restore(here)
                self.stepper.advance(1)
        if not fallen.isdisjoint(self.living):
            raise RuntimeError("a training that was not finite is finite when it is repeated")
        self.stepper.restore(after)

    def _not_finite(self, start: int, stop: int) -> set[int]:
        return set(np.flatnonzero(~self.stepper.finite(start, stop)).tolist()) & self.living.keys()

    def _now(self, step: int) -> None:
        """Those that go on have taken so many steps, and may be read there."""
        self.done = step
        self.read.clear()
        for recorder in self.living.values():
            recorder.done = step

    def _end(self, k: int, status: str, message: str) -> None:
        self.ended[k] = self.living.pop(k).finish(status, message)


class _Reader:
    """What a Recorder asks of its stepper, here of one member. Outputs at the same x are computed for all at once."""

    def __init__(self, member: Any, read: dict[bytes, np.ndarray]):
        self.member, self.read = member, read
        self.made_with, self.weights, self.terms = member.made_with, member.weights, member.terms

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) for x (n, inputs), in training units."""
        key = x.tobytes()
        if key not in self.read:
            self.read[key] = self.member.every.outputs(x)
        return self.read[key][self.member.index]
