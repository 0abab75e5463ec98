"""What is kept of one training while it runs: frames, history, and in the end the record of the run."""

import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from .devices import blas_kernel, device_label
from .frame import Frame, history_rows, outputs_of
from .of_target import views_of
from .run import Run
from .scaling import Scaling
from .start import Target

FILM_FRAMES = 40
SAMPLE = 200  # points for the held-out loss and the constant variance of a frame
_BLOCK = 2048  # points whose hidden layers are in memory at once
_version = cache(version)  # which reads files of the package: a millisecond


class Recorder:
    """Keeps what one training leaves: `done` steps, frames, history, and in the end the Run.

    `also` are the recorders of the other targets of its net.
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset,
        scaling: Scaling,
        stepper: Any,
        device: str,
        started: float,
        member: int = 0,
        also: "Sequence[Recorder]" = (),
    ):
        self.experiment, self.dataset, self.scaling, self.member = experiment, dataset, scaling, member
        self.stepper, self.device, self.started = stepper, device, started
        self.loss, self.steps = loss_of(experiment.loss), experiment.training.steps
        self.also = also
        self.done, self.frames = 0, [self.frame(0)]

    @classmethod
    def of_targets(
        cls, targets: Sequence[Target], stepper: Any, device: str, started: float, member: int, shown: str
    ) -> tuple[Any, ...]:
        """The arguments of a Recorder that shows the target `shown`, and records the others with it."""
        each = list(zip(targets, views_of(stepper), strict=True))
        own = next(pair for pair in each if pair[0].experiment.data.y == shown)
        also = [
            Recorder(target.experiment, target.dataset, target.scaling, view, device, started, member)
            for target, view in each
            if target is not own[0]
        ]
        return own[0].experiment, own[0].dataset, own[0].scaling, own[1], device, started, member, also

    @property
    def each(self) -> "list[Recorder]":
        """The recorder of every target, in an order that does not ask which one is shown."""
        return sorted((self, *self.also), key=lambda recorder: recorder.experiment.data.y)

    def film(self) -> Frame:
        """Keep a frame of the current step, and return it."""
        for other in self.also:
            other.done = self.done
            other.film()
        if self.frames[-1].step != self.done:
            self.frames.append(self.frame(self.done))
        return self.frames[-1]

    def frame(self, step: int) -> Frame:
        """The current outputs and held-out loss, without the history."""
        data, grid = self.dataset, len(self.dataset.x_grid)
        outputs = self.outputs(np.concatenate([data.x_grid, data.x_held_out[:SAMPLE]]))
        held_out = outputs[grid:].T[: len(self.loss.outputs)]
        with np.errstate(over="ignore", invalid="ignore"):  # finite weights may still give infinite outputs
            return Frame(
                step=step,
                steps=self.steps,
                seconds=time.perf_counter() - self.started,
                outputs=outputs[:grid].astype(np.float32),
                held_out_loss=float(np.mean(self.loss.value(data.y_held_out[:SAMPLE], held_out, bounded=True))),
                history=np.empty((0, 4), np.float32),
            )

    def forget_frames(self, step: int) -> None:
        """Drop the frames from this step on: the training goes back to it."""
        for recorder in self.each:
            recorder.frames = [frame for frame in recorder.frames if frame.step < step]

    def with_history(self, frame: Frame) -> Frame:
        """A live frame: with the history up to its step, which frames of the film do without."""
        return replace(frame, history=self._history(frame.step))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, H) in the unit of y; after a mean alone, the constant log variance."""
        outputs = self._loss_outputs(x)
        if self.loss.has_scale:
            return outputs
        return np.column_stack([outputs, np.full(len(x), self._residual_log_variance(SAMPLE))])

    def _loss_outputs(self, x: np.ndarray) -> np.ndarray:
        x_in = self.scaling.x_in(x)
        raw = np.concatenate([self.stepper.outputs(x_in[i : i + _BLOCK]) for i in range(0, len(x), _BLOCK)])
        return outputs_of(self.loss, raw, self.scaling)

    def _residual_log_variance(self, points: int) -> float:
        stride = -(-len(self.dataset.x) // points)
        mean = self._loss_outputs(self.dataset.x[::stride])[:, 0]
        return float(np.log(np.mean((self.dataset.y[::stride] - mean) ** 2) + np.finfo(np.float32).tiny))

    def _history(self, step: int) -> np.ndarray:
        rows, k = history_rows(self.stepper.terms(0, step), self.steps), self.scaling.y_scale
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging training has infinite values or NaN
            rows[:, 1:] *= k**self.loss.unit_power
            rows[:, 2] += self.loss.unit_shift * np.log(k)
            return rows.astype(np.float32)

    def finish(self, status: str, message: str, seconds: float | None = None) -> Run:
        """The record of a training that has ended; its last frame shows the end. All its targets took as long."""
        self.film()
        seconds = time.perf_counter() - self.started if seconds is None else seconds
        return Run(
            experiment=self.experiment,
            status=status,
            message=message,
            steps_done=self.done,
            seconds=seconds,
            device=device_label(self.device, self.stepper.made_with),
            scaling=self.scaling,
            weights=self.stepper.weights(),
            residual_log_variance=None if self.loss.has_scale else self._residual_log_variance(20_000),
            history_rows=self._history(self.done),
            frame_steps=np.array([frame.step for frame in self.frames]),
            frame_outputs=np.stack([frame.outputs for frame in self.frames]),
            frame_held_out_loss=np.array([frame.held_out_loss for frame in self.frames]),
            versions={name: _version(name) for name in ("numpy", self.stepper.made_with)}
            | {"python": platform.python_version(), "blas": blas_kernel()},
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoding=self.dataset.encoding,
            member=self.member,
            targets=tuple(other.finish(status, message, seconds) for other in self.also),
        )


def film_steps(steps: int) -> list[int]:
    """The steps whose frames are kept, including 0 and the last: closer together at the start, where most changes."""
    return sorted({round(steps * (i / (FILM_FRAMES - 1)) ** 2) for i in range(FILM_FRAMES)})


def stopped_at(done: int, steps: int) -> str:
    """The message of a stopped run."""
    return f"Stopped at step {done:,} of {steps:,}."
