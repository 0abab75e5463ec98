"""The start of a training: the arrays and the batches of both steppers, so that they differ only by rounding."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from ..experiment.build import architecture_of, dataset_of_member
from ..experiment.experiment import Experiment, applies, setting_of
from ..experiment.loss_settings import loss_of
from ..model.losses import Loss
from ..model.networks import INITIALISATIONS, Architecture, last_biases
from ..model.schedules import OPTIMIZERS, SCHEDULES, Optimizer
from .scaling import Scaling

MEMBERS_KEY = int.from_bytes(b"member", "big") % 2**32


def member_seed(seed: int, member: int) -> np.random.SeedSequence:
    """The source of all that is drawn for a member: of its own, and apart from those of every other seed and member."""
    return np.random.SeedSequence(seed, spawn_key=(MEMBERS_KEY, member) if member else ())


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
    """The batch of one step, for a diagnosis: y (batch,) and outputs (H, batch) of one target, in training units.

    `finite` says whether its loss and its gradient were finite, `target` which of the targets it is.
    """

    y: np.ndarray
    outputs: np.ndarray
    finite: bool
    target: int = 0

    @classmethod
    def of(cls, y: np.ndarray, outputs: np.ndarray, finite: bool, finite_losses: np.ndarray) -> "Batch":
        """The batch of the first target whose loss is not finite, or else of the first: from y (targets, batch)."""
        at, each = int(np.argmin(finite_losses)), len(outputs) // len(y)
        return cls(y[at], outputs[at * each : (at + 1) * each], finite, at)


def _counts(weights: np.ndarray) -> np.ndarray:
    """Weights of the points, divided by their mean: the rate then means what it does without weights."""
    return (weights / weights.mean() if weights.any() else weights).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Target:
    """One of the targets that share a net: the experiment that shows it, its points, and its scaling."""

    experiment: Experiment
    dataset: Dataset
    scaling: Scaling

    @classmethod
    def of(cls, experiment: Experiment, member: int = 0) -> "list[Target]":
        """The targets of a member of an experiment, in their fixed order, which does not ask which one is shown."""
        datasets = [dataset_of_member(view, member) for view in experiment.views]
        scalings = [Scaling.of(dataset, experiment.training.standardise) for dataset in datasets]
        return [cls(*each) for each in zip(experiment.views, datasets, scalings, strict=True)]


def name_of(experiment: Experiment, target: int) -> str:
    """The name of a target by its place, where a net has several; else empty."""
    return experiment.views[target].data.y if len(experiment.views) > 1 else ""


@dataclass(frozen=True, eq=False)
class Start:
    """The start for one seed. x (n, inputs), y (n,) or (n, targets), flat (parameters,): float32, in training units.

    `losses` is the loss of each target, in its training units, for one net may have several; `architecture` has the
    outputs of all of them, one target after another. `rates` (steps,) are the learning rates, `keep` is the share of
    units that dropout keeps, and `dropout_seed` the seed of its masks. In the first `warm_up` steps the first output of
    a target learns by squared error alone. Before each update the weights shrink by rate × `decay`. `counts` (n,) are
    how much each point counts, 1 on average; empty where all count the same.
    """

    losses: tuple[Loss, ...]
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
    counts: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))

    @classmethod
    def of(cls, experiment: Experiment, dataset: Dataset, scaling: Scaling, member: int = 0) -> "Start":
        """The start of a member of an experiment with one target, see `of_targets`."""
        return cls.of_targets([Target(experiment, dataset, scaling)], member)

    @classmethod
    def of_targets(cls, targets: Sequence[Target], member: int = 0) -> "Start":
        """The start of a member of an experiment, with the targets that share its net.

        Initialisation, shuffling and dropout each have a stream of its seed. The first member starts as the experiment
        does that has no other.
        """
        experiment, dataset, scaling = targets[0].experiment, targets[0].dataset, targets[0].scaling
        settings, network = experiment.training, experiment.network
        architecture = architecture_of(experiment, scaling.inputs).with_targets(len(targets))
        loss = loss_of(experiment.loss)
        losses = tuple(loss.in_training_units(each.scaling.y_shift, each.scaling.y_scale) for each in targets)
        weights, shuffling, dropout = member_seed(settings.seed, member).spawn(3)
        x = scaling.x_in(dataset.x)
        init = INITIALISATIONS[network.init]
        flat = init.draw(np.random.default_rng(weights), architecture, x)
        if init.starts_outputs:
            flat = flat + last_biases(architecture, [start for each in losses for start in each.starts])
        y = np.stack([each.scaling.y_in(each.dataset.y) for each in targets], axis=1).astype(np.float32)
        return cls(
            losses=losses,
            architecture=architecture,
            optimizer=OPTIMIZERS[settings.optimizer],
            x=x.astype(np.float32),
            y=y if len(targets) > 1 else y[:, 0].copy(),
            batches=Batches(len(x), settings.batch_size, shuffling),
            flat=flat.astype(np.float32),
            rates=settings.learning_rate * SCHEDULES[settings.schedule].factors(settings.steps),
            keep=1 - network.dropout,
            dropout_seed=int(dropout.generate_state(1)[0]),
            warm_up=settings.warmup_steps if applies(setting_of("training.warmup_steps"), experiment) else 0,
            decay=settings.weight_decay,
            counts=_counts(dataset.weights),
        )

    @property
    def loss(self) -> Loss:
        """The loss of the first target."""
        return self.losses[0]

    @property
    def targets(self) -> int:
        """How many targets share the net."""
        return len(self.losses)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.rates)
