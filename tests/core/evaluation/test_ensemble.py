"""Ensembles: the parts of the variance, by hand and as the moments of the members' mixture."""

import numpy as np
import pytest

from core.distributions.blend import equal_mixture
from core.distributions.laws import gaussian
from core.distributions.mixture import GaussianMixture
from core.evaluation.ensemble import as_gaussian, decompose


def test_two_members_by_hand():
    parts = decompose([[1.0, 0.0], [3.0, 0.0]], [[2.0, 0.5], [4.0, 0.5]])
    np.testing.assert_allclose(parts.aleatoric, [3.0, 0.5])
    np.testing.assert_allclose(parts.epistemic, [1.0, 0.0])
    np.testing.assert_allclose(parts.total, [4.0, 0.5])


def test_the_total_is_the_variance_of_the_mixture():
    rng = np.random.default_rng(np.random.SeedSequence([7, 1]))
    means, stds = rng.normal(size=(5, 40)), rng.uniform(0.1, 2, (5, 40))
    mixture = GaussianMixture(np.full((40, 5), 0.2), means.T, stds.T)
    np.testing.assert_allclose(decompose(means, stds**2).total, mixture.std**2, rtol=1e-12)


def test_a_single_member_has_no_epistemic_variance():
    assert decompose(np.ones((1, 3)), np.full((1, 3), 0.04)).epistemic.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("means", "variances"), [((5, 3), (5, 4)), ((3,), (3,)), ((0, 3), (0, 3))])
def test_shapes_that_do_not_fit_an_ensemble_are_refused(means, variances):
    with pytest.raises(ValueError, match="must be \\(members, points\\)"):
        decompose(np.zeros(means), np.ones(variances))


def test_five_gaussians_are_one_mixture_and_nearly_one_gaussian():
    """Means −1 and 1 of variance 3: the mixture and its Gaussian have mean 0 and variance 4."""
    members = [gaussian(np.array([mean]), np.array([np.sqrt(3)])) for mean in (-1.0, 1.0)]
    whole, one = equal_mixture(members), as_gaussian(members)
    for found in (whole, one):
        np.testing.assert_allclose([found.mean[0], found.std[0]], [0, 2], atol=1e-12)
    y = np.array([0.0])
    assert whole.nll(y)[0] == pytest.approx(1 / 6 + 0.5 * np.log(2 * np.pi * 3), rel=1e-12)
    assert one.nll(y)[0] == pytest.approx(0.5 * np.log(2 * np.pi * 4), rel=1e-12)
