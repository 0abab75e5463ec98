"""What the names of a formula are: one key for all ways to write a name, and tables of what stands for what."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from ..model.formulas.tree import Node
from .loss_code import Role

__all__ = ["ARGUMENTS", "INDICES", "guessed", "key_of", "leaf"]

# Subscripts that say which point, output or parameters, and are no part of a name.
INDICES = frozenset([*"ijnmktldpabwWxNy", "theta", "phi", "omega", "psi", "nn", "ij", "it"])
# Names that in brackets behind another name are what it is a function of.
ARGUMENTS = frozenset([*"xXzwWh", "theta", "phi", "omega", "psi", "xi", "Theta", "cal D", "cal X"])
_BASES = frozenset([*"ytsfmrxzbvwed", "mu", "sigma", "tau", "nu", "alpha", "beta", "gamma", "lambda", "eta"])


def leaf(key: str) -> Node:
    """A name whose role is not known yet, as a leaf of a tree."""
    return Node(f"[{key}]")


def key_of(spelt: str, below: str = "") -> str:
    """One key for a name: y_i and y are one, and so are ŷ, \\hat{y} and y_hat; σ_y stays apart from σ."""
    *accents, base = spelt.split(" ")
    head, _, tail = base.partition("_")
    if tail and head in _BASES:
        base, below = head, f"{tail.replace('_', ' ')} {below}"
    elif base in ("yhat", "ypred", "muhat", "ytrue"):
        base, below = base[:-4].rstrip("_") or "y", base[-4:].replace("hat", " hat").split(" ")[-1]
    if base in ("y", "t", "x"):
        below = below.replace("*", "star")
    kept = [word for word in re.split(r"[^\w^]+", below) if word and word not in INDICES]
    accents += [word for word in kept if word in ("hat", "tilde", "bar")]
    kept = [word for word in kept if word not in ("hat", "tilde", "bar")]
    return " ".join([*dict.fromkeys(accents), base, *kept])


def _rows(**kinds: str) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({kind: tuple(keys.split(", ")) for kind, keys in kinds.items()})


# The keys that are usual for each role, the most usual first.
USUAL = _rows(
    target="y, y true, target, y_true, t, Y, label, gt, y star, d, y obs, true, t true, x, z, q",
    mean="mu, hat y, hat mu, y pred, y_pred, f, hat f, mean, pred, prediction, m, gamma, hat t, bar y, tilde y, g, "
    "tilde mu, hat d, hat x, mu pred, output, bar mu, u, h, F, M, mu y, mu theta, eta 1, a, theta",
    second="sigma, hat sigma, log_var, logvar, log_variance, s, hat s, b, hat b, v, hat v, var, variance, std, scale, "
    "log_sigma, log_std, tilde sigma, Sigma, hat Sigma, sigma y, sigma a, sigma pred, rho, eta, eta 2, tau, lambda, "
    "phi, V, S, kappa, ell, alpha, beta, gamma, l, z, w, precision, prec, u, c",
    residual="r, err, error, residual, e, res, diff, Delta, delta, u, epsilon, xi",
)
NIG = ("gamma", "nu", "alpha", "beta")  # Amini et al. 2020, arXiv:1910.02600
KINDS = ("mean", "second", "third", "fourth")
# Constants whose value a formula leaves open: what is taken until somebody says better, and what that is.
CONSTANTS: Mapping[str, tuple[float, str]] = MappingProxyType(
    {
        "beta": (0.5, "the power of a β-NLL, as its authors advise"),
        "nu": (3.0, "degrees of freedom"),
        "tau": (0.9, "a quantile's level"),
        "q": (0.9, "a quantile's level"),
        "alpha": (0.5, "a weight"),
        "lambda": (0.1, "a weight"),
        "eta": (0.1, "a weight"),
        "gamma": (0.1, "a weight"),
        "kappa": (1.0, "a factor"),
        "delta": (1.0, "where a Huber loss turns"),
        "epsilon": (1e-6, "a small number against zero"),
        "eps": (1e-6, "a small number against zero"),
        "xi": (1e-6, "a small number against zero"),
    }
    | dict.fromkeys(("c", "C", "const", "constant", "Const", "Z", "c 0"), (0.0, "a constant that is added"))
    | dict.fromkeys(("lambda 1", "lambda 2", "w 1", "w 2", "w", "omega"), (1.0, "a weight"))
)
ERRORS = MappingProxyType(
    dict.fromkeys(("MSE", "mse", "SE", "cal L MSE", "L mse"), "squared_residual")
    | dict.fromkeys(("MAE", "mae", "AE"), "absolute_residual")
)
COUNTS = frozenset(
    ["N", "n", "M", "D", "K", "T", "B", "P", "m", "d", "L", "cal D", "cal B", "n_samples", "I", "S", "k"]
)
WITHOUT = frozenset(
    ["theta", "W", "w", "phi", "omega", "Theta", "L reg", "reg", "cal R", "R"]
)  # of a penalty on weights


def guessed(keys: Collection[str], tree: Node, of_x: Collection[str] = ()) -> dict[str, tuple[str, float | None, str]]:
    """Role, value and reason for each key of a tree that can be guessed; the others are left out.

    `of_x` are the keys that are written as functions of x, which no target is.
    """
    found: dict[str, tuple[str, float | None, str]] = {}
    left = dict.fromkeys(keys)

    def take(key: str, kind: str, why: str, value: float | None = None) -> None:
        found[key] = (kind, value, why)
        left.pop(key, None)

    if set(NIG) <= set(keys):
        for key, kind in zip(NIG, KINDS, strict=True):
            take(key, kind, "a parameter of the normal-inverse-gamma")
    pairs = [
        (a.op[1:-1], b.op[1:-1])
        for node in tree.walk()
        if node.op == "sub" and all(below.op[:1] == "[" for below in node.of)
        for a, b in [node.of]
    ]
    given = {key: None for key in left if key not in of_x}
    if any({"y", other} == {a, b} for a, b in pairs for other in ("t", "d", "hat t")):
        given.pop("y", None)  # Bishop's t − y, Nix and Weigend's d − y: y is the prediction
    if target := _first(given, "target", [a for pair in pairs for a in pair]):
        take(target, "target", "the usual letter of a target")
        partners = [b if a == target else a for a, b in pairs if target in (a, b)]
        partner = next((key for key in partners if key in left), None)
        if partner and not any(kind == "mean" for kind, *_ in found.values()):
            take(partner, "mean", "is subtracted from the target, or the target from it")
    has_mean = any(kind == "mean" for kind, *_ in found.values())
    if not has_mean and (mean := _first(left, "mean", ())) and (target or mean not in ("a", "theta", "u")):
        take(mean, "mean", "the usual letter of a predicted mean")
        has_mean = True
    if not (target and has_mean) and (residual := _first(left, "residual", ())):
        take(residual, "residual", "the usual letter of a residual")
    if not any(kind == "second" for kind, *_ in found.values()) and (second := _second(left, tree)):
        take(second, "second", "the usual letter of a std or variance")
    for key in list(left):
        if key in COUNTS:
            take(key, "constant", "a count; the loss is read per point", 1.0)
        elif key in CONSTANTS and not (key == "w" and key in WITHOUT):
            take(key, "constant", CONSTANTS[key][1], CONSTANTS[key][0])
        elif key in ERRORS:
            take(key, ERRORS[key], "the usual name of an error")
        elif key in WITHOUT:
            take(key, "regulariser", "of a penalty on the weights")
    for kind in KINDS[1:]:  # what is left is a further output, if it is usual for one
        if left and not any(had == kind for had, *_ in found.values()) and (more := _first(left, "second", ())):
            take(more, kind, "a further output")
    return found


def _first(left: Mapping[str, None], kind: str, better: Collection[str]) -> str | None:
    """The most usual key of a role; one of `better` before all others."""
    usual = [key for key in USUAL[kind] if key in left]
    return next((key for key in usual if key in better), usual[0] if usual else None)


def _second(left: Mapping[str, None], tree: Node) -> str | None:
    """The output that the loss takes a log, an exp or a quotient of, by the usual letters."""
    deep = set()
    for node in tree.walk():
        if node.op in ("log", "exp", "sqrt", "log1p", "softplus"):
            deep |= node.names
        if node.op == "div":
            deep |= node.of[1].names
    usual = [key for key in USUAL["second"] if key in left and f"[{key}]" in deep]
    sure = [key for key in usual if key not in COUNTS and key not in ("w", "u", "c")]
    logged = [key for key in sure if key not in CONSTANTS] or [key for key in sure if _is_logged(key, tree)]
    return logged[0] if logged else None


def _is_logged(key: str, tree: Node) -> bool:
    """Whether a log is taken of it without data: that of a spread stands alone."""
    others = {f"[{name}]" for kind in ("target", "mean", "residual") for name in USUAL[kind] if name != key}
    return any(node.op == "log" and f"[{key}]" in node.names and not node.names & others for node in tree.walk())


def as_role(name: str, guess: tuple[str, float | None, str], chosen: bool = False) -> Role:
    """A row of the table of roles."""
    kind, value, why = guess
    return Role(name, kind, value, chosen, why)
