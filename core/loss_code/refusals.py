"""What is no loss that can be read, told apart by signs and said in one sentence each."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from ..model.formulas.parser import FormulaError
from ..model.formulas.typed_formula import parse
from .loss_code import CodeError
from .pasted_lines import Line

INSTEAD = "paste the loss in Python, or as a formula such as 0.5*exp(-s)*r**2 + 0.5*s"
# Signs of a language that are none of Python's; one is enough.
LANGUAGES: Mapping[str, tuple[re.Pattern[str], ...]] = MappingProxyType(
    {
        name: tuple(re.compile(sign, re.MULTILINE) for sign in signs)
        for name, signs in {
            "Stan": (
                r"\btarget\s*\+=\s*\w+_l",
                r"^\s*(?:data|parameters|model|transformed \w+|generated quantities)\s*\{",
                r"^\s*[\w\[\]]+\s*~\s*\w+\(.*\)\s*;",
                r"\b\w+_l(?:pdf|pmf|updf)\([^)]*\|",
            ),
            "C++": (
                r"^\s*#include\b",
                r"\b[A-Za-z_]\w+::[A-Za-z_]\w",
                r"^\s*(?:auto|double|float|const auto)\s*&?\s*\w+\s*=.*;",
                r"^\s*(?:template\s*<|using namespace\b|std::)",
                r"^\s*(?:torch::)?Tensor\s+\w+.*[;{]\s*$",
            ),
            "JavaScript": (
                r"^\s*(?:const|let|var)\s+[\w{][\w\s,}]*=",
                r"=>\s*[\{\(\w]",
                r"\bfunction\s*\w*\s*\([^)]*\)\s*\{\s*(?:$|return|const|let|var)",
                r"\bMath\.(?:exp|log|pow|abs|sqrt)\(",
            ),
            "R": (
                r"^\s*[\w.]+(?:\[[^\]]*\])?\s*<-\s*\S",
                r"\bfunction\s*\([^)]*\)\s*(?:\{|$|\w+\()",
                r"\blibrary\(\w+\)",
                r"\bk_(?:mean|square|exp|log|sum)\(",
                r"\w\s*\$\s*\w+\(",
                r"\b(?:torch|tf|nnf|keras)(?:\$\w+|_(?:exp|mean|log|square|pow|abs)\()",
                r"\bd(?:norm|t|gamma|pois|laplace)\(.*log\s*=\s*T(?:RUE)?\b",
                r"%\*%|%>%|\|>",
            ),
            "Julia": (
                r"^\s*function\s+[\w!]+\([^)]*\)\s*(?:$|where\b|::)(?=[\s\S]*^\s*end\b)",
                r"@\.\s",
                r"^\s*using\s+[A-Z]\w+(?:\s*,\s*[A-Z]\w+)*\s*$",
                r"\b(?:exp|log|abs2?|sqrt|softplus)\.\(",
                r"\babs2\(",
            ),
            "MATLAB": (
                r"(?<=[A-Za-z_)\]'])\.[*^/]",
                r"^\s*function\s+(?:\[?[\w,\s]+\]?\s*=\s*)?\w+\s*\(",
                r"^\s*%(?!%|\w+\s*$)\s*\S.*$(?=[\s\S]*;\s*$)",
                r"@\(\w+(?:\s*,\s*\w+)*\)",
            ),
            "Mathematica": (r"\b(?:Exp|Log|Mean|Abs|Sqrt|Total)\[", r"\w+\[\w+_(?:,\s*\w+_)*\]\s*:?="),
            "Java": (r"\bpublic\s+(?:static|class|double)\b", r"\bSystem\.out\b"),
            "Rust": (r"^\s*(?:pub\s+)?fn\s+\w+", r"\blet\s+mut\b"),
            "Excel": (r"^=\s*[-+(0-9A-Z]*.*\b(?:EXP|LN|AVERAGE|SUM|POWER|NORM\.DIST)\(",),
            "HTML": (r"^\s*<(?:!DOCTYPE|html|div|p|script|table|pre|body)\b",),
            "SQL": (r"^\s*SELECT\b.+\bFROM\b",),
        }.items()
    }
)
LONGEST_LINE = 5_000
_LOOKED_AT = 6_000  # characters from which it is told what a text is
_BLANKS = re.compile(r"[ \t]{9,}|\n\s*\n")
_LATEX = re.compile(r"\\(?:[a-zA-Z]+|[\[\](){}|,;!])|[_^]\{")
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
_WORD = re.compile(r"[^\W\d]\w*")
_MATH_SIGNS = re.compile(
    r"[²³½¼σμπ|^ŷβα√Σ∑λε]|\d\s*\(|\b(?:log|ln|exp)\s+\w|(?<![\w.])\d+(?:\.\d+)?\s*(?![eE][-+\d])[A-Za-z(]|\)\s*[A-Za-z(]"
)


def check_text(text: str, longest: int) -> None:
    """Raises CodeError for a text that is too long, binary, empty, or turns the direction of what is shown."""
    size = len(text.encode("utf-8", "replace"))
    if size > longest:
        raise CodeError(
            f"The text has {size / 1000:,.0f} kB and at most {longest / 1000:,.0f} kB are read: "
            "paste the loss function alone."
        )
    for line, row in enumerate(text.split("\n") if longest <= 100_000 else (), 1):
        if len(row.rstrip()) > LONGEST_LINE:
            raise CodeError(
                f"Line {line} has {len(row):,} characters, and at most {LONGEST_LINE:,} are read: "
                "paste the loss function alone."
            )
    if not text.strip("\ufeff\u200b \n\r\t\xa0"):
        raise CodeError("The box is empty. Paste the lines of a loss, such as 0.5*torch.exp(-s)*(y - mu)**2 + 0.5*s.")
    controls = sum(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in text)
    if "\0" in text or "\ufffd" * 3 in text or controls - sum(text.count(c) for c in "\n\r\t\f\v\x1b") > 0:
        raise CodeError("This is binary data, not text. Paste the lines of the loss as text.")


def check_letters(lines: tuple[Line, ...]) -> None:
    """Raises CodeError for letters that look like others, with their place, and for signs that turn the direction."""
    for line in lines:
        if line.text.isascii():
            continue
        for at, character in enumerate(line.text):
            if character in _BIDI:
                raise CodeError(
                    f"Line {line.line}, column {line.columns[at]} has a hidden character that reverses the "
                    f"writing direction (U+{ord(character):04X}): delete it."
                )
        code = line.text.partition("#")[0]
        for word in _WORD.finditer(code):
            if word.group().isascii():
                continue
            for at, character in enumerate(word.group(), word.start()):
                if not character.isascii() and (plain := _looks_like(character)):
                    raise CodeError(
                        f"Line {line.line}, column {line.columns[at]}: the letter “{character}” in the name "
                        f"“{word.group()}” is {_said(character)}, not the letter “{plain}”: type the name again."
                    )


_CYRILLIC = dict(zip("аеорсухіјѕԛԝһкмтвнАВЕКМНОРСТУХІЈЅ", "aeopcyxijsqwhkmtbhABEKMHOPCTYXIJS", strict=True))
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))


def _looks_like(character: str) -> str:
    if character in _CYRILLIC or character in _GREEK:
        return _CYRILLIC.get(character) or _GREEK[character]
    plain = unicodedata.normalize("NFKC", character)
    name = unicodedata.name(character, "")
    if name.startswith("CYRILLIC"):
        return "?"
    return plain if plain.isascii() and ("FULLWIDTH" in name or "MATHEMATICAL" in name) else ""


def _said(character: str) -> str:
    name = unicodedata.name(character, "another letter")
    return {"CYRILLIC": "Cyrillic", "GREEK": "Greek", "FULLWIDTH": "of double width"}.get(
        name.split()[0], "a mathematical letter"
    )


def foreign_language(text: str) -> str | None:
    """The sentence for code in another language; None for what may be Python, LaTeX or math."""
    if re.search(r"^[ \t]*(?:def|class|import|from)\s+\w+", text, re.MULTILINE):
        return None
    text = _start(text)
    bare = re.sub(r"#(?!include).*$|(['\"])(?:(?!\1).)*\1", "", text, flags=re.MULTILINE)
    if is_latex(bare) and "\\frac" in bare:
        return None
    for name, signs in LANGUAGES.items():
        if any(sign.search(bare) for sign in signs):
            return f"This looks like {name}, which is not read: {INSTEAD}."
    return None


# What people have beside their code, by its look, and where it belongs.
ELSEWHERE: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "log": (
            re.compile(r"(?im)^.*\bepoch\W{0,3}\d+.*\bloss\b\W{1,4}-?\d|^.*\b(?:val_)?loss\s*:\s*-?\d+\.\d+.*$"),
            "This is a training log, not code. Put it in the box for logs, and paste the lines of the loss here.",
        ),
        "table": (
            re.compile(
                r"\A\s*[A-Za-z_][\w. ]*(?:[,;\t] *[A-Za-z_][\w. ]*)+\s*\n(?:\s*-?\d[\d.eE+-]*[,;\t].*\n?){1,}\s*\Z"
            ),
            "This is a table of numbers, not code. Upload it as a file of predictions, and paste the loss here.",
        ),
    }
)


def of_another_box(text: str) -> str | None:
    """The sentence for a log or a table in the box for code; None for anything else."""
    text = _start(text)
    return next((sentence for sign, sentence in ELSEWHERE.values() if sign.search(text)), None)


def _start(text: str) -> str:
    """The beginning of a text, with its blank stretches made short: what it is shows there, and signs search fast."""
    return _BLANKS.sub(lambda blank: "\n" if "\n" in blank.group() else " " * 8, text[: 4 * _LOOKED_AT])[:_LOOKED_AT]


def is_latex(text: str) -> bool:
    """Whether LaTeX's commands or groups stand in it."""
    return _LATEX.search(_start(text)) is not None


def is_math(text: str, parses: bool) -> bool:
    """Whether it is a formula as it stands in a text: one that the app's own parser reads, or with signs of maths."""
    filled = [line for line in text.split("\n") if line.strip()]
    if len(filled) > 3 or len(text) > _LOOKED_AT:
        return False
    if parses:
        try:
            parse(" ".join(filled))
        except FormulaError:
            return "^" in text and not re.search(r"[A-Za-z_]\.[A-Za-z_]", text)
        return True
    code = re.search(r"\b(?:def|return|lambda|import|for|class)\b|[A-Za-z_]\.[A-Za-z_]|[\"\\#]|:\s*$", text)
    return _MATH_SIGNS.search(text) is not None and code is None


def is_prose(text: str) -> bool:
    """Whether it is words and no code."""
    text = _start(text)
    words = re.findall(r"[A-Za-z]{2,}", text)
    return len(words) >= 3 and len(re.findall(r"[=*/()\[\]]", text)) < len(words) / 4
