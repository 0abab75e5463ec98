"""Activations and optimisers for the kernel: loops over numbers that compile to vector instructions.

An activation adds the bias, overwrites z with f(z), and writes f′(z) to `derivative`. An optimiser changes the flat
vector of parameters. Both are plain functions of the types in machine_code.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numba import float32, int32, njit
from numba.extending import intrinsic

from .machine_code import FAST


@intrinsic
def _float_of_bits(typing_context, bits):
    """The float32 with these 32 bits."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(float32))

    return float32(int32), generate


@njit(**FAST)
def _expm1(x):
    # math.exp takes one number at a time and would cost more than the whole step; this compiles to vector instructions.
    # e^x − 1 = 2ᵏ(e^r − 1) + (2ᵏ − 1) with x = k log 2 + r and |r| ≤ ½ log 2, e^r − 1 by its Taylor series to r⁷:
    # relative error below 2e-7 (one unit in the last place near 0). log 2 is split in two so that k·log 2 is exact.
    x = float32(-87.0) if x < float32(-87.0) else (float32(88.0) if x > float32(88.0) else x)  # NaN stays NaN
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


def _tanh(z, bias, derivative):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            # Beyond 9.1 tanh is exactly 1 in float32: Adam would amplify any remainder.
            v = z[i, j] + bias[j]
            v = float32(-9.1) if v < float32(-9.1) else (float32(9.1) if v > float32(9.1) else v)
            e = _expm1(float32(2.0) * v)
            h = e / (e + float32(2.0))
            z[i, j], derivative[i, j] = h, float32(1.0) - h * h


def _relu(z, bias, derivative):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            derivative[i, j] = float32(0.0) if v <= float32(0.0) else float32(1.0)
            z[i, j] = float32(0.0) if v <= float32(0.0) else v  # this comparison keeps NaN


def _silu(z, bias, derivative):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            sigmoid = float32(1.0) / (float32(2.0) + _expm1(-v))
            z[i, j], derivative[i, j] = v * sigmoid, sigmoid * (float32(1.0) + v * (float32(1.0) - sigmoid))


def _gelu(z, bias, derivative):
    # Φ by Abramowitz & Stegun 1964, 7.1.26 (error below 1e-7), because erf of libm takes one number at a time.
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
            z[i, j], derivative[i, j] = v * below, below + v * float32(0.3989422804014327) * bell


def _elu(z, bias, derivative):
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            v = z[i, j] + bias[j]
            e = _expm1(float32(0.0) if v > float32(0.0) else v)
            derivative[i, j] = float32(1.0) if v > float32(0.0) else e + float32(1.0)
            z[i, j] = v if v > float32(0.0) else e


def _softplus(z, bias, derivative):
    # max(v, 0) + log(1 + e) with e = exp(−|v|) ≤ 1; the log is 2·artanh(u), u = e/(2 + e) ≤ ⅓, by its series to u¹³.
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
            z[i, j] = (v if v > float32(0.0) else float32(0.0)) + float32(2.0) * u * p
            derivative[i, j] = (float32(1.0) if v > float32(0.0) else e) / (float32(1.0) + e)


ACTIVATIONS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {"tanh": _tanh, "relu": _relu, "silu": _silu, "gelu": _gelu, "elu": _elu, "softplus": _softplus}
)


def _adam(flat, gradient, first, second, rate, step, numbers):
    # Kingma & Ba 2015, arXiv:1412.6980, with the decay of Loshchilov & Hutter 2019, arXiv:1711.05101 (0: plain Adam).
    beta1, beta2, eps, decay = float32(numbers[0]), float32(numbers[1]), float32(numbers[2]), numbers[3]
    size = float32(rate / (1 - numbers[0] ** (step + 1)))
    root = float32(1 / math.sqrt(1 - numbers[1] ** (step + 1)))
    rest = float32(1 - rate * decay)
    grow1, grow2 = float32(1 - numbers[0]), float32(1 - numbers[1])
    tiny = float32(1e-30)  # otherwise moments of a dead unit shrink to denormal numbers, on which a core is slow
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


def stay(flat, gradient, first, second, rate, step, numbers):
    """No update: the parameters stay, so that a gradient can be examined."""


UPDATES: Mapping[str, Callable[..., None]] = MappingProxyType({"Adam": _adam, "AdamW": _adam, "SGD": _sgd})
