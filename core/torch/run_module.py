"""A trained run as an `nn.Module`, with the scaling of x and y inside."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, MixtureSameFamily, TransformedDistribution
from torch.distributions.transforms import ExpTransform

from ..data.tables.encoding import inputs_of
from ..experiment.loss_settings import loss_of
from ..model.bounds import BOUNDS
from ..model.losses import LOSSES, Loss
from ..model.losses.in_unit import in_unit
from ..model.networks import split
from ..training.run import Run
from . import readings
from .exponential_moments import exponential_moment
from .losses import TableLoss, loss
from .spread import Spread

_MODULES = {"tanh": nn.Tanh, "relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU, "elu": nn.ELU, "softplus": nn.Softplus}


def module(run: Run, *, dtype: torch.dtype = torch.float32, device: Any = None) -> "RunModule":
    """The trained network of a run as a module: raw rows in, outputs in the unit of y out.

    dtype: float32 agrees with `run.predict` to some 1e-5, float64 to 1e-6 and better.
    Raises ValueError if the run has no finite weights, TypeError for another dtype.
    """
    if dtype not in (torch.float32, torch.float64):
        raise TypeError(f"dtype must be torch.float32 or torch.float64, and it is {dtype}.")
    runs = list(run.by_target.values())
    if not all(each.has_curve for of_target in runs for each in of_target.predicting):
        raise ValueError(f"The run has no finite weights: its training ended as “{run.status}”, so train it again.")
    numbers = [[each.member for each in of_target.predicting] for of_target in runs]
    if any(each != numbers[0] for each in numbers):
        raise ValueError(
            "Members of this run diverged for some of its targets only: "
            "take one target, as in module(run.of_target(name))."
        )
    return RunModule(run).to(device=device, dtype=dtype)


class RunModule(nn.Module):
    """The members of a run that predict, and how their outputs are read.

    `targets` and `inputs` are the names of its D targets and k inputs; `output_names` those of the H outputs of each
    target. Of one target there is no axis D, of one network no axis M. A categorical column is one input for each word:
    `encode` makes the rows of a table.
    """

    def __init__(self, run: Run):
        super().__init__()
        runs = list(run.by_target.values())
        self.targets = tuple(each.input_encoding.target for each in runs)
        self.inputs = run.input_encoding.inputs
        self.encoding, self.settings = run.input_encoding, run.experiment.loss
        self._prepare()
        self.logs = tuple(each.input_encoding.log_target for each in runs)
        members = range(len(run.predicting))
        self.members = nn.ModuleList(_Member([each.predicting[m] for each in runs]) for m in members)

    def _prepare(self) -> None:
        self.row: Loss = loss_of(self.settings)
        self._spread = Spread.of(self.row)
        self.output_names = tuple(output.name for output in self.row.outputs)

    def __getstate__(self) -> dict[str, Any]:
        return {name: kept for name, kept in self.__dict__.items() if name not in ("row", "_spread")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._prepare()

    def loss(self, **options: Any) -> TableLoss:
        """The loss that trained it, for outputs of `forward` and targets in the unit of y: to train on.

        options: reduction, check and others that replace those of the run. What head and bound do is in the outputs
        already. Raises ValueError for a mistake or a typed formula, which have no module.
        """
        own = {name: getattr(self.settings, name) for name in LOSSES[self.settings.name].settings}
        return loss(self.settings.name, **own | options)

    def encode(self, rows: Any) -> Tensor:
        """Rows (N, k) for `forward`, of a DataFrame or mapping of columns by name, as `run.predict` takes them.

        Raises TableError, a ValueError, for columns that are missing.
        """
        first = next(self.parameters())
        return torch.as_tensor(inputs_of(rows, self.encoding), dtype=first.dtype, device=first.device)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, H) in the unit of y of raw rows x (N, k), or (N,) of one input.

        With D targets they are (N, D, H), with M members (M, N, H) or (M, N, D, H). If the log of y was fitted, they
        are those of log y. They fit `core.torch.losses`. Raises TypeError, ValueError or RuntimeError for other rows.
        """
        found = self._each(self._rows(x))
        return found[0] if len(found) == 1 else torch.stack(found)

    def mean_std(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of y at raw rows x, (N,) or (N, D), in the unit of y.

        Of several members they are those of their equal mixture. It is `run.predict(x)[["mean", "std"]]`.
        """
        found = [self._read(outputs, member) for outputs, member in self._with_members(x)]
        each = [self._moments([law[d] for law in found], log) for d, log in enumerate(self.logs)]
        means, stds = zip(*each, strict=True)
        return (means[0], stds[0]) if len(each) == 1 else (torch.stack(means, -1), torch.stack(stds, -1))

    def distribution(self, x: Tensor, target: str = "") -> Distribution:
        """The predicted distribution of y, or of one `target` by its name, of batch shape (N,).

        Raises ValueError if there are several targets and none is named.
        """
        if target not in self.targets and (target or len(self.targets) > 1):
            raise ValueError(f"The target must be one of {', '.join(self.targets)}, and it is {target!r}.")
        d = self.targets.index(target) if target else 0
        laws = [self._read(outputs, member)[d] for outputs, member in self._with_members(x)]
        law = laws[0] if len(laws) == 1 else _blend(laws)
        return TransformedDistribution(law, [ExpTransform()], validate_args=False) if self.logs[d] else law

    def _with_members(self, x: Tensor) -> list[tuple[Tensor, Any]]:
        return list(zip(self._each(self._rows(x)), self.members, strict=True))

    def _rows(self, x: Tensor) -> Tensor:
        """Raw rows as (N, k)."""
        if not isinstance(x, Tensor):
            raise TypeError(f"The rows are of type {type(x).__name__}: give a tensor, as module.encode(rows) makes.")
        if not x.is_floating_point():
            raise TypeError(f"The rows have dtype {x.dtype}: give floats, as in x.float().")
        here = next(self.parameters()).device
        if x.device != here:
            raise RuntimeError(f"The rows are on {x.device} and the module is on {here}: move one of them.")
        if x.ndim == 1 and len(self.inputs) == 1:
            x = x.unsqueeze(-1)
        if x.ndim != 2 or x.shape[1] != len(self.inputs):
            count = len(self.inputs)
            raise ValueError(
                f"The rows have shape {tuple(x.shape)}, and this run predicts from {count} "
                f"{'input' if count == 1 else 'inputs'}: give a tensor of shape (N, {count})."
            )
        return x

    def _each(self, x: Tensor) -> list[Tensor]:
        """The outputs of each member, (N, H) or (N, D, H), in the unit of y."""
        found = [torch.stack(self._in_unit(member(x), member), dim=1) for member in self.members]
        return found if len(self.targets) > 1 else [each[:, 0] for each in found]

    def _in_unit(self, raw: Tensor, member: Any) -> list[Tensor]:
        """Outputs (N, H) of each target, of those (N, D, H) in training units; `frame.outputs_of` in torch."""
        row, bound, spread = self.row, BOUNDS[self.row.limits.bound], self._spread
        powers = [output.log_power for output in row.outputs]
        found = []
        for d in range(len(self.targets)):
            shift, scale = member.y_shift[d], member.y_scale[d]
            each = list(spread(raw[:, d].unbind(-1)))
            if bound.within is not None:
                limits = zip(each, row.limits.low, row.limits.high, powers, strict=True)
                each = [
                    bound.within(torch, one, *(end - power * torch.log(scale) for end in (low, high)))
                    if np.isfinite(low)
                    else one
                    for one, low, high, power in limits
                ]
            found.append(torch.stack(in_unit(torch, row, each, shift, scale, torch.log), dim=-1))
        return found

    def _read(self, outputs: Tensor, member: Any) -> list[Distribution]:
        """The distribution of each target that one member predicts, of what was fitted."""
        of_each = outputs.unbind(1) if len(self.targets) > 1 else (outputs,)
        stds = [None] * len(self.targets) if self.row.has_scale else torch.exp(0.5 * member.residual_log_variance)
        return [
            readings.distribution(self.row, each.unbind(-1), self.settings.reading, std)
            for each, std in zip(of_each, stds, strict=True)
        ]

    @staticmethod
    def _moments(laws: Sequence[Distribution], log: bool) -> tuple[Tensor, Tensor]:
        """Mean and std of the equal mixture of these, or of exp of it."""
        if log:
            first, second = (torch.stack([exponential_moment(law, t) for law in laws]).mean(0) for t in (1.0, 2.0))
            ratio = second / first**2
            std = first * torch.sqrt(torch.clamp(ratio - 1, min=0))
            return first, torch.where(torch.isfinite(ratio), std, torch.inf)
        if len(laws) == 1:
            return laws[0].mean, laws[0].stddev
        means, variances = torch.stack([law.mean for law in laws]), torch.stack([law.variance for law in laws])
        return means.mean(0), torch.sqrt(variances.mean(0) + means.var(0, correction=0))


class _Member(nn.Module):
    """One network with its scaling: raw rows (N, k) to outputs (N, D, H) in training units."""

    x_shift: Tensor
    x_scale: Tensor

    def __init__(self, runs: Sequence[Run]):
        super().__init__()
        first = runs[0]
        nets = [_layers(run) for run in runs]  # of each target its nets, each a list of (weight, bias)
        trunks = [[part for layer in of_one[:-1] for part in layer] for of_target in nets for of_one in of_target]
        shared = first.architecture.shared and all(
            np.array_equal(a, b) for trunk in trunks[1:] for a, b in zip(trunks[0], trunk, strict=True)
        )
        if shared:  # one trunk, and the last layers of all targets side by side
            last = [np.concatenate(parts, axis=-1) for parts in zip(*(net[0][-1] for net in nets), strict=True)]
            nets = [[[*nets[0][0][:-1], (last[0], last[1])]]]
        name = first.architecture.activation
        self.nets = nn.ModuleList(_sequential(layers, name) for of_target in nets for layers in of_target)
        self.shape = len(runs), first.architecture.outputs
        for key, values in {
            "x_shift": first.scaling.x_shift,
            "x_scale": first.scaling.x_scale,
            "y_shift": [run.scaling.y_shift for run in runs],
            "y_scale": [run.scaling.y_scale for run in runs],
            "residual_log_variance": [_or_nan(run.residual_log_variance) for run in runs],
        }.items():
            self.register_buffer(key, torch.tensor(values, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (N, D, H) in training units."""
        inside = ((x - self.x_shift) / self.x_scale).to(self.x_shift.dtype)
        outputs = torch.cat([net(inside) for net in self.nets], dim=-1)
        return outputs.to(self.x_shift.dtype).unflatten(-1, self.shape)  # under autocast the layers give half precision


def _layers(run: Run) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """Of each net of a run its layers, weight (in, out) and bias (out,)."""
    parts = split(run.weights.astype(np.float64), run.architecture)
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    each = len(pairs) // run.architecture.nets
    return [pairs[at : at + each] for at in range(0, len(pairs), each)]


def _sequential(layers: Sequence[tuple[np.ndarray, np.ndarray]], activation: str) -> nn.Sequential:
    """The layers as torch has them."""
    made: list[nn.Module] = []
    for weight, bias in layers:
        linear = nn.Linear(*weight.shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        made += [linear, _MODULES[activation]()]
    return nn.Sequential(*made[:-1])


def _or_nan(number: float | None) -> float:
    return float("nan") if number is None else number


def _blend(laws: Sequence[Distribution]) -> Distribution:
    """The equal mixture of distributions of one family."""
    first, count = laws[0], len(laws)
    if isinstance(first, MixtureSameFamily):
        logits = torch.cat([law.mixture_distribution.logits for law in laws], -1)
        parts = [law.component_distribution for law in laws]
        made = {name: torch.cat([getattr(part, name) for part in parts], -1) for name in type(parts[0]).arg_constraints}
        together = type(parts[0])(**made, validate_args=False)
        return MixtureSameFamily(Categorical(logits=logits, validate_args=False), together, validate_args=False)
    stacked = readings.stacked(laws)
    equal = Categorical(logits=stacked.mean.new_zeros((*stacked.batch_shape[:-1], count)), validate_args=False)
    return MixtureSameFamily(equal, stacked, validate_args=False)
