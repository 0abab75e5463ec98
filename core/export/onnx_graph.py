"""An ONNX graph that is written by arithmetic: values with operators, and a namespace of functions like numpy's.

The laboratory's formulas work on arrays of any `xp`. With a `Graph` for `xp` they write its nodes. It needs the package
onnx only where the graph becomes a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

OPSET = 17  # of 2022, which every runtime in use reads


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor of the graph, (n,) or (n, width), by its name."""

    graph: "Graph"
    name: str
    width: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """(−1, width): how many rows there are is not known."""
        return -1, self.width

    def __getitem__(self, at: tuple[Any, int]) -> "Value":
        return self.graph.node("Gather", self, self.graph.whole(at[-1]), axis=1)

    def __add__(self, other: Any) -> "Value":
        return self.graph.node("Add", self, other)

    def __radd__(self, other: Any) -> "Value":
        return self.graph.node("Add", other, self)

    def __sub__(self, other: Any) -> "Value":
        return self.graph.node("Sub", self, other)

    def __rsub__(self, other: Any) -> "Value":
        return self.graph.node("Sub", other, self)

    def __mul__(self, other: Any) -> "Value":
        return self.graph.node("Mul", self, other)

    def __rmul__(self, other: Any) -> "Value":
        return self.graph.node("Mul", other, self)

    def __truediv__(self, other: Any) -> "Value":
        return self.graph.node("Div", self, other)

    def __rtruediv__(self, other: Any) -> "Value":
        return self.graph.node("Div", other, self)

    def __pow__(self, other: Any) -> "Value":
        return self.graph.node("Pow", self, other)

    def __neg__(self) -> "Value":
        return self.graph.node("Neg", self)

    def __gt__(self, other: Any) -> "Value":
        return self.graph.node("Greater", self, other)


@dataclass
class Graph:
    """Nodes and constants of one graph, all of one precision, and the functions that write them."""

    dtype: type[np.floating]
    nodes: list[tuple[str, tuple[str, ...], str, dict[str, Any]]] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    _numbers: dict[float, Value] = field(default_factory=dict)

    def node(self, op: str, *inputs: Any, width: int = 0, **attributes: Any) -> Value:
        """The value of one more node; numbers among its inputs become constants."""
        names = tuple(each.name if isinstance(each, Value) else self.number(each).name for each in inputs)
        made = Value(self, f"v{len(self.nodes)}", width or max(getattr(each, "width", 0) for each in inputs))
        self.nodes.append((op, names, made.name, attributes))
        return made if op != "Gather" else Value(self, made.name)

    def number(self, value: float) -> Value:
        """A constant without axes."""
        value = float(value)
        if value not in self._numbers:
            self._numbers[value] = self.array(np.array(value))
        return self._numbers[value]

    def array(self, values: np.ndarray) -> Value:
        """A constant (…, width)."""
        return self._constant(np.asarray(values, dtype=self.dtype))

    def whole(self, *values: int) -> Value:
        """Whole numbers: one without axes, several as (k,)."""
        return self._constant(np.array(values[0] if len(values) == 1 else values, dtype=np.int64))

    def _constant(self, values: np.ndarray) -> Value:
        name = f"c{len(self.constants)}"
        self.constants[name] = values
        return Value(self, name, values.shape[-1] if values.ndim else 0)

    def affine(self, bias: Value, hidden: Value, weight: Value) -> Value:
        """bias + hidden @ weight."""
        return self.node("Gemm", hidden, weight, bias, width=weight.width)

    def columns(self, values: Sequence[Value]) -> Value:
        """Values (n,) side by side, (n, k)."""
        axis = self._constant(np.array([1], dtype=np.int64))
        return self.node("Concat", *(self.node("Unsqueeze", each, axis, width=1) for each in values), axis=1)

    def softmax(self, values: Sequence[Value]) -> list[Value]:
        """exp of each over the sum of them all."""
        shares = self.node("Softmax", self.columns(values), axis=1)
        return [shares[..., k] for k in range(len(values))]

    # What formulas call, by the names in numpy and torch.
    def exp(self, x: Value) -> Value:
        """eˣ."""
        return self.node("Exp", x)

    def log(self, x: Value) -> Value:
        """Natural logarithm."""
        return self.node("Log", x)

    def log1p(self, x: Value) -> Value:
        """log(1 + x)."""
        return self.log(1.0 + x)

    def expm1(self, x: Value) -> Value:
        """eˣ − 1."""
        return self.exp(x) - 1.0

    def sqrt(self, x: Value) -> Value:
        """Square root."""
        return self.node("Sqrt", x)

    def abs(self, x: Value) -> Value:
        """Absolute value."""
        return self.node("Abs", x)

    def tanh(self, x: Value) -> Value:
        """Hyperbolic tangent."""
        return self.node("Tanh", x)

    def sigmoid(self, x: Value) -> Value:
        """1/(1 + e⁻ˣ)."""
        return self.node("Sigmoid", x)

    def cosh(self, x: Value) -> Value:
        """Hyperbolic cosine."""
        return (self.exp(x) + self.exp(-x)) * 0.5

    def sign(self, x: Value) -> Value:
        """−1, 0 or 1."""
        return self.node("Sign", x)

    def relu(self, x: Value) -> Value:
        """max(x, 0)."""
        return self.node("Relu", x)

    def erf(self, x: Value) -> Value:
        """The error function, in float32: runtimes have no other."""
        inner = self.node("Erf", self.node("Cast", x, to=_FLOAT))
        return self.node("Cast", inner, to=self.code)

    def maximum(self, x: Value, z: Value) -> Value:
        """The larger one of each pair."""
        return self.node("Max", x, z)

    def minimum(self, x: Value, z: Value) -> Value:
        """The smaller one of each pair."""
        return self.node("Min", x, z)

    def clip(self, x: Value, low: float, high: float) -> Value:
        """x within low … high."""
        return self.node("Clip", x, low, high)

    def where(self, condition: Value, x: Any, z: Any) -> Value:
        """x where the condition holds, else z."""
        return self.node("Where", condition, x, z)

    def logaddexp(self, x: Value, z: Value) -> Value:
        """log(eˣ + eᶻ) without overflow."""
        return self.maximum(x, z) + self.log1p(self.exp(-self.abs(x - z)))

    def zeros_like(self, x: Value) -> Value:
        """0, which takes the shape of what it is used with."""
        return self.number(0.0)

    def full_like(self, x: Value, value: float) -> Value:
        """A number, which takes the shape of what it is used with."""
        return self.number(value)

    @property
    def code(self) -> int:
        """The number of its precision in ONNX."""
        return _FLOAT if self.dtype is np.float32 else _DOUBLE

    def model(self, rows: int, outputs: dict[str, tuple[Value, int]], words: dict[str, str]) -> Any:
        """The graph as an ONNX model: "x" (N, rows) in, `outputs` by name, (N,) or (N, k), and words as metadata.

        Raises ImportError without the package onnx.
        """
        try:
            from onnx import checker, helper, numpy_helper  # type: ignore[import-not-found]
        except ModuleNotFoundError:
            raise ImportError("An ONNX file needs the package onnx: run pip install onnx.") from None
        nodes = [helper.make_node(op, names, [made], **more) for op, names, made, more in self.nodes]
        nodes += [helper.make_node("Identity", [value.name], [name]) for name, (value, _) in outputs.items()]
        graph = helper.make_graph(
            nodes,
            "run",
            [helper.make_tensor_value_info("x", self.code, ["N", rows])],
            [
                helper.make_tensor_value_info(name, self.code, ["N", k] if k else ["N"])
                for name, (_, k) in outputs.items()
            ],
            [numpy_helper.from_array(values, name) for name, values in self.constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        helper.set_model_props(model, words)
        checker.check_model(model, full_check=True)
        return model


_FLOAT, _DOUBLE = 1, 11  # of onnx.TensorProto
