"""What the loss doctor finds: numbers and names, and the sentences that say them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...data.noise import NOISES, Noise
from ...words import number, quantity

_SAME = 0.005  # relative: what is shown as one number


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
class Head:
    """An output s that exp(s) does not explain: `formula` is the std in words, `torch` in code, None where it has none.

    `on_any_noise` says whether the formula holds on noise of another shape, `follows_noise` whether s tells σ, if only
    by numbers. `goes_to` is where s runs, "−∞", "∞" or "0"; `level` the s that are all as good, "up to 0", "" for all;
    `std_used` the std that the loss takes the noise to have, `std_grows` whether it grows for ever. `start`,
    `start_side` and `start_at`: see HeadMeaning.
    """

    formula: str | None
    torch: str | None
    on_any_noise: bool
    follows_noise: bool
    goes_to: str | None
    level: str | None
    std_used: float | None
    std_grows: bool
    start: str
    start_side: str
    start_at: float


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor finds, for one loss and y = σ·Z. Numbers are in nats and in the unit of y; None where none is.

    `status` is that of the stationary point: found, unbounded, escapes, not unique or undefined. `mistake` is what is
    wrong with a row of the table, "" for a sound one; `fits_constant` says that it learns all y as one, so that `std`
    is theirs. `location` says where the first output goes: "the mean", "the median", "the 0.9 quantile", or "the
    middle" of symmetric noise, with where it goes on skewed noise in `on_skewed`. Of an s that exp(s) does not explain
    `s_itself` is what s is without an exp, "the variance" or "the standard deviation", and `head` says the rest.
    Of more than two outputs `std_read` is the std that they predict, read as `read_as`; `std_is_endless` says that it
    grows for ever. `outputs` holds the outputs by name.
    """

    loss: str
    mistake: str
    fits_constant: bool
    noise: str
    std: float
    status: str
    outputs: Mapping[str, float]
    exp_s: float | None
    estimate: Estimate | None
    s_itself: str | None
    head: Head | None
    read_as: str
    std_read: float | None
    std_is_endless: bool
    location: str | None
    on_skewed: str | None
    floor: float | None
    residual_term: float | None
    scale_term: float | None
    bounded_in_expectation: bool
    bounded_at_zero: bool
    gradient_at_zero: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to say of it, what is wrong with it first."""
        wrong = (f"{self.mistake[:1].upper()}{self.mistake[1:]}.",) if self.mistake else ()
        return (*wrong, *(words for say in _SENTENCES if (words := say(self))))

    @property
    def no_optimum(self) -> str:
        """Why it has no one best place; "" if it has one."""
        return _say_status(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "sentences": list(self.sentences)}


def noise_in_words(noise: Noise) -> str:
    """A noise by its label in a sentence: "Laplace noise", "Gaussian noise with outliers"."""
    shape, joined, rest = noise.label.partition(" with ")
    return f"{shape} noise{joined}{rest}"


# What is said: a sentence for each thing, in their order.

_STATUS: Mapping[str, str] = {
    "unbounded": "It is unbounded: on average it keeps falling, so there is nothing to learn.",
    "escapes": (
        "It is lowest at infinity: an output grows without limit, and the loss approaches a value it never reaches."
    ),
    "not unique": "Its minimum is not unique: an output has no effect, or other values of it are as good.",
    "undefined": "It has no value on average: on this noise it is not a number.",
}


def _say_status(it: Diagnosis) -> str:
    head, used = it.head, "" if it.head is None or it.head.std_used is None else quantity(it.head.std_used)
    if head is not None and it.status == "escapes" and head.goes_to is not None:
        std = "grows without limit" if head.std_grows else f"approaches {used}, which it never reaches"
        if head.std_grows or used:
            return f"It is lowest at infinity: s goes to {head.goes_to}, and the standard deviation it uses {std}."
    if it.status == "escapes" and it.std_read is not None and not it.std_is_endless:
        return "It is lowest at infinity: an output grows without limit, but the prediction settles."
    if head is not None and it.status == "not unique" and head.level:
        takes = f" The standard deviation it uses there is {used}, and s has no gradient." if used else ""
        return f"Its minimum is not unique: every s {head.level} is as good.{takes}"
    return _STATUS.get(it.status, "")


def _say_read(it: Diagnosis) -> str:
    if it.std_is_endless:
        return f"Read as {it.read_as}, its standard deviation grows without limit."
    if it.std_read is None:
        return ""
    beside = f"{quantity(it.std_read / it.std)} times σ" if abs(it.std_read / it.std - 1) >= _SAME else "σ"
    return f"Read as {it.read_as}, its standard deviation is {quantity(it.std_read)}: {beside}."


def _say_start(it: Diagnosis) -> str:
    """Where training begins, it may not be able to."""
    if it.head is None or it.head.start == "live" or it.status == "not unique":
        return ""
    start, what = (
        f"{it.head.start_at:g}",
        "the loss has no value" if it.head.start == "undefined" else "it has no gradient",
    )
    where = {"everywhere": ", where", "below": f"; below {start}", "above": f"; above {start}"}[it.head.start_side]
    return f"Training starts with the second output near {start}{where} {what}."


def _say_estimate(it: Diagnosis) -> str:
    if it.exp_s is None:
        return ""
    if it.fits_constant:
        return (
            f"exp(s) learns the variance of all y, the same at every x: {quantity(it.exp_s)} where their standard "
            f"deviation is {quantity(it.std)}. It says nothing about the noise."
        )
    if it.estimate is None:
        return _say_head(it)
    name, power = it.estimate.name, it.estimate.power
    aim = f"σ is {quantity(it.std)}" if abs(power) == 1 else f"σ² is {quantity(it.std**2)}"
    beside = "" if name in ("σ", "σ²") else f", where {aim}"
    return f"exp(s) learns {name}: {quantity(it.exp_s)}{beside}."


def _say_head(it: Diagnosis) -> str:
    """What an s means that exp(s) does not stand for."""
    s = number(it.outputs["s"]) if "s" in it.outputs else ""
    if it.s_itself:
        return f"s itself is {it.s_itself}, without exp: something else must keep it positive."
    if it.head is not None and it.head.formula is not None:
        return f"Here s is {s}."
    if it.head is not None and it.head.follows_noise:
        return f"Here s is {s}. It follows σ, but no simple formula in s gives the standard deviation."
    return f"Here exp(s) is {quantity(it.exp_s or 0.0)}, and s does not follow σ: it gives no standard deviation."


def _say_location(it: Diagnosis) -> str:
    if it.location is None:
        return ""
    if it.fits_constant:
        return f"The first output learns {it.location} of all y, the same at every x."
    if it.on_skewed is None:
        return f"The first output learns {it.location} of y."
    goes = it.on_skewed if it.on_skewed.startswith("a place") else f"{it.on_skewed} of y"
    return f"The first output learns {it.location} of y: this noise is symmetric. On skewed noise it learns {goes}."


def _say_repair(it: Diagnosis) -> str:
    if it.estimate is None:
        if it.head is None or it.head.formula is None or it.status != "found":
            return ""
        of = "" if it.head.on_any_noise else f" on {noise_in_words(NOISES[it.noise])}"
        return f"The standard deviation is {it.head.formula}{of}."
    exact = it.estimate.name in ("σ²", "σ", "2σ²", "½σ²", "1/σ²", "1/σ")
    of = "" if exact else f" on {noise_in_words(NOISES[it.noise])}"
    of = " and is that of all y" if it.fits_constant else of
    return f"The standard deviation is {it.estimate.repair.removeprefix('std = ')}{of}."


def _say_floor(it: Diagnosis) -> str:
    if it.floor is None or it.status not in ("found", "escapes"):
        return ""
    parts = ""
    if it.residual_term is not None and it.scale_term is not None:
        parts = f": residual term {number(it.residual_term)}, scale term {number(it.scale_term)}"
    ground = "where all y have this standard deviation" if it.fits_constant else "on this noise"
    return f"Its floor {ground} is {number(it.floor)}{parts}."


def _say_bounds(it: Diagnosis) -> str:
    if it.bounded_in_expectation and not it.bounded_at_zero:
        runs = ": there s grows without limit" if it.exp_s is not None else ""
        return f"On average it is bounded; at an exact hit (r = 0) it is not{runs}."
    return ""


def _say_gradient(it: Diagnosis) -> str:
    return "" if it.gradient_at_zero else "At r = 0 its gradient is not a number: one exact hit ends the training."


_SENTENCES: tuple[Callable[[Diagnosis], str], ...] = (
    _say_status,
    _say_estimate,
    _say_location,
    _say_repair,
    _say_read,
    _say_start,
    _say_floor,
    _say_bounds,
    _say_gradient,
)
