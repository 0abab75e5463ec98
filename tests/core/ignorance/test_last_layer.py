"""The Laplace approximation of the last layer, against a dense one by torch's autograd, and against sampling."""

import numpy as np
import pytest
import torch
from torch.autograd.functional import hessian, jacobian
from torch.nn import functional

from core.experiment.presets import presets
from core.ignorance import last_layer
from core.ignorance.last_layer import LastLayer, why_no_laplace
from core.ignorance.told import CannotTell
from core.training.loop import train
from core.training.run import Run

X = np.array([40.0, 55.0, 80.0, 100.0, 118.0])
SMALL = {"training.steps": 150, "network.layers": [12, 10]}


@pytest.fixture(scope="module", params=["shared", "separate"])
def run(request: pytest.FixtureRequest) -> Run:
    return train(presets["gap"].with_settings({**SMALL, "network.heads": request.param}))


def of_last(run: Run, x: np.ndarray) -> tuple[torch.Tensor, callable]:
    """The last layers' parameters in one vector, and the outputs (n, 2) as a function of them, in training units."""
    size, nets = run.architecture.size // run.architecture.nets, run.architecture.nets
    units, last = [], []
    for net in range(nets):
        flat, at = torch.tensor(run.weights[net * size : (net + 1) * size].astype(np.float64)), 0
        hidden = torch.tensor(run.scaling.x_in(x))
        *layers, (fan_in, fan_out) = zip(run.architecture.widths[:-1], run.architecture.widths[1:], strict=True)
        for before, after in layers:
            w, b = flat[at : at + before * after].view(before, after), flat[at + before * after :][:after]
            hidden, at = functional.silu(hidden @ w + b), at + (before + 1) * after
        units.append(hidden)
        last.append(flat[at:])

    def outputs(theta: torch.Tensor) -> torch.Tensor:
        each = []
        for hidden, part in zip(units, theta.split([len(p) for p in last]), strict=True):
            w, b = part[: fan_in * fan_out].view(fan_in, fan_out), part[fan_in * fan_out :]
            each.append(hidden @ w + b)
        return torch.cat(each, dim=1)

    return torch.cat(last), outputs


def fisher(outputs: torch.Tensor) -> torch.Tensor:
    """The Fisher information (2, 2) of (μ, s) of a Gaussian of variance exp(s): the Hessian of a KL divergence at 0."""

    def kl(other: torch.Tensor) -> torch.Tensor:
        p, q = (torch.distributions.Normal(o[0], torch.exp(0.5 * o[1])) for o in (outputs, other))
        return torch.distributions.kl_divergence(p, q)

    return hessian(kl, outputs.clone())


def dense(run: Run, prior_precision: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The precision matrix of all last weights at once, without using that heads are apart, and the weights."""
    theta, outputs = of_last(run, run.dataset.x)
    slopes = jacobian(outputs, theta)  # (n, 2, P)
    information = torch.stack([fisher(each) for each in outputs(theta)])
    return torch.einsum("nap,nab,nbq->pq", slopes, information, slopes) + prior_precision * torch.eye(len(theta)), theta


@pytest.mark.parametrize("prior_precision", [0.3, 20.0])
def test_variances_are_those_of_the_dense_posterior(run: Run, prior_precision: float) -> None:
    precision, theta = dense(run, prior_precision)
    slopes = jacobian(of_last(run, X)[1], theta)
    spread = slopes @ torch.linalg.inv(precision) @ slopes.mT  # (n, 2, 2)
    of_mean, of_s = LastLayer.of(run, prior_precision).variances(X)
    np.testing.assert_allclose(of_mean, spread[:, 0, 0].numpy() * run.scaling.y_scale**2, rtol=1e-4)
    np.testing.assert_allclose(of_s, spread[:, 1, 1].numpy(), rtol=1e-4)
    assert spread[:, 0, 1].abs().max() < 1e-9


def test_the_prior_is_the_most_likely_one(run: Run) -> None:
    found = LastLayer.of(run).prior_precision

    def log_evidence(prior_precision: float) -> float:
        precision, theta = dense(run, prior_precision)
        size = prior_precision * theta @ theta
        return float(0.5 * (len(theta) * np.log(prior_precision) - torch.logdet(precision) - size))

    assert log_evidence(found) > max(log_evidence(0.9 * found), log_evidence(1.1 * found))


def test_the_distribution_is_that_of_drawn_weights(run: Run) -> None:
    layer, n = LastLayer.of(run), 400_000
    told, (of_mean, of_s) = layer.tell(X), layer.variances(X)
    rng, (mean, s) = np.random.default_rng(0), run.outputs(X).T
    mu = mean + np.sqrt(of_mean) * rng.standard_normal((n, len(X)))
    variance = np.exp(s + np.sqrt(of_s) * rng.standard_normal((n, len(X))))
    y = mu + np.sqrt(variance) * rng.standard_normal((n, len(X)))
    for p in (0.025, 0.5, 0.975):
        assert np.abs((y <= told.predictive.quantile(p)).mean(axis=0) - p).max() < 4 * np.sqrt(p * (1 - p) / n)
    np.testing.assert_allclose(told.parts.epistemic, mu.var(axis=0), rtol=0.01)
    inside = of_s < 0.2  # elsewhere the tail of exp(s) needs more draws
    assert inside.sum() >= 3
    np.testing.assert_allclose(told.parts.aleatoric[inside], variance.mean(axis=0)[inside], rtol=0.01)
    np.testing.assert_allclose(told.parts.total[inside], np.asarray(told.predictive.std)[inside] ** 2, rtol=1e-6)


def test_a_constant_variance_is_bayesian_linear_regression() -> None:
    """With squared error: the variance of the mean is that of a ridge regression on the hidden units."""
    run = train(presets["gap"].with_settings({**SMALL, "loss.name": "squared_error"}))
    _, outputs = of_last(run, run.dataset.x)
    ones = torch.eye(11, dtype=torch.float64)
    units, at_x = (torch.stack([f(row)[:, 0] for row in ones], dim=1).numpy() for f in (outputs, of_last(run, X)[1]))
    noise = np.exp(run.residual_log_variance) / run.scaling.y_scale**2
    covariance = np.linalg.inv(units.T @ units / noise + 2.0 * np.eye(11))
    expected = np.einsum("np,pq,nq->n", at_x, covariance, at_x) * run.scaling.y_scale**2
    found = LastLayer.of(run, 2.0)
    np.testing.assert_allclose(found.variances(X)[0], expected, rtol=1e-4)
    np.testing.assert_allclose(found.tell(X).parts.aleatoric, np.exp(run.residual_log_variance))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss.name": "laplace_nll"}, "choose Gaussian NLL or squared error"),
        ({"loss.bound": "clamp"}, "without a bound"),
    ],
)
def test_what_has_none_says_why(settings: dict[str, object], words: str) -> None:
    run = train(presets["gap"].with_settings({**SMALL, **settings, "training.steps": 2}))
    assert words in why_no_laplace(run.experiment)
    with pytest.raises(CannotTell, match=words):
        LastLayer.of(run)
    with pytest.raises(CannotTell, match="no finite weights"):
        LastLayer.of(Run.without_steps(presets["gap"], "stopped", ""))


def test_of_many_rows_some_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums over evenly taken points, each counted as often as it stands for others: some per cent of the variance."""
    run = train(presets["gap"].with_settings({**SMALL, "data.n": 6000}))
    whole = LastLayer.of(run, 5.0).variances(X)
    monkeypatch.setattr(last_layer, "MOST_ROWS", 2000)
    for some, all_rows in zip(LastLayer.of(run, 5.0).variances(X), whole, strict=True):
        np.testing.assert_allclose(some, all_rows, rtol=0.15)
        assert not np.array_equal(some, all_rows)
