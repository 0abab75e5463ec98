"""Words of new rows as the words of training: the same category written otherwise is the same category."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")  # no exponents: a code 1E5 is no number


def word_of(value: Any) -> str | None:
    """A cell as text: 3.0 and "3" are the same; None if it is missing or blank."""
    if value is None or value != value:
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    text = str(value)
    return text if text.strip() else None


def same_words(words: Iterable[str], known: tuple[str, ...]) -> Mapping[str, int]:
    """The place in `known` of each word that is there, as it stands or written otherwise.

    Written otherwise: in another case or with other blanks (TRUE for True), or as the same number (1.0 for 1, 1 for
    01). A word that could so be two of the known ones is none of them.
    """
    exact = {word: place for place, word in enumerate(known)}
    loose: dict[object, set[int]] = {}
    for word, place in exact.items():
        for form in _forms(word):
            loose.setdefault(form, set()).add(place)
    found = {}
    for word in set(words):
        if word in exact:
            found[word] = exact[word]
            continue
        # Case and blanks first: a number may be written in more ways than a person means as the same.
        for form in _forms(word):
            if len(places := loose.get(form, set())) == 1:
                (found[word],) = places
                break
    return found


def _forms(word: str) -> list[object]:
    """What a word has in common with others that mean the same."""
    folded = " ".join(unicodedata.normalize("NFKC", word).split()).casefold()
    return [folded, float(folded)] if _NUMBER.fullmatch(folded) else [folded]
