"""Rules on how the lines are written, whatever the formula: shapes, statistics of a batch, logs that are averaged."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ...loss_code.loss_code import CodeRemark
from ..finding import Cause, Finding
from ..verdict.wording import part, said
from .loss_claims import claim
from .loss_evidence import LossEvidence

Rule = Callable[[LossEvidence], Finding | None]
_MISTAKE = (Cause("mistake_in_loss"),)

_SHAPES = "(N,) against (N, 1)"
_WITH_A_RULE = ("broadcast", "batch_statistic", "mean_of_logs", "kl", "shared_scale")
# What else a reader may remark: the headline, and the sentence.
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "no_grad": ("Without a gradient", "{code} stops the gradient, so nothing is learned from it."),
        "masked_mean": (
            "A mask",
            "{code}: a mean over all points counts those that the mask leaves out as zeros, and its value "
            "depends on their number. What is learnt does not.",
        ),
        "in_place": (
            "Changed in place",
            "{code} changes a tensor in place: PyTorch may refuse to differentiate it.",
        ),
        "function_of_mean": (
            "A function of a mean",
            (
                "{code} is applied to a mean over points. It is lowest where that mean is lowest, so the mean is "
                "examined here."
            ),
        ),
        "shapes_may_differ": (
            "Shapes to check",
            "{code}: if the shapes are {shapes}, every target is paired with every prediction, and the mean "
            "becomes constant. Give both the same shape.",
        ),
        "mixed_reduction": (
            "A sum and a mean are added",
            "{code}: one part is summed over the points and another averaged, so their weights change with the "
            "number of points.",
        ),
        "mean_before_weight": (
            "Averaged before it is weighted",
            "{code} is averaged over the points before it is weighted. That is right for one weight for all "
            "points, such as a task's. An output for each point learns the mean of all and does not follow σ(x).",
        ),
        "latent_kl": (
            "The KL of a latent",
            "{code}: mean and log variance in the KL term are those of the latent. They say nothing about the "
            "target's noise.",
        ),
        "assumed_gaussian": (
            "Read as a Gaussian",
            "{code}: this code does not show how the distribution is made; it is read as a Gaussian.",
        ),
        "assumed_loss": (
            "Read as a Gaussian NLL",
            "{code}: this code does not show how the criterion is made; it is read as torch's Gaussian NLL.",
        ),
    }
)


def remark_of(it: LossEvidence, name: str) -> CodeRemark | None:
    """What the reader remarked on under this name."""
    return next((remark for remark in it.code.remarks if remark.name == name), None)


def paired_shapes(it: LossEvidence) -> Finding | None:
    """Shapes that pair every target with every prediction."""
    remark = remark_of(it, "broadcast")
    if remark is None:
        return None
    shapes = str(remark.facts.get("shapes", _SHAPES))
    if remark.severity == "mistake":
        text = "In {code} the shapes are {shapes}, so every target is paired with every prediction."
        headline = "Every target is paired with every prediction"
    else:
        text = "If the shapes in {code} are {shapes}, as they seem to be, every target is paired with every prediction."
        headline = "Shapes that may pair every target with every prediction"
    rest = (
        "Trained like this, the mean is one constant for all x, and the variance is that of all y. Give both "
        "the same shape."
    )
    claims = claim("code", remark.text), claim("shapes", shapes)
    return said(remark.severity, headline, [part(text, *claims), part(rest)], causes=_MISTAKE)


def batch_statistic(it: LossEvidence) -> Finding | None:
    """A variance of the batch in place of one for each point."""
    remark = remark_of(it, "batch_statistic")
    if remark is None:
        return None
    text = "{code} is one number for the whole batch, not one per point: it cannot follow σ(x)."
    if remark.facts.get("function") == "mean":
        text = "In {code} the std is one number for the whole batch, not one per point: it cannot follow σ(x)."
    return said(remark.severity, "A statistic of the batch", [part(text, claim("code", remark.text))], causes=_MISTAKE)


def mean_of_logs(it: LossEvidence) -> Finding | None:
    """A mixture whose logs are averaged."""
    remark = remark_of(it, "mean_of_logs")
    if remark is None:
        return None
    text = (
        "{code} adds the logs of the components. A mixture's log likelihood is the log of their sum: use "
        "logsumexp over the components."
    )
    return said(
        remark.severity,
        "A sum of logs, not the log of a sum",
        [part(text, claim("code", remark.text))],
        causes=_MISTAKE,
    )


def divergence(it: LossEvidence) -> Finding | None:
    """A KL between two distributions, with no data in it."""
    remark = remark_of(it, "kl")
    if remark is None:
        return None
    text = (
        "{code} measures how far one predicted distribution is from another. It is not a likelihood: it is zero "
        "where the two agree, never below, and says nothing about the data's σ."
    )
    return said(remark.severity, "A KL divergence, not a likelihood", [part(text, claim("code", remark.text))])


def _remarked(name: str, *, notes: bool) -> Rule:
    """The rule on a remark of this name: on what is but a note, or on what is more."""

    def rule(it: LossEvidence) -> Finding | None:
        remark = remark_of(it, name)
        if remark is None or (remark.severity == "note") != notes:
            return None
        headline, text = _WORDS[name]
        claims = [claim("code", remark.text)]
        if "{shapes}" in text:
            claims.append(claim("shapes", str(remark.facts.get("shapes", _SHAPES))))
        return said("good" if notes else remark.severity, headline, [part(text, *claims)])

    return rule


def unknown_remark(it: LossEvidence) -> Finding | None:
    """What the reader remarks on under a name that no rule here has."""
    known = {*_WORDS, *_WITH_A_RULE}
    remark = next((each for each in it.code.remarks if each.name not in known), None)
    if remark is None:
        return None
    claims = claim("code", remark.text), claim("remark", remark.name.replace("_", " "))
    kind = "good" if remark.severity == "note" else remark.severity
    return said(kind, "A remark on this code", [part("Check {code}: {remark}.", *claims)])


RULES: tuple[Rule, ...] = (
    paired_shapes,
    mean_of_logs,
    batch_statistic,
    divergence,
    *(_remarked(name, notes=False) for name in _WORDS),
)
# Beside whatever else is said.
NOTES: tuple[Rule, ...] = (*(_remarked(name, notes=True) for name in _WORDS), unknown_remark)
ANY: tuple[Rule, ...] = (*RULES, *NOTES)
# Remarks on what is no loss of data for each point, of which nothing more can be said.
ALONE = ("kl", "batch_statistic")
