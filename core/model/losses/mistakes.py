"""The bug zoo: losses that people write by mistake, each with what training then comes to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .absolute import POSTED_ABS
from .gaussian import GAUSSIAN_NLL
from .row import MEAN, Array, ByHand, Failure, Loss, Output, Outputs, Parameter, Terms


def _broadcast(xp: Any, y: Array, outputs: Outputs, values: Sequence[float]) -> Terms:
    # (N,) against (N, 1) makes a table of every target with every prediction, of which the mean is taken: here row by
    # row, from mean and variance of the batch's targets.
    mean, s = outputs
    middle = y.mean(-1)[..., None]
    spread = ((y - middle) ** 2).mean(-1)[..., None]
    return 0.5 * xp.exp(-s) * ((middle - mean) ** 2 + spread), 0.5 * s, xp.zeros_like(s)


def _broadcast_gradient(y, outputs, values, terms, gradient):  # type: ignore[no-untyped-def]
    middle = y.mean()
    spread = ((y - middle) ** 2).mean()
    precision = np.exp(-outputs[1])
    terms[0] = 0.5 * precision * ((middle - outputs[0]) ** 2 + spread)
    terms[1] = 0.5 * outputs[1]
    gradient[0] = -precision * (middle - outputs[0])
    gradient[1] = 0.5 - terms[0]


_CLAMPED = (-2.0, 2.0)


def _clamp_floor(noise: Any, std: Any) -> Any:
    s = np.clip(2 * np.log(std), *_CLAMPED)
    return 0.5 * np.exp(-s) * np.asarray(std) ** 2 + 0.5 * s


def _variant(name: str, label: str, help: str, mistake: str, **more: Any) -> Loss:
    row = replace(
        GAUSSIAN_NLL,
        closed_outputs=None,
        bounds=("none",),
        constant=None,
        weighted_power=0,
        meant="gaussian_nll",
        reference="a mistake seen in code for Kendall & Gal 2017",
    )
    return replace(row, name=name, label=label, help=help, mistake=mistake, **more)


ROWS = (
    POSTED_ABS,
    _variant(
        "no_half_residual",
        "No ½ on the residual",
        "The ½ before the residual is lost; the one before the log stays.",
        "without the ½ before the residual exp(s) is 2σ²: the variance is twice too large",
        formula="exp(-s)*r**2 + 0.5*s",
        closed_floor=lambda noise, std: 0.5 + 0.5 * np.log(2 * np.asarray(std) ** 2),
        readings=("log_variance", "twice_variance"),
        learns="without the ½ before the residual exp(s) learns 2σ²",
        weighted_power=2,
    ),
    _variant(
        "no_half_log",
        "No ½ on the log",
        "The ½ before the log variance is lost; the one before the residual stays.",
        "without the ½ before the log exp(s) is ½σ²: the variance is half its size",
        formula="0.5*exp(-s)*r**2 + s",
        closed_floor=lambda noise, std: 1 + np.log(0.5 * np.asarray(std) ** 2),
        readings=("log_variance", "half_variance"),
        learns="without the ½ before the log exp(s) learns ½σ²",
        unit_shift=2.0,
        weighted_power=2,
    ),
    _variant(
        "no_log_term",
        "Log term dropped",
        "Only the weighted residual: nothing limits the variance.",
        "nothing limits s: the variance goes to infinity and the loss to 0",
        formula="0.5*exp(-s)*r**2",
        closed_floor=lambda noise, std: 0.0 * np.asarray(std),
        unit_shift=0.0,
        term_names=("residual term",),
    ),
    _variant(
        "wrong_sign",
        "exp(+s) for exp(−s)",
        "The sign in the exponent is lost: s is a log precision there, but a log variance in the other term.",
        "both terms fall with s: s goes to −∞, and the loss with it",
        formula="0.5*exp(s)*r**2 + 0.5*s",
        outputs=(MEAN, Output("log_precision", "log precision", "s", log_power=-2)),
        closed_floor=lambda noise, std: np.full(np.shape(std), -np.inf),
        unit_shift=-1.0,
    ),
    _variant(
        "std_as_variance",
        "A std in place of a variance",
        "The Gaussian NLL of a head that is called a std but passed as a variance, as to torch's GaussianNLLLoss.",
        "the head learns σ² and is read as σ: for σ below 1 the std is too small, above it too large",
        note=r"e^{s} \text{ read as } \sigma",
        readings=("log_std", "log_variance"),
        learns="the loss uses exp(s) as a variance, so exp(s) learns σ², not σ",
        weighted_power=2,
    ),
    _variant(
        "broadcast",
        "Shapes (N,) and (N, 1)",
        "Targets of shape (N,) against outputs of shape (N, 1): every target meets every prediction.",
        "every prediction is compared with every target: it learns one constant mean and the variance of all y",
        formula="",
        by_hand=ByHand(
            terms=_broadcast,
            gradient=_broadcast_gradient,
            latex=r"\tfrac1N \sum_j \tfrac12 e^{-s_i} (y_j-\mu_i)^2 + \tfrac12 s_i",
            code="every = 0.5 * torch.exp(-s)[:, None] * (y[None, :] - mean[:, None]) ** 2\n"
            "loss = every.mean(1) + 0.5 * s",
        ),
        fits_as=GAUSSIAN_NLL,
    ),
    _variant(
        "relu_variance",
        "ReLU on the variance",
        "The second output through a ReLU: a variance of exactly zero wherever it is negative.",
        "a ReLU gives variances of exactly zero, where the loss is infinite and has no gradient",
        formula="0.5*r**2/relu(v) + 0.5*log(relu(v))",
        outputs=(MEAN, Output("variance", "variance, before the ReLU", "v", power=2, start=1.0)),
        readings=("relu_variance",),
        failure=Failure(
            lambda y, outputs: bool((outputs[1] <= 0).any()),
            "the ReLU made a variance exactly zero, where r²/0 is infinite and its gradient NaN",
        ),
    ),
    _variant(
        "clamped",
        "Hard clamp on s",
        "s is clamped to −2…2, so a variance below 0.135 or above 7.39 cannot be predicted.",
        "outside −2…2 the clamped s has no gradient: the variance stops at 0.135, whatever the noise",
        formula="0.5*exp(-c)*r**2 + 0.5*c",
        where=(("c", "max(low, min(s, high))"),),
        parameters=tuple(Parameter(*end, log_power=2) for end in zip(("low", "high"), _CLAMPED, strict=True)),
        closed_floor=_clamp_floor,
        readings=("clamped_log_variance",),
        has_unit_law=False,
    ),
)
