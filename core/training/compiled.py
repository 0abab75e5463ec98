"""The fast stepper: the mathematics of the plain one, derived by hand and compiled for the CPU (Numba).

One step, for a batch of n points and a net of layers l = 1 … L, with h⁰ = x and f the activation:

    forward    zˡ = hˡ⁻¹Wˡ + bˡ      hˡ = f(zˡ)·mˡ     (mˡ: dropout's mask over its keep, or 1)      out = zᴸ
    loss       D = ∂(mean loss)/∂out, shape (n, outputs), from the loss's own row
    backward   δᴸ = D               δˡ = (δˡ⁺¹Wˡ⁺¹ᵀ) ⊙ f′(zˡ)·mˡ
    gradient   ∂Wˡ = hˡ⁻¹ᵀδˡ        ∂bˡ = Σ over points of δˡ
    update     Adam or SGD on the flat vector of all parameters

The slopes f′(zˡ)·mˡ are written beside hˡ in the forward pass, while what both need is at hand. Products are BLAS
calls into memory that is there already, everything is float32 but the loss (float64, for it is a few hundred points),
and a whole chunk of steps is one call without the interpreter and its lock: that is what makes it fast.

Losses, activations and optimisers reach the kernel as function pointers of one fixed signature each, so that one
kernel, compiled once and kept on disk, serves every network, loss and optimiser. Functions called by the kernel stand
in this file: Numba's cache does not see a change of another file.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numba import config, float32, float64, int32, int64, njit, types, uint32
from numba.core import event
from numba.extending import intrinsic
from threadpoolctl import ThreadpoolController

from core.model.losses import LOSSES
from core.training.schedules import OPTIMIZERS
from core.training.start import Batch, Start

# "numpy": a division by zero gives inf, as in torch, instead of a check before each division.
_OPTIONS = {"error_model": "numpy", "boundscheck": False, "nogil": True, "cache": True}
# Sums may be reordered (for vectors) and products fused; NaN and infinities keep their meaning.
_FAST = {"fastmath": {"reassoc", "contract", "arcp", "nsz"}, "error_model": "numpy", "nogil": True}

_VECTOR = types.Array(float32, 1, "C")
_MATRIX = types.Array(float32, 2, "C")
_NUMBERS = types.Array(float64, 1, "C")
_INDICES = types.Array(int64, 1, "C")

# z (n, width) in, h out; bias (width,); slope (n, width) out.
ACTIVATE = types.void(_MATRIX, _VECTOR, _MATRIX)
# y, mean, s, parameters of the loss → residual term, scale term, ∂loss/∂mean, ∂loss/∂s, per point.
GRADIENT = types.UniTuple(_NUMBERS, 4)(_NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS)
# parameters (in place), gradient, first and second moment (in place), rate, step from 0, numbers of the optimiser.
UPDATE = types.void(_VECTOR, _VECTOR, _VECTOR, _VECTOR, float64, int64, _NUMBERS)

_TRAIN = types.void(
    _VECTOR, _VECTOR, _VECTOR, _VECTOR,  # parameters, gradient, moments
    _MATRIX, _VECTOR,  # x, y
    types.Array(int64, 2, "C"), _NUMBERS, int64,  # batches, rates, first step
    _INDICES, int64, _VECTOR,  # widths, nets, which outputs reach the trunk
    float64, uint32,  # keep, seed of dropout
    types.FunctionType(GRADIENT), _NUMBERS,
    types.FunctionType(ACTIVATE),
    types.FunctionType(UPDATE), _NUMBERS,
    _MATRIX, _MATRIX, _VECTOR, _VECTOR, _MATRIX,  # hidden, slopes, two deltas, out
    types.Array(float64, 2, "C"),  # terms of each step
)  # fmt: skip
_OUTPUTS = types.void(
    _VECTOR, _MATRIX, _INDICES, int64, types.FunctionType(ACTIVATE), _MATRIX, _MATRIX, _MATRIX
)  # fmt: skip


# Activations ---------------------------------------------------------------------------------------------------------


@intrinsic
def _float_of_bits(typing_context, bits):
    """The float32 with these 32 bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(float32))

    return float32(int32), generate


@njit(**_FAST)
def _expm1(x):
    # math.exp of one number at a time costs more than the whole step; this compiles to vector instructions.
    # e^x − 1 = 2ᵏ(e^r − 1) + (2ᵏ − 1) with x = k log 2 + r and |r| ≤ ½ log 2, e^r − 1 by its Taylor series to r⁷:
    # relative error below 2e-7 (of one unit in the last place near 0). log 2 is split, so that k times it is exact.
    x = min(max(x, float32(-87.0)), float32(88.0))
    k = np.rint(x * float32(1.4426950408889634))
    r = (x - k * float32(0.693359375)) + k * float32(2.1219444005469057e-4)
    p = float32(1 / 5040)
    p = p * r + float32(1 / 720)
    p = p * r + float32(1 / 120)
    p = p * r + float32(1 / 24)
    p = p * r + float32(1 / 6)
    p = p * r + float32(1 / 2)
    p = p * (r * r) + r
    power = _float_of_bits((int32(k) + int32(127)) << int32(23))
    return power * p + (power - float32(1.0))


def _tanh(z, bias, slope):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            # Beyond 9.1 float32's tanh is exactly 1: a remainder there would be amplified by Adam.
            e = _expm1(float32(2.0) * min(max(z[i, j] + bias[j], float32(-9.1)), float32(9.1)))
            h = e / (e + float32(2.0))
            z[i, j], slope[i, j] = h, float32(1.0) - h * h


def _relu(z, bias, slope):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            slope[i, j] = float32(1.0) if v > float32(0.0) else float32(0.0)
            z[i, j] = v if v > float32(0.0) else float32(0.0)


def _silu(z, bias, slope):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            sigmoid = float32(1.0) / (float32(2.0) + _expm1(-v))
            z[i, j], slope[i, j] = v * sigmoid, sigmoid * (float32(1.0) + v * (float32(1.0) - sigmoid))


def _gelu(z, bias, slope):
    # Φ by Abramowitz & Stegun 1964, 7.1.26 (error below 1e-7): libm's erf takes one number at a time.
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            bell = float32(1.0) + _expm1(float32(-0.5) * v * v)
            t = float32(1.0) / (float32(1.0) + float32(0.3275911 * 0.7071067811865476) * abs(v))
            p = float32(1.061405429)
            p = p * t - float32(1.453152027)
            p = p * t + float32(1.421413741)
            p = p * t - float32(0.284496736)
            p = p * t + float32(0.254829592)
            tail = float32(0.5) * p * t * bell  # Φ(−|v|)
            below = tail if v < float32(0.0) else float32(1.0) - tail
            z[i, j], slope[i, j] = v * below, below + v * float32(0.3989422804014327) * bell


def _elu(z, bias, slope):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            e = _expm1(min(v, float32(0.0)))
            slope[i, j] = float32(1.0) if v > float32(0.0) else e + float32(1.0)
            z[i, j] = v if v > float32(0.0) else e


def _softplus(z, bias, slope):
    # max(v, 0) + log(1 + e) with e = exp(−|v|) ≤ 1, as 2·artanh(u), u = e/(2 + e) ≤ ⅓, by its series to u¹³.
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            e = _expm1(-abs(v)) + float32(1.0)
            u = e / (float32(2.0) + e)
            q = u * u
            p = float32(1 / 13)
            p = p * q + float32(1 / 11)
            p = p * q + float32(1 / 9)
            p = p * q + float32(1 / 7)
            p = p * q + float32(1 / 5)
            p = p * q + float32(1 / 3)
            p = p * q + float32(1.0)
            z[i, j] = max(v, float32(0.0)) + float32(2.0) * u * p
            slope[i, j] = (float32(1.0) if v > float32(0.0) else e) / (float32(1.0) + e)


_ACTIVATIONS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {"tanh": _tanh, "relu": _relu, "silu": _silu, "gelu": _gelu, "elu": _elu, "softplus": _softplus}
)


# Optimisers ----------------------------------------------------------------------------------------------------------


def _adam(flat, gradient, first, second, rate, step, numbers):
    # Kingma & Ba 2015, arXiv:1412.6980, with the decay of Loshchilov & Hutter 2019, arXiv:1711.05101 (0: plain Adam).
    beta1, beta2, eps, decay = float32(numbers[0]), float32(numbers[1]), float32(numbers[2]), numbers[3]
    size = float32(rate / (1 - numbers[0] ** (step + 1)))
    root = float32(1 / math.sqrt(1 - numbers[1] ** (step + 1)))
    rest = float32(1 - rate * decay)
    grow1, grow2 = float32(1 - numbers[0]), float32(1 - numbers[1])
    tiny = float32(1e-30)  # moments of a dead unit would shrink to denormal numbers, on which a core is slow
    for i in range(flat.size):
        g = gradient[i]
        m = beta1 * first[i] + grow1 * g + tiny
        v = beta2 * second[i] + grow2 * g * g + tiny
        first[i], second[i] = m, v
        flat[i] = rest * flat[i] - size * m / (math.sqrt(v) * root + eps)


def _sgd(flat, gradient, first, second, rate, step, numbers):
    momentum, size, tiny = float32(numbers[0]), float32(rate), float32(1e-30)
    for i in range(flat.size):
        first[i] = momentum * first[i] + gradient[i] + tiny
        flat[i] -= size * first[i]


def _stay(flat, gradient, first, second, rate, step, numbers):
    return


_UPDATES: Mapping[str, Callable[..., None]] = MappingProxyType({"Adam": _adam, "AdamW": _adam, "SGD": _sgd})


# Dropout -------------------------------------------------------------------------------------------------------------


@njit(**_FAST)
def _mixed(bits):
    # A hash of 32 bits (Wellons 2018, github.com/skeeto/hash-prospector, lowbias32): the mask of a unit depends on
    # seed, step and place alone, so that the plain stepper silences the same units on any device.
    bits = uint32((bits ^ (bits >> uint32(16))) * uint32(0x7FEB352D))
    bits = uint32((bits ^ (bits >> uint32(15))) * uint32(0x846CA68B))
    return uint32(bits ^ (bits >> uint32(16)))


@njit(**_FAST)
def _silence(hidden, slopes, place, keep, key):
    limit, grown = uint32(keep * 4294967296.0), float32(1.0 / keep)
    for i in range(hidden.size):
        factor = grown if _mixed(uint32(uint32(place + i) ^ key)) < limit else float32(0.0)
        hidden[i] *= factor
        slopes[i] *= factor


# The network ---------------------------------------------------------------------------------------------------------


@njit(**_FAST)
def _forward(flat, at, x, widths, activate, hidden, slopes, place, keep, key):
    """Hidden layers of the net whose parameters begin at `at`; returns where its last layer's begin."""
    n, below, filled = x.shape[0], x, 0
    for layer in range(widths.size - 2):
        fan_in, fan_out = widths[layer], widths[layer + 1]
        w, at = flat[at : at + fan_in * fan_out].reshape((fan_in, fan_out)), at + fan_in * fan_out
        h = hidden[filled : filled + n * fan_out]
        slope = slopes[filled : filled + n * fan_out]
        z = h.reshape((n, fan_out))
        np.dot(below, w, z)
        activate(z, flat[at : at + fan_out], slope.reshape((n, fan_out)))
        if keep < 1.0:
            _silence(h, slope, place + filled, keep, key)
        at, filled, below = at + fan_out, filled + n * fan_out, z
    return at


@njit(**_FAST)
def _head(flat, at, n, widths, hidden, out, scratch):
    """Outputs (n, count) of the last layer, whose parameters begin at `at`, into the first columns of scratch."""
    fan_in, count = widths[-2], out.shape[1]
    last = hidden[hidden.size - n * fan_in :].reshape((n, fan_in))
    z = scratch[: n * count].reshape((n, count))
    np.dot(last, flat[at : at + fan_in * count].reshape((fan_in, count)), z)
    bias = at + fan_in * count
    for i in range(n):
        for j in range(count):
            out[i, j] = z[i, j] + flat[bias + j]


@njit(**_FAST)
def _backward(flat, gradient, end, x, widths, hidden, slopes, delta, other, reaches):
    """Gradient of the net whose parameters end at `end`; `delta` begins with ∂loss/∂out, shape (n, outputs)."""
    n, top, filled = x.shape[0], hidden.size, widths.size - 2
    for layer in range(widths.size - 2, -1, -1):
        fan_in, fan_out = widths[layer], widths[layer + 1]
        d = delta[: n * fan_out].reshape((n, fan_out))
        bias = gradient[end - fan_out : end]
        bias[:] = float32(0.0)
        for i in range(n):
            for j in range(fan_out):
                bias[j] += d[i, j]
        at = end - fan_out - fan_in * fan_out
        dw = gradient[at : at + fan_in * fan_out].reshape((fan_in, fan_out))
        if layer == 0:
            np.dot(x.T, d, dw)
            return
        begin = top - n * fan_in
        np.dot(hidden[begin:top].reshape((n, fan_in)).T, d, dw)
        if layer == filled:  # an output may be kept from moving what it shares with others
            for i in range(n):
                for j in range(fan_out):
                    d[i, j] *= reaches[j]
        below = other[: n * fan_in]
        np.dot(d, flat[at : at + fan_in * fan_out].reshape((fan_in, fan_out)).T, below.reshape((n, fan_in)))
        slope = slopes[begin:top]
        for i in range(below.size):
            below[i] *= slope[i]
        delta, other, end, top = other, delta, at, begin


def _train(
    flat, gradient, first, second, x, y, batches, rates, start, widths, nets, reaches, keep, seed,
    loss, loss_numbers, activate, update, update_numbers, hidden, slopes, delta, other, out, terms,
):  # fmt: skip
    """Steps start, start + 1, …, one for each row of `batches`; widths[-1] is the outputs of one net."""
    n, outputs, count, size = batches.shape[1], out.shape[1], widths[-1], flat.size // nets
    xs, d_out = np.empty((n, x.shape[1]), np.float32), np.empty((n, outputs), np.float32)
    ys, mean, s = np.empty(n), np.empty(n), np.empty(n)
    column = np.empty((n, count), np.float32)
    for k in range(batches.shape[0]):
        for i in range(n):
            ys[i] = y[batches[k, i]]
            for j in range(x.shape[1]):
                xs[i, j] = x[batches[k, i], j]
        key = _mixed(uint32(_mixed(seed) ^ uint32(start + k)))
        for net in range(nets):
            at = _forward(
                flat, net * size, xs, widths, activate, hidden[net], slopes[net], net * hidden.shape[1], keep, key
            )  # fmt: skip
            _head(flat, at, n, widths, hidden[net], column, delta)
            out[:, net * count : (net + 1) * count] = column
        for i in range(n):
            mean[i], s[i] = out[i, 0], out[i, outputs - 1]
        residual, scale, d_mean, d_s = loss(ys, mean, s, loss_numbers)
        terms[k, 0], terms[k, 1] = residual.sum() / n, scale.sum() / n
        for i in range(n):
            d_out[i, outputs - 1] = d_s[i] / n
            d_out[i, 0] = d_mean[i] / n
        for net in range(nets):
            delta[: n * count] = d_out[:, net * count : (net + 1) * count].copy().ravel()
            _backward(
                flat, gradient, (net + 1) * size, xs, widths, hidden[net], slopes[net], delta, other,
                reaches[net * count : (net + 1) * count],
            )  # fmt: skip
        update(flat, gradient, first, second, rates[k], start + k, update_numbers)


def _outputs(flat, x, widths, nets, activate, hidden, slopes, out):
    """Outputs (n, outputs) for x (n, inputs), without dropout."""
    n, count, size = x.shape[0], widths[-1], flat.size // nets
    column, scratch = np.empty((n, count), np.float32), np.empty(n * count, np.float32)
    for net in range(nets):
        at = _forward(flat, net * size, x, widths, activate, hidden[net], slopes[net], 0, 1.0, uint32(0))
        _head(flat, at, n, widths, hidden[net], column, scratch)
        out[:, net * count : (net + 1) * count] = column


_MOST_INDICES = 1 << 20  # of batches in one call: 8 MB

# The stepper ---------------------------------------------------------------------------------------------------------


@cache
def _compiled(function: Callable[..., Any], signature: Any, fast: bool = True) -> Any:
    """The function as machine code: read from the disk, or compiled and written there."""
    return njit(signature, **_OPTIONS, fastmath=_FAST["fastmath"] if fast else False)(function)


def can_train(loss: str, activation: str, optimizer: str) -> bool:
    """Whether every part has its compiled form; the plain stepper trains the rest."""
    return (
        LOSSES[loss].gradient is not None
        and activation in _ACTIVATIONS
        and OPTIMIZERS[optimizer].torch_name in _UPDATES
        and not config.DISABLE_JIT
    )


@cache
def _thread_pools() -> ThreadpoolController:
    return ThreadpoolController()  # looking for the libraries takes milliseconds


def one_thread() -> Any:
    """A context in which BLAS uses one thread: two on products this small cost up to a hundred times the product."""
    return _thread_pools().limit(limits=1, user_api="blas")


@contextmanager
def compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Within it, `tell()` is called once, before anything is compiled; what lies on the disk is only read."""
    told = False

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            nonlocal told
            if not told:
                told = True
                tell()

        def on_end(self, event: Any) -> None:
            return

    with event.install_listener("numba:compile", Listener()):
        yield


class CompiledStepper:
    """Trains one network on one core. Everything it holds is a numpy array."""

    made_with = "numba"
    one_thread = staticmethod(one_thread)

    def __init__(self, start: Start):
        architecture, optimizer = start.architecture, start.optimizer
        self.start, self.step = start, 0
        self.flat = start.flat.copy()
        self.gradient, self.first, self.second = (np.zeros_like(self.flat) for _ in range(3))
        self.log = np.zeros((start.steps, 2))
        self._train, self._outputs = _compiled(_train, _TRAIN), _compiled(_outputs, _OUTPUTS)
        self._loss = _compiled(start.loss.gradient, GRADIENT, fast=False)
        self._activate = _compiled(_ACTIVATIONS[architecture.activation], ACTIVATE)
        self._update, self._numbers = _compiled(_UPDATES[optimizer.torch_name], UPDATE), optimizer.numbers
        widths = (architecture.inputs, *architecture.layers, architecture.outputs // architecture.nets)
        self._widths = np.array(widths, np.int64)
        self._reaches = np.ones(architecture.outputs, np.float32)
        if architecture.shared and start.loss.spares_trunk:
            self._reaches[1:] = 0
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
        """The next step without its change of the parameters."""
        batch = self.start.batches.take(1)
        self._run(batch, _compiled(_stay, UPDATE))
        finite = np.isfinite(self.log[self.step]).all() and np.isfinite(self.gradient).all()
        return Batch(self.start.y[batch[0]] - self._out[:, 0], self._out[:, -1].copy(), bool(finite))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Outputs (n, outputs) for x (n,), both in training units, without dropout."""
        x = np.ascontiguousarray(x, np.float32)[:, None]
        layers, out = self._memory(len(x))
        self._outputs(self.flat, x, self._widths, self.start.architecture.nets, self._activate, *layers, out)
        return out.astype(np.float64)

    def weights(self) -> np.ndarray:
        """The parameters as one float32 array."""
        return self.flat.copy()

    def is_finite(self) -> bool:
        """Whether every parameter is."""
        return bool(np.isfinite(self.flat).all())

    def terms(self, start: int, stop: int) -> np.ndarray:
        """The two loss terms of steps start … stop − 1, shape (stop − start, 2), in training units."""
        return self.log[start:stop]

    def snapshot(self) -> Any:
        """Everything the next step depends on."""
        vectors = [vector.copy() for vector in (self.flat, self.first, self.second)]
        return self.step, vectors, self.start.batches.snapshot()

    def restore(self, snapshot: Any) -> None:
        """Go back to a snapshot, to the bit."""
        self.step, vectors, batches = snapshot
        for vector, kept in zip((self.flat, self.first, self.second), vectors, strict=True):
            vector[:] = kept
        self.start.batches.restore(batches)

    def _run(self, batches: np.ndarray, update: Any) -> None:
        start, done = self.start, slice(self.step, self.step + len(batches))
        self._train(
            self.flat, self.gradient, self.first, self.second, start.x, start.y, batches, start.rates[done], self.step,
            self._widths, start.architecture.nets, self._reaches, start.keep, start.silence, self._loss, start.numbers,
            self._activate, update, self._numbers, *self._layers, *self._deltas, self._out, self.log[done],
        )  # fmt: skip

    def _memory(self, n: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Room for hidden units and their slopes, and for the outputs, of n points."""
        architecture = self.start.architecture
        shape = (architecture.nets, n * sum(architecture.layers))
        layers = np.empty(shape, np.float32), np.empty(shape, np.float32)
        return layers, np.empty((n, architecture.outputs), np.float32)
