"""What a second output means, against optima worked out by hand for every kind of head."""

import math

import numpy as np
import pytest

from core.data.noise import NOISES
from core.diagnosis.doctor.head_meaning import HeadMeaning, has_head, head_meaning
from core.model.losses import LOSSES, loss_with

GAUSSIAN = NOISES["gaussian"]
MAD = math.sqrt(2 / math.pi)  # E|Z| of a standard normal


def softplus(s: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, s)


def meaning(formula: str, std: float = 0.2, noise: str = "gaussian") -> HeadMeaning:
    return head_meaning(loss_with("typed", {"formula": formula}), NOISES[noise], std)


# A loss, the std that its s stands for by hand, and how that is written.
HEADS = (
    ("0.5*exp(-s)*r**2 + 0.5*s", lambda s: np.exp(s / 2), "exp(s/2)"),
    ("exp(-s)*r**2 + 0.5*s", lambda s: np.exp(s / 2) / np.sqrt(2), "√½·exp(s/2)"),
    ("exp(-s)*abs(r) + s", lambda s: np.exp(s) / MAD, "√(π/2)·exp(s)"),
    ("0.5*r**2*exp(s) - s/2", lambda s: np.exp(-s / 2), "exp(−s/2)"),
    ("exp(-10*s)*r**2 + 10*s", lambda s: np.exp(5 * s), "exp(5·s)"),
    ("0.5*r**2/softplus(s)**2 + log(softplus(s))", softplus, "softplus(s)"),
    ("0.5*r**2/softplus(s) + 0.5*log(softplus(s))", lambda s: np.sqrt(softplus(s)), "√(softplus(s))"),
    ("abs(r)/softplus(s) + log(softplus(s))", lambda s: softplus(s) / MAD, "√(π/2)·softplus(s)"),
    ("softplus(s)*r**2 - log(softplus(s))", lambda s: softplus(s) ** -0.5, "1/√(softplus(s))"),
    (
        "0.5*r**2/(softplus(s)+0.01)**2 + log(softplus(s)+0.01)",
        lambda s: softplus(s) + 0.01,
        "softplus(s) + 0.01",
    ),
    ("softplus(s) + r**2/exp(softplus(s))", lambda s: np.sqrt(1 + np.exp(s)), "exp(softplus(s)/2)"),
    ("exp(-max(s,0))*r**2 + max(s,0)", lambda s: np.exp(np.maximum(s, 0) / 2), "exp(max(s, 0)/2)"),
    ("0.5*log(s**2) + 0.5*r**2/s**2", np.abs, "|s|"),
    ("0.5*r**2/s**2 + log(1+s**2)", lambda s: np.sqrt(2 * s**4 / (1 + s**2)), None),
)


@pytest.mark.long
@pytest.mark.parametrize(("formula", "std", "words"), HEADS, ids=[row[0] for row in HEADS])
def test_any_head_is_read_as_the_std_on_whose_noise_it_is_best(formula: str, std, words: str | None) -> None:
    found, s = meaning(formula), np.concatenate([np.linspace(-4, -0.5, 60), np.linspace(0.5, 4, 60)])
    np.testing.assert_allclose(found.std(s), std(s), rtol=1e-2)
    at = np.array([-2.5, 0.7, 3.0])
    np.testing.assert_allclose(found.std(at), std(at), rtol=1e-4)
    assert (found.formula and found.formula.words) == words


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, row in LOSSES.items() if has_head(row)])
def test_at_its_optimum_a_head_stands_for_the_std_of_the_noise(name: str) -> None:
    std = 0.2
    found = head_meaning(LOSSES[name], GAUSSIAN, std)
    if name in ("no_log_term", "wrong_sign", "clamped"):
        assert found.status != "found"
    else:
        assert found.status == "found"
        assert found.std_used == pytest.approx(std, rel=1e-3)


def test_on_other_noise_the_factor_is_that_noises() -> None:
    laplace = meaning("abs(r)/softplus(s) + log(softplus(s))", noise="laplace")
    assert laplace.formula.words == "√2·softplus(s)"
    assert laplace.std(np.array([0.3]))[0] == pytest.approx(math.sqrt(2) * softplus(np.array(0.3)))


def test_a_softplus_std_is_sound_at_every_sigma() -> None:
    for std in (0.05, 0.2, 5.0):
        found = meaning("0.5*r**2/softplus(s)**2 + log(softplus(s))", std)
        assert (found.status, found.start, found.formula.words) == ("found", "live", "softplus(s)")
        assert softplus(np.array(found.best)) == pytest.approx(std, rel=1e-3)


def test_a_variance_that_cannot_fall_below_one_is_one() -> None:
    """exp(−max(s, 0)) with σ < 1: every s ≤ 0 is as good, the variance used is 1, and s has no gradient there."""
    found = meaning("exp(-max(s,0))*r**2 + max(s,0)")
    assert (found.status, found.level) == ("level", (-np.inf, 0.0))
    assert found.std_used == pytest.approx(1, abs=1e-3)
    assert found.std(np.array([-20.0, -0.5])) == pytest.approx(1, abs=1e-3)
    assert (found.start, found.start_side) == ("dead", "below")
    assert meaning("exp(-max(s,0))*r**2 + max(s,0)", 3.0).status == "found"


def test_a_variance_of_exp_of_softplus_nears_one_from_above() -> None:
    found = meaning("softplus(s) + r**2/exp(softplus(s))")
    assert (found.status, found.goes_to) == ("escapes", -np.inf)
    assert found.std_used == pytest.approx(1, abs=1e-3)
    assert meaning("softplus(s) + r**2/exp(softplus(s))", 2.0).std_used == pytest.approx(2, rel=1e-3)


@pytest.mark.parametrize(
    ("formula", "std", "goes_to", "used"),
    [
        ("0.5*exp(-s)*r**2", 0.2, np.inf, np.inf),
        ("r**2/softplus(s)**2", 0.2, np.inf, np.inf),
        ("0.5*exp(s)*r**2 + 0.5*s", 0.2, -np.inf, 0),  # unbounded: the residuals count nothing there
        ("exp(-2*tanh(s))*r**2/2 + tanh(s)", 0.2, -np.inf, math.exp(-1)),
        ("exp(-2*tanh(s))*r**2/2 + tanh(s)", 30.0, np.inf, math.e),
    ],
)
def test_where_s_goes_that_has_no_best_value(formula: str, std: float, goes_to: float, used: float) -> None:
    found = meaning(formula, std)
    assert found.goes_to == goes_to
    assert found.best is None
    assert found.std_used == pytest.approx(used, rel=1e-3)


def test_a_clamp_leaves_one_end_of_it() -> None:
    below, above = (head_meaning(LOSSES["clamped"], GAUSSIAN, std) for std in (0.2, 5.0))
    assert (below.level, above.level) == ((-np.inf, -2.0), (2.0, np.inf))
    assert (below.std_used, above.std_used) == pytest.approx((math.exp(-1), math.e), rel=2e-3)


@pytest.mark.parametrize(
    ("formula", "start", "side"),
    [
        ("abs(r)/s + log(s)", "undefined", "below"),  # log of a negative s
        ("0.5*r**2/relu(s) + 0.5*log(relu(s))", "undefined", "below"),
        ("0.5*r**2/s + 0.5*log(s)", "undefined", "below"),
        ("r**2*sqrt(-s) - log(-s)", "undefined", "above"),
        ("log(s - 5) + abs(r)/(s - 5)", "undefined", "everywhere"),
        ("exp(-max(s,2))*r**2 + max(s,2)", "dead", "everywhere"),
        ("exp(min(s,0))*r**2 - min(s,0)", "dead", "above"),
        ("0.5*r**2/s**2 + 0.5*log(s**2)", "live", ""),
        ("0.5*exp(-s)*r**2 + 0.5*s", "live", ""),
    ],
)
def test_where_it_starts(formula: str, start: str, side: str) -> None:
    found = meaning(formula)
    assert (found.start, found.start_side) == (start, side)
    assert np.isnan(found.std(np.array([-1.0]))[0]) == (start == "undefined" and side != "above")


def test_bad_values_of_s_stand_for_nothing() -> None:
    found = meaning("0.5*exp(-s)*r**2 + 0.5*s")
    assert np.isnan(found.std(np.array([np.nan, np.inf]))).all()
    assert found.std(np.zeros((2, 3))).shape == (2, 3)
    many = np.random.default_rng(0).normal(-3, 1, 5000)
    np.testing.assert_allclose(found.std(many), np.exp(many / 2), rtol=1e-3)


def test_only_a_mean_and_one_more_output_can_be_asked() -> None:
    assert not has_head(LOSSES["squared_error"])
    assert not has_head(LOSSES["broadcast"])
    with pytest.raises(ValueError, match="squared_error"):
        head_meaning(LOSSES["squared_error"], GAUSSIAN, 0.2)
