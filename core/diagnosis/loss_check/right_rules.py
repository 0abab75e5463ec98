"""Rules on what is right, and on what goes with it: the family, sums of losses, reductions, stopped gradients."""

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ..finding import Finding
from ..verdict.wording import part, said
from .first_output import mean_words
from .loss_claims import claim, in_backticks
from .loss_evidence import LossEvidence
from .loss_optima import AT
from .name_spellings import is_raw
from .remark_rules import Rule, remark_of
from .said_parts import place_parts, range_parts, std_parts
from .tree_gradient import program_of

_FAMILIES: Mapping[str, str] = MappingProxyType(
    {"Gaussian": "Gaussian NLL", "Laplace": "Laplace NLL", "Student-t": "NLL of a Student-t"}
)
_TIMES: Mapping[float, str] = MappingProxyType(
    {1.0: "the {}", 0.5: "twice the {}", 2.0: "half the {}", 0.25: "four times the {}", 4.0: "a quarter of the {}"}
)
_ROWS: Mapping[str, str] = MappingProxyType({"gaussian_crps": "the CRPS of a Gaussian"})
_DENSITY = re.compile(r"[\s$\[\]\\&]*(?:[pqf]|\\?mathcal\s*\{?N\}?)(?:_\{?\\?\w+\}?)?\s*(?:\\left)?\s*\([^=]*=")
_PLACES = ("first", "second", "third")


def family_of(it: LossEvidence) -> str:
    """What the loss is, in words: "twice the Gaussian NLL"; "" for what has no name here."""
    if it.row is not None and it.row.row.name in _ROWS:
        return _ROWS[it.row.row.name]
    if it.likelihood is None or it.first.family not in _FAMILIES:
        return ""
    return _TIMES[it.likelihood].format(_FAMILIES[it.first.family])


def sound(it: LossEvidence) -> Finding | None:
    """A second output that tells the std."""
    if it.best is None or it.std is None or it.stops:
        return None
    family = family_of(it)
    is_density = _is_density(it)
    words = "This is a density: its −log is the loss. That is {family}." if is_density else "This is {family}."
    parts = [part(words, claim("family", family))] if family else []
    parts += [*std_parts(it), *range_parts(it), *place_parts(it)]
    if it.optima.is_even:
        parts.append(part("{output} and its negative mean the same.", claim("output", it.second)))
    if it.optima.needs_positive and not is_raw(it.second):
        text = "Where {output} is not above zero the loss has no value: this code leaves that to the network."
        parts.append(part(text, claim("output", it.second)))
    if is_density and family:
        return said("good", "A density with std = {own_std}; its −log is the loss", parts)
    certain = it.best.law.on_any_noise or it.likelihood is not None or it.row is not None
    return said("good", "This is right: std = {own_std}" if certain else "std = {own_std} on {on}", parts)


def _is_density(it: LossEvidence) -> bool:
    """Whether a formula says p(y | x) = …, so that it was read as −log of what stands there."""
    return it.code.language == "latex" and it.code.tree.op == "neg" and bool(_DENSITY.match(it.code.source))


def with_stop(it: LossEvidence) -> Finding | None:
    """A loss some of whose gradient is stopped."""
    if not it.stops or it.std is None or not it.is_single:
        return None
    weight = _weight(it)
    if weight is None:
        return None
    beta, mean_is_plain = weight
    if mean_is_plain:
        text = (
            "The mean is trained by the squared error alone, and the second output by the Gaussian NLL with the mean "
            "held fixed."
        )
        parts, headline = [part(text)], "This is right: std = {own_std}"
    else:
        text = (
            "The gradient is that of the Gaussian NLL times the variance to the power {beta}, held fixed: a "
            "β-NLL. It has the same optimum as the Gaussian NLL. Its value may rise while the fit improves."
        )
        parts, headline = [part(text, claim("beta", beta))], "This is right: std = {own_std}"
    return said("good", headline, [*parts, *std_parts(it), *place_parts(it)])


def _weight(it: LossEvidence) -> tuple[float, bool] | None:
    """(β, whether the mean is pulled by r alone), from slopes beside those of the Gaussian NLL; None for others."""
    assert it.std is not None
    s = np.repeat([it.rest(sigma).s for sigma in (AT, 1.0, 5.0)], 3)
    if not np.isfinite(s).all():
        return None
    r = np.tile([-0.7, 0.4, 1.9], 3)
    given = {"y": r, "mu": np.zeros(9), it.symbol: s}
    slopes = program_of(it.optima.program_tree).slopes(given, np.float64(1.0), ("mu", it.symbol))[1]
    step = 1e-5
    std_tree = program_of(it.std.tree)
    std, up, down = (np.asarray(std_tree.value({it.symbol: at}), float) for at in (s, s + step, s - step))
    d_log = (np.log(up) - np.log(down)) / (2 * step)
    plain = (1 - (r / std) ** 2) * d_log
    with np.errstate(all="ignore"):
        ratio = (slopes[it.symbol] / plain).reshape(3, 3)
        mean = (-slopes["mu"] / r).reshape(3, 3)
    if not (np.ptp(ratio, axis=1) < 1e-4 * np.abs(ratio[:, 0])).all() or not (ratio > 0).all():
        return None
    logs, log_var = np.log(ratio[:, 0]), 2 * np.log(std.reshape(3, 3)[:, 0])
    beta = float((logs[2] - logs[0]) / (log_var[2] - log_var[0]))
    if abs(logs[1] - logs[0] - beta * (log_var[1] - log_var[0])) > 1e-3:
        return None
    if not (mean > 0).all():
        return None
    with_mean = np.ptp(np.log(mean[:, 0]) + log_var - logs) < 1e-3
    alone = np.ptp(mean[:, 0]) < 1e-6 * abs(mean[0, 0]) and abs(beta) < 1e-3
    return (round(beta, 3), bool(alone)) if with_mean or alone else None


def one_output(it: LossEvidence) -> Finding | None:
    """A loss of the mean alone."""
    if it.others or not it.first.place or not it.first.pull_below > 0 > it.first.pull_above:
        return None
    if remark_of(it, "latent_kl") is not None:
        text = (
            "Besides the KL term this learns {place} of the target, and no std. The KL contains the mean and log "
            "variance of the latent."
        )
        return said("good", "No std of the target is learned", [part(text, claim("place", it.first.place))])
    if it.first.place == "the middle":
        text = "It has no second output: it learns the centre of symmetric noise, and no std."
        return said("good", "It learns the centre of y", [part(text)])
    text = "It has no second output: it learns {place} of y, and no std."
    return said("good", "It learns {place} of y", [part(text, claim("place", it.first.place))])


def linear_in_y(it: LossEvidence) -> Finding | None:
    """A likelihood of counts or of classes, which learns a function of the mean."""
    if it.others or it.first.of_residual or not (words := mean_words(it.tree)):
        return None
    mean = words.format(it.names.get("mu", "mu"))
    text = (
        "It has no second output: {mean} learns the mean of y. The std follows from that likelihood and is not learned."
    )
    return said("good", "{mean} is the mean of y", [part(text, claim("mean", mean))])


def density(it: LossEvidence) -> Finding | None:
    """More outputs than two that are the parameters of a density."""
    found = it.density
    if found is None:
        return None
    own = "mixture" if any(name.startswith("mu1") for name in it.code.outputs) else "density of its own shape"
    whole = _TIMES[found.k].format(_FAMILIES.get(found.family, f"negative log likelihood of a {own}"))
    parts = [part("It is {family}.", claim("family", whole))]
    if found.df_words:
        parts.append(part("Its degrees of freedom are {df_words}.", claim("df_words", found.df_words)))
    if found.std is not None:
        parts.append(part("The std is **{own_std}**.", claim("own_std", found.std_words)))
        return said("good", "This is right: std = {own_std}", [*parts, *place_parts(it)])
    headline = "A mixture density" if own == "mixture" and not found.family else "A negative log likelihood"
    return said("good", headline, parts)


def one_by_one(it: LossEvidence) -> Finding | None:
    """Outputs that are taught each for itself: quantiles, or a scale for each of several errors."""
    if len(it.others) < 2 or it.density is not None:
        return None
    found = it.separate
    if not found:
        return None
    said_of = "; ".join(f"{in_backticks(what)} goes to {comes_to}" for what, comes_to in found)
    text = "Each output is trained separately: {each_output}."
    return said("good", "Each output is trained separately", [part(text, claim("each_output", said_of))])


def parts_of_sum(it: LossEvidence) -> Finding | None:
    """A weighted sum of losses, with what each part comes to."""
    values = it.part_values
    if len(values) < 2 or len(values) > len(_PLACES) or not np.isfinite([value for _, value in values]).all():
        return None
    claims, pieces = [claim("sigma", AT)], []
    for place, (text, value) in zip(_PLACES, values, strict=False):
        claims += [claim(f"part_{place}", text), claim(f"value_{place}", value)]
        pieces.append(f"{{part_{place}}} is {{value_{place}}}")
    listed = " and ".join([", ".join(pieces[:-1]), pieces[-1]])
    negative = [place for place, (_, value) in zip(_PLACES, values, strict=False) if value < 0]
    text = f"This is a sum of losses. At the optimum for Gaussian noise of σ = {{sigma}}, weights included, {listed}."
    if len(negative) == 1:
        text += f" Only {{part_{negative[0]}}} can make the sum negative there."
    return said("good", "A sum of losses", [part(text, *claims)])


def reduction(it: LossEvidence) -> Finding | None:
    """A sum over points or outputs."""
    over = it.code.reduction
    count = over.count
    whole = [name for name, how in (("points", over.points), ("outputs", over.outputs)) if how == "sum"]
    if not whole or remark_of(it, "shared_scale"):
        return None
    what = " and ".join(whole)
    if count is None:
        text = f"It sums over the {what}, so its value grows with their number: divide by it to judge the value."
        return said("good", f"A sum over the {what}", [part(text)])
    text = f"It sums over {{count}} {what}: the value of each is the loss over {{count}}."
    return said("good", f"A sum over {{count}} {what}", [part(text, claim("count", count))])


RULES: tuple[Rule, ...] = (sound, with_stop, one_output, linear_in_y, density, one_by_one)
BESIDE: tuple[Rule, ...] = (parts_of_sum, reduction)
