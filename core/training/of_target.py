"""One of several targets of a net: a stepper that has its outputs, loss terms and weights alone."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..model.networks import of_target
from .start import Batch


class OfTarget:
    """A stepper that shows one of its targets. A step of one is a step of all, for they share the net."""

    def __init__(self, stepper: Any, target: int):
        joint, targets = stepper.start.architecture, stepper.start.targets
        self.stepper, self.target, self.targets = stepper, target, targets
        self.made_with, self.start, self.one_thread = stepper.made_with, stepper.start, stepper.one_thread
        self.architecture = replace(joint, outputs=joint.outputs // targets)
        self.advance, self.snapshot, self.restore = stepper.advance, stepper.snapshot, stepper.restore
        self.is_finite = stepper.is_finite

    @property
    def step(self) -> int:
        """How many steps it has taken."""
        return self.stepper.step

    def examine(self) -> Batch:
        """The batch of the next step, of the target whose loss is not finite; no parameter changes."""
        return self.stepper.examine()

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, H) of the target for x (n, inputs), both in training units, without dropout."""
        each = self.architecture.outputs
        return self.stepper.outputs(x)[:, self.target * each : (self.target + 1) * each]

    def terms(self, start: int, stop: int) -> np.ndarray:
        """The loss terms of the target, shape (stop − start, 3), in its training units."""
        return self.stepper.terms(start, stop)[:, 3 * self.target : 3 * self.target + 3]

    def weights(self) -> np.ndarray:
        """The parameters of the trunk and of this target's outputs, as one float32 array."""
        return of_target(self.stepper.weights(), self.architecture, self.target, self.targets)


def views_of(stepper: Any) -> list[Any]:
    """The stepper of each of its targets, in their order; of one target the stepper itself."""
    targets = stepper.start.targets
    return [stepper] if targets == 1 else [OfTarget(stepper, target) for target in range(targets)]
