"""A run as an ONNX file: mean and std of raw rows in any runtime, without Python, torch or the laboratory."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..experiment.loss_settings import loss_of
from ..model.bounds import BOUNDS
from ..model.formulas.program import value
from ..model.head import S
from ..model.losses.in_unit import in_unit
from ..model.networks import forward, split
from ..training.run import Run
from ..version import VERSION
from .onnx_graph import Graph, Value
from .onnx_moments import moments

_PRECISIONS: Mapping[str, type[np.floating]] = {"float32": np.float32, "float64": np.float64}

ACTIVATIONS_OF: Mapping[str, Callable[[Graph, Value], Value]] = {
    "tanh": lambda graph, x: graph.tanh(x),
    "relu": lambda graph, x: graph.relu(x),
    "silu": lambda graph, x: x * graph.sigmoid(x),
    "gelu": lambda graph, x: 0.5 * x * (1.0 + graph.erf(x * math.sqrt(0.5))),
    "elu": lambda graph, x: graph.where(x > 0.0, x, graph.expm1(graph.minimum(x, graph.number(0.0)))),
    "softplus": lambda graph, x: graph.logaddexp(x, graph.number(0.0)),
}


def export_onnx(run: Run, path: "str | Path", *, dtype: str = "float32") -> Path:
    """Write a run as an ONNX file, and return its path.

    Its input "x" (N, k) has the raw rows, in the order of its metadata "inputs"; a category is one column of 0 and 1
    for each word. Its outputs "mean" and "std" are (N,), in the unit of y; of D targets (N, D), in the order of the
    metadata "targets". They are those of `run.predict`: to some 1e-5 with "float32", 1e-6 with "float64".

    >>> session = onnxruntime.InferenceSession("run.onnx")  # doctest: +SKIP
    >>> mean, std = session.run(None, {"x": rows.astype("float32")})  # doctest: +SKIP

    Raises ValueError for a run without finite weights or another dtype, ImportError without the package onnx.
    """
    if dtype not in _PRECISIONS:
        raise ValueError(f"dtype must be one of {', '.join(_PRECISIONS)}, and it is {dtype!r}.")
    runs = list(run.by_target.values())
    if not all(each.has_curve for of_target in runs for each in of_target.predicting):
        raise ValueError(f"The run has no finite weights: its training ended as “{run.status}”, so train it again.")
    encoding = run.input_encoding
    words = {
        "made_by": f"heteroscope {VERSION}",
        "run": run.key,
        "inputs": json.dumps(list(encoding.inputs), ensure_ascii=False),
        "targets": json.dumps([each.input_encoding.target for each in runs], ensure_ascii=False),
    }
    graph = Graph(_PRECISIONS[dtype])
    each = [_mean_std(graph, one) for one in runs]
    mean, std = (values[0] if len(runs) == 1 else graph.columns(values) for values in zip(*each, strict=True))
    many = len(runs) if len(runs) > 1 else 0
    model = graph.model(len(encoding.inputs), {"mean": (mean, many), "std": (std, many)}, words)
    path = Path(path)
    path.write_bytes(model.SerializeToString())
    return path


def _mean_std(graph: Graph, run: Run) -> tuple[Value, Value]:
    """Mean and std of one target: of the equal mixture of the members that predict."""
    log = run.input_encoding.log_target
    found = [
        moments(graph, loss_of(one.experiment.loss), one.experiment.loss.reading, _outputs(graph, one), log)
        for one in run.predicting
    ]
    share = 1 / len(found)
    firsts, seconds = zip(*found, strict=True)
    mean = _sum(firsts) * share
    if log:  # E[y²]/E[y]² − 1 keeps more digits than a difference of two large numbers
        ratio = _sum(seconds) * share / mean**2.0
        std = mean * graph.sqrt(graph.maximum(ratio - 1.0, graph.number(0.0)))
        return mean, graph.where(ratio > np.finfo(graph.dtype).max, math.inf, std)
    variance = _sum(seconds) * share
    if len(found) > 1:
        variance = variance + _sum([(each - mean) ** 2.0 for each in firsts]) * share
    return mean, graph.sqrt(variance)


def _outputs(graph: Graph, run: Run) -> list[Value]:
    """The outputs (n,) of one network in the unit of y; a loss of a mean alone adds its constant log variance."""
    row, scaling, architecture = loss_of(run.experiment.loss), run.scaling, run.architecture
    x = Value(graph, "x", scaling.inputs)
    inside = (x - graph.array(np.array(scaling.x_shift))) / graph.array(np.array(scaling.x_scale))
    parts = [graph.array(part) for part in split(run.weights.astype(np.float64), architecture)]
    active = ACTIVATIONS_OF[architecture.activation]
    each: list[Any] = forward(
        parts, inside, architecture, activation=lambda hidden: active(graph, hidden), affine=graph.affine
    )
    if not row.head.is_own and row.spread_at is not None:
        tree = row.head.log_spread(row.outputs[row.spread_at].log_power)
        each[row.spread_at] = value(tree, graph, {S: each[row.spread_at]})
    bound = BOUNDS[row.limits.bound]
    if bound.moves_outputs:
        limits = row.in_training_units(scaling.y_shift, scaling.y_scale).limits
        each = list(bound.apply(graph, each[0], each, limits)[1])
    outputs = in_unit(graph, row, each, scaling.y_shift, scaling.y_scale, math.log)
    if not row.has_scale:
        outputs.append(outputs[0] * 0.0 + float(run.residual_log_variance or 0.0))
    return outputs


def _sum(values: Any) -> Value:
    total, *others = values
    for each in others:
        total = total + each
    return total
