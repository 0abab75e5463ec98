"""HOW it is fitted: `train(experiment)` → Run, frame by frame, stoppable, and with a reason where it diverges."""

import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.experiment.build import dataset_of, read_as
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.losses import Loss
from core.training import compiled
from core.training.devices import device_label, looks_for_gpu, pick_device
from core.training.frame import Frame, history_rows, outputs_of
from core.training.machine_code import compiling
from core.training.run import FILM_FRAMES, Run
from core.training.scaling import Scaling
from core.training.start import Batch, Start
from core.words import number

LIVE_FROM = 0.4  # seconds without live frames: a run over by then is looked at once, and each frame costs it 1 %
LIVE_INTERVAL = 0.07  # seconds between live frames: more than 10 a second, even with the time a frame takes
CHUNK_S = 0.02  # seconds of steps between two looks at the clock
SAMPLE = 200  # points on which a frame's held-out loss, or its constant variance, is taken
LOADS = "Loading PyTorch: some seconds"
LOOKS = 100  # at validation points in a training with patience, at least
MOST_VALIDATION = 2000  # points looked at each time
BLOCK = 2048  # points whose hidden layers are held at once
COMPILES = "Compiling the fast stepper, once after an installation: some 10 s"


@dataclass(frozen=True)
class Divergence:
    """The first step that had no finite loss or gradient, and why."""

    step: int
    reason: str

    @property
    def message(self) -> str:
        """What a run says of it."""
        return f"Diverged at step {self.step + 1:,}: {self.reason}."

    @classmethod
    def at(cls, step: int, loss: Loss, batch: Batch) -> "Divergence":
        """The divergence at a step that saw this batch, before its change of the weights."""
        if batch.finite:
            return cls(step, "the weights grew beyond what float32 can hold; lower the learning rate")
        return cls(step, _why(loss, batch))


def train(
    experiment: Experiment,
    *,
    on_frame: Callable[[Frame], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> Run:
    """Train in this process and return the finished run.

    `on_frame` gets the first Frame, the last and, from LIVE_FROM seconds on, more than ten a second. As often it is
    asked whether `should_stop()`: the run then ends, keeps what it had and is *stopped*. `on_wait` gets words before
    a wait that no frame shows: for the compiler, or for PyTorch. A loss or gradient that is not finite ends the run
    as *diverged*, with the weights of the last good step. The result depends on the experiment alone, not on frames,
    nor on the clock.
    Raises InvalidExperiment where the device asked for is not here.
    """
    with compiled.one_thread():
        _load(experiment, on_wait or (lambda words: None))
        training = _Training(experiment, on_frame or (lambda frame: None), should_stop or (lambda: False))
        with training.stepper.one_thread():
            return training.run()


def is_compiled(experiment: Experiment, device: str) -> bool:
    """Whether the compiled stepper trains it."""
    names = (experiment.loss.name, experiment.network.activation, experiment.training.optimizer)
    return device == "cpu" and experiment.training.stepper == "auto" and compiled.can_train(*names)


def _load(experiment: Experiment, wait: Callable[[str], None]) -> None:
    """Have the stepper's code in memory, so that no run's seconds count its first use in a process."""
    if (looks_for_gpu(experiment) or experiment.training.stepper == "plain") and "torch" not in sys.modules:
        wait(LOADS)
    if is_compiled(experiment, pick_device(experiment)):
        with compiling(lambda: wait(COMPILES)):
            compiled.load(experiment.loss.name, experiment.network.activation, experiment.training.optimizer)
        return
    from core.training import autograd

    autograd.load()


def stepper_of(experiment: Experiment, start: Start, device: str) -> Any:
    """The stepper that trains it: compiled on a CPU, where it can; else the plain one."""
    if is_compiled(experiment, device):
        return compiled.CompiledStepper(start)
    from core.training.autograd import AutogradStepper, Member  # torch: a second that the compiled one does not need

    return Member(AutogradStepper([start], device))


class Recorder:
    """What is kept of one training while its stepper steps: `done` steps, frames, history, and at the end the Run."""

    def __init__(
        self, experiment: Experiment, dataset: Dataset, scaling: Scaling, stepper: Any, device: str, started: float
    ):
        self.experiment, self.dataset, self.scaling = experiment, dataset, scaling
        self.stepper, self.device, self.started = stepper, device, started
        self.loss, self.steps = loss_of(experiment.loss), experiment.training.steps
        self.done, self.frames = 0, [self._frame(0)]

    def film(self) -> Frame:
        """Keep a frame of where the training is, and return it."""
        if self.frames[-1].step != self.done:
            self.frames.append(self._frame(self.done))
        return self.frames[-1]

    def _frame(self, step: int) -> Frame:
        data, grid = self.dataset, len(self.dataset.x_grid)
        outputs = self._outputs(np.concatenate([data.x_grid, data.x_held_out[:SAMPLE]]))
        of_loss = outputs[grid:].T[: len(self.loss.outputs)]
        with np.errstate(over="ignore", invalid="ignore"):  # weights may be finite, and their outputs not
            return Frame(
                step=step,
                steps=self.steps,
                seconds=time.perf_counter() - self.started,
                outputs=outputs[:grid].astype(np.float32),
                held_out_loss=float(np.mean(self.loss.value(data.y_held_out[:SAMPLE], of_loss, bounded=True))),
                history=np.empty((0, 4), np.float32),
            )

    def _live(self, frame: Frame) -> Frame:
        """The frame with the history up to it, which the film has no need of."""
        return replace(frame, history=self._history(frame.step))

    def _outputs(self, x: np.ndarray) -> np.ndarray:
        """(n, H): outputs in the unit of y; behind a mean alone, the constant log variance."""
        outputs = self._raw(x)
        if self.loss.has_scale:
            return outputs
        return np.column_stack([outputs, np.full(len(x), self._residual_log_variance(SAMPLE))])

    def _raw(self, x: np.ndarray) -> np.ndarray:
        x_in = self.scaling.x_in(x)
        raw = np.concatenate([self.stepper.outputs(x_in[i : i + BLOCK]) for i in range(0, len(x), BLOCK)])
        return outputs_of(self.loss, raw, self.scaling)

    def _residual_log_variance(self, points: int) -> float:
        every = -(-len(self.dataset.x) // points)
        mean = self._raw(self.dataset.x[::every])[:, 0]
        return float(np.log(np.mean((self.dataset.y[::every] - mean) ** 2) + np.finfo(np.float32).tiny))

    def _history(self, step: int) -> np.ndarray:
        rows, k = history_rows(self.stepper.terms(0, step), self.steps), self.scaling.y_scale
        with np.errstate(over="ignore", invalid="ignore"):  # of a training that runs away: infinite, or no number
            rows[:, 1:] *= k**self.loss.unit_power
            rows[:, 2] += self.loss.unit_shift * np.log(k)
            return rows.astype(np.float32)

    def finish(self, status: str, message: str) -> Run:
        """The record of a training that has ended; the last frame is the end's."""
        self.film()
        return Run(
            experiment=self.experiment,
            status=status,
            message=message,
            steps_done=self.done,
            seconds=time.perf_counter() - self.started,
            device=device_label(self.device, self.stepper.made_with),
            scaling=self.scaling,
            weights=self.stepper.weights(),
            residual_log_variance=None if self.loss.has_scale else self._residual_log_variance(20_000),
            history_rows=self._history(self.done),
            frame_steps=np.array([frame.step for frame in self.frames]),
            frame_outputs=np.stack([frame.outputs for frame in self.frames]),
            frame_held_out_loss=np.array([frame.held_out_loss for frame in self.frames]),
            versions={name: _version(name) for name in ("numpy", self.stepper.made_with)}
            | {"python": platform.python_version()},
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoding=self.dataset.encoding,
        )


class _Patience:
    """Early stopping: looks at the NLL on validation points every so many steps, and keeps the best weights.

    The NLL is that of the loss's own reading. Looks come by the step, so that the clock changes nothing.
    """

    def __init__(self, recorder: Recorder):
        self.recorder, experiment = recorder, recorder.experiment
        data, self.waits = recorder.dataset, experiment.training.patience
        every = -(-max(1, len(data.x_validation)) // MOST_VALIDATION)
        self.x, self.y = data.x_validation[::every], data.y_validation[::every]
        self.every = max(1, min(experiment.training.steps // LOOKS, self.waits // 2))
        self.reading = recorder.loss.readings[0]
        self.best, self.at, self.kept = np.inf, 0, recorder.stepper.snapshot()

    def next_look(self, step: int) -> int:
        """The first step after `step` at which it looks; far away where there is no patience."""
        return step + self.every - step % self.every if self.waits else sys.maxsize

    def is_over(self, step: int) -> bool:
        """Look at the weights of a step; whether there was no better one for too long."""
        nll = self._nll()
        if nll < self.best:
            self.best, self.at, self.kept = nll, step, self.recorder.stepper.snapshot()
        return step - self.at >= self.waits

    def _nll(self) -> float:
        recorder = self.recorder
        with np.errstate(all="ignore"):
            found = read_as(self.reading, recorder.experiment, recorder._outputs(self.x)).nll(self.y)
            nll = float(np.mean(found))
        return nll if np.isfinite(nll) else np.inf

    def message(self, step: int) -> str:
        """What a run says that took the weights of its best step."""
        best = f"the NLL on {len(self.y):,} validation points was lowest, {number(self.best)}, at step {self.at:,}"
        ended = f"Ended early, at step {step:,} of {self.recorder.steps:,}" if step < self.recorder.steps else "Trained"
        return f"{ended}: {best}, whose weights were taken."


class _Training(Recorder):
    """One training by itself: what is looked at and told while it steps."""

    def __init__(self, experiment: Experiment, on_frame: Callable[[Frame], None], should_stop: Callable[[], bool]):
        started = time.perf_counter()
        dataset, device = dataset_of(experiment), pick_device(experiment)
        scaling = Scaling.of(dataset, experiment.training.standardise)
        stepper = stepper_of(experiment, Start.of(experiment, dataset, scaling), device)
        super().__init__(experiment, dataset, scaling, stepper, device, started)
        self.on_frame, self.should_stop = on_frame, should_stop
        self.patience = _Patience(self)
        self.checked, self.sound = 0, self.stepper.snapshot()
        self.last_look = time.perf_counter()

    def run(self) -> Run:
        """Train to the end, or to where it was stopped or diverged; the last frame is the end's in each case."""
        status, message = self._train()
        self.on_frame(self._live(self.film()))
        return self.finish(status, message)

    def _train(self) -> tuple[str, str]:
        """Status and message. The film's frames come by the step, the live ones and the stop by the clock."""
        self.on_frame(self._live(self.frames[0]))
        film, chunk = film_steps(self.steps)[1:], 1
        while self.done < self.steps:
            look = self.patience.next_look(self.done)
            began, count = time.perf_counter(), min(film[0] - self.done, look - self.done, chunk)
            self.stepper.advance(count)
            self.done += count
            now = time.perf_counter()
            chunk = max(1, min(2 * chunk, int(CHUNK_S * count / (now - began))))
            filmed, looks = self.done == film[0], now - self.last_look > LIVE_INTERVAL
            if not filmed and not looks and self.done < look:
                continue
            if not self._is_sound():
                return "diverged", self._find_divergence().message
            if self.done == look and self.patience.is_over(self.done):
                break
            live = looks and now - self.started > LIVE_FROM
            if filmed or live:
                frame = self.film() if filmed else self._frame(self.done)
                if filmed:
                    film = film[1:]
                if live:
                    self.on_frame(self._live(frame))
            if looks:
                self.sound, self.last_look = self.stepper.snapshot(), time.perf_counter()
                if self.done < self.steps and self.should_stop():
                    return "stopped", stopped_at(self.done, self.steps)
        return "done", self._take_best()

    def _take_best(self) -> str:
        """Go back to the weights that were best on validation points, and say so, where there is patience."""
        if not self.patience.waits:
            return ""
        self.patience.is_over(self.done)
        self.stepper.restore(self.patience.kept)
        self.frames = [frame for frame in self.frames if frame.step < self.done]
        return self.patience.message(self.done)

    def _is_sound(self) -> bool:
        """Whether everything since the last check was finite."""
        since, self.checked = self.checked, self.done
        return bool(np.isfinite(self.stepper.terms(since, self.done)).all() and self.stepper.is_finite())

    def _find_divergence(self) -> Divergence:
        """Replay from the last snapshot, one by one, up to the first step that is not finite; stay before it."""
        self.stepper.restore(self.sound)
        for step in range(self.stepper.step, self.done):
            self.done, before = step, self.stepper.snapshot()
            self.stepper.advance(1)
            if np.isfinite(self.stepper.terms(step, step + 1)).all() and self.stepper.is_finite():
                continue
            self.stepper.restore(before)
            return Divergence.at(step, self.loss, self.stepper.examine())
        raise RuntimeError("a training that was not finite is finite when it is repeated")


def stopped_at(done: int, steps: int) -> str:
    """What a stopped run says of it."""
    return f"Stopped at step {done:,} of {steps:,}."


@cache
def _version(package: str) -> str:
    return version(package)  # a millisecond: it reads the package's files


def film_steps(steps: int) -> list[int]:
    """The steps whose frames are kept, 0 and the last among them: closer together at the start, where most happens."""
    return sorted({round(steps * (i / (FILM_FRAMES - 1)) ** 2) for i in range(FILM_FRAMES)})


def _why(loss: Loss, batch: Batch) -> str:
    """The reason in words for a step that is not finite. `batch` is in training units, where zero is zero too."""
    if loss.failure is not None and loss.failure.happens(batch.y, batch.outputs):
        return loss.failure.words
    for output, values in zip(loss.outputs, batch.outputs, strict=True):
        if not np.isfinite(values).all():
            return f"the {output.label} is no longer a finite number; lower the learning rate or standardise x and y"
    for output, values in zip(loss.outputs, batch.outputs, strict=True):
        least = float((np.sign(output.log_power) * values).min())
        if output.log_power and least < -40 * abs(output.log_power):
            fell = f"{output.label} came to {number(np.sign(output.log_power) * least, 0)}"
            return f"the predicted spread collapsed ({fell}), and its weight is too large for float32"
    return "the gradient is too large for float32; lower the learning rate or standardise x and y"
