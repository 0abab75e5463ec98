"""A weighted sum of losses as its parts: terms with data that could each be a loss of their own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..model.formulas.tree import ZERO, Node, number
from .algebra import join
from .loss_code import Part, Place

Named = tuple[str, Place | None]  # how the code writes a tree, and where


def parts_of(tree: Node, written: Mapping[Node, Named], variables: Mapping[Node, Named]) -> tuple[Part, ...]:
    """The parts of a loss, two or more, or none.

    `variables` are the trees that the code gave a name, which are not taken apart; `written` how it writes any.
    """
    terms = list(_terms(tree, 1.0, variables, True))
    losses = []
    for weight, term in terms:
        text, place = _named(term, written, variables)
        if _has_data(term):
            losses.append(Part(text, weight, term, place))
    if len(losses) < 2 or not all(_is_loss(part.tree) for part in losses):
        return ()
    rest = [(weight, term) for weight, term in terms if not _has_data(term)]
    return tuple(_with_rest(losses, rest))


def _terms(tree: Node, weight: float, variables: Mapping[Node, Named], top: bool) -> Iterator[tuple[float, Node]]:
    """The terms of a sum with their weights, through brackets that a number multiplies."""
    named = tree in variables and not top
    if named or (tree.op == "add" and {each.op for each in tree.of} == {"when", "unless"}):
        yield weight, tree
    elif tree.op in ("add", "sub"):
        yield from _terms(tree.of[0], weight, variables, False)
        yield from _terms(tree.of[1], weight if tree.op == "add" else -weight, variables, False)
    elif tree.op == "neg":
        yield from _terms(tree.of[0], -weight, variables, top)
    elif tree.op == "mul" and any(each.op == "number" for each in tree.of):
        factor, other = sorted(tree.of, key=lambda each: each.op != "number")
        yield from _terms(other, weight * factor.value, variables, top)
    elif tree.op == "div" and tree.of[1].op == "number":
        yield from _terms(tree.of[0], weight / tree.of[1].value, variables, top)
    else:
        yield weight, tree


def _named(tree: Node, written: Mapping[Node, Named], variables: Mapping[Node, Named]) -> Named:
    return variables.get(tree) or written.get(tree) or ("", None)


def _has_data(tree: Node) -> bool:
    return bool(tree.names & {"r", "y", "mu"})


def _is_loss(tree: Node) -> bool:
    return "r" in tree.names or {"y", "mu"} <= tree.names


def _with_rest(losses: Sequence[Part], rest: Sequence[tuple[float, Node]]) -> Iterator[Part]:
    """Terms without data belong to the part that has their outputs too."""
    own: dict[int, Node] = {}
    for weight, term in rest:
        shared = [at for at, part in enumerate(losses) if part.tree.names & term.names]
        at = shared[-1] if shared else len(losses) - 1
        if not term.names:
            continue
        scaled = join("mul", number(weight / losses[at].weight), term)
        own[at] = join("add", own.get(at, ZERO), scaled)
    for at, part in enumerate(losses):
        yield replace(part, tree=join("add", part.tree, own[at])) if at in own else part
