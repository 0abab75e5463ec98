"""Rules on a second output that does not stand for what it seems to: names, factors, an absolute error's scale."""

from collections.abc import Mapping
from types import MappingProxyType

from ..finding import Cause, Finding
from ..verdict.wording import Part, part, said
from .loss_claims import claim
from .loss_evidence import LossEvidence, Named
from .name_spellings import expected_of
from .remark_rules import Rule, remark_of
from .said_parts import listed, rest_words, std_parts, without_log

_READING = (Cause("wrong_reading"),)
_SHOWN = (0.05, 0.2, 1.0, 5.0)  # σ at which s is shown

# Why a quantity is not what its name says, by what it was expected to be and what it is.
_USED_AS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("σ²", "σ"): "The loss uses it as a standard deviation, not as a variance.",
        ("σ", "σ²"): "The loss uses it as a variance, not as a standard deviation.",
        ("σ²", "1/σ²"): "The loss uses it as a precision: its sign or its position is reversed.",
        ("1/σ²", "σ²"): "The loss uses it as a variance, not as a precision.",
        ("σ", "1/σ"): "The loss uses it as one over the standard deviation.",
    }
)


def one_log_for_many(it: LossEvidence) -> Finding | None:
    """The residuals of several outputs beside one log."""
    remark = remark_of(it, "shared_scale")
    if remark is None or it.best is None:
        return None
    words, stands_for = without_log(it.best)
    count = remark.facts.get("outputs")
    if isinstance(count, int | float):
        text = (
            "The squared residuals of {count} outputs are summed with only one logarithm: {quantity} is {count} "
            "times {stands_for}. Count the logarithm {count} times."
        )
        claims = [claim("count", count)]
    else:
        text = (
            "The squared residuals of k outputs are summed with only one logarithm: {quantity} is k times "
            "{stands_for}. Count the logarithm k times, once per output."
        )
        claims = []
    claims += [claim("quantity", words), claim("stands_for", stands_for)]
    return said(
        remark.severity, "One logarithm for several residuals", [part(text, *claims), *std_parts(it)], causes=_READING
    )


def half_a_laplace(it: LossEvidence) -> Finding | None:
    """The halves of a Gaussian NLL around an absolute error."""
    if it.best is None or it.first.family != "Laplace" or it.likelihood != 2 or it.best.law.base != "E|r|":
        return None
    whole = [named for named in it.named if named.law.stands_for_exp == "E|r|"]
    words, stands_for = without_log(whole[0] if whole else it.best)
    text = (
        "The residual is not squared, so this is half a Laplace NLL. {quantity} is **{stands_for}**, not σ²; "
        "E|r| is the mean absolute residual."
    )
    claims = claim("quantity", words), claim("stands_for", stands_for)
    headline = "{quantity} is {stands_for}, not a variance"
    return said("mistake", headline, [part(text, *claims), *std_parts(it)], causes=_READING)


def misnamed(it: LossEvidence) -> Finding | None:
    """A quantity that stands for something else than its name says."""
    wrong = next((named for named in it.named if _is_misnamed(named)), None)
    if wrong is None or half_a_laplace(it) is not None:
        return None
    words, stands_for = without_log(wrong)
    expected = expected_of(wrong.text)[0]
    expected = expected.removeprefix("log ") if wrong.law.of_exp else expected
    is_scale = (expected, stands_for) == ("σ", "E|r|")
    claims = claim("quantity", words), claim("stands_for", stands_for), claim("expected", expected)
    parts = [part("With this loss {quantity} is **{stands_for}**, not {expected} as its name says.", *claims)]
    parts += [*_why(wrong, expected, stands_for), *std_parts(it)]
    headline = "{quantity} is {stands_for}, not {expected}"
    return said("warning" if is_scale else "mistake", headline, parts, causes=_READING)


def _is_misnamed(named: Named) -> bool:
    """Whether the name says something else than the law."""
    expected, law = expected_of(named.text), named.law
    return bool(expected) and bool(law.base) and law.everywhere and law.stands_for not in expected


def _why(named: Named, expected: str, stands_for: str) -> list[Part]:
    law = named.law
    if law.base == "E|r|":
        text = "The residual is not squared: this is the scale of a Laplace distribution, the mean absolute residual."
        return [part(text)]
    if (expected, stands_for) in _USED_AS:
        return [part(_USED_AS[expected, stands_for])]
    var = law.times ** (2 / law.power) if law.base else 1.0
    halves = {
        0.5: (
            "Compared with the squared residual, the logarithm counts twice as much as in a Gaussian NLL: a ½ "
            "is missing."
        ),
        2.0: (
            "Compared with the logarithm, the squared residual counts twice as much as in a Gaussian NLL: a ½ "
            "is missing."
        ),
    }
    return [part(text) for value, text in halves.items() if abs(var / value - 1) < 1e-2]


def within_a_range(it: LossEvidence) -> Finding | None:
    """A quantity that is a power of σ on some σ only."""
    if it.best is None or it.best.law.covers_the_usual or it.std is None:
        return None
    law = it.best.law
    words, stands_for = without_log(it.best)
    text = (
        "On Gaussian noise of σ from {sigmas} {quantity} is **{stands_for}**, and the std is {own_std}. On other noise "
        "it follows no power of σ."
    )
    claims = (
        claim("sigmas", f"{law.sigmas[0]:g} to {law.sigmas[-1]:g}"),
        claim("quantity", words),
        claim("stands_for", stands_for),
        claim("own_std", it.std.text),
    )
    return said("warning", "What {quantity} stands for depends on σ", [part(text, *claims)], causes=_READING)


def odd_factor(it: LossEvidence) -> Finding | None:
    """A std with a factor before it that no family has."""
    if it.best is None or it.best.law.base != "σ" or abs(it.best.law.times - 1) < 1e-2 or not it.best.law.everywhere:
        return None
    if expected_of(it.best.text):
        return None
    words, stands_for = without_log(it.best)
    parts = [
        part("{quantity} is **{stands_for}**.", claim("quantity", words), claim("stands_for", stands_for)),
        *_why(it.best, "", ""),
        *std_parts(it),
    ]
    return said("warning", "{quantity} is {stands_for}", parts, causes=_READING)


def no_law(it: LossEvidence) -> Finding | None:
    """A second output that follows σ by no power."""
    if not it.is_single or it.best is not None or "found" not in it.statuses.values():
        return None
    at, comes_to = zip(*((f"{sigma:g}", rest_words(it.rest(sigma))) for sigma in _SHOWN), strict=True)
    text = (
        "No quantity in this code is a power of σ, with any factor. For Gaussian noise of σ = {shown_sigmas} "
        "{output} goes to {comes_to}."
    )
    claims = claim("output", it.second), claim("shown_sigmas", listed(at)), claim("comes_to", listed(comes_to))
    parts = [part(text, *claims)]
    if (near := it.nearest) is not None:
        text = "{nearest} is between {low} and {high} times σ, on Gaussian noise of σ from {sigmas}."
        claims = claim("nearest", near.text), claim("low", near.low), claim("high", near.high)
        parts.append(part(text, *claims, claim("sigmas", near.sigmas)))
    return said("warning", "No simple formula gives the std", parts, causes=_READING)


def not_known(it: LossEvidence) -> Finding:
    """What is said where no rule speaks."""
    if it.is_single:
        at, comes_to = zip(*((f"{sigma:g}", rest_words(it.rest(sigma))) for sigma in _SHOWN), strict=True)
        text = "For Gaussian noise of σ = {shown_sigmas} {output} goes to {comes_to}. Nothing more can be said."
        claims = claim("shown_sigmas", listed(at)), claim("output", it.second), claim("comes_to", listed(comes_to))
        return said("warning", "What it learns is not known", [part(text, *claims)])
    text = "It is not a likelihood that is known here, and its outputs depend on each other."
    if not it.others:
        text = "Its slopes do not show what its output learns: the mean, the median or another location of y."
    return said("warning", "What it learns is not known", [part(text)])


RULES: tuple[Rule, ...] = (one_log_for_many, half_a_laplace, misnamed, within_a_range, odd_factor, no_law)
