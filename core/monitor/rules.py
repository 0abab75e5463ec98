"""RULES: what a monitor tells while the loop runs. Each has numbers that decide, and stays silent without them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ..diagnosis.finding import Cause, Claim, ClaimKind, Finding
from ..words import number, quantity
from .seen import Seen

_AT_BOUND = 0.5  # of the std at one and the same smallest value
_COLLAPSED = 100.0  # mean of z², and a std this much smaller than that of y
_FEWEST_STEPS = 200  # before which a std that is off is only the start
_SPREAD = 1e-6  # of the std: values closer than this are one value


def _count(value: float) -> str:
    return f"{round(value):,}"


_KINDS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("at", "the step at which it was seen first", _count),
            ClaimKind("count", "the number of them", _count),
            ClaimKind("points", "the number of points of the last steps that it is a mean or a share of", _count),
            ClaimKind("share", "the share of these points", lambda value: f"{100 * value:.0f} %"),
            ClaimKind("ratio", "mean of ((y − mean)/std)²", quantity),
            ClaimKind("factor", "the ratio, or one over it where it is below one", quantity),
            ClaimKind("std", "geometric mean of the predicted std, unit of y", quantity),
            ClaimKind("least", "the smallest predicted std, unit of y", quantity),
            ClaimKind("rms", "root mean square of y − mean, unit of y", quantity),
            ClaimKind("loss", "mean loss over the last tenth of the steps", number),
            ClaimKind("names", "what gets no gradient"),
            ClaimKind("y_shape", "the shape of y"),
            ClaimKind("mean_shape", "the shape of the mean"),
        )
    }
)


def _claims(**values: float | str) -> tuple[Claim, ...]:
    return tuple(_KINDS[name](value) for name, value in values.items())


def not_finite(it: Seen) -> Finding | None:
    """A loss is NaN or infinite."""
    if it.first_not_finite is None:
        return None
    text = (
        "The loss was not finite at step **{at}** for the first time, and at **{count}** steps in all. Usual reasons: "
        "a logarithm, a root or a division at zero, exp of a large output, or a learning rate that is too high."
    )
    return Finding.said(
        "mistake",
        "The loss is NaN or infinite",
        text,
        _claims(at=it.first_not_finite, count=it.not_finite),
        (),
        (Cause("mistake_in_loss"), Cause("rate_too_high")),
    )


def shapes(it: Seen) -> Finding | None:
    """y and mean have as many values in other shapes, which a difference would broadcast."""
    if it.shapes is None:
        return None
    y, mean = (str(shape).replace(",)", ")") for shape in it.shapes)
    text = (
        "y has the shape {y_shape} and mean the shape {mean_shape}. Their difference holds each y against each mean "
        "of the batch. Give both one shape, as with `y.reshape(mean.shape)`."
    )
    if int(np.prod(it.shapes[0])) != int(np.prod(it.shapes[1])):
        text = "y has the shape {y_shape} and mean the shape {mean_shape}. The monitor needs one mean for each y."
    return Finding.said(
        "mistake", "y and mean differ in shape", text, _claims(y_shape=f"`{y}`", mean_shape=f"`{mean}`")
    )


def not_positive(it: Seen) -> Finding | None:
    """A predicted variance or std is zero, negative or not finite at some points."""
    if it.std is None or it.std.size == 0 or (it.first_not_finite is not None and not np.isfinite(it.std).any()):
        return None
    share = float(np.mean(~(it.std > 0) | ~np.isfinite(it.std)))
    if share == 0:
        return None
    text = (
        "At **{share}** of {points} points the predicted variance is zero, negative or not finite. Let the network "
        "predict log σ², or use softplus and a small constant."
    )
    return Finding.said(
        "mistake", "A predicted variance is not positive", text, _claims(share=share, points=it.std.size)
    )


def no_gradient(it: Seen) -> Finding | None:
    """Parameters that get no gradient, beside others that do."""
    if not it.silent:
        return None
    shown = ", ".join(f"`{name[:60]}`" for name in it.silent[:3])
    shown += " and others" if len(it.silent) > 3 else ""
    text = (
        "No gradient reaches {names}: it was absent or exactly zero at each of the last looks. Usual reasons: detach, "
        "a clamp, a ReLU that is zero everywhere, or a term that is missing in the loss."
    )
    return Finding.said("warning", "A part of the network does not learn", text, _claims(names=shown))


def collapsed(it: Seen) -> Finding | None:
    """The std has become so small that the residuals are many times larger."""
    if not it.is_enough or not it.is_off or it.ratio < _COLLAPSED or it.step < _FEWEST_STEPS:
        return None
    if it.typical_std * _COLLAPSED**0.5 > float(np.std(it.y[it.whole])):
        return None
    text = (
        "The typical predicted std is **{std}**, and the residuals have a root mean square of **{rms}**, on {points} "
        "points. The std has collapsed, or it is not what was given to the monitor."
    )
    rms = float(np.sqrt(np.mean(it.residual**2)))
    claims = _claims(std=it.typical_std, rms=rms, points=it.z2.size)
    return Finding.said("mistake", "The predicted std has collapsed", text, claims)


def at_bound(it: Seen) -> Finding | None:
    """Many points have the very same smallest std, as a clamp makes them."""
    if it.std is None or not it.is_enough:
        return None
    std = it.std[it.whole]
    least = float(std.min())
    share = float(np.mean(std <= least * (1 + _SPREAD)))
    if share < _AT_BOUND or std.max() <= least * (1 + 1e-3):  # one std for all is a model of equal noise
        return None
    text = (
        "**{share}** of {points} points have the same smallest std, **{least}**. A hard clamp has no gradient there: "
        "use a soft bound, or a lower one."
    )
    claims = _claims(share=share, points=std.size, least=least)
    return Finding.said("warning", "The predicted std lies at its bound", text, claims)


def variance_off(it: Seen) -> Finding | None:
    """The predicted variance and the squared residuals differ by a factor, once the loss has settled."""
    if it.step < _FEWEST_STEPS or not it.is_settled or not it.is_off or collapsed(it) is not None:
        return None
    side = "small" if it.ratio > 1 else "large"
    text = (
        "The mean of ((y − mean)/std)² is **{ratio}** on {points} points, and a right std gives one. The predicted "
        f"variance is **{{factor}}** times too {side}: fit a factor after training, or check what the loss makes of it."
    )
    claims = _claims(ratio=it.ratio, points=it.z2.size, factor=max(it.ratio, 1 / it.ratio))
    return Finding.said("warning", f"The predicted variance is too {side}", text, claims)


def negative(it: Seen) -> Finding | None:
    """The loss is negative as the Gaussian NLL of the predictions is, with a std that fits the residuals."""
    if it.recent is None or it.recent >= 0 or not it.is_enough or it.is_off or not it.is_settled:
        return None
    if it.step < _FEWEST_STEPS or it.typical_std >= 1 or not it.is_gaussian_nll:
        return None
    text = (
        "The loss is **{loss}**, and the typical predicted std is **{std}**. The loss is the negative logarithm of a "
        "Gaussian density, which is above one where the std is small. The mean of ((y − mean)/std)² is **{ratio}**, "
        "near one."
    )
    claims = _claims(loss=it.recent, std=it.typical_std, ratio=it.ratio)
    return Finding.said("good", "Your loss is negative, and that is correct", text, claims)


# By weight: what is broken, what is wrong, what is right.
RULES: Mapping[str, Callable[[Seen], Finding | None]] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (not_finite, shapes, not_positive, no_gradient, collapsed, at_bound, variance_off, negative)
    }
)


def findings(it: Seen) -> tuple[Finding, ...]:
    """What the rules find at this moment, the worst first."""
    found = [(name, rule(it)) for name, rule in RULES.items()]
    return tuple(replace(finding, rule=name) for name, finding in found if finding is not None)
