"""Functions of arrays that are no formula: reductions, shapes, branches, mixtures, and stopped gradients."""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ..model.formulas.tree import Node, made, number
from .algebra import apply, combined, formula, has_leaf, join, sized
from .arguments import Arguments, CannotRead, rows
from .functions import X
from .values import LEAF, ONE, Sequence, Shape, Sizes, Tensor, constant

AXIS = "axis dim axes=None"
KEEP = "keep keepdim keepdims keep_dims=0"


def reduced(value: Tensor, axes: Any, keep: bool, power: int) -> Tensor:
    """The sum (power 1) or mean (power 0) over axes, None for all."""
    over = _over(value, axes)
    for axis in over:
        if axis not in value.reduced:
            value = sized(value, axis, power)
    shape = _left(value.shape, axes, keep)
    return replace(value, shape=shape, reduced=value.reduced | over, columns="", fresh=False)


def _over(value: Tensor, axes: Any) -> frozenset[str]:
    """Whether an axis is that of the points or of the outputs."""
    shape = value.shape
    if axes is None:
        wide = shape is not None and len(shape) > 1 and shape[-1] != 1
        return frozenset(["points", "outputs"] if wide else ["points"])
    if shape is not None and len(shape) == 1:
        return frozenset(["points"])
    return frozenset("points" if axis == 0 else "outputs" for axis in axes)


def _left(shape: Shape, axes: Any, keep: bool) -> Shape:
    if axes is None:
        return ()
    if shape is None:
        return None
    gone = {axis % len(shape) for axis in axes} if shape else set()
    return tuple(1 if at in gone else dim for at, dim in enumerate(shape) if keep or at not in gone)


def axes_of(given: Arguments) -> tuple[int, ...] | None:
    """The axes that a function is given; None for all. Raises CannotRead."""
    axis = given.given.get("axis")
    if isinstance(axis, Sequence):
        found = [given.world.tensor(each).number for each in axis.items]
    elif isinstance(axis, Tensor):
        found = [axis.number]
    else:
        return None
    return tuple(int(each) for each in found if each is not None) or None


def _reduction(power: int) -> Any:
    def reduce(given: Arguments) -> Any:
        value = given.given["x"]
        if isinstance(value, Sequence):
            return _over_items(given, value, power)
        tensor = given.tensor("x")
        if given.has("weights"):
            tensor = apply("mul", given.tensor("weights"), tensor)
        if given.has("mask"):
            given.world.remark("masked_mean", "note")
        return reduced(tensor, axes_of(given), given.flag("keep"), power)

    return reduce


def _over_items(given: Arguments, items: Sequence, power: int) -> Tensor:
    """The sum or mean of a list of arrays: over the list alone where an axis is given."""
    tensors = [given.world.tensor(each) for each in items.items]
    if not tensors:
        return constant(0)
    total = tensors[0]
    for each in tensors[1:]:
        total = apply("add", total, each)
    if not power:
        total = apply("div", total, constant(len(tensors)))
    return total if axes_of(given) is not None or given.name == "sum" else reduced(total, None, False, power)


def _batch_statistic(given: Arguments) -> Tensor:
    value, axes = given.tensor("x"), axes_of(given)
    if axes is None or 0 in axes:
        given.world.remark("batch_statistic", "mistake" if axes is None else "warning", function=given.name)
    made = given.world.statistic(given.node)
    return replace(made, shape=_left(value.shape, axes, given.flag("keep")))


def _same(given: Arguments) -> Any:
    value = given.given["x"]
    return value if isinstance(value, Sequence) else given.tensor("x")


_RESHAPED: Mapping[tuple[float | None, ...], Shape] = MappingProxyType({(-1,): ("N",), (-1, 1): ("N", 1)})


def _reshaped(given: Arguments) -> Tensor:
    value = given.tensor("x")
    sizes = [each.number for each in given.others.get("*", ()) if isinstance(each, Tensor)]
    shape = _RESHAPED.get(tuple(sizes)) if given.name in ("view", "reshape") else None
    return replace(value, shape=() if value.shape == () else shape, fresh=value.fresh)


def _flat(given: Arguments) -> Tensor:
    return replace(given.tensor("x"), shape=("N",), sure=True)


def _squeezed(given: Arguments) -> Tensor:
    value = given.tensor("x")
    if value.shape is None:
        return replace(value, shape=("N",), sure=axes_of(given) is not None)
    return replace(value, shape=tuple(dim for dim in value.shape if dim != 1))


def _unsqueezed(given: Arguments) -> Tensor:
    value, axes = given.tensor("x"), axes_of(given)
    if value.shape is None or axes is None:
        return replace(value, shape=("N", 1) if axes in ((1,), (-1,)) else None, sure=False)
    shape = list(value.shape)
    shape.insert(axes[0] if axes[0] >= 0 else len(shape) + 1 + axes[0], 1)
    return replace(value, shape=tuple(shape))


def _stopped(given: Arguments) -> Any:
    value = given.given["x"]
    if isinstance(value, Sequence):
        return Sequence(tuple(stopped(given.world.tensor(each)) for each in value.items))
    return stopped(given.tensor("x"))


def stopped(value: Tensor) -> Tensor:
    """The same value, with no gradient through it."""
    return replace(value, tree=join("stop", value.tree) if has_leaf(value.tree) else value.tree, columns="")


def _plain(given: Arguments) -> Any:
    """A number out of an array, which has no gradient; a loss that is told so is that loss."""
    value = given.given["x"]
    return value if isinstance(value, Tensor) and _is_loss(value) else _stopped(given)


def _is_loss(value: Tensor) -> bool:
    """Whether it is reduced, of two names or more."""
    return bool(value.reduced) and len([name for name in value.tree.names if name.startswith(LEAF)]) > 1


def _filled(value: float) -> Any:
    def fill(given: Arguments) -> Tensor:
        like = given.given.get("x")
        shape = like.shape if isinstance(like, Tensor) and given.name.endswith("_like") else None
        return Tensor(number(value), shape, sure=False)

    return fill


def _full(given: Arguments) -> Tensor:
    return replace(given.tensor("value"), shape=None)


def _where(given: Arguments) -> Tensor:
    if not given.has("x"):
        raise CannotRead("where needs two values: one where the condition is true, one where it is false")
    return chosen(given.tensor("condition"), given.tensor("x"), given.tensor("z"))


def chosen(condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """where(condition, yes, no)."""
    tree, then, other = condition.tree, "when", "unless"
    if tree.op in ("when", "unless") and tree.of[1] == ONE:
        then, other = (then, other) if tree.op == "when" else (other, then)
        tree = tree.of[0]
    elif tree.op == "number":
        return yes if tree.value else no
    else:
        tree = join("sub", tree, number(0.5))
    both = join("add", join(then, tree, yes.tree), join(other, tree, no.tree))
    return combined(both, [condition, yes, no])


def _logsumexp(given: Arguments) -> Tensor:
    value = given.given["x"]
    if isinstance(value, Sequence):
        total = given.world.tensor(value.items[0])
        for each in value.items[1:]:
            other = given.world.tensor(each)
            total = apply("add", other, formula("softplus(x)", {"x": apply("sub", total, other)}))
        return total
    tensor = given.tensor("x")
    return replace(tensor.made(Node("#logsumexp", (tensor.tree,))), shape=_left(tensor.shape, axes_of(given), False))


def _log_softmax(given: Arguments) -> Tensor:
    tensor = given.tensor("x")
    return tensor.made(join("sub", tensor.tree, Node("#logsumexp", (tensor.tree,))))


def _softmax(given: Arguments) -> Tensor:
    value = _log_softmax(given)
    return value.made(join("exp", value.tree))


def _extreme(op: str) -> Any:
    def extreme(given: Arguments) -> Any:
        value, other = given.given["x"], given.given.get("z")
        tensors = list(value.items) if isinstance(value, Sequence) else [value, other]
        tensors = [given.world.tensor(each) for each in tensors if each is not None]
        if len(tensors) == 1 or (other is not None and given.world.tensor(other).shape == () and given.name[0] == "a"):
            raise CannotRead(f"{given.name} over an axis is not a loss per point")
        total = tensors[0]
        for each in tensors[1:]:
            total = apply(op, total, each)
        return total

    return extreme


def _columns(keep: str) -> Any:
    def columns(given: Arguments) -> Any:
        value = given.given["x"]
        return value if isinstance(value, Sequence) else replace(given.tensor("x"), columns=keep, fresh=False)

    return columns


def _stack(given: Arguments) -> Any:
    value = given.given["x"]
    return value if isinstance(value, Sequence) else given.tensor("x")


def _norm(given: Arguments) -> Tensor:
    value, order = given.tensor("x"), given.number("p", 2.0)
    if order == 1:
        return reduced(apply("abs", value), axes_of(given), given.flag("keep"), 1)
    if order != 2:
        raise CannotRead("a norm is of order 1 or 2")
    axes = axes_of(given) or (None if given.has("p") or given.name == "norm" else (-1,))
    square = reduced(formula("x**2", {"x": value}), axes, given.flag("keep"), 1)
    return replace(apply("abs", value), shape=square.shape, reduced=square.reduced, norm_of=square)


def _length(given: Arguments) -> Any:
    value = given.given["x"]
    if isinstance(value, Sequence):
        return constant(len(value.items))
    return Tensor(ONE, (), (1, 0))


def _element_count(given: Arguments) -> Tensor:
    shape = given.tensor("x").shape
    wide = shape is not None and len(shape) > 1 and shape[-1] != 1
    return Tensor(ONE, (), (1, int(wide)))


def _sizes(given: Arguments) -> Any:
    sizes, axes = Sizes(given.tensor("x")), axes_of(given)
    return sizes if axes is None else size_of(sizes, axes[0])


def size_of(sizes: Sizes, axis: int) -> Tensor:
    """The length of an axis."""
    shape = sizes.of.shape
    if axis == 0 or (shape is not None and len(shape) == 1):
        return Tensor(ONE, (), (1, 0))
    if shape is not None and len(shape) > axis >= -len(shape) and isinstance(shape[axis], int):
        return constant(float(shape[axis]))
    return Tensor(ONE, (), (0, 1))


def compared(op: str, a: Tensor, b: Tensor) -> Tensor:
    """a < b and the like, 1 where it holds and else 0."""
    swapped, negated = {"gt": (0, 0), "lt": (1, 0), "ge": (1, 1), "le": (0, 1)}[op]
    difference = made("sub", b.tree, a.tree) if swapped else made("sub", a.tree, b.tree)
    return combined(join("unless" if negated else "when", difference, ONE), [a, b])


def _comparison(op: str) -> Any:
    return lambda given: compared(op, given.tensor("x"), given.tensor("z"))


def inverted(value: Tensor) -> Tensor:
    """not a condition."""
    swap = {"when": "unless", "unless": "when"}
    if value.tree.op in swap and value.tree.of[1] == ONE:
        return value.made(Node(swap[value.tree.op], value.tree.of))
    return value.made(join("sub", ONE, value.tree))


def _finite(given: Arguments) -> Tensor:
    return given.world.mask(given.node)


XZ = "x input a self x1|z other b x2 y value"
_IDENTITY = (
    "float double half bfloat16 long to cuda cpu type cast astype contiguous clone requires_grad_ as_tensor"
    " tensor array asarray convert_to_tensor constant identity nan_to_num numpy type_as"
    " copy int ensure_shape check_numerics FloatTensor from_numpy float32 float64 detach_ device_put atleast_1d Tensor"
    " positive real"
)
_FRESH_SHAPE = (
    "reshape view view_as reshape_as expand expand_as broadcast_to transpose permute t swapaxes repeat tile movedim"
    " repeat_elements permute_dimensions rearrange moveaxis repeat_interleave matrix_transpose adjoint"
)
ARRAY_FUNCTIONS = rows(
    {
        "mean reduce_mean nanmean average masked_mean global_mean": (
            f"x input a self tensor input_tensor values|{AXIS}|{KEEP}|weights=None|mask where=None",
            _reduction(0),
        ),
        "sum reduce_sum nansum fsum": (
            f"x input a self tensor input_tensor values|{AXIS}|{KEEP}|mask where=None",
            _reduction(1),
        ),
        "var std variance reduce_variance reduce_std nanvar nanstd var_mean": (f"{X}|{AXIS}|{KEEP}", _batch_statistic),
        _IDENTITY: ("x input a self tensor data value object array inputs initial_value=None", _same),
        _FRESH_SHAPE: (X, _reshaped),
        "flatten ravel batch_flatten": (X, _flat),
        "squeeze": (f"{X}|{AXIS}", _squeezed),
        "unsqueeze expand_dims": (f"{X}|{AXIS}", _unsqueezed),
        "detach stop_gradient": (f"{X} variables", _stopped),
        "item tolist": (X, _plain),
        "zeros_like zeros": ("x input a self shape size=None", _filled(0.0)),
        "ones_like ones": ("x input a self shape size=None", _filled(1.0)),
        "full full_like fill": ("x input a self shape size dims|value fill_value", _full),
        "where cond select_where": ("condition cond mask pred|x input self a=None|z other y b=None", _where),
        "logsumexp reduce_logsumexp": (f"{X} input_tensor|{AXIS}|{KEEP}", _logsumexp),
        "softmax": (f"{X}|{AXIS}", _softmax),
        "log_softmax": (f"{X}|{AXIS}", _log_softmax),
        "max": ("x input a self x1|z other b x2 y=None", _extreme("max")),
        "min": ("x input a self x1|z other b x2 y=None", _extreme("min")),
        "chunk split tensor_split vsplit hsplit dsplit array_split": (
            f"{X} ary value|sections=None|{AXIS}",
            _columns("keep"),
        ),
        "unbind unstack": (f"{X} value|{AXIS}", _columns("drop")),
        "stack cat concat concatenate hstack vstack column_stack": (f"{X} tensors values arrays xs|{AXIS}", _stack),
        "norm vector_norm": (f"{X} ord_x|p ord order=2|{AXIS}|{KEEP}", _norm),
        "len": (X, _length),
        "numel nelement size_of count_elements": (X, _element_count),
        "size shape int_shape get_shape": (f"{X}|{AXIS}", _sizes),
        "gt greater": (XZ, _comparison("gt")),
        "lt less": (XZ, _comparison("lt")),
        "ge greater_equal": (XZ, _comparison("ge")),
        "le less_equal": (XZ, _comparison("le")),
        "isfinite": (X, _finite),
        "isnan isinf": (X, lambda given: inverted(_finite(given))),
        "logical_not bitwise_not": (X, lambda given: inverted(given.tensor("x"))),
        "logical_and": (XZ, lambda given: apply("mul", given.tensor("x"), given.tensor("z"))),
        "logical_or": (XZ, lambda given: apply("max", given.tensor("x"), given.tensor("z"))),
    }
)


def product(items: Many[Tensor]) -> Tensor:
    """The product of arrays."""
    total = constant(1)
    for each in items:
        total = apply("mul", total, each)
    return total
