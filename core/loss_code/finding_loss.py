"""Where the loss stands in a text of many functions: candidates with the reasons that speak for each."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from .loss_code import CodeError

__all__ = ["Candidate", "candidates", "chosen", "functions_of"]

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_LOSS_NAME = re.compile(r"loss|nll|likelihood|criterion|objective|elbo|crps|pinball|quantile_l|kld?\b", re.IGNORECASE)
_METHODS = ("forward", "call", "__call__", "loss", "loss_fn", "compute_loss", "training_step", "nll", "update")
_MATHS = frozenset(
    [
        "exp",
        "log",
        "log1p",
        "softplus",
        "square",
        "pow",
        "abs",
        "log_prob",
        "logsumexp",
        "lgamma",
        "erf",
        "gaussian_nll_loss",
        "rsqrt",
    ]
)
_REDUCED = frozenset(["mean", "sum", "reduce_mean", "reduce_sum", "nanmean", "average"])
_MEASURE = re.compile(
    r"^_?(?:eval|test|valid|predict|rmse|mae|mape|r2|acc|metric|score|plot|make|load|get_data|main|sample|fit)",
    re.IGNORECASE,
)
_TRAINS = frozenset(
    {"model", "net", "loader", "dataloader", "data_loader", "train_loader", "optimizer", "opt", "device"}
)
_NETS = frozenset(
    [
        "Linear",
        "Dense",
        "Conv1d",
        "Conv2d",
        "Dropout",
        "BatchNorm1d",
        "LSTM",
        "Embedding",
        "Sequential",
        "Input",
        "Model",
        "add_module",
    ]
)


@dataclass(frozen=True)
class Candidate:
    """Something that may be the loss. `name` is such as "Loss.forward", "" for the lines outside of functions.

    `node` is what to read. `reasons` are names of REASONS that hold, `score` their sum.
    """

    name: str
    node: ast.AST
    line: int
    score: float
    reasons: tuple[str, ...]
    owner: ast.ClassDef | None = None


@dataclass(frozen=True)
class Seen:
    """What the reasons look at: a piece of code and the script around it."""

    name: str
    node: ast.AST
    owner: ast.ClassDef | None
    used: frozenset[str]
    losses: frozenset[str]
    nodes: tuple[ast.AST, ...]
    calls: frozenset[str]

    def returned(self) -> Iterator[ast.AST]:
        """What it gives back."""
        if isinstance(self.node, ast.Lambda):
            yield self.node.body
        for inner in self.nodes:
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield inner.value


def _last(node: ast.AST) -> str:
    """The last name of a call's function: mean of torch.mean and x.mean."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a piece of code itself, without the functions and classes that are made in it."""
    waiting = [node]
    while waiting:
        now = waiting.pop()
        yield now
        waiting += [
            child
            for child in ast.iter_child_nodes(now)
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]


def _called(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(_last(inner.func) for inner in nodes if isinstance(inner, ast.Call))


def _bases(seen: Seen) -> str:
    return " ".join(map(ast.unparse, seen.owner.bases)) if seen.owner else ""


def _works_out(seen: Seen) -> bool:
    return bool(_MATHS & seen.calls) or any(isinstance(inner, ast.Pow) for inner in seen.nodes)


def _has_log(seen: Seen) -> bool:
    return bool({"log", "log1p", "log_prob", "logsumexp", "gaussian_nll_loss", "GaussianNLLLoss"} & seen.calls)


def _assigns_loss(seen: Seen) -> bool:
    targets = [
        _last(target)
        for inner in seen.nodes
        if isinstance(inner, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in (inner.targets if isinstance(inner, ast.Assign) else [inner.target])
    ]
    return any(_LOSS_NAME.search(target) for target in targets)


def _is_used(seen: Seen) -> bool:
    names = {seen.name.rpartition(".")[2], seen.owner.name if seen.owner else ""}
    return bool(names & seen.used)


def _uses_a_loss(seen: Seen) -> bool:
    """Whether it works on with what a loss function gives: −likelihood(…), nll(…).mean(), 0.1*a(…) + b(…)."""
    plain = {id(inner.value) for inner in seen.nodes if isinstance(inner, ast.Assign | ast.Return | ast.Expr)}
    return any(
        isinstance(inner, ast.Call) and _last(inner.func) in seen.losses and id(inner) not in plain
        for inner in seen.nodes
    )


def _makes_a_loss(seen: Seen) -> bool:
    """Whether it gives back a function that is made in it."""
    made = {
        inner.name for inner in ast.walk(seen.node) if isinstance(inner, ast.FunctionDef) and inner is not seen.node
    }
    return any(_last(value) in made or isinstance(value, ast.Lambda) for value in seen.returned())


def _two_arguments(seen: Seen) -> bool:
    if not isinstance(seen.node, Function):
        return False
    names = [argument.arg for argument in seen.node.args.args if argument.arg not in ("self", "cls")]
    return len(names) >= 2 and not _TRAINS & set(names)


def _goes_back(seen: Seen) -> bool:
    return "backward" in seen.calls and _works_out(seen)


# Why something may be the loss, and how much that says. A net also derives from nn.Module, hence the last rows.
REASONS: Mapping[str, tuple[float, Callable[[Seen], bool]]] = MappingProxyType(
    {
        "its name says so": (3.0, lambda seen: bool(_LOSS_NAME.search(seen.name.rpartition(".")[2]))),
        "its class says so": (3.0, lambda seen: bool(seen.owner and _LOSS_NAME.search(seen.owner.name))),
        "it is trained with": (3.0, _is_used),
        "it has an exp, a log or a square": (1.5, _works_out),
        "it has a log": (1.0, _has_log),
        "what it returns is reduced": (
            1.0,
            lambda seen: any(_REDUCED & _called(_own(value)) for value in seen.returned()),
        ),
        "it assigns a loss": (1.0, _assigns_loss),
        "it uses a loss": (9.0, _uses_a_loss),
        "it makes a loss function": (3.0, _makes_a_loss),
        "its class is a loss": (2.0, lambda seen: bool(re.search(r"Loss\b|losses\.", _bases(seen)))),
        "it takes a prediction and a target": (1.0, _two_arguments),
        "it calls backward on its result": (2.0, _goes_back),
        "its name is that of a metric": (-2.0, lambda seen: bool(_MEASURE.match(seen.name.rpartition(".")[2]))),
        "it makes layers": (-4.0, lambda seen: bool(_NETS & seen.calls) or seen.name.endswith("__init__")),
        "it trains or plots": (-1.5, lambda seen: bool({"backward", "fit", "plot", "step", "zero_grad"} & seen.calls)),
        "it only calls another": (-1.0, lambda seen: not _works_out(seen)),
    }
)
LEAST = 2.5  # score from which something counts as a candidate
NEAR = 0.75  # two scores as near as this are equally likely


@lru_cache(maxsize=8)
def candidates(tree: ast.Module) -> tuple[Candidate, ...]:
    """All that may be the loss, the likeliest first; the lines outside of functions last among equals."""
    used, pieces = _trained_with(tree), list(_pieces(tree))
    losses = frozenset(
        name.rpartition(".")[2]
        for name, node, _ in pieces
        if _LOSS_NAME.search(name.rpartition(".")[2]) and not isinstance(node, ast.Module)
    )
    found = [_judged(_seen(name, node, owner, used, losses)) for name, node, owner in pieces]
    return tuple(sorted(found, key=lambda candidate: (-candidate.score, candidate.line)))


def functions_of(tree: ast.Module) -> tuple[str, ...]:
    """The names of all that could be the loss, the likeliest first."""
    return tuple(one.name for one in candidates(tree) if one.name and one.score >= LEAST)


def chosen(tree: ast.Module, function: str = "") -> Candidate:
    """The loss among the candidates, or the one called `function`.

    Raises CodeError, with the functions to choose from, where two are equally likely or none has this name.
    """
    found = candidates(tree)
    named = [candidate for candidate in found if candidate.name]
    if function:
        best = [one for one in named if function in (one.name, one.name.rpartition(".")[2], one.name.split(".")[0])]
        if not best:
            names = tuple(candidate.name for candidate in named)
            raise CodeError(f"There is no function {function[:60]} here: choose one of {_listed(names)}.", names)
        return best[0]
    if not found:
        raise CodeError("No line here computes a loss. Paste the loss function or its lines.")
    likely = [candidate for candidate in found if candidate.score >= LEAST] or list(found[:1])
    near = [candidate for candidate in likely if candidate.score > likely[0].score - NEAR]
    if len(near) > 1 and len({candidate.name for candidate in near}) > 1:
        names = tuple(candidate.name or "the lines outside of functions" for candidate in near)
        raise CodeError(f"Several functions here may be the loss: {_listed(names)}. Choose one.", names)
    return near[0]


def _listed(names: tuple[str, ...], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _seen(name: str, node: ast.AST, owner: ast.ClassDef | None, used: frozenset[str], losses: frozenset[str]) -> Seen:
    nodes = tuple(_own(node))
    return Seen(name, node, owner, used, losses, nodes, _called(nodes))


def _judged(seen: Seen) -> Candidate:
    held = {name: weight for name, (weight, holds) in REASONS.items() if holds(seen)}
    line = getattr(seen.node, "lineno", 1)
    return Candidate(seen.name, seen.node, line, sum(held.values()), tuple(held), seen.owner)


def _pieces(tree: ast.Module) -> Iterator[tuple[str, ast.AST, ast.ClassDef | None]]:
    """Every function, method and lambda with its dotted name and its class, and the lines outside of all, named ""."""
    waiting: list[tuple[str, ast.AST, ast.ClassDef | None]] = [("", tree, None)]
    while waiting:
        prefix, node, owner = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield prefix + child.name, child, owner
                if not _gives_back_a_function(child):
                    waiting.append((f"{prefix}{child.name}.", child, None))
            elif isinstance(child, ast.ClassDef):
                waiting.append((f"{prefix}{child.name}.", child, child))
            elif isinstance(child, ast.Assign) and isinstance(child.value, ast.Lambda):
                yield prefix + _last(child.targets[0]), child.value, owner
            elif isinstance(child, ast.keyword) and isinstance(child.value, ast.Lambda) and child.arg:
                yield prefix + child.arg, child.value, owner
            else:
                waiting.append((prefix, child, owner))
    bare = [line for line in tree.body if not isinstance(line, _NO_LINES)]
    if bare:
        yield "", ast.Module(bare, []), None


_NO_LINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.Pass


def _gives_back_a_function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    made = {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return any(isinstance(line, ast.Return) and line.value and _last(line.value) in made for line in node.body)


def _trained_with(tree: ast.Module) -> frozenset[str]:
    """Names of what the script trains with: what .backward() is called on, and what compile gets as its loss."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if _last(node.func) == "backward" and isinstance(node.func, ast.Attribute):
            found.add(_last(node.func.value))
        if _last(node.func) in ("compile", "value_and_grad", "grad", "GradientTape"):
            found |= {_last(argument) for argument in node.args}
            found |= {
                _last(word.value.func) if isinstance(word.value, ast.Call) else _last(word.value)
                for word in node.keywords
                if word.arg in ("loss", "loss_fn", "objective", "criterion")
            }
    for node in ast.walk(tree):  # loss = nll(…): the function is trained with too
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _last(node.targets[0]) in found:
            found.add(_last(node.value.func))
    made = {
        _last(node.targets[0]): _last(node.value.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    }
    return frozenset(found | {made[name] for name in found if name in made}) - {""}
