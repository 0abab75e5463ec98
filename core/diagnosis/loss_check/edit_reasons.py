"""Why a line was changed, in one sentence for each kind of edit."""

from collections.abc import Mapping
from types import MappingProxyType

from .own_source import Edit

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "half": "The ½ of this term was lost: {about}.",
        "double": "There was a ½ too many: {about}.",
        "sign": "The sign of this term is wrong: {about}.",
        "minus": "A log density is maximised, a loss minimised: the minus sign was missing.",
        "no_minus": "The minus sign before the loss minimised the likelihood.",
        "log_term": "Without the log term of {about} the variance grows without limit.",
        "root": "{about} is |r|, but a Gaussian NLL has r². The root has no gradient at r = 0.",
        "size": "{about} makes it a Laplace loss: a Gaussian NLL has the square.",
        "huber": "With {about} it is not a likelihood, and the meaning of its scale depends on σ.",
        "unweighted": "The weight {about} applies to one term only: that changes σ² by a factor.",
        "natural": "{about} is not the natural logarithm, which a density needs.",
        "unshifted": "What is added in {about} keeps the std from being small.",
        "swapped": "The arguments are in the wrong order here: {about}.",
        "unsquared": "There is one square too many here: {about}.",
        "inverted": "{about} is on the wrong side of the fraction.",
        "unstopped": "{about} stops the gradient: the second output is not trained by the residuals.",
        "unstopped_mean": "{about} stops the gradient: the mean is not trained by the residuals.",
        "no_head": "A log variance may be negative: {about} prevents that.",
        "bare": "The residual was not squared: {about}.",
        "log_density": "The log is written out, so that no far point is lost where exp is zero.",
        "half_exp": "{about} is a variance, but a std is needed here: exp of half the log variance.",
        "whole_exp": "{about} is a std, but a variance is needed here: exp of the log variance.",
        "double_exp": "{about} is a std, but a variance is needed here: exp of twice the log std.",
        "exp_sign": "The exponent in {about} has the wrong sign: a large variance must make a residual count less.",
        "squared": "A variance is needed here: the square of {about}.",
        "rooted": "A standard deviation is needed here: the root of {about}.",
        "exp_of": "{about} is a log: its exp is needed here.",
        "exp_half_of": "{about} is a log variance: the std is exp of half of it.",
        "softplus_of": "{about} may be below zero: softplus keeps it above.",
        "relu": "Where {about} is zero it has no gradient and the variance is stuck: softplus has one everywhere.",
        "limit": "The limit in {about} takes effect at a std of 1: this one is far below.",
        "clamp": "Below its limit {about} has no gradient: softplus has one everywhere.",
        "shape": (
            "{about} has a different shape from what it is compared with, so every point is paired with every other."
        ),
        "axis": "{about} has one axis more or fewer than the other, so every point is paired with every other.",
        "slice": "A slice keeps the axis that {about} drops, so that shapes agree.",
        "logsumexp": "The density of a mixture is a sum: its log is logsumexp over the components.",
    }
)


def reason_of(edit: Edit) -> str:
    """Why an edit is made."""
    about = " ".join(edit.about.split()) if "#" not in edit.about else "the term"
    return REASONS[edit.kind].format(about=about if len(about) <= 60 else f"{about[:59]}…")
