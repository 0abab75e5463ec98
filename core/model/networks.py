"""Multilayer perceptrons as plain functions of a list of arrays.

A network is a list of weights and biases, W of shape (in, out) and b of shape (out,), layer by layer; with separate
nets, one such list per output. `forward` is written once: torch tensors go through it in training, numpy arrays
where a finished run is read, so that reading a run needs no torch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import erf, expit

Array = Any


@dataclass(frozen=True)
class Activation:
    """A unit's non-linearity: its numpy form, and its name in torch.nn.functional."""

    name: str
    label: str
    numpy: Callable[[np.ndarray], np.ndarray]
    torch_name: str


_ACTIVATIONS = (
    Activation("tanh", "tanh", np.tanh, "tanh"),
    Activation("relu", "ReLU", lambda x: np.maximum(x, 0), "relu"),
    Activation("silu", "SiLU", lambda x: x * expit(x), "silu"),
    Activation("gelu", "GELU", lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))), "gelu"),
    Activation("elu", "ELU", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), "elu"),
    Activation("softplus", "softplus", lambda x: np.logaddexp(x, 0), "softplus"),
)
ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({row.name: row for row in _ACTIVATIONS})


@dataclass(frozen=True)
class Architecture:
    """Shapes of a network: hidden widths, number of outputs, and whether the outputs share one trunk."""

    inputs: int
    layers: tuple[int, ...]
    outputs: int
    shared: bool
    activation: str

    @property
    def nets(self) -> int:
        """Number of separate nets."""
        return 1 if self.shared else self.outputs

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the weights and biases, in the order of the parameter list."""
        last = self.outputs if self.shared else 1
        widths = (self.inputs, *self.layers, last)
        one: list[tuple[int, ...]] = []
        for fan_in, fan_out in pairwise(widths):
            one += [(fan_in, fan_out), (fan_out,)]
        return one * self.nets

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(int(np.prod(shape)) for shape in self.shapes)


def split(flat: Array, architecture: Architecture) -> list[Array]:
    """The parameters as views of one flat vector, so that an optimiser sees a single tensor."""
    views, start = [], 0
    for shape in architecture.shapes:
        stop = start + int(np.prod(shape))
        views.append(flat[start:stop].reshape(shape))
        start = stop
    return views


def forward(
    parameters: Sequence[Array],
    x: Array,
    architecture: Architecture,
    *,
    activation: Callable[[Array], Array],
    affine: Callable[[Array, Array, Array], Array],
    dropout: Callable[[Array, int], Array] | None = None,
    stop: Callable[[Array], Array] | None = None,
) -> list[Array]:
    """Outputs, one array (n,) each, for inputs x (n, inputs). `affine(b, h, W)` is b + h @ W.

    `dropout(h, place)` is told how many units of the whole network come before those of h. With `stop` the outputs
    after the first see the layers they share with it only through that function.
    """
    per_net = len(parameters) // architecture.nets
    outputs, place = [], 0
    for net in range(architecture.nets):
        layers = parameters[net * per_net : (net + 1) * per_net]
        hidden = x
        for w, b in zip(layers[:-2:2], layers[1:-2:2], strict=True):
            hidden = activation(affine(b, hidden, w))
            if dropout is not None:
                hidden = dropout(hidden, place)
            place += hidden.shape[-1]
        last = affine(layers[-1], hidden, layers[-2])
        spared = last if stop is None else affine(layers[-1], stop(hidden), layers[-2])
        outputs += [(spared if i else last)[..., i] for i in range(last.shape[-1])]
    return outputs


def predict(flat: np.ndarray, x: np.ndarray, architecture: Architecture, block: int = 1024) -> np.ndarray:
    """Outputs (n, outputs) of a finished network for x (n, inputs), in numpy, `block` points at a time.

    A block's hidden layer of 128 units takes 1 MB and stays in a core's own cache: blocks of 8192 take twice as long.
    """
    activation = ACTIVATIONS[architecture.activation].numpy
    parameters = split(flat.astype(np.float64), architecture)
    blocks = [
        np.stack(
            forward(
                parameters,
                x[i : i + block],
                architecture,
                activation=activation,
                affine=lambda b, h, w: b + h @ w,
            ),
            axis=-1,
        )
        for i in range(0, len(x), block)
    ]
    return np.concatenate(blocks) if blocks else np.empty((0, architecture.outputs))


def initialise_torch(rng: np.random.Generator, architecture: Architecture, x: np.ndarray) -> np.ndarray:
    """PyTorch's own start for nn.Linear: weights and biases uniform in ±1/√fan_in, in distribution.

    The last layer is drawn output by output, so that a loss with more outputs gives the first the same start.
    """
    parts = []
    weights = architecture.shapes[::2]
    per_net = len(weights) // architecture.nets
    for i, (fan_in, fan_out) in enumerate(weights):
        if i % per_net == per_net - 1:
            drawn = rng.uniform(-1, 1, (fan_out, fan_in + 1)) / np.sqrt(fan_in)
            parts += [drawn[:, :-1].T.ravel(), drawn[:, -1]]
        else:
            parts += [rng.uniform(-1, 1, size) / np.sqrt(fan_in) for size in (fan_in * fan_out, fan_out)]
    return np.concatenate(parts)


def initialise_spread(rng: np.random.Generator, architecture: Architecture, x: np.ndarray) -> np.ndarray:
    """A start made for curves: it needs about half the steps of PyTorch's own to the same gap.

    The first layer's units bend where the data are: along a random direction their kinks lie at quantiles of x, and
    their slopes are log-uniform in 1…6 per standard deviation of x. Hidden layers are orthogonal with gain 2, heads
    small (0.1/√width) and drawn output by output, so that the first predictions are near the mean and the variance
    of y.
    """
    parts = []
    weights = architecture.shapes[::2]
    per_net = len(weights) // architecture.nets
    for i, (fan_in, fan_out) in enumerate(weights):
        bias = np.zeros(fan_out)
        if i % per_net == per_net - 1:
            w = rng.normal(0, 0.1 / np.sqrt(fan_in), (fan_out, fan_in)).T
        elif i % per_net == 0:
            w, bias = _kinks_over(x[:: max(1, len(x) // 1000)], rng, fan_out)
        else:
            w = 2 * _orthogonal(rng, fan_in, fan_out)
        parts += [w.ravel(), bias]
    return np.concatenate(parts)


def last_biases(architecture: Architecture, values: Sequence[float]) -> np.ndarray:
    """A flat vector of parameters that are zero but for the outputs' biases, which are `values`."""
    flat, per_net = np.zeros(architecture.size), architecture.size // architecture.nets
    each = np.reshape(values, (architecture.nets, -1))
    for net, of_net in enumerate(each):
        end = (net + 1) * per_net
        flat[end - len(of_net) : end] = of_net
    return flat


def _kinks_over(x: np.ndarray, rng: np.random.Generator, width: int) -> tuple[np.ndarray, np.ndarray]:
    w = rng.normal(size=(x.shape[1], width))
    along = x @ w  # (n, width)
    slopes = np.exp(rng.uniform(0, np.log(6), width)) / np.maximum(along.std(axis=0), 1e-12)
    quantiles = np.sort(along, axis=0)[rng.permutation(width) * len(x) // width, np.arange(width)]
    return w * slopes, -quantiles * slopes


def _orthogonal(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    q = q * np.sign(np.diag(r))  # Mezzadri 2007, arXiv:math-ph/0609050: without it the draw is not uniform
    return q if fan_in >= fan_out else q.T


@dataclass(frozen=True)
class Initialisation:
    """A way to draw the first parameters: (rng, architecture, training x (n, inputs) in its unit) → flat vector."""

    name: str
    label: str
    draw: Callable[[np.random.Generator, Architecture, np.ndarray], np.ndarray]
    starts_outputs: bool = False  # the last biases are then the outputs' own starts


INITIALISATIONS: Mapping[str, Initialisation] = MappingProxyType(
    {
        row.name: row
        for row in (
            Initialisation("spread", "spread over the data", initialise_spread, starts_outputs=True),
            Initialisation("torch", "PyTorch's default", initialise_torch),
        )
    }
)
