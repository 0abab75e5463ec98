"""Multilayer perceptrons as plain functions of a list of arrays.

A network is a list of weights and biases, W of shape (in, out) and b of shape (out,), layer by layer; with separate
nets, one such list per output. `forward` is written once: torch tensors go through it in training, numpy arrays
where a finished run is read, so that reading a run needs no torch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import erf, expit

from ..source import check_source

Array = Any
Layer = tuple[np.ndarray, np.ndarray]  # weights (in, out) and biases (out,)


@dataclass(frozen=True)
class Activation:
    """A unit's non-linearity: its numpy form, and its name in torch.nn.functional, which a script calls too."""

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
    def widths(self) -> tuple[int, ...]:
        """Of one net: its inputs, the units of its hidden layers, its outputs."""
        return self.inputs, *self.layers, self.outputs if self.shared else 1

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the weights and biases, in the order of the parameter list."""
        one: list[tuple[int, ...]] = []
        for fan_in, fan_out in pairwise(self.widths):
            one += [(fan_in, fan_out), (fan_out,)]
        return one * self.nets

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    def with_targets(self, targets: int) -> "Architecture":
        """The network of several targets, each with the outputs of this one: with one trunk, or one net an output."""
        return self if targets == 1 else replace(self, outputs=targets * self.outputs)


def split(flat: Array, architecture: Architecture) -> list[Array]:
    """The parameters as views of one flat vector, so that an optimiser sees a single tensor."""
    views, start = [], 0
    for shape in architecture.shapes:
        stop = start + int(np.prod(shape))
        views.append(flat[start:stop].reshape(shape))
        start = stop
    return views


def of_target(flat: np.ndarray, architecture: Architecture, target: int, targets: int) -> np.ndarray:
    """The parameters of one target, for its `architecture`, from those of `architecture.with_targets(targets)`."""
    if targets == 1:
        return flat
    if not architecture.shared:
        return flat.reshape(targets, -1)[target].copy()
    *trunk, weights, biases = split(flat, architecture.with_targets(targets))
    own = slice(target * architecture.outputs, (target + 1) * architecture.outputs)
    return np.concatenate([part.ravel() for part in (*trunk, weights[:, own], biases[own])])


def forward(
    parameters: Sequence[Array],
    x: Array,
    architecture: Architecture,
    *,
    activation: Callable[[Array], Array],
    affine: Callable[[Array, Array, Array], Array],
    dropout: Callable[[Array, int], Array] | None = None,
    stop: Callable[[Array], Array] | None = None,
    targets: int = 1,
) -> list[Array]:
    """Outputs, one array (n,) each, for inputs x (n, inputs). `affine(b, h, W)` is b + h @ W.

    `dropout(h, place)` is told how many units of the whole network come before those of h. With `stop` the outputs
    after the first see the layers they share with it only through that function; of several targets, those of each.
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
        each = max(1, architecture.outputs // targets)
        outputs += [(spared if i % each else last)[..., i] for i in range(last.shape[-1])]
    return outputs


def predict(flat: np.ndarray, x: np.ndarray, architecture: Architecture, block: int = 1024) -> np.ndarray:
    """Outputs (n, outputs) of a finished network for x (n, inputs), in numpy, `block` points at a time.

    A block's hidden layer of 128 units takes 1 MB and stays in a core's own cache: blocks of 8192 take twice as long.
    """
    activation = ACTIVATIONS[architecture.activation].numpy
    parameters = split(flat.astype(np.float64), architecture)

    def outputs(part: np.ndarray) -> np.ndarray:
        each = forward(parameters, part, architecture, activation=activation, affine=lambda b, h, w: b + h @ w)
        return np.stack(each, axis=-1)

    blocks = [outputs(x[i : i + block]) for i in range(0, len(x), block)]
    return np.concatenate(blocks) if blocks else np.empty((0, architecture.outputs))


def last_hidden(flat: np.ndarray, x: np.ndarray, architecture: Architecture) -> list[np.ndarray]:
    """The units of the last hidden layer of each net, (n, width) each, for x (n, inputs)."""
    activation, per_net = ACTIVATIONS[architecture.activation].numpy, 2 * len(architecture.layers) + 2
    parameters, found = split(flat.astype(np.float64), architecture), []
    for net in range(architecture.nets):
        hidden = x
        layers = parameters[net * per_net : (net + 1) * per_net - 2]
        for w, b in zip(layers[::2], layers[1::2], strict=True):
            hidden = activation(b + hidden @ w)
        found.append(hidden)
    return found


def last_layers(flat: np.ndarray, architecture: Architecture) -> list[tuple[int, np.ndarray]]:
    """For each output its net, and its weights on that net's last hidden units, (width + 1,) with the bias last."""
    per_net, found = 2 * len(architecture.layers) + 2, []
    parameters = split(flat.astype(np.float64), architecture)
    for net in range(architecture.nets):
        w, b = parameters[(net + 1) * per_net - 2 : (net + 1) * per_net]
        found += [(net, column) for column in np.vstack([w, b]).T]
    return found


def last_biases(architecture: Architecture, values: Sequence[float]) -> np.ndarray:
    """A flat vector of parameters that are zero but for the outputs' biases, which are `values`."""
    flat, per_net = np.zeros(architecture.size), architecture.size // architecture.nets
    each = np.reshape(values, (architecture.nets, -1))
    for net, of_net in enumerate(each):
        end = (net + 1) * per_net
        flat[end - len(of_net) : end] = of_net
    return flat


@dataclass(frozen=True)
class Initialisation:
    """A way to draw the first parameters of one net.

    `one_net(rng, x, widths)` returns its weights and biases layer by layer, w (in, out) and b (out,), for training x
    (n, inputs) in the unit that the net sees and the widths from inputs to outputs. The last layer is drawn output by
    output, so that a loss with more outputs gives the first the same start. Exported scripts carry its source.
    `starts_outputs`: the last biases are then the outputs' own starts.

    Raises ValueError where a script could not carry `one_net`.
    """

    name: str
    label: str
    one_net: Callable[[np.random.Generator, np.ndarray, Sequence[int]], list[Layer]]
    starts_outputs: bool = False

    def __post_init__(self) -> None:
        check_source(self.one_net, f"initialisation {self.name}")

    def draw(self, rng: np.random.Generator, architecture: Architecture, x: np.ndarray) -> np.ndarray:
        """The first parameters of a whole network, as one flat vector."""
        nets = [self.one_net(rng, x, architecture.widths) for _ in range(architecture.nets)]
        return np.concatenate([part.ravel() for net in nets for layer in net for part in layer])


def _torch(rng: np.random.Generator, x: np.ndarray, widths: Sequence[int]) -> list[Layer]:
    """Weights and biases, layer by layer, uniform in ±1/√fan_in: the start of torch.nn.Linear."""
    *before, last, outputs = widths
    layers = []
    for fan_in, fan_out in zip(before, [*before[1:], last], strict=True):
        w = rng.uniform(-1, 1, fan_in * fan_out).reshape(fan_in, fan_out) / np.sqrt(fan_in)
        layers.append((w, rng.uniform(-1, 1, fan_out) / np.sqrt(fan_in)))
    drawn = rng.uniform(-1, 1, (outputs, last + 1)) / np.sqrt(last)  # output by output
    return [*layers, (drawn[:, :-1].T, drawn[:, -1])]


# Made for curves: it needs about half the steps of PyTorch's own start to reach the same gap. The gain of 2 suits Adam;
# small last weights put the first predictions near the mean and the variance of y.
def _spread(rng: np.random.Generator, x: np.ndarray, widths: Sequence[int]) -> list[Layer]:
    """Weights and biases, layer by layer: the first over the data, hidden ones orthogonal, the last one small."""
    _, first, *others, outputs = widths
    layers, last = [first_layer(rng, x[:: max(1, len(x) // 1000)], first)], first
    for width in others:
        layers.append((2 * orthogonal(rng, last, width), np.zeros(width)))
        last = width
    small = rng.normal(0, 0.1 / np.sqrt(last), (outputs, last)).T  # output by output
    return [*layers, (small, np.zeros(outputs))]


def first_layer(rng: np.random.Generator, x: np.ndarray, width: int) -> Layer:
    """Units that bend where the data are: their kinks at quantiles of x, their slopes log-uniform in 1 … 6."""
    w = rng.normal(size=(x.shape[1], width))
    along = x @ w  # (n, width)
    slopes = np.exp(rng.uniform(0, np.log(6), width)) / np.maximum(along.std(axis=0), 1e-12)
    quantiles = np.sort(along, axis=0)[rng.permutation(width) * len(x) // width, np.arange(width)]
    return w * slopes, -quantiles * slopes


def orthogonal(rng: np.random.Generator, fan_in: int, fan_out: int) -> np.ndarray:
    """A random matrix (fan_in, fan_out) with orthonormal rows or columns."""
    q, r = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    q = q * np.sign(np.diag(r))  # without it the draw is not uniform: Mezzadri 2007, arXiv:math-ph/0609050
    return q if fan_in >= fan_out else q.T


_INITIALISATIONS = (
    Initialisation("spread", "spread over the data", _spread, starts_outputs=True),
    Initialisation("torch", "PyTorch's default", _torch),
)
INITIALISATIONS: Mapping[str, Initialisation] = MappingProxyType({row.name: row for row in _INITIALISATIONS})
