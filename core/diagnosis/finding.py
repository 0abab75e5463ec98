"""What a rule finds: words with their numbers, and the settings that fix it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fix:
    """A button: its label, and the settings that it changes."""

    label: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """A verdict: kind, headline, a sentence in Markdown, and possible fixes.

    `kind` is "good", "warning", "mistake", or "open" if there is nothing to judge yet.
    """

    kind: str
    headline: str
    sentence: str
    fixes: tuple[Fix, ...] = field(default=())
