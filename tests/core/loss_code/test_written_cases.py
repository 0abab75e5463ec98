"""The kinds of loss code that people post: their roles, their reduction, and what is remarkable about them."""

import re

import numpy as np
import pytest

from core.loss_code.loss_code import CodeError, LossCode
from core.loss_code.reading import read_code

from .pieces import worked_out
from .test_reading import GIVEN, at_points

# code; formula; what is remarked, reduction over points and outputs
CASES = {
    "log variance": (
        "loss = torch.mean(0.5 * torch.exp(-log_var) * (target - pred)**2 + 0.5 * log_var)",
        "by_log_var(y, m, s)",
        "mean none",
    ),
    "laplace": ("return (torch.exp(-s) * torch.abs(y - mu) + s).mean()", "laplace(y, m, s)", "mean none"),
    "keras softplus": (
        "def nll(y_true, y_pred):\n"
        "    mu, sigma = y_pred[:, 0:1], K.softplus(y_pred[:, 1:2]) + 1e-3\n"
        "    return K.mean(K.log(sigma) + 0.5*K.square((y_true - mu)/sigma))",
        "gauss(y, m, softplus(s) + 1e-3)",
        "mean none",
    ),
    "distribution": (
        "dist = torch.distributions.Normal(mu, torch.exp(0.5*logvar))\nloss = -dist.log_prob(y).mean()",
        "by_log_var(y, m, s) + C",
        "mean none",
    ),
    "two slips": ("Normal(mu, torch.exp(logvar)).log_prob(y)", "-by_log_std(y, m, s) - C", "none none"),
    "std as var": ("F.gaussian_nll_loss(mean, y, std)", "gauss(y, m, np.sqrt(s))", "mean none"),
    "squeezed": (
        "nn.GaussianNLLLoss(full=True)(mu.squeeze(), y, var)",
        "gauss(y, m, np.sqrt(s)) + C",
        "mean none shapes_may_differ",
    ),
    "tfd": (
        "tfd.Normal(loc=t[..., 0], scale=1e-3 + tf.math.softplus(0.05*t[..., 1])).log_prob(y)",
        "-gauss(y, m, 1e-3 + softplus(0.05*s)) - C",
        "none none shapes_may_differ",
    ),
    "log std, summed": (
        "jnp.sum(r**2 / (2*jnp.exp(2*ls)) + ls, axis=-1)",
        "by_log_std(y, m, s)",
        "none sum",
    ),
    "the question's": (
        "1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()",
        "laplace(y, m, s)/2",
        "mean none",
    ),
    "lost half": (
        "var = F.relu(v) + 1e-6\nloss = ((y - mu)**2 / (2 * var) + torch.log(var)).mean()",
        "(y - m)**2/(2*(s + 1e-6)) + np.log(s + 1e-6)",
        "mean none",
    ),
    "one for all": (
        "precision = torch.exp(-log_vars[0]); loss = precision * diff**2 + log_vars[0]",
        "2*by_log_var(y, m, s)",
        "none none",
    ),
    "clamped": (
        "lv = torch.clamp(lv, min=0)\ntorch.mean((y-m)**2 * torch.exp(-lv)) + torch.mean(lv)",
        "2*by_log_var(y, m, np.maximum(s, 0))",
        "mean none",
    ),
    "huber with a scale": (
        "loss = torch.where(err.abs() < 1, 0.5*err**2, err.abs() - 0.5) * torch.exp(-s) + s",
        "huber(y - m)*np.exp(-s) + s",
        "none none",
    ),
    "raw": ("0.5*torch.log(s**2) + (y-m)**2/(2*s**2)", "gauss(y, m, s)", "none none"),
    "robust": (
        "-torch.log(1e-9 + torch.exp(-0.5*((y-m)/sd)**2)/sd)",
        "-np.log(1e-9 + np.exp(-0.5*((y - m)/s)**2)/s)",
        "none none",
    ),
    "mixture": (
        "torch.logsumexp(torch.log(pi) + comp.log_prob(y), -1)",
        "-mixture(y, logit, mu1, mu2, s1, s2)",
        "none none assumed_gaussian",
    ),
    "mean of logs": (
        "(torch.log(pi) + comp.log_prob(y)).sum(-1)",
        "np.log(special.expit(logit)) + np.log(special.expit(-logit)) - gauss(y, mu1, s1) - gauss(y, mu2, s2) - 2*C",
        "none none assumed_gaussian mean_of_logs",
    ),
    "quantile": ("lambda q, y, e: max(q*(y-e), (q-1)*(y-e))", "pinball(y - m, 0.9)", "none none"),
    "weighted sum": ("w1*mse + w2*nll", "(y - m)**2 + by_log_var(y, m, s)", "none none"),
    "elu": (
        "sigma = F.elu(raw) + 1\nloss = 0.5*((y-mu)/sigma)**2 + torch.log(torch.sqrt(2*math.pi*sigma**2))",
        "gauss(y, m, s + 1) + C",
        "none none",
    ),
    "batch statistic": (
        "var = torch.var(outputs)\n0.5*r**2/var + 0.5*log(var)",
        "gauss(y, m, np.sqrt(s))",
        "none none batch_statistic",
    ),
    "evidential": (
        "a = exp(log_alpha)+1; nu, beta\nom = 2*beta*(1+nu)\n"
        "nll = 0.5*log(pi/nu) - a*log(om) + (a+0.5)*log(nu*r**2+om) + lgamma(a) - lgamma(a+0.5)",
        "evidential(y, m, t, np.exp(s) + 1, u)",
        "none none",
    ),
    "kl": (
        "kl = 0.5*(s_t - s + (exp(s) + (m - m_t)**2)/exp(s_t) - 1)",
        "0.5*(t - s + (np.exp(s) + (y - m)**2)/np.exp(t) - 1)",
        "none none kl",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_read(name: str) -> None:
    code, formula, said = CASES[name]
    read = read_code(code)
    np.testing.assert_allclose(at_points(read), worked_out(formula, GIVEN), rtol=1e-9)
    remarks = sorted(remark.name for remark in read.remarks)
    assert " ".join([read.reduction.points, read.reduction.outputs, *remarks]) == said


def roles(read: LossCode) -> dict[str, str]:
    return {role.name: role.kind for role in read.roles}


def test_names_are_told_by_their_place_and_spelling_and_can_be_chosen() -> None:
    code = "loss = (torch.exp(-s)*(t - p)**2 + s).mean()"
    assert roles(read_code(code)) == {"s": "second", "t": "target", "p": "mean"}
    swapped = read_code(code, {"t": "mean", "p": "target"})
    assert roles(swapped) == {"s": "second", "t": "mean", "p": "target"}
    assert {role.chosen for role in swapped.roles if role.name in "tp"} == {True}
    np.testing.assert_allclose(at_points(swapped), worked_out("2*by_log_var(y, m, s)", GIVEN))
    number = read_code("loss = (lam*(y - mu)**2).mean()", {"lam": 3.0})
    np.testing.assert_allclose(at_points(number), worked_out("3*(y - m)**2", GIVEN))
    assert [(role.value, role.chosen) for role in number.roles if role.name == "lam"] == [(3.0, True)]


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        ("true_y pred_y logVar", "target mean second"),
        ("yTrue yPred logSigma2", "target mean second"),
        ("gt_depth depth_pred uncertainty", "target mean second"),
        ("labels mu_hat raw_scale", "target mean second"),
        ("obs loc rho", "target mean second"),
        ("Y F V", "target mean second"),
        ("y_batch yhat aleatoric", "target mean second"),
        ("t m b", "target mean second"),
        ("targets outputs_mu outputs_logvar", "target mean second"),
        ("ground_truth forecast log_std_pred", "target mean second"),
        ("y f s", "target mean second"),
        ("z q h", "target mean second"),
    ],
)
def test_names_in_many_spellings(names: str, kinds: str) -> None:
    target, mean, second = names.split()
    for code in ("{0} - {1}", "{1} - {0}"):
        read = read_code(f"loss = (({code.format(target, mean)})**2 * exp(-{second}) + {second}).mean()")
        assert roles(read) == dict(zip(names.split(), kinds.split(), strict=True))


def test_parts_of_a_sum_of_losses() -> None:
    read = read_code("w1*mse + w2*nll")
    assert [(part.text, part.weight) for part in read.parts] == [("mse", 1.0), ("nll", 1.0)]
    read = read_code("loss = 0.1*F.mse_loss(mu, y) + F.gaussian_nll_loss(mu, y, var)")
    assert [part.weight for part in read.parts] == [0.1, 1.0]
    assert read_code("loss = 0.5*torch.exp(-s)*(y-mu)**2 + 0.5*s").parts == ()


def test_quantities_carry_their_names_texts_and_places() -> None:
    read = read_code(
        "raw = net(x)[:, 1]\nsigma = F.softplus(raw) + 1e-3\nloss = (sigma.log() + (y-mu)**2/(2*sigma**2))"
    )
    found = {quantity.name or quantity.text: quantity for quantity in read.quantities}
    assert found["sigma"].text == "F.softplus(raw) + 1e-3"
    assert {"sigma.log()", "2*sigma**2", "F.softplus(raw)"} <= set(found)
    place = found["sigma.log()"].place
    assert (place.line, place.column, place.end_column) == (3, 9, 20)
    assert all(quantity.tree.names == {"s"} for quantity in read.quantities)


def test_what_is_detached_is_in_trained_alone() -> None:
    read = read_code("loss = var.detach()**0.5 * 0.5*(torch.log(var) + (y-mu)**2/var)")
    assert read.trained is not None
    assert "stop" in {node.op for node in read.trained.walk()}
    assert "stop" not in {node.op for node in read.tree.walk()}
    assert read_code("loss = torch.exp(-s)*(y-mu.detach().detach())**2 + s").trained is not None
    assert read_code("loss = torch.exp(-s)*(y.detach()-mu)**2 + s").trained is None
    for cut in ("s.mean().item()", "s.data", "float(s)", "s.tolist()"):
        assert read_code(f"c = {cut}\nloss = torch.mean(exp(-c)*(y-mu)**2 + c)").trained is not None, cut
    assert read_code("loss = (torch.exp(-s)*(y-mu)**2 + s).mean().item()").trained is None


@pytest.mark.parametrize(
    ("code", "name", "severity"),
    [
        ("mu = out[:, 0]\nloss = ((y.view(-1, 1) - mu)**2).mean()", "broadcast", "mistake"),
        ("def f(y_true, y_pred):\n    return K.mean(K.square(y_true - y_pred[:, 0]))", "broadcast", "warning"),
        ("mu = out[:, 0]\nloss = ((y - mu)**2).mean()", "shapes_may_differ", "note"),
        ("loss = (((y - mu)**2).sum(-1)*torch.exp(-s) + s).mean()", "shared_scale", "mistake"),
        ("loss = F.mse_loss(mu, y)*torch.exp(-s) + s", "mean_before_weight", "note"),
        ("loss = torch.sqrt(F.mse_loss(mu, y))", "function_of_mean", "note"),
        ("loss = criterion(mu, y, var)", "assumed_loss", "note"),
        ("loss = -dist.log_prob(y).mean()", "assumed_gaussian", "note"),
        ("v = out[:, 1].var(0)\nloss = r**2/v + torch.log(v)", "batch_statistic", "warning"),
        (
            "sigma = F.softplus(raw).mean()\nloss = (torch.log(sigma) + (y - mu)**2/(2*sigma**2)).mean()",
            "batch_statistic",
            "mistake",
        ),
        (
            "with torch.no_grad():\n    sigma = F.softplus(raw)\nloss = (torch.log(sigma) + r**2/(2*sigma**2)).mean()",
            "no_grad",
            "mistake",
        ),
    ],
)
def test_what_is_remarked(code: str, name: str, severity: str) -> None:
    assert (name, severity) in [(remark.name, remark.severity) for remark in read_code(code).remarks]


@pytest.mark.parametrize(
    "code",
    [
        "mu, s = out[:, 0], out[:, 1]\ny = y.view(-1)\nloss = (torch.exp(-s)*(y - mu)**2 + s).mean()",
        "mu, s = out[:, :1], out[:, 1:]\nloss = (torch.exp(-s)*(y - mu)**2 + s).mean()",
        "def f(y_true, y_pred):\n    return K.mean(K.square(y_true[:, 0] - y_pred[:, 0]))",
        "def f(y_true, y_pred):\n    return K.mean(K.square(y_true - y_pred[:, 0:1]))",
        "loss = (((y - mu)**2*torch.exp(-s)).sum(-1) + s.sum(-1)).mean()",
        "l2 = sum(p.pow(2).sum() for p in model.parameters())\nloss = (torch.exp(-s)*(y - mu)**2 + s).mean() + 1e-4*l2",
        "with torch.no_grad():\n    w = var**0.5\nloss = (w*(torch.log(var) + (y - mu)**2/var)).mean()",
    ],
)
def test_sound_shapes_and_sums_are_not_remarked(code: str) -> None:
    assert read_code(code).remarks == ()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("loss = aa*bb + torch.exp(cc)*dd", ["“aa” (line 1, column 8)", "“bb” (line 1, column 11)", "“dd”"]),
        ("\n\nloss = strange(y, mu)[0]*torch.exp(frob(s)) + 1", ["strange", "line 3"]),
        ("loss = (y - mu)**2*9**9**9", ["9**9**9", "between -20 and 20"]),
        ("def f(n):\n    return f(n - 1)\nloss = f(y)", ["f calls itself"]),
        ("loss = y**2", ["no prediction"]),
        ("loss = 3", ["no prediction"]),
        ("loss = (y - mu)**2/(1 - 1)", ["divided by zero"]),
    ],
)
def test_what_cannot_be_read_is_said_at_once_in_one_sentence(code: str, words: list[str]) -> None:
    with pytest.raises(CodeError) as caught:
        read_code(code)
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert said.endswith(".")
    assert "\n" not in said
    assert not re.search(r"\.\.$", said)


@pytest.mark.parametrize(("roles", "words"), [({"mu": "moon"}, "choose one of"), ({"mu": float("nan")}, "1e12")])
def test_a_role_that_does_not_exist_is_refused(roles: dict[str, str | float], words: str) -> None:
    with pytest.raises(CodeError, match=words):
        read_code("loss = (y - mu)**2", roles)
