"""A loss and its readings as lines of torch, printed from their formulas: for scripts, and for lines to copy.

Nothing that a person typed reaches a script but through its parsed tree.
"""

from collections.abc import Collection, Iterator

from ...source import source
from ..formulas import read
from ..formulas.operations import half_step
from ..formulas.printing import ATOM, SUM, Written, torch_of
from ..formulas.tree import Node
from ..readings import Reading
from .row import Loss, Output, Parameter
from .trees import trees_of

_LONGEST = 100  # characters of a line; a longer sum is added up over several
_ALSO_CALLED = {"mu": "mean"}
HALF_STEP = source(half_step, "half_step")


def called(loss: Loss) -> tuple[str, ...]:
    """What its outputs are called in code; () where they are a list of any length."""
    return tuple(map(_name, loss.symbols)) if all(loss.symbols) else ()


def unpacked(loss: Loss) -> list[str]:
    """The line that takes its outputs from a list, if they have names."""
    names = called(loss)
    return [f"{', '.join(names)} = outputs" if len(names) > 1 else f"({names[0]},) = outputs"] if names else []


def head(loss: Loss) -> list[str]:
    """The line that makes the log of the spread from what the net gives; none where the net gives that."""
    if loss.head.is_own or loss.spread_at is None:
        return []
    output = loss.outputs[loss.spread_at]
    tree = loss.head.log_spread(output.log_power, output.symbol)
    return [f"{_name(output.symbol)} = {torch_of(tree, _names(loss.symbols))[0]}  # the head: {loss.head.label}"]


def constants(loss: Loss) -> dict[str, list[float]]:
    """Lists that the lines of a loss by hand use: its parameters, by the name of the setting."""
    return {loss.settings[0].upper(): list(loss.values)} if loss.by_hand is not None and loss.values else {}


def parameters(loss: Loss, *, in_training_units: bool) -> list[str]:
    """A line for each named number of its formula."""
    if loss.by_hand is not None:
        return []
    return [f"{each.name} = {each.value!r}{_in_units(each) if in_training_units else ''}" for each in loss.parameters]


def _in_units(parameter: Parameter) -> str:
    """How a parameter follows the unit of y where y is divided by y_scale."""
    factor = f" * y_scale**{-parameter.power:g}".removesuffix("**1") if parameter.power else ""
    return factor + (f" - {parameter.log_power:g} * math.log(y_scale)" if parameter.log_power else "")


def objective(loss: Loss, *, in_training_units: bool) -> list[str]:
    """Lines that end in `loss = …`, what training makes small per point, from y and the outputs.

    With a formula that is worked out in the unit of y, they bring y and outputs in training units back to it.
    """
    if loss.by_hand is not None:
        return loss.by_hand.code.splitlines()
    trees, names = trees_of(loss), _names(loss.symbols)
    lines: list[str] = []
    if in_training_units and loss.y_unit is not None:
        lines.append("r = y_scale * (y - mean)")
        if trees.objective.names & {"y", "mu"}:
            lines.append("y, mean = y_shift + y_scale * y, y_shift + y_scale * mean")
        names["r"] = "r", ATOM
    floats = {parameter.name for parameter in loss.parameters}
    for name, tree in trees.where:
        lines.append(f"{name} = {torch_of(tree, names, floats)[0]}")
        floats |= {name} if tree.names <= floats else set()
    (_, first), *others = _addends(trees.objective)
    lines.append(f"loss = {torch_of(first, names, floats)[0]}")
    for mark, tree in others:
        text, holds = torch_of(tree, names, floats)
        more = f" {mark} {text if holds > SUM or mark == '+' else f'({text})'}"
        lines += [f"loss = loss{more}"] if len(lines[-1] + more) > _LONGEST else [lines.pop() + more]
    return lines


def _addends(node: Node) -> Iterator[tuple[str, Node]]:
    """The parts of a sum, each with the mark before it."""
    if node.op not in ("add", "sub"):
        yield "+", node
        return
    left, right = node.of
    yield from _addends(left)
    yield ("+" if node.op == "add" else "-"), right


def density(loss: Loss, reading: str) -> list[str]:
    """Lines that return −log density of y, read like this, from outputs in the unit of y."""
    row = loss.reading(reading)
    given = dict(zip(row.parameters, loss.values, strict=False))
    numbers = [f"{name} = torch.full_like(y, {value!r})" for name, value in given.items()]
    return [*numbers, *_formulas(row, ()), *row.distribution.density.splitlines()]


def std(loss: Loss, reading: str) -> list[str]:
    """Lines that end in `std = …`, of what the outputs are read as."""
    row = loss.reading(reading)
    if not loss.has_scale:
        return ["std = ((y - mean.detach()) ** 2).mean().sqrt()"]
    if row.distribution.std_code:
        return row.distribution.std_code.splitlines()
    lines = _formulas(row, row.parameters)
    if "std" in dict(row.formulas):
        return lines
    tree = read(row.distribution.std, (*row.distribution.needs, *row.parameters))
    return [*lines, f"std = {torch_of(tree, {}, row.parameters)[0]}"]


def _formulas(row: Reading, floats: Collection[str]) -> list[str]:
    known, lines = [*row.outputs, *row.parameters], []
    for name, text in row.formulas:
        lines.append(f"{name} = {torch_of(read(text, tuple(known)), _names(row.outputs), floats)[0]}")
        known.append(name)
    return lines


def in_unit_of_y(loss: Loss) -> list[str]:
    """Lines that bring its outputs to the unit of y, each by its own law."""
    if not called(loss):
        return [f"outputs = [{', '.join(_groups(loss))}]"]
    lines = []
    for output in loss.outputs:
        name = _name(output.symbol)
        if output.in_unit:
            names: dict[str, Written] = {"shift": ("y_shift", ATOM), "scale": ("y_scale", ATOM)}
            tree = read(output.in_unit, (*loss.symbols, "shift", "scale"))
            lines.append(f"{name} = {torch_of(tree, names, ('shift', 'scale'))[0]}")
        elif (law := _law(output, name)) != name:
            lines.append(f"{name} = {law}")
    return lines


def _groups(loss: Loss) -> Iterator[str]:
    """The outputs of a list, those of one law together."""
    begin = 0
    for end in range(1, len(loss.outputs) + 1):
        if end < len(loss.outputs) and _law(loss.outputs[end], "q") == _law(loss.outputs[begin], "q"):
            continue
        which = "outputs" if (begin, end) == (0, len(loss.outputs)) else f"outputs[{begin}:{end}]"
        law = _law(loss.outputs[begin], "q")
        yield f"*{which}" if law == "q" else f"*({law} for q in {which})"
        begin = end


def _law(output: Output, name: str) -> str:
    if output.is_location:
        return f"y_shift + y_scale * {name}"
    if output.power:
        return f"y_scale**{output.power:g} * {name}"
    return f"{name} + {output.log_power:g} * math.log(y_scale)" if output.log_power else name


def _name(symbol: str) -> str:
    return _ALSO_CALLED.get(symbol, symbol)


def _names(symbols: Collection[str]) -> dict[str, Written]:
    names: dict[str, Written] = {symbol: (_name(symbol), ATOM) for symbol in symbols}
    return names | {"r": ("y - mean", SUM)}
