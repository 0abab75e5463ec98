"""The package as it is built from this checkout, and what runs it beside another package that is called core."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
STRANGER = "raise ImportError('this is the core of somebody else')\n"


def build(folder: Path, kind: str = "wheel") -> Path:
    """The wheel, or with `kind` "sdist" the source archive, built into a folder; the builder is in this environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


def unpacked(wheel: Path, folder: Path) -> Path:
    """A folder that has what the wheel installs, and a stranger called core."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "core").mkdir()
    (folder / "core" / "__init__.py").write_text(STRANGER)
    return folder


def python(site: Path, arguments: Sequence[str], elsewhere: Path, **environment: str) -> subprocess.CompletedProcess:
    """What Python says in another folder, with what `site` has before all else."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def oldest(versions: SpecifierSet) -> str:
    """The first version that is meant."""
    return next(each.version for each in versions if each.operator == ">=")
