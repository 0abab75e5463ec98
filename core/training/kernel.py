"""The kernel of the fast stepper: a chunk of training steps, with gradients derived by hand.

One step, for a batch of n points and a net of layers l = 1 … L, with h⁰ = x and f the activation:

    forward    zˡ = hˡ⁻¹Wˡ + bˡ      hˡ = f(zˡ)·mˡ     (mˡ: dropout's mask over its keep, or 1)      out = zᴸ
    loss       D = ∂(mean loss)/∂out, shape (n, outputs), from the row of the loss, target by target
    backward   δᴸ = D               δˡ = (δˡ⁺¹Wˡ⁺¹ᵀ) ⊙ f′(zˡ)·mˡ
    gradient   ∂Wˡ = hˡ⁻¹ᵀδˡ        ∂bˡ = Σ over points of δˡ
    update     weight decay, then Adam or SGD, on the flat vector of all parameters

The derivatives f′(zˡ)·mˡ are computed with hˡ in the forward pass, because they share terms. Products are BLAS calls
into preallocated memory. Everything is float32 except the loss (float64, because it has only a few hundred points). A
whole chunk of steps is one call without the interpreter and its lock: that makes it fast.

Losses, activations and optimisers are function pointers, each kind with one signature, so that one kernel, compiled
once and cached on disk, serves all networks, losses and optimisers. Functions that the kernel calls are in this file:
Numba's cache does not notice changes in other files.
"""

import math

import numpy as np
from numba import float32, float64, int64, njit, types, uint32

from .machine_code import ACTIVATE, FAST, GRADIENT, MATRIX, NUMBERS, ROWS, UPDATE, VECTOR

_INDICES = types.Array(int64, 1, "C")

TRAIN = types.void(
    VECTOR, VECTOR, VECTOR, VECTOR,  # parameters, gradient, moments
    MATRIX, MATRIX, VECTOR,  # x, y, how much each row counts
    types.Array(int64, 2, "C"), NUMBERS, int64,  # batches, rates, first step
    _INDICES, int64, VECTOR,  # widths, nets, which outputs reach the trunk
    float64, uint32,  # keep, seed of dropout
    types.FunctionType(GRADIENT), ROWS,  # the loss, its numbers for each target
    int64, ROWS, ROWS, NUMBERS, int64,  # bound: its code, lower and upper limits, ε; steps of warm-up
    types.FunctionType(ACTIVATE),
    types.FunctionType(UPDATE), NUMBERS, float64,  # weight decay
    MATRIX, MATRIX, VECTOR, VECTOR, MATRIX,  # hidden, derivatives, two deltas, out
    ROWS,  # terms of each step
)  # fmt: skip
OUTPUTS = types.void(
    VECTOR, MATRIX, _INDICES, int64, types.FunctionType(ACTIVATE), MATRIX, MATRIX, MATRIX
)  # fmt: skip


@njit(**FAST)
def _hashed(bits):
    # A hash of 32 bits (Wellons 2018, github.com/skeeto/hash-prospector, lowbias32). The mask of a unit depends only on
    # seed, step and place, so that the plain stepper drops the same units on any device.
    bits = uint32((bits ^ (bits >> uint32(16))) * uint32(0x7FEB352D))
    bits = uint32((bits ^ (bits >> uint32(15))) * uint32(0x846CA68B))
    return uint32(bits ^ (bits >> uint32(16)))


@njit(**FAST)
def _drop_units(hidden, derivatives, place, keep, key):
    limit, grown = uint32(keep * 4294967296.0), float32(1.0 / keep)
    for i in range(hidden.size):
        factor = grown if _hashed(uint32(uint32(place + i) ^ key)) < limit else float32(0.0)
        hidden[i] *= factor
        derivatives[i] *= factor


@njit(**FAST)
def _forward(flat, at, x, widths, activate, hidden, derivatives, place, keep, key):
    """Hidden layers of the net whose parameters begin at `at`; returns where those of its last layer begin."""
    n, below, filled = x.shape[0], x, 0
    for layer in range(widths.size - 2):
        fan_in, fan_out = widths[layer], widths[layer + 1]
        w, at = flat[at : at + fan_in * fan_out].reshape((fan_in, fan_out)), at + fan_in * fan_out
        h = hidden[filled : filled + n * fan_out]
        derivative = derivatives[filled : filled + n * fan_out]
        z = h.reshape((n, fan_out))
        np.dot(below, w, z)
        activate(z, flat[at : at + fan_out], derivative.reshape((n, fan_out)))
        if keep < 1.0:
            _drop_units(h, derivative, place + filled, keep, key)
        at, filled, below = at + fan_out, filled + n * fan_out, z
    return at


@njit(**FAST)
def _head(flat, at, n, widths, hidden, out, scratch):
    """The last layer, whose parameters begin at `at`: its outputs go to `out` (n, count); `scratch` is overwritten.

    It computes one output after another, which is as fast. In one product for all, the rounding of each output would
    depend on their number, and the mean of a faithful loss would not equal that of squared error to the bit.
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
def _backward(flat, gradient, end, x, widths, hidden, derivatives, delta, other, reaches_trunk):
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
                    d[i, j] *= reaches_trunk[j]  # a loss may stop the gradient of an output here
        below = other[: n * fan_in].reshape((n, fan_in))
        np.dot(d, flat[at : at + fan_in * fan_out].reshape((fan_in, fan_out)).T, below)
        derivative, bias = derivatives[begin:top].reshape((n, fan_in)), gradient[at - fan_in : at]
        bias[:] = float32(0.0)
        for i in range(n):
            for j in range(fan_in):
                value = below[i, j] * derivative[i, j]
                below[i, j] = value
                bias[j] += value
        delta, other, end, top = other, delta, at, begin


@njit(**FAST)
def _bound(code, lows, highs, epsilon, ys, given, factors):
    """Bounds targets and outputs in place; `factors` (outputs, n) are ∂bounded/∂given.

    The codes and functions are those of core.model.bounds.
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
    flat, gradient, first, second, x, y, counts, batches, rates, start, widths, nets, reaches_trunk, keep, seed,
    loss, loss_numbers, bound, lows, highs, epsilon, warm_up,
    activate, update, update_numbers, decay, hidden, derivatives, delta, other, out, terms,
):  # fmt: skip
    """Steps start, start + 1, …, one for each row of `batches` (steps, n), which holds indices into x and y.

    y is (rows, targets), and each target has as many outputs of its own, one target after another. The loss is the mean
    over the targets; each has its row of `loss_numbers`, `lows`, `highs` and its ε, for it has training units of its
    own.

    `counts` (rows,) are how much each row counts, 1 on average: its terms and gradient are multiplied by it. It is
    empty where all count the same.

    `widths` are those of one net, from its inputs to its outputs. Preallocated: `hidden` and `derivatives`
    (nets, n · units), layer after layer, `delta` and `other` (n · widest,), `out` (n, outputs of all nets). Before step
    `warm_up` the first output learns by squared error alone, and the others stay. Before each update the parameters
    shrink by rate × `decay` (Loshchilov & Hutter 2019, arXiv:1711.05101). The means of the loss terms go to `terms`
    (steps, 3 · targets), those of the first target first.
    """
    n, outputs, count, size = batches.shape[1], out.shape[1], widths[-1], flat.size // nets
    targets = y.shape[1]
    of_each = outputs // targets
    xs, d_out = np.empty((n, x.shape[1]), np.float32), np.empty((n, outputs), np.float32)
    ys, target = np.empty((targets, n)), np.empty(n)
    given, factors, of_outputs = np.empty((of_each, n)), np.empty((of_each, n)), np.empty((of_each, n))
    of_terms = np.zeros((3, n))
    column = np.empty((n, count), np.float32)
    for k in range(batches.shape[0]):
        for i in range(n):
            for t in range(targets):
                ys[t, i] = y[batches[k, i], t]
            for j in range(x.shape[1]):
                xs[i, j] = x[batches[k, i], j]
        key = _hashed(uint32(_hashed(seed) ^ uint32(start + k)))
        for net in range(nets):
            at = _forward(
                flat, net * size, xs, widths, activate, hidden[net], derivatives[net], net * hidden.shape[1], keep, key
            )  # fmt: skip
            _head(flat, at, n, widths, hidden[net], column, delta)
            out[:, net * count : (net + 1) * count] = column
        for t in range(targets):
            first_output = t * of_each
            for i in range(n):
                target[i] = ys[t, i]
                for j in range(of_each):
                    given[j, i] = out[i, first_output + j]
            _bound(bound, lows[t], highs[t], epsilon[t], target, given, factors)
            loss(target, given, loss_numbers[t], of_terms, of_outputs)
            if counts.size > 0:
                for i in range(n):
                    counted = counts[batches[k, i]]
                    for term in range(3):
                        of_terms[term, i] *= counted
                    for j in range(of_each):
                        of_outputs[j, i] *= counted
            for term in range(3):
                terms[k, 3 * t + term] = of_terms[term].sum() / n
            for i in range(n):
                for j in range(of_each):
                    d_out[i, first_output + j] = of_outputs[j, i] * factors[j, i] / (n * targets)
        if start + k < warm_up:
            d_out[:] = float32(0.0)
            for i in range(n):
                for t in range(targets):
                    d_out[i, t * of_each] = (out[i, t * of_each] - ys[t, i]) / (n * targets)
                    if counts.size > 0:
                        d_out[i, t * of_each] *= counts[batches[k, i]]
        for net in range(nets):
            delta[: n * count] = d_out[:, net * count : (net + 1) * count].copy().ravel()
            _backward(
                flat, gradient, (net + 1) * size, xs, widths, hidden[net], derivatives[net], delta, other,
                reaches_trunk[net * count : (net + 1) * count],
            )  # fmt: skip
        if decay > 0.0:
            kept = float32(1.0 - rates[k] * decay)
            for i in range(flat.size):
                flat[i] *= kept
        update(flat, gradient, first, second, rates[k], start + k, update_numbers)


def outputs(flat, x, widths, nets, activate, hidden, derivatives, out):
    """Outputs (n, outputs) for x (n, inputs), without dropout."""
    n, count, size = x.shape[0], widths[-1], flat.size // nets
    column, scratch = np.empty((n, count), np.float32), np.empty(n * count, np.float32)
    for net in range(nets):
        at = _forward(flat, net * size, x, widths, activate, hidden[net], derivatives[net], 0, 1.0, uint32(0))
        _head(flat, at, n, widths, hidden[net], column, scratch)
        out[:, net * count : (net + 1) * count] = column
