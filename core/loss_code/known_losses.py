"""KNOWN_LOSSES: the losses that frameworks have ready, per point, with the places of their arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .arguments import Parameter, parameters


@dataclass(frozen=True)
class KnownLoss:
    """A ready loss: parameters, its formula in them, what the places are, and how it is reduced unless told.

    `flags` are terms that a setting of this name adds. `classes` says the names that make an object first.
    """

    parameters: tuple[Parameter, ...]
    formula: str
    roles: Mapping[str, str]
    reduction: str
    is_class: bool
    flags: Mapping[str, str] = field(default_factory=dict)


_P, _T = "pred input y_pred predictions preds predicted inputs y_hat", "target y_true targets labels y true"
_TORCH, _KERAS, _OPTAX = f"{_P}|{_T}", f"{_T}|{_P}", f"{_P}|{_T}=0"
_ROLES = MappingProxyType({"target": "target", "pred": "mean", "var": "second"})
_HUBER = (
    "when(delta - abs(pred - target), (pred - target)**2/2)"
    " + unless(delta - abs(pred - target), delta*(abs(pred - target) - delta/2))"
)
_SMOOTH = (
    "when(beta - abs(pred - target), (pred - target)**2/(2*beta))"
    " + unless(beta - abs(pred - target), abs(pred - target) - beta/2)"
)
_LOGCOSH = "log(cosh(pred - target))"
# names of functions; names of classes; parameters; formula; reduction of the function; flags
_TABLE: tuple[tuple[str, str, str, str, str, Mapping[str, str]], ...] = (
    ("mse_loss", "MSELoss", _TORCH, "(pred - target)**2", "mean", {}),
    ("l1_loss", "L1Loss", _TORCH, "abs(pred - target)", "mean", {}),
    ("smooth_l1_loss", "SmoothL1Loss", f"{_TORCH}|beta=1", _SMOOTH, "mean", {}),
    ("huber_loss", "HuberLoss", f"{_TORCH}|delta=1", _HUBER, "mean", {}),
    (
        "gaussian_nll_loss",
        "GaussianNLLLoss",
        f"{_TORCH}|var variance|full=0|eps=1e-6",
        "(log(clamped) + (pred - target)**2/clamped)/2",
        "mean",
        {"full": "log(2*pi)/2"},
    ),
    (
        "poisson_nll_loss",
        "PoissonNLLLoss",
        f"{_TORCH}|log_input=1|full=0|eps=1e-8",
        "when(log_input, exp(pred) - target*pred) + unless(log_input, pred - target*log(pred + eps))",
        "mean",
        {},
    ),
    ("binary_cross_entropy_with_logits", "BCEWithLogitsLoss", _TORCH, "softplus(pred) - pred*target", "mean", {}),
    (
        "mean_squared_error mse MSE MeanSquaredErrorOf",
        "MeanSquaredError",
        _KERAS,
        "(pred - target)**2",
        "outputs",
        {},
    ),
    ("mean_absolute_error mae MAE", "MeanAbsoluteError", _KERAS, "abs(pred - target)", "outputs", {}),
    ("huber", "Huber", f"{_KERAS}|delta=1", _HUBER, "outputs", {}),
    ("log_cosh logcosh_loss", "LogCosh", _KERAS, _LOGCOSH, "outputs", {}),
    ("poisson_loss", "", _KERAS, "pred - target*log(pred + 1e-7)", "outputs", {}),
    (
        "mean_pinball_loss",
        "",
        f"{_KERAS}|alpha=0.5",
        "max(alpha*(target - pred), (alpha - 1)*(target - pred))",
        "mean",
        {},
    ),
    ("l2_loss", "", _OPTAX, "(pred - target)**2/2", "none", {}),
    ("squared_error", "", _OPTAX, "(pred - target)**2", "none", {}),
    ("absolute_error", "", _OPTAX, "abs(pred - target)", "none", {}),
)


def _rows() -> Mapping[str, KnownLoss]:
    made = {}
    for functions, classes, given, text, reduction, flags in _TABLE:
        given += "|reduction size_average=None"
        for name in functions.split():
            made[name] = KnownLoss(parameters(given), text, _ROLES, reduction, False, flags)
        for name in classes.split():
            made[name] = KnownLoss(parameters(given), text, _ROLES, "mean", True, flags)
    return MappingProxyType(made)


KNOWN_LOSSES = _rows()
