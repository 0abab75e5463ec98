"""What a piece of loss code says, once it is read: the loss per point as a tree, and how it came about.

Every tree is one of `core.model.formulas.tree`, in y, the symbols of the outputs ("mu", "s", "t", "u", …), "r" for
y − mu, and numbers. A constant of the code whose value is not given there has a role with a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..model.formulas import FormulaError
from ..model.formulas.tree import Node


class CodeError(FormulaError):
    """Why a text is no loss that can be read: one sentence with line and column.

    `functions` are those to choose from, `names` those of which a role would tell what they are; either may be empty.
    """

    def __init__(self, sentence: str, functions: tuple[str, ...] = (), names: tuple[str, ...] = ()):
        super().__init__(sentence)
        self.functions, self.names = functions, names


@dataclass(frozen=True)
class Place:
    """A stretch of the text: from line and column (from 1) up to, and without, the end."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class RoleKind:
    """What a name of the code may be. `makes` is its tree as a formula; "" where it has a number or is an output."""

    name: str
    label: str
    makes: str = ""


ROLES: Mapping[str, RoleKind] = MappingProxyType(
    {
        row.name: row
        for row in (
            RoleKind("target", "target y", "y"),
            RoleKind("mean", "predicted mean", "mu"),
            RoleKind("second", "second output s", "s"),
            RoleKind("third", "third output t", "t"),
            RoleKind("fourth", "fourth output u", "u"),
            RoleKind("fifth", "fifth output v", "v"),
            RoleKind("sixth", "sixth output w", "w"),
            RoleKind("seventh", "seventh output a", "a"),
            RoleKind("eighth", "eighth output b", "b"),
            RoleKind("ninth", "ninth output c", "c"),
            RoleKind("residual", "residual y − mean", "r"),
            RoleKind("minus_residual", "residual mean − y", "-r"),
            RoleKind("squared_residual", "squared residual", "r**2"),
            RoleKind("absolute_residual", "absolute residual", "abs(r)"),
            RoleKind("gaussian_nll", "Gaussian NLL of a log variance s", "0.5*exp(-s)*r**2 + 0.5*s"),
            RoleKind("weight", "weight of a point"),
            RoleKind("mask", "mask of points"),
            RoleKind("constant", "constant"),
            RoleKind("regulariser", "term without the outputs"),
            RoleKind("mixing", "weights of a mixture"),
        )
    }
)


@dataclass(frozen=True)
class Role:
    """What a name of the code is taken for. `name` as the code writes it, such as "y_pred[:, 1:2]".

    `kind` is a key of ROLES, `value` the number of a constant. `chosen` says whether a person chose it; `why` is a few
    words on what it was guessed from.
    """

    name: str
    kind: str
    value: float | None = None
    chosen: bool = False
    why: str = ""


@dataclass(frozen=True)
class Quantity:
    """A quantity of the code in outputs other than the mean alone: a name that was assigned, or a subexpression.

    `name` is the variable, "" for a subexpression; `text` how the code writes it; `tree` is in "s" (or "t", …).
    """

    name: str
    text: str
    tree: Node
    place: Place | None = None


@dataclass(frozen=True)
class Part:
    """A term of a sum of losses: `weight` times `tree`, which has data in it. `text` as the code writes it."""

    text: str
    weight: float
    tree: Node
    place: Place | None = None


@dataclass(frozen=True)
class Reduction:
    """How the values per point and output become one number: "mean", "sum", "none" or "other" over each.

    `count` is over how many points or outputs is summed, where the code says it; None where it does not.
    """

    points: str = "none"
    outputs: str = "none"
    count: int | None = None


@dataclass(frozen=True)
class CodeRemark:
    """Something that the way the code is written makes wrong or noteworthy, whatever the formula.

    `name`: a key of what is known to the diagnosis, such as "broadcast", "batch_statistic", "mean_of_logs",
    "masked_mean", "kl", "no_grad", "in_place". `text`: the code it is about. `severity`: "mistake", "warning", "note".
    `facts` are numbers or words for the sentence.
    """

    name: str
    text: str
    severity: str
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    place: Place | None = None


@dataclass(frozen=True)
class LossCode:
    """A loss as it was read.

    `source` is the text; `language` "python", "latex" or "formula"; `framework` "torch", "tensorflow", "keras", "jax",
    "numpy" or "". `function` is the function it was found in ("" for bare lines), `functions` all that could be one.
    `tree` is the value per point and output that the code makes, with the sign it has there: whether that is made
    large by a forgotten minus is told by numbers, not here.
    `trained` is the same with stop(…) around what the code detaches; None where it detaches nothing.
    `outputs` are the symbols of the outputs in use, the mean first where there is one.
    `parts` are the terms of a weighted sum of losses, two or more, or empty.
    """

    source: str
    language: str
    framework: str
    function: str
    functions: tuple[str, ...]
    tree: Node
    trained: Node | None
    outputs: tuple[str, ...]
    roles: tuple[Role, ...]
    quantities: tuple[Quantity, ...]
    parts: tuple[Part, ...]
    reduction: Reduction
    remarks: tuple[CodeRemark, ...]
