"""Losses whose predicted distribution has a shape of its own: Student's t, evidential, a mixture of Gaussians."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.model.losses.row import EVERY_SPREAD, LOG_SCALE, MEAN, Array, Loss, Output, Outputs, Terms

_HALF_LOG_PI = 0.5 * math.log(math.pi)
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
MOST_COMPONENTS = 10


def half_step(xp: Any, a: Array) -> Array:
    """log Γ(a + ½) − log Γ(a) for a > 0, to 1e-11: a difference of two log Γ would lose its digits in float32.

    Nine steps of the recurrence, then the asymptotic series (Tricomi & Erdélyi 1951, doi:10.2140/pjm.1951.1.133).
    """
    climbed = sum(xp.log1p(0.5 / (a + j)) for j in range(9))
    b = a + 9
    series = 0.5 * xp.log(b) - 1 / (8 * b) + 1 / (192 * b**3) - 1 / (640 * b**5) + 17 / (14336 * b**7)
    return series - climbed


def _student(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, log_scale = outputs
    nu = xp.full_like(log_scale, numbers[0])
    return _student_terms(xp, y - mean, log_scale, nu)


def _student_learned(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, log_scale, t = outputs
    return _student_terms(xp, y - mean, log_scale, 2 + xp.exp(t))


def _student_terms(xp: Any, residual: Array, log_scale: Array, nu: Array) -> Terms:
    q = residual**2 * xp.exp(-2 * log_scale) / nu
    scale = log_scale + _HALF_LOG_PI + 0.5 * xp.log(nu) - half_step(xp, nu / 2)
    return 0.5 * (nu + 1) * xp.log1p(q), scale, xp.zeros_like(q)


def _student_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    nu = numbers[0]
    constant = 0.5723649429247001 + 0.5 * math.log(nu) - (math.lgamma(0.5 * nu + 0.5) - math.lgamma(0.5 * nu))
    residual = y - outputs[0]
    weight = np.exp(-2.0 * outputs[1]) / nu
    q = weight * residual**2
    share = (nu + 1.0) / (1.0 + q)
    terms[0] = 0.5 * (nu + 1.0) * np.log1p(q)
    terms[1] = outputs[1] + constant
    slopes[0] = -share * weight * residual
    slopes[1] = 1.0 - share * q


def _student_learned_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    for i in range(y.size):
        grown = math.exp(outputs[2, i])
        nu = 2.0 + grown
        residual = y[i] - outputs[0, i]
        weight = math.exp(-2.0 * outputs[1, i]) / nu
        q = weight * residual * residual
        # D = log Γ(a + ½) − log Γ(a) at a = ν/2, and its slope: as in half_step.
        step, slope = 0.0, 0.0
        a = 0.5 * nu
        for j in range(9):
            step -= math.log1p(0.5 / (a + j))
            slope += 1.0 / (a + j) - 1.0 / (a + j + 0.5)
        b = a + 9.0
        c = 1.0 / (b * b)
        step += 0.5 * math.log(b) - (1 / 8 - c * (1 / 192 - c * (1 / 640 - c * 17 / 14336))) / b
        slope += 0.5 / b + c * (1 / 8 - c * (3 / 192 - c * (5 / 640 - c * 7 * 17 / 14336)))
        log_q = math.log1p(q)
        terms[0, i] = 0.5 * (nu + 1.0) * log_q
        terms[1, i] = outputs[1, i] + 0.5723649429247001 + 0.5 * math.log(nu) - step
        share = (nu + 1.0) / (1.0 + q)
        slopes[0, i] = -share * weight * residual
        slopes[1, i] = 1.0 - share * q
        slopes[2, i] = grown * (0.5 * log_q + 0.5 * (1.0 - share * q) / nu - 0.5 * slope)


def _evidential(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
    mean, log_nu, log_excess, log_beta = outputs
    nu, alpha = xp.exp(log_nu), 1 + xp.exp(log_excess)
    size = xp.abs(y - mean)
    log_omega = math.log(2) + log_beta + xp.log1p(nu)
    q = nu * size**2 * xp.exp(-log_omega)
    scale = _HALF_LOG_PI - 0.5 * log_nu + 0.5 * log_omega - half_step(xp, alpha)
    return (alpha + 0.5) * xp.log1p(q), scale, numbers[0] * size * (2 * nu + alpha)


def _evidential_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
    weight = numbers[0]
    for i in range(y.size):
        residual = y[i] - outputs[0, i]
        nu, excess = math.exp(outputs[1, i]), math.exp(outputs[2, i])
        alpha, size = 1.0 + excess, abs(residual)
        sign = 1.0 if residual > 0.0 else (-1.0 if residual < 0.0 else 0.0)
        log_omega = 0.6931471805599453 + outputs[3, i] + math.log1p(nu)
        rate = nu * math.exp(-log_omega)
        q = rate * residual * residual
        step, slope = 0.0, 0.0  # of D = log Γ(α + ½) − log Γ(α): as in half_step
        for j in range(9):
            step -= math.log1p(0.5 / (alpha + j))
            slope += 1.0 / (alpha + j) - 1.0 / (alpha + j + 0.5)
        b = alpha + 9.0
        c = 1.0 / (b * b)
        step += 0.5 * math.log(b) - (1 / 8 - c * (1 / 192 - c * (1 / 640 - c * 17 / 14336))) / b
        slope += 0.5 / b + c * (1 / 8 - c * (3 / 192 - c * (5 / 640 - c * 7 * 17 / 14336)))
        log_q, share = math.log1p(q), (alpha + 0.5) / (1.0 + q)
        terms[0, i] = (alpha + 0.5) * log_q
        terms[1, i] = 0.5723649429247001 - 0.5 * outputs[1, i] + 0.5 * log_omega - step
        terms[2, i] = weight * size * (2.0 * nu + alpha)
        slopes[0, i] = -2.0 * share * rate * residual - weight * sign * (2.0 * nu + alpha)
        slopes[1, i] = (share * q - 0.5) / (1.0 + nu) + 2.0 * weight * size * nu
        slopes[2, i] = excess * (log_q - slope + weight * size)
        slopes[3, i] = 0.5 - share * q


def _mixture(xp: Any, y: Array, outputs: Outputs, numbers: Sequence[float]) -> Terms:
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


def _mixture_gradient(y, outputs, numbers, terms, slopes):  # type: ignore[no-untyped-def]
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
            slopes[k, i] = shares[k] - held
            slopes[count + k, i] = -held * z / std
            slopes[2 * count + k, i] = held * (1.0 - z * z)


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
    help="Long tails of a chosen weight: far points pull less. exp of the second output is the scale τ, not the std.",
    latex=r"\log\tau + \tfrac{\nu+1}{2} \log\left(1 + \tfrac{(y-\mu)^2}{\nu\tau^2}\right) + \log\Gamma(\tfrac\nu2) "
    r"- \log\Gamma(\tfrac{\nu+1}{2}) + \tfrac12\log\nu\pi, \quad \tau = e^{s}",
    outputs=(MEAN, LOG_SCALE),
    terms=_student,
    gradient=_student_gradient,
    numbers=(5.0,),
    parameters=("nu",),
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
        help="The weight of the tails is learned too: ν = 2 + exp of the third output, so that a variance exists.",
        outputs=(MEAN, LOG_SCALE, Output("log_excess", "log(ν − 2)", start=1.0)),
        latex=STUDENT.latex + r", \; \nu = 2 + e^{t}",
        terms=_student_learned,
        gradient=_student_learned_gradient,
        numbers=(),
        parameters=(),
        readings=("student_t_learned",),
    ),
    Loss(
        name="evidential",
        label="Evidential",
        help="A distribution over means and variances at each x; what it predicts is a Student-t. Its split into kinds "
        "of uncertainty is a heuristic (Meinert et al. 2022, arXiv:2205.10060).",
        latex=r"\tfrac12\log\tfrac\pi\nu - \alpha\log\Omega + (\alpha+\tfrac12)\log(\nu(y-\mu)^2+\Omega) "
        r"+ \log\tfrac{\Gamma(\alpha)}{\Gamma(\alpha+1/2)} + \lambda|y-\mu|(2\nu+\alpha), \quad "
        r"\Omega = 2\beta(1+\nu), \; \nu = e^{s_1}, \alpha = 1+e^{s_2}, \beta = e^{s_3}",
        outputs=(
            MEAN,
            Output("log_nu", "log ν"),
            Output("log_excess", "log(α − 1)", start=1.0),
            Output("log_beta", "log β", log_power=2, start=1.0),
        ),
        terms=_evidential,
        gradient=_evidential_gradient,
        numbers=(0.01,),
        parameters=("evidence_weight",),
        # λ·|r| is in the unit of y: with y standardised, λ goes the other way.
        numbers_in=lambda numbers, shift, scale: (numbers[0] * scale,),
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
        help="Several Gaussians at each x, with weights: the only one here that can say “one of these values”.",
        latex=r"-\log \sum_k \pi_k \, \mathcal{N}(y \mid \mu_k, \sigma_k^2)",
        outputs=_components(3),
        terms=_mixture,
        gradient=_mixture_gradient,
        parameters=("components",),
        resolve=_with_components,
        readings=("mixture",),
        reference="Bishop 1994, Mixture density networks, Aston University NCRG/94/004",
        unit_shift=1.0,
        constant=0.0,
        term_names=("the rest", "mean log std"),
        bounds=EVERY_SPREAD,
    ),
)
