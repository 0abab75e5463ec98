"""Calls of what the tables know of the frameworks: functions, ready losses, layers, distributions."""

import ast
import re
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from ..model.formulas.tree import Node
from .algebra import apply, combined, formula, join
from .arguments import CannotRead, Row, bound
from .array_functions import reduced
from .densities import DENSITIES, PARAMETER_ROLES, SUMMED, Density
from .expressions import is_mean_of_data
from .function_table import FUNCTIONS
from .functions import ELEMENTWISE
from .known_losses import KNOWN_LOSSES, KnownLoss
from .leaves import PARAMETER
from .special_calls import BUILTIN
from .subscripts import Subscripts
from .values import (
    Distribution,
    Layer,
    Library,
    Sequence,
    Tensor,
)

# Layers by what they do to an array; those of a net that has weights make something new.
_LAYERS = MappingProxyType(
    {name.replace("_", ""): name for name in ELEMENTWISE if name not in ("add", "sub", "mul", "div")}
    | {
        "identity": "identity",
        "softmax": "softmax",
        "logsoftmax": "log_softmax",
        "flatten": "flatten",
        "hardtanh": "hardtanh",
    }
    | {"unflatten": "reshape", "logsigmoid": "logsigmoid", "squeeze": "squeeze"}
)
_ASSUMED = MappingProxyType({2: "mse_loss", 3: "gaussian_nll_loss"})  # of a criterion that was made elsewhere
_CRITERION = re.compile(r"(?i)crit|loss_?fn$|loss_?func(tion)?$|gauss\w*nll|nll_?loss$|gnll")
_OF_THE_MEAN = frozenset(["sqrt", "log", "log1p", "ln", "log10", "log2"])  # lowest where the mean is
_DENSITY_METHODS = frozenset(
    ["log_prob", "logpdf", "log_pdf", "pdf", "prob", "cdf", "logpmf", "log_cdf", "logcdf", "survival_function"]
)


MOST_ITEMS = 256  # of a list


class LibraryCalls(Subscripts):
    """Works out calls of libraries."""

    path = ""  # of the function that is being called

    def _unknown_call(self, node: ast.AST, arguments: Many[Any]) -> Any:
        name = _ASSUMED.get(len(arguments)) if isinstance(node, ast.Call) else None
        if name is not None and _CRITERION.search(ast.unparse(node.func)):  # type: ignore[attr-defined]
            self.remark("assumed_loss", "note", loss=name)
            return self._known_loss(name, arguments, {})
        return self.opaque(node)

    def _by_name(self, name: str, arguments: Many[Any], keywords: Mapping[str, Any], node: ast.AST) -> Any:
        """A call of a known function by its bare name; None where it is none."""
        if name in FUNCTIONS or name in DENSITIES or name in KNOWN_LOSSES or name.lower() in _LAYERS or name in BUILTIN:
            self.leaves.by_name.pop(name, None)
            return self._call_library(Library(name), arguments, keywords)
        return None

    def _call_library(self, function: Library, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        name, path = function.last, function.path
        self.path = path
        self.libraries.add(path)
        if name in BUILTIN:
            return BUILTIN[name](self, arguments, keywords)
        before = path.rpartition(".")[0].rpartition(".")[2]
        if name in _DENSITY_METHODS and before in DENSITIES:
            return self._of_scipy(before, name, arguments, keywords)
        if name in KNOWN_LOSSES:
            return self._known_loss(name, arguments, keywords)
        is_law = name not in FUNCTIONS or "stats" in path or {"loc", "scale"} & set(keywords)
        if name in DENSITIES and is_law:
            return self._distribution(name, arguments, keywords)
        if name in FUNCTIONS and (name != "identity"):
            return self.known(name, FUNCTIONS[name], arguments, keywords)
        if name[:1].isupper() and name.lower() in _LAYERS:
            return Layer(_LAYERS[name.lower()], tuple(arguments), keywords)
        return self._unknown_call(self.node, arguments)

    def known(self, name: str, row: Row, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        """Call a row of a table."""
        given = bound(self, name, self.node, row, arguments, keywords)
        if row.make is not None:
            found = row.make(given)
            if len(arguments) > len(row.parameters) and isinstance(found, Tensor) and name in ("max", "min"):
                for each in arguments[len(row.parameters) :]:
                    found = apply(name, found, self.tensor(each))
            return found
        if isinstance(given.given.get(row.parameters[0].names[0]), Sequence):
            items = given.given[row.parameters[0].names[0]].items
            return Sequence(tuple(self.known(name, row, [each, *arguments[1:]], keywords) for each in items))
        tensors = {each.names[0]: given.tensor(each.names[0]) for each in row.parameters}
        if name == "square" and tensors["x"].norm_of is not None:
            return tensors["x"].norm_of
        if name in _OF_THE_MEAN and is_mean_of_data(tensors["x"]):
            self.remark("function_of_mean", "note", function=name)
            return tensors["x"]
        self._check_all(list(tensors.values()))
        if name in ("log", "ln") and tensors["x"].leaf == "pi" and _is_of_arrays(self.path):
            self.hint(tensors["x"], "mixing", "an array whose log is taken")
        if name in ("log", "ln"):
            tensors = {key: self.log_of(value) for key, value in tensors.items()}
        return formula(row.formula, tensors)

    def log_of(self, value: Tensor) -> Tensor:
        """What a log is taken of: where that was summed over an axis it is a mixture's density."""
        if "outputs" in value.reduced and value.sizes[1] == 1:
            return replace(
                value.made(Node("#total", (value.tree,))),
                sizes=(value.sizes[0], 0),
                reduced=value.reduced - {"outputs"},
            )
        return value

    def _check_all(self, tensors: list[Tensor]) -> None:
        for one, other in pairwise(tensors):
            self.check_shapes(one, other)

    def _known_loss(self, name: str, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        row = KNOWN_LOSSES[name]
        if row.is_class:
            return Layer(name, tuple(arguments), keywords)
        return self._loss_of(row, name, arguments, keywords)

    def _loss_of(self, row: KnownLoss, name: str, arguments: Many[Any], keywords: Mapping[str, Any]) -> Tensor:
        given = bound(self, name, self.node, Row(row.parameters), arguments, keywords)
        names = [each.names[0] for each in row.parameters if each.names[0] not in ("reduction", *row.flags)]
        tensors = {each: given.tensor(each) for each in names}
        for each, role in row.roles.items():
            if each in tensors:
                self.hint(tensors[each], role, f"{each} of {name}")
        self.check_shapes(tensors["pred"], tensors["target"])
        if "clamped" in row.formula:  # torch clamps with no_grad: the gradient goes through below the limit
            var, least = tensors["var"], tensors["eps"]
            tensors["clamped"] = combined(Node("#through", (join("max", var.tree, least.tree), var.tree)), [var])
        value = formula(row.formula, tensors)
        for flag, text in row.flags.items():
            if given.flag(flag):
                value = apply("add", value, formula(text, {}))
        reduction = given.word("reduction", row.reduction)
        if given.has("reduction") and isinstance(given.given["reduction"], Library):
            reduction = given.given["reduction"].last.lower()
        if reduction in ("mean", "sum", "sum_over_batch_size", "batchmean", "auto"):
            return reduced(value, None, False, int(reduction == "sum"))
        return reduced(value, (-1,), False, 0) if reduction == "outputs" else value

    def _call_layer(self, layer: Layer, arguments: Many[Any], keywords: Mapping[str, Any]) -> Any:
        if layer.name in KNOWN_LOSSES:
            row = KNOWN_LOSSES[layer.name]
            own = [each for each in row.parameters if each.names[0] not in ("target", "pred", "var")]
            settings = bound(self, layer.name, self.node, Row(tuple(own)), [], layer.keywords).given
            weighted = dict(keywords)
            weight = weighted.pop("sample_weight", None)
            value = self._loss_of(row, layer.name, arguments, {**settings, **weighted})
            return value if weight is None else apply("mul", self.tensor(weight), value)
        return self.known(
            layer.name, FUNCTIONS[layer.name], [*arguments, *layer.arguments], {**layer.keywords, **keywords}
        )

    # Distributions.

    def _distribution(self, name: str, arguments: Many[Any], keywords: Mapping[str, Any]) -> Distribution:
        row = name
        if name == "MultivariateNormal" and {"scale_tril", "precision_matrix"} & set(keywords):
            row = "Normal" if "scale_tril" in keywords else "Normal_precision"
            renamed = {"scale_tril": "scale", "precision_matrix": "precision"}
            keywords = {renamed.get(key, key): value for key, value in keywords.items()}
        density = DENSITIES[row]
        given = bound(self, name, self.node, Row(density.parameters), arguments, keywords)
        tensors = {each.names[0]: given.tensor(each.names[0]) for each in density.parameters}
        for each, tensor in tensors.items():
            if each in PARAMETER_ROLES:
                self.hint(tensor, PARAMETER_ROLES[each], f"{each} of {name}")
        return Distribution(row, tensors, summed=name in SUMMED)

    def _of_scipy(self, family: str, method: str, arguments: Many[Any], keywords: Mapping[str, Any]) -> Tensor:
        point = arguments[0] if arguments else keywords.get("x", keywords.get("k"))
        rest = {key: value for key, value in keywords.items() if key not in ("x", "k")}
        return self.density(self._distribution(family, arguments[1:], rest), method, point)

    def density(self, law: Distribution, method: str, point: Any) -> Tensor:
        """The density or log density of a distribution at a point. Raises CannotRead."""
        row: Density = DENSITIES[law.name]
        x = self.tensor(point)
        self.hint(x, "target", f"where {law.name} is evaluated")
        text = row.cdf if "cdf" in method else row.log_density
        if not text:
            raise CannotRead(f"the distribution function of {law.name} is not known here")
        tensors = {"x": x, **law.parameters}
        for each in law.parameters.values():
            self.check_shapes(x, each)
        value = formula(text, tensors)
        if law.weights is not None:
            both = apply("add", law.weights, value)
            value = both.made(Node("#logsumexp", (both.tree,)))
        if method in ("pdf", "prob"):
            value = value.made(join("exp", value.tree))
        if method in ("log_cdf", "logcdf"):
            value = value.made(join("log", value.tree))
        return reduced(value, (-1,), False, 1) if law.summed and law.weights is None else value

    def _of_unknown(self, name: str, point: Any) -> Tensor:
        """The log density of a distribution that was made elsewhere: taken to be a Gaussian."""
        if self.laws:  # the last that the code's layers make
            return self.density(self.laws[-1], "log_prob", point)
        made = [self.leaves.named(f"{name}.{each}", PARAMETER, self.node) for each in ("loc", "scale")]
        for tensor, role in zip(made, ("mean", "second"), strict=True):
            self.hint(tensor, role, f"of {name}, assumed to be a Gaussian")
        self.remark("assumed_gaussian", "note", distribution=name)
        return self.density(Distribution("Normal", dict(zip(("loc", "scale"), made, strict=True))), "log_prob", point)


def _is_of_arrays(path: str) -> bool:
    """Whether a function takes arrays alone: torch.log takes no plain number."""
    return path.partition(".")[0] in ("torch", "tensorflow", "keras", "jax")
