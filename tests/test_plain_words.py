"""How we write, held by a reading of all strings: short sentences, terms that the glossary has, none that we gave up.

docs/words.md says it in words.
"""

import re
from collections.abc import Iterator
from types import MappingProxyType

import pytest

from core.glossary.glossary import GLOSSARY, found_by
from core.glossary.term import Term
from pages.shared.navigation import PAGES
from tests.sentences import ROOT, Text, count, texts

MOST_WORDS = 25  # of a sentence on the screen
ORDINARY = re.compile(r"\b(the|is|are|with|not)\b", re.IGNORECASE)  # a sentence has one of these, a list of names none
# Files with sentences that are yet to be made shorter: the fewer, the better.
LONG_YET: frozenset[str] = frozenset()

# What was given up, as a pattern, and what is said in its place.
GIVEN_UP = MappingProxyType(
    {
        r"negative, and right": "Your loss is negative, and that is correct",
        r"\bmend(s|ed|ing)?\b": "fix what needs training, recalibrate what needs none",
        r"\bstands? at\b": "is",
        r"\bnats to go\b": "nats above the best possible",
        r"\bnats a point\b|\bone row a point\b": "per point",
        r"\bstill to end\b": "not finished",
        r"\bearns? its keep\b": "is better than a linear model",
        r"\bholds? the noise\b": "contains the true noise",
        r"\bwrong family on purpose\b": "what the wrong noise model costs",
        r"\bdearest\b": "most expensive",
        r"\bdo(es)? not tell .* from\b|\bno telling\b": "no clear difference",
        r"\bunits of now\b": "rescale by a factor of",
        r"\bnothing (need|is) (be )?trained again\b": "no retraining needed",
        r"\b(was|were) whole\b": "was finite",
        r"\b(is|are) due\b": "is needed",
        r"\black(s|ing)?\b": "has no",
        r"\bluck\b": "sampling error, or the seed",
        r"\bhang together\b": "depend on each other",
        r"\bdies? of\b": "gives NaN",
        r"\b(came|come|comes) to (their|its) end\b": "finished",
        r"\bwho pulls\b|\bpulls at the mean\b": "which points drive the mean",
        r"\bwas understood\b|\bwere understood\b": "was read as such",
        r"\btakes? for granted\b": "assumes",
        r"\bfits the points, not what lies\b": "overfitting",
        r"\bhow it is\b(?! trained)": "value",
        r"\bthe oldest go\b": "the oldest runs are deleted first",
        r"\b(ask|check)\.(value|std|variance|noise)\b(?!=)": "the label of the control",
    }
)

# Words of the field. Each that stands in a string must be in the glossary.
TECHNICAL = re.compile(
    r"\b(aleatoric|epistemic|heterosced\w+|homosced\w+|(?:re)?calibrat\w+|conformal|isotonic|sharpness"
    r"|quantiles?|pinball|precisions?|softplus|evidential|dropout|ensembles?|likelihoods?|densit(?:y|ies)"
    r"|diverge[ds]?|divergence|nats?|residuals?|gradients?|baselines?|overfit\w*|standardis\w+|held-out|validation"
    r"|floors?|mixtures?|log[ -]variances?|readings?|coverage|reliability|partial dependence|weight decay|patience"
    r"|sampling error|standard errors?|interval scores?|natural parameters|boosted trees|effective weights?)\b",
    re.IGNORECASE,
)
CAPITALS = re.compile(r"(?<![\w.\-#=@<*(])[A-Z]{2,6}(?![\w=(\[])")
# Abbreviations that need no explanation: files, machines, programs and names.
_KNOWN = """
AM AR ARFF ASA BFGS BSD CC CI CPU CSV CUDA ELU EOF GELU GPU HDL HH HTML ICNN ID JAX JSON
LSTM MATLAB MB MC MSE NCRG NFC NFD NFKC NFKD OK ORC PDF PETS PM PNG QR RMS RTF SAS SGD SPSS
SQL SVG TSV UCI URL UTF XML YYYY
"""
KNOWN = frozenset(_KNOWN.split())
SCREEN = (
    "pages/",
    "core/diagnosis",
    "core/evaluation",
    "core/charts",
    "core/experiment",
    "core/ignorance",
    "core/tour",
)
DOCUMENTS = sorted(["README.md", "CONTRIBUTING.md", *(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md"))])


def shown() -> list[Text]:
    """The strings of the interface that are words, and not those for who adds a page."""
    return [
        text
        for text in texts()
        if text.place.startswith(SCREEN)
        and not text.place.startswith("pages/shared/navigation.py")
        and re.search(r"[a-z] ?[a-z]", text.words)
    ]


def test_no_sentence_has_more_than_25_words() -> None:
    long = [
        f"{text.place} ({count(sentence)}): {sentence}"
        for text in texts()
        if text.place.partition(":")[0] not in LONG_YET
        for sentence in text.sentences()
        if count(sentence) > MOST_WORDS and ORDINARY.search(sentence)
    ]
    assert long == [], "\n".join(long)


def test_every_technical_term_is_in_the_glossary() -> None:
    forms = {form.casefold() for term in GLOSSARY.values() for form in term.spellings}
    words = {
        (found[0].casefold(), text.place)
        for text in shown()
        for found in [*TECHNICAL.finditer(text.words), *CAPITALS.finditer(text.words)]
        if found[0] not in KNOWN
    }
    missing = sorted(f"{word}, for example in {place}" for word, place in words if word not in forms)
    assert missing == [], "\n".join(missing)


def test_terms_that_were_given_up_are_gone() -> None:
    lines = [
        Text(f"{name}:{number}", line)
        for name in DOCUMENTS
        if name != "docs/words.md"
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
    ]
    found = [
        f"{text.place}: “{match[0]}”; better: {better}"
        for text in [*texts(), *lines]
        for pattern, better in GIVEN_UP.items()
        if " " in text.words and (match := re.search(pattern, text.words, re.IGNORECASE))
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("term", GLOSSARY.values(), ids=lambda term: term.slug)
def test_a_term_is_explained_in_plain_words(term: Term) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", term.slug)
    assert '"' not in term.meaning, "it stands in the title of a link"
    assert term.meaning.endswith(".")
    assert 1 <= len(list(sentences(term))) <= 3
    assert all(count(sentence) <= MOST_WORDS for sentence in sentences(term))
    assert set(term.see) <= set(GLOSSARY), "see"
    assert set(term.shown) <= set(PAGES), "shown"
    assert term.name not in term.see


def sentences(term: Term) -> Iterator[str]:
    """The sentences of a term's meaning."""
    yield from Text("", term.meaning).sentences()


def test_no_two_terms_share_a_spelling_or_a_place() -> None:
    forms = [form.casefold() for term in GLOSSARY.values() for form in term.spellings]
    assert len(forms) == len(set(forms))
    assert len({term.slug for term in GLOSSARY.values()}) == len(GLOSSARY)


def test_a_search_finds_terms_by_each_form_and_then_by_meaning() -> None:
    assert found_by("nats")[0].name == "nat"
    assert found_by(" Gap to TRUTH ")[0].name == "gap to the truth"
    assert [term.name for term in found_by("nll")][:3] == ["NLL", "β-NLL", "Gaussian NLL"]
    assert GLOSSARY["floor"] in found_by("lowest average loss")
    assert found_by("no such term") == []


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ("One. Two is ◇! Three?", ["One.", "Two is ◇!", "Three?"]),
        ("It is 0.5, e.g. here: one sentence", ["It is 0.5, e.g. here: one sentence"]),
        ("A **bold end.** Then", ["A **bold end.**", "Then"]),
    ],
)
def test_sentences_are_told_apart(words: str, sentences: list[str]) -> None:
    assert Text("", words).sentences() == sentences
