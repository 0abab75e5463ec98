"""The loss of one point: exp(s) = r² minimises a Gaussian NLL, |r| the posted loss."""

import numpy as np
import pytest

from core.diagnosis.chart_data.point_data import LARGEST, domains, one_point, why_no_curve
from core.model.losses import LOSSES

CURVED = sorted(name for name, loss in LOSSES.items() if not why_no_curve(loss))


def test_which_losses_have_a_curve() -> None:
    assert set(CURVED) >= {"gaussian_nll", "posted", "laplace_nll", "gaussian_crps", "student_t", "typed", "wrong_sign"}
    without = {"squared_error", "natural", "mixture", "evidential", "pinball", "broadcast", "relu_variance"}
    assert not without & set(CURVED)
    for name in without:
        assert why_no_curve(LOSSES[name]).endswith(".")
        with pytest.raises(ValueError, match=r"."):
            one_point(LOSSES[name], 0.2, 1.0)


@pytest.mark.parametrize("std", [0.02, 0.2, 5.0])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gaussian_nll", lambda r: 2 * np.log(r)),
        ("beta_nll", lambda r: 2 * np.log(r)),
        ("posted", lambda r: np.log(r)),
        ("laplace_nll", lambda r: np.log(r)),
        ("student_t", lambda r: np.log(r)),
        ("absolute_log_variance", lambda r: np.log(2 * r**2)),
        ("no_half_residual", lambda r: np.log(2 * r**2)),
    ],
)
def test_the_minimum_is_where_the_formula_says(name: str, expected, std: float) -> None:
    for share in (0.1, 1.0, LARGEST):
        found = one_point(LOSSES[name], std, share)
        assert found.minimum is not None
        assert found.minimum[0] == pytest.approx(expected(share * std), abs=0.005)


def test_words() -> None:
    found = one_point(LOSSES["gaussian_nll"], 0.2, 1.0)
    assert found.meaning == "exp(s) = 0.0400 = r²"
    assert "**1 σ = 0.200**" in found.sentence
    assert "settle on the mean of their r²" in found.sentence
    assert one_point(LOSSES["posted"], 0.2, 1.0).meaning == "exp(s) = 0.200 = |r|"
    assert one_point(LOSSES["no_half_residual"], 0.2, 1.0).meaning == "exp(s) = 0.0800 = 2.00·r²"


@pytest.mark.parametrize(("name", "share"), [("gaussian_nll", 0.0), ("wrong_sign", 1.0), ("no_log_term", 1.0)])
def test_no_minimum(name: str, share: float) -> None:
    found = one_point(LOSSES[name], 0.2, share)
    assert found.minimum is None
    assert "no minimum" in found.sentence


@pytest.mark.parametrize("name", CURVED)
def test_axes_hold_the_minimum_of_every_residual(name: str) -> None:
    s_domain, loss_domain = domains(LOSSES[name], 0.2)
    for share in (0.1, 0.5, 1.0, LARGEST):
        minimum = one_point(LOSSES[name], 0.2, share).minimum
        if minimum is not None:
            assert s_domain[0] <= minimum[0] <= s_domain[1]
            assert loss_domain[0] <= minimum[1] <= loss_domain[1]
