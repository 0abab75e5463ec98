"""What the loss doctor says of what it found: one sentence for each thing, in their order."""

from collections.abc import Mapping
from types import MappingProxyType

from core.data.noise import NOISES
from core.diagnosis.doctor.result import Diagnosis
from core.words import number, quantity


def sentences_of(it: Diagnosis) -> tuple[str, ...]:
    """The sentences of a diagnosis that have something to say."""
    return tuple(words for say in _SENTENCES if (words := say(it)))


def _say_status(it: Diagnosis) -> str:
    return _STATUS.get(it.status, "")


_STATUS: Mapping[str, str] = MappingProxyType(
    {
        "unbounded": "It is unbounded: on average it falls for ever, so there is nothing to learn.",
        "escapes": "It is lowest at infinity: an output grows for ever, and the loss nears an end it never reaches.",
        "not unique": "Its minimum is not unique: an output does not matter, or other values of it are as good.",
        "undefined": "It has no value on average: on this noise it is not a number.",
    }
)


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
    if it.location is None:
        return ""
    return f"The first output goes to {it.location} of y."


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


_SENTENCES = (_say_status, _say_estimate, _say_location, _say_repair, _say_floor, _say_bounds, _say_gradient)
