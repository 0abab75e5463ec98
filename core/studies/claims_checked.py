"""CHECKS: for each kind of claim that a verdict makes, the truth that it is held against; and which claims are false.

The truth is worked out apart (own_laws, own_losses, own_optima, own_split, judged_case): by quadrature over the known
noise, on the same points where a claim is of points, and by training again where a claim is of what a change wins.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..data.noise import NOISES
from ..diagnosis.finding import Claim
from . import own_laws
from .claim_truths import (
    OWN_STD,
    Truth,
    after,
    best_words,
    change,
    cost_of_bound,
    cost_of_dead,
    cost_of_family,
    cost_of_one_std,
    cost_of_penalty,
    cost_of_reading,
    coverage,
    dead_share,
    ends_of_std,
    first_fix,
    goes_to,
    learns,
    least_gap,
    mistake,
    negative_below,
    of_truth,
    parts_of_gap,
    place,
    real,
    standard_error,
    std_used,
)
from .judged_case import Case


@dataclass(frozen=True)
class Check:
    """The truth of one kind of claim: `truth` gives it, or None where nothing is to be held against it.

    A number is false if it is off by more than `relative` of the truth and `absolute`, beside what rounding leaves.
    """

    truth: Callable[[Case], Truth]
    relative: float = 0.01
    absolute: float = 0.001


@dataclass(frozen=True)
class Miss:
    """A claim that is false: its name, what was said, and what is true."""

    name: str
    said: float | str
    true: Truth


def misses(case: Case) -> list[Miss]:
    """The claims of a verdict that are false.

    Raises KeyError for a claim without a row in CHECKS.
    """
    found = []
    for claim in case.finding.claims:
        check = CHECKS[claim.name]
        true = check.truth(case)
        if true is not None and is_false(claim, true, check):
            found.append(Miss(claim.name, claim.value, true))
        if not is_well_said(claim):
            found.append(Miss(f"words of {claim.name}", claim.words, claim.value))
    return found


def is_false(claim: Claim, true: float | str, check: Check) -> bool:
    """Whether a claim differs from the truth by more than its check allows."""
    if isinstance(true, str) or isinstance(claim.value, str):
        return str(claim.value) != str(true)
    if not np.isfinite(true) or not np.isfinite(claim.value):
        return not (claim.value == true or (np.isnan(true) and np.isnan(claim.value)))
    return abs(claim.value - true) > check.absolute + check.relative * abs(true)


def is_well_said(claim: Claim) -> bool:
    """Whether the number in the words is the value, to half of its last digit; words without a number are."""
    if isinstance(claim.value, str) or not np.isfinite(claim.value):
        return True
    shown = claim.words.replace("−", "-").replace(",", "").strip()
    matched = re.fullmatch(r"(-?\d+(?:\.(\d+))?)(?:e([+-]\d+))?( %)?", shown)
    if matched is None:
        return False
    scale = 10.0 ** int(matched[3] or 0) / (100 if matched[4] else 1)
    half = 0.5 * 10.0 ** -len(matched[2] or "") * scale
    return bool(abs(float(matched[1]) * scale - claim.value) <= half * 1.001)


ROUGH = {"relative": 0.03, "absolute": 0.003}

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "loss_on_new": Check(lambda case: float(np.mean(case.on_new)), 1e-6, 1e-7),
        "error_on_new": Check(lambda case: standard_error(case.on_new), 1e-6, 1e-9),
        "truth_on_new": Check(of_truth),
        "floor": Check(lambda case: case.floor(case.run.dataset.x_held_out)),
        "loss_on_training": Check(lambda case: float(np.mean(case.on_trained)), 1e-6, 1e-7),
        # The deviation of a loss under heavy tails takes their fourth moment, of which a quadrature loses some.
        "band_low": Check(lambda case: None if case.band is None else case.band[0], absolute=0.004),
        "band_high": Check(lambda case: None if case.band is None else case.band[1], absolute=0.004),
        "n_new": Check(lambda case: len(case.run.dataset.x_held_out), 0, 0),
        "n_trained": Check(lambda case: len(case.points_trained[0]), 0, 0),
        "gap": Check(lambda case: case.own_gap),
        "cost_of_mean": Check(lambda case: parts_of_gap(case).mean, **ROUGH),
        "cost_of_width": Check(lambda case: parts_of_gap(case).width, **ROUGH),
        "cost_along_x": Check(lambda case: parts_of_gap(case).along_x, **ROUGH),
        "cost_of_shape": Check(lambda case: parts_of_gap(case).shape, **ROUGH),
        "cost_of_rest": Check(lambda case: parts_of_gap(case).after_mean, **ROUGH),
        "cost_of_reading": Check(cost_of_reading),
        "gap_after": Check(least_gap),
        "loss_after": Check(after, 1e-4, 1e-6),
        "learns": Check(learns),
        "reading": Check(lambda case: case.loss.reading(case.settings["reading"]).short),
        "best_reading": Check(best_words),
        "mistake": Check(mistake),
        "own_std": Check(lambda case: OWN_STD.get(case.settings["formula"])),
        "std_used": Check(std_used, 0.01, 1e-9),
        "cost_of_dead": Check(cost_of_dead, 0.02, 0.002),
        "goes_to": Check(goes_to),
        "place": Check(place),
        "message": Check(lambda case: case.run.message),
        "family": Check(
            lambda case: own_laws.predicted(case.settings["reading"], case.run.on_evaluation[:2], case.settings).family
        ),
        "noise": Check(lambda case: NOISES[case.noise].label),
        "steps_after": Check(lambda case: float(str(first_fix(case)["training.steps"])), 0, 0),
        "change": Check(change),
        "exp_s": Check(lambda case: float(np.mean(np.exp(case.run.on_evaluation[:, 1]))), 1e-6, 1e-9),
        "true_variance": Check(lambda case: float(np.mean(case.true_std(case.x) ** 2)), 1e-6, 1e-12),
        "std_ratio": Check(lambda case: float(np.median(case.std_ratio)), 1e-3, 1e-6),
        "std_ratio_low": Check(lambda case: float(np.quantile(case.std_ratio, 0.05)), 1e-3, 1e-6),
        "std_ratio_high": Check(lambda case: float(np.quantile(case.std_ratio, 0.95)), 1e-3, 1e-6),
        "true_std_low": Check(lambda case: float(case.true_std(case.x).min()), 1e-6, 1e-12),
        "true_std_high": Check(lambda case: float(case.true_std(case.x).max()), 1e-6, 1e-12),
        "root_of_epsilon": Check(lambda case: case.settings["least_std"], 1e-9, 0),
        "least_std": Check(lambda case: ends_of_std(case)[0]),
        "most_std": Check(lambda case: ends_of_std(case)[1]),
        "cost_of_bound": Check(cost_of_bound, 0.02, 0.002),
        "cost_of_penalty": Check(cost_of_penalty, 0.02, 0.002),
        "cost_of_family": Check(cost_of_family, 0.02, 0.002),
        "cost_of_one_std": Check(cost_of_one_std, 0.02, 0.002),
        "cost_of_mistake": Check(lambda case: case.gap_at_best(case.settings["reading"]), 0.02, 0.002),
        "dead_share": Check(dead_share, 0, 0.01),
        "negative_below": Check(negative_below, 1e-3, 1e-6),
        "offset": Check(lambda case: case.settings["offset"], 1e-9, 1e-9),
        "std_low": Check(real(lambda case, x, std: float(std.min())), 1e-3, 1e-9),
        "std_high": Check(real(lambda case, x, std: float(std.max())), 1e-3, 1e-9),
        "x_of_std_low": Check(real(lambda case, x, std: float(x[np.argmin(std)])), 1e-3, 1e-9),
        "x_of_std_high": Check(real(lambda case, x, std: float(x[np.argmax(std)])), 1e-3, 1e-9),
        "coverage": Check(coverage, 0, 0.003),
        "level": Check(lambda case: 0.95, 0, 0),
        "nll_saved": Check(cost_of_reading),
        "mean_of_y": Check(lambda case: float(np.mean(case.run.dataset.y)), 1e-9, 1e-12),
        "variance_of_y": Check(lambda case: float(np.var(case.run.dataset.y)), 1e-9, 1e-12),
        "off_mean": Check(
            lambda case: abs(float(np.mean(case.run.on_held_out[:, 0] - case.run.dataset.y_held_out))), 1e-6, 1e-9
        ),
        "typical_std": Check(lambda case: float(np.median(case.std)), 1e-3, 1e-9),
        "constant_loss": Check(lambda case: None),
    }
)
