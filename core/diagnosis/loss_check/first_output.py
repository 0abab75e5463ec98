"""Where the first output goes, and of which family a loss is the NLL: from its slopes per point, without a search."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...model.formulas.tree import Node
from .tree_gradient import program_of

Array = NDArray[np.float64]
SAME = 1e-4  # relative: slopes are exact, and what an ε adds to them is less
_Z = np.array([0.05, 0.2, 0.5, 0.9, 1.3, 2.0, 3.0])  # residuals, in σ
_ASIDE = 0.7


@dataclass(frozen=True)
class FirstOutput:
    """`place` is "the mean", "the median", "the 0.9 quantile", "the 0.9 expectile", "the middle" or "" (not known).

    `of_residual` says that the loss takes y and mean as their difference alone, `is_even` that its sign does not
    matter; `family` is "Gaussian", "Laplace", "Student-t", or "", `df` the degrees of freedom ν of the last, and
    `df_scale` its ν·τ². `pull_below` and `pull_above` are slopes by the output, meant over y below it and above: above
    0 it is drawn down.
    """

    place: str
    of_residual: bool
    is_even: bool
    family: str
    df: float = np.nan
    df_scale: float = np.nan
    pull_below: float = 0.0
    pull_above: float = 0.0


def first_output(tree: Node, others: Mapping[str, float], sigma: float, name: str = "mu") -> FirstOutput:
    """What the loss pulls its first output to, at these values of the other outputs, for residuals of about σ."""
    with np.errstate(all="ignore"):
        found, pull = _first_output(tree, others, sigma, name)
        return replace(found, pull_below=float(pull[: len(_Z)].mean()), pull_above=float(pull[len(_Z) :].mean()))


def _first_output(tree: Node, others: Mapping[str, float], sigma: float, name: str) -> tuple[FirstOutput, Array]:
    program = program_of(tree)
    r = sigma * np.concatenate([-_Z[::-1], _Z])

    def pull_at(shift: float) -> Array:
        given = {"mu": np.zeros(r.shape)} | {other: np.full(r.shape, value) for other, value in others.items()}
        given |= {"y": r + shift, name: np.full(r.shape, shift)}
        return np.broadcast_to(program.slopes(given, np.float64(1.0), (name,))[1][name], r.shape)

    pull, moved = pull_at(0.0), pull_at(_ASIDE * sigma)
    of_residual = bool(np.allclose(pull, moved, rtol=1e-7, atol=1e-9 * np.nanmax(np.abs(pull), initial=0.0)))
    if not np.isfinite(pull).all() or not pull.any() or not of_residual:
        return FirstOutput("", of_residual, False, ""), pull
    left, right = pull[: len(_Z)][::-1], -pull[len(_Z) :]  # of y below the output, and above it
    is_even = bool(np.allclose(left, right, rtol=1e-7, atol=1e-12 * np.abs(pull).max()))
    ratio_left, ratio_right = left / (sigma * _Z), right / (sigma * _Z)
    if _one(ratio_left) and _one(ratio_right):
        share = ratio_right[0] / (ratio_left[0] + ratio_right[0])
        place = "the mean" if is_even else f"the {share:.3g} expectile"
        return FirstOutput(place, True, is_even, "Gaussian" if is_even else ""), pull
    if _one(left) and _one(right):
        share = right[0] / (left[0] + right[0])
        place = "the median" if is_even else f"the {share:.3g} quantile"
        return FirstOutput(place, True, is_even, "Laplace" if is_even else ""), pull
    if not is_even:
        return FirstOutput("", True, False, ""), pull
    # Of Student's t, r over the slope is (ν·τ² + r²)/(ν + 1).
    over, square = 1 / ratio_right, (sigma * _Z) ** 2
    slope, at_zero = np.polyfit(square, over, 1)
    fits = np.allclose(slope * square + at_zero, over, rtol=1e-6)
    if fits and slope > 0 and at_zero > 0 and slope * square[-1] > 1e-6 * at_zero:
        return FirstOutput("the middle", True, True, "Student-t", float(1 / slope - 1), float(at_zero / slope)), pull
    return FirstOutput("the middle", True, True, ""), pull


def mean_words(tree: Node) -> str:
    """What a loss of one output that is linear in y makes the mean of y: "{}", "exp({})", or "" for none of these.

    Such are the likelihoods of counts: exp(mu) − y·mu is lowest where exp(mu) is the mean.
    """
    program = program_of(tree)
    mu = np.array([-0.4, 0.3, 0.9, 1.7])

    def pull(y: float) -> Array:
        given = {"y": np.full(mu.shape, y), "mu": mu}
        return np.broadcast_to(program.slopes(given, np.float64(1.0), ("mu",))[1]["mu"], mu.shape)

    at_one, at_two, at_four = (pull(y) for y in (1.0, 2.0, 4.0))
    with np.errstate(all="ignore"):
        per_y = at_one - at_two
        mean = 1 + at_one / per_y
    linear = np.isfinite([at_one, at_four]).all() and np.allclose(at_two - at_four, 2 * per_y, rtol=1e-9)
    if not linear or not (per_y > 0).all():
        return ""
    names = {"{}": mu, "exp({})": np.exp(mu), "softplus({})": np.logaddexp(0, mu), "sigmoid({})": 1 / (1 + np.exp(-mu))}
    return next((words for words, expected in names.items() if np.allclose(mean, expected, rtol=1e-6)), "")


def _one(values: Array) -> bool:
    return bool(values[0] > 0 and np.ptp(values) <= SAME * abs(values[0]))
