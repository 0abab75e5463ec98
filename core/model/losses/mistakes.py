"""The bug zoo: losses that people write by mistake, each with what training then comes to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.model.losses.absolute import POSTED_ABS
from core.model.losses.row import MEAN, Array, Failure, Loss, Output, Outputs, Terms
from core.model.losses.squares import GAUSSIAN_NLL

_CLAMPED = (-2.0, 2.0)


def _no_half_residual(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return xp.exp(-s) * (y - mean) ** 2, 0.5 * s, xp.zeros_like(s)


def _no_half_residual_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weighted = np.exp(-outputs[1]) * (y - outputs[0])
    terms[0] = weighted * (y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -2.0 * weighted
    slopes[1] = 0.5 - terms[0]


def _no_half_log(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return 0.5 * xp.exp(-s) * (y - mean) ** 2, s, xp.zeros_like(s)


def _no_half_log_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weighted = np.exp(-outputs[1]) * (y - outputs[0])
    terms[0] = 0.5 * weighted * (y - outputs[0])
    terms[1] = outputs[1]
    slopes[0] = -weighted
    slopes[1] = 1.0 - terms[0]


def _no_log_term(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return 0.5 * xp.exp(-s) * (y - mean) ** 2, xp.zeros_like(s), xp.zeros_like(s)


def _no_log_term_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weighted = np.exp(-outputs[1]) * (y - outputs[0])
    terms[0] = 0.5 * weighted * (y - outputs[0])
    slopes[0] = -weighted
    slopes[1] = -terms[0]


def _wrong_sign(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs
    return 0.5 * xp.exp(s) * (y - mean) ** 2, 0.5 * s, xp.zeros_like(s)


def _wrong_sign_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weighted = np.exp(outputs[1]) * (y - outputs[0])
    terms[0] = 0.5 * weighted * (y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -weighted
    slopes[1] = 0.5 + terms[0]


def _broadcast(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    # (N,) against (N, 1) makes a table of every target with every prediction, of which the mean is taken: here row by
    # row, from mean and variance of the batch's targets.
    mean, s = outputs
    middle = y.mean(-1)[..., None]
    spread = ((y - middle) ** 2).mean(-1)[..., None]
    return 0.5 * xp.exp(-s) * ((middle - mean) ** 2 + spread), 0.5 * s, xp.zeros_like(s)


def _broadcast_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    middle = y.mean()
    spread = ((y - middle) ** 2).mean()
    precision = np.exp(-outputs[1])
    terms[0] = 0.5 * precision * ((middle - outputs[0]) ** 2 + spread)
    terms[1] = 0.5 * outputs[1]
    slopes[0] = -precision * (middle - outputs[0])
    slopes[1] = 0.5 - terms[0]


def _relu_variance(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, raw = outputs
    variance = np.maximum(raw, 0.0) if xp is np else xp.relu(raw)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 0.5 * (y - mean) ** 2 / variance, 0.5 * xp.log(variance), xp.zeros_like(raw)


def _relu_variance_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    for i in range(y.size):
        residual, variance = y[i] - outputs[0, i], max(outputs[1, i], 0.0)
        if variance > 0.0:
            terms[0, i] = 0.5 * residual * residual / variance
            terms[1, i] = 0.5 * np.log(variance)
            slopes[0, i] = -residual / variance
            slopes[1, i] = (0.5 - terms[0, i]) / variance
        else:  # r²/0 and log 0; a ReLU below 0 lets nothing through, not even ∞: so it is in torch
            terms[0, i], terms[1, i] = np.nan if residual == 0.0 else np.inf, -np.inf
            slopes[0, i], slopes[1, i] = np.nan if residual == 0.0 else -np.inf * residual, 0.0


def _clamped(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, s = outputs[0], xp.clip(outputs[1], *numbers)
    return 0.5 * xp.exp(-s) * (y - mean) ** 2, 0.5 * s, xp.zeros_like(s)


def _clamped_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    for i in range(y.size):
        s = min(max(outputs[1, i], numbers[0]), numbers[1])
        weighted = np.exp(-s) * (y[i] - outputs[0, i])
        terms[0, i] = 0.5 * weighted * (y[i] - outputs[0, i])
        terms[1, i] = 0.5 * s
        slopes[0, i] = -weighted
        slopes[1, i] = 0.5 - terms[0, i] if s == outputs[1, i] else 0.0


def _clamp_floor(noise: Any, std: Any) -> Any:
    s = np.clip(2 * np.log(std), *_CLAMPED)
    return 0.5 * np.exp(-s) * np.asarray(std) ** 2 + 0.5 * s


def _variant(name: str, label: str, help: str, latex: str, mistake: str, **more: Any) -> Loss:
    row = replace(
        GAUSSIAN_NLL,
        bounds=("none",),
        constant=None,
        weighted_power=0,
        reference="a slip seen in code for Kendall & Gal 2017",
    )
    return replace(row, name=name, label=label, help=help, latex=latex, mistake=mistake, **more)


ROWS = (
    replace(POSTED_ABS, meant="absolute_log_variance"),
    _variant(
        "no_half_residual",
        "No ½ on the residual",
        "The ½ before the log stays, the one before the residual is lost.",
        r"e^{-s} (y-\mu)^2 + \tfrac12 s",
        "without the ½ before the residual exp(s) is 2σ²: the variance comes out twice too large",
        terms=_no_half_residual,
        gradient=_no_half_residual_gradient,
        closed_floor=lambda noise, std: 0.5 + 0.5 * np.log(2 * np.asarray(std) ** 2),
        readings=("log_variance", "twice_variance"),
        learns="without the ½ before the residual exp(s) learns 2σ²",
        weighted_power=2,
    ),
    _variant(
        "no_half_log",
        "No ½ on the log",
        "The ½ before the residual stays, the one before the log variance is lost.",
        r"\tfrac12 e^{-s} (y-\mu)^2 + s",
        "without the ½ before the log exp(s) is ½σ²: the variance comes out at half its size",
        terms=_no_half_log,
        gradient=_no_half_log_gradient,
        closed_floor=lambda noise, std: 1 + np.log(0.5 * np.asarray(std) ** 2),
        readings=("log_variance", "half_variance"),
        learns="without the ½ before the log exp(s) learns ½σ²",
        unit_shift=2.0,
        weighted_power=2,
    ),
    _variant(
        "no_log_term",
        "Log term dropped",
        "Only the weighted residual: nothing holds the variance back.",
        r"\tfrac12 e^{-s} (y-\mu)^2",
        "nothing stops s from growing: the variance goes to infinity and the loss to 0",
        terms=_no_log_term,
        gradient=_no_log_term_gradient,
        closed_floor=lambda noise, std: 0.0 * np.asarray(std),
        unit_shift=0.0,
        term_names=("residual term",),
    ),
    _variant(
        "wrong_sign",
        "exp(+s) for exp(−s)",
        "The sign in the exponent is lost: s is a log precision there, and a log variance in the other term.",
        r"\tfrac12 e^{+s} (y-\mu)^2 + \tfrac12 s",
        "both terms fall with s: s goes to −∞, and the loss with it",
        terms=_wrong_sign,
        gradient=_wrong_sign_gradient,
        outputs=(MEAN, Output("log_precision", "log precision", log_power=-2)),
        closed_floor=lambda noise, std: np.full(np.shape(std), -np.inf),
        unit_shift=-1.0,
    ),
    _variant(
        "std_as_variance",
        "A std where a variance is due",
        "The Gaussian NLL of a head that is called a std and passed as a variance, as to torch's GaussianNLLLoss.",
        r"\tfrac12 e^{-s} (y-\mu)^2 + \tfrac12 s, \quad e^{s} \text{ read as } \sigma",
        "the head learns σ² and is read as σ: for σ below 1 the band is too narrow, above it too wide",
        readings=("log_std", "log_variance"),
        learns="the loss takes exp(s) for a variance, so exp(s) learns σ², not σ",
        weighted_power=2,
    ),
    _variant(
        "broadcast",
        "Shapes (N,) and (N, 1)",
        "Targets of shape (N,) against outputs of shape (N, 1): every target meets every prediction.",
        r"\tfrac1N \sum_j \tfrac12 e^{-s_i} (y_j-\mu_i)^2 + \tfrac12 s_i",
        "every prediction is compared with every target: it learns one constant mean, and the variance of all y",
        terms=_broadcast,
        gradient=_broadcast_gradient,
        fits_constant=True,
    ),
    _variant(
        "relu_variance",
        "ReLU on the variance",
        "The second output through a ReLU: a variance of exactly zero wherever it is negative.",
        r"\tfrac12 \tfrac{(y-\mu)^2}{\max(v, 0)} + \tfrac12 \log\max(v, 0)",
        "a ReLU gives variances of exactly zero, where the loss is infinite and has no gradient back",
        terms=_relu_variance,
        gradient=_relu_variance_gradient,
        outputs=(MEAN, Output("variance", "variance, before the ReLU", start=1.0)),
        rescale=lambda outputs, shift, scale: np.stack(
            [shift + scale * outputs[..., 0], scale**2 * outputs[..., 1]], axis=-1
        ),
        readings=("relu_variance",),
        failure=Failure(
            lambda y, outputs: bool((outputs[1] <= 0).any()),
            "the ReLU made a variance exactly zero, where r²/0 is infinite and its gradient no number",
        ),
    ),
    _variant(
        "clamped",
        "Hard clamp on s",
        "s is clamped to −2…2, so that a variance below 0.135 or above 7.39 cannot be said.",
        r"\tfrac12 e^{-c} (y-\mu)^2 + \tfrac12 c, \quad c = \min(\max(s, -2), 2)",
        "outside −2…2 the clamped s has no gradient: the variance stops at 0.135, whatever the noise",
        terms=_clamped,
        gradient=_clamped_gradient,
        closed_floor=_clamp_floor,
        numbers=_CLAMPED,
        numbers_in=lambda numbers, shift, scale: tuple(float(end - 2 * np.log(scale)) for end in numbers),
        readings=("clamped_log_variance",),
        has_unit_law=False,
    ),
)
