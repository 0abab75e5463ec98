"""The glossary: one row for each technical term on the screen, with its meaning in plain words.

Pages underline a term and show its meaning; the page Glossary lists all. To use a new term on a page, add a row to one
of the three files beside this one: tests/test_plain_words.py fails for a term without one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .loss_terms import LOSS_TERMS
from .score_terms import SCORE_TERMS
from .term import Term
from .training_terms import TRAINING_TERMS


def _in_order(terms: tuple[Term, ...]) -> Mapping[str, Term]:
    return MappingProxyType({term.name: term for term in sorted(terms, key=lambda term: term.slug)})


GLOSSARY = _in_order((*LOSS_TERMS, *SCORE_TERMS, *TRAINING_TERMS))


def found_by(words: str) -> list[Term]:
    """The terms that these words name, then those with the words in a spelling, then those with them in the meaning."""
    wanted = words.strip().casefold()
    spelled = {term.name: [form.casefold() for form in term.spellings] for term in GLOSSARY.values()}
    exact = [term for term in GLOSSARY.values() if wanted in spelled[term.name]]
    named = [term for term in GLOSSARY.values() if any(wanted in form for form in spelled[term.name])]
    meant = [term for term in GLOSSARY.values() if wanted in term.meaning.casefold()]
    return list({term.name: term for term in (*exact, *named, *meant)}.values())
