"""What is wrong with a loss, each fault by its name and weight, judged by its values alone, in a few milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...loss_code.loss_code import LossCode
from ...model.formulas.tree import Node
from .likelihood_shape import Shape, has_exact_quantity, misnamed, shape_of

# How much each weighs beside the others: a change is good that makes the sum smaller.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "shape": 8.0,  # no likelihood of a Gaussian or a Laplace family
        "remark": 3.0,  # what the way it is written makes wrong, such as shapes that do not agree
        "sign": 3.0,  # the likelihood is made small
        "dead": 2.0,  # the second output has no gradient over a stretch
        "floor": 2.0,  # no std below a half
        "stopped": 3.0,  # the gradient is stopped on the way to the second output
        "dies": 2.0,  # a gradient that is no number at r = 0
        "name": 2.0,  # a name says that the quantity is something else
        "factor": 2.0,  # no quantity of the code is σ, or a power or a log of it, without a factor
        "half": 1.5,  # half a Laplace likelihood: |r| where r² was meant
    }
)
_LEAST_STD = 0.5  # that an output may reach


@dataclass(frozen=True)
class Judged:
    """The faults of a loss, by kind and what they are about, and the likelihood that it is, if it is one."""

    faults: frozenset[tuple[str, str]]
    shape: Shape | None

    @property
    def needs_positive(self) -> bool:
        """Whether the loss has no value for some second outputs."""
        return self.shape is not None and self.shape.is_partial

    @property
    def cost(self) -> float:
        """The sum of their weights."""
        return sum(WEIGHTS[kind] for kind, _ in self.faults)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its faults."""
        return frozenset(kind for kind, _ in self.faults)


def judged(code: LossCode, *, may_stop: bool = True) -> Judged:
    """What is wrong with a loss; without `may_stop` it is wrong that a gradient is stopped in it."""
    faults = {
        ("remark", f"{each.name} {each.text}")
        for each in code.remarks
        if each.severity == "mistake" or each.name == "broadcast"
    }
    if not may_stop and code.trained is not None and any(word in code.source for word in ("detach", "stop_gradient")):
        faults.add(("stopped", ""))
    shape = shape_of(code)
    if shape is None:
        return Judged(frozenset({*faults, ("shape", "")}), None)
    wrong = {
        "sign": shape.times < 0,
        "dead": shape.is_dead,
        "floor": shape.least_std > _LEAST_STD,
        "dies": _dies(code.tree),
        "half": shape.family == "laplace" and abs(abs(shape.times) - 0.5) < 1e-3,
    }
    faults |= {(name, "") for name, is_wrong in wrong.items() if is_wrong}
    names = misnamed(code, shape)
    faults |= {("name", name) for name, _ in names}
    if not names and not has_exact_quantity(code, shape):
        faults.add(("factor", ""))
    return Judged(frozenset(faults), shape)


def _dies(tree: Node) -> bool:
    """Whether the loss has the square root of something in the residual, whose gradient at zero is no number."""
    roots = (node for node in tree.walk() if node.op == "sqrt" or (node.op == "power" and node.value == 0.5))
    return any({"r", "y"} & node.names for node in roots)
