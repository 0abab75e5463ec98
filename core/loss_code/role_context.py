"""What the whole of a loss says about the names in it, beside their spelling."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..model.formulas.tree import Node
from .leaves import CALL, Leaf
from .spellings import pieces, spelled
from .values import LEAF

PLACED = 2.2  # how strongly a place in a known function speaks
LENT = 1.7  # the name of what is made of it alone
RESIDUALS = frozenset(["residual", "minus_residual", "squared_residual", "absolute_residual", "gaussian_nll"])
INDEX = re.compile(r"\[[^\]]*\]$")
_EVIDENCE = MappingProxyType(
    {"nu": frozenset(["nu", "v", "lambda", "lam", "kappa"]), "alpha": frozenset(["alpha"]), "beta": frozenset(["beta"])}
)


@dataclass(frozen=True)
class Guess:
    """What a leaf may be, how strongly it speaks, and why."""

    kind: str
    weight: float
    why: str


def may_be_target(leaf: Leaf) -> bool:
    """Whether it may be the target although no name says so: what a net gave is not."""
    return not (leaf.of_net or leaf.kind == CALL)


@dataclass(frozen=True)
class Context:
    """What the whole says about its names: whether it is a mixture, or evidential."""

    mixture: bool
    evidential: bool
    logged: frozenset[str]  # what a log is taken of, alone
    bent: frozenset[str]  # what stands alone in an exp, a softplus …
    has_scale: bool  # another name is clearly that of a spread
    has_target: bool  # a name is clearly that of the target
    faced: frozenset[str]  # in a difference that is squared or made absolute
    first: frozenset[str]  # of these, those that stand first, where no name says which is the target
    last: frozenset[str]
    has_residual: bool
    theirs: frozenset[str]  # from what a net's output alone is subtracted, where its name says nothing
    alone: frozenset[str]  # of a target, what it alone is subtracted from

    @classmethod
    def of(cls, tree: Node, leaves: list[Leaf]) -> "Context":
        words = {word for leaf in leaves for word in pieces(leaf.name)}
        ops = {node.op for node in tree.walk()}
        evidential = bool("alpha" in words and words & _EVIDENCE["nu"] and ("beta" in words or "lgamma" in ops))
        logged = {
            name for node in tree.walk() if node.op == "log" and len(node.of[0].names) == 1 for name in node.names
        }
        bent = {name for node in tree.walk() if node.op in _BENDS and len(node.of[0].names) == 1 for name in node.names}
        says = {leaf.name: _clearly(leaf) for leaf in leaves}
        facing = [pair for pair in _facing(tree) if not {says.get(name) for name in pair} <= {"second"}]
        hinting = {leaf.name for leaf in leaves if _may_say(leaf)}
        unsaid = [pair for pair in facing if not hinting & set(pair)]
        met = set(_alone(tree, says, {leaf.name for leaf in leaves if not may_be_target(leaf)}))
        return cls(
            mixture=bool(ops & {"#logsumexp", "#total"}),
            evidential=evidential,
            logged=frozenset(name.removeprefix(LEAF) for name in logged),
            bent=frozenset(name.removeprefix(LEAF) for name in bent),
            has_scale="second" in says.values(),
            has_target="target" in says.values(),
            alone=frozenset(mean for _, mean in met),
            theirs=frozenset(target for target, _ in met if not says.get(target)),
            faced=frozenset(name for pair in facing for name in pair),
            first=frozenset(pair[0] for pair in unsaid),
            last=frozenset(pair[1] for pair in unsaid),
            has_residual=bool(RESIDUALS & set(says.values())),
        )

    def guesses(self, leaf: Leaf) -> Iterator[Guess]:
        if leaf.name == "pi" and not self.mixture and not leaf.hints:
            yield Guess("constant", 9.0, "the number π")
        words = set(pieces(leaf.name))
        says = spelled(leaf.name.rpartition(".")[2])
        placed = any(kind == "mean" for kind, _ in leaf.hints)
        if (
            leaf.name in self.logged
            and not placed
            and not {"target", "mixing"} & set(says)
            and says.get("mean", 0) < PLACED
            and not (self.has_scale and says.get("weight", 0) > PLACED)
        ):
            yield Guess("second", 3.5, "a std or variance, because its log is there too")
        second = not {"target", "mixing", "mask", "weight"} & set(says) and says.get("mean", 0) < PLACED
        if leaf.name in self.bent and not self.has_scale and second and not placed:
            yield Guess("second", 3.2, "it is in an exp, a softplus or similar")
        if leaf.name in self.first and may_be_target(leaf):
            yield Guess("target", 2.25, "it is first in a difference")
        if leaf.name in self.last:
            yield Guess("mean", 2.25, "it is second in a difference")
        if not self.has_target and not self.has_residual and "residual" in says:
            yield Guess("residual", says["residual"] + 1.2, "its name, without a target")
        if leaf.name in self.theirs:
            yield Guess("target", 2.3, "a prediction is subtracted from it")
        if leaf.name in self.alone:
            yield Guess("mean", 2.3, "it is subtracted from the target")
        if self.evidential and words & frozenset().union(*_EVIDENCE.values()):
            yield Guess("second", 4.0, "an output of an evidential network")
        elif self.evidential and "gamma" in words:
            yield Guess("mean", 4.0, "the mean of an evidential network")


_BENDS = frozenset(["exp", "softplus", "expm1", "sigmoid"])
CLEAR = 2.4


def _may_say(leaf: Leaf) -> bool:
    """Whether the name speaks for the target, the mean or a spread at all."""
    says = spelled(INDEX.sub("", leaf.base or leaf.name).rpartition(".")[2])
    clear = _clearly(leaf) in ("target", "mean", "second")
    return clear or max(says.get("target", 0.0), says.get("mean", 0.0)) > LENT - 0.2


def _clearly(leaf: Leaf) -> str:
    """The kind that a leaf's name or its variables' names clearly speak for; "" for none."""
    names = [*leaf.aliases, leaf.base if leaf.column is not None else leaf.name]
    for name in names:
        says = spelled(INDEX.sub("", name).rpartition(".")[2])
        best = max(says, key=lambda kind: says[kind], default="")
        if best and says[best] >= CLEAR:
            return best
    return ""


def _alone(tree: Node, says: Mapping[str, str], of_net: set[str]) -> Iterator[tuple[str, str]]:
    """A target with what alone is subtracted from it."""
    partners: dict[str, set[str]] = {}
    for pair in differences(tree):
        for one, other in (pair, pair[::-1]):
            unsaid = not says.get(one) and one not in of_net and (other in of_net or says.get(other) == "mean")
            is_target = says.get(one) == "target" or unsaid
            if is_target and says.get(other) != "target":
                partners.setdefault(one, set()).add(other)
    return ((one, next(iter(others))) for one, others in partners.items() if len(others) == 1)


def _facing(tree: Node) -> Iterator[tuple[str, str]]:
    """The pairs of leaves whose difference is squared or made absolute."""
    for node in tree.walk():
        below = node.of[0] if node.of else node
        if node.op == "mul" and node.of[0] != node.of[1]:
            continue
        if (node.op in ("abs", "mul") or (node.op == "power" and node.value == 2)) and below.op == "sub":
            yield from differences(below)


def differences(tree: Node) -> Iterator[tuple[str, str]]:
    """The pairs of leaves that are subtracted from one another."""
    seen: set[int] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += node.of
        if node.op == "sub" and all(each.op.startswith(LEAF) for each in node.of):
            yield node.of[0].op.removeprefix(LEAF), node.of[1].op.removeprefix(LEAF)
