"""skpro and MAPIE take the estimator as theirs, and it takes frames of Polars. One environment holds them all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = (f"{ROOT}[sklearn]", "skpro", "mapie", "polars", "pytest")  # the last for the checks of skpro


@pytest.mark.ci
@pytest.mark.long
def test_skpro_and_mapie_take_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    done = subprocess.run(
        [python, Path(__file__).with_name("with_others.py")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["failed"] == {}
    assert found["checks"] > 50
    assert found["crps"][0] == pytest.approx(found["crps"][1], abs=1e-6)
    assert found["nll"][0] == pytest.approx(found["nll"][1], abs=1e-9)
    assert found["cdf of quantile"] < 1e-9
    assert found["rows"]
    assert found["polars"] == {"names": ["a", "b", "c", "word"], "same run": True, "same means": True, "by name": True}
    assert all(0.8 < coverage < 0.98 for coverage in found["coverage"].values())
