"""The training of one network: live frames, a stop, early stopping and a reason for divergence."""

import sys
import time
from collections.abc import Callable
from typing import Any

from ..experiment.experiment import Experiment
from . import compiled
from .devices import looks_for_gpu, pick_device, require_torch
from .divergence import divergence
from .frame import Frame
from .machine_code import compiling
from .patience import NO_POINTS, Patience
from .recorder import Recorder, film_steps, stopped_at
from .run import Run
from .start import Start, Target, name_of

LIVE_FROM = 0.4  # seconds without live frames: a shorter run is shown once, and each frame would cost it 1 %
LIVE_INTERVAL = 0.07  # seconds between live frames: more than 10 a second, including the time of a frame
CHUNK_S = 0.02  # seconds of steps between two checks of the clock
LOADS = "Loading PyTorch: some seconds"
COMPILES = "Compiling the fast code, once after an installation: 10 to 60 s"


def is_compiled(experiment: Experiment, device: str) -> bool:
    """Whether the compiled stepper trains this experiment."""
    names = experiment.network.activation, experiment.training.optimizer
    return device == "cpu" and experiment.training.stepper == "auto" and compiled.can_train(*names)


def load(experiment: Experiment, wait: Callable[[str], None]) -> None:
    """Load the code of the stepper, so that its first use in a process does not count as training time."""
    if (looks_for_gpu(experiment) or experiment.training.stepper == "plain") and "torch" not in sys.modules:
        wait(LOADS)
    if is_compiled(experiment, pick_device(experiment)):
        with compiling(lambda: wait(COMPILES)):
            compiled.load(experiment.loss.name, experiment.network.activation, experiment.training.optimizer)
        return
    require_torch(experiment)
    from . import autograd

    autograd.load()


def stepper_of(experiment: Experiment, start: Start, device: str) -> Any:
    """The stepper for this experiment: the compiled one on a CPU if it can train it, else the plain one."""
    if is_compiled(experiment, device):
        return compiled.CompiledStepper(start)
    from .autograd import AutogradStepper, Member  # loads torch (1 s), which the fast one does not need

    return Member(AutogradStepper([start], device))


class Training(Recorder):
    """One network by itself, with live frames and checks while it steps. `member` is its number in its experiment."""

    def __init__(
        self,
        experiment: Experiment,
        on_frame: Callable[[Frame], None],
        should_stop: Callable[[], bool],
        member: int = 0,
        filmed: bool = True,
    ):
        started = time.perf_counter()
        targets, device = Target.of(experiment, member), pick_device(experiment)
        stepper = stepper_of(experiment, Start.of_targets(targets, member), device)
        super().__init__(*self.of_targets(targets, stepper, device, started, member, experiment.data.y))
        self.on_frame, self.should_stop, self.filmed = on_frame, should_stop, filmed
        self.patience = Patience(self)
        self.checked, self.last_finite = 0, self.stepper.snapshot()
        self.last_report = time.perf_counter()

    def run(self) -> Run:
        """Train until it is done, stopped or diverged; the last frame shows that state."""
        status, message = self._train()
        self.on_frame(self.with_history(self.film()))
        return self.finish(status, message)

    def _train(self) -> tuple[str, str]:
        """Status and message. Frames of the film come by the step; live frames and the stop come by the clock."""
        self.on_frame(self.with_history(self.frames[0]))
        film, chunk = film_steps(self.steps)[1:] if self.filmed else [self.steps], 1
        while self.done < self.steps:
            validation = self.patience.next_check(self.done)
            began, count = time.perf_counter(), min(film[0] - self.done, validation - self.done, chunk)
            self.stepper.advance(count)
            self.done += count
            now = time.perf_counter()
            chunk = max(1, min(2 * chunk, int(CHUNK_S * count / (now - began))))
            filmed, reports = self.done == film[0], now - self.last_report > LIVE_INTERVAL
            if not filmed and not reports and self.done < validation:
                continue
            since, self.checked = self.checked, self.done
            if not self.stepper.is_finite(since, self.done):
                return "diverged", self._find_divergence()
            if self.done == validation and self.patience.is_over(self.done):
                break
            live = reports and now - self.started > LIVE_FROM
            if filmed or live:
                frame = self.film() if filmed else self.frame(self.done)
                if filmed:
                    film = film[1:]
                if live:
                    self.on_frame(self.with_history(frame))
            if reports:
                self.last_finite, self.last_report = self.stepper.snapshot(), time.perf_counter()
                if self.done < self.steps and self.should_stop():
                    return "stopped", stopped_at(self.done, self.steps)
        return "done", self._take_best()

    def _take_best(self) -> str:
        """With patience: restore the best weights on the validation points; returns the message."""
        if not self.patience.steps:
            return NO_POINTS if self.experiment.training.patience else ""
        self.patience.is_over(self.done)
        self.stepper.restore(self.patience.best_snapshot)
        self.forget_frames(self.done)
        return self.patience.message(self.done)

    def _find_divergence(self) -> str:
        """The message of the first step that is not finite, found by replaying single steps; it stays before it."""
        self.stepper.restore(self.last_finite)
        for step in range(self.stepper.step, self.done):
            self.done, before = step, self.stepper.snapshot()
            self.stepper.advance(1)
            if not self.stepper.is_finite(step, step + 1):
                self.stepper.restore(before)
                batch = self.stepper.examine()
                return divergence(step, self.loss, batch, name_of(self.experiment, batch.target))
        raise RuntimeError("a training that was not finite is finite when it is repeated")
