"""Members: one experiment with several training seeds, in parallel on a GPU, one after another on a CPU core."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.training.devices import pick_device
from core.training.divergence import divergence
from core.training.loop import LIVE_INTERVAL, is_compiled, train
from core.training.recorder import Recorder, film_steps, stopped_at
from core.training.run import Run
from core.training.scaling import Scaling
from core.training.start import Start


def train_members(
    experiment: Experiment, seeds: Iterable[int], *, should_stop: Callable[[], bool] | None = None
) -> list[Run]:
    """The runs of an experiment for each `training.seed` in `seeds`, in their order.

    Each run is what `train` gives for its seed, up to rounding. One that diverges ends as *diverged*, and the others go
    on. On a GPU, or with the plain stepper, all members step together, and `seconds` is the time of all; "auto" looks
    for a GPU if the work of all members is worth it. Otherwise the compiled stepper trains one after another, which is
    as fast on a CPU core. `should_stop()` is asked about ten times a second, and ends all unfinished members as
    *stopped*.

    Memory on the device: the data once, 8 bytes a point; for each member 8 bytes a step and 28 a parameter, plus the
    activations of its batch. On the host, the order of the points takes 8 bytes per member and point.

    Raises InvalidExperiment for an invalid seed, or if the requested device is not available.
    """
    experiments = [experiment.with_settings({"training.seed": seed}) for seed in seeds]
    should_stop = should_stop or (lambda: False)
    if not experiments:
        return []
    device = pick_device(experiment, len(experiments))
    if is_compiled(experiment, device) or experiment.training.patience:  # with patience each ends at another step
        return [_alone(each, should_stop) for each in experiments]
    return _Members(experiments, device, should_stop).run()


def _alone(experiment: Experiment, should_stop: Callable[[], bool]) -> Run:
    if should_stop():
        return Run.without_steps(experiment, "stopped", "Stopped before it began.")
    return train(experiment, should_stop=should_stop)


class _Members:
    """Several trainings in one stepper: a Recorder for each unfinished one, a Run for each that has ended."""

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
        self.training = {
            k: Recorder(each, dataset, scaling, Member(self.stepper, k), device, started)
            for k, each in enumerate(experiments)
        }
        self.ended: dict[int, Run] = {}

    def run(self) -> list[Run]:
        """Train all members until they are done, diverged or stopped."""
        with self.one_thread():
            status, message = self._train()
            for k in list(self.training):
                self._end(k, status, message)
        return [self.ended[k] for k in sorted(self.ended)]

    def _train(self) -> tuple[str, str]:
        """Status and message of the members that did not diverge."""
        film, chunk = film_steps(self.steps)[1:], 1
        while self.training and self.done < self.steps:
            began, before, count = time.perf_counter(), self.stepper.snapshot(), min(film[0] - self.done, chunk)
            self.stepper.advance(count)
            chunk = max(1, min(2 * chunk, int(LIVE_INTERVAL * count / (time.perf_counter() - began))))
            stop = self.done + count
            self._end_diverged(before, self.done, stop)
            self._set_step(stop)
            if self.done == film[0]:
                film = film[1:]
                for recorder in self.training.values():
                    recorder.film()
            if self.done < self.steps and self.should_stop():
                return "stopped", stopped_at(self.done, self.steps)
        return "done", ""

    def _end_diverged(self, before: Any, start: int, stop: int) -> None:
        """End the members that were not finite in steps start … stop − 1, each before its first such step.

        The steps are repeated one by one from the snapshot `before`; afterwards the state is that of `stop` again.
        """
        diverged = self._not_finite(start, stop)
        if not diverged:
            return
        after = self.stepper.snapshot()
        self.stepper.restore(before)
        for step in range(start, stop):
            here = self.stepper.snapshot()
            self.stepper.advance(1)
            if now := self._not_finite(step, step + 1):
                self.stepper.restore(here)
                batches = self.stepper.examine()
                self._set_step(step)
                for k in now:
                    self._end(k, "diverged", divergence(step, self.training[k].loss, batches[k]))
                self.stepper.restore(here)
                self.stepper.advance(1)
        if not diverged.isdisjoint(self.training):
            raise RuntimeError("a training that was not finite is finite when it is repeated")
        self.stepper.restore(after)

    def _not_finite(self, start: int, stop: int) -> set[int]:
        return set(np.flatnonzero(~self.stepper.finite(start, stop)).tolist()) & self.training.keys()

    def _set_step(self, step: int) -> None:
        """Tell all unfinished members their step."""
        self.done = step
        for recorder in self.training.values():
            recorder.done = step

    def _end(self, k: int, status: str, message: str) -> None:
        self.ended[k] = self.training.pop(k).finish(status, message)
