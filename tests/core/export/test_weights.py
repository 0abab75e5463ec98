"""Weights go out with all that a prediction needs, and come back; what is no such file is one sentence."""

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as tensors_in
from safetensors.numpy import save

import core
from core.experiment.experiment import Experiment
from core.export.weights import LONGEST_HEADER, load, weights_of
from core.training.loop import train
from core.training.run import Run

BRIEF = {"data.n": 100, "training.steps": 20, "network.layers": "6,4"}
GRID = MappingProxyType(
    {
        "drawn": {},
        "separate": {"network.heads": "separate", "loss.name": "student_t_learned"},
        "one spread": {"loss.name": "squared_error"},
        "bounded": {"loss.name": "mixture", "loss.bound": "soft"},
        "head": {"loss.name": "laplace_nll", "loss.head": "softplus_floor"},
        "typed": {"loss.name": "typed", "loss.formula": "exp(-s)*|r| + s", "loss.reading": "laplace_scale"},
        "raw": {"training.standardise": False},
        "table": {"data.table": "engel"},
        "members": {"training.members": 3},
        "members of a table": {
            "data.table": "engel",
            "training.members": 2,
            "training.patience": 20,
            "training.own_validation": True,
        },
        "many": {"data.table": "concrete", "data.log_y": True},
    }
)


@pytest.fixture(scope="module")
def run() -> Run:
    return train(Experiment.from_settings(BRIEF))


@pytest.fixture(scope="module")
def whole(run: Run) -> bytes:
    return weights_of(run)


def words_of(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length])["__metadata__"]


def changed(data: bytes, tensors: dict[str, Any] | None = None, **words: str) -> bytes:
    """The file with other tensors or other words."""
    return save(tensors_in(data) | (tensors or {}), metadata=words_of(data) | words)


@pytest.mark.parametrize("name", GRID)
def test_what_comes_back_predicts_the_same(name: str) -> None:
    run = train(Experiment.from_settings(BRIEF | GRID[name]))
    back = load(weights_of(run))
    x = run.dataset.x_held_out[:50]
    assert back.experiment.settings() == run.experiment.settings()
    assert back.predict(x).equals(run.predict(x))
    assert (back.status, back.steps_done, back.created) == (run.status, run.steps_done, run.created)
    assert dict(back.versions) == dict(run.versions)


def test_a_file_is_read_by_its_path_too(whole: bytes, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(whole)
    assert np.array_equal(core.load(file).weights, run.weights)
    assert np.array_equal(core.load(str(file)).weights, run.weights)


def test_layers_have_names_and_compute_the_net(whole: bytes, run: Run) -> None:
    tensors = tensors_in(whole)
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        "hidden.0.weight": (1, 6), "hidden.0.bias": (6,), "hidden.1.weight": (6, 4), "hidden.1.bias": (4,),
        "output.weight": (4, 2), "output.bias": (2,),
    }  # fmt: skip
    x = np.array([[60.0], [140.0]])
    hidden = (x - run.scaling.x_shift) / run.scaling.x_scale
    for i in range(2):
        hidden = np.tanh(hidden @ tensors[f"hidden.{i}.weight"] + tensors[f"hidden.{i}.bias"])
    mean = (hidden @ tensors["output.weight"] + tensors["output.bias"])[:, 0]
    expected = run.scaling.y_shift + run.scaling.y_scale * mean
    assert run.predict(x[:, 0])["mean"].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_the_experiment_is_inside(whole: bytes, run: Run) -> None:
    assert Experiment.from_json(words_of(whole)["experiment"]) == run.experiment
    assert json.loads(words_of(whole)["reading"]) == "log_variance"


def hostile(whole: bytes) -> dict[str, bytes]:
    tensors = tensors_in(whole)
    bias = tensors["hidden.0.bias"]
    other = {name: tensor for name, tensor in tensors.items() if name != "output.bias"}
    return {
        "nothing": b"",
        "short": b"12345",
        "text": b"a,b\n1,2\n" * 100,
        "a pickle": b"\x80\x04\x95" + bytes(200),
        "cut": whole[:-5],
        "cut header": whole[:40],
        "grown": whole + b"more",
        "long header": (LONGEST_HEADER + 1).to_bytes(8, "little") + whole[8:] + bytes(LONGEST_HEADER),
        "longest header": b"\xff" * 8 + whole[8:],
        "no json": whole[:8] + b"x" * (len(whole) - 8),
        "deep json": (20_000).to_bytes(8, "little") + b"[" * 20_000 + whole,
        "a stranger's": save(tensors),
        "another version": changed(whole, version="2"),
        "no experiment": changed(whole, experiment="{]"),
        "a strange experiment": changed(whole, experiment='{"data": {"n": -5}}'),
        "another experiment": changed(whole, experiment='{"network": {"layers": [6, 5]}}'),
        "a spread that is missing": changed(whole, experiment='{"loss": {"name": "squared_error"}}'),
        "scale zero": changed(whole, scaling='{"x_shift": [0], "x_scale": [0], "y_shift": 0, "y_scale": 1}'),
        "scale nan": changed(whole, scaling='{"x_shift": [0], "x_scale": [NaN], "y_shift": 0, "y_scale": 1}'),
        "scale in words": changed(whole, scaling='{"x_shift": [0], "x_scale": ["1"], "y_shift": 0, "y_scale": 1}'),
        "a scale too many": changed(whole, scaling='{"z": 1}'),
        "many scales": changed(whole, scaling='{"x_shift": [0, 0], "x_scale": [1, 1], "y_shift": 0, "y_scale": 1}'),
        "no scale": changed(whole, scaling='{"x_shift": [], "x_scale": [], "y_shift": 0, "y_scale": 1}'),
        "a strange encoding": changed(whole, encoding='{"target": "y", "features": [{"name": 5}]}'),
        "an encoding in words": changed(whole, encoding='"no"'),
        "no scaling": changed(whole, scaling="null"),
        "run is a list": changed(whole, run="[]"),
        "not a number": changed(whole, {"hidden.0.bias": np.full_like(bias, np.nan)}),
        "infinite": changed(whole, {"hidden.0.bias": np.full_like(bias, np.inf)}),
        "wrong shape": changed(whole, {"hidden.0.bias": np.zeros(7, np.float32)}),
        "wrong type": changed(whole, {"hidden.0.bias": bias.astype(np.float64)}),
        "one too many": changed(whole, {"more": bias}),
        "one too few": save(other, metadata=words_of(whole)),
    }


def test_bad_bytes_are_one_sentence(whole: bytes) -> None:
    for name, data in hostile(whole).items():
        with pytest.raises(
            ValueError, match=r"^(These are not weights of a run|The file's experiment is not valid): .*\.$"
        ) as e:
            load(data)
        assert "\n" not in str(e.value), name
        assert len(str(e.value)) < 400, name


def test_every_byte_may_be_wrong(whole: bytes) -> None:
    """A changed byte is refused in words, or leaves a run that predicts numbers."""
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(whole), 300):
        data = bytearray(whole)
        data[at] ^= 1 << int(rng.integers(8))
        assert refused(bytes(data)) or np.isfinite(load(bytes(data)).weights).all()


def refused(data: bytes) -> str:
    try:
        load(data)
    except ValueError as error:
        return str(error)
    return ""
