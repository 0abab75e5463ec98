"""The plain stepper: what one would write in PyTorch, one mini-batch and one optimiser step at a time.

All parameters are in one flat vector and their gradients in another; the layers are views of it. So the optimiser has
a single tensor, which is a quarter faster than eight small ones.

It also trains several *members* at once: trainings that differ only in their seeds, on a leading axis, which a single
training does not have. A GPU trains hundreds in little more time than one.

On CUDA the step is recorded once as a graph and replayed, because a GPU computes these few small products faster than
Python can launch them. Therefore a step reads only tensors that stay in place, also its own number.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ..model.networks import ACTIVATIONS, forward, split
from .start import Batch, Start

_MOST_INDICES = 1 << 20  # of batches copied to the device at once: 8 MB
_WARM_UP_STEPS = 3  # before the capture, as in PyTorch's notes on CUDA graphs


class AutogradStepper:
    """Trains M members on one device; they share everything except the seeds, and therefore all shapes.

    Raises ValueError if their losses differ, because a parameter of a loss that depends on the spread of y differs
    between members with other data.
    """

    def __init__(self, starts: Sequence[Start], device: str):
        if any(start.losses != starts[0].losses for start in starts):
            raise ValueError(f"{starts[0].loss.name} has other numbers for each member: they must be the same")
        self.starts, self.start, self.device = starts, starts[0], device
        data = starts if any(start.x is not starts[0].x for start in starts) else starts[:1]
        self.x = self._tensor(np.concatenate([start.x for start in data]))  # (rows, inputs)
        y = np.concatenate([start.y.reshape(-1, self.start.targets) for start in data])
        self.y = [self._tensor(column) for column in y.T]  # of each target (rows,)
        self.counts = self._tensor(np.concatenate([start.counts for start in data]))  # (rows,), or none
        own_rows = len(self.x) // len(data) if len(data) > 1 else 0  # rows per member, if each has its own data
        self._first_rows = np.arange(len(starts))[:, None] * own_rows  # (M, 1)
        rows = np.stack([start.flat for start in starts])  # (M, parameters)
        self.flat = self._tensor(np.concatenate([part.ravel() for part in np.split(rows, self._cuts(), axis=1)]))
        self.gradient = torch.zeros_like(self.flat)
        self.parameters = self._layers(self.flat)
        for parameter, gradient in zip(self.parameters, self._layers(self.gradient), strict=True):
            parameter.requires_grad_().grad = gradient  # backward() adds into the flat gradient
        self.activation = getattr(functional, ACTIVATIONS[self.start.architecture.activation].torch_name)
        self.affine = torch.addmm if len(starts) == 1 else torch.baddbmm
        seeds = torch.tensor([start.dropout_seed for start in starts], device=device)
        self._dropout_key = hashed(seeds)[:, None, None].squeeze(0)  # ([M,] 1, 1)
        self._make_inputs()
        self._make_optimizer()
        self._graphs: dict[bool, Any] = {}  # one for steps of the warm-up, one for the others
        self._outputs: dict[bytes, np.ndarray] = {}  # of all members at the current step, by the bytes of x

    def _make_inputs(self) -> None:
        """The tensors that a step reads and writes. A single training has no axis [M]."""
        start, members, device = self.start, len(self.starts), self.device
        self.at = torch.zeros(1, dtype=torch.int64, device=device)  # the number of the next step
        self.batch = torch.zeros((members, start.batches.batch_size), dtype=torch.int64, device=device).squeeze(0)
        # A GPU's fused optimisers read a float32, the CPU's a float64.
        self.rates = torch.tensor(start.rates, dtype=torch.float64 if device == "cpu" else torch.float32, device=device)
        self.rate = torch.zeros_like(self.rates[:1])
        self.log = torch.zeros((start.steps, 3 * start.targets, members), device=device)
        self._ones = torch.ones(members, device=device).squeeze(0)

    def _make_optimizer(self) -> None:
        """One for all members, because these optimisers treat each parameter by itself."""
        self.trained = torch.nn.Parameter(self.flat)
        self.trained.grad = self.gradient
        row = self.start.optimizer
        self.optimizer = getattr(torch.optim, row.torch_name)([self.trained], lr=self.rate, fused=True, **row.arguments)
        self.optimizer.step()  # rate and gradient are zero: it changes nothing, but allocates the state
        for value in self.optimizer.state[self.trained].values():
            value.zero_()

    @property
    def step(self) -> int:
        """How many steps it has taken."""
        return int(self.at)

    def advance(self, count: int) -> None:
        """The next `count` steps: gradient of one mini-batch, one change of the parameters, and so on."""
        self._outputs.clear()
        most, done = max(1, _MOST_INDICES // self.batch.numel()), self.step
        for begin in range(0, count, most):
            for batch in self._batches(min(most, count - begin)):
                self.batch.copy_(batch)
                self._take(done < self.start.warm_up)
                done += 1
        if self.device == "cuda":
            torch.cuda.current_stream().synchronize()  # wait for the steps, because the loop measures their time

    def examine(self) -> list[Batch]:
        """The batch of the next step for each member; no parameter changes."""
        self.batch.copy_(self._batches(1)[0])
        batches = torch.stack(self._backward(self.step < self.start.warm_up)).detach().cpu().numpy()
        batches = batches.reshape(len(batches), len(self.starts), -1).swapaxes(0, 1)  # (M, all y and outputs, batch)
        finite = self.finite(self.step, self.step + 1, self.gradient).tolist()
        targets = self.start.targets
        losses = torch.isfinite(self.log[self.step]).reshape(targets, 3, -1).all(1).cpu().numpy().T  # (M, targets)
        told = zip(batches, finite, losses, strict=True)
        return [Batch.of(each[:targets], each[targets:], *of) for each, *of in told]

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (M, n, outputs) for x (n, inputs), both in training units, without dropout; kept until a step."""
        if (key := x.tobytes()) not in self._outputs:
            with torch.no_grad():
                outputs = torch.stack(self._forward(self._tensor(x).expand(*self.batch.shape[:-1], -1, -1)), dim=-1)
            self._outputs[key] = outputs.cpu().numpy().astype(np.float64).reshape(len(self.starts), len(x), -1)
        return self._outputs[key]

    def finite(self, start: int, stop: int, flat: torch.Tensor | None = None) -> np.ndarray:
        """Which members, (M,) bool, had a finite loss in steps start … stop − 1, and are finite in `flat`.

        `flat` are their parameters, if it is not given.
        """
        terms = torch.isfinite(self.log[start:stop]).all(0).all(0)
        rows = self._rows(self.flat if flat is None else flat)
        return (terms & torch.isfinite(rows).all(1)).cpu().numpy()

    def weights(self) -> np.ndarray:
        """The parameters, (M, parameters) float32."""
        return self._rows(self.flat).cpu().numpy().copy()

    def snapshot(self) -> Any:
        """Everything the next step depends on."""
        return [tensor.clone() for tensor in self._state()], [start.batches.snapshot() for start in self.starts]

    def restore(self, snapshot: Any) -> None:
        """Go back exactly to a snapshot."""
        self._outputs.clear()
        tensors, batches = snapshot
        self._put_back(tensors)
        for start, kept in zip(self.starts, batches, strict=True):
            start.batches.restore(kept)

    def _cuts(self) -> np.ndarray:
        """Where the vector of a member is split into weights and biases."""
        return np.cumsum([np.prod(shape) for shape in self.start.architecture.shapes])[:-1]

    def _layers(self, flat: torch.Tensor) -> list[torch.Tensor]:
        """Views of a flat vector: weights (in, out) and biases (width,), or (M, in, out) and (M, 1, width).

        Each view is one contiguous block of memory, which products and gradients need to be fast.
        """
        if len(self.starts) == 1:
            return split(flat, self.start.architecture)
        parts = torch.tensor_split(flat, (len(self.starts) * self._cuts()).tolist())
        widths = [shape[-1] for shape in self.start.architecture.shapes]
        return [part.view(len(self.starts), -1, width) for part, width in zip(parts, widths, strict=True)]

    def _rows(self, flat: torch.Tensor) -> torch.Tensor:
        """A flat vector as (M, parameters), each row in the order of `Start.flat`."""
        return torch.cat([view.detach().reshape(len(self.starts), -1) for view in self._layers(flat)], 1)

    def _state(self) -> list[torch.Tensor]:
        return [self.flat, self.at, *self.optimizer.state[self.trained].values()]

    def _put_back(self, kept: list[torch.Tensor]) -> None:
        for tensor, value in zip(self._state(), kept, strict=True):
            tensor.copy_(value)  # in place, because a graph uses the addresses of its tensors

    def _batches(self, count: int) -> torch.Tensor:
        """Rows of x and y for the next `count` batches, (count, [M,] batch)."""
        taken = np.stack([start.batches.take(count) for start in self.starts], axis=1) + self._first_rows
        return torch.from_numpy(taken).to(self.device).reshape(count, *self.batch.shape)

    def _take(self, warms_up: bool) -> None:
        """One step on `batch`; on CUDA by replaying its graph."""
        if self.device != "cuda":
            self._step(warms_up)
            return
        if warms_up not in self._graphs:
            self._graphs[warms_up] = self._captured(warms_up)
        self._graphs[warms_up].replay()

    def _step(self, warms_up: bool) -> None:
        """One step on `batch`. No value is copied to the host, so that a graph can record it."""
        self._backward(warms_up)
        torch.index_select(self.rates, 0, self.at, out=self.rate)
        if self.start.decay:
            with torch.no_grad():
                self.flat.mul_((1 - self.rate * self.start.decay).to(torch.float32))
        self.optimizer.step()
        self.at += 1

    def _backward(self, warms_up: bool) -> tuple[torch.Tensor, ...]:
        """Writes loss terms of `batch` to `log` and its gradient to `gradient`; returns its y and outputs."""
        loss, targets = self.start.loss, [y[self.batch] for y in self.y]
        outputs = self._forward(
            self.x[self.batch],
            dropout=self._dropout if self.start.keep < 1 else None,
            stop=torch.Tensor.detach if loss.stops_gradient and self.start.architecture.shared else None,
            targets=len(targets),
        )
        each = len(outputs) // len(targets)
        objectives: list[torch.Tensor] = []
        terms: list[torch.Tensor] = []
        for at, (loss, y) in enumerate(zip(self.start.losses, targets, strict=True)):
            own = outputs[at * each : (at + 1) * each]
            residual, scale, regulariser = of_loss = loss.evaluate(torch, y, own)
            objective = loss.objective(torch, y, own) if loss.trained else residual + scale + regulariser
            objectives.append(0.5 * (y - own[0]) ** 2 if warms_up else objective)
            terms += of_loss
        if self.counts.numel():
            counts = self.counts[self.batch]
            objectives = [counts * objective for objective in objectives]
            terms = [counts * term for term in terms]
        self.gradient.zero_()
        objective = objectives[0] if len(objectives) == 1 else torch.stack(objectives).mean(0)
        objective.mean(-1).backward(self._ones)  # the gradient of each member's mean
        with torch.no_grad():
            self.log.index_copy_(0, self.at, torch.stack(terms).mean(-1).view(1, len(terms), -1))
        return *targets, *outputs

    def _forward(self, x: torch.Tensor, **more: Any) -> list[torch.Tensor]:
        return forward(
            self.parameters, x, self.start.architecture, activation=self.activation, affine=self.affine, **more
        )

    def _dropout(self, hidden: torch.Tensor, place: int) -> torch.Tensor:
        # functional.dropout draws from torch's global generator; this drops the same units as the compiled stepper, on
        # any device.
        points, width = hidden.shape[-2:]
        units = torch.arange(points * width, device=self.device).reshape(points, width) + place * points
        kept = hashed(units ^ hashed(self._dropout_key ^ self.at)) < int(self.start.keep * 2**32)
        return hidden * kept / self.start.keep

    def _captured(self, warms_up: bool) -> Any:
        """The step as a CUDA graph. Recording it leaves the parameters and the whole state unchanged."""
        kept = [tensor.clone() for tensor in self._state()]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries and autograd initialise themselves outside the graph
            for _ in range(_WARM_UP_STEPS):
                self._step(warms_up)
                self._put_back(kept)
        torch.cuda.current_stream().wait_stream(side)
        self.optimizer.param_groups[0]["capturable"] = True  # a fused optimiser is, but Adam checks the flag
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):  # other threads may use CUDA
            self._step(warms_up)
        return graph

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)


def load() -> None:
    """Load torch's optimisers: building the first one imports 800 modules."""
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.0)


class Member:
    """One member with the interface of a stepper. Several members step together: a step of one is a step of all."""

    made_with = "torch"

    def __init__(self, all_members: AutogradStepper, index: int = 0):
        self.all_members, self.index, self.start = all_members, index, all_members.starts[index]
        self.advance, self.snapshot, self.restore = all_members.advance, all_members.snapshot, all_members.restore

    @staticmethod
    @contextmanager
    def one_thread() -> Iterator[None]:
        """A context in which torch uses one thread: two on such small products cost 100 times the product."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

    @property
    def step(self) -> int:
        """How many steps it has taken."""
        return self.all_members.step

    def examine(self) -> Batch:
        """The batch of the next step; no parameter changes."""
        return self.all_members.examine()[self.index]

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) for x (n, inputs), both in training units, without dropout."""
        return self.all_members.outputs(x)[self.index]

    def weights(self) -> np.ndarray:
        """The parameters as one float32 array."""
        return self.all_members.weights()[self.index]

    def is_finite(self, start: int, stop: int) -> bool:
        """Whether its parameters are finite, and its loss was in steps start … stop − 1."""
        return bool(self.all_members.finite(start, stop)[self.index])

    def terms(self, start: int, stop: int) -> np.ndarray:
        """The loss terms of steps start … stop − 1, shape (stop − start, 3 · targets), in training units."""
        return self.all_members.log[start:stop, :, self.index].cpu().numpy().astype(np.float64)


def hashed(bits: torch.Tensor) -> torch.Tensor:
    """The 32-bit hash of the compiled stepper (Wellons 2018, lowbias32), for int64 values 0 … 2³² − 1."""
    low = 0xFFFFFFFF  # the products overflow 64 bits, but their lower 32 bits are right
    bits = ((bits ^ (bits >> 16)) * 0x7FEB352D) & low
    bits = ((bits ^ (bits >> 15)) * 0x846CA68B) & low
    return bits ^ (bits >> 16)
