"""Every example of the site's own pages runs with the built package, from top to bottom, and prints what is said there.

A block of Python that is followed by a block of text must print that text; numbers may differ in their last digit. One
that is followed by none must print nothing. A line of a shell block that begins with `heteroscope` must at least be
read by the command, and so must such code in the sentences of any document. The README and the pages in OTHERS are also
for a checkout, so their examples say `core`.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from core.cli.main import _parser
from docs.site.names import installed
from tests.package.built import build, python, unpacked
from tests.sentences import ROOT, Text, count

DOCS = ROOT / "docs"
OWN = (
    "index.md",
    "404.md",
    "estimator.md",
    "science.md",
    "others.md",
    "gallery.md",
    "reference.md",
    "reference_torch.md",
)
INDEX = "../deploy/package/README.md"  # what a package index shows
PAGES = sorted([DOCS / INDEX, *(DOCS / name for name in OWN), *DOCS.glob("tutorials/*.md"), *DOCS.glob("howto/*.md")])
NAMES = [os.path.relpath(page, DOCS) for page in PAGES]
# The pages whose examples have no other test, and what a reader has before the first line: a file, or rows of a table.
OTHERS = {
    "check.md": "",
    "files.md": "",
    "../README.md": """import numpy as np
X = np.random.default_rng(0).normal(size=(60, 2))
X_new, y = X[:3], X[:, 0] + 0.1 * X[:, 1]""",
}
DATA = "y,a,b\n" + "".join(f"{0.1 * n + 0.01 * (n % 7)},{n},{n % 5}\n" for n in range(60))
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?:^ *|`|`\w+=\w+ )(heteroscope [a-z][^`\n]*)", re.MULTILINE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# Each page in a namespace of its own, all in one process, for the library is loaded and compiled once.
RUN = """
import contextlib, io, json, runpy, sys
found = {}
for page in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        runpy.run_path(page)
    found[page] = said.getvalue()
print(json.dumps(found))
"""
END = "--- end of an example ---"
MOST_WORDS = 25


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each block of a page."""
    return [(found[2], found[3]) for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))]


def examples(page: Path) -> Iterator[tuple[str, str | None]]:
    """Each block of Python of a page, and what the page says that it prints."""
    every = [*blocks(page), ("", "")]
    for (language, code), (following, text) in pairwise(every):
        if language == "python":
            yield code, text if following == "text" else None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """What the wheel installs. It is kept for the next time with the machine code, until a file in it changes."""
    wheel = build(tmp_path_factory.mktemp("docs"))
    kept = pytestconfig.cache.mkdir("heteroscope-wheel")
    folder = kept / hashlib.sha256(wheel.read_bytes()).hexdigest()
    for old in kept.iterdir():
        if old != folder:
            shutil.rmtree(old)
    return folder if folder.exists() else unpacked(wheel, folder)


@pytest.fixture(scope="module")
def said(site: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each example of each page printed."""
    folder = tmp_path_factory.mktemp("examples")
    files = {}
    for name, page in zip(NAMES, PAGES, strict=True):
        if found := [code for code, _ in examples(page)]:
            files[name] = folder / f"{name.replace('/', '_')}.py"
            files[name].write_text(f"\nprint({END!r})\n".join(found), encoding="utf-8")
    for name in ("data.csv", "prices.csv"):
        (folder / name).write_text(DATA, encoding="utf-8")
    for name, before in OTHERS.items():
        found = [installed(code) for code, _ in examples(DOCS / name)]
        files[name] = folder / f"{name.replace('/', '_')}.py"
        files[name].write_text("\n".join([before, *found]), encoding="utf-8")
    ran = python(site, ["-c", RUN, *map(str, files.values())], folder)
    assert ran.returncode == 0, ran.stderr
    printed = json.loads(ran.stdout.splitlines()[-1])
    return {name: printed[str(file)].split(f"{END}\n") for name, file in files.items()}


@pytest.mark.long
def test_every_example_prints_what_its_page_says(said: dict[str, list[str]]) -> None:
    for name, page in zip(NAMES, PAGES, strict=True):
        expected = [text for _, text in examples(page)]
        for text, printed in zip(expected, said.get(name, []), strict=True):
            assert alike(printed, text or ""), f"{name}:\n{printed}\nand the page has\n{text}"


def alike(printed: str, text: str) -> bool:
    """Whether two texts have the same words, and numbers that differ by at most one of the last digit shown."""
    if _NUMBER.sub("#", printed).split() != _NUMBER.sub("#", text).split():
        return False
    pairs = zip(_NUMBER.findall(printed), _NUMBER.findall(text), strict=True)
    return all(abs(float(one) - float(other)) <= 1.001 * 10 ** -len(other.partition(".")[2]) for one, other in pairs)


@pytest.mark.parametrize(
    ("printed", "text", "is_alike"),
    [("a 0.94", "a 0.95", True), ("a 0.93", "a 0.95", False), ("b 1", "a 1", False), ("[0.2]\n", "[0.2]", True)],
)
def test_numbers_may_differ_in_their_last_digit(printed: str, text: str, is_alike: bool) -> None:
    assert alike(printed, text) == is_alike


def commands() -> list[str]:
    """What calls the command in any document: lines of shell blocks, and code within a sentence."""
    pages = [DOCS / INDEX, ROOT / "README.md", *DOCS.rglob("*.md")]
    found = (call for page in pages for call in _CALL.findall(installed(page.read_text(encoding="utf-8"))))
    return sorted({call.strip() for call in found if " | " not in call and "…" not in call and "--help" not in call})


@pytest.mark.parametrize("line", commands())
def test_the_command_reads_each_line_of_a_shell(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    assert _parser(words).parse_args(words).json is ("--json" in words)


def prose(page: Path) -> Iterator[Text]:
    """The paragraphs of a page, without blocks, tables, headings and comments."""
    text = _BLOCK.sub("\n", page.read_text(encoding="utf-8"))
    text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.) )", text):
        words = " ".join(paragraph.split())
        for cell in words.split("|") if words.startswith("|") else [words]:
            if words and not words.startswith(("#", "<!--")):
                yield Text(page.name, re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", cell))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_sentence_of_a_page_has_more_than_25_words(page: Path) -> None:
    long = [sentence for text in prose(page) for sentence in text.sentences() if count(sentence) > MOST_WORDS]
    assert long == [], "\n".join(long)
