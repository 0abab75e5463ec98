"""docs/notebook.md and the notebooks of docs/notebooks run, in a checkout and, in CI, as the package in a kernel."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.package.built import ROOT, build, unpacked

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
RUNNER = Path(__file__).with_name("run_notebook.py")
TOOLS = ("nbclient>=0.10,<1", "nbformat>=5.10,<6", "ipykernel>=6.29,<8")
LARGEST = 20_000  # bytes of a notebook: it is kept without outputs


def python(arguments: Sequence[str], folder: Path, path: Sequence[Path]) -> str:
    said = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert said.returncode == 0, said.stderr[-3000:]
    return said.stdout


def cells(notebook: Path, kind: str = "code") -> list[str]:
    found = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def test_there_are_notebooks_and_they_are_kept_without_outputs() -> None:
    assert len(NOTEBOOKS) == 3
    page = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8")
    for notebook in NOTEBOOKS:
        assert f"(notebooks/{notebook.name})" in page
        assert notebook.stat().st_size < LARGEST
        code = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
        assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


@pytest.mark.long
def test_all_of_their_code_runs(tmp_path: Path) -> None:
    """The page and the notebooks, one after the other in one process: the fast form of what CI executes in a kernel."""
    page = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(page) >= 5
    sources = {"page.py": page} | {f"{path.stem}_cells.py": cells(path) for path in NOTEBOOKS}
    for name, parts in sources.items():
        (tmp_path / name).write_text("\n".join(parts).replace("from heteroscope", "from core"), encoding="utf-8")
    run_all = "import runpy\n" + "\n".join(f"runpy.run_path({name!r})" for name in sources)
    said = python(["-W", "error::FutureWarning", "-c", run_all], tmp_path, [ROOT])
    assert "The standard deviations are 1.6 times too small" in said
    assert "90 % quantile: [" in said


@pytest.mark.ci
def test_they_are_executed_in_a_kernel_and_show_themselves(tmp_path: Path) -> None:
    installed = unpacked(build(tmp_path / "dist"), tmp_path / "site")
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(tools), *TOOLS], check=True)
    for notebook in NOTEBOOKS:
        shown = json.loads(python([str(RUNNER), str(notebook)], tmp_path, [installed, tools]).splitlines()[-1])
        rich = [kinds for kinds in shown if any(kind.startswith("application/vnd.vegalite") for kind in kinds)]
        assert rich, notebook.name
        assert all("text/plain" in kinds and "text/html" in kinds for kinds in rich)
