"""Losses whose predicted distribution has a shape of its own: Student's t, evidential, a mixture of Gaussians."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import softmax

from .row import EVERY_SPREAD, LOG_SCALE, MEAN, Array, ByHand, Loss, Output, Outputs, Parameter, Terms

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
MOST_COMPONENTS = 10


def _mixture(xp: Any, y: Array, outputs: Outputs, values: Sequence[float]) -> Terms:
    count = len(outputs) // 3
    logits, means, log_stds = outputs[:count], outputs[count : 2 * count], outputs[2 * count :]
    total = _log_sum(xp, logits)
    each = [
        logit - total - log_std - 0.5 * ((y - mean) * xp.exp(-log_std)) ** 2
        for logit, mean, log_std in zip(logits, means, log_stds, strict=True)
    ]
    scale = sum(xp.exp(logit - total) * log_std for logit, log_std in zip(logits, log_stds, strict=True))
    return _HALF_LOG_2PI - _log_sum(xp, each) - scale, scale, xp.zeros_like(total)


def _log_sum(xp: Any, terms: Sequence[Array]) -> Array:
    total = terms[0]
    for term in terms[1:]:
        total = xp.logaddexp(total, term)
    return total


def _mixture_gradient(y, outputs, values, terms, gradient):  # type: ignore[no-untyped-def]
    count = outputs.shape[0] // 3
    shares, each = np.empty(count), np.empty(count)
    for i in range(y.size):
        largest = outputs[0, i]
        for k in range(1, count):
            largest = max(largest, outputs[k, i])
        total = 0.0
        for k in range(count):
            shares[k] = math.exp(outputs[k, i] - largest)
            total += shares[k]
        scale, highest = 0.0, -np.inf
        for k in range(count):
            shares[k] /= total
            log_std = outputs[2 * count + k, i]
            z = (y[i] - outputs[count + k, i]) * math.exp(-log_std)
            each[k] = outputs[k, i] - largest - math.log(total) - log_std - 0.5 * z * z
            scale += shares[k] * log_std
            highest = max(highest, each[k])
        density = 0.0
        for k in range(count):
            density += math.exp(each[k] - highest)
        terms[0, i] = 0.9189385332046727 - highest - math.log(density) - scale
        terms[1, i] = scale
        for k in range(count):
            held = math.exp(each[k] - highest) / density
            std = math.exp(outputs[2 * count + k, i])
            z = (y[i] - outputs[count + k, i]) / std
            gradient[k, i] = shares[k] - held
            gradient[count + k, i] = -held * z / std
            gradient[2 * count + k, i] = held * (1.0 - z * z)


def _mixture_slopes(y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    logits, means, log_stds = np.split(outputs, 3)
    z = (y - means) * np.exp(-log_stds)
    held = softmax(logits - log_stds - 0.5 * z**2, axis=0)
    slopes = (softmax(logits, axis=0) - held, -held * z * np.exp(-log_stds), held * (1 - z**2))
    return np.concatenate(slopes)


def _with_components(row: Loss, values: Mapping[str, Any]) -> Loss:
    return replace(row, outputs=_components(int(values.get("components", len(row.outputs) // 3))))


def _components(count: int) -> tuple[Output, ...]:
    # The means begin side by side over ±1: components that begin alike would stay alike.
    starts = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    numbered = [(k + 1, float(start)) for k, start in enumerate(starts)]
    return (
        *(Output(f"logit_{k}", f"log weight {k}") for k, _ in numbered),
        *(Output(f"mean_{k}", f"mean {k}", is_location=True, start=start) for k, start in numbered),
        *(Output(f"log_std_{k}", f"log std {k}", log_power=1, start=-0.5 * (count > 1)) for k, _ in numbered),
    )


STUDENT = Loss(
    name="student_t",
    label="Student-t, fixed ν",
    help=(
        "Long tails of a chosen weight: outliers have less effect. exp of the second output is the scale τ, not "
        "the std."
    ),
    formula="0.5*(nu + 1)*log1p(r**2*exp(-2*s)/nu) + s + 0.5*log(nu*pi) - half_step(nu/2)",
    outputs=(MEAN, LOG_SCALE),
    parameters=(Parameter("nu", 5.0),),
    settings=("nu",),
    readings=("student_t",),
    reference="Lange, Little & Taylor 1989, doi:10.1080/01621459.1989.10478852",
    unit_shift=1.0,
    constant=0.0,
    bounds=EVERY_SPREAD,
)

ROWS = (
    STUDENT,
    replace(
        STUDENT,
        name="student_t_learned",
        label="Student-t, learned ν",
        help="The weight of the tails is learned too: ν = 2 + exp of the third output, so a variance exists.",
        where=(("nu", "2 + exp(t)"),),
        outputs=(MEAN, LOG_SCALE, Output("log_excess", "log(ν − 2)", "t", start=1.0)),
        parameters=(),
        settings=(),
        readings=("student_t_learned",),
    ),
    Loss(
        name="evidential",
        label="Evidential",
        help="A distribution over means and variances at each x; the prediction is a Student-t. Its split into "
        "kinds of uncertainty is a heuristic (Meinert et al. 2022, arXiv:2205.10060).",
        formula="(alpha + 0.5)*log1p(nu*r**2*exp(-log_omega)) + 0.5*(log(pi) - log_nu + log_omega) - half_step(alpha)",
        where=(
            ("nu", "exp(log_nu)"),
            ("alpha", "1 + exp(log_excess)"),
            ("log_omega", "log(2) + log_beta + log1p(nu)"),
        ),
        regulariser="evidence_weight*abs(r)*(2*nu + alpha)",
        outputs=(
            MEAN,
            Output("log_nu", "log ν", "log_nu"),
            Output("log_excess", "log(α − 1)", "log_excess", start=1.0),
            Output("log_beta", "log β", "log_beta", log_power=2, start=1.0),
        ),
        parameters=(Parameter("evidence_weight", 0.01, power=-1),),
        settings=("evidence_weight",),
        readings=("evidential",),
        reference="Amini et al. 2020, arXiv:1910.02600",
        unit_shift=1.0,
        has_unit_law=False,
        constant=0.0,
        term_names=("residual term", "scale term", "evidence penalty"),
        bounds=EVERY_SPREAD,
    ),
    Loss(
        name="mixture",
        label="Mixture density",
        help="Several weighted Gaussians at each x: the only loss here that can predict “one of these values”.",
        by_hand=ByHand(
            terms=_mixture,
            gradient=_mixture_gradient,
            latex=r"-\log \sum_k \pi_k \, \mathcal{N}(y \mid \mu_k, \sigma_k^2)",
            code="logits, means, log_stds = torch.stack(list(outputs)).chunk(3)  # (components, points) each\n"
            "parts = -log_stds - 0.5 * ((y - means) * torch.exp(-log_stds)) ** 2\n"
            "log_density = torch.logsumexp(torch.log_softmax(logits, 0) + parts, 0)\n"
            "loss = 0.5 * math.log(2 * math.pi) - log_density",
            slopes=_mixture_slopes,
        ),
        outputs=_components(3),
        settings=("components",),
        resolve=_with_components,
        readings=("mixture",),
        reference="Bishop 1994, Mixture density networks, Aston University NCRG/94/004",
        unit_shift=1.0,
        constant=0.0,
        term_names=("the rest", "mean log std"),
        bounds=EVERY_SPREAD,
    ),
)
