"""Pieces of sentences that several rules say: the std in the code's own names, where the mean goes, where s ends."""

from collections.abc import Sequence

from ...words import number
from ..finding import Claim
from ..verdict.wording import Part, part
from .loss_claims import claim
from .loss_evidence import LossEvidence, Named
from .slope_turns import Rest

_LARGEST, _LEAST = 1e4, 1e-4  # a std beyond is no end that anybody meets


def std_parts(it: LossEvidence) -> list[Part]:
    """The std, and what it is on Gaussian noise where that differs."""
    if it.std is None or it.best is None or it.std_is_said:
        return []
    found = [part("The std is **{own_std}** on {on}.", *std_claims(it), claim("on", it.std.on))]
    gaussian = it.std_on("gaussian")
    if gaussian.text != it.std.text:
        found.append(part("On Gaussian noise it is {std_on_gaussian}.", claim("std_on_gaussian", gaussian.text)))
    return found


def std_claims(it: LossEvidence) -> tuple[Claim, ...]:
    """The claim of the std; none where there is none."""
    return () if it.std is None else (claim("own_std", it.std.text),)


def place_parts(it: LossEvidence) -> list[Part]:
    """Where the first output goes."""
    place, name = it.first.place, it.names.get("mu", "")
    if not place:
        return []
    if place == "the middle":
        return [part("For symmetric noise the first output learns its centre, which is both mean and median.")]
    if not name:
        return [part("The first output learns {place} of y.", claim("place", place))]
    return [part("The first output, {first}, learns {place} of y.", claim("first", name), claim("place", place))]


def range_parts(it: LossEvidence) -> list[Part]:
    """Between which std the code can express."""
    low, high = it.std_range
    if low > _LEAST and high < _LARGEST:
        text = "It stays between {least_std} and {most_std}."
        return [part(text, claim("least_std", low), claim("most_std", high))]
    if low > _LEAST:
        return [part("It cannot fall below {least_std}.", claim("least_std", low))]
    return [part("It cannot exceed {most_std}.", claim("most_std", high))] if high < _LARGEST else []


def without_log(named: Named) -> tuple[str, str]:
    """A quantity and what it stands for, with the logarithm undone: exp(log_var), σ²."""
    if not named.law.of_exp:
        return named.text, named.law.stands_for
    return f"exp({named.text})", named.law.stands_for_exp


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def end_words(value: float) -> str:
    """Where an output runs to: ∞, −∞ or a number."""
    return {float("inf"): "∞", float("-inf"): "−∞"}.get(value, f"{value + 0.0:g}".replace("-", "−"))


def rest_words(rest: Rest) -> str:
    """Where s rests, in words: a number, an end, or any of a stretch."""
    if rest.status == "found":
        return number(rest.s)
    if rest.level is not None:
        low, high = (end_words(end) for end in rest.level)
        return (
            f"any value up to {high}"
            if low == "−∞"
            else f"any value from {low} {'on' if high == '∞' else f'to {high}'}"
        )
    return end_words(rest.goes_to) if rest.status in ("escapes", "unbounded") else "no value"
