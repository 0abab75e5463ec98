"""The fast stepper: the mathematics of the plain one, compiled for the CPU (see kernel, elementwise, machine_code).

The plain stepper trains what has no compiled form.
"""

from functools import cache
from typing import Any

import numpy as np
from numba import config
from threadpoolctl import ThreadpoolController

from ..model.bounds import BOUNDS
from ..model.losses import LOSSES
from ..model.schedules import OPTIMIZERS
from . import kernel
from .elementwise import ACTIVATIONS, UPDATES, stay
from .machine_code import ACTIVATE, GRADIENT, UPDATE, machine_code, pointer
from .start import Batch, Start

_MOST_INDICES = 1 << 20  # of batches in one call: 8 MB
_thread_pools = cache(ThreadpoolController)  # it takes milliseconds to find the libraries


def can_train(activation: str, optimizer: str) -> bool:
    """Whether activation and optimiser have a compiled form, as every loss has."""
    return activation in ACTIVATIONS and OPTIMIZERS[optimizer].torch_name in UPDATES and not config.DISABLE_JIT


@cache
def load(loss: str, activation: str, optimizer: str) -> tuple[Any, ...]:
    """The compiled code (train, outputs, loss, activation, update): from memory, from disk, or compiled now."""
    return (
        machine_code(kernel.train, kernel.TRAIN),
        machine_code(kernel.outputs, kernel.OUTPUTS),
        pointer(LOSSES[loss].derivative, GRADIENT, exact=True),
        pointer(ACTIVATIONS[activation], ACTIVATE),
        pointer(UPDATES[OPTIMIZERS[optimizer].torch_name], UPDATE),
    )


def one_thread() -> Any:
    """A context in which BLAS uses one thread: two on such small products cost up to 100 times the product."""
    return _thread_pools().limit(limits=1, user_api="blas")


class CompiledStepper:
    """Trains one network on one core, with numpy arrays only."""

    made_with = "numba"
    one_thread = staticmethod(one_thread)

    def __init__(self, start: Start):
        architecture, optimizer = start.architecture, start.optimizer
        self.start, self.step = start, 0
        self.flat = start.flat.copy()
        self.gradient, self.first, self.second = (np.zeros_like(self.flat) for _ in range(3))
        self.log = np.zeros((start.steps, 3 * start.targets))
        self._y = np.ascontiguousarray(start.y.reshape(-1, start.targets))
        each = architecture.outputs // start.targets
        limits = [loss.limits for loss in start.losses]
        self._loss_numbers = np.array([loss.numbers for loss in start.losses], dtype=float).reshape(start.targets, -1)
        ends = [[getattr(of, end) or [-np.inf] * each for of in limits] for end in ("low", "high")]
        epsilon = np.array([of.epsilon for of in limits], dtype=float)
        self._bound = BOUNDS[limits[0].bound].code, *map(np.array, ends), epsilon, start.warm_up
        code = load(start.loss.name, architecture.activation, optimizer.name)
        self._train, self._predict, self._loss, self._activate, self._update = code
        self._numbers = optimizer.numbers
        widths = (architecture.inputs, *architecture.layers, architecture.outputs // architecture.nets)
        self._widths = np.array(widths, np.int64)
        self._reaches_trunk = np.ones(architecture.outputs, np.float32)
        if architecture.shared and start.loss.stops_gradient:
            self._reaches_trunk.reshape(start.targets, -1)[:, 1:] = 0
        n, widest = start.batches.batch_size, max(widths)
        self._layers, self._out = self._memory(n)
        self._deltas = np.empty(n * widest, np.float32), np.empty(n * widest, np.float32)

    def advance(self, count: int) -> None:
        """The next `count` steps."""
        batches = self.start.batches
        most = max(1, _MOST_INDICES // batches.batch_size)
        while count:
            here = min(count, most)
            self._run(batches.take(here), self._update)
            self.step, count = self.step + here, count - here

    def examine(self) -> Batch:
        """The batch of the next step, which changes no parameter."""
        batch = self.start.batches.take(1)
        self._run(batch, pointer(stay, UPDATE))
        log = self.log[self.step].reshape(-1, 3)
        finite = np.isfinite(log).all() and np.isfinite(self.gradient).all()
        return Batch.of(self._y[batch[0]].T, self._out.T.copy(), bool(finite), np.isfinite(log).all(axis=1))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) for x (n, inputs), both in training units, without dropout."""
        x = np.ascontiguousarray(x, np.float32)
        layers, out = self._memory(len(x))
        self._predict(self.flat, x, self._widths, self.start.architecture.nets, self._activate, *layers, out)
        return out.astype(np.float64)

    def weights(self) -> np.ndarray:
        """The parameters as one float32 array."""
        return self.flat.copy()

    def is_finite(self, start: int, stop: int) -> bool:
        """Whether the parameters are finite, and the loss was in steps start … stop − 1."""
        return bool(np.isfinite(self.log[start:stop]).all() and np.isfinite(self.flat).all())

    def terms(self, start: int, stop: int) -> np.ndarray:
        """The loss terms of steps start … stop − 1, shape (stop − start, 3 · targets), in training units."""
        return self.log[start:stop]

    def snapshot(self) -> Any:
        """Everything the next step depends on."""
        vectors = [vector.copy() for vector in (self.flat, self.first, self.second)]
        return self.step, vectors, self.start.batches.snapshot()

    def restore(self, snapshot: Any) -> None:
        """Go back exactly to a snapshot."""
        self.step, vectors, batches = snapshot
        for vector, kept in zip((self.flat, self.first, self.second), vectors, strict=True):
            vector[:] = kept
        self.start.batches.restore(batches)

    def _run(self, batches: np.ndarray, update: Any) -> None:
        start, done = self.start, slice(self.step, self.step + len(batches))
        self._train(
            self.flat, self.gradient, self.first, self.second, start.x, self._y, start.counts,
            batches, start.rates[done], self.step,
            self._widths, start.architecture.nets, self._reaches_trunk, start.keep, start.dropout_seed,
            self._loss, self._loss_numbers, *self._bound, self._activate, update, self._numbers, start.decay,
            *self._layers, *self._deltas, self._out, self.log[done],
        )  # fmt: skip
        self.log[done, 2::3] -= [loss.offset for loss in start.losses]

    def _memory(self, n: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Memory for hidden units and their derivatives, and for the outputs, of n points."""
        architecture = self.start.architecture
        shape = (architecture.nets, n * sum(architecture.layers))
        layers = np.empty(shape, np.float32), np.empty(shape, np.float32)
        return layers, np.empty((n, architecture.outputs), np.float32)
