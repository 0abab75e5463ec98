"""`python -m core check` on losses as people write them: each answer has the right value, worked out apart from it."""

import json

import pytest

from core.cli.main import main

# Code, the kind of the answer, its std in the code's own words ("" for none), and words that it must say.
CASES = [
    ("loss = torch.mean(0.5 * torch.exp(-log_var) * (target - pred)**2 + 0.5 * log_var)", "good", "exp(log_var/2)", ""),
    ("return (torch.exp(-s) * torch.abs(y - mu) + s).mean()", "good", "√2·exp(s)", "median"),
    (
        "def nll(y_true, y_pred):\n    mu, sigma = y_pred[:, 0:1], K.softplus(y_pred[:, 1:2]) + 1e-3\n"
        "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
        "good",
        "sigma",
        "",
    ),
    ("dist = torch.distributions.Normal(mu, torch.exp(0.5*logvar))\nloss = -dist.log_prob(y).mean()", "good",
     "exp(logvar/2)", ""),
    ("Normal(mu, torch.exp(logvar)).log_prob(y)", "mistake", "exp(logvar)", "minus"),
    ("F.gaussian_nll_loss(mean, y, std)", "mistake", "√std", "σ²"),
    ("nn.GaussianNLLLoss(full=True)(mu.squeeze(), y, var)", "good", "√var", "paired with every prediction"),
    ("tfd.Normal(loc=t[..., 0], scale=1e-3 + tf.math.softplus(0.05*t[..., 1])).log_prob(y)", "mistake",
     "0.001 + softplus(0.05·t[..., 1])", "paired with every prediction"),
    ("jnp.sum(r**2 / (2*jnp.exp(2*ls)) + ls, axis=-1)", "good", "exp(ls)", "sums over the outputs"),
    ("1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()", "mistake", "√2·exp(s)",
     "NaN"),
    ("var = F.relu(v) + 1e-6\nloss = ((y - mu)**2 / (2 * var) + torch.log(var)).mean()", "mistake", "√2·√var", "½σ²"),
    ("precision = torch.exp(-log_vars[0]); loss = precision * diff**2 + log_vars[0]", "good", "1/√precision", "twice"),
    ("lv = torch.clamp(lv, min=0)\ntorch.mean((y-m)**2 * torch.exp(-lv)) + torch.mean(lv)", "warning", "exp(lv/2)",
     "no gradient"),
    ("loss = torch.where(err.abs() < 1, 0.5*err**2, err.abs() - 0.5) * torch.exp(-s) + s", "warning", "", "½σ²"),
    ("0.5*torch.log(s**2) + (y-m)**2/(2*s**2)", "warning", "|s|", "its negative"),
    ("-torch.log(1e-9 + torch.exp(-0.5*((y-m)/sd)**2)/sd)", "warning", "sd", "−35"),
    ("(torch.log(pi) + comp.log_prob(y)).sum(-1)", "mistake", "", "logsumexp"),
    ("lambda q, y, e: max(q*(y-e), (q-1)*(y-e))", "good", "", "quantile"),
    ("w1*mse + w2*nll", "good", "exp(s/2)", "make the sum negative"),
    ("sigma = F.elu(raw) + 1\nloss = 0.5*((y-mu)/sigma)**2 + torch.log(torch.sqrt(2*math.pi*sigma**2))", "good",
     "sigma", ""),
    ("var = torch.var(outputs)\n0.5*r**2/var + 0.5*torch.log(var)", "mistake", "", "whole batch"),
    (r"L = \frac{1}{2\sigma^2}(y-\mu)^2 + \frac{1}{2}\log\sigma^2", "good", "σ", ""),
    (
        "a = exp(log_alpha)+1; nu, beta; om = 2*beta*(1+nu); nll = 0.5*log(pi/nu) - a*log(om) "
        "+ (a+0.5)*log(nu*r**2+om) + lgamma(a) - lgamma(a+0.5)",
        "good",
        "",
        "Student-t",
    ),
    ("kl = 0.5*(s_t - s + (exp(s) + (m - m_t)**2)/exp(s_t) - 1)", "warning", "", "not a likelihood"),
    ("exp(-max(s,0))*r**2+max(s,0)", "warning", "exp(max(s, 0)/2)", "no gradient"),
    ("softplus(s)+r**2/exp(softplus(s))", "warning", "", "−∞"),
    ("abs(r)/s+log(s)", "warning", "√2·s", "no value"),
    ("0.5*exp(-s)*r**2+0.5*s+0.5*log(abs(r))", "mistake", "exp(s/2)", "one hit ends"),
    ("r**2/softplus(s)**2", "mistake", "", "∞"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind", "std", "words"), CASES, ids=range(1, len(CASES) + 1))
def test_a_loss_has_its_right_answer(
    code: str, kind: str, std: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--code", code, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    told = " ".join([found["headline"], *found["sentences"]])
    assert found["kind"] == kind, told
    if std:
        assert found["std"] == std
    assert words in told
