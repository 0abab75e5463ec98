"""Losses for your own training loop: each sound loss of the laboratory as a module and as a function.

    loss = BetaNLLLoss(beta=0.5)          # or beta_nll(outputs, target, beta=0.5)
    loss(outputs, target).backward()

One convention for all. `outputs` is what the network gives: a tensor (..., H), or a tuple of H tensors (...). `target`
has the shape (...). With one target per row that is (N, H) and (N,); with D targets (N, D, H) and (N, D). What the H
outputs are is `loss.output_names`; a log variance is a log variance, without another exp. Their unit is that of the
target: if you standardise y, they are those of the standardised y. Nothing is broadcast: another shape is refused.

Half precision is worked out in float32, also under autocast. On a GPU no value of a tensor is read, so nothing waits;
`check=True` looks for NaN, infinite values, a weight below 0 and a mask of nothing, and does wait; on the host weights
and masks are looked at anyway.
"""

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor, distributions, nn

from ..model.losses import Loss
from . import checks, readings
from .options import SOUND, class_name, options_of, plain, row_with
from .plan import Plan
from .spread import Spread

Outputs: TypeAlias = Tensor | Sequence[Tensor]
REDUCTIONS = ("mean", "sum", "none")
_POSITIONS = (
    "There are {count} values, and this loss takes two, unlike torch's own: "
    "loss(outputs, target), where outputs may be the tuple ({names})."
)


class TableLoss(nn.Module):
    """A loss of the laboratory's table: what is common to all modules of this file.

    reduction: "mean" (of one weight each, or Σ w·loss / Σ w over the points that the mask keeps), "sum" or "none".
    check: look for values that are not finite at each call. It reads the tensors, which waits for a GPU.
    full: add the constants that a negative log-likelihood leaves out, where the loss is one.
    options: those of the loss, see `options_of`.
    Raises TypeError for an unknown option and ValueError for a wrong value.
    """

    name = "gaussian_nll"

    def __init__(self, *, reduction: str = "mean", check: bool = False, full: bool = False, **options: Any):
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ValueError(f"The reduction must be one of {', '.join(REDUCTIONS)}, and it is {reduction!r}.")
        self.reduction, self.check, self.full, self.options = reduction, check, full, dict(options)
        self._prepare()

    def _prepare(self) -> None:
        self.row: Loss = row_with(self.name, self.options)
        if self.full and (self.row.constant is None or self.row.trained):
            raise ValueError(f"The loss {self.name} is no plain negative log-likelihood: leave full=True out.")
        self.output_names = tuple(output.name for output in self.row.outputs)
        self._constant = self.row.constant if self.full and self.row.constant else 0.0
        self._trained = Plan.of(self.row, trained=True)
        self._shown = Plan.of(self.row, trained=False)
        self._spread = Spread.of(self.row)

    def __getstate__(self) -> dict[str, Any]:
        kept = dict(self.__dict__)
        for made in ("row", "_trained", "_shown", "_spread"):
            del kept[made]
        return kept

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._prepare()

    @property
    def out_features(self) -> int:
        """How many outputs it takes per target: H."""
        return len(self.output_names)

    def forward(
        self,
        outputs: Outputs,
        target: Tensor,
        *others: Tensor,
        weight: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """What training makes small, reduced over all points.

        outputs (..., H) or H tensors (...), target (...); weight and mask (bool) have one number for each target. What
        stands where the mask is False changes neither value nor gradient, not even NaN. Raises ValueError, TypeError or
        RuntimeError for tensors that do not fit; each says what to do.
        """
        if others:
            raise TypeError(_POSITIONS.format(count=2 + len(others), names=", ".join(self.output_names)))
        each, target = checks.points(outputs, target, self.output_names)
        if mask is not None:
            mask = checks.factor(mask, target, "mask")
            each = [torch.where(mask, one, 0.0) for one in each]
            target = torch.where(mask, target, 0.0)
        if weight is not None:
            weight = checks.factor(weight, target, "weight").to(target.dtype)
            weight = weight if mask is None else torch.where(mask, weight, 0.0)
            if not self.check and checks.is_cheap(weight):
                checks.check_weight(weight)
        if self.check:
            checks.check_values(each, target, weight, self.output_names)
        points = self._trained(target, each)
        if self._constant:
            points = points + self._constant
        return reduced(points, self.reduction, weight, mask, check=self.check)

    def value(self, outputs: Outputs, target: Tensor) -> Tensor:
        """The value per point that the laboratory shows, (...), without gradient.

        It is `forward` with reduction "none", except where training makes something else small: β-NLL and faithful
        show the plain Gaussian NLL.
        """
        each, target = checks.points(outputs, target, self.output_names)
        with torch.no_grad():
            return self._shown(target, each) + self._constant

    def distribution(
        self, outputs: Outputs, *, reading: str | None = None, std: Tensor | float | None = None
    ) -> distributions.Distribution:
        """The predicted distribution, of batch shape (...), in the unit of the target.

        reading: what the outputs are taken to mean, one of `self.row.readings`; the first if not given. std: for
        squared error alone, which predicts none. Raises ValueError.
        """
        each = self._trained.bounded(checks.wide(checks.separate(outputs, self.output_names)))
        return readings.distribution(self.row, self._spread(each), reading, std)

    def mean_std(
        self, outputs: Outputs, *, reading: str | None = None, std: Tensor | float | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of `distribution`, (...) each."""
        found = self.distribution(outputs, reading=reading, std=std)
        return found.mean, found.stddev

    def extra_repr(self) -> str:
        """Its options, for `print`."""
        shown = {"reduction": self.reduction, **options_of(self.name), **self.options}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


def reduced(
    points: Tensor,
    reduction: str,
    weight: Tensor | None = None,
    mask: Tensor | None = None,
    *,
    check: bool = False,
) -> Tensor:
    """Values per point as one number, or each with its weight; 0 where the mask is False, and so is the weight there.

    Raises ValueError for the mean of an empty batch, and of a mask that keeps nothing. On a GPU, where that would wait,
    it is found with `check` alone, and the mean is NaN without.
    """
    if mask is not None:
        points = torch.where(mask, points, 0.0)
    if weight is not None:
        points = points * weight
    if reduction == "none":
        return points
    if reduction == "sum":
        return points.sum()
    if points.numel() == 0:
        raise ValueError('The batch is empty, and the mean of nothing has no value: leave it out, or take "sum".')
    shares = mask if weight is None else weight
    if shares is None:
        return points.mean()
    total = shares.expand_as(points).sum()
    if (check or checks.is_cheap(total)) and not bool(total > 0):
        raise ValueError(
            "The mask or the weights leave no point, and the mean of nothing has no value: "
            'leave the batch out, or take "sum".'
        )
    return points.sum() / total


def loss(name: str, **options: Any) -> TableLoss:
    """The module of a loss by its name in the table, such as loss("student_t", nu=4). Raises ValueError."""
    if name not in SOUND:
        raise ValueError(f"There is no loss {name!r}. There are {', '.join(SOUND)}.")
    return LOSS_MODULES[name](**options)


def _signature(name: str) -> inspect.Signature:
    common = {"reduction": "mean", "check": False, "full": False}
    if SOUND[name].constant is None or SOUND[name].trained:
        del common["full"]
    kind = inspect.Parameter.KEYWORD_ONLY
    given = [inspect.Parameter(key, kind, default=value) for key, value in {**options_of(name), **common}.items()]
    return inspect.Signature(given)


def _words(name: str) -> str:
    row = SOUND[name]
    outputs = "; ".join(f"{output.name} ({output.label})" for output in row.outputs)
    formula = row.trained or row.formula or row.latex
    return f"""{row.label}. {row.help}

    Outputs, in their order: {outputs}.
    Per point: {formula}{"".join(f", {key} = {text}" for key, text in row.where)}{_more(row)}
    Read as: {", ".join(row.readings)}. Unit of the value: {row.unit}.
    Source: {row.reference}.
    """


def _more(row: Loss) -> str:
    return f" + {row.regulariser}" if row.regulariser else ""


def _module(name: str) -> type[TableLoss]:
    members = {"name": name, "__doc__": _words(name), "__module__": __name__, "__signature__": _signature(name)}
    return type(class_name(name), (TableLoss,), members)


def _function(name: str) -> Any:
    made: dict[tuple[Any, ...], TableLoss] = {}

    def function(
        outputs: Outputs,
        target: Tensor,
        *others: Tensor,
        weight: Tensor | None = None,
        mask: Tensor | None = None,
        **options: Any,
    ) -> Tensor:
        key = tuple(sorted((option, plain(given)) for option, given in options.items()))
        if key not in made:
            if len(made) > 100:
                made.clear()
            made[key] = LOSS_MODULES[name](**options)
        return made[key](outputs, target, *others, weight=weight, mask=mask)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{class_name(name)}(**options)(outputs, target, weight=weight, mask=mask).\n\n    {_words(name)}"
    )
    return function


LOSS_MODULES: Mapping[str, type[TableLoss]] = {name: _module(name) for name in SOUND}
LOSS_FUNCTIONS: Mapping[str, Any] = {name: _function(name) for name in SOUND}
globals().update({class_name(name): made for name, made in LOSS_MODULES.items()}, **LOSS_FUNCTIONS)
__all__ = [
    "LOSS_FUNCTIONS",
    "LOSS_MODULES",
    "TableLoss",
    "loss",
    *map(class_name, SOUND),
    *SOUND,
]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
