"""What a rule finds: words with their numbers, and the settings that mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fix:
    """A button: words, and the settings it changes."""

    label: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """A verdict: kind, headline, a sentence in Markdown, and what mends it.

    `kind` is "good", "warning", "mistake", or "open" where there is nothing to judge yet.
    """

    kind: str
    headline: str
    sentence: str
    fixes: tuple[Fix, ...] = field(default=())
