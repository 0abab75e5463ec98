"""The examples of docs/torch.md run, one after another, as a person would type them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def blocks() -> list[str]:
    text = (ROOT / "docs" / "torch.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.mark.long
def test_the_examples_run() -> None:
    code = "\n".join(blocks()).replace("heteroscope", "core")  # its name in a checkout
    code += "\nassert mean.shape == std.shape == (5,)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    told = " ".join(re.sub(r"^# ", "", line) for line in blocks()[1].splitlines() if line.startswith("# "))
    assert told in said
    std, middle = map(float, re.findall(r"tensor\((\S+?),", done.stdout)[:2])
    assert abs(std - 0.1) < 0.03
    assert abs(middle - 0.5) < 0.05


def test_the_room_needs_torch_and_says_so() -> None:
    code = "import sys; sys.modules['torch'] = None\nimport importlib.util as u\n"
    code += "found = u.find_spec\nu.find_spec = lambda name, *more: None if name == 'torch' else found(name, *more)\n"
    code += "import core.torch"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert 'ImportError: heteroscope.torch needs PyTorch: run pip install "heteroscope[torch]".' in done.stderr


def test_the_package_loads_no_torch_for_it() -> None:
    code = "import sys, core, core.torch.options; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
