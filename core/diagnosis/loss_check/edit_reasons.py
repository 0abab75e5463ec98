"""Why a line was changed, in one sentence for each kind of edit."""

from collections.abc import Mapping
from types import MappingProxyType

from core.diagnosis.loss_check.own_source import Edit

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "half": "The ½ of this term was lost: {about}.",
        "double": "There was a ½ too many: {about}.",
        "sign": "This term has the other sign: {about}.",
        "minus": "A log density is made large and a loss small: the minus sign was missing.",
        "no_minus": "The minus sign before the loss made the likelihood small.",
        "log_term": "Without the log term of {about} the variance grows without end.",
        "root": "{about} is |r|, and a Gaussian NLL has r²; its root has no gradient at r = 0.",
        "size": "{about} makes a Laplace loss of it: a Gaussian NLL has the square.",
        "huber": "With {about} it is no likelihood, and its scale means another thing at each σ.",
        "unweighted": "The weight {about} stands on one term alone: that changes σ² by a factor.",
        "natural": "{about} is another logarithm than that of a density: the natural one is due.",
        "unshifted": "What is added in {about} keeps the spread from being small.",
        "swapped": "The arguments stand in another order here: {about}.",
        "unsquared": "The square is one too many here: {about}.",
        "inverted": "{about} stands on the other side of the fraction.",
        "unstopped": "{about} lets no gradient through: the second output is not trained by the residuals.",
        "unstopped_mean": "{about} lets no gradient through: the mean is not trained by the residuals.",
        "no_head": "A log variance may be negative: {about} keeps it from that.",
        "bare": "The residual was not squared: {about}.",
        "log_density": "The log is worked out, so that no far point is lost in an exp that is zero.",
        "half_exp": "{about} is a variance, and a std is due here: exp of half the log variance.",
        "whole_exp": "{about} is a std, and a variance is due here: exp of the whole log variance.",
        "double_exp": "{about} is a std, and a variance is due here: exp of twice the log std.",
        "exp_sign": "The exponent in {about} has the other sign: a large variance makes a residual count less.",
        "squared": "A variance is wanted here, which is the square of {about}.",
        "rooted": "A standard deviation is wanted here, which is the root of {about}.",
        "exp_of": "{about} is a log: its exp is wanted here.",
        "exp_half_of": "{about} is a log variance: the std is exp of half of it.",
        "softplus_of": "{about} may be below zero: softplus keeps it above.",
        "relu": "Where {about} is zero it has no gradient and the variance is stuck: softplus has one everywhere.",
        "limit": "The limit in {about} bites at a std of 1: this one is far below.",
        "clamp": "Below its limit {about} has no gradient: softplus has one everywhere.",
        "shape": "{about} has another shape than what it is held against, which pairs every point with every other.",
        "axis": "{about} lacks or has an axis that the other has not, which pairs every point with every other.",
        "slice": "A slice keeps the axis that {about} drops, so that shapes agree.",
        "logsumexp": "The density of a mixture is a sum: its log is logsumexp over the components.",
    }
)


def reason_of(edit: Edit) -> str:
    """Why an edit is made."""
    about = " ".join(edit.about.split()) if "#" not in edit.about else "the term"
    return REASONS[edit.kind].format(about=about if len(about) <= 60 else f"{about[:59]}…")
