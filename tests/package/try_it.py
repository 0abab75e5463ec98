"""Installs the built package into an empty environment beside another `core`, fits there, and prints what it took.

    python -m tests.package.try_it DIST

DIST has a wheel and a source archive. The wheel is installed without PyTorch and without Streamlit; then again with
scikit-learn and the oldest version of each package that it allows. Exit status 1 if a step fails or takes longer than
it may.
"""

import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement

from tests.package.built import ROOT, STRANGER, oldest

MOST_S = 180.0  # from nothing to the first fit
MOST_IMPORT_S = 0.3
IMPORT = """
import sys, time
began = time.perf_counter()
import heteroscope
print(time.perf_counter() - began)
sys.exit(bool({"torch", "streamlit", "pandas", "numba"} & set(sys.modules)))
"""
FIT = """
import pandas as pd
import numpy as np
import heteroscope

x = np.random.default_rng(0).uniform(0, 10, 400)
frame = pd.DataFrame({"x": x, "y": np.sin(x) + 0.1 * (1 + x) * np.random.default_rng(1).normal(size=400)})
run = heteroscope.train(heteroscope.table_experiment(frame, target="y"))
told = run.predict(frame)
assert np.mean((told["lower"] <= frame["y"]) & (frame["y"] <= told["upper"])) > 0.9
assert heteroscope.train(heteroscope.presets["quick"]).status == "done"
"""
ESTIMATE = """
import numpy as np
import pandas as pd
from heteroscope import HeteroscopeRegressor

x = np.random.default_rng(0).uniform(0, 8, 300)
rows = pd.DataFrame({"x": x, "shift": np.where(x > 4, "day", "night"), "on": pd.Timestamp("2026-01-01")})
rows.loc[3, "shift"] = None
run = HeteroscopeRegressor(steps=300, random_state=0).fit(rows, x + np.random.default_rng(1).normal(size=300)).run_
assert run.scores["coverage_95"] > 0.8
assert set(run._repr_mimebundle_()) > {"text/plain"}
"""


def main(dist: str) -> int:
    """Try it; returns the exit status."""
    (wheel,), (archive,) = Path(dist).glob("*.whl"), Path(dist).glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run, packages = environment(Path(folder) / "venv")
        run("-m", "pip", "install", "--quiet", str(wheel.resolve()))
        installed = time.perf_counter() - began
        (packages / "core").mkdir()
        (packages / "core" / "__init__.py").write_text(STRANGER)
        run("-c", FIT)
        fitted = time.perf_counter() - began
        loads = min(float(run("-c", IMPORT)) for _ in range(3))
        size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6
        run("-m", "heteroscope", "losses")
        # The source archive makes the same package.
        run("-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", str(archive.resolve()))
        run("-c", IMPORT)
        run, _ = environment(Path(folder) / "old")
        run("-m", "pip", "install", "--quiet", f"{wheel.resolve()}[sklearn]", *oldest_packages())
        run("-c", FIT)
        run("-c", ESTIMATE)
    print(f"installed after {installed:.0f} s, fitted after {fitted:.0f} s; {size:.0f} MB; imported in {loads:.3f} s")
    return int(fitted > MOST_S or loads > MOST_IMPORT_S)


def environment(home: Path) -> tuple[Callable[..., str], Path]:
    """A new environment: what runs its Python and returns what that prints, and where its packages are."""
    venv.create(home, with_pip=True)
    python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    (packages,) = home.rglob("site-packages")

    def run(*arguments: str) -> str:
        """What it prints; an error ends all."""
        done = subprocess.run([python, *arguments], cwd=home.parent, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    return run, packages


def oldest_packages() -> list[str]:
    """The oldest version of each package that the base and its scikit-learn may have, as pip takes them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["sklearn"]]
    return [f"{asked.name}=={oldest(asked.specifier)}" for asked in map(Requirement, lines)]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
