"""What is true where a verdict makes a claim: each a function of a case, worked out apart from the verdict."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from scipy import optimize

from ..experiment.settings import to_text
from ..model.losses import LOSSES
from . import own_laws, own_losses, own_optima
from .judged_case import Case
from .own_split import Split
from .own_split import split as split_of

Truth = float | str | None


@lru_cache(maxsize=8)
def parts_of_gap(case: Case) -> Split:
    """The gap of a run by cause, worked out once."""
    return split_of(case)


def standard_error(values: np.ndarray) -> float:
    """The standard error of the mean of values, (n,)."""
    return float(np.std(values) / np.sqrt(len(values)))


def of_truth(case: Case) -> Truth:
    """The loss of the best outputs on the held-out points."""
    data = case.run.dataset
    best = case.best(data.x_held_out)
    return None if best is None else float(np.mean(case.values(data.y_held_out, best)))


def best_reading(case: Case) -> str:
    """The reading of its loss with the smallest gap, or NLL of held-out points."""
    return min(case.loss.readings, key=lambda name: _reading_gap(case, name))


def _reading_gap(case: Case, reading: str) -> float:
    if case.known:
        return case.gap(case.run.on_evaluation, reading)
    predicted = own_laws.predicted(reading, case.run.on_held_out, case.settings)
    return float(-np.mean(predicted.log_density(case.run.dataset.y_held_out[:, None])))


def least_gap(case: Case) -> float | None:
    """The gap under the reading that the verdict names, or under what a typed formula itself means.

    Without either it is the smallest of all readings; None where the meaning of a typed formula has no simple form.
    """
    said = {claim.name: claim.value for claim in case.finding.claims}
    if "own_std" in said:
        return case.gap_as_meant
    named = [name for name in case.loss.readings if case.loss.reading(name).short == said.get("best_reading")]
    return _reading_gap(case, named[0] if named else best_reading(case))


def best_words(case: Case) -> Truth:
    """The name of the reading, where it has the smallest gap of all, of this run or at the lowest loss."""
    said = next((claim.value for claim in case.finding.claims if claim.name == "best_reading"), None)
    best = best_reading(case)
    named = [name for name in case.loss.readings if case.loss.reading(name).short == said]
    at_lowest = {name: case.gap_at_best(name) for name in case.loss.readings} if case.known else {}
    least = min((gap for gap in at_lowest.values() if gap is not None), default=np.nan)
    if named and (_reading_gap(case, named[0]) <= _reading_gap(case, best) + 0.001 or at_lowest.get(named[0]) == least):
        return str(said)
    return case.loss.reading(best).short


def won_by_reading(case: Case) -> float:
    """The gap under the reading that was chosen, less that under the best, or under what a typed formula means."""
    least = _reading_gap(case, best_reading(case))
    if case.known and case.loss.name == "typed" and case.gap_as_meant is not None:
        least = min(least, case.gap_as_meant)
    return _reading_gap(case, case.settings["reading"]) - least


def cost_of_reading(case: Case) -> float | None:
    """The gap under the reading that was chosen, less that under the one that the verdict names."""
    least = least_gap(case)
    return None if least is None else _reading_gap(case, case.settings["reading"]) - least


def _best_at_lowest(case: Case, **changed: object) -> float:
    """The smallest gap that the lowest loss leaves under any reading."""
    gaps = [case.gap_at_best(name, **changed) for name in case.loss.readings]
    return min(gap for gap in gaps if gap is not None)


def cost_of_bound(case: Case) -> float:
    """What the lowest loss loses by its bound, or by ε, read as it is best read without: nats per point."""
    free = {name: case.gap_at_best(name, bound="none") for name in case.loss.readings}
    known = {name: gap for name, gap in free.items() if gap is not None}
    reading = min(known, key=known.__getitem__)
    bounded = case.gap_at_best(reading)
    return np.inf if bounded is None else bounded - known[reading]


def cost_of_penalty(case: Case) -> float:
    """What the lowest loss loses by its regulariser: nats per point."""
    bound = {"bound": "none"}
    return _best_at_lowest(case, **bound) - _best_at_lowest(case, **bound, evidence_weight=0.0)


def cost_of_one_std(case: Case) -> float:
    """E log(√mean σ²/σ(x)): what one Gaussian std leaves above the right one at each x."""
    std = case.true_std(case.x)
    return float(0.5 * np.log(np.mean(std**2)) - np.mean(np.log(std)))


def cost_of_family(case: Case) -> float:
    """What the lowest loss without bound and regulariser still leaves: nats per point."""
    free = {"bound": "none", "evidence_weight": 0.0}
    return _best_at_lowest(case, **free) - (0.0 if case.loss.has_scale else cost_of_one_std(case))


def after(case: Case) -> Truth:
    """The mean loss on the held-out points of the run with its first fix, trained again."""
    run = case.retrained
    if run is None or not run.has_curve:
        return np.inf
    return Case(run, case.finding).mean_new


def ends_of_std(case: Case) -> tuple[float, float]:
    """The smallest and largest std that the bound leaves, as the second output is read."""
    low, high = own_optima.ends(case.loss, case.settings["least_std"], case.settings["most_std"])
    if case.loss.name == "clamped":
        low, high = np.array([0, -2.0]), np.array([0, 2.0])
    outputs = np.array([[0.0, low[1]], [0.0, high[1]]])
    std = own_laws.predicted(case.settings["reading"], outputs, case.settings).std[:, 0]
    return float(std.min()), float(std.max())


def dead_share(case: Case) -> float:
    """The share of training points where no output beside the first changes the loss, by differences."""
    x, y = case.points_trained
    outputs = case.run.outputs(x)[:, : len(case.loss.outputs)]
    still = np.ones(len(x), bool)
    for i in range(1, outputs.shape[1]):
        step = 1e-5 * np.maximum(1, np.abs(outputs[:, i]))
        sides = [outputs + sign * step[:, None] * (np.arange(outputs.shape[1]) == i) for sign in (1, -1)]
        here = case.values(y, outputs)
        slopes = np.array([case.values(y, side) - here for side in sides])
        flat = ((slopes == 0) | ~np.isfinite(slopes)).any(axis=0)  # at the end of a flat stretch, on one side alone
        low, high = own_optima.ends(case.loss, case.settings["least_std"], case.settings["most_std"])
        at_end = np.isclose(outputs[:, i], low[i], atol=1e-5) | np.isclose(outputs[:, i], high[i], atol=1e-5)
        still &= flat | (at_end & (case.settings["bound"] == "clamp"))
    return float(np.mean(still))


def learns(case: Case) -> Truth:
    """The words, where exp(s) at the lowest loss is what they say; else what it is."""
    words = next((str(claim.value) for claim in case.finding.claims if claim.name == "learns"), "")
    std = np.full(1, float(np.median(case.true_std(case.x)))) if case.known else None
    named = next((value for text, value in _LEARNT if text in words), None)
    if std is None or named is None:
        return words
    best = own_optima.best(case.loss, {**case.settings, "bound": "none"}, case.noise, np.zeros(1), std)
    exp_s, should_be = (np.nan if best is None else float(np.exp(best[0, 1]))), named(float(std[0]), case.noise)
    return words if abs(exp_s / should_be - 1) < 0.01 else f"exp(s) is {exp_s:.4g}, and not {should_be:.4g}"


def _mad(noise: str) -> float:
    return own_optima.median_and_mad(noise)[1]


_LEARNT: tuple[tuple[str, Callable[[float, str], float]], ...] = (
    ("learns the mean of |r|", lambda std, noise: std * _mad(noise)),
    ("learns 2·(E|r|)²", lambda std, noise: 2 * (std * _mad(noise)) ** 2),
    ("learns 2(E|r|)²", lambda std, noise: 2 * (std * _mad(noise)) ** 2),
    ("learns 2σ²", lambda std, noise: 2 * std**2),
    ("learns ½σ²", lambda std, noise: 0.5 * std**2),
    ("learns σ²", lambda std, noise: std**2),
    ("learns σ", lambda std, noise: std),
    ("learns E|r|", lambda std, noise: std * _mad(noise)),
    ("learns 1/σ²", lambda std, noise: std**-2),
)


def std_used(case: Case) -> Truth:
    """The std that a typed formula takes at its lowest loss on noise of the typical σ."""
    meant = own_losses.TYPED_STD.get(case.settings["formula"])
    std = np.exp(np.mean(np.log(case.true_std(case.run.dataset.x))))
    best = own_optima.best(case.loss, case.settings, case.noise, np.zeros(1), np.full(1, std))
    return None if meant is None or best is None else float(meant(best[0, 1], _mad(case.noise)))


def cost_of_dead(case: Case) -> Truth:
    """The gap of a Gaussian of the std that a typed formula takes at its lowest loss, mean over x."""
    meant, best = own_losses.TYPED_STD.get(case.settings["formula"]), case.best(case.x)
    if meant is None or best is None:
        return None
    log_variance = 2 * np.log(meant(best[:, 1], _mad(case.noise)))
    return case.gap(np.column_stack([best[:, 0], log_variance]), "log_variance")


def goes_to(case: Case) -> Truth:
    """The end of s towards which the expected loss falls, at a typical σ and the right mean."""
    std = float(np.exp(np.mean(np.log(case.true_std(case.run.dataset.x)))))
    z, weights = own_laws.quadrature(case.noise)
    s = np.array([-60.0, -20.0, -1e-6, 1e-6, 20.0, 60.0])
    formula = own_losses.loss(case.loss.name, case.settings)
    values = formula(std * np.tile(z, (len(s), 1)), [np.zeros((len(s), 1)), s[:, None]], case.settings) @ weights
    return ("−∞", "−∞", "zero", "zero", "∞", "∞")[int(np.nanargmin(values))]


OWN_STD: Mapping[str, str] = {"0.5*r**2/softplus(s)**2 + log(softplus(s))": "softplus(s)"}


def mistake(case: Case) -> Truth:
    """What is wrong with the loss; None for a sound one."""
    words = LOSSES[case.loss.name].mistake
    return f"{words[:1].upper()}{words[1:]}" if words else None


def place(case: Case) -> Truth:
    """The words, where the first output at the lowest loss lies at the quantile that they name."""
    words = next(str(claim.value) for claim in case.finding.claims if claim.name == "place")
    matched = re.search(r"the ([\d.]+) quantile", words)
    best = own_optima.best(case.loss, case.settings, case.noise, np.zeros(1), np.ones(1))
    if matched is None or best is None:
        return words
    level = float(own_laws.NOISES[case.noise].cdf(best[0, 0]))
    return words if abs(level - float(matched[1])) < 0.02 else f"the {level:.3f} quantile"


def negative_below(case: Case) -> Truth:
    """The σ at which the lowest expected loss is 0."""

    def floor(log_std: float) -> float:
        std = np.exp([log_std])
        best = own_optima.best(case.loss, case.settings, case.noise, np.zeros(1), std)
        z, weights = own_laws.quadrature(case.noise)
        formula = own_losses.loss(case.loss.name, case.settings)
        assert best is not None
        return float((formula(std[:, None] * z, [each[:, None] for each in best.T], case.settings) @ weights)[0])

    return float(np.exp(optimize.brentq(floor, -15, 15)))


def first_fix(case: Case) -> Mapping[str, object]:
    """The settings of the first button."""
    return case.finding.fixes[0].settings


def change(case: Case) -> Truth:
    """The new value of the setting that the first button changes, as text."""
    value = next(iter(first_fix(case).values()))
    return f"{value:,}" if type(value) is int else to_text(value).replace(",", ", ")


def real(of: Callable[[Case, np.ndarray, np.ndarray], float]) -> Callable[[Case], Truth]:
    """Of a table: a function of where predictions are shown and of their std there."""

    def truth(case: Case) -> Truth:
        data = case.run.dataset
        x, outputs = (data.x_grid, case.run.outputs(data.x_grid)) if data.inputs == 1 else (None, case.run.on_held_out)
        std = own_laws.predicted(case.settings["reading"], outputs, case.settings).std[:, 0]
        return of(case, np.arange(len(std)) if x is None else x, std)

    return truth


def coverage(case: Case) -> float:
    """The share of held-out y whose cdf lies within the middle 95 %, by integrating the density numerically."""
    data = case.run.dataset
    predicted = own_laws.predicted(case.settings["reading"], case.run.on_held_out, case.settings)
    u = np.linspace(-40, 40, 16001)
    y = predicted.mean + predicted.std * u
    density = np.exp(predicted.log_density(y)) * predicted.std
    cdf = (np.cumsum(density, axis=1) - 0.5 * density) * (u[1] - u[0])  # the trapezium rule
    place = (data.y_held_out - predicted.mean[:, 0]) / predicted.std[:, 0]
    level = np.array([np.interp(at, u, row) for at, row in zip(place, cdf, strict=True)])
    return float(np.mean((level > 0.025) & (level < 0.975)))
