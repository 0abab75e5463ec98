"""RULES: what a monitor tells while the loop runs. Each has numbers that decide, and stays silent without them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ..diagnosis.finding import Cause, Claim, ClaimKind, Finding
from ..diagnosis.loss_check import log_rules
from ..diagnosis.loss_check.log_evidence import LogEvidence
from ..words import number, quantity
from .seen import Seen

_AT_BOUND = 0.5  # of the std at one and the same smallest value
_COLLAPSED = 100.0  # mean of z², and a std this much smaller than that of y
_NOTHING = 0.02  # of the variance of y: a mean that explains less is no better than a constant
_SPREAD = 1e-6  # of the std: values closer than this are one value


def _count(value: float) -> str:
    return f"{round(value):,}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %".replace("-0 ", "0 ").replace("-", "−")


_KINDS: Mapping[str, ClaimKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ClaimKind("at", "the step at which it was seen first", _count),
            ClaimKind("count", "the number of them", _count),
            ClaimKind("points", "the number of points of the last steps that it is a mean or a share of", _count),
            ClaimKind("share", "the share of these points", _percent),
            ClaimKind("ratio", "mean of ((y − mean)/std)²", quantity),
            ClaimKind("factor", "the ratio, or one over it where it is below one", quantity),
            ClaimKind("std", "geometric mean of the predicted std, unit of y", quantity),
            ClaimKind("least", "the smallest predicted std, unit of y", quantity),
            ClaimKind("rms", "root mean square of y − mean, unit of y", quantity),
            ClaimKind("loss", "mean loss over the last tenth of the steps", number),
            ClaimKind("names", "what gets no gradient"),
            ClaimKind("y_shape", "the shape of y"),
            ClaimKind("other_shape", "the shape of the other"),
            ClaimKind("what", "the other"),
            ClaimKind("explained", "share of the variance of y that the mean explains", _percent),
            ClaimKind("start", "y where the mean is zero, on the line through the points, unit of y", number),
            ClaimKind("slope", "what y rises by if the mean rises by one, on that line", quantity),
        )
    }
)


def _claims(**values: float | str) -> tuple[Claim, ...]:
    return tuple(_KINDS[name](value) for name, value in values.items())


def of_code(it: Seen) -> Finding | None:
    """The mistake that the code of the loss has."""
    return it.of_code


def not_finite(it: Seen) -> Finding | None:
    """A loss is NaN or infinite."""
    if it.first_not_finite is None:
        return None
    text = (
        "The loss was not finite at step **{at}** for the first time. Such steps so far: **{count}**. Usual reasons: "
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
    """Values that belong to the same points have other shapes."""
    if it.shapes is None:
        return None
    what, *both = it.shapes
    y, other = (str(shape).replace(",)", ")") for shape in both)
    text = "y has the shape {y_shape}, and {what} the shape {other_shape}. "
    if int(np.prod(both[0])) == int(np.prod(both[1])) and it.recent is not None:
        text += (
            "If your loss subtracts them like this, it compares each y with each mean of the batch. Give both one "
            "shape, as with `y.reshape(mean.shape)`."
        )
    else:
        text += "The monitor needs one value of it for each y."
    claims = _claims(y_shape=f"`{y}`", other_shape=f"`{other}`", what=what)
    return Finding.said("mistake", f"y and {what} differ in shape", text, claims)


# What to do about a variance that is not positive, by what the loop says of the second output.
_POSITIVE: Mapping[str, str] = MappingProxyType(
    {
        "log_var": "exp of this log variance is zero or overflows: take a lower learning rate, or bound it.",
        "var": (
            "Let the network predict log σ², or use softplus and a small constant. If it is a log variance, tell it "
            "as `log_var=`."
        ),
        "std": "Let the network predict log σ, or use softplus and a small constant.",
    }
)


def not_positive(it: Seen) -> Finding | None:
    """A predicted variance or std is zero, negative or not finite at some points."""
    if it.std is None:
        return None
    std = it.std[np.isfinite(it.mean)]  # where the mean is NaN too, so are the weights, and the loss says it
    share = float(np.mean(~(std > 0) | ~np.isfinite(std))) if std.size else 0.0
    if share == 0:
        return None
    text = "At **{share}** of {points} points the predicted variance is zero, negative or not finite. "
    text += _POSITIVE.get(it.reading, _POSITIVE["std"])
    return Finding.said("mistake", "A predicted variance is not positive", text, _claims(share=share, points=std.size))


def no_gradient(it: Seen) -> Finding | None:
    """Parameters that get no gradient, beside others that do."""
    if not it.silent:
        return None
    shown = ", ".join(f"`{name[:60]}`" for name in it.silent[:3])
    shown += " and others" if len(it.silent) > 3 else ""
    text = (
        "No gradient reaches {names}: it was absent or exactly zero at each of the last looks. Usual reasons: detach, "
        "a clamp, a ReLU that is zero everywhere, a tanh far from zero, or a term that is missing in the loss."
    )
    return Finding.said("warning", "A part of the network does not learn", text, _claims(names=shown))


def units(it: Seen) -> Finding | None:
    """y lies on a line over the mean that is far from y = mean, and the std does not allow for it."""
    if it.step < it.fewest or it.line is None or not it.is_off:
        return None
    text = (
        "y is about **{start}** + **{slope}** · mean, on {points} points, and the predicted std is too small for "
        "the difference. Give both in the unit of the loss: if y was standardised for it, the standardised y."
    )
    claims = _claims(start=it.line.start, slope=it.line.slope, points=it.z2.size)
    return Finding.said("mistake", "y and mean are not in one unit", text, claims, (), (Cause("other_unit"),))


def collapsed(it: Seen) -> Finding | None:
    """The std has become so small that the residuals are many times larger."""
    if not it.is_enough or not it.is_off or it.ratio < _COLLAPSED or it.step < it.fewest:
        return None
    if it.typical_std * _COLLAPSED**0.5 > float(np.std(it.y[it.whole])):
        return None
    text = (
        "The typical predicted std is **{std}**, and the residuals have a root mean square of **{rms}**, on {points} "
        "points. The std has collapsed, or it is not what was given to the monitor."
    )
    claims = _claims(std=it.typical_std, rms=it.rms, points=it.z2.size)
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
    if it.step < it.fewest or not it.is_settled or not it.is_off:
        return None
    side = "small" if it.ratio > 1 else "large"
    text = (
        "The mean of ((y − mean)/std)² is **{ratio}** on {points} points, and a right std gives one. The predicted "
        f"variance is **{{factor}}** times too {side}: fit a factor after training, or check what the loss makes of it."
    )
    claims = _claims(ratio=it.ratio, points=it.z2.size, factor=max(it.ratio, 1 / it.ratio))
    return Finding.said("warning", f"The predicted variance is too {side}", text, claims)


def mean_flat(it: Seen) -> Finding | None:
    """The mean explains nothing of y, once the loss has settled."""
    if it.step < it.fewest or not it.is_settled or it.explained is None or it.explained >= _NOTHING:
        return None
    text = (
        "The mean explains **{explained}** of the variance of y, on {points} points: a constant does as well. Either y "
        "is nearly all noise, or the mean is not learned. Usual reasons: inputs that are not standardised, a mean "
        "without a gradient, shapes that broadcast, or a large variance early, against which β-NLL helps."
    )
    claims = _claims(explained=it.explained, points=it.pairs[0].size)
    return Finding.said("warning", "The mean is no better than a constant", text, claims)


def negative(it: Seen) -> Finding | None:
    """The loss is negative as the Gaussian NLL of the predictions is, with a std that fits the residuals."""
    if it.recent is None or it.recent >= 0 or not it.is_right or not it.is_settled:
        return None
    if it.step < it.fewest or it.typical_std >= 1 or not it.is_gaussian_nll:
        return None
    text = (
        "The loss is **{loss}**, and the typical predicted std is **{std}**. The loss is the negative logarithm of a "
        "Gaussian density, which is above one where the std is small. The mean of ((y − mean)/std)² is **{ratio}**, "
        "near one."
    )
    claims = _claims(loss=it.recent, std=it.typical_std, ratio=it.ratio)
    return Finding.said("good", "Your loss is negative, and that is correct", text, claims)


def _of_log(
    rule: Callable[[LogEvidence], Finding | None], kind: str, name: str, help: str
) -> Callable[[Seen], Finding | None]:
    """A rule of the page Check a loss on the course of the losses, once there are some steps; what is of this kind."""

    def found(it: Seen) -> Finding | None:
        if it.step < it.fewest or it.first_not_finite is not None:
            return None
        said = rule(it.log)
        return said if said is not None and said.kind == kind else None

    found.__name__, found.__doc__ = name, help
    return found


diverged = _of_log(log_rules.diverged, "mistake", "diverged", "The training loss ends far above its lowest level.")
moves_not = _of_log(log_rules.constant, "mistake", "moves_not", "The training loss does not move at all.")
overfits = _of_log(
    log_rules.overfits, "warning", "overfits", "The validation loss rises while the training loss falls."
)

# By weight: what is broken, what is wrong, what is right.
RULES: Mapping[str, Callable[[Seen], Finding | None]] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            not_finite,
            shapes,
            not_positive,
            of_code,
            diverged,
            units,
            collapsed,
            no_gradient,
            moves_not,
            overfits,
            at_bound,
            variance_off,
            mean_flat,
            negative,
        )
    }
)
# A rule on the right has nothing to say where one on the left has spoken.
_SILENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "of_code": ("negative",),
        "diverged": ("variance_off", "mean_flat"),
        "units": ("collapsed", "variance_off", "mean_flat"),
        "collapsed": ("variance_off",),
    }
)
AT_ONCE = frozenset({"not_finite", "shapes", "not_positive", "of_code", "units", "collapsed"})


def findings(it: Seen) -> tuple[Finding, ...]:
    """What the rules find at this moment, the worst first."""
    found: dict[str, Finding] = {}
    for name, rule in RULES.items():
        if any(name in _SILENCES.get(other, ()) for other in found):
            continue
        if (finding := rule(it)) is not None:
            found[name] = replace(finding, rule=name)
    return tuple(found.values())
