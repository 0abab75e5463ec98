"""A finding: words built from named claims with numbers, the causes it names, and the settings that fix them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Fix:
    """A button: its label, and the settings that it changes."""

    label: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """One thing that a sentence states: its name, its value, and the text that stands for it in the sentence.

    `std_error` comes from a finite number of points; None for a value that is exact or has no error.
    `means` says what the value is, of which points, in which unit.
    """

    name: str
    value: float | str
    words: str
    means: str
    std_error: float | None = None


@dataclass(frozen=True)
class ClaimKind:
    """A kind of claim: called with a value it gives the claim. `form` turns the value into text."""

    name: str
    means: str
    form: Callable[[Any], str] = str

    def __call__(self, value: Any, std_error: float | None = None, form: Callable[[Any], str] | None = None) -> Claim:
        """The claim that states `value`; `form` replaces the kind's own, as where a loss is counted in squared y."""
        value = value if isinstance(value, str) else float(value)
        return Claim(self.name, value, (form or self.form)(value), self.means, std_error)


@dataclass(frozen=True)
class Cause:
    """A cause that a finding names, the likeliest first: its name in CAUSES, and the nats per point that it costs."""

    name: str
    nats: float | None = None


@dataclass(frozen=True)
class Finding:
    """A verdict: kind, headline, a sentence in Markdown, possible fixes, and the claims and causes behind the words.

    `kind` is "good", "warning", "mistake", or "open" if there is nothing to judge yet. `rule` names the rule that
    found it, of those that judge a run.
    """

    kind: str
    headline: str
    sentence: str
    fixes: tuple[Fix, ...] = field(default=())
    claims: tuple[Claim, ...] = field(default=())
    causes: tuple[Cause, ...] = field(default=())
    rule: str = field(default="", compare=False)

    @classmethod
    def said(
        cls,
        kind: str,
        headline: str,
        sentence: str,
        claims: tuple[Claim, ...] = (),
        fixes: tuple[Fix, ...] = (),
        causes: tuple[Cause, ...] = (),
    ) -> "Finding":
        """The finding whose headline and sentence have {name} where the words of the claim of this name go.

        A number may come from a claim alone. Raises ValueError for a digit in the text, a place without a claim, a
        claim without a place, or two claims of one name.
        """
        by_name = {claim.name: claim.words for claim in claims}
        places = set(_PLACE.findall(headline + sentence))
        if len(by_name) < len(claims):
            raise ValueError(f"two claims have one name: {[claim.name for claim in claims]}")
        if places != set(by_name):
            raise ValueError(f"the text has places for {sorted(places)}, and the claims are {sorted(by_name)}")
        if re.search(r"\d", _PLACE.sub("", headline + sentence)):
            raise ValueError(f"a number without a claim: {headline} {sentence}")
        headline, sentence = (_PLACE.sub(lambda place: by_name[place[1]], text) for text in (headline, sentence))
        return cls(kind, headline, sentence, fixes, claims, causes)

    def as_record(self) -> dict[str, Any]:
        """The finding as plain values, for JSON."""
        return {
            "kind": self.kind,
            "headline": self.headline,
            "sentence": self.sentence,
            "causes": [{"name": cause.name, "nats": cause.nats} for cause in self.causes],
            "claims": [
                {"name": claim.name, "value": claim.value, "std_error": claim.std_error, "means": claim.means}
                for claim in self.claims
            ],
            "fixes": [{"label": fix.label, "settings": dict(fix.settings)} for fix in self.fixes],
        }
