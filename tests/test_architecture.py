"""Imports point one way, between rooms and between files; `core` knows no screen; torch is loaded only where needed."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).parents[1]

# A room may import itself, rooms of its own floor and rooms below, and never in a circle, of rooms or of files. What is
# new in core/ is put here first.
FLOORS = MappingProxyType(
    {
        "core.words": 0,
        "core.version": 0,
        "core.glossary": 0,
        "core.source": 0,
        "core.host": 0,
        "core.visitor": 0,
        "core.once": 0,
        "core.host_file": 0,
        "core.log": 0,
        "core.distributions": 0,
        "core.data": 1,
        "core.model": 2,
        "core.loss_code": 3,
        "core.evaluation": 3,
        "core.experiment": 3,
        "core.training": 4,
        "core.charts": 5,
        "core.diagnosis": 5,
        "core.ignorance": 5,
        "core.studies": 5,
        "core.export": 5,
        "core.interop": 5,
        "core.runs": 5,
        "core.tour": 5,
        "core.sweeps": 5,
        "core.torch": 5,
        "core.estimator": 6,
        "core.notebook": 6,
        "core.cli": 6,
        "core.monitor": 6,
        "core": 6,  # its __init__: the face for scripts and notebooks
        "core.__main__": 7,
        "pages.shared": 8,
        "pages.views": 9,
        "pages": 10,  # the scripts
        "app": 11,
    }
)
MOST_LINES = 400  # of a file: beyond that it holds a second topic
# What is still to be taken apart.
LONG_YET: frozenset[str] = frozenset()
CIRCLES_YET: frozenset[frozenset[str]] = frozenset()
# Loading torch takes a second and 250 MB, and most runs do without: it is loaded when it is asked for. Whoever imports
# one of these loads it too, so that only they themselves may do so as they are imported.
LOADS_TORCH = ("core.training.autograd", "core.torch")
LABORATORY_MAY_NOT = frozenset({"streamlit", "app", "pages", "tests"})


@dataclass(frozen=True)
class Import:
    """One imported module, and where it stands."""

    place: str  # file:line
    importer: str
    module: str
    at_start: bool  # runs when the importer is imported

    @property
    def file(self) -> str:
        """The module that imports, by the name of its file."""
        return self.place.partition(".py:")[0].replace("/", ".")


def test_the_house_stands() -> None:
    assert problems(ROOT) == []


def test_the_house_was_read() -> None:
    read = {part(ROOT, name) for name, _ in modules(ROOT)}
    assert read >= {
        "core.data",
        "core.model",
        "core.experiment",
        "core.training",
        "core.runs",
        "pages.views",
        "app",
    }


@pytest.mark.parametrize(
    ("path", "line", "problem"),
    [
        ("core/data/noise.py", "from core.experiment.link import x", "core.data may not import core.experiment"),
        ("core/model/losses.py", "from ..experiment import link", "core.model may not import core.experiment"),
        ("core/experiment/link.py", "import core.training.loop", "core.experiment may not import core.training"),
        ("core/training/loop.py", "import core.runs.store", "core.training may not import core.runs"),
        ("core/runs/run.py", "from core import Experiment", "core.runs may not import core"),
        ("core/runs/run.py", "def f():\n    import core.__main__", "core.runs may not import core.__main__"),
        ("core/charts/fit.py", "def f():\n    import streamlit as st", "core.charts may not import streamlit"),
        ("core/charts/fit.py", "from pages.shared import state", "core.charts may not import pages"),
        ("pages/views/fit.py", "import app", "pages.views may not import app"),
        ("pages/shared/state.py", "from pages.views import fit", "pages.shared may not import pages.views"),
        ("core/evaluation/scores.py", "import torch", "core.evaluation may not load torch"),
        ("core/model/nets.py", "try:\n    from torch import nn\nfinally:\n    pass", "core.model may not load torch"),
        ("core/model/schedules.py", "class A:\n    import torch", "core.model may not load torch"),
        ("pages/views/fit.py", "import torch.nn", "pages.views may not load torch"),
        ("core/training/loop.py", "import torch", "core.training may not load torch"),
        ("core/training/loop.py", "from .autograd import AutogradStepper", "core.training may not load torch"),
        ("core/training/loop.py", "import torch.nn", "core.training may not load torch"),
        ("core/training/autograd_2.py", "import torch", "core.training may not load torch"),
        ("core/torches/heads.py", "import torch", "core.torches is on no floor"),
        ("core/sweeps/table.py", "from ..torch import losses", "core.sweeps may not load torch"),
        ("core/sweeps/table.py", "from core.torch.losses import loss", "core.sweeps may not load torch"),
        ("core/__init__.py", "from .torch import losses", "core may not load torch"),
        ("core/training/loop.py", "def f():\n    from ..torch import losses", "may not import core.torch"),
        ("core/torch/losses.py", "import core.cli.main", "core.torch may not import core.cli"),
        ("core/export/script.py", "import core.runs.store", "circle of imports: core.export, core.runs"),
        (
            "core/data/targets.py",
            "from core.data import noise",
            "circle of imports: core.data.noise, core.data.targets",
        ),
        (
            "core/data/targets.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from core.data.noise import Noise",
            "circle of imports: core.data.noise, core.data.targets",
        ),
        ("core/data/long.py", "\n" * 401, "core/data/long.py has 401 lines"),
        ("core/somewhere.py", "", "core.somewhere is on no floor"),
        ("core/somewhere/else_.py", "", "core.somewhere is on no floor"),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, path: str, line: str, problem: str) -> None:
    write(tmp_path, sound | {path: line})
    assert any(problem in found for found in problems(tmp_path)), problems(tmp_path)


def test_a_quick_run_loads_no_torch() -> None:
    code = "import sys; from core import presets, train; train(presets['quick']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_the_laboratory_names_itself_by_no_name() -> None:
    """It is `core` in a checkout and `heteroscope` once installed, beside whatever else is called core."""
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(ROOT.glob("core/**/*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in ([each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if module.partition(".")[0] == "core" and not getattr(node, "level", 0)
    ]
    assert named == []


def test_sound_imports_pass(tmp_path: Path) -> None:
    write(tmp_path, sound)
    assert problems(tmp_path) == []


sound = MappingProxyType(
    {
        "app.py": "import streamlit\nimport pages.shared.state",
        "pages/fit.py": "import streamlit\nfrom core import Experiment\nfrom core.charts import fit",
        "pages/shared/state.py": "from core.runs.store import Store",
        "core/__init__.py": "from core.experiment.experiment import Experiment\nfrom .experiment import presets",
        "core/__main__.py": "import core",
        "core/experiment/experiment.py": "import core.data.noise\nfrom core.model.schedules import SCHEDULES",
        "core/experiment/presets.py": "from .experiment import Experiment",
        "core/data/__init__.py": "",
        "core/data/noise.py": "import numpy\nfrom core.data.targets import TARGETS",
        "core/data/targets.py": "",
        "core/model/losses.py": "from core.data import noise\ndef f():\n    import torch",
        "core/model/networks.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
        "core/model/schedules.py": "import math",
        "core/training/autograd.py": "import torch",
        "core/training/loop.py": "from core.experiment import link\nfrom . import start\ndef f():\n    import torch",
        "core/training/start.py": "",
        "core/evaluation/scores.py": "from core.model.losses import LOSSES",
        "core/runs/store.py": "from core.training.loop import train\nfrom core.export import script",
        "core/export/script.py": "",
        "core/charts/fit.py": "import altair",
        "core/torch/__init__.py": "import torch\nfrom . import losses",
        "core/torch/losses.py": "import torch\nfrom core.model.losses import LOSSES\nfrom torch import nn",
        "core/cli/main.py": "def f():\n    from core.torch import losses",
    }
)


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def problems(root: Path) -> list[str]:
    """Every breach of the rules in the tree at `root`, in words."""
    found = []
    rooms: dict[str, set[str]] = {}
    files: dict[str, set[str]] = {}
    for name, path in modules(root):
        importer, place = part(root, name), path.relative_to(root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES and str(place) not in LONG_YET:
            found.append(f"{place} has {lines} lines, and a file has at most {MOST_LINES}")
        if importer not in FLOORS:
            found.append(f"{place}: {importer} is on no floor: give it one in {Path(__file__).name}")
            continue
        for imported in imports(root, name, path):
            target = part(root, imported.module)
            if breach := judge(imported, importer, target):
                found.append(f"{imported.place}: {importer} {breach}")
            if target in FLOORS and target != importer:
                rooms.setdefault(importer, set()).add(target)
            if target in FLOORS and imported.module != name:
                files.setdefault(name, set()).add(imported.module)
    circles = {frozenset(circle) for graph in (rooms, files) for circle in circles_of(graph)} - CIRCLES_YET
    return found + [f"circle of imports: {', '.join(sorted(circle))}" for circle in circles]


def circles_of(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """The circles of a graph, one after another: of each that is found, one arrow is taken out."""
    graph = {node: set(below) for node, below in graph.items()}
    while True:
        try:
            return graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            below, above = error.args[1][:2]  # the first is imported by the second
            graph[above].discard(below)
            yield set(error.args[1])


def judge(imported: Import, importer: str, target: str) -> str:
    """What is wrong with one import, or nothing."""
    top = imported.module.partition(".")[0]
    if importer.startswith("core") and top in LABORATORY_MAY_NOT:
        return f"may not import {top}"
    loads_torch = top == "torch" or within(imported.module, LOADS_TORCH)
    if loads_torch and imported.at_start and not within(imported.file, LOADS_TORCH):
        return "may not load torch as it is imported itself"
    if target in FLOORS and FLOORS[target] > FLOORS[importer]:
        return f"may not import {target}, which is above it"
    return ""


def within(module: str, places: tuple[str, ...]) -> bool:
    """Whether a module is one of these, or lies in one of these."""
    return any(f"{module}.".startswith(f"{place}.") for place in places)


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Name and file of every module of the app."""
    for path in sorted([*root.glob("app.py"), *root.glob("core/**/*.py"), *root.glob("pages/**/*.py")]):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def part(root: Path, module: str) -> str:
    """The room that a module lies in: its first two names in core and pages, else its first."""
    names = module.split(".")
    if names[0] in ("core", "pages") and len(names) > 1:
        room = ".".join(names[:2])
        return room if room in FLOORS or (names[0] == "core" and is_module(root, room)) else names[0]
    return names[0]


def imports(root: Path, importer: str, path: Path) -> Iterator[Import]:
    """Every import in a file, those within functions included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = importer if path.name == "__init__.py" else importer.rpartition(".")[0]
    at_start = set(map(id, run_at_import(tree)))
    for node in ast.walk(tree):
        for module in imported_modules(root, package, node):
            yield Import(f"{path.relative_to(root)}:{node.lineno}", importer, module, id(node) in at_start)


def imported_modules(root: Path, package: str, node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    source = ".".join([*above, *filter(None, [node.module])])
    # "from core import presets" names a module of core, "from core import train" what core's __init__ holds.
    return [inner if is_module(root, inner := f"{source}.{alias.name}") else source for alias in node.names]


def is_module(root: Path, name: str) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run as the module is imported: no functions' bodies, nothing for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from run_at_import(child)
