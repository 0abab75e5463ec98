"""Several trainings in one stepper, as a GPU does best: each ends as it would by itself."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..experiment.experiment import Experiment
from .devices import require_torch
from .divergence import divergence
from .recorder import Recorder, film_steps, stopped_at
from .run import Run
from .single import LIVE_INTERVAL
from .start import Start, Target, name_of


class Together:
    """Several trainings in one stepper: a Recorder for each unfinished one, a Run for each that has ended.

    `trainings` are experiments that differ in their seeds alone, each with the number of its member. `on_film` is
    called at each step of the film, with the recorders of the unfinished ones.
    """

    def __init__(
        self,
        trainings: Sequence[tuple[Experiment, int]],
        device: str,
        should_stop: Callable[[], bool],
        on_film: Callable[[list[Recorder]], None] = lambda recorders: None,
    ):
        require_torch(trainings[0][0])
        from .autograd import AutogradStepper, Member  # torch

        started, first = time.perf_counter(), trainings[0][0]
        shown, of_first = first.data.y, Target.of(first)
        targets = [
            [replace(target, experiment=view) for view, target in zip(each.views, of_first, strict=True)]
            for each, _ in trainings
        ]
        starts = [Start.of_targets(of, member) for of, (_, member) in zip(targets, trainings, strict=True)]
        self.stepper = AutogradStepper([replace(each, x=starts[0].x, y=starts[0].y) for each in starts], device)
        self.on_film = on_film
        self.one_thread, self.should_stop = Member.one_thread, should_stop
        self.steps, self.done = first.training.steps, 0
        self.training = {
            k: Recorder(*Recorder.of_targets(of, Member(self.stepper, k), device, started, member, shown))
            for k, (of, (_, member)) in enumerate(zip(targets, trainings, strict=True))
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
                self.on_film(list(self.training.values()))
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
                    of = self.training[k]
                    told = divergence(step, of.loss, batches[k], name_of(of.experiment, batches[k].target))
                    self._end(k, "diverged", told)
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
