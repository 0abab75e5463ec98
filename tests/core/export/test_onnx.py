"""A run as an ONNX file: what onnxruntime makes of raw rows is what the run predicts."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import core
from core.experiment.experiment import Experiment
from core.export import onnx_moments
from core.export.onnx_graph import Graph, Value
from core.export.onnx_model import ACTIVATIONS_OF, export_onnx
from core.model.formulas.operations import OPS
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS
from core.model.readings import READINGS
from core.training.loop import train
from core.training.run import Run
from tests.core.torch.test_run_module import CARS, CASES, rows_of, trained

MORE: dict[str, dict[str, object]] = {
    "targets": CARS,
    "targets of members": {**CARS, "network.heads": "separate", "training.members": 2, "data.log_y": True},
}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> object:
    """onnxruntime, installed for these tests alone."""
    folder = tmp_path_factory.mktemp("onnx")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    packages = ["onnx>=1.17", "onnxruntime>=1.20", "protobuf", "ml_dtypes", "flatbuffers"]
    subprocess.run([*install, *packages], check=True)
    sys.path.append(str(folder))
    try:
        yield importlib.import_module("onnxruntime")
    finally:
        sys.path.remove(str(folder))


@pytest.mark.ci
@pytest.mark.parametrize("name", [*CASES, *MORE])
def test_a_runtime_predicts_what_the_run_predicts(runtime: object, tmp_path: Path, name: str) -> None:
    run = trained({**CASES, **MORE}[name])
    x = rows_of(run)
    for dtype, exact in (("float32", 1e-5), ("float64", 1e-6)):
        file = core.export_onnx(run, tmp_path / f"{dtype}.onnx", dtype=dtype)
        session = runtime.InferenceSession(file)
        mean, std = session.run(["mean", "std"], {"x": x.astype(dtype)})
        words = session.get_modelmeta().custom_metadata_map
        assert json.loads(words["inputs"]) == list(run.input_encoding.inputs)
        assert words["run"] == run.key
        runs = list(run.by_target.values())
        assert mean.shape == std.shape == ((len(x),) if len(runs) == 1 else (len(x), len(runs)))
        for d, one in enumerate(runs):
            table = one.predict(x)
            for moment, values in (("mean", mean), ("std", std)):
                expected, found = table[moment].to_numpy(), values.reshape(len(x), -1)[:, d]
                finite = np.isfinite(expected)
                np.testing.assert_array_equal(np.isfinite(found), finite)
                size = np.abs(expected[finite]).max(initial=0)
                np.testing.assert_allclose(found[finite], expected[finite], rtol=exact, atol=exact * size)


def test_nothing_is_left_out() -> None:
    assert set(ACTIVATIONS_OF) == set(ACTIVATIONS)
    families = {READINGS[name].distribution for row in LOSSES.values() for name in row.readings}
    assert families == set(onnx_moments._EXPONENTIAL) | set(onnx_moments._OF_LIST)


def test_every_operation_that_a_person_may_type_writes_its_nodes() -> None:
    """A std may be any formula in s."""
    for name, op in OPS.items():
        if op.typed and name not in ("lgamma", "half_step"):
            graph = Graph(np.float64)
            x = Value(graph, "x")
            made = op.apply(graph, x, x, 2.0)
            assert isinstance(made, Value), name
            assert graph.nodes, name


def test_what_cannot_be_exported_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(Experiment.from_settings({"data.n": 60, "training.steps": 5, "network.layers": "4"}))
    with pytest.raises(ValueError, match="dtype must be one of float32, float64"):
        export_onnx(run, tmp_path / "run.onnx", dtype="float16")
    with pytest.raises(ValueError, match="no finite weights"):
        export_onnx(Run.without_steps(run.experiment, "stopped", ""), tmp_path / "run.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="run pip install onnx"):
        export_onnx(run, tmp_path / "run.onnx")
    assert not list(tmp_path.iterdir())
