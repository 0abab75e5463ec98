"""Parts of sentences that several findings share."""

import numpy as np

from .blame import Blame
from .claims import claim
from .evidence import Evidence
from .wording import Part, part

CONCENTRATED = 0.3  # share of the cost in one tenth of x that is worth mentioning; evenly spread it would be 0.1
# Nats: of a larger gap, factors of the std that are searched for at some x do not tell its parts apart well enough.
ROUGH = 1.0
EVEN = 1.1  # ratio of the std ratios along x that are shown as one number
# Words for a cause that is not the first, after "Besides,".
BESIDES = {
    "wrong_reading": "the outputs are read wrongly",
    "bound": "the bound keeps the std away from the true one",
    "epsilon": "ε makes the variance too large",
    "regulariser": "the penalty in the loss adds to the gap",
    "wrong_family": "the noise has a different shape than the loss assumes",
    "constant_std": "the true std is not one constant",
}


def on_new(evidence: Evidence, *, with_truth: bool = True) -> Part:
    """The loss on the held-out points, beside that of the truth on the same points."""
    new, truth, shown = evidence.on_new, evidence.truth_on_new, evidence.shown
    mine = claim("loss_on_new", new.mean, new.error, shown)
    if truth is None and with_truth and evidence.floor is not None:
        text = "On new points the loss averages **{loss_on_new}**; no network can average below **{floor}**."
        return part(text, mine, claim("floor", evidence.floor, form=shown))
    if truth is None or not with_truth:
        return part("On new points the loss averages **{loss_on_new}**.", mine)
    text = "On new points the loss averages **{loss_on_new}**; the best possible outputs get **{truth_on_new}** there."
    return part(text, mine, claim("truth_on_new", truth.mean, form=shown))


def std_ratio(evidence: Evidence) -> Part:
    """The predicted std over the true one, in a clause that follows "Read as …," or "Thus"."""
    truth = evidence.data.truth
    if truth is None:
        return part("")
    ratio = evidence.std / truth.std(evidence.data.x_evaluation)
    low, high = (float(end) for end in np.quantile(ratio, [0.05, 0.95]))
    if not (low > 0 and np.isfinite(high)) or high < EVEN * low:
        return part(
            "the predicted std is **{std_ratio} times** the true one.", claim("std_ratio", float(np.median(ratio)))
        )
    return part(
        "the predicted std is **{std_ratio_low} to {std_ratio_high} times** the true one.",
        claim("std_ratio_low", low),
        claim("std_ratio_high", high),
    )


def split_parts(evidence: Evidence) -> list[Part]:
    """The gap to the truth and what it is made of, the largest part first; parts below a twentieth are left out."""
    split = evidence.split
    if split is None:
        return []
    rows = [
        ("cost_of_mean", split.mean, "the mean"),
        ("cost_of_width", split.width, "one factor on the std"),
        ("cost_along_x", split.along_x, "the std along x"),
        ("cost_of_shape", split.shape, "the shape"),
    ]
    if not split.is_exact and split.total > ROUGH:
        rest = split.width + split.along_x + split.shape
        rows = [rows[0], ("cost_of_rest", rest, "the std and the shape")]
    shown = sorted((row for row in rows if row[1] >= max(0.05 * split.total, 0.005)), key=lambda row: -row[1])
    if not shown:
        return []
    claims = [claim("gap", split.total), *(claim(name, value) for name, value, _ in shown)]
    listed = [f"{words} **{{{name}}}**" for name, _, words in shown]
    listed = listed if len(listed) == 1 else [", ".join(listed[:-1]), listed[-1]]
    share = "almost all of it from" if len(shown) == 1 else "from"
    return [part(f"The gap to the truth is **{{gap}} nats** per point, {share} {' and '.join(listed)}.", *claims)]


def then(blame: Blame) -> list[Part]:
    """The second cause, if it is of another kind than the first."""
    rest = [cause for cause in blame.causes[1:] if cause.name in BESIDES and cause.name != blame.first]
    if rest:
        return [part(f"Besides, {BESIDES[rest[0].name]}.")]
    if blame.excess >= 0.05 and not blame.training_first:
        return [part("Besides, it is not fully trained.")] if not blame.overfits else [part("Besides, it overfits.")]
    return []
