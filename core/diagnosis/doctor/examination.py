"""THE LOSS DOCTOR: what a loss makes a net learn, found from its formula and a noise, before anything is trained.

`examine` finds where the expected loss is lowest for y = σ·Z, says what the outputs are there, what exp(s) stands for,
whether the first output goes to the mean, the median or a quantile, what puts it right, and whether the loss has a
lowest value at all.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from ...data.noise import NOISES, Noise
from ...model.bounds import UNBOUNDED
from ...model.head_formula import NAMED_FACTORS
from ...model.losses import Loss
from ...model.stationary import Stationary, falls_for_ever
from ...words import quantity
from .head_meaning import HeadMeaning, has_head, head_meaning
from .result import Diagnosis, Estimate, Head

SIGMAS = (0.2, 1.0, 5.0)  # a power of σ is told from three
WITNESSES = ("gaussian", "laplace")  # noises of one σ and two E|r|: what agrees on both is no coincidence
SAME = 2e-3  # relative: two numbers from the minimisation are one
HERE = 0.02  # relative: how near the power law must come to exp(s) at the σ that was asked for
ENDLESS = 1000.0  # times σ: a std so large has no end
MIDDLE = 0.02  # σ off 0 on symmetric noise: what a kink or a cusp makes of an exact 0
# Where the outputs of a point that is hit exactly may run: outward, and to 0 in a loss that takes the log of s itself.
_OUTWARD, _INWARD = 2.0 ** np.arange(-2, 40), 2.0 ** -np.arange(200.0)
_RUNS = (_OUTWARD, -_OUTWARD, _INWARD, -_INWARD)


@lru_cache(maxsize=256)
def examine(loss: Loss, noise: Noise, std: float) -> Diagnosis:
    """The diagnosis of a loss under noise of standard deviation `std` (unit of y)."""
    at = loss.optimum(noise, std)
    found = at.status == "found"
    has_s = len(loss.outputs) == 2 and loss.outputs[1].name != "variance"
    estimate = _estimate(loss, noise, std) if found and has_s else None
    meaning = head_meaning(loss, noise, std) if estimate is None and has_head(loss) else None
    names = [output.name for output in loss.outputs]
    read = _std_read(loss, at) if len(names) > 2 and at.status in ("found", "escapes") else None
    location, on_skewed = _location(loss, noise) if found and loss.outputs[0].is_location else (None, None)
    return Diagnosis(
        loss=loss.label,
        mistake=loss.mistake,
        fits_constant=loss.fits_constant,
        noise=noise.name,
        std=std,
        status=at.status,
        outputs=dict(zip(names, at.outputs, strict=True)) if at.status in ("found", "not unique") else {},
        exp_s=float(np.exp(at.outputs[1])) if found and has_s and at.outputs[1] < 709 else None,  # what a float holds
        estimate=estimate,
        s_itself=_s_itself(loss, noise, meaning) if found and has_s and meaning is not None else None,
        head=None if meaning is None else _head(meaning),
        read_as=loss.reading(loss.readings[0]).short,
        std_read=None if read is None else _finite(read),
        std_is_endless=read is not None and not read < ENDLESS * std,
        location=location,
        on_skewed=on_skewed,
        floor=_finite(at.floor),
        residual_term=_finite(at.terms[0]) if found else None,
        scale_term=_finite(at.terms[1]) if found and len(loss.term_names) > 1 else None,
        bounded_in_expectation=at.status not in ("unbounded", "undefined"),
        bounded_at_zero=_bounded_at_zero(loss),
        gradient_at_zero=_gradient_at_zero(loss, at),
    )


def _std_read(loss: Loss, at: Stationary) -> float:
    """The std that the outputs at the optimum predict, as they are read."""
    with np.errstate(all="ignore"):
        return float(loss.reading(loss.readings[0]).predictive(np.array(at.outputs)[None], loss.values).std[0])


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# What exp(s) may be, for noise of σ = 1: its power of σ, and its value from the noise.

_CANDIDATES: tuple[tuple[str, float, Callable[[Noise], float]], ...] = (
    ("σ²", 2, lambda noise: 1.0),
    ("2σ²", 2, lambda noise: 2.0),
    ("½σ²", 2, lambda noise: 0.5),
    ("2(E|r|)²", 2, lambda noise: 2 * noise.mad**2),
    ("(E|r|)²", 2, lambda noise: noise.mad**2),
    ("σ", 1, lambda noise: 1.0),
    ("E|r|", 1, lambda noise: noise.mad),
    ("2E|r|", 1, lambda noise: 2 * noise.mad),
    ("½E|r|", 1, lambda noise: 0.5 * noise.mad),
    ("1/σ²", -2, lambda noise: 1.0),
    ("1/(2σ²)", -2, lambda noise: 0.5),
    ("2/σ²", -2, lambda noise: 2.0),
    ("1/σ", -1, lambda noise: 1.0),
    ("1/E|r|", -1, lambda noise: 1 / noise.mad),
    ("√E|r|", 0.5, lambda noise: np.sqrt(noise.mad)),
    ("σ⁴", 4, lambda noise: 1.0),
)

_EXPONENTS: Mapping[float, tuple[str, str]] = {
    1.0: ("exp(s)", "exp(s)"),
    2.0: ("exp(s/2)", "exp(s / 2)"),
    -1.0: ("exp(−s)", "exp(-s)"),
    -2.0: ("exp(−s/2)", "exp(-s / 2)"),
    0.5: ("exp(2s)", "exp(2 * s)"),
    4.0: ("exp(s/4)", "exp(s / 4)"),
}


def _estimate(loss: Loss, noise: Noise, std: float) -> Estimate | None:
    """What exp(s) stands for, from three σ, two kinds of noise and `std` itself; None where it is no power of σ."""
    fitted = _power_law(loss, noise)
    if fitted is None or not fitted[0]:
        return None
    power, factor = fitted
    if abs(loss.optimum(noise, std).outputs[1] - np.log(factor * std**power)) > HERE:
        return None
    witnesses = [(of, loss.optimum(of, 1.0)) for of in map(NOISES.__getitem__, WITNESSES)]
    name = next((words for words, p, value in _CANDIDATES if p == power and _all_agree(witnesses, value)), "")
    written, code = _EXPONENTS.get(power, (f"exp(s/{power:g})", f"exp(s / {power:g})"))
    scale = factor ** (-1 / power)
    named = next((words for words, value in NAMED_FACTORS.items() if abs(scale / value - 1) < SAME), f"{scale:.3g}·")
    shown = name or f"{'' if abs(factor - 1) < SAME else f'{quantity(factor)}·'}σ{_raised(power)} on this noise"
    in_code = code if abs(scale - 1) < SAME else f"{scale:.6g} * {code}"
    return Estimate(shown, power, factor, f"std = {named}{written}", f"std = {in_code}")


def _head(meaning: HeadMeaning) -> Head:
    """What the doctor says of an output that exp does not explain."""
    ends = {-np.inf: "−∞", np.inf: "∞", 0.0: "0"}
    level = None
    if meaning.level is not None:
        low, high = meaning.level
        level = f"up to {high:g}" if np.isfinite(high) else f"from {low:g} on" if np.isfinite(low) else ""
        level = level.replace("-", "−")
    words = None if meaning.formula is None else meaning.formula.words
    witness = next(NOISES[name] for name in WITNESSES if name != meaning.noise.name)
    elsewhere = None if words is None else head_meaning(meaning.loss, witness, 1.0).formula
    return Head(
        formula=words,
        torch=None if meaning.formula is None else meaning.formula.torch,
        on_any_noise=elsewhere is not None and elsewhere.words == words,
        follows_noise=bool(abs(meaning.std_used / meaning.at_std - 1) < HERE),
        goes_to=None if meaning.goes_to is None else ends[meaning.goes_to],
        level=level,
        std_used=_finite(meaning.std_used),
        std_grows=bool(meaning.std_used == np.inf),
        start=meaning.start,
        start_side=meaning.start_side,
        start_at=meaning.start_at,
    )


def _s_itself(loss: Loss, noise: Noise, meaning: HeadMeaning) -> str | None:
    """What s is where the formula takes no exp of it, from three σ; None where it is neither, or its sign is free."""
    s, std = _at_three(loss, noise), np.array(SIGMAS)
    if s is None or np.isfinite(meaning.std(-std)).any():
        return None
    powers = {"the variance": 2, "the standard deviation": 1}
    return next((words for words, power in powers.items() if np.allclose(s, std**power, rtol=SAME, atol=0)), None)


def _at_three(loss: Loss, noise: Noise) -> np.ndarray | None:
    """The best s at each of SIGMAS; None where one has none."""
    points = [loss.optimum(noise, std) for std in SIGMAS]
    found = all(point.status == "found" for point in points)
    return np.array([point.outputs[1] for point in points]) if found else None


@lru_cache(maxsize=512)
def _power_law(loss: Loss, noise: Noise) -> tuple[float, float] | None:
    """(power, factor) with exp(s) = factor·σ**power at the optimum; None where it is none."""
    s, logs = _at_three(loss, noise), np.log(SIGMAS)
    if s is None:
        return None
    power = (s[2] - s[0]) / (logs[2] - logs[0])
    if abs(s[0] + power * (logs[1] - logs[0]) - s[1]) > SAME:
        return None
    rounded = round(4 * power) / 4
    power = rounded if abs(power - rounded) < SAME else float(power)
    return float(power), float(np.exp(s[1]))


def _all_agree(witnesses: list[tuple[Noise, Stationary]], value: Callable[[Noise], float]) -> bool:
    return all(at.status == "found" and abs(np.exp(at.outputs[1]) / value(of) - 1) < SAME for of, at in witnesses)


def _location(loss: Loss, noise: Noise) -> tuple[str | None, str | None]:
    """Where the first output goes; of one that goes to the middle of symmetric noise also where on skewed noise.

    Told on skewed noise, where mean and median part. On symmetric noise they are one, and nothing else is said of it.
    """
    skewed, plain = NOISES["skewed"], NOISES["gaussian"]
    on_skewed, on_plain = loss.optimum(skewed, 1.0), loss.optimum(plain, 1.0)
    if not on_skewed.status == on_plain.status == "found":
        return None, None
    at, beside = on_skewed.outputs[0], on_plain.outputs[0]
    level = float(skewed.cdf(at))
    is_middle = abs(beside) < MIDDLE
    names = {
        "the mean": is_middle and abs(at) < SAME,
        "the median": is_middle and abs(at - skewed.median) < SAME,
        f"the {level:.2g} quantile": abs(level - float(plain.cdf(beside))) < SAME,
        "a value between the mean and the median": is_middle and skewed.median < at < 0,
        "neither the mean nor the median": is_middle,
        "a value off the middle": True,
    }
    name = next(words for words, holds in names.items() if holds)
    apart = name in ("a value between the mean and the median", "neither the mean nor the median")
    return ("the middle", name) if apart and abs(noise.median) < SAME else (name, None)


def _bounded_at_zero(loss: Loss) -> bool:
    """Whether a point that is hit exactly leaves the loss a lowest value, however its other outputs run."""
    if loss.has_unit_law and loss.limits is UNBOUNDED and loss.unit_shift and not loss.fits_constant:
        return False  # r = 0 in every unit: outputs that follow a unit k times larger add −unit_shift·log k
    if not loss.outputs[0].is_location:
        return True
    others = [i for i, output in enumerate(loss.outputs) if not output.is_location]
    return not any(_runs_away(loss, i, run) for i in others for run in _RUNS) and not _runs_away(loss, None, _OUTWARD)


def _runs_away(loss: Loss, output: int | None, run: np.ndarray) -> bool:
    """Whether the loss at y = mean = 0 has no end along a run of one output, or none where it stands at 0."""
    still = np.zeros(len(run))
    values = loss.value(still, [run if i == output else still for i in range(len(loss.outputs))])
    values = np.where(np.isnan(values), np.inf, values)
    return bool(values[0] == -np.inf or (np.isfinite(values[0]) and falls_for_ever(values[0], values[1:])))


def _gradient_at_zero(loss: Loss, at: Stationary) -> bool:
    """Whether the gradient of a point that is hit exactly is a number: at the optimum, or where training begins."""
    outputs = np.array(at.outputs)[:, None]
    if at.status not in ("found", "not unique") or not np.isfinite(outputs).all():
        outputs = np.array([[output.start] for output in loss.outputs])
    y = outputs[0].copy() if loss.outputs[0].is_location else np.zeros(1)
    return bool(np.isfinite(loss.gradient(y, outputs)).all())


def _raised(power: float) -> str:
    return {1.0: "", 2.0: "²", 4.0: "⁴"}.get(power, f"^{power:g}".replace("-", "−"))
