"""From what was worked out to a LossCode: roles are put in, mixtures written out, parts and quantities found."""

import ast
from collections.abc import Mapping
from dataclasses import replace

from ..model.formulas import read
from ..model.formulas.tree import LARGEST, Node, number
from . import mixtures
from .algebra import put, without_stops
from .gaussian_kl import is_kl
from .leaves import CALL, PROBLEM, Leaf
from .libraries import framework_of
from .loss_code import ROLES, CodeError, LossCode, Part, Quantity, Reduction, Role
from .parts import Named, parts_of
from .putter import Putter
from .reader_state import ReaderState, Seen
from .roles import LATENT, OUTPUTS, assigned
from .spellings import spelled
from .values import LEAF, Tensor

MOST_TOLD = 8  # unknown names in one sentence
_BARE_PI = "pi"
_NO_ROLE = Role("", "")
_SYMBOLS = tuple(ROLES[kind].makes for kind in OUTPUTS)


def assembled(
    reader: ReaderState, function: str, functions: tuple[str, ...], result: Tensor, chosen: Mapping[str, str | float]
) -> LossCode:
    """The LossCode of the value that is the loss. Raises CodeError for names whose meaning is not known."""
    _check_choices(chosen)
    roles = _roles(reader, result, chosen)
    result = _over_components(reader, result, roles)
    pairs = mixtures.components(result.tree, roles)
    trees = {LEAF + name: _tree(role) for name, role in roles.items()}
    try:
        whole = _without_idle_stops(put(mixtures.written_out(result.tree, pairs), trees))
        plain = without_stops(whole)
    except ArithmeticError as error:
        raise CodeError(f"The loss cannot be computed: {error}. Choose other roles or numbers.") from None
    outputs = mixtures.outputs_of(plain) if pairs else _outputs(plain)
    if not outputs:
        raise CodeError("This loss contains no prediction, so there is nothing to train. Paste the lines that use one.")
    trees |= {leaf: pair[0] for leaf, pair in pairs.items()}
    putter = Putter(trees)
    _remark_untrained(reader, result.tree, roles)
    marked = {"stop", "#through"} & {node.op for node in whole.walk()}
    return LossCode(
        source=reader.source.text,
        language="python",
        framework=framework_of(reader.libraries),
        function=function,
        functions=functions,
        tree=plain,
        trained=_trained(whole) if marked else None,
        outputs=outputs,
        roles=_shown(reader, roles),
        quantities=_quantities(reader, putter, outputs),
        parts=_parts(reader, plain, putter),
        reduction=_reduction(result),
        remarks=tuple(reader.remarks.values()),
    )


def _remark_untrained(reader: ReaderState, tree: Node, roles: Mapping[str, Role]) -> None:
    """Remark on outputs that the loss has from a no_grad block alone, so that nothing trains them."""
    held = {node for node in tree.walk() if node.op == "stop"}
    trained = _names_outside(tree)
    for stop, block in reader.stopped:
        outputs = {name for name in stop.names if roles.get(name.removeprefix(LEAF), _NO_ROLE).kind in OUTPUTS}
        if stop in held and outputs and not outputs & trained:
            before, reader.node = reader.node, block
            reader.remark("no_grad", "mistake")
            reader.node = before


def _names_outside(node: Node) -> set[str]:
    """The names that stand in no stop."""
    if node.op == "stop":
        return set()
    if node.op == "#through":
        return _names_outside(node.of[1])
    return set(node.names) if not node.of else set().union(*map(_names_outside, node.of))


def _check_choices(chosen: Mapping[str, str | float]) -> None:
    for name, choice in chosen.items():
        if isinstance(choice, str) and choice not in ROLES:
            raise CodeError(f"“{name[:40]}” cannot be “{choice[:40]}”: choose one of {', '.join(ROLES)}, or a number.")
        if not isinstance(choice, str) and not abs(choice) <= LARGEST:
            raise CodeError(f"“{name[:40]}” cannot be {choice}: a constant is at most 1e12 in size.")


def _roles(reader: ReaderState, result: Tensor, chosen: Mapping[str, str | float]) -> dict[str, Role]:
    """The role of every name in the loss. Raises CodeError for those whose meaning is not known."""
    leaves = [reader.leaves.by_name[name] for name in _in_order(result.tree)]
    kl = {name: kind for name, kind in _of_kl(is_kl(result.tree)).items() if name not in chosen}
    roles, left = assigned(leaves, result.tree, {**kl, **chosen})
    troubles = [leaf for leaf in leaves if leaf.kind == PROBLEM and leaf.name not in roles]
    if troubles or left:
        unknown = [*troubles, *left]
        raise CodeError(_unknown(reader, unknown), names=tuple(dict.fromkeys(leaf.name for leaf in unknown)))
    if kl:
        reader.remark_at(result, "kl", "warning")
    if any(role.why == LATENT for role in roles.values()):
        reader.remark_at(result, "latent_kl", "note")
    for name in kl:
        roles[name] = replace(roles[name], chosen=False, why="its place in a KL between Gaussians")
    return roles


def _shown(reader: ReaderState, roles: Mapping[str, Role]) -> tuple[Role, ...]:
    """The roles, with the numbers that a person gave or that stand as defaults."""
    given = [Role(name, "constant", value, True, "your choice") for name, value in reader.given.items()]
    defaults = [
        Role(name, "constant", value, False, "its default")
        for name, value in reader.defaults.items()
        if name not in reader.given and "constant" in spelled(name)
    ]
    free = [role for role in roles.values() if role.name != _BARE_PI or role.kind != "constant"]
    names = {role.name for role in free}
    return (*free, *(role for role in (*given, *defaults) if role.name not in names))


def _of_kl(names: tuple[str, ...]) -> dict[str, str]:
    """The roles of a KL's names: those of the second Gaussian are given to it."""
    if len(names) == 4:
        return dict(zip(names, ("mean", "second", "target", "third"), strict=True))
    return dict(zip(names, ("mean", "second"), strict=False))


def _over_components(reader: ReaderState, result: Tensor, roles: Mapping[str, Role]) -> Tensor:
    """A sum over outputs with weights of a mixture in it, but no log of a sum: a mean of logs."""
    mixing = any(role.kind == "mixing" for role in roles.values())
    if not mixing or mixtures.is_mixture(result.tree) or "outputs" not in result.reduced:
        return result
    reader.remark_at(result, "mean_of_logs", "mistake")
    total = result.made(Node("#total", (result.tree,)))
    return replace(total, sizes=(result.sizes[0], 0), reduced=result.reduced - {"outputs"})


def _tree(role: Role) -> Node:
    if role.kind in ("weight", "mask", "mixing"):
        return number(1.0)
    if role.kind == "regulariser":
        return number(0.0)
    if role.kind == "constant":
        return number(1.0 if role.value is None else role.value)
    return read(ROLES[role.kind].makes, ("y", "mu", "r", *_SYMBOLS)).put({})


def _in_order(tree: Node) -> list[str]:
    return list(dict.fromkeys(node.op.removeprefix(LEAF) for node in tree.walk() if node.op.startswith(LEAF)))


def _without_idle_stops(node: Node) -> Node:
    """The tree without stops around what no output moves."""
    if not node.of:
        return node
    below = tuple(_without_idle_stops(each) for each in node.of)
    return below[0] if node.op == "stop" and below[0].names <= {"y"} else Node(node.op, below, node.value)


def _trained(node: Node) -> Node:
    """The tree as it is trained, with "#through" as sums."""
    if not node.of:
        return node
    below = [_trained(each) for each in node.of]
    if node.op == "#through":
        return Node("add", (below[1], Node("stop", (Node("sub", (below[0], below[1])),))))
    return Node(node.op, tuple(below), node.value)


def _outputs(tree: Node) -> tuple[str, ...]:
    names = [node.op for node in tree.walk() if not node.of]
    mean = ["mu"] if {"r", "mu"} & set(names) else []
    return (*mean, *(name for name in _SYMBOLS if name in names))


def _quantities(reader: ReaderState, putter: Putter, outputs: tuple[str, ...]) -> tuple[Quantity, ...]:
    made: dict[tuple[str, Node], Quantity] = {}
    others = set(outputs) - {"mu"}
    for seen in [*reader.assigned, *reader.seen.values()]:
        quantity = _quantity(reader, seen, putter, others)
        if quantity is not None and not (quantity.name == "" and any(tree == quantity.tree for _, tree in made)):
            made.setdefault((quantity.name, quantity.tree), quantity)
    return tuple(made.values())


def _quantity(reader: ReaderState, seen: Seen, putter: Putter, others: set[str]) -> Quantity | None:
    tree = putter.of(seen.value.tree)
    if tree is None or not tree.names or not tree.names <= others:
        return None
    return Quantity(seen.name, reader.text(seen.node), tree, reader.place(seen.node))


def _reduction(result: Tensor) -> Reduction:
    words = []
    for at, axis in enumerate(("points", "outputs")):
        power = result.sizes[at]
        if axis in result.reduced:
            words.append({0: "mean", 1: "sum"}.get(power, "other"))
        else:
            words.append("none" if power == 0 else "other")
    return Reduction(words[0], words[1], result.count)


def _unknown(reader: ReaderState, leaves: list[Leaf]) -> str:
    """One sentence with every name that is not known, by line and column."""
    parts = []
    for leaf in leaves:
        place = reader.place(leaf.node) if leaf.node is not None else None
        where = f" (line {place.line}, column {place.column})" if place else ""
        why = f", which {leaf.trouble}" if leaf.trouble.startswith(("is ", "means ")) else ""
        why = why or (f": {leaf.trouble}" if leaf.trouble else "")
        parts.append(f"“{_what(leaf)[:40]}”{where}{why}")
    more = f" and {len(parts) - MOST_TOLD} more" if len(parts) > MOST_TOLD else ""
    listed = ", ".join(parts[:MOST_TOLD]) + more
    return f"The meaning of {listed} is not known. Choose a role for each, or paste the lines that define it."


def _what(leaf: Leaf) -> str:
    """What is not known: of a call's result the function."""
    return ast.unparse(leaf.node.func) if leaf.kind == CALL and isinstance(leaf.node, ast.Call) else leaf.name


def _parts(reader: ReaderState, tree: Node, putter: Putter) -> tuple[Part, ...]:
    """The parts of the loss, by the trees that the code gave names."""
    written: dict[Node, Named] = {}
    variables: dict[Node, Named] = {}
    for seen in [*reader.assigned, *reader.seen.values()]:
        put_in = putter.of(seen.value.tree)
        if put_in is None:
            continue
        table = variables if seen.name or isinstance(seen.node, ast.Call) else written
        table.setdefault(put_in, (seen.name or reader.text(seen.node), reader.place(seen.node)))
    for leaf in reader.leaves.by_name.values():
        if LEAF + leaf.name in putter.trees and putter.trees[LEAF + leaf.name].of:
            place = reader.place(leaf.node) if leaf.node is not None else None
            variables.setdefault(putter.trees[LEAF + leaf.name], (leaf.name, place))
    return parts_of(tree, written, variables)
