"""The weights of a finished run at each frame of its film: it keeps outputs alone, so it is trained once more.

The weights of all frames would make the record of a run ten times as large. A short training takes a tenth of a second
and is the same to the bit on the machine that made it; on another one it is not, and then there is no film of weights.
"""

from typing import Any

import numpy as np

from . import compiled
from .cost import estimated_seconds
from .devices import pick_device
from .frame import Frame
from .run import Run
from .single import Training, is_compiled, load

MOST_S = 0.5  # of estimated training: what takes longer is not trained again for its film


class _Filmed(Training):
    """A training that keeps the weights of its film, by their steps."""

    kept: dict[int, np.ndarray]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.kept = {0: self.stepper.weights()}

    def film(self) -> Frame:
        """Keep the weights with the frame."""
        self.kept[self.done] = self.stepper.weights()
        return super().film()


def filmed_weights(run: Run) -> np.ndarray | None:
    """The weights of the run's first member at `frame_steps`, (frames, parameters) float32; None where there are none.

    None if the training is long or not by the compiled stepper, or if it does not end in the weights of the run.
    """
    experiment = run.alone.experiment
    trained_fast = is_compiled(experiment, pick_device(experiment))
    if not run.has_curve or not trained_fast or estimated_seconds(experiment) > MOST_S or experiment.data.also:
        return None
    with compiled.one_thread():
        load(experiment, lambda words: None)
        training = _Filmed(experiment, lambda frame: None, lambda: False)
        with training.stepper.one_thread():
            training.run()
    steps = run.frame_steps.tolist()
    if not all(step in training.kept for step in steps):
        return None
    weights = np.stack([training.kept[step] for step in steps])
    return weights if np.array_equal(weights[-1], run.weights) else None
