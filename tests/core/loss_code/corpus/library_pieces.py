"""Pieces that use a library's own losses and distributions, and losses that are no Gaussian NLL, in torch."""

import math

import numpy as np

from tests.core.loss_code.corpus.piece import (
    HALF_LOG_2PI,
    Piece,
    by_log_var,
    by_std,
    by_var,
    crps,
    evidential,
    exp,
    expit,
    gauss,
    huber,
    laplace,
    lgamma,
    log,
    normal,
    pinball,
    softplus,
    sqrt,
    student,
)

LOSSES = (
    Piece(
        "torch own loss",
        """criterion = nn.GaussianNLLLoss()
mu, var = model(x)
loss = criterion(mu, y, var)""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch own loss",
        """criterion = torch.nn.GaussianNLLLoss(full=True, reduction='sum')
mean, log_var = model(inputs)
loss = criterion(mean, targets, torch.exp(log_var))""",
        lambda y, m, s: by_log_var(y, m, s) + HALF_LOG_2PI,
        "torch.exp(log_var)",
        "σ²",
        "sum",
    ),
    Piece(
        "torch own loss",
        """loss = F.gaussian_nll_loss(input=pred[:, 0], target=y, var=F.softplus(pred[:, 1]), eps=1e-6)""",
        lambda y, m, s: gauss(y - m, softplus(s)),
        "F.softplus(pred[:, 1])",
        "σ²",
        "mean",
    ),
    Piece(
        "torch own loss",
        """loss_fn = nn.GaussianNLLLoss(reduction='none')
mu, sigma = net(x)
loss = loss_fn(mu, y, sigma.pow(2)).mean()""",
        by_std,
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch own loss",
        """nll = nn.GaussianNLLLoss()
loss = nll(y_pred, y_true, std)""",
        by_var,
        "std",
        "σ²",
        "mean",
    ),
    Piece(
        "torch own loss",
        """loss = nn.functional.gaussian_nll_loss(mu, target, log_var.exp(), full=True, reduction="mean")""",
        lambda y, m, s: by_log_var(y, m, s) + HALF_LOG_2PI,
        "log_var.exp()",
        "σ²",
        "mean",
    ),
    Piece(
        "torch own loss",
        """class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.criterion = nn.GaussianNLLLoss(eps=1e-4)

    def compute_loss(self, mean, std, target):
        return self.criterion(mean, target, std ** 2)""",
        by_std,
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "torch own loss",
        """log_rate = net(x)
loss = nn.PoissonNLLLoss(log_input=True)(log_rate, counts)""",
        lambda y, m: exp(m) - y * m,
        points="mean",
    ),
    Piece("torch own loss", "loss = F.mse_loss(model(x), y)", lambda y, m: (y - m) ** 2, points="mean"),
    Piece(
        "torch own loss",
        "loss = nn.L1Loss()(output, target) * 0.5",
        lambda y, m: 0.5 * np.abs(y - m),
        points="mean",
    ),
    Piece(
        "torch own loss",
        """huber = nn.SmoothL1Loss(reduction='none')
loss = (huber(pred, y) / b + torch.log(b)).mean()""",
        lambda y, m, s: huber(y - m) / s + log(s),
        points="mean",
    ),
)

DISTRIBUTIONS = (
    Piece(
        "torch distribution",
        """from torch.distributions import Normal

def nll(mu, sigma, y):
    return -Normal(mu, sigma).log_prob(y).mean()""",
        lambda y, m, s: -normal(y, m, s),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch distribution",
        """dist = torch.distributions.Normal(loc=out[:, :1], scale=F.softplus(out[:, 1:]) + 1e-3)
loss = -dist.log_prob(y).sum()""",
        lambda y, m, s: -normal(y, m, softplus(s) + 1e-3),
        "F.softplus(out[:, 1:]) + 1e-3",
        "σ",
        "sum",
    ),
    Piece(
        "torch distribution",
        """import torch.distributions as D
p = D.Normal(mean, (0.5 * log_var).exp())
loss = torch.mean(-p.log_prob(target))""",
        lambda y, m, s: -normal(y, m, exp(s / 2)),
        "(0.5 * log_var).exp()",
        "σ",
        "mean",
    ),
    Piece(
        "torch distribution",
        """d = torch.distributions.Laplace(mu, torch.exp(log_scale))
return -d.log_prob(y).mean()""",
        lambda y, m, s: laplace(y - m, exp(s)) + log(2.0),
        "torch.exp(log_scale)",
        "E|r|",
        "mean",
    ),
    Piece(
        "torch distribution",
        """student = torch.distributions.StudentT(df=4.0, loc=mu, scale=scale)
loss = -student.log_prob(y).mean()""",
        lambda y, m, s: student(y - m, s, 4.0),
        points="mean",
    ),
    Piece(
        "torch distribution",
        """loss = -torch.distributions.Normal(mu, sigma).log_prob(y)
loss = loss.mean(dim=0).sum()""",
        lambda y, m, s: -normal(y, m, s),
        "sigma",
        "σ",
    ),
    Piece(
        "torch distribution",
        """likelihood = Independent(Normal(mu, std), 1)
loss = -likelihood.log_prob(y).mean()""",
        lambda y, m, s: -normal(y, m, s),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "torch distribution",
        """dist = torch.distributions.MultivariateNormal(mu, torch.diag_embed(var))
loss = -dist.log_prob(y).mean()""",
        lambda y, m, s: by_var(y, m, s) + HALF_LOG_2PI,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch distribution",
        """dist = Normal(mu, torch.exp(log_var))
loss = -dist.log_prob(y).mean()""",
        lambda y, m, s: -normal(y, m, exp(s)),
        "torch.exp(log_var)",
        "σ",
        "mean",
    ),
    Piece(
        "torch distribution",
        """def loss_fn(params, y):
    alpha, beta = F.softplus(params[:, 0]), F.softplus(params[:, 1])
    return -torch.distributions.Gamma(alpha, beta).log_prob(y).mean()""",
        lambda y, m, s: (
            lgamma(softplus(m)) - softplus(m) * log(softplus(s)) - (softplus(m) - 1) * log(y) + softplus(s) * y
        ),
        points="mean",
    ),
)

OTHERS = (
    Piece(
        "torch robust",
        """nu = 3.0
z2 = ((y - mu) / sigma) ** 2
loss = 0.5 * (nu + 1) * torch.log(1 + z2 / nu) + torch.log(sigma)
loss = loss.mean()""",
        lambda y, m, s: 2 * np.log1p(((y - m) / s) ** 2 / 3) + log(s),
        points="mean",
    ),
    Piece(
        "torch robust",
        """def student_nll(y, mu, log_scale, df=5):
    scale = log_scale.exp()
    t = (y - mu) / scale
    const = math.lgamma(df / 2) - math.lgamma((df + 1) / 2) + 0.5 * math.log(df * math.pi)
    return (const + log_scale + 0.5 * (df + 1) * torch.log1p(t ** 2 / df)).mean()""",
        lambda y, m, s: student(y - m, exp(s), 5.0),
        points="mean",
    ),
    Piece(
        "torch robust",
        "loss = torch.sqrt((pred - target) ** 2 + 1e-6).mean()",
        lambda y, m: sqrt((y - m) ** 2 + 1e-6),
        points="mean",
    ),
    Piece(
        "torch robust",
        """err = (pred - y).abs()
loss = torch.where(err < delta, 0.5 * err ** 2, delta * (err - 0.5 * delta))
loss = (loss / torch.exp(s) + s).mean()""",
        lambda y, m, s, delta: huber(y - m, delta) * exp(-s) + s,
        points="mean",
    ),
    Piece(
        "torch robust", "loss = torch.log(torch.cosh(pred - y)).mean()", lambda y, m: log(np.cosh(y - m)), points="mean"
    ),
    Piece(
        "torch robust",
        "loss = torch.log(1 + ((y - mu) / gamma) ** 2) + torch.log(math.pi * gamma)",
        lambda y, m, s: np.log1p(((y - m) / s) ** 2) + log(math.pi * s),
    ),
    Piece(
        "torch stop",
        """def beta_nll_loss(mean, variance, target, beta=0.5):
    loss = 0.5 * ((target - mean) ** 2 / variance + variance.log())
    if beta > 0:
        loss = loss * (variance.detach() ** beta)
    return loss.sum(axis=-1)""",
        lambda y, m, s: by_var(y, m, s) * sqrt(s),
        "variance",
        "σ²",
        trained=by_var,
    ),
    Piece(
        "torch stop",
        """var = torch.exp(log_var)
nll = 0.5 * ((mu - y) ** 2 / var + log_var)
loss = (var.detach().pow(0.5) * nll).mean()""",
        lambda y, m, s: by_log_var(y, m, s) * exp(s / 2),
        "var",
        "σ²",
        "mean",
        trained=by_log_var,
    ),
    Piece(
        "torch stop",
        """mse = 0.5 * (y - mu) ** 2
nll = 0.5 * (y - mu.detach()) ** 2 / var + 0.5 * torch.log(var)
loss = (mse + nll).mean()""",
        lambda y, m, s: 0.5 * (y - m) ** 2 + by_var(y, m, s),
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch evidential",
        """def NIG_NLL(y, gamma, v, alpha, beta):
    twoBlambda = 2 * beta * (1 + v)
    nll = 0.5 * torch.log(np.pi / v) \\
        - alpha * torch.log(twoBlambda) \\
        + (alpha + 0.5) * torch.log(v * (y - gamma) ** 2 + twoBlambda) \\
        + torch.lgamma(alpha) \\
        - torch.lgamma(alpha + 0.5)
    return nll.mean()""",
        lambda y, m, s, t, u: evidential(y - m, s, t, u),
        points="mean",
    ),
    Piece(
        "torch evidential",
        """mu, logv, logalpha, logbeta = torch.split(pred, 1, dim=-1)
v = F.softplus(logv)
alpha = F.softplus(logalpha) + 1
beta = F.softplus(logbeta)
om = 2 * beta * (1 + v)
nll = 0.5 * torch.log(np.pi / v) - alpha * torch.log(om) + (alpha + 0.5) * torch.log(v * (y - mu) ** 2 + om)
nll = nll + torch.lgamma(alpha) - torch.lgamma(alpha + 0.5)
reg = torch.abs(y - mu) * (2 * v + alpha)
loss = (nll + 0.01 * reg).mean()""",
        lambda y, m, s, t, u: (
            evidential(y - m, softplus(s), softplus(t) + 1, softplus(u))
            + 0.01 * np.abs(y - m) * (2 * softplus(s) + softplus(t) + 1)
        ),
        points="mean",
    ),
    Piece(
        "torch quantile",
        """def pinball_loss(y_pred, y_true, tau=0.9):
    diff = y_true - y_pred
    return torch.mean(torch.max(tau * diff, (tau - 1) * diff))""",
        lambda y, m: pinball(y - m, 0.9),
        points="mean",
    ),
    Piece(
        "torch quantile",
        """errors = target - preds
loss = torch.where(errors >= 0, 0.1 * errors, -0.9 * errors).mean()""",
        lambda y, m: pinball(y - m, 0.1),
        points="mean",
    ),
    Piece(
        "torch quantile",
        """e = y - q
loss = torch.mean(e * (0.25 - (e < 0).float()))""",
        lambda y, m: pinball(y - m, 0.25),
        points="mean",
    ),
    Piece(
        "torch crps",
        """def crps_gaussian(mu, sigma, y):
    z = (y - mu) / sigma
    phi = torch.exp(-0.5 * z ** 2) / math.sqrt(2 * math.pi)
    Phi = 0.5 * (1 + torch.erf(z / math.sqrt(2)))
    return (sigma * (z * (2 * Phi - 1) + 2 * phi - 1 / math.sqrt(math.pi))).mean()""",
        lambda y, m, s: crps(y - m, s),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch crps",
        """n = torch.distributions.Normal(0.0, 1.0)
z = (y - mu) / sd
crps = sd * (z * (2 * n.cdf(z) - 1) + 2 * torch.exp(n.log_prob(z)) - math.pi ** -0.5)
loss = crps.mean()""",
        lambda y, m, s: crps(y - m, s),
        "sd",
        "σ",
        "mean",
    ),
    Piece(
        "torch mixture",
        """def mdn_loss(pi, mu, sigma, y):
    # pi, mu, sigma: (batch, 2), y: (batch, 1)
    w = torch.softmax(pi, dim=1)
    p = torch.exp(torch.distributions.Normal(mu, sigma).log_prob(y))
    return -torch.log((w * p).sum(dim=1)).mean()""",
        lambda y, *o: -log(mix(y, *o)),
        points="mean",
    ),
    Piece(
        "torch natural",
        """eta1, raw = out[:, 0], out[:, 1]
eta2 = -0.5 * F.softplus(raw)
loss = -(eta1 * y + eta2 * y ** 2 + eta1 ** 2 / (4 * eta2) + 0.5 * torch.log(-2 * eta2)).mean()""",
        lambda y, m, s: -(m * y - 0.5 * softplus(s) * y**2 - m**2 / (2 * softplus(s)) + 0.5 * log(softplus(s))),
        points="mean",
    ),
)


def mix(y, m1, m2, s1, s2, logit):
    """A mixture of two normals, by the logit of the first one's weight."""
    w = expit(logit)
    return w * exp(normal(y, m1, s1)) + (1 - w) * exp(normal(y, m2, s2))


SLIPS = (
    Piece(
        "torch slip",
        "loss = torch.mean(0.5 * torch.exp(-s) * torch.sqrt((y - mu) ** 2) + 0.5 * s)",
        lambda y, m, s: 0.5 * exp(-s) * np.abs(y - m) + 0.5 * s,
        "s",
        "log E|r|",
        "mean",
    ),
    Piece(
        "torch slip",
        "loss = ((y - mu) ** 2 / var + 0.5 * torch.log(var)).mean()",
        lambda y, m, s: (y - m) ** 2 / s + 0.5 * log(s),
        "var",
        "2σ²",
        "mean",
    ),
    Piece(
        "torch slip",
        "loss = ((y - mu) ** 2 / (2 * sigma) + 0.5 * torch.log(sigma)).mean()",
        lambda y, m, s: (y - m) ** 2 / (2 * s) + 0.5 * log(s),
        "sigma",
        "σ²",
        "mean",
    ),
    Piece(
        "torch slip",
        "loss = (torch.log(var) + (y - mu) ** 2 / (2 * var)).mean()",
        lambda y, m, s: log(s) + (y - m) ** 2 / (2 * s),
        "var",
        "½σ²",
        "mean",
    ),
    Piece(
        "torch slip",
        "loss = (0.5 * torch.exp(logvar) * (y - mu) ** 2 + 0.5 * logvar).mean()",
        lambda y, m, s: 0.5 * exp(s) * (y - m) ** 2 + 0.5 * s,
        points="mean",
    ),
    Piece(
        "torch slip",
        "loss = (0.5 * torch.exp(-logvar) * (y - mu) ** 2 - 0.5 * logvar).mean()",
        lambda y, m, s: 0.5 * exp(-s) * (y - m) ** 2 - 0.5 * s,
        points="mean",
    ),
    Piece(
        "torch slip",
        "loss = ((y - mu) ** 2 / (2 * torch.exp(log_var))).mean()",
        lambda y, m, s: (y - m) ** 2 / (2 * exp(s)),
        points="mean",
    ),
    Piece(
        "torch slip",
        "loss = torch.distributions.Normal(mu, sigma).log_prob(y).mean()",
        lambda y, m, s: normal(y, m, s),
        points="mean",
    ),
    Piece(
        "torch slip",
        """mu = out[:, 0]      # (N,)
var = F.softplus(out[:, 1])
y = y.view(-1, 1)   # (N, 1)
loss = F.gaussian_nll_loss(mu, y, var)""",
        lambda y, m, s: gauss(y - m, softplus(s)),
        points="mean",
        remark="broadcast",
    ),
    Piece(
        "torch slip",
        """var = torch.var(pred)
loss = 0.5 * torch.log(var) + 0.5 * (y - pred) ** 2 / var
loss = loss.mean()""",
        lambda y, m, s: by_var(y, m, s),
        points="mean",
        remark="batch_statistic",
    ),
    Piece(
        "torch slip",
        """with torch.no_grad():
    sigma = F.softplus(out[:, 1])
loss = (torch.log(sigma) + 0.5 * ((y - out[:, 0]) / sigma) ** 2).mean()""",
        lambda y, m, s: by_std(y, m, softplus(s)),
        points="mean",
        remark="no_grad",
    ),
    Piece(
        "torch slip",
        """kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())""",
        lambda m, s: -0.5 * (1 + s - m**2 - exp(s)),
        remark="kl",
    ),
)

SUMS = (
    Piece(
        "torch sum of losses",
        """mse = F.mse_loss(mu, y)
nll = (0.5 * torch.exp(-s) * (y - mu) ** 2 + 0.5 * s).mean()
loss = 0.5 * mse + nll""",
        lambda y, m, s: 0.5 * (y - m) ** 2 + by_log_var(y, m, s),
        "torch.exp(-s)",
        "1/σ²",
        "mean",
    ),
    Piece(
        "torch sum of losses",
        """alpha = 0.1
l1 = torch.abs(pred - y)
nll = 0.5 * ((pred - y) ** 2 / var + torch.log(var))
total = (1 - alpha) * nll.mean() + alpha * l1.mean()""",
        lambda y, m, s: 0.9 * by_var(y, m, s) + 0.1 * np.abs(y - m),
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch sum of losses",
        """nll = F.gaussian_nll_loss(mu, y, var)
l2 = sum(p.pow(2).sum() for p in model.parameters())
loss = nll + 1e-4 * l2
loss.backward()""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch mask",
        """mask = (target > 0).float()
nll = 0.5 * (torch.exp(-logvar) * (pred - target) ** 2 + logvar)
loss = (nll * mask).sum() / mask.sum()""",
        by_log_var,
        "logvar",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch mask",
        """valid = ~torch.isnan(y)
loss = 0.5 * ((mu[valid] - y[valid]) ** 2 / var[valid] + torch.log(var[valid]))
loss = loss.mean()""",
        by_var,
        "var[valid]",
        "σ²",
        "mean",
    ),
    Piece(
        "torch weight",
        """loss = (weights * (0.5 * torch.log(var) + 0.5 * (y - mu) ** 2 / var)).sum() / weights.sum()""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch sum of losses",
        """loss_mse = (y - mu) ** 2
precision = torch.exp(-self.log_vars[0])
loss = torch.sum(precision * loss_mse + self.log_vars[0], -1).mean()""",
        lambda y, m, s: 2 * by_log_var(y, m, s),
        "precision",
        "1/σ²",
    ),
    Piece(
        "torch sum of losses",
        """log_lik = -0.5 * torch.log(2 * math.pi * var) - (y - mu) ** 2 / (2 * var)
loss = -torch.sum(log_lik) / y.shape[0]
loss += 0.01 * torch.mean(var)""",
        lambda y, m, s: by_var(y, m, s) + HALF_LOG_2PI + 0.01 * s,
        points="mean",
    ),
)
PIECES = (*LOSSES, *DISTRIBUTIONS, *OTHERS, *SLIPS, *SUMS)
