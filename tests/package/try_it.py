"""Installs the built package into an empty environment beside another `core`, fits there, and prints what it took.

    python -m tests.package.try_it DIST

DIST has a wheel and a source archive. The wheel is installed without PyTorch and without Streamlit. Exit status 1 if a
step fails or takes longer than it may.
"""

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from tests.package.built import STRANGER

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


def main(dist: str) -> int:
    """Try it; returns the exit status."""
    (wheel,), (archive,) = Path(dist).glob("*.whl"), Path(dist).glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        home, began = Path(folder) / "venv", time.perf_counter()
        venv.create(home, with_pip=True)
        python = str(home / ("Scripts" if sys.platform == "win32" else "bin") / "python")

        def run(*arguments: str) -> str:
            """What it prints; an error ends all."""
            done = subprocess.run([python, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
            return done.stdout

        run("-m", "pip", "install", "--quiet", str(wheel.resolve()))
        installed = time.perf_counter() - began
        (packages,) = home.rglob("site-packages")
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
    print(f"installed after {installed:.0f} s, fitted after {fitted:.0f} s; {size:.0f} MB; imported in {loads:.3f} s")
    return int(fitted > MOST_S or loads > MOST_IMPORT_S)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
