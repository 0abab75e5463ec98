"""Early stopping: the NLL on validation points, by the step, and the best weights so far."""

import sys

import numpy as np

from ..experiment.build import read_as
from ..words import number
from .recorder import Recorder

_CHECKS = 100  # of the validation NLL during a training, at least
_MOST_VALIDATION = 2000  # points used in each check
NO_POINTS = "There are no validation points, so patience had no effect: the last weights are used."


class Patience:
    """Checks the NLL on validation points every `interval` steps, and keeps the best weights.

    The NLL is that of the first reading of the loss. `steps` is the patience, 0 for none. Checks go by the step, so
    that the clock does not change the result.
    """

    def __init__(self, recorder: Recorder):
        self.recorder, experiment = recorder, recorder.experiment
        data = recorder.dataset
        # A column that says which rows are for what may name none for validation.
        self.steps = experiment.training.patience if len(data.x_validation) else 0
        stride = -(-max(1, len(data.x_validation)) // _MOST_VALIDATION)
        self.x, self.y = data.x_validation[::stride], [of.dataset.y_validation[::stride] for of in recorder.each]
        weights = data.weights_validation[::stride]
        self.counts = weights if weights.any() else None
        self.interval = max(1, min(experiment.training.steps // _CHECKS, self.steps // 2))
        self.reading = recorder.loss.readings[0]
        self.best_nll, self.best_step, self.best_snapshot = np.inf, 0, recorder.stepper.snapshot()

    def next_check(self, step: int) -> int:
        """The next step at which to check; beyond any step without patience."""
        return step + self.interval - step % self.interval if self.steps else sys.maxsize

    def is_over(self, step: int) -> bool:
        """Check the current weights; whether the best ones are older than the patience."""
        nll = self._nll()
        if nll < self.best_nll:
            self.best_nll, self.best_step, self.best_snapshot = nll, step, self.recorder.stepper.snapshot()
        return step - self.best_step >= self.steps

    def _nll(self) -> float:
        """The mean over the targets, each in its own unit: another unit only adds a constant."""
        each = []
        with np.errstate(all="ignore"):
            for recorder, y in zip(self.recorder.each, self.y, strict=True):
                predictive = read_as(self.reading, recorder.experiment, recorder.outputs(self.x))
                each.append(float(np.average(predictive.nll(y), weights=self.counts)))
            nll = float(np.mean(each))
        return nll if np.isfinite(nll) else np.inf

    def message(self, step: int) -> str:
        """The message of a run that took its best weights."""
        lowest = f"{number(self.best_nll)}, at step {self.best_step:,}"
        mean = f", the mean over {len(self.y)} targets," if len(self.y) > 1 else ""
        best = f"the NLL on {len(self.x):,} validation points{mean} was lowest, {lowest}"
        ended = f"Ended early, at step {step:,} of {self.recorder.steps:,}" if step < self.recorder.steps else "Trained"
        return f"{ended}: {best}, and its weights are used."
