"""A loss that was copied from a paper, in LaTeX or as plain math text, read into the project's trees.

The text falls into statements, these into members of a chain of equations. The last member that can be read and has
data in it is the loss; names on the left of other statements are put in. Nothing is typeset, and no macro expanded.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ..model.formulas import read
from ..model.formulas.tree import Node, made, number
from . import math_names
from .loss_code import ROLES, CodeError, CodeRemark, LossCode, Place, Quantity, Reduction, Role
from .math_cursor import Stretch, Unreadable, simplified
from .math_laws import log_of, with_half_steps
from .math_names import guessed, key_of
from .math_parser import MathParser
from .math_statements import Member, Statement, statements
from .math_tokens import math_tokens
from .sources import Source, source_of

__all__ = ["read_latex"]

LONGEST = 4_000  # characters of a formula
_OUTPUTS = ("mu", "s", "t", "u")


def read_latex(given: str | Source, roles: Mapping[str, str | float] | None = None) -> LossCode:
    """The loss that a formula states; `roles` are those that a person chose, by the name as written.

    Raises CodeError, in one sentence with the place.
    """
    source = given if isinstance(given, Source) else source_of(given)
    return _read(source, tuple(sorted((roles or {}).items(), key=str)))


@lru_cache(maxsize=64)
def _read(source: Source, chosen: tuple[tuple[str, str | float], ...]) -> LossCode:
    if len(source.text) > LONGEST:
        raise CodeError(f"A formula has at most {LONGEST:,} characters and this has {len(source.text):,}.")
    found = statements(source)
    loss, definitions = _chosen(source, found)
    try:
        return _Reading(source, found, loss, definitions, chosen).code()
    except ArithmeticError as error:
        raise CodeError(f"The formula cannot be computed: {error}.") from None


def _chosen(source: Source, statements: Sequence[Statement]) -> tuple[Member, dict[str, Node]]:
    """The loss, and the trees of the names that other statements define."""
    used = {name for one in statements for member in one.members for name in member.tree.names}
    last = [(one, one.members[-1]) for one in statements if one.members]
    heads = [(one, member) for one, member in last if f"[{one.defines}]" not in used or not one.defines]
    heads = [(one, member) for one, member in heads if len(member.tree.names) > 1] or heads
    if not heads:
        failures = [failure for one in statements for failure in one.failures]
        raise CodeError(_sentence(source, failures))
    loss_statement, loss = max(heads, key=lambda head: (_weight(head[1].tree), -statements.index(head[0])))
    if loss_statement.likelihood:
        loss = replace(loss, tree=made("neg", log_of(loss.tree)))
    failed = loss_statement.failures
    if len(loss.tree.names) < 2 and failed:
        raise CodeError(_sentence(source, failed))
    definitions = {one.defines: member.tree for one, member in last if one.defines and one is not loss_statement}
    return loss, definitions


def _weight(tree: Node) -> int:
    """How much a tree looks like a whole loss."""
    ops = {node.op for node in tree.walk()}
    return len(tree.names) + 2 * bool(ops & {"log", "exp", "abs", "power", "sqrt", "max"}) + 2 * ("sub" in ops)


def _sentence(source: Source, failures: Sequence[Unreadable]) -> str:
    if not failures:
        return "There is no formula here: write a loss such as 0.5*exp(-s)*r**2 + 0.5*s."
    failure = max(failures, key=lambda one: one.token.start)
    line, column = _place_of(source, failure.token.start)
    sign = source.text[failure.token.start : failure.token.end] or "the end"
    return f"The formula cannot be read at line {line}, column {column}, “{sign[:24]}”: {failure.why}."


def _place_of(source: Source, at: int) -> tuple[int, int]:
    before = source.text[:at]
    return source.at(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)


class _Reading:
    """One formula on its way to a LossCode."""

    def __init__(
        self,
        source: Source,
        statements: Sequence[Statement],
        loss: Member,
        definitions: Mapping[str, Node],
        chosen: tuple[tuple[str, str | float], ...],
    ):
        self.source, self.statements, self.loss, self.chosen = source, statements, loss, chosen
        self.definitions = self.usable(definitions)
        self.tree = self.expanded(loss.tree)
        self.keys = [name[1:-1] for name in self.tree.names if name[:1] == "["]

    def usable(self, definitions: Mapping[str, Node]) -> dict[str, Node]:
        """Those to put in. s := log σ² where σ stands nowhere else says what s is, and s stays the output."""
        given = set(self.loss.tree.names).union(*(tree.names for tree in definitions.values()))
        found = {}
        for key, tree in definitions.items():
            names = tree.names
            scale_alone = len(names) == 1 and not any(f"[{other}]" in names for other in definitions)
            elsewhere = self.loss.tree.names | {
                name for other, node in definitions.items() if other != key for name in node.names
            }
            if f"[{key}]" in given and not (scale_alone and _takes_log(tree) and not names & elsewhere):
                found[key] = tree
        return found

    def expanded(self, tree: Node) -> Node:
        """The tree with what is defined put in, at most so often as there are definitions."""
        for _ in self.definitions:
            here = {f"[{key}]": node for key, node in self.definitions.items()}
            if not tree.names & set(here):
                break
            tree = put(tree, here)
        return tree

    def code(self) -> LossCode:
        """What was read."""
        roles = self.roles()
        trees = {f"[{key}]": _role_tree(role) for key, role in roles.items()}
        trained = with_half_steps(put(self.tree, trees))
        if not trained.names & {"y", "r"}:
            raise CodeError(
                "The formula's target is not clear. Call it y and the predicted mean μ, or choose their roles."
            )
        tree = _without_stop(trained)
        outputs = tuple(name for name in _OUTPUTS if name in tree.names or (name == "mu" and "r" in tree.names))
        return LossCode(
            source=self.source.text,
            language=self.source.kind,
            framework="",
            function="",
            functions=(),
            tree=tree,
            trained=trained if trained != tree else None,
            outputs=outputs,
            roles=tuple(roles.values()),
            quantities=tuple(self.quantities(trees)),
            parts=(),
            reduction=self.reduction(roles),
            remarks=(CodeRemark("function_of_mean", self.source.text, "note"),) if self.loss.parser.roots else (),
        )

    def roles(self) -> dict[str, Role]:
        """A role for each key; raises CodeError with all names that have none."""
        seen = self.seen()
        picked = {self.key(name): kind for name, kind in self.chosen}
        left = [key for key in self.keys if key not in picked]
        guesses = guessed(sorted(left, key=lambda key: seen[key]), self.tree, self.loss.parser.applied)
        unknown = sorted((seen[key], key) for key in left if key not in guesses)
        if unknown:
            raise CodeError(self.unknown(unknown))
        found = {}
        for key in sorted(self.keys, key=lambda key: seen[key]):
            written = self.source.text[slice(*seen[key])]
            if key in picked:
                kind = picked[key]
                value = None if isinstance(kind, str) else float(kind)
                kind = "constant" if isinstance(kind, float | int) else kind
                if kind not in ROLES:
                    raise CodeError(f"{written} cannot be a {str(kind)[:40]}: choose one of {', '.join(ROLES)}.")
                found[key] = Role(written, kind, value, True, "you chose it")
            else:
                found[key] = math_names.as_role(written, guesses[key])
        return found

    def seen(self) -> dict[str, tuple[int, int]]:
        """Where each key was first written."""
        found: dict[str, tuple[int, int]] = {}
        for member in (self.loss, *(member for one in self.statements for member in one.members)):
            for key, place in member.parser.seen.items():
                found.setdefault(key, place)
        return found

    def key(self, name: str) -> str:
        """The key of a name as a person writes it."""
        parser = MathParser(tuple(math_tokens(name, self.source.kind == "latex")))
        try:
            parser.whole()
        except Unreadable:
            return key_of(name)
        return next(iter(parser.seen), key_of(name))

    def unknown(self, names: Sequence[tuple[tuple[int, int], str]]) -> str:
        said = []
        for (start, end), _ in names:
            line, column = _place_of(self.source, start)
            said.append(f"“{self.source.text[start:end]}” (line {line}, column {column})")
        what = "these names stand for, choose their roles" if len(said) > 1 else "this name stands for, choose its role"
        return f"It is not clear what {what}: {', '.join(said)}."

    def quantities(self, trees: Mapping[str, Node]) -> Iterator[Quantity]:
        """What stands in the formula in outputs other than the mean alone, once each."""
        found: set[Node] = set()
        others = set(_OUTPUTS[1:])
        members = (
            self.loss,
            *(one.members[-1] for one in self.statements if one.members and one.members[-1] is not self.loss),
        )
        stretches = [stretch for member in members for stretch in member.parser.stretches]
        for stretch in sorted(stretches, key=lambda one: (one.end - one.start, one.start)):
            names = self.expanded(stretch.tree).names
            if not names or not names <= set(trees):
                continue
            tree = _without_stop(put(self.expanded(stretch.tree), trees))
            if (
                tree.names
                and tree.names <= others
                and tree not in found
                and "lgamma" not in {n.op for n in tree.walk()}
            ):
                found.add(tree)
                yield Quantity(self.named(stretch), self.written(stretch), tree, self.place(stretch))

    def named(self, stretch: Stretch) -> str:
        return self.written(stretch) if not stretch.tree.of else ""

    def written(self, stretch: Stretch) -> str:
        return " ".join(self.source.text[stretch.start : stretch.end].split())

    def place(self, stretch: Stretch) -> Place:
        return Place(*_place_of(self.source, stretch.start), *_place_of(self.source, stretch.end))

    def reduction(self, roles: Mapping[str, Role]) -> Reduction:
        """Mean or sum over points, and over outputs where a second sum stands."""
        parser = self.loss.parser
        divided = any(key in math_names.COUNTS and role.kind == "constant" for key, role in roles.items())
        if not parser.sums:
            return Reduction("mean" if parser.means else "none")
        points = "mean" if divided or parser.means else "sum"
        if len(parser.sums) == 1 and parser.sums[0][:1] in ("d", "k", "c", "o"):
            return Reduction("none", points)
        return Reduction(points, "sum" if len(set(parser.sums)) > 1 else "none")


def _takes_log(tree: Node) -> bool:
    bare = tree
    while bare.op in ("mul", "div", "neg"):
        bare = bare.of[1] if bare.op == "mul" and bare.of[0].op == "number" else bare.of[0]
    return bare.op == "log" and (not bare.of[0].of or (bare.of[0].op == "power" and not bare.of[0].of[0].of))


def _role_tree(role: Role) -> Node:
    if role.kind in ("weight", "mask"):
        return number(1.0)
    if role.kind == "constant":
        return number(1.0 if role.value is None else role.value)
    if role.kind == "regulariser":
        return number(0.0)
    return read(ROLES[role.kind].makes, ("r", "y", "mu", "s", "t", "u")).put({})


def put(tree: Node, trees: Mapping[str, Node]) -> Node:
    """`Node.put`, for trees that may hold log Γ."""
    if not tree.of:
        return trees.get(tree.op, tree)
    below = [put(node, trees) for node in tree.of]
    if tree.op == "power":
        return simplified("pow", *below, number(tree.value))
    return simplified(tree.op, *below)


def _without_stop(tree: Node) -> Node:
    """The tree with what stop(…) holds in its place."""
    if not tree.of:
        return tree
    below = [_without_stop(node) for node in tree.of]
    if tree.op == "stop":
        return below[0]
    return simplified("pow", *below, number(tree.value)) if tree.op == "power" else simplified(tree.op, *below)
