"""The rules of Ask, in the order in which they give the headline: each returns what it finds, or None."""

import math
from collections.abc import Callable

from ..finding import Cause, Finding
from ..verdict.wording import Part, capital, part, said
from .ask_evidence import ABOVE, BELOW, GAUSSIAN, READ_AS, AskEvidence
from .ask_sums import Sum, as_sum, usual_sum
from .doctor_claims import claim
from .examination import examine
from .implied import SIGMAS

# Share of the target's std from which on a model explains hardly more than the mean of y does.
NOTHING_LEARNT = 0.95
# Share of the target's std below which a noise is hard to believe: 99.99 % of the variance would be explained.
PLAUSIBLE = 0.01
ABSURD = 1e-3  # share of the target's std below which no noise is
_NEAR = 0.03  # nats: a loss so near to a floor is that floor
_SHOWN = 5e-4  # nats: two losses so near are shown as one
_OVERCONFIDENT = 1.5  # times the predicted std: residuals so large are beyond what a wavering variance explains
_VERY_UNEQUAL = 2.0  # times: a known σ so far above the geometric mean asks for σ(x) that varies tenfold and more


def _causes(*names: str) -> tuple[Cause, ...]:
    return tuple(Cause(name) for name in names)


def _no_floor(it: AskEvidence) -> Finding | None:
    """The formula has no lowest value, or its optimum is at infinity by a known mistake."""
    if it.has_floor and not (it.escapes and it.loss.mistake):
        return None
    words = capital(it.loss.mistake) + "." if it.loss.mistake else examine(it.loss, GAUSSIAN, 1.0).no_optimum
    parts = [part("No σ follows from this loss. {no_optimum}", claim("no_optimum", words))]
    return said("mistake", "This formula has no floor", parts, (), _causes("mistake_in_loss"))


def _passed_on_the_way(it: AskEvidence) -> Finding | None:
    """The formula is lowest at infinity: every value above that end is passed by training that goes on."""
    if not it.escapes or it.loss.mistake or not it.has_floor:
        return None
    end = it.floor(1.0)
    if it.asked.value < end - _SHOWN:
        return None
    text = (
        "{no_optimum} On the way there it passes every value above **{lowest}**, your **{value}** among them. It "
        "shows how long the training was, nothing about the noise."
    )
    first = claim("no_optimum", examine(it.loss, GAUSSIAN, 1.0).no_optimum)
    parts = [part(text, first, claim("lowest", end), claim("value", it.asked.value))]
    return said("mistake", "This loss is lowest at infinity", parts, (), _causes("mistake_in_loss"))


def _out_of_reach(it: AskEvidence) -> Finding | None:
    """No noise gives this loss."""
    if it.implied is not None or not it.has_floor or _no_floor(it) or _passed_on_the_way(it) or _is_sum(it):
        return None
    low, high = map(it.floor, SIGMAS)
    between = part("never below **{lowest}**", claim("lowest", low))
    if it.loss.unit_power:
        between = part("above zero if there is any noise")
    elif low < high and not it.escapes:
        between = part(
            "between **{lowest}** and **{highest}** for every σ from {least_sigma} to {largest_sigma}",
            *(claim("lowest", low), claim("highest", high)),
            *(claim("least_sigma", SIGMAS[0]), claim("largest_sigma", SIGMAS[1])),
        )
    parts = [
        Part(f"This formula's mean loss is {between.text};", between.claims),
        part(
            "yours is **{value}**. The number is from another formula, is a sum of losses, or a constant was "
            "subtracted.",
            claim("value", it.asked.value),
        ),
    ]
    return said("mistake", "No model gives this loss", parts, (), _causes("other_loss", "sum"))


def _has_constant(it: AskEvidence) -> Finding | None:
    """The value has the constant of a full likelihood, and the formula has not: with it, all agrees."""
    constant, stated = it.left_out, it.stated_std
    if not constant or stated is None or it.fits_stated or not it.has_floor:
        return None
    without = it.asked.value - constant
    std = it.implied_by(without)
    if std is None or not -_NEAR <= without - it.floor(stated[0]) <= 2 * _NEAR:
        return None
    text = (
        "Your value seems to include the constant of a full likelihood, **{constant}**, which this code leaves "
        "out. Without it, it is **{each}**. That means a σ of **{std_of_each}**, which agrees with {agrees_with}."
    )
    claims = (
        claim("constant", constant),
        claim("each", without),
        claim("std_of_each", std),
        claim("agrees_with", stated[1]),
    )
    return said("warning", "The value includes a constant", [part(text, *claims)], (), _causes("other_loss"))


def _is_sum(it: AskEvidence) -> Finding | None:
    """The loss is a whole number of times what is stated, or so low that only a sum is plausible."""
    if _has_constant(it):
        return None
    found = as_sum(it)
    headline, causes = "This looks like a sum, not a mean", _causes("sum")
    if found is not None:
        text = (
            "A sum over **{count}** outputs, pixels or points would be **{each}** for each. That means a σ of "
            "**{std_of_each}**, which agrees with {agrees_with}. Take the mean over them, then ask again."
        )
        agrees = claim("agrees_with", found.agrees_with)
        return said("warning", headline, [part(text, *_sum_claims(found), agrees)], (), causes)
    found = usual_sum(it)
    absurd = it.implied is not None and it.implied < ABSURD * (it.asked.target_std or SIGMAS[0] / ABSURD)
    if found is None or not absurd or it.escapes or it.stated_std is not None:
        return None
    text = (
        "**{value}** is too low to be a mean per point, but not as a sum over outputs, pixels or points. Over "
        "**{count}**, for example, each would be **{each}** and σ **{std_of_each}**. Take the mean over them, "
        "then ask again."
    )
    return said("warning", headline, [part(text, claim("value", it.asked.value), *_sum_claims(found))], (), causes)


def _sum_claims(found: Sum) -> tuple:  # type: ignore[type-arg]
    return claim("count", found.count), claim("each", found.each), claim("std_of_each", found.std)


def _below_equal_noise(it: AskEvidence) -> Finding | None:
    """The loss is lower than equal noise of the known σ allows."""
    noise = it.asked.noise_std
    if it.implied is None or noise is None or it.implied >= BELOW * noise or _is_sum(it):
        return None
    lowest = it.kindest(it.floor, BELOW * noise)
    if it.asked.value >= lowest:
        return None
    if it.holds_several_values:
        return _several_values(it, noise)
    if it.loss.unit_power == 2 or it.asked.value < it.kindest(it.unequal_floor, BELOW * noise):
        return _impossible(it, noise)
    return _unequal(it, noise)


def _unequal(it: AskEvidence, noise: float) -> Finding:
    """By Jensen's inequality a typical, mean or RMS σ bounds the floor from above only."""
    assert it.implied is not None
    text = (
        "If σ were **{known_std}** at every x, no model could average below **{floor}**. If it varies with "
        f"x, this loss gives the {it.mean_words or 'geometric mean'} of σ(x), which would be "
        "**{geometric_mean}**. A typical, mean or RMS σ is larger, here {below_known} times."
    )
    if not it.loss.has_unit_law:
        text = text.replace("which would be", "which would be about")
    claims = (
        claim("known_std", noise),
        claim("floor", it.floor(noise)),
        claim("geometric_mean", it.implied),
        claim("below_known", noise / it.implied),
    )
    rest = (
        "If the noise is the same everywhere, the loss is of memorised training points, or y leaks into x, or "
        "the unit of y differs."
    )
    very = noise / it.implied > _VERY_UNEQUAL
    headline = "Only very unequal noise allows this" if very else "Fine, if the noise varies with x"
    causes = _causes("unequal_noise", "overfitting", "leak", "other_unit")
    return said("warning" if very else "good", headline, [part(text, *claims), part(rest)], (), causes)


def _impossible(it: AskEvidence, noise: float) -> Finding:
    text = (
        "With noise of σ = **{known_std}** no model gets below **{floor}** on new points. With another common "
        "shape of noise that varies a hundredfold with x, none gets below **{kindest_floor}**. So the training "
        "points are memorised, or y leaks into x, or the unit of y differs. Or the loss is a sum over outputs."
    )
    claims = (
        claim("known_std", noise),
        claim("floor", it.floor(noise)),
        claim("kindest_floor", it.kindest(it.unequal_floor, noise)),
    )
    causes = _causes("overfitting", "leak", "other_unit", "sum")
    return said("mistake", "Lower than is possible", [part(text, *claims)], (), causes)


def _several_values(it: AskEvidence, noise: float) -> Finding:
    """A mixture on y of several values: a σ says nothing of how narrow each of them is."""
    each = math.exp(it.asked.value - math.log(2) - (0.5 * math.log(2 * math.pi) + 0.5))
    text = (
        "With Gaussian noise of σ = **{known_std}** no model gets below **{floor}**. A mixture may, if y takes "
        "one of several values at the same x. With two that are equally likely and far apart, this loss is the "
        "floor if each has a std of **{std_of_each}**. If y has one value at each x, the loss is of memorised "
        "points, or y leaks into x."
    )
    claims = claim("known_std", noise), claim("floor", it.floor(noise)), claim("std_of_each", each)
    causes = _causes("shape", "overfitting", "leak")
    return said("good", "Fine, if y takes several values", [part(text, *claims)], (), causes)


def _too_good(it: AskEvidence) -> Finding | None:
    """The noise that the loss implies is a tiny part of the target's spread."""
    if it.share is None or it.share >= PLAUSIBLE or it.escapes:
        return None
    if _below_equal_noise(it) or _is_sum(it):
        return None
    parts = [
        part(
            "That is **{share_of_std}** of the std of y; real noise is rarely below {rare_share}. The variance "
            "has collapsed on memorised points, y leaks into x, or y has no noise. Check the loss on new points.",
            claim("share_of_std", it.share),
            claim("rare_share", PLAUSIBLE),
        )
    ]
    likely = usual_sum(it) if it.asked.target_std is not None else None
    if likely is not None:
        text = (
            "Or it is a sum over outputs, pixels or points: over **{count}**, for example, each would be **{each}** "
            "and σ **{std_of_each}**."
        )
        parts.append(part(text, *_sum_claims(likely)))
    causes = _causes("overfitting", "leak", *(["sum"] if likely else []))
    return said("warning", "Too good to be true", parts, (), causes)


def _overconfident(it: AskEvidence) -> Finding | None:
    """The loss is so high for that variance that residuals are far larger than the std that is predicted."""
    row, rms = it.learnt, it.residual_rms
    if row is None or rms is None or it.fitting is not None or _is_sum(it) or rms < _OVERCONFIDENT * row.std:
        return None
    text = (
        "If your **{variance}** is {printed} at every x, this loss means residuals with a root mean square of "
        "**{residual_rms}**. That is **{rms_ratio} times** the predicted std, {std_as_meant}, as new points show "
        "after overfitting."
    )
    claims = (
        claim("variance", it.asked.predicted_variance),
        claim("printed", it.printed),
        claim("residual_rms", rms),
        claim("rms_ratio", rms / row.std),
        claim("std_as_meant", row.std),
    )
    headline = "Overconfident: the predicted std is too small"
    return said("warning", headline, [part(text, *claims)], (), _causes("overfitting", "width"))


def _hardly_learnt(it: AskEvidence) -> Finding | None:
    """Hardly better than one constant mean and one constant variance, and not by the noise that is known."""
    target = it.asked.target_std
    if target is None or it.share is None or it.share <= NOTHING_LEARNT or it.escapes or _is_sum(it):
        return None
    if _overconfident(it) and (it.residual_rms or math.inf) < NOTHING_LEARNT * target:
        return None  # the mean is better than one constant, whatever the variance does
    value, constant, noise = it.asked.value, it.floor(target), it.asked.noise_std
    claims = claim("constant_loss", constant), claim("value", value)
    text = "Predicting the mean and std of y at every x gives a loss of **{constant_loss}**. Yours is **{value}**"
    better = constant - value
    if better <= _SHOWN:
        parts = [part(f"{text}: as good as that, or worse.", *claims)]
        return said("warning", "It has learned nothing yet", parts, (), _causes("too_few_steps", "rate_too_high"))
    if noise is not None and abs(value - it.floor(noise)) < better:
        more = ". The floor for σ = **{known_std}** is **{floor}**: y is nearly all noise, and little is left to learn."
        at_floor = claim("known_std", noise), claim("floor", it.floor(noise))
        parts = [part(f"{text}{more}", *claims, *at_floor)]
        return said("good", "At the floor, with little to learn", parts, (), _causes("little_to_learn"))
    parts = [part(f"{text}: hardly lower. It has learned almost nothing, or y is nearly all noise.", *claims)]
    return said("warning", "Hardly better than a constant", parts, (), _causes("too_few_steps", "little_to_learn"))


def _variance_is_something_else(it: AskEvidence) -> Finding | None:
    """The predicted number is what the formula learns, which is no variance."""
    row, v = it.learnt, it.asked.predicted_variance
    if row is None or v is None or not row.agrees or row.reading == READ_AS["σ²"][0] or it.rows[0].agrees:
        return None
    text = (
        "Your **{variance}** is {variance_is}. It means a std of **{std_as_meant}**, as the loss says. "
        "Used as a variance it gives **{std_as_variance}**, {variance_ratio} times too "
        f"{_side(it.rows[0].ratio)}."
    )
    claims = *_variance_claims(it), claim("variance_is", row.reading), claim("std_as_meant", row.std)
    headline = "The loss is fine; what you call a variance is not a variance"
    return said("mistake", headline, [part(text, *claims)], (), _causes("wrong_reading"))


def _variance_claims(it: AskEvidence) -> tuple:  # type: ignore[type-arg]
    ratio = it.rows[0].ratio or math.nan
    return (
        claim("variance", it.asked.predicted_variance),
        claim("std_as_variance", it.rows[0].std),
        claim("variance_ratio", max(ratio, 1 / ratio)),
    )


def _side(ratio: float | None) -> str:
    return "wide" if (ratio or math.nan) > 1 else "narrow"


def _too_low_for_its_variance(it: AskEvidence) -> Finding | None:
    """The scale term of that variance alone is above the loss."""
    v, scale = it.asked.predicted_variance, it.least_with_variance
    if v is None or scale is None or it.asked.value >= scale or _is_sum(it):
        return None
    if any(row.agrees for row in it.rows):  # then it is what that row says, and no exp(s)
        return None
    text = (
        "With {printed} = **{variance}** everywhere the loss is at least **{scale_term}**, even if every "
        "residual were zero; yours is **{value}**. The two are from different points or units of y, or the loss "
        "is a sum."
    )
    claims = (
        claim("printed", it.printed),
        claim("variance", v),
        claim("scale_term", scale),
        claim("value", it.asked.value),
    )
    causes = _causes("other_unit", "sum")
    return said("mistake", "These two numbers do not fit together", [part(text, *claims)], (), causes)


def _mistake(it: AskEvidence) -> Finding | None:
    """The formula is a known mistake."""
    if not it.loss.mistake or not it.has_floor or _no_floor(it):
        return None
    words = claim("mistake", capital(it.loss.mistake))
    return said(
        "mistake", "The formula is not what you meant", [part("{mistake}.", words)], (), _causes("mistake_in_loss")
    )


def _misread(it: AskEvidence) -> Finding | None:
    """The predicted number is no variance that goes with this loss."""
    if not it.rows or it.implied is None or it.rows[0].agrees or _variance_is_something_else(it):
        return None
    if _is_sum(it) or _overconfident(it):
        return None
    taken = (
        "Used as a variance, your **{variance}** gives a std of **{std_as_variance}**, {variance_ratio} "
        f"times too {_side(it.rows[0].ratio)}"
    )
    other, claims = it.fitting, _variance_claims(it)
    if other is not None:
        text = ". As {variance_is}, it would mean **{std_as_meant}**, which fits."
        more = claim("variance_is", other.reading), claim("std_as_meant", other.std)
        headline = "The predicted variance looks like something else"
        return said("warning", headline, [part(taken + text, *claims, *more)], (), _causes("wrong_reading"))
    if it.mean_words == "geometric mean" and 1 < (it.rows[0].ratio or 0) < _VERY_UNEQUAL:
        text = (
            ". It fits if the noise varies with x: the loss gives the geometric mean of σ(x), and a typical "
            "variance is above its square."
        )
        headline = "The predicted variance fits unequal noise"
        return said("warning", headline, [part(taken + text, *claims)], (), _causes("unequal_noise", "too_few_steps"))
    text = (
        ", and no other reading fits. One typical value may hide a wide range; otherwise the variance is not "
        "learned yet, or is in another unit."
    )
    headline = "The predicted variance does not fit this loss"
    return said("warning", headline, [part(taken + text, *claims)], (), _causes("too_few_steps", "other_unit"))


def _above_floor(it: AskEvidence) -> Finding | None:
    """The loss is above what the known noise allows."""
    noise = it.asked.noise_std
    if it.implied is None or noise is None or it.implied <= ABOVE * noise or _hardly_learnt(it) or _is_sum(it):
        return None
    floor = it.floor(noise)
    text = (
        "With noise of σ = **{known_std}** a perfect model gets **{floor}**; yours is **{excess}** "
        f"{it.loss.unit} above it: the mean or the variance is not fully learned."
    )
    claims = claim("known_std", noise), claim("floor", floor), claim("excess", it.asked.value - floor)
    return said("warning", "Above the floor", [part(text, *claims)], (), _causes("too_few_steps", "net_too_small"))


# What a number may be that is called a variance: not asked where the person said which quantity it is.
OF_A_MISNAMED_VARIANCE = (_variance_is_something_else, _misread)

RULES: tuple[Callable[[AskEvidence], Finding | None], ...] = (
    _no_floor,
    _passed_on_the_way,
    _out_of_reach,
    _has_constant,
    _is_sum,
    _below_equal_noise,
    _too_good,
    _overconfident,
    _hardly_learnt,
    _too_low_for_its_variance,
    _variance_is_something_else,
    _mistake,
    _misread,
    _above_floor,
)
