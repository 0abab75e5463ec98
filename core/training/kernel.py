"""The kernel of the fast stepper: a chunk of training steps, derived by hand.

One step, for a batch of n points and a net of layers l = 1 … L, with h⁰ = x and f the activation:

    forward    zˡ = hˡ⁻¹Wˡ + bˡ      hˡ = f(zˡ)·mˡ     (mˡ: dropout's mask over its keep, or 1)      out = zᴸ
    loss       D = ∂(mean loss)/∂out, shape (n, outputs), from the loss's own row
    backward   δᴸ = D               δˡ = (δˡ⁺¹Wˡ⁺¹ᵀ) ⊙ f′(zˡ)·mˡ
    gradient   ∂Wˡ = hˡ⁻¹ᵀδˡ        ∂bˡ = Σ over points of δˡ
    update     weight decay, then Adam or SGD, on the flat vector of all parameters

The slopes f′(zˡ)·mˡ are written beside hˡ in the forward pass, while what both need is at hand. Products are BLAS
calls into memory that is there already, everything is float32 but the loss (float64, for it is a few hundred points),
and a whole chunk of steps is one call without the interpreter and its lock: that is what makes it fast.

Losses, activations and optimisers reach the kernel as function pointers of one fixed signature each, so that one
kernel, compiled once and kept on disk, serves every network, loss and optimiser. Functions called by the kernel stand
in this file: Numba's cache does not see a change of another file.
"""

import math

import numpy as np
from numba import float32, float64, int64, njit, types, uint32

from core.training.machine_code import ACTIVATE, FAST, GRADIENT, MATRIX, NUMBERS, ROWS, UPDATE, VECTOR

_INDICES = types.Array(int64, 1, "C")

TRAIN = types.void(
    VECTOR, VECTOR, VECTOR, VECTOR,  # parameters, gradient, moments
    MATRIX, VECTOR,  # x, y
    types.Array(int64, 2, "C"), NUMBERS, int64,  # batches, rates, first step
    _INDICES, int64, VECTOR,  # widths, nets, which outputs reach the trunk
    float64, uint32,  # keep, seed of dropout
    types.FunctionType(GRADIENT), NUMBERS,
    int64, NUMBERS, NUMBERS, float64, int64,  # bound: its code, lows and highs of the outputs, ε; steps of warm-up
    types.FunctionType(ACTIVATE),
    types.FunctionType(UPDATE), NUMBERS, float64,  # weight decay
    MATRIX, MATRIX, VECTOR, VECTOR, MATRIX,  # hidden, slopes, two deltas, out
    ROWS,  # terms of each step
)  # fmt: skip
OUTPUTS = types.void(
    VECTOR, MATRIX, _INDICES, int64, types.FunctionType(ACTIVATE), MATRIX, MATRIX, MATRIX
)  # fmt: skip


@njit(**FAST)
def _mixed(bits):
    # A hash of 32 bits (Wellons 2018, github.com/skeeto/hash-prospector, lowbias32): the mask of a unit depends on
    # seed, step and place alone, so that the plain stepper silences the same units on any device.
    bits = uint32((bits ^ (bits >> uint32(16))) * uint32(0x7FEB352D))
    bits = uint32((bits ^ (bits >> uint32(15))) * uint32(0x846CA68B))
    return uint32(bits ^ (bits >> uint32(16)))


@njit(**FAST)
def _silence(hidden, slopes, place, keep, key):
    limit, grown = uint32(keep * 4294967296.0), float32(1.0 / keep)
    for i in range(hidden.size):
        factor = grown if _mixed(uint32(uint32(place + i) ^ key)) < limit else float32(0.0)
        hidden[i] *= factor
        slopes[i] *= factor


@njit(**FAST)
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


@njit(**FAST)
def _head(flat, at, n, widths, hidden, out, scratch):
    """The last layer, whose parameters begin at `at`: its outputs into `out` (n, count); `scratch` is overwritten.

    One output after another, which is as fast: one product for all would round each by how many stand beside it, and
    the mean of a faithful loss would not be that of squared error to the bit.
    """
    fan_in, count = widths[-2], out.shape[1]
    last = hidden[hidden.size - n * fan_in :].reshape((n, fan_in))
    w, bias = flat[at : at + fan_in * count].reshape((fan_in, count)), at + fan_in * count
    z = scratch[:n].reshape((n, 1))
    for j in range(count):
        np.dot(last, w[:, j].copy().reshape((fan_in, 1)), z)
        for i in range(n):
            out[i, j] = z[i, 0] + flat[bias + j]


@njit(**FAST)
def _head_gradient(h, d, dw):
    """hᵀd into dw, one output after another, as in `_head`."""
    column = np.empty((h.shape[1], 1), np.float32)
    for j in range(d.shape[1]):
        np.dot(h.T, d[:, j].copy().reshape((h.shape[0], 1)), column)
        dw[:, j] = column[:, 0]


@njit(**FAST)
def _backward(flat, gradient, end, x, widths, hidden, slopes, delta, other, reaches):
    """Gradient of the net whose parameters end at `end`; `delta` begins with ∂loss/∂out, shape (n, outputs)."""
    n, top, count = x.shape[0], hidden.size, widths[-1]
    bias = gradient[end - count : end]
    bias[:] = float32(0.0)
    for i in range(n):
        for j in range(count):
            bias[j] += delta[i * count + j]
    for layer in range(widths.size - 2, -1, -1):
        fan_in, fan_out = widths[layer], widths[layer + 1]
        d = delta[: n * fan_out].reshape((n, fan_out))
        at = end - fan_out - fan_in * fan_out
        dw = gradient[at : at + fan_in * fan_out].reshape((fan_in, fan_out))
        if layer == 0:
            np.dot(x.T, d, dw)
            return
        begin = top - n * fan_in
        h = hidden[begin:top].reshape((n, fan_in))
        if layer < widths.size - 2:
            np.dot(h.T, d, dw)
        else:
            _head_gradient(h, d, dw)
            for i in range(n):
                for j in range(fan_out):
                    d[i, j] *= reaches[j]  # an output may be kept from moving what it shares with others
        below = other[: n * fan_in].reshape((n, fan_in))
        np.dot(d, flat[at : at + fan_in * fan_out].reshape((fan_in, fan_out)).T, below)
        slope, bias = slopes[begin:top].reshape((n, fan_in)), gradient[at - fan_in : at]
        bias[:] = float32(0.0)
        for i in range(n):
            for j in range(fan_in):
                value = below[i, j] * slope[i, j]
                below[i, j] = value
                bias[j] += value
        delta, other, end, top = other, delta, at, begin


@njit(**FAST)
def _bound(code, lows, highs, epsilon, ys, given, factors):
    """Targets and outputs as the loss is to see them, in place; `factors` (outputs, n) are ∂seen/∂given.

    The codes are those of core.model.bounds, whose functions these are.
    """
    factors[:] = 1.0
    if code == 3:
        for i in range(ys.size):
            residual = ys[i] - given[0, i]
            size = math.sqrt(residual * residual + epsilon)
            ys[i] = given[0, i] + (-size if residual < 0.0 else size)
            factors[0, i] = abs(residual) / size
    elif code > 0:
        for j in range(given.shape[0]):
            low, high = lows[j], highs[j]
            if math.isinf(low):
                continue
            for i in range(ys.size):
                value = given[j, i]
                if code == 1:
                    given[j, i] = min(max(value, low), high) if value == value else value
                    factors[j, i] = 1.0 if low <= value <= high else 0.0
                else:
                    over = high - value
                    below = high - (max(over, 0.0) + math.log1p(math.exp(-abs(over))))
                    above = below - low
                    given[j, i] = low + (max(above, 0.0) + math.log1p(math.exp(-abs(above))))
                    factors[j, i] = 1.0 / (1.0 + math.exp(-over)) / (1.0 + math.exp(-above))


def train(
    flat, gradient, first, second, x, y, batches, rates, start, widths, nets, reaches, keep, seed,
    loss, loss_numbers, bound, lows, highs, epsilon, warm_up,
    activate, update, update_numbers, decay, hidden, slopes, delta, other, out, terms,
):  # fmt: skip
    """Steps start, start + 1, …, one for each row of `batches` (steps, n), indices of the rows of x and y.

    `widths` are those of one net from its inputs to its outputs. What a step needs is there already: `hidden` and
    `slopes` (nets, n · units), layer behind layer, `delta` and `other` (n · widest,), `out` (n, outputs of all nets).
    Before step `warm_up` the first output learns by squared error alone, and the others stay. Before each update the
    parameters shrink by rate × `decay` (Loshchilov & Hutter 2019, arXiv:1711.05101).
    Into `terms` (steps, 3) go the means of the loss terms.
    """
    n, outputs, count, size = batches.shape[1], out.shape[1], widths[-1], flat.size // nets
    xs, d_out = np.empty((n, x.shape[1]), np.float32), np.empty((n, outputs), np.float32)
    ys, seen = np.empty(n), np.empty(n)
    given, factors, of_outputs = np.empty((outputs, n)), np.empty((outputs, n)), np.empty((outputs, n))
    of_terms = np.zeros((3, n))
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
            seen[i] = ys[i]
            for j in range(outputs):
                given[j, i] = out[i, j]
        _bound(bound, lows, highs, epsilon, seen, given, factors)
        loss(seen, given, loss_numbers, of_terms, of_outputs)
        for term in range(3):
            terms[k, term] = of_terms[term].sum() / n
        for i in range(n):
            for j in range(outputs):
                d_out[i, j] = of_outputs[j, i] * factors[j, i] / n
        if start + k < warm_up:
            d_out[:] = float32(0.0)
            for i in range(n):
                d_out[i, 0] = (out[i, 0] - ys[i]) / n
        for net in range(nets):
            delta[: n * count] = d_out[:, net * count : (net + 1) * count].copy().ravel()
            _backward(
                flat, gradient, (net + 1) * size, xs, widths, hidden[net], slopes[net], delta, other,
                reaches[net * count : (net + 1) * count],
            )  # fmt: skip
        if decay > 0.0:
            kept = float32(1.0 - rates[k] * decay)
            for i in range(flat.size):
                flat[i] *= kept
        update(flat, gradient, first, second, rates[k], start + k, update_numbers)


def outputs(flat, x, widths, nets, activate, hidden, slopes, out):
    """Outputs (n, outputs) for x (n, inputs), without dropout."""
    n, count, size = x.shape[0], widths[-1], flat.size // nets
    column, scratch = np.empty((n, count), np.float32), np.empty(n * count, np.float32)
    for net in range(nets):
        at = _forward(flat, net * size, x, widths, activate, hidden[net], slopes[net], 0, 1.0, uint32(0))
        _head(flat, at, n, widths, hidden[net], column, scratch)
        out[:, net * count : (net + 1) * count] = column
