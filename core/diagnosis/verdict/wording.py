"""Sentences built from parts, each of which brings the claims for its places."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..finding import Cause, Claim, Finding, Fix


@dataclass(frozen=True)
class Part:
    """A piece of a sentence with {name} where a claim's words go, and those claims."""

    text: str
    claims: tuple[Claim, ...] = ()


def part(text: str, *claims: Claim) -> Part:
    """A piece of a sentence and its claims."""
    return Part(text, claims)


def said(
    kind: str,
    headline: str,
    parts: Iterable[Part],
    fixes: Iterable[Fix] = (),
    causes: tuple[Cause, ...] = (),
) -> Finding:
    """The finding of these parts, joined by spaces; a claim that two parts share counts once."""
    parts = [each for each in parts if each.text]
    claims = {claim.name: claim for each in parts for claim in each.claims}
    text = " ".join(each.text for each in parts)
    return Finding.said(kind, headline, text, tuple(claims.values()), tuple(fixes), causes)


def capital(words: str) -> str:
    """The words with a capital at their beginning."""
    return f"{words[:1].upper()}{words[1:]}"
