"""DENSITIES: log densities per point as trees, for N(y; μ, σ²) and its kin in a formula of a text."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from scipy import special

from ..model.formulas.tree import Node, made, number

__all__ = ["DENSITIES", "SPECIAL", "density", "log_gamma", "log_of", "with_half_steps"]

HALF = number(0.5)


def _normal(y: Node, mean: Node, var: Node) -> Node:
    """−½(y − μ)²/σ² − ½ log 2πσ²."""
    if _is_scale(var):
        var = made("square", var)
    squared = made("div", made("mul", HALF, made("square", made("sub", y, mean))), var)
    norm = made("mul", HALF, made("log", made("mul", number(2 * math.pi), var)))
    return made("neg", made("add", squared, norm))


def _laplace(y: Node, mean: Node, scale: Node) -> Node:
    """−|y − μ|/b − log 2b."""
    part = made("div", made("abs", made("sub", y, mean)), scale)
    return made("neg", made("add", part, made("log", made("mul", number(2.0), scale))))


def _cauchy(y: Node, middle: Node, scale: Node) -> Node:
    """−log πγ(1 + z²)."""
    z = made("div", made("sub", y, middle), scale)
    return made("neg", made("add", made("log", made("mul", number(math.pi), scale)), made("log1p", made("square", z))))


def _student(y: Node, middle: Node, scale: Node, df: Node) -> Node:
    """log Γ((ν+1)/2) − log Γ(ν/2) − ½ log νπτ² − (ν+1)/2·log(1 + (y − μ)²/ντ²); the scale is given squared."""
    if _is_scale(scale):
        scale = made("square", scale)
    spread = made("mul", df, scale)
    far = made("log1p", made("div", made("square", made("sub", y, middle)), spread))
    tail = made("mul", made("mul", HALF, made("add", df, number(1.0))), far)
    norm = made("mul", HALF, made("log", made("mul", number(math.pi), spread)))
    return made("sub", made("sub", made("half_step", made("mul", HALF, df)), norm), tail)


def _is_scale(node: Node) -> bool:
    """Whether somebody wrote σ where the convention has σ²: the letter alone, which is never a variance."""
    return not node.of and node.op.strip("[]").split(" ")[-1] in ("sigma", "std", "scale", "tau")


DENSITIES: Mapping[str, tuple[int, Callable[..., Node]]] = MappingProxyType(
    {"normal": (3, _normal), "laplace": (3, _laplace), "cauchy": (3, _cauchy), "student": (4, _student)}
)


def density(law: str, of: Sequence[Node]) -> Node | None:
    """The density of a law; of y where only the parameters are given; None where they are too few or too many."""
    count, log_density = DENSITIES[law]
    of = [Node("[y]"), *of] if len(of) == count - 1 else of
    return made("exp", log_density(*of)) if len(of) == count else None


def log_of(node: Node) -> Node:
    """The log of a tree; of a product of an exp that of its factors, so that a log density is no log of an exp."""
    if node.op == "exp":
        return node.of[0]
    if node.op in ("mul", "div") and any(below.op == "exp" for below in node.of):
        return made("add" if node.op == "mul" else "sub", *map(log_of, node.of))
    return made("log", node)


def log_gamma(node: Node) -> Node:
    """log Γ of a tree; a number where that is one."""
    return number(float(special.gammaln(node.value))) if node.op == "number" else Node("lgamma", (node,))


def _gamma(node: Node) -> Node:
    """Γ, as the exp of its log, of which a log is taken nearly always."""
    return made("exp", log_gamma(node))


def _cdf(node: Node) -> Node:
    """Φ, the standard normal's distribution: ½(1 + erf(z/√2))."""
    return made("mul", HALF, made("add", number(1.0), made("erf", made("div", node, number(math.sqrt(2))))))


def _pdf(node: Node) -> Node:
    """φ, the standard normal's density."""
    bell = made("exp", made("neg", made("mul", HALF, made("square", node))))
    return made("div", bell, number(math.sqrt(2 * math.pi)))


# Letters that are functions where a bracket follows.
SPECIAL: Mapping[str, Callable[[Node], Node]] = MappingProxyType({"Gamma": _gamma, "Phi": _cdf, "phi": _pdf})


def with_half_steps(tree: Node) -> Node:
    """The tree with log Γ(a + ½) − log Γ(a) as one operation, which keeps its digits; other log Γ stay."""
    terms = list(_terms(tree, 1.0))
    waiting = [(node.of[0], sign) for node, sign in terms if node.op == "lgamma"]
    kept = [(node, sign) for node, sign in terms if node.op != "lgamma"]
    while waiting:
        of, sign = waiting.pop()
        partner = next((one for one in waiting if one[1] == -sign and _half_apart(of, one[0])), None)
        if partner is None:
            kept.append((Node("lgamma", (of,)), sign))
            continue
        waiting.remove(partner)
        lower, up = (partner[0], sign) if _half_apart(of, partner[0]) == 1 else (of, -sign)
        kept.append((made("half_step", lower), up))
    if len(kept) == len(terms):
        return tree
    whole = number(0.0)
    for node, sign in kept:
        whole = made("add" if sign > 0 else "sub", whole, node)
    return whole


def _terms(node: Node, sign: float) -> Iterator[tuple[Node, float]]:
    """The terms of a sum with their signs."""
    if node.op == "neg":
        yield from _terms(node.of[0], -sign)
    elif node.op in ("add", "sub"):
        yield from _terms(node.of[0], sign)
        yield from _terms(node.of[1], sign if node.op == "add" else -sign)
    else:
        yield node, sign


def _half_apart(of: Node, than: Node) -> int:
    """1 where `of` is a half more than `than`, −1 where it is a half less, else 0: at a few values of their names."""
    names = sorted(of.names | than.names)
    steps = set()
    for shift in (0.7, 1.9, 3.3):
        at = {name: number(shift + 0.37 * i) for i, name in enumerate(names)}
        steps.add(round(of.put(at).value - than.put(at).value, 9))
    return {0.5: 1, -0.5: -1}.get(steps.pop(), 0) if len(steps) == 1 else 0
