"""The sentences that users see, read from the source: strings in pages and core, but no docstrings and no code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
VALUE = "◇"  # stands for a value that is filled in
# Text in another language than English: Python, CSS, JavaScript, HTML, SQL, LaTeX, patterns.
_CODE = re.compile(
    r"[{};]\s*\n|</?[a-z]+[ >/]|^\s*(import|from|def|class|SELECT|CREATE|INSERT|return)\b|\\[wsdb(\[]|\(\?|=>|\bst-key"
)
_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?][)”])|(?<=[.!?]\*\*))\s+(?=\**[“(\"A-Z0-9◇−`])|\n+")
_WORD = re.compile(r"[\w◇][\w◇'’.,/^%σ̂²½-]*")


@dataclass(frozen=True)
class Text:
    """A string of the source, and where it stands."""

    place: str  # file:line
    words: str

    def sentences(self) -> list[str]:
        """Its sentences, one by one."""
        return [part.strip() for part in _END.split(self.words) if part.strip()]


def count(sentence: str) -> int:
    """How many words a sentence has; a value counts as one, a sign as none."""
    return len(_WORD.findall(sentence))


@cache
def texts() -> tuple[Text, ...]:
    """Every string of pages and core that can be read on the screen or in a terminal."""
    files = sorted([*ROOT.glob("pages/**/*.py"), *ROOT.glob("core/**/*.py")])
    return tuple(text for file in files for text in _texts(file))


def _texts(file: Path) -> Iterator[Text]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name, silent, found = str(file.relative_to(ROOT)), set(), []
    for node in ast.walk(tree):  # from the outside in: what is silent is met before its parts
        if isinstance(node, ast.JoinedStr):
            silent.update(map(id, node.values))
        elif isinstance(node, ast.Expr):
            silent.add(id(node.value))  # a docstring
        elif isinstance(node, ast.AnnAssign | ast.arg) and isinstance(node.annotation, ast.Constant):
            silent.add(id(node.annotation))
        if id(node) not in silent and (words := _words(node)) is not None:
            found.append(Text(f"{name}:{node.lineno}", words))
    return (text for text in found if re.search(r"[A-Za-z]{3}", text.words) and not _CODE.search(text.words))


def _words(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
