"""Losses of more outputs than two: what they are the likelihood of, and what each output learns."""

import math

import numpy as np
import pytest
from scipy import integrate, special

from core.diagnosis.loss_check.many_outputs import density_of
from core.diagnosis.loss_check.meaning import Meaning, meaning_of
from core.loss_code.reading import read_code
from core.model.formulas import program, read

NAMES = ("y", "r", "mu", "s", "t", "u")
EVIDENTIAL = (
    "a = exp(log_alpha)+1\n"
    "om = 2*beta*(1+nu)\n"
    "nll = 0.5*log(pi/nu) - a*log(om) + (a+0.5)*log(nu*r**2+om) + lgamma(a) - lgamma(a+0.5)"
)


def said(code: str) -> tuple[Meaning, str]:
    found = meaning_of(read_code(code))
    return found, " ".join(f"{each.headline}: {each.sentence}" for each in found.findings).replace("`", "")


def test_evidence_is_a_student_t_whose_std_is_that_of_its_density() -> None:
    found, text = said(EVIDENTIAL)
    assert "the NLL of a Student-t. Its degrees of freedom are 2·a" in text
    assert "std = √(om/nu/(2·a − 2))" in text
    assert found.kind == "good"
    # The density itself, integrated: nu, log_alpha and beta are some numbers.
    nu, alpha, beta = 0.7, 3.2, 0.4
    om = 2 * beta * (1 + nu)

    def density(r: float) -> float:
        nll = 0.5 * math.log(math.pi / nu) - alpha * math.log(om) + (alpha + 0.5) * math.log(nu * r**2 + om)
        return math.exp(-(nll + special.gammaln(alpha) - special.gammaln(alpha + 0.5)))

    var = integrate.quad(lambda r: r**2 * density(r), -np.inf, np.inf)[0]
    assert math.sqrt(var) == pytest.approx(math.sqrt(om / nu / (2 * alpha - 2)), rel=1e-6)


@pytest.mark.parametrize(
    ("formula", "quantities", "family", "std", "df"),
    [
        ("0.5*r**2/(exp(s)+exp(t))+0.5*log(exp(s)+exp(t))", {"v": "exp(s)+exp(t)"}, "Gaussian", "√v", ""),
        ("r**2/(s*t)+log(s*t)", {"s": "s", "t": "t"}, "Gaussian", "√(s·t)", ""),
        ("abs(r)/(s*t)+log(s*t)", {"s": "s", "t": "t"}, "Laplace", None, ""),
        (
            "0.5*(3+exp(t))*log1p(r**2*exp(-2*s)/(2+exp(t))) + s + 0.5*log((2+exp(t))*pi) - half_step((2+exp(t))/2)",
            {"nu": "2+exp(t)", "tau": "exp(s)"},
            "Student-t",
            "√(nu·tau²/(nu − 2))",
            "nu",
        ),
    ],
)
def test_the_std_is_made_of_the_quantities(
    formula: str, quantities: dict[str, str], family: str, std: str | None, df: str
) -> None:
    trees = {name: read(text, NAMES) for name, text in quantities.items()}
    found = density_of(read(formula, NAMES), ("s", "t"), trees)
    assert found is not None
    assert (found.family, found.df_words) == (family, df)
    if std is None or found.std is None:
        assert std is None
        return
    assert found.std_words == std
    given = {"s": np.float64(0.8), "t": np.float64(1.1)}
    nll = program.value(
        read(formula, NAMES), np, given | {"mu": 0.0, "y": (r := np.linspace(-400, 400, 400_001)), "r": r}
    )
    density = np.exp(-found.k * nll)
    var = float(np.sum(r**2 * density) / np.sum(density))
    assert float(program.value(found.std, np, given)) == pytest.approx(math.sqrt(var), rel=0.01)


def test_what_is_no_likelihood_has_no_density() -> None:
    assert density_of(read("r**2*s + abs(r)*t", NAMES), ("s", "t"), {}) is None


def test_a_mixture_is_told_from_a_mean_of_logs() -> None:
    normal = "comp = torch.distributions.Normal(mu, sigma)\n"
    found, text = said(normal + "loss = -torch.logsumexp(torch.log(pi) + comp.log_prob(y), -1)")
    assert (found.kind, "the negative log likelihood of a mixture" in text) == ("good", True)
    found, text = said(normal + "loss = -(torch.log(pi) + comp.log_prob(y)).sum(-1)")
    assert (found.kind, "A sum of logs, not the log of a sum" in text) == ("mistake", True)


def test_outputs_that_mind_no_other_are_told_one_by_one() -> None:
    _, text = said("loss = torch.exp(-s1)*mae + s1 + torch.exp(-s2)*mse + s2")
    assert "exp(s1) goes to E|r|; exp(s2) goes to σ²" in text
    _, text = said(
        "def quantile_loss(y, q10, q50, q90):\n"
        "    return sum(torch.mean(torch.max(t*(y-q), (t-1)*(y-q))) for t, q in [(0.1, q10), (0.5, q50), (0.9, q90)])"
    )
    assert "q10 goes to the 0.1 quantile of y; q50 goes to the median of y; q90 goes to the 0.9 quantile of y" in text


def test_a_divergence_is_no_likelihood() -> None:
    found, text = said("kl = 0.5*(s_t - s + (exp(s) + (m - m_t)**2)/exp(s_t) - 1)")
    assert found.kind == "warning"
    assert "A KL divergence, not a likelihood" in text
    assert len(found.findings) == 1
