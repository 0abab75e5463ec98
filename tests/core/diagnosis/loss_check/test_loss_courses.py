"""The curves of a loss: the minimum is the stationary point, the std there is told, and some losses have no curve."""

import numpy as np
import pytest

from core.data.noise import NOISES
from core.diagnosis.loss_check.loss_courses import courses, courses_of
from core.diagnosis.loss_check.meaning import meaning_of
from core.loss_code.reading import read_code
from core.model.losses import LOSSES, loss_with


def test_the_curves_have_their_minimum_at_the_stationary_point() -> None:
    expected, hit = courses(LOSSES["posted"], NOISES["gaussian"], 0.2)
    assert expected.minimum == pytest.approx((np.log(0.2 * NOISES["gaussian"].mad), -0.4176), abs=2e-4)
    assert expected.meaning == "exp(s) = 0.160"
    np.testing.assert_allclose(expected.loss, expected.residual + expected.scale)
    assert hit.minimum is None
    assert hit.meaning == "the smaller s is, the lower"
    np.testing.assert_allclose(hit.loss, 0.5 * hit.s, atol=1e-12)


def test_curves_of_what_has_no_place_and_of_what_is_no_curve() -> None:
    expected, _ = courses(LOSSES["wrong_sign"], NOISES["gaussian"], 0.2)
    assert (expected.minimum, expected.meaning) == (None, "the smaller s is, the lower")
    idle, _ = courses(loss_with("typed", {"formula": "r**2 + 0*s"}), NOISES["gaussian"], 0.2)
    assert idle.meaning == "the same for every s"
    assert courses(LOSSES["mixture"], NOISES["gaussian"], 0.2) is None
    assert courses(LOSSES["squared_error"], NOISES["gaussian"], 0.2) is None


def test_the_std_of_the_code_is_told_at_the_minimum() -> None:
    meaning = meaning_of(read_code("sigma = F.softplus(raw)\nloss = -Normal(mu, sigma).log_prob(y).mean()"))
    drawn = courses_of(meaning, 0.2)
    assert drawn is not None
    assert (drawn.name, drawn.expected.meaning) == ("raw", "std = 0.200")
    assert courses_of(meaning_of(read_code("loss = F.mse_loss(pred, y)")), 0.2) is None
    laplace = courses_of(meaning_of(read_code("loss = (torch.exp(-s) * torch.abs(y - mu) + s).mean()")), 0.2)
    assert laplace is not None
    assert laplace.expected.meaning == "exp(s) = 0.160"  # its std is √2·exp(s) on Laplace noise, and this is Gaussian
