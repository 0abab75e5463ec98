"""Mean and second moment of what outputs predict, written into an ONNX graph, by the readings of core's table."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import special

from ..model import readings
from ..model.formulas import read
from ..model.formulas.program import value
from ..model.losses import Loss
from ..model.readings import Family
from .onnx_graph import Graph, Value

Moments = tuple[Value, Value]
_LEAST_SLOPE = 1e-3  # as in core.distributions.quantiles


def moments(graph: Graph, loss: Loss, reading: str, outputs: Sequence[Value], log: bool) -> Moments:
    """Mean and variance of y for outputs (n,); with `log` the outputs predict log y, and these are E[y] and E[y²]."""
    row = loss.reading(reading)
    if not row.outputs:
        return _OF_LIST[row.distribution](graph, outputs, loss.values, log)
    given: dict[str, Any] = dict(zip(row.outputs, outputs, strict=False))
    given |= dict(zip(row.parameters, loss.values, strict=False))
    names = [(name, text) for name, text in row.formulas] + [("std_of_it", row.distribution.std)]
    given.setdefault("mean", outputs[0])
    for name, text in names:
        given[name] = value(read(text, tuple(given)).put({}), graph, given)
    std = given["std_of_it"]
    if not log:
        return given["mean"], std * std
    return _EXPONENTIAL[row.distribution](graph, given, 1.0), _EXPONENTIAL[row.distribution](graph, given, 2.0)


def _gaussian(graph: Graph, given: Mapping[str, Value], t: float) -> Value:
    return graph.exp(t * given["mean"] + 0.5 * t**2 * given["std"] ** 2.0)


def _laplace(graph: Graph, given: Mapping[str, Value], t: float) -> Value:
    left = 1.0 - (t * given["b"]) ** 2.0
    moment = graph.exp(t * given["mean"]) / graph.maximum(left, graph.number(1e-30))
    return graph.where(left > 0.0, moment, math.inf)


def _student(graph: Graph, given: Mapping[str, Value], t: float) -> Value:
    return given["mean"] * 0.0 + math.inf


def _mixture(graph: Graph, outputs: Sequence[Value], _: Sequence[float], log: bool) -> Moments:
    count = len(outputs) // 3
    shares = graph.softmax(outputs[:count])
    parts = list(zip(shares, outputs[count : 2 * count], map(graph.exp, outputs[2 * count :]), strict=True))
    if log:
        first, second = (
            _sum([w * graph.exp(t * mean + 0.5 * t**2 * std**2.0) for w, mean, std in parts]) for t in (1.0, 2.0)
        )
        return first, second
    mean = _sum([w * each for w, each, _ in parts])
    return mean, _sum([w * (std**2.0 + (each - mean) ** 2.0) for w, each, std in parts])


def _quantiles(graph: Graph, outputs: Sequence[Value], levels: Sequence[float], log: bool) -> Moments:
    """As `core.distributions.quantiles.QuantilePredictive`, on one value (n,) for each level."""
    z = special.ndtri(np.array(levels))
    edges = np.array([-np.inf, *z[1:-1], np.inf])
    pieces = _pieces(graph, _sorted(graph, outputs), z)
    if log:
        return _piecewise_exponential(graph, pieces, edges, 1.0), _piecewise_exponential(graph, pieces, edges, 2.0)
    density = np.exp(-0.5 * edges**2) / math.sqrt(2 * math.pi)
    share, first = np.diff(special.ndtr(edges)), -np.diff(density)
    second = share - np.diff(np.concatenate([[0.0], edges[1:-1] * density[1:-1], [0.0]]))
    mean = _sum([a * float(s) + b * float(f) for (a, b), s, f in zip(pieces, share, first, strict=True)])
    squares = [
        (a - mean) ** 2.0 * float(s) + 2.0 * (a - mean) * b * float(f) + b**2.0 * float(q)
        for (a, b), s, f, q in zip(pieces, share, first, second, strict=True)
    ]
    return mean, _sum(squares)


def _pieces(graph: Graph, values: Sequence[Value], z: np.ndarray) -> list[tuple[Value, Value]]:
    """(a, b) with y = a + b·z on each piece."""
    whole = (values[-1] - values[0]) * float(1 / (z[-1] - z[0]))
    largest = graph.maximum(graph.abs(values[0]), graph.abs(values[-1]))
    least = graph.maximum(_LEAST_SLOPE * whole, 1e-12 * largest + float(np.finfo(graph.dtype).tiny))
    gaps = np.diff(z).tolist()
    slopes = [
        graph.maximum((high - low) * (1 / gap), least) for (low, high), gap in zip(pairwise(values), gaps, strict=True)
    ]
    climb: list[Any] = [0.0]
    for slope, gap in zip(slopes, gaps, strict=True):
        climb.append(slope * gap + climb[-1])
    middle = len(z) // 2
    knots = [values[middle] + (each - climb[middle]) for each in climb]
    return [(knot - slope * float(at), slope) for knot, slope, at in zip(knots, slopes, z, strict=False)]


def _piecewise_exponential(graph: Graph, pieces: Sequence[tuple[Value, Value]], edges: np.ndarray, t: float) -> Value:
    each = []
    for (a, b), (low, high) in zip(pieces, pairwise(edges), strict=True):
        share = _ndtr(graph, high, t * b) - _ndtr(graph, low, t * b)
        each.append(graph.exp(t * a + 0.5 * t**2 * b**2.0) * share)
    return _sum(each)


def _ndtr(graph: Graph, edge: float, moved: Value) -> Any:
    """Φ(edge − moved)."""
    if not np.isfinite(edge):
        return float(edge > 0)
    return 0.5 * (1.0 + graph.erf((float(edge) - moved) * math.sqrt(0.5)))


def _sorted(graph: Graph, values: Sequence[Value]) -> list[Value]:
    """In rising order, by exchanges of neighbours."""
    rising = list(values)
    for end in range(len(rising) - 1, 0, -1):
        for i in range(end):
            rising[i], rising[i + 1] = graph.minimum(*rising[i : i + 2]), graph.maximum(*rising[i : i + 2])
    return rising


def _sum(values: Sequence[Value]) -> Value:
    total, *others = values
    for each in others:
        total = total + each
    return total


_EXPONENTIAL: Mapping[Family, Callable[..., Value]] = {
    readings.GAUSSIAN: _gaussian,
    readings.LAPLACE: _laplace,
    readings.STUDENT: _student,
}
_OF_LIST: Mapping[Family, Callable[..., Moments]] = {readings.MIXTURE: _mixture, readings.QUANTILES: _quantiles}
