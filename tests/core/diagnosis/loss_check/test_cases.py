"""Loss code as people write it: what is said of it, and each named quantity against minimisation by scipy."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import optimize, stats

from core.diagnosis.loss_check.meaning import Meaning, meaning_of
from core.loss_code.reading import read_code
from core.model.formulas import program

SIGMAS = (0.05, 0.2, 1.0, 5.0)
Z = stats.norm.ppf((np.arange(2_001) + 0.5) / 2_001)
Z /= math.sqrt(np.mean(Z**2))


def softplus(s):  # type: ignore[no-untyped-def]
    return np.logaddexp(0, s)


def huber(r):  # type: ignore[no-untyped-def]
    return np.where(np.abs(r) < 1, 0.5 * r**2, np.abs(r) - 0.5)


@dataclass(frozen=True)
class Case:
    """Code; what it is in numpy, between which s it is lowest, at which σ; and what has to be said of it."""

    code: str
    loss: Callable[..., np.ndarray]
    bounds: tuple[float, float]
    kind: str
    std: str
    says: tuple[str, ...] = ()
    sigmas: tuple[float, ...] = SIGMAS


CASES = {
    "log variance": Case(
        "loss = torch.mean(0.5 * torch.exp(-log_var) * (target - pred)**2 + 0.5 * log_var)",
        lambda r, s: 0.5 * np.exp(-s) * r**2 + 0.5 * s,
        (-12, 8),
        "good",
        "exp(log_var/2)",
        ("the Gaussian NLL", "The first output, pred, learns the mean of y"),
    ),
    "Laplace": Case(
        "return (torch.exp(-s) * torch.abs(y - mu) + s).mean()",
        lambda r, s: np.exp(-s) * np.abs(r) + s,
        (-9, 6),
        "good",
        "√2·exp(s)",
        ("the Laplace NLL", "on Laplace noise", "On Gaussian noise it is √(π/2)·exp(s)", "the median of y"),
    ),
    "softplus": Case(
        "def nll(y_true, y_pred):\n"
        "    mu, sigma = y_pred[:, 0:1], K.softplus(y_pred[:, 1:2]) + 1e-3\n"
        "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
        lambda r, s: np.log(softplus(s) + 1e-3) + 0.5 * (r / (softplus(s) + 1e-3)) ** 2,
        (-9, 20),
        "good",
        "sigma",
        ("The std is **sigma** on any noise", "It cannot fall below 0.00100"),
    ),
    "Normal": Case(
        "dist = torch.distributions.Normal(mu, torch.exp(0.5*logvar))\nloss = -dist.log_prob(y).mean()",
        lambda r, s: 0.5 * np.exp(-s) * r**2 + 0.5 * s,
        (-12, 8),
        "good",
        "exp(logvar/2)",
    ),
    "two slips": Case(
        "Normal(mu, torch.exp(logvar)).log_prob(y)",
        lambda r, s: 0.5 * np.exp(-2 * s) * r**2 + s,
        (-9, 6),
        "mistake",
        "exp(logvar)",
        ("must be **maximised**", "exp(logvar) is **σ**, not σ² as its name says"),
    ),
    "std for var": Case(
        "F.gaussian_nll_loss(mean, y, std)",
        lambda r, s: 0.5 * (r**2 / s + np.log(s)),
        (1e-4, 60),
        "mistake",
        "√std",
        ("std is **σ²**, not σ as its name says",),
    ),
    "soft scale": Case(
        "-tfd.Normal(loc=t[..., 0], scale=1e-3 + tf.math.softplus(0.05*t[..., 1])).log_prob(y)",
        lambda r, s: np.log(1e-3 + softplus(0.05 * s)) + 0.5 * (r / (1e-3 + softplus(0.05 * s))) ** 2,
        (-200, 200),
        "good",
        "0.001 + softplus(0.05·t[..., 1])",
    ),
    "log std": Case(
        "jnp.sum(r**2 / (2*jnp.exp(2*ls)) + ls, axis=-1)",
        lambda r, s: r**2 / (2 * np.exp(2 * s)) + s,
        (-9, 6),
        "good",
        "exp(ls)",
        ("It sums over the outputs",),
    ),
    "the question's": Case(
        "1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()",
        lambda r, s: 0.5 * np.exp(-s) * np.abs(r) + 0.5 * s,
        (-9, 6),
        "mistake",
        "√2·exp(s)",
        ("half a Laplace NLL. exp(s) is **E|r|**", "At a residual of exactly zero the gradient is NaN"),
    ),
    "lost half": Case(
        "var = F.relu(v) + 1e-6\nloss = ((y - mu)**2 / (2 * var) + torch.log(var)).mean()",
        lambda r, s: r**2 / (2 * (s + 1e-6)) + np.log(s + 1e-6),
        (1e-4, 60),
        "mistake",
        "√2·√var",
        ("var is **½σ²**", "a ½ is missing", "Where v is below 0 it has no gradient"),
    ),
    "precision": Case(
        "precision = torch.exp(-log_vars[0]); loss = precision * diff**2 + log_vars[0]",
        lambda r, s: np.exp(-s) * r**2 + s,
        (-12, 8),
        "good",
        "1/√precision",
        ("twice the Gaussian NLL",),
    ),
    "clamp": Case(
        "lv = torch.clamp(lv, min=0)\nloss = torch.mean((y-m)**2 * torch.exp(-lv)) + torch.mean(lv)",
        lambda r, s: r**2 * np.exp(-np.maximum(s, 0)) + np.maximum(s, 0),
        (-1, 8),
        "warning",
        "exp(lv/2)",
        ("below 1.00 the std that the loss uses stays 1.00, and lv has no gradient there",),
        (2.0, 5.0),
    ),
    "Huber with a scale": Case(
        "loss = torch.where(err.abs() < 1, 0.5*err**2, err.abs() - 0.5) * torch.exp(-s) + s",
        lambda r, s: huber(r) * np.exp(-s) + s,
        (-12, 6),
        "warning",
        "√2·exp(s/2)",
        ("exp(s) is **½σ²**", "σ from 0.02 to 0.2"),
        (0.05, 0.2),
    ),
    "either sign": Case(
        "0.5*torch.log(s**2) + (y-m)**2/(2*s**2)",
        lambda r, s: 0.5 * np.log(s**2) + r**2 / (2 * s**2),
        (-20, -1e-3),
        "warning",
        "|s|",
        ("at zero between them the loss is infinite",),
    ),
    "ε in the log": Case(
        "-torch.log(1e-9 + torch.exp(-0.5*((y-m)/sd)**2)/sd)",
        lambda r, s: -np.log(1e-9 + np.exp(-0.5 * (r / s) ** 2) / s),
        (1e-2, 20),
        "warning",
        "sd",
        ("A point 7 σ from its mean has almost no effect", "its slope is −3.595; the plain NLL has −35.000"),
    ),
    "a sum": Case(
        "loss = 0.1*(y-mu)**2 + 0.5*torch.exp(-s)*(y-mu)**2 + 0.5*s",
        lambda r, s: 0.1 * r**2 + 0.5 * np.exp(-s) * r**2 + 0.5 * s,
        (-12, 8),
        "good",
        "exp(s/2)",
    ),
    "elu": Case(
        "sigma = F.elu(raw) + 1\nloss = 0.5*((y-mu)/sigma)**2 + torch.log(torch.sqrt(2*math.pi*sigma**2))",
        lambda r, s: (
            0.5 * (r / (np.where(s > 0, s, np.expm1(np.minimum(s, 0))) + 1)) ** 2
            + np.log(np.where(s > 0, s, np.expm1(np.minimum(s, 0))) + 1)
        ),
        (-9, 20),
        "good",
        "sigma",
    ),
    "Laplace by a log variance": Case(
        "def loss(y, mean, log_var):\n    return (np.exp(-log_var) * np.abs(y - mean) + log_var).mean()",
        lambda r, s: np.exp(-s) * np.abs(r) + s,
        (-9, 6),
        "mistake",
        "√2·exp(log_var)",
        ("exp(log_var) is **E|r|**, not σ² as its name says",),
    ),
    "no half before the residual": Case(
        "loss = (torch.exp(-log_var)*(y-mu)**2 + 0.5*log_var).mean()",
        lambda r, s: np.exp(-s) * r**2 + 0.5 * s,
        (-12, 8),
        "mistake",
        "√½·exp(log_var/2)",
        ("exp(log_var) is **2σ²**", "the squared residual counts twice as much as in a Gaussian NLL"),
    ),
    "β-NLL": Case(
        "def beta_nll(mean, var, target, beta=0.5):\n"
        "    loss = 0.5 * ((target - mean) ** 2 / var + var.log())\n"
        "    return (loss * var.detach() ** beta).mean()",
        lambda r, s: 0.5 * (r**2 / s + np.log(s)),
        (1e-4, 60),
        "good",
        "√var",
        ("the variance to the power 0.5, held fixed: a β-NLL",),
    ),
    "faithful": Case(
        "loss = (0.5*(y - mu)**2 + 0.5*torch.exp(-s)*(y - mu.detach())**2 + 0.5*s).mean()",
        lambda r, s: 0.5 * np.exp(-s) * r**2 + 0.5 * s,
        (-12, 8),
        "good",
        "exp(s/2)",
        ("trained by the squared error alone",),
    ),
    "a precision": Case(
        "loss = (0.5 * (y - mu)**2 * precision - 0.5 * torch.log(precision)).mean()",
        lambda r, s: 0.5 * r**2 * np.exp(s) - 0.5 * s,
        (-8, 8),
        "good",
        "1/√precision",
        ("the Gaussian NLL",),
        (),
    ),
    "a precision by softplus": Case(
        "tau = F.softplus(rho)\nloss = -(0.5*torch.log(tau) - 0.5*tau*(y-mu)**2 - 0.5*math.log(2*math.pi)).mean()",
        lambda r, s: 0.5 * r**2 * softplus(s) - 0.5 * np.log(softplus(s)),
        (-12, 600),
        "good",
        "1/√tau",
        ("the Gaussian NLL",),
        (0.2, 1.0, 5.0),
    ),
    "a mean that is detached": Case(
        "res2 = (y - mu).detach()**2\nloss = 0.5*torch.exp(-s)*res2 + 0.5*s",
        lambda r, s: 0.5 * np.exp(-s) * r**2 + 0.5 * s,
        (-12, 8),
        "mistake",
        "exp(s/2)",
        ("The mean is not trained",),
    ),
    "a log of a likelihood": Case(
        "lik = torch.exp(-(y-mu)**2/(2*sigma**2))/(sigma*math.sqrt(2*math.pi))\nloss = -torch.log(lik).mean()",
        lambda r, s: np.log(s) + 0.5 * (r / s) ** 2,
        (1e-2, 20),
        "good",
        "sigma",
        ("the Gaussian NLL", "on any noise"),
    ),
    "a variance's log as the variance": Case(
        "loss = nn.GaussianNLLLoss()(mean, y, log_var)",
        lambda r, s: 0.5 * (r**2 / s + np.log(s)),
        (1e-4, 60),
        "mistake",
        "√log_var",
        ("log_var is **σ²**, not log σ² as its name says",),
    ),
    "CRPS": Case(
        "z = (y - mu)/sigma\nloss = sigma*(z*(2*norm.cdf(z)-1) + 2*norm.pdf(z) - 1/np.sqrt(np.pi))",
        lambda r, s: s * (r / s * (2 * stats.norm.cdf(r / s) - 1) + 2 * stats.norm.pdf(r / s) - 1 / np.sqrt(np.pi)),
        (1e-2, 20),
        "good",
        "sigma",
        ("the CRPS of a Gaussian", "on Gaussian noise"),
    ),
    "Student-t": Case(
        "d = torch.distributions.StudentT(4.0, mu, F.softplus(s))\nloss = -d.log_prob(y).mean()",
        lambda r, s: np.log(softplus(s)) + 2.5 * np.log1p((r / softplus(s)) ** 2 / 4),
        (-9, 20),
        "good",
        "√2·softplus(s)",
        ("on Student-t noise (ν = 4)", "On Gaussian noise it is 1.2·softplus(s)"),
    ),
}


def meaning(name: str) -> Meaning:
    return meaning_of(read_code(CASES[name].code))


def plain(found: Meaning) -> str:
    """All that is said, without the marks of code."""
    return " ".join(f"{finding.headline}: {finding.sentence}" for finding in found.findings).replace("`", "")


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(name: str) -> None:
    case, found = CASES[name], meaning(name)
    text = plain(found)
    assert found.kind == case.kind, text
    assert found.std is not None
    assert found.std.text == case.std
    for words in case.says:
        assert words in text


@pytest.mark.parametrize("name", CASES)
def test_every_named_quantity_is_what_it_is_said_to_be(name: str) -> None:
    case, found = CASES[name], meaning(name)
    assert found.quantities
    for sigma in case.sigmas:
        best = optimize.minimize_scalar(
            lambda s, sigma=sigma: float(np.mean(case.loss(sigma * Z, s))),
            bounds=case.bounds,
            method="bounded",
            options={"xatol": 1e-10},
        )
        for row in found.quantities:
            if not row.law.sigmas[0] <= sigma <= row.law.sigmas[-1]:
                continue
            value = float(program.value(row.tree, np, {"s": np.float64(best.x)}))
            value = math.exp(value) if row.law.of_exp else abs(value) if row.law.has_two_signs else value
            expected = row.law.factors["gaussian"] * sigma**row.law.power
            assert value == pytest.approx(expected, rel=0.01 * max(1, abs(row.law.power))), row.text


@pytest.mark.parametrize("name", ["log variance", "softplus", "two slips", "std for var", "elu"])
def test_the_floors_are_those_of_a_gaussian_nll(name: str) -> None:
    found = meaning(name)
    assert found.row is not None
    assert found.row.row.name == "gaussian_nll"
    for sigma, floor in found.floors.items():
        assert floor == pytest.approx(0.5 + math.log(sigma) + found.row.constant, abs=1e-6)


# Code, the kind and the headline, and what else has to be said: of losses that name no std.
WITHOUT_STD = {
    "no logarithm": (
        "loss = ((y-mu)**2/(2*torch.exp(log_var))).mean()",
        "mistake",
        "The second output grows without limit",
        "lowest with log_var at ∞",
    ),
    "two falling terms": (
        "loss = (torch.exp(log_var)*(y-mu)**2 + log_var).mean()",
        "mistake",
        "It keeps falling",
        "log_var goes to −∞",
    ),
    "squared error": ("loss = F.mse_loss(pred, y)", "good", "It learns the mean of y", "no std"),
    "absolute error": ("loss = F.l1_loss(pred, y)", "good", "It learns the median of y", "no std"),
    "Huber": ("loss = F.smooth_l1_loss(pred, y)", "good", "It learns the centre of y", "no std"),
    "quantile": (
        "lambda q, y, e: max(q*(y-e), (q-1)*(y-e))",
        "good",
        "It learns the 0.9 quantile of y",
        "no std",
    ),
    "counts": ("F.poisson_nll_loss(log_rate, y)", "good", "exp(log_rate) is the mean of y", "is not learned"),
    "pushed away": ("loss = -((y-mu)**2).mean()", "mistake", "The minus sign is missing", "Put a minus before it"),
    "one side": ("loss = torch.relu(y - mu).mean()", "mistake", "The mean runs away", "moves away from y on one side"),
    "one side with a scale": (
        "loss = (torch.relu(y - mu)/torch.exp(s) + s).mean()",
        "mistake",
        "The mean runs away",
        "moves away from y on one side",
    ),
    "a penalty on s": (
        "loss = (0.5*torch.exp(-s)*(y-mu)**2 + 0.5*s + 0.01*s**2).mean()",
        "warning",
        "No simple formula gives the std",
        "exp(s/2) is between 0.94 and 1.14 times σ",
    ),
    "falls at zero": (
        "loss = 0.5*torch.log(var) + 0.5*(y-mu)**2/(var + 0.01)",
        "mistake",
        "It keeps falling",
        "var goes to 0, and the loss to −∞. For large σ there is a local minimum on the way",
    ),
    "no logarithm of the likelihood": (
        "lik = torch.exp(-(y-mu)**2/(2*sigma**2))/(sigma*math.sqrt(2*math.pi))\nloss = -lik.mean()",
        "mistake",
        "The logarithm is missing",
        "largest for the smallest possible sigma",
    ),
    "no prediction": (
        "loss = -Gamma(a, b).log_prob(y).mean()",
        "warning",
        "Nothing is compared with y",
        "Say which name is the predicted mean",
    ),
}


@pytest.mark.parametrize("name", WITHOUT_STD)
def test_what_is_said_where_there_is_no_std(name: str) -> None:
    code, kind, headline, words = WITHOUT_STD[name]
    found = meaning_of(read_code(code))
    assert (found.kind, found.headline.replace("`", ""), found.std) == (kind, headline, None)
    assert words in plain(found)


def test_the_penalty_moves_the_optimum_as_scipy_finds_it() -> None:
    ratios = []
    for sigma in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        best = optimize.minimize_scalar(
            lambda s, sigma=sigma: 0.5 * sigma**2 * math.exp(-s) + 0.5 * s + 0.01 * s**2,
            bounds=(-12, 8),
            method="bounded",
        )
        ratios.append(math.exp(best.x / 2) / sigma)
    assert (f"{min(ratios):.2f}", f"{max(ratios):.2f}") == ("0.94", "1.14")


def test_an_asymmetric_laplace_has_its_mean_at_the_quantile_and_its_scale_there() -> None:
    found = meaning_of(read_code("e = (y - mu)/b\nloss = torch.max(0.9*e, (0.9-1)*e) + torch.log(b)"))
    assert found.location == "the 0.9 quantile"
    (row,) = (row for row in found.quantities if row.text == "b")
    assert row.law.factors["gaussian"] == pytest.approx(stats.norm.pdf(stats.norm.ppf(0.9)), rel=1e-3)
