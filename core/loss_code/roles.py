"""Which name of the code is what: from a person's choice, its spelling, its place, and what is left."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..model.formulas.tree import Node
from .leaves import CALL, PROBLEM, Leaf
from .loss_code import CodeError, Role
from .role_context import (
    CLEAR,
    INDEX,
    LENT,
    PLACED,
    RESIDUALS,
    Context,
    Guess,
    differences,
    may_be_target,
)
from .spellings import spelled, value_of
from .values import LEAF, ONE

LATENT = "in a term without the target"
_COLUMN = 1.9  # and the column of an array
_SURE = 2.0  # from which a second name may be the target or the mean too
_AGAIN = 0.3  # less, for a name that its array lends
OUTPUTS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_DATA = RESIDUALS | {"target", "mean"}
_REGULARISER = re.compile(r"parameters\(|\.weights?$|\.losses$|trainable_")
_HANDED = re.compile(r"^(batch|data|sample|item|b|args|inputs)$")  # the arrays that a loader hands over
_ERROR = re.compile(r"(?i)err|sigma|std|noise|^dy$")
_LOSS = re.compile(r"(?i)loss|task|cost|^l[12]$")
_MODEL = re.compile(
    r"^(self\.)?(\w+\.)*_?(model|net|network|mlp|nn|module|forward|apply|predict|f|fn|encoder|decoder|head|fc\w*|mu\w*|mean\w*|out\w*|regressor|linear\w*|dense\w*)\("
)


def guesses(leaf: Leaf) -> Iterator[Guess]:
    """What speaks for each kind."""
    called = leaf.name.partition("(")[0] if leaf.kind == CALL else leaf.name
    bare = INDEX.sub("", called)
    for alias in leaf.aliases:
        for kind, weight in spelled(alias).items():
            yield Guess(kind, weight, f"the name {alias}")
    for lent in leaf.lent:
        for kind, weight in spelled(lent).items():
            yield Guess(kind, min(weight, LENT), f"the name {lent}")
    if leaf.column is None:
        for kind, weight in spelled(bare.rpartition(".")[2]).items():
            yield Guess(kind, weight, "its name")
    elif isinstance(leaf.column, str) and not leaf.column[:1].isdigit():
        for kind, weight in spelled(leaf.column.strip("'\"")).items():
            yield Guess(kind, weight, "its name")
    if leaf.column is not None and not _HANDED.search(leaf.base):
        whole = spelled(INDEX.sub("", leaf.base).rpartition(".")[2])
        yield from _of_column(leaf, whole)
    if _REGULARISER.search(leaf.name):
        yield Guess("regulariser", 4.0, "the net's weights")
    if leaf.column is not None and _HANDED.search(leaf.base):
        for kind, weight in spelled(leaf.name).items():
            yield Guess(kind, weight, "its name")
    for kind, why in leaf.hints:
        yield Guess(kind, PLACED, why)


def _of_column(leaf: Leaf, whole: Mapping[str, float]) -> Iterator[Guess]:
    """A column: the first of outputs is the mean, the next a scale; columns of a target are targets."""
    best = max(whole, key=lambda kind: whole[kind], default="mean")
    if best in ("mean", "constant", "regulariser", "mixing", "weight"):
        first = leaf.column in (0, "0", "0:1", ":, 0")
        yield Guess("mean" if first else "second", _COLUMN, f"column {leaf.column} of {leaf.base}")
    else:
        yield Guess(best, whole[best] - _AGAIN, f"the name {leaf.base}")
    # Its variable may say otherwise.
    if leaf.name != leaf.base and not leaf.name.startswith(leaf.base):
        for kind, weight in spelled(leaf.name).items():
            yield Guess(kind, weight, "its name")


def assigned(leaves: list[Leaf], tree: Node, chosen: Mapping[str, str | float]) -> tuple[dict[str, Role], list[Leaf]]:
    """A role for each leaf, in order of use, and the leaves that none could be found for."""
    roles: dict[str, Role] = {}
    for leaf in leaves:
        if leaf.name in chosen:
            choice = chosen[leaf.name]
            if isinstance(choice, str):
                value = value_of(leaf.name) if choice == "constant" else None
                roles[leaf.name] = Role(leaf.name, choice, value, True, "your choice")
            else:
                roles[leaf.name] = Role(leaf.name, "constant", float(choice), True, "your choice")
    pairs, context = list(differences(tree)), Context.of(tree, leaves)
    free = [leaf for leaf in leaves if leaf.name not in roles and leaf.kind != PROBLEM]
    strange = [leaf for leaf in free if _is_strange(leaf)]
    free = [leaf for leaf in free if leaf not in strange]
    speaks = sorted(
        ((guess, leaf) for leaf in free for guess in (*context.guesses(leaf), *guesses(leaf))),
        key=lambda pair: (-pair[0].weight, pair[1].order),
    )
    met = {name for pair in pairs for name in pair}
    for guess, leaf in speaks:
        if leaf.name in roles or not _fits(guess, leaf, roles, pairs, met, context.faced):
            continue
        roles[leaf.name] = Role(leaf.name, guess.kind, _value(guess.kind, leaf), False, guess.why)
    left = [leaf for leaf in free if leaf.name not in roles]
    for leaf in left:
        kind, why = _by_place(leaf, roles, pairs)
        if kind:
            roles[leaf.name] = Role(leaf.name, kind, _value(kind, leaf), False, why)
    left = [leaf for leaf in free if leaf.name not in roles]
    for kind in ("target", "mean", "second"):
        if len(left) == 1 and not any(role.kind == kind for role in roles.values()) and _may_be(kind, roles, left[0]):
            roles[left[0].name] = Role(left[0].name, kind, None, False, "everything else has a role")
            left = []
    if not any(role.kind in _DATA for role in roles.values()):  # exp(-s)*loss_reg + s
        for leaf in leaves:
            if (
                _LOSS.search(leaf.name)
                and leaf.kind != CALL
                and (leaf in left or (leaf.name in roles and roles[leaf.name].kind == "regulariser"))
            ):
                roles[leaf.name] = Role(
                    leaf.name, "squared_residual", None, False, "a loss, assumed to be a squared error"
                )
        left = [leaf for leaf in left if leaf.name not in roles]
    for name in _latent(tree, roles):
        roles[name] = Role(name, "regulariser", None, False, LATENT)
    for name, role in roles.items():
        if role.kind == "constant" and role.value == 1.0 and not role.chosen and _is_share(name, tree):
            roles[name] = replace(role, value=0.5)
    return _numbered(leaves, roles), [leaf for leaf in leaves if leaf in left or leaf in strange]


def _is_share(name: str, tree: Node) -> bool:
    """Whether 1 minus it stands there too."""
    return any(node.op == "sub" and node.of == (ONE, Node(LEAF + name)) for node in tree.walk())


def _latent(tree: Node, roles: Mapping[str, Role]) -> set[str]:
    """The names in terms that have a mean and share no name with those that have the target: a VAE's KL."""
    groups: list[set[str]] = []
    for term in _terms(tree):
        names = {name.removeprefix(LEAF) for name in term.names if name.startswith(LEAF)}
        names -= {name for name in names if name in roles and roles[name].kind == "constant"}
        joined = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*joined)]
    kinds = [{roles[name].kind for name in group if name in roles} for group in groups]
    latent = [not each & (_DATA - {"mean"}) for each in kinds]
    if all(latent) or not any("mean" in each for each, is_latent in zip(kinds, latent, strict=True) if is_latent):
        return set()
    return {name for group, is_latent in zip(groups, latent, strict=True) if is_latent for name in group}


def _terms(tree: Node) -> Iterator[Node]:
    """The terms of a sum, through brackets that a number multiplies."""
    numbers = [each.op == "number" for each in tree.of]
    if tree.op in ("add", "sub", "neg") or (tree.op == "mul" and any(numbers)) or (tree.op == "div" and numbers[1]):
        for each in tree.of:
            yield from _terms(each)
    else:
        yield tree


def _is_strange(leaf: Leaf) -> bool:
    """Whether it is what an unknown function makes of outputs or of the target, such as frob(s)."""
    name = leaf.base if leaf.column is not None else leaf.name
    if not (leaf.kind == CALL or leaf.of_net) or "(" not in name or _MODEL.match(name):
        return False
    inside = [each.strip() for each in name.partition("(")[2].rpartition(")")[0].split(",") if "=" not in each]
    # What several names are unpacked from may well be a net, of observations or the like.
    kinds = {"mean", "second"} if leaf.of_net else {*(kind for each in inside for kind in spelled(each))}
    return any(
        each == "s" or max((weight for kind, weight in spelled(each).items() if kind in kinds), default=0.0) >= _SURE
        for each in inside
    )


def _value(kind: str, leaf: Leaf) -> float | None:
    name = leaf.name
    if kind == "constant" and leaf.initial is not None:
        return leaf.initial
    if kind == "constant" and name == "pi":
        return math.pi
    return value_of(name.rpartition(".")[2]) if kind == "constant" else None


def _fits(
    guess: Guess,
    leaf: Leaf,
    roles: Mapping[str, Role],
    pairs: list[tuple[str, str]],
    met: set[str],
    faced: frozenset[str],
) -> bool:
    """Whether it may be that beside what is known already."""
    kinds = [role.kind for role in roles.values()]
    if guess.kind in ("target", "mean") and guess.kind in kinds:
        others = {other for pair in pairs if leaf.name in pair for other in pair} - {leaf.name}
        if any(other in roles and roles[other].kind == guess.kind for other in others):
            return False
        if _shares(leaf.name, guess.kind, roles, pairs):
            return False
        return guess.weight > _SURE
    if guess.kind == "constant" and (leaf.column is not None or leaf.kind == CALL):
        is_bound = leaf.initial is not None and guess.weight > CLEAR  # one that is trained
        return is_bound or bool(_HANDED.search(leaf.base))
    if guess.kind == "weight" and leaf.of_net and _ERROR.search(leaf.name):  # σ_obs that a net gives is no data
        return False
    if guess.kind == "target" and guess.weight < CLEAR and not may_be_target(leaf):
        return False
    if guess.kind in ("second", "constant", "residual") and guess.weight < CLEAR and leaf.name in faced:
        return False
    if guess.kind in ("residual", "squared_residual", "absolute_residual", "gaussian_nll") and leaf.name in met:
        return False
    if guess.kind == "residual" and guess.weight < _SURE:
        return not {"target", "mean"} & set(kinds)
    return not (guess.kind == "constant" and guess.weight < _SURE and leaf.name in met)


def _shares(name: str, kind: str, roles: Mapping[str, Role], pairs: list[tuple[str, str]]) -> bool:
    """Whether another name of this kind is subtracted from the very same one: then it is an output beside it."""
    partners = {other for pair in pairs if name in pair for other in pair} - {name}
    same = {other for pair in pairs if partners & set(pair) for other in pair} - partners - {name}
    return any(other in roles and roles[other].kind == kind for other in same)


def _by_place(leaf: Leaf, roles: Mapping[str, Role], pairs: list[tuple[str, str]]) -> tuple[str, str]:
    """What a leaf is beside the leaf that it is subtracted from."""
    for pair in pairs:
        if leaf.name not in pair:
            continue
        other = pair[0] if pair[1] == leaf.name else pair[1]
        if other in roles and roles[other].kind == "target" and _shares(leaf.name, "mean", roles, pairs):
            return "second", f"it is in a difference with {other}, next to the mean"
        if other in roles and roles[other].kind == "mean" and not may_be_target(leaf):
            continue
        if other in roles and roles[other].kind in ("target", "mean"):
            return ("mean" if roles[other].kind == "target" else "target"), f"it is in a difference with {other}"
    return "", ""


def _may_be(kind: str, roles: Mapping[str, Role], leaf: Leaf) -> bool:
    kinds = {role.kind for role in roles.values()}
    if leaf.kind == CALL and not _MODEL.match(leaf.name):
        return False
    if kind == "target" and not may_be_target(leaf):
        return False
    if kind in ("target", "mean"):
        return not kinds & RESIDUALS
    return True


def _numbered(leaves: list[Leaf], roles: dict[str, Role]) -> dict[str, Role]:
    """Outputs beside the mean are second, third and fourth in the order in which the code names them."""
    taken = {role.kind for role in roles.values() if role.chosen}
    names = iter([kind for kind in OUTPUTS if kind not in taken])
    ordered = {}
    for leaf in sorted(leaves, key=lambda leaf: leaf.order):
        role = roles.get(leaf.name)
        if role is None:
            continue
        if role.kind in OUTPUTS and not role.chosen:
            kind = next(names, "")
            if not kind:
                raise CodeError(
                    "A loss can have at most nine outputs here, but this has more. Paste the loss of a few of them."
                )
            role = Role(role.name, kind, role.value, False, role.why)
        ordered[leaf.name] = role
    return ordered
