"""The recipes of docs/extending.md, carried out in a copy of the house."""

import ast
import atexit
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "extending.md"
# What the first line of a block says of the lines below it: "# core/x.py, last in ROWS".
_PLACE = re.compile(r"# (?P<path>\S+), (?:a new file|(?P<where>above|first in|last in) (?P<name>\w+))\n")
_LEFT = shutil.ignore_patterns(".git", ".venv", "build", ".*_cache", "*.sqlite3", "*.pyc")


@dataclass(frozen=True)
class Step:
    """Lines of a recipe and where they go: above or into the literal assigned to `name`; a new file without one.

    What goes into a literal gets its comma there.
    """

    path: str
    where: str | None
    name: str | None
    code: str

    @property
    def is_product(self) -> bool:
        """Whether its file is one of the app's, and not a test's."""
        return not self.path.startswith("tests/")


def recipe(title: str) -> list[Step]:
    """The steps under a heading of the document."""
    section = re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (text,) = (each for each in section if each.startswith(f"{title}\n"))
    return [_step(block) for block in re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)]


def titles() -> list[str]:
    """The headings of all recipes."""
    return re.findall(r"^## (.*)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)


def _step(block: str) -> Step:
    place = _PLACE.match(block)
    assert place is not None, f"the first line of a block says where it goes, and this one has {block.splitlines()[0]}"
    return Step(place["path"], place["where"], place["name"], block[place.end() :])


def carried_out(title: str, folder: Path) -> Path:
    """A copy of the house in a folder, with a recipe carried out."""
    house = folder / "house"
    # Numba's caches come along, with the times of the files that they belong to: nothing is compiled again.
    shutil.copytree(ROOT, house, ignore=_LEFT)
    for step in recipe(title):
        path = house / step.path
        if step.where is None:
            assert not path.exists(), f"{step.path} is not new"
            path.write_text(step.code, encoding="utf-8")
        else:
            path.write_text(_with(path.read_text(encoding="utf-8"), step), encoding="utf-8")
    return house


def _with(text: str, step: Step) -> str:
    """The text of a file with the lines of a step in it."""
    (node,) = (node for node in ast.walk(ast.parse(text)) if _assigns(node, step.name))
    lines = text.splitlines(keepends=True)
    if step.where == "above":
        at, code = node.lineno - 1, f"{step.code}\n\n"
    else:
        at = node.lineno if step.where == "first in" else node.end_lineno - 1
        code = textwrap.indent(f"{step.code.rstrip()},\n", " " * (node.col_offset + 4))
    return "".join([*lines[:at], code, *lines[at:]])


def _assigns(node: ast.AST, name: str | None) -> bool:
    """Whether a node gives a literal of several lines to a name."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.end_lineno == node.lineno:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


# A Python with all that is not of the house, which parts into a process for each question: to import it takes most of
# the time of a short question. The house itself is imported by each, afresh.
_PARTING = """
import json, multiprocessing.process, os, runpy, signal, sys
import altair, distributed, numba, pandas, pydantic, pytest, scipy.stats, streamlit.testing.v1, torch

for line in sys.stdin:
    child = os.fork()
    if not child:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
asked = json.loads(line)
signal.alarm(asked["seconds"])
os.chdir(asked["house"])
os.environ.update(asked["environment"])
sys.path[0] = multiprocessing.process.ORIGINAL_DIR = asked["house"]  # where processes of this one begin
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
for place, name in ((1, asked["out"]), (2, asked["err"])):
    os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), place)
kind, text, *words = asked["arguments"]
sys.argv = [kind, *words]
if kind == "-m":
    runpy.run_module(text, run_name="__main__", alter_sys=True)
else:
    exec(compile(text, "<question>", "exec"), {"__name__": "__main__"})
"""
LONGEST_S = 300


@functools.cache
def _parting() -> subprocess.Popen[str]:
    """That Python, started for the first question of this process."""
    pipe = subprocess.PIPE
    started = subprocess.Popen([sys.executable, "-c", _PARTING], cwd="/", stdin=pipe, stdout=pipe, text=True)
    atexit.register(started.communicate)
    return started


def run(house: Path, *arguments: str) -> str:
    """What `python` with these arguments prints in a copy; its store of runs and its tables lie beside it."""
    beside = house.parent
    own = {
        "HETEROSCOPE_STORE": f"sqlite:///{(beside / 'runs.sqlite3').as_posix()}",
        "HETEROSCOPE_TABLES": str(beside / "tables"),
    }
    if arguments[0] in ("-m", "-c"):
        out, err = beside / "printed.txt", beside / "complained.txt"
        question = {
            "house": str(house), "arguments": arguments, "environment": own, "seconds": LONGEST_S,
            "out": str(out), "err": str(err),
        }  # fmt: skip
        python = _parting()
        print(json.dumps(question), file=python.stdin, flush=True)
        status, printed, complained = int(python.stdout.readline()), out.read_text("utf-8"), err.read_text("utf-8")
    else:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=house, env=os.environ | own, capture_output=True, text=True,
            timeout=LONGEST_S,
        )  # fmt: skip
        status, printed, complained = done.returncode, done.stdout, done.stderr
    assert status == 0, f"{arguments}: {printed[-3000:]}\n{complained[-3000:]}"
    return printed


def passes(house: Path, *tests: str) -> None:
    """The copy's own tests pass."""
    run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


_OPEN = """
import json, sys
from streamlit.testing.v1 import AppTest

name, link = sys.argv[1], json.loads(sys.argv[2])
page = AppTest.from_file("app.py", default_timeout=120).switch_page(f"pages/{name}.py")
page.query_params.update(link)
page.run()
kinds = "title", "header", "markdown", "exception", "error"
texts = {kind: [each.value for each in page.get(kind)] for kind in kinds}
print(json.dumps(texts | {"buttons": [each.label for each in page.button], "page": page.session_state.page}))

from pages.shared import shell
shell._laboratory.clear()
"""


def opened(house: Path, page: str, link: dict[str, str]) -> dict[str, Any]:
    """What a page of a copy shows when it is opened with a link: headings, texts, exceptions, errors, buttons."""
    shown: dict[str, Any] = json.loads(run(house, "-c", _OPEN, page, json.dumps(link)).splitlines()[-1])
    assert shown["exception"] == shown["error"] == []
    return shown
