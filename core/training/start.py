"""The start of a training: the arrays and the batches of both steppers, so that they differ only by rounding."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.experiment.build import architecture_of
from core.experiment.experiment import Experiment, applies, setting_of
from core.experiment.loss_settings import loss_of
from core.model.losses import Loss
from core.model.networks import INITIALISATIONS, Architecture, last_biases
from core.model.schedules import OPTIMIZERS, SCHEDULES, Optimizer
from core.training.scaling import Scaling


class Batches:
    """Batches of indices without repetition within an epoch, each of `batch_size` (or all n points, if fewer).

    Points left over at the end of an epoch are skipped until the next shuffle, so that all batches have the same size.
    """

    def __init__(self, n: int, batch_size: int, stream: np.random.SeedSequence):
        self.n, self.batch_size = n, min(batch_size, n)
        self._rng = np.random.default_rng(stream)
        self._order, self._position = np.empty(0, np.intp), n

    def take(self, count: int) -> np.ndarray:
        """Indices of the next `count` batches, shape (count, batch_size)."""
        taken = np.empty((count, self.batch_size), np.intp)
        filled = 0
        while filled < count:
            if self._position + self.batch_size > self.n:
                self._order, self._position = self._rng.permutation(self.n), 0
            here = min(count - filled, (self.n - self._position) // self.batch_size)
            end = self._position + here * self.batch_size
            taken[filled : filled + here] = self._order[self._position : end].reshape(here, -1)
            filled, self._position = filled + here, end
        return taken

    def snapshot(self) -> Any:
        """Everything the next batch depends on."""
        return self._rng.bit_generator.state, self._order, self._position

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot."""
        self._rng.bit_generator.state, self._order, self._position = snapshot


@dataclass(frozen=True, eq=False)
class Batch:
    """The batch of one step, for a diagnosis: targets (batch,) and outputs (H, batch), in training units.

    `finite` says whether its loss and its gradient were finite.
    """

    y: np.ndarray
    outputs: np.ndarray
    finite: bool


@dataclass(frozen=True, eq=False)
class Start:
    """The start for one seed. x (n, inputs), y (n,) and flat (parameters,) are float32 in training units.

    `loss` is in training units too, `rates` (steps,) are the learning rates, `keep` is the share of units that dropout
    keeps, and `dropout_seed` the seed of its masks. In the first `warm_up` steps the first output learns by squared
    error alone. Before each update the weights shrink by rate × `decay`.
    """

    loss: Loss
    architecture: Architecture
    optimizer: Optimizer
    x: np.ndarray
    y: np.ndarray
    batches: Batches
    flat: np.ndarray
    rates: np.ndarray
    keep: float
    dropout_seed: int
    warm_up: int
    decay: float

    @classmethod
    def of(cls, experiment: Experiment, dataset: Dataset, scaling: Scaling) -> "Start":
        """The start of an experiment; initialisation, shuffling and dropout each have a stream of its seed."""
        settings, network = experiment.training, experiment.network
        architecture = architecture_of(experiment, scaling.inputs)
        loss = loss_of(experiment.loss).in_training_units(scaling.y_shift, scaling.y_scale)
        weights, shuffling, dropout = np.random.SeedSequence(settings.seed).spawn(3)
        x = scaling.x_in(dataset.x)
        init = INITIALISATIONS[network.init]
        flat = init.draw(np.random.default_rng(weights), architecture, x)
        if init.starts_outputs:
            flat = flat + last_biases(architecture, [output.start for output in loss.outputs])
        return cls(
            loss=loss,
            architecture=architecture,
            optimizer=OPTIMIZERS[settings.optimizer],
            x=x.astype(np.float32),
            y=scaling.y_in(dataset.y).astype(np.float32),
            batches=Batches(len(x), settings.batch_size, shuffling),
            flat=flat.astype(np.float32),
            rates=settings.learning_rate * SCHEDULES[settings.schedule].factors(settings.steps),
            keep=1 - network.dropout,
            dropout_seed=int(dropout.generate_state(1)[0]),
            warm_up=settings.warmup_steps if applies(setting_of("training.warmup_steps"), experiment) else 0,
            decay=settings.weight_decay,
        )

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.rates)
