"""What the loss doctor finds: numbers and names, and the sentences that say them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.data.noise import NOISES
from core.words import number, quantity


@dataclass(frozen=True)
class Estimate:
    """What exp(s) stands for: `factor`·σ**`power` on the chosen noise, known as `name` on any noise, if it is.

    `repair` is the std as a formula in s, `code` the same in Python.
    """

    name: str
    power: float
    factor: float
    repair: str
    code: str


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor finds, for one loss and y = σ·Z. Numbers are in nats and in the unit of y; None where none is.

    `status` is that of the stationary point: found, unbounded, escapes, not unique or undefined. `location` says where
    the first output goes: "the mean", "the median", "the 0.9 quantile" … `s_itself` is what s is without an exp, "the
    variance" or "the standard deviation". `outputs` holds the outputs by name.
    """

    loss: str
    noise: str
    std: float
    status: str
    outputs: Mapping[str, float]
    exp_s: float | None
    estimate: Estimate | None
    s_itself: str | None
    location: str | None
    floor: float | None
    residual_term: float | None
    scale_term: float | None
    bounded_in_expectation: bool
    bounded_at_zero: bool
    gradient_at_zero: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to say of it."""
        return tuple(words for say in _SENTENCES if (words := say(self)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "sentences": list(self.sentences)}


# What is said: a sentence for each thing, in their order.

_STATUS: Mapping[str, str] = {
    "unbounded": "It is unbounded: on average it falls for ever, so there is nothing to learn.",
    "escapes": "It is lowest at infinity: an output grows for ever, and the loss nears an end it never reaches.",
    "not unique": "Its minimum is not unique: an output does not matter, or other values of it are as good.",
    "undefined": "It has no value on average: on this noise it is not a number.",
}


def _say_estimate(it: Diagnosis) -> str:
    if it.exp_s is None:
        return ""
    if it.s_itself:
        return f"s itself is {it.s_itself}: no exp is taken of it, and it must stay positive by other means."
    if it.estimate is None:
        return f"exp(s) is {quantity(it.exp_s)} here; it follows σ by no power, so no factor makes a std of it."
    name, power = it.estimate.name, it.estimate.power
    aim = f"σ is {quantity(it.std)}" if abs(power) == 1 else f"σ² is {quantity(it.std**2)}"
    beside = "" if name in ("σ", "σ²") else f", where {aim}"
    return f"exp(s) learns {name}: {quantity(it.exp_s)}{beside}."


def _say_location(it: Diagnosis) -> str:
    return "" if it.location is None else f"The first output goes to {it.location} of y."


def _say_repair(it: Diagnosis) -> str:
    if it.estimate is None:
        return ""
    of = "" if it.estimate.name in ("σ²", "σ", "2σ²", "½σ²", "1/σ²", "1/σ") else f" on {NOISES[it.noise].label} noise"
    return f"The standard deviation is {it.estimate.repair.removeprefix('std = ')}{of}."


def _say_floor(it: Diagnosis) -> str:
    if it.floor is None or it.status not in ("found", "escapes"):
        return ""
    parts = ""
    if it.residual_term is not None and it.scale_term is not None:
        parts = f": residual term {number(it.residual_term)}, scale term {number(it.scale_term)}"
    return f"Its floor on this noise is {number(it.floor)}{parts}."


def _say_bounds(it: Diagnosis) -> str:
    if it.bounded_in_expectation and not it.bounded_at_zero:
        runs = ": there s runs away" if it.exp_s is not None else ""
        return f"On average it is bounded; on a point that is hit exactly (r = 0) it is not{runs}."
    return ""


def _say_gradient(it: Diagnosis) -> str:
    return "" if it.gradient_at_zero else "At r = 0 its gradient is not a number: one exact hit ends the training."


_SENTENCES: tuple[Callable[[Diagnosis], str], ...] = (
    lambda it: _STATUS.get(it.status, ""),
    _say_estimate,
    _say_location,
    _say_repair,
    _say_floor,
    _say_bounds,
    _say_gradient,
)
