"""Pieces in plain torch: Gaussian and Laplace losses by variance, std and their logs; heads; classes; loops."""

import math

import numpy as np

from tests.core.loss_code.corpus.piece import (
    HALF_LOG_2PI,
    Piece,
    by_log_std,
    by_log_var,
    by_std,
    by_var,
    elu,
    exp,
    expit,
    gauss,
    laplace,
    log,
    maximum,
    relu,
    softplus,
)

GAUSSIAN = (
    Piece(
        "torch log variance",
        """def heteroscedastic_loss(pred, target):
    mean, log_var = pred[:, 0], pred[:, 1]
    precision = torch.exp(-log_var)
    return torch.mean(0.5 * precision * (target - mean) ** 2 + 0.5 * log_var)""",
        by_log_var,
        "torch.exp(-log_var)",
        "1/σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """def aleatoric(mu, logvar, y):
    # Kendall & Gal, eq. 8
    diff = (y - mu).pow(2)
    loss = 0.5 * (diff / logvar.exp() + logvar)
    return loss.mean()""",
        by_log_var,
        "logvar.exp()",
        "σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """loss = torch.mean(torch.exp(-s) * torch.square(y_true - y_hat) + s) / 2""",
        by_log_var,
        "s",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """y_hat, log_sigma2 = model(xb)
nll = 0.5 * log_sigma2 + 0.5 * (yb - y_hat)**2 * torch.exp(-log_sigma2) + 0.5 * math.log(2 * math.pi)
loss = nll.sum() / len(xb)
optimizer.zero_grad()
loss.backward()""",
        lambda y, m, s: by_log_var(y, m, s) + HALF_LOG_2PI,
        "log_sigma2",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """def gaussian_nll(mu: torch.Tensor, logvar: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    \"\"\"Negative log-likelihood of a Gaussian, constant left out.

    Shapes: all (batch, 1).
    \"\"\"
    assert mu.shape == y.shape, "shapes differ"
    var = logvar.exp()
    return (0.5 * torch.log(var) + (mu - y) ** 2 / (2 * var)).mean()""",
        by_log_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """outputs = net(inputs)
mu = outputs[..., :1]
log_v = outputs[..., 1:]
log_v = torch.clamp(log_v, -10, 10)
mse = (mu - labels) ** 2
loss = (mse * (-log_v).exp() + log_v).mul(0.5).mean()""",
        by_log_var,
        "(-log_v).exp()",
        "1/σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """mu, log_var = torch.chunk(out, 2, dim=-1)
inv_var = torch.exp(-log_var)
loss = 0.5 * (inv_var * (mu - y).square() + log_var).sum(dim=-1).mean()""",
        by_log_var,
        "inv_var",
        "1/σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """mean, logvar = out.split(1, dim=1)
sq = torch.pow(target - mean, 2)
l1 = torch.mul(torch.exp(-logvar), sq).mean()
l2 = logvar.mean()
loss = .5 * (l1 + l2)""",
        by_log_var,
        "logvar",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch log variance",
        """pred, logvar = output.unbind(dim=-1)
loss = ((pred - target) ** 2 / torch.exp(logvar)).mean() + logvar.mean()""",
        lambda y, m, s: 2 * by_log_var(y, m, s),
        "logvar",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch variance",
        """def nll_loss(mean, var, target):
    if mean.shape != target.shape:
        target = target.view_as(mean)
    nll = 0.5 * (torch.log(var) + (target - mean) ** 2 / var)
    return nll.mean()""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch variance",
        """class GaussianHead(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.mu = nn.Linear(d, 1)
        self.v = nn.Linear(d, 1)

    def forward(self, h):
        return self.mu(h), F.softplus(self.v(h)) + 1e-6

def criterion(mu, var, y):
    return torch.mean(0.5 * torch.log(var) + 0.5 * torch.div(torch.square(y - mu), var))""",
        by_var,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch variance",
        """mu, raw = model(x).T
variance = F.softplus(raw) + 1e-4
loss = (torch.log(variance) / 2 + (y - mu).pow(2) / (2 * variance)).mean()""",
        lambda y, m, s: gauss(y - m, softplus(s) + 1e-4),
        "variance",
        "σ²",
        "mean",
    ),
    Piece(
        "torch variance",
        """out = model(X)
m = out[:, 0]
v = torch.exp(out[:, 1]) + 1e-8
loss = torch.sum(0.5 * torch.log(2 * np.pi * v) + (t - m) ** 2 / (2 * v))""",
        lambda y, m, s: gauss(y - m, exp(s) + 1e-8) + HALF_LOG_2PI,
        "v",
        "σ²",
        "sum",
    ),
    Piece(
        "torch variance",
        """var = torch.nn.functional.elu(raw_var) + 1 + 1e-6
loss = 0.5 * (var.log() + (pred - y).abs().pow(2) / var)
loss = loss.mean()""",
        lambda y, m, s: gauss(y - m, elu(s) + 1 + 1e-6),
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch std",
        """def nll(y, mu, sigma):
    return torch.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2""",
        by_std,
        "sigma",
        "σ",
        "none",
    ),
    Piece(
        "torch std",
        """mu, sigma = model(x_batch)
sigma = F.softplus(sigma) + 1e-3
loss = (sigma.log() + ((y_batch - mu) ** 2) / (2 * sigma ** 2)).mean()""",
        lambda y, m, s: gauss(y - m, (softplus(s) + 1e-3) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch std",
        """def gaussian_nll(y_hat, std, y):
    return 0.5 * (torch.log(2 * math.pi * std**2) + (y - y_hat) ** 2 / std**2)""",
        lambda y, m, s: by_std(y, m, s) + HALF_LOG_2PI,
        "std",
        "σ",
        "none",
    ),
    Piece(
        "torch std",
        """z = (target - mean) / (std + 1e-6)
loss = 0.5 * z**2 + torch.log(std + 1e-6)
loss = torch.mean(loss)""",
        lambda y, m, s: by_std(y, m, s + 1e-6),
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "torch std",
        """pred_std = torch.sigmoid(out[:, 1:2]) * 5.0
err = gt - out[:, 0:1]
loss = torch.mean(torch.log(pred_std) + err * err / (2.0 * pred_std * pred_std))""",
        lambda y, m, s: gauss(y - m, (5 * expit(s)) ** 2),
        "pred_std",
        "σ",
        "mean",
    ),
    Piece(
        "torch log std",
        """log_std = torch.clamp(log_std, min=-20, max=2)
std = log_std.exp()
nll = 0.5 * ((action - mu) / std).pow(2) + log_std + 0.5 * np.log(2 * np.pi)
loss = nll.sum(dim=-1).mean()""",
        lambda y, m, s: by_log_std(y, m, np.clip(s, -20, 2)) + HALF_LOG_2PI,
        "std",
        "σ",
        "mean",
    ),
    Piece(
        "torch log std",
        """def nll(x, mu, log_std):
    var = torch.exp(2 * log_std)
    nll = 0.5 * torch.log(2 * torch.pi * var) + 0.5 * ((x - mu) ** 2) / var
    return nll.sum(dim=-1).mean()""",
        lambda y, m, s: by_log_std(y, m, s) + HALF_LOG_2PI,
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch log std",
        """residual = pred - depth_gt
loss = 0.5 * torch.exp(-2 * log_sigma) * residual ** 2 + log_sigma
loss = loss.mean()""",
        by_log_std,
        "log_sigma",
        "log σ",
        "mean",
    ),
    Piece(
        "torch log std",
        """sd = torch.exp(0.5 * log_var)
loss = torch.log(sd) + (y - mu) ** 2 / (2 * sd ** 2)""",
        by_log_var,
        "sd",
        "σ",
        "none",
    ),
)

LAPLACE = (
    Piece(
        "torch laplace",
        """def laplace_nll(pred, b, target):
    return torch.mean(torch.abs(target - pred) / b + torch.log(2 * b))""",
        lambda y, m, s: laplace(y - m, s) + log(2.0),
        "b",
        "E|r|",
        "mean",
    ),
    Piece(
        "torch laplace",
        """loss = torch.abs(y - mu) * torch.exp(-log_b) + log_b
return loss.mean()""",
        lambda y, m, s: laplace(y - m, exp(s)),
        "log_b",
        "log E|r|",
        "mean",
    ),
    Piece(
        "torch laplace",
        """class LaplaceLoss(nn.Module):
    def __init__(self, eps=1e-6):
        super().__init__()
        self.eps = eps

    def forward(self, mu, scale, target):
        scale = scale.clamp(min=self.eps)
        return ((mu - target).abs() / scale + torch.log(2 * scale)).mean()""",
        lambda y, m, s: laplace(y - m, maximum(s, 1e-6)) + log(2.0),
        "scale",
        "E|r|",
        "mean",
    ),
    Piece(
        "torch laplace",
        """l1 = F.l1_loss(pred, target, reduction='none')
loss = (math.sqrt(2) * torch.exp(-0.5 * log_variance) * l1 + 0.5 * log_variance).mean()""",
        lambda y, m, s: math.sqrt(2) * exp(-s / 2) * np.abs(y - m) + 0.5 * s,
        "",
        "",
        "mean",
    ),
    Piece(
        "torch laplace",
        """uncertainty = out[:, 1]
loss = (torch.exp(-uncertainty) * (out[:, 0] - y).abs() + uncertainty).mean()""",
        lambda y, m, s: laplace(y - m, exp(s)),
        "uncertainty",
        "log E|r|",
        "mean",
    ),
    Piece(
        "torch laplace",
        """d = torch.norm(y.unsqueeze(-1) - mu.unsqueeze(-1), p=1, dim=-1)
loss = d / sigma + sigma.log()""",
        lambda y, m, s: laplace(y - m, s),
        "sigma",
        "E|r|",
        "none",
    ),
)

HEADS = (
    Piece(
        "torch head",
        """s = net(x)[:, 1]
sigma = F.softplus(s)
loss = torch.mean(torch.log(sigma) + (y - net(x)[:, 0])**2 / (2 * sigma**2))""",
        lambda y, m, s: gauss(y - m, softplus(s) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch head",
        """mu, s = out[:, 0], out[:, 1]
var = s ** 2 + 1e-6
loss = (0.5 * var.log() + 0.5 * (y - mu) ** 2 / var).mean()""",
        lambda y, m, s: gauss(y - m, s**2 + 1e-6),
        "var",
        "σ²",
        "mean",
    ),
    Piece(
        "torch head",
        """sigma = torch.abs(raw) + 1e-3
loss = -(-torch.log(sigma) - 0.5 * ((y - mu) / sigma) ** 2).mean()""",
        lambda y, m, s: gauss(y - m, (np.abs(s) + 1e-3) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch head",
        """logvar = max_logvar - F.softplus(max_logvar - logvar)
logvar = min_logvar + F.softplus(logvar - min_logvar)
inv_var = torch.exp(-logvar)
train_loss = ((mean - target) ** 2 * inv_var).mean() + logvar.mean()""",
        lambda y, m, s, max_logvar, min_logvar: (
            2 * by_log_var(y, m, min_logvar + softplus(max_logvar - softplus(max_logvar - s) - min_logvar))
        ),
        "inv_var",
        "1/σ²",
        "mean",
    ),
    Piece(
        "torch head",
        """log_var = 5 * torch.tanh(raw / 5)
loss = 0.5 * (torch.exp(-log_var) * (y - mu) ** 2 + log_var)""",
        lambda y, m, s: by_log_var(y, m, 5 * np.tanh(s / 5)),
        "log_var",
        "log σ²",
        "none",
    ),
    Piece(
        "torch head",
        """sigma = F.relu(sigma_raw) + 0.01
loss = torch.log(sigma).mean() + (0.5 * (y - mu) ** 2 / sigma ** 2).mean()""",
        lambda y, m, s: gauss(y - m, (relu(s) + 0.01) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch head",
        """precision = F.softplus(out[:, 1])
loss = 0.5 * (precision * (y - out[:, 0]) ** 2 - torch.log(precision))
loss.mean().backward()""",
        lambda y, m, s: 0.5 * (softplus(s) * (y - m) ** 2 - log(softplus(s))),
        "precision",
        "1/σ²",
        "mean",
    ),
    Piece(
        "torch head",
        """sigma = torch.log1p(torch.exp(raw_sigma)) + 1e-5
loss = (((y - mu) / sigma) ** 2 + 2 * sigma.log()).mean()""",
        lambda y, m, s: 2 * gauss(y - m, (softplus(s) + 1e-5) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
    Piece(
        "torch head",
        """var = torch.exp(torch.clamp(s, max=20.0)).clamp_min(1e-6)
loss = F.mse_loss(mu, y, reduction="none") / (2 * var) + 0.5 * torch.log(var)
loss = loss.mean()""",
        by_log_var,
        "var",
        "σ²",
        "mean",
    ),
)

CLASSES = (
    Piece(
        "torch class",
        """class AleatoricLoss(nn.Module):
    def __init__(self):
        super(AleatoricLoss, self).__init__()

    def forward(self, results, label):
        mean, var = results['mean'], results['var']
        loss1 = torch.mul(torch.exp(-var), (mean - label) ** 2)
        loss2 = var
        loss = .5 * (loss1 + loss2)
        return loss.mean()""",
        by_log_var,
        "var",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch class",
        """class UncertaintyLoss(torch.nn.Module):
    def __init__(self, reduction: str = "mean", weight: float = 1.0):
        super().__init__()
        self.reduction = reduction
        self.weight = weight

    def forward(self, input, target, log_variance):
        input, target = input.flatten(), target.flatten()
        log_variance = log_variance.flatten()
        loss = 0.5 * torch.exp(-log_variance) * (input - target) ** 2 + 0.5 * log_variance
        if self.reduction == "mean":
            loss = loss.mean()
        elif self.reduction == "sum":
            loss = loss.sum()
        return self.weight * loss""",
        by_log_var,
        "log_variance",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch class",
        """class HeteroscedasticNLL(nn.Module):
    def forward(self, y_pred, y_true):
        mu = y_pred[:, 0].unsqueeze(1)
        log_sigma = y_pred[:, 1].unsqueeze(1)
        sigma_sq = torch.exp(2 * log_sigma)
        nll = 0.5 * (torch.log(sigma_sq) + (y_true - mu) ** 2 / sigma_sq)
        return torch.mean(nll)""",
        by_log_std,
        "sigma_sq",
        "σ²",
        "mean",
    ),
    Piece(
        "torch class",
        """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, x):
        return self.body(x)

    @staticmethod
    def loss(out, y):
        mu = out[:, :1]
        logvar = out[:, 1:]
        return (0.5 * logvar + 0.5 * (y - mu) ** 2 / logvar.exp()).mean()""",
        by_log_var,
        "logvar.exp()",
        "σ²",
        "mean",
    ),
    Piece(
        "torch class",
        """class LitModel(pl.LightningModule):
    def training_step(self, batch, batch_idx):
        x, y = batch
        mu, log_var = self(x)
        loss = 0.5 * (torch.exp(-log_var) * (y - mu) ** 2 + log_var).mean()
        self.log("train_loss", loss)
        return loss""",
        by_log_var,
        "log_var",
        "log σ²",
        "mean",
    ),
    Piece(
        "torch class",
        """class GaussianNLL(nn.Module):
    def __init__(self, eps=1e-6):
        super().__init__()
        self.register_buffer("const", torch.tensor(0.5 * np.log(2 * np.pi)))
        self.eps = eps

    def forward(self, pred, target):
        mu, sigma = torch.split(pred, 1, dim=-1)
        sigma = F.softplus(sigma) + self.eps
        return (0.5 * ((target - mu) / sigma) ** 2 + torch.log(sigma)).mean()""",
        lambda y, m, s: gauss(y - m, (softplus(s) + 1e-6) ** 2),
        "sigma",
        "σ",
        "mean",
    ),
)
PIECES = (*GAUSSIAN, *LAPLACE, *HEADS, *CLASSES)
