"""A row of the glossary."""

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType

_LETTERS = MappingProxyType({"β": "beta", "ν": "nu", "σ": "sigma"})


@dataclass(frozen=True)
class Term:
    """A technical term: its meaning in one to three short sentences, and where it stands.

    `forms` are other spellings of the same term on the screen. An `everyday` term is in the glossary, and pages do not
    underline it: it stands in too many sentences. `shown` has the names of the pages that show it best.
    """

    name: str
    meaning: str
    formula: str = ""
    forms: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    everyday: bool = False

    @property
    def slug(self) -> str:
        """Its place on the page Glossary, for a link: small ASCII letters, digits and dashes."""
        spelled = "".join(_LETTERS.get(letter, letter) for letter in self.name)
        ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every form of the term, the longest first."""
        return tuple(sorted((self.name, *self.forms), key=len, reverse=True))
