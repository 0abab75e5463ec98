"""The source of a function as a script has it: run as a program of its own, and refused where it could not run."""

import math
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import DESIGNS
from core.data.noise import NOISES, PROFILES
from core.data.targets import TARGETS
from core.model.bounds import BOUNDS
from core.model.networks import INITIALISATIONS
from core.model.schedules import SCHEDULES
from core.source import check_source, source


def half(x: float) -> float:
    return x / 2


def quarter(x: float) -> float:
    """A docstring of its own."""
    return half(half(x))


def mixed(
    xp: object,
    a: list[float],
    power: int,
) -> list[float]:
    # A comment before the first line.
    return [quarter(value) ** power + math.pi * len(np.ones(2)) for value in a]


def of_xp(xp, a): return xp.exp(a) + a  # fmt: skip


def not_there(x: float) -> float:
    return x + Path.home().stat().st_size


def calls_it(x: float) -> float:
    return not_there(x)


def test_a_function_comes_with_those_it_uses_and_runs_alone(tmp_path: Path) -> None:
    text = source(mixed, "renamed", "What it is.")
    assert text.startswith('def half(x):\n    return x / 2\n\n\ndef quarter(x):\n    """A docstring of its own."""\n')
    assert 'def renamed(a, power):\n    """What it is."""\n    # A comment before the first line.\n' in text
    assert text.count("def half") == 1
    file = tmp_path / "alone.py"
    file.write_text("import math\nimport numpy as np\n\n" + text, encoding="utf-8")
    assert runpy.run_path(str(file))["renamed"]([4.0, 8.0], 2) == mixed(None, [4.0, 8.0], 2)


def test_the_array_library_is_torch_in_a_script() -> None:
    assert source(of_xp, "f").startswith("def f(a):\n    return torch.exp(a) + a")


@pytest.mark.parametrize("function", [half, quarter, mixed, of_xp])
def test_what_needs_numpy_math_and_its_like_alone_is_taken(function) -> None:
    check_source(function, "row")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (not_there, "target bad: not_there uses Path, which an exported script does not have"),
        (calls_it, "target bad: not_there uses Path, which"),
        (lambda x: x, "target bad: .* must be a plain def, whose source an exported script can carry"),
        (np.sin, "target bad: .* must be a plain def"),
        (half.__call__, "target bad: .* must be a plain def"),
        (None, "target bad: None must be a plain def"),
    ],
)
def test_what_a_script_could_not_run_is_refused(function, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_source(function, "target bad")


@pytest.mark.parametrize(
    ("row", "piece"),
    [
        (TARGETS["line"], "function"),
        (PROFILES["step"], "shape"),
        (NOISES["laplace"], "sample"),
        (DESIGNS["grid"], "draw"),
        (SCHEDULES["cosine"], "factors"),
        (INITIALISATIONS["torch"], "one_net"),
        (BOUNDS["clamp"], "within"),
        (BOUNDS["epsilon"], "observed"),
    ],
)
def test_a_row_whose_function_no_script_could_carry_is_refused_by_name(row, piece: str) -> None:
    with pytest.raises(ValueError, match=f"{row.name}: not_there uses Path, which an exported script does not have"):
        replace(row, **{piece: not_there})
