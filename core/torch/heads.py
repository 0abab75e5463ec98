"""Heads for your own network: a last layer that gives the outputs a loss takes, and reads them as a distribution.

    network = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), GaussianHead(64, bound="soft", least_std=0.01, most_std=10))
    outputs = network(x)                      # (N, 2): mean and log variance
    gaussian_nll(outputs, target).backward()
    network[-1].distribution(outputs)         # a torch.distributions.Normal

The outputs are in the convention of `core.torch.losses`, whatever the head does inside: a log variance is a log
variance, also of a softplus std. So every loss of these outputs fits, without options of its own for head and bound.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, distributions, nn

from ..model.heads import OWN
from ..model.losses import Loss
from . import checks
from .losses import LOSS_MODULES, Outputs
from .options import SOUND, options_of, row_with
from .plan import Plan
from .spread import Spread


class Head(nn.Module):
    """A linear layer to the H outputs of a loss for each target, its head function and its bound.

    in_features: width of what comes in, (..., in_features); None for no layer, where (..., H) comes in itself.
    loss: the name of a loss in the table, which says what the outputs are.
    targets: D gives outputs (..., D, H) for targets (..., D); None gives (..., H) for targets (...).
    options: those of the loss that shape its outputs: head, bound, least_std, most_std, levels, components, nu.

    The biases begin where the laboratory's do, which suits standardised targets. With "faithful" the outputs after the
    mean do not move the layers before: they get them detached, as the loss asks for.
    Raises TypeError or ValueError for wrong options.
    """

    loss_name = "gaussian_nll"

    def __init__(
        self,
        in_features: int | None,
        loss: str | None = None,
        *,
        targets: int | None = None,
        device: Any = None,
        dtype: Any = None,
        **options: Any,
    ):
        super().__init__()
        self.loss_name = loss or self.loss_name
        if self.loss_name not in SOUND:
            raise ValueError(f"There is no loss {self.loss_name!r}. There are {', '.join(SOUND)}.")
        for name, size in (("in_features", in_features), ("targets", targets)):
            if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 1):
                raise ValueError(f"{name} must be a whole number of 1 or more, and it is {size!r}.")
        if options.get("bound") == "epsilon":
            raise ValueError("The bound epsilon belongs to the loss: give it there, and to the head clamp or soft.")
        self.in_features, self.targets, self.options = in_features, targets, dict(options)
        self._prepare()
        self.linear: nn.Linear | None = None
        if in_features is not None:
            self.linear = nn.Linear(in_features, (targets or 1) * self.out_features, device=device, dtype=dtype)
            starts = torch.tensor(self.row.starts * (targets or 1), dtype=self.linear.bias.dtype)
            with torch.no_grad():
                self.linear.bias.copy_(starts)

    def _prepare(self) -> None:
        self.row: Loss = row_with(self.loss_name, self.options)
        self._plan, self._spread = Plan.of(self.row, trained=True), Spread.of(self.row)
        read = {name: kept for name, kept in self.options.items() if name not in ("head", "bound")}
        self._reader = LOSS_MODULES[self.loss_name](**read)
        self.output_names = self._reader.output_names

    def __getstate__(self) -> dict[str, Any]:
        return {name: kept for name, kept in self.__dict__.items() if name not in ("row", "_plan", "_spread")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._prepare()

    @property
    def out_features(self) -> int:
        """How many outputs there are per target: H."""
        return len(self.row.outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Outputs (..., H), or (..., D, H) of D targets, of features (..., in_features)."""
        raw = features if self.linear is None else self._of_layer(self.linear, features)
        if self.linear is not None and self.targets is not None:
            raw = raw.unflatten(-1, (self.targets, self.out_features))
        if self._plan.within is None and self._spread.tree is None:
            return raw
        each = self._spread(self._plan.bounded(checks.separate(raw, self.output_names)))
        return torch.stack(list(each), dim=-1)

    def _of_layer(self, layer: nn.Linear, features: Tensor) -> Tensor:
        if not self.row.stops_gradient:
            return layer(features)
        is_mean = torch.arange(layer.out_features, device=features.device) % self.out_features == 0
        return torch.where(is_mean, layer(features), layer(features.detach()))

    def distribution(
        self, outputs: Outputs, *, reading: str | None = None, std: Tensor | float | None = None
    ) -> distributions.Distribution:
        """What outputs of `forward` predict, of batch shape (...) or (..., D); see `TableLoss.distribution`."""
        return self._reader.distribution(outputs, reading=reading, std=std)

    def mean_std(
        self, outputs: Outputs, *, reading: str | None = None, std: Tensor | float | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of `distribution`."""
        return self._reader.mean_std(outputs, reading=reading, std=std)

    def extra_repr(self) -> str:
        """Its options, for `print`."""
        return ", ".join(f"{name}={kept!r}" for name, kept in {"loss": self.loss_name, **self.options}.items())


# The usual heads by the name of their distribution. `Head(in_features, name)` makes one for any loss.
HEADS: Mapping[str, str] = {
    "GaussianHead": "gaussian_nll",
    "NaturalGaussianHead": "natural",
    "FaithfulHead": "faithful",
    "MeanHead": "squared_error",
    "LaplaceHead": "laplace_nll",
    "AbsoluteHead": "absolute_log_variance",
    "QuantileHead": "pinball",
    "StudentTHead": "student_t",
    "LearnedStudentTHead": "student_t_learned",
    "EvidentialHead": "evidential",
    "MixtureHead": "mixture",
}


def _head(name: str, loss: str) -> type[Head]:
    outputs = "; ".join(f"{output.name} ({output.label})" for output in SOUND[loss].outputs)
    options = ", ".join(option for option in options_of(loss) if option not in ("offset", "evidence_weight", "beta"))
    words = f"""The head for {SOUND[loss].label}. Outputs: {outputs}.

    Options: {options or "none"}; head is {OWN.name} if not given. See `Head`.
    """
    return type(name, (Head,), {"loss_name": loss, "__doc__": words, "__module__": __name__})


HEAD_MODULES: Mapping[str, type[Head]] = {name: _head(name, loss) for name, loss in HEADS.items()}
globals().update(HEAD_MODULES)
__all__ = ["HEADS", "HEAD_MODULES", "Head", *HEADS]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
