"""REMEDIES: the PyTorch lines of each loss, right and ready to copy; for a mistake, those of what was meant.

Each takes `net(x)` of shape (N, H) and y of shape (N,), checks the shapes, and says how the std is read.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.diagnosis.doctor.examination import Estimate
from core.model.losses import Loss

_CHECK = "# (N,) against (N, 1) would pair every y with every mean.\n"


def _two(loss: str, std: str, second: str = "s", first: str = "mean") -> str:
    return (
        f"import torch\n\n{first}, {second} = net(x).unbind(-1)  # net(x): (N, 2)\n{_CHECK}"
        f"assert y.shape == {first}.shape, (y.shape, {first}.shape)\n{loss}\n{std}\n"
    )


_GAUSSIAN = "(0.5 * torch.exp(-s) * (y - mean) ** 2 + 0.5 * s)"
_VARIANCE = "std = torch.exp(0.5 * s)  # s is the log variance"

REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "gaussian_nll": _two(f"loss = {_GAUSSIAN}.mean()", _VARIANCE),
        "beta_nll": _two(
            f"nll = {_GAUSSIAN}\nbeta = 0.5\nloss = (torch.exp(beta * s).detach() * nll).mean()", _VARIANCE
        ),
        "faithful": _two(
            "squared = 0.5 * (y - mean) ** 2  # all that trains the mean\n"
            "nll = 0.5 * torch.exp(-s) * (y - mean.detach()) ** 2 + 0.5 * s\n"
            "# In net, detach the trunk before the head of s: head_s(trunk(x).detach()).\n"
            "loss = (squared + nll).mean()",
            _VARIANCE,
        ),
        "natural": _two(
            "loss = (0.5 * (y * torch.exp(0.5 * t) - a) ** 2 - 0.5 * t).mean()",
            "std = torch.exp(-0.5 * t)  # t is the log precision\nmean = a * std",
            "t",
            "a",
        ),
        "gaussian_crps": _two(
            "std = torch.exp(0.5 * s)  # s is the log variance\n"
            "z = (y - mean) / std\n"
            "to_y = z * torch.erf(z / 2**0.5) + (2 / torch.pi) ** 0.5 * torch.exp(-0.5 * z**2)\n"
            "loss = (std * (to_y - torch.pi**-0.5)).mean()",
            "# In the unit of y, and never negative.",
        ),
        "laplace_nll": _two(
            "loss = (torch.exp(-s) * (y - mean).abs() + s).mean()  # abs: sqrt(r**2) has no gradient at 0",
            "std = 2**0.5 * torch.exp(s)  # exp(s) is E|r|; on Gaussian noise the std is 1.2533 * exp(s)",
        ),
        "absolute_log_variance": _two(
            "loss = (2**0.5 * torch.exp(-0.5 * s) * (y - mean).abs() + 0.5 * s).mean()",
            "std = torch.exp(0.5 * s)  # of a Laplace distribution; on Gaussian noise 0.8862 * exp(s / 2)",
        ),
        "student_t": _two(
            "nu = 5.0\nloss = -torch.distributions.StudentT(nu, mean, torch.exp(s)).log_prob(y).mean()",
            "std = torch.exp(s) * (nu / (nu - 2)) ** 0.5  # exp(s) is the scale, not the std",
        ),
        "squared_error": (
            f"import torch\n\nmean = net(x).squeeze(-1)  # net(x): (N, 1)\n{_CHECK}"
            "assert y.shape == mean.shape, (y.shape, mean.shape)\n"
            "loss = 0.5 * ((y - mean) ** 2).mean()\n"
            "std = (2 * loss.detach()).sqrt()  # one constant for all x\n"
        ),
        "student_t_learned": (
            f"import torch\n\nmean, s, t = net(x).unbind(-1)  # net(x): (N, 3)\n{_CHECK}"
            "assert y.shape == mean.shape, (y.shape, mean.shape)\n"
            "nu = 2 + torch.exp(t)  # above 2, so that a variance exists\n"
            "loss = -torch.distributions.StudentT(nu, mean, torch.exp(s)).log_prob(y).mean()\n"
            "std = torch.exp(s) * (nu / (nu - 2)).sqrt()  # exp(s) is the scale, not the std\n"
        ),
        "pinball": (
            "import torch\n\n"
            "levels = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95], dtype=y.dtype)\n"
            "quantiles = net(x)  # (N, 5), one output for each level\n"
            "assert quantiles.shape == (*y.shape, len(levels)), (y.shape, quantiles.shape)\n"
            "under = y[:, None] - quantiles\n"
            "loss = torch.maximum(levels * under, (levels - 1) * under).mean()\n"
            "# On Gaussian noise the outermost two are 3.29 std apart.\n"
            "std = (quantiles[:, -1] - quantiles[:, 0]) / 3.2897\n"
        ),
        "evidential": (
            f"import torch\n\nmean, a, b, c = net(x).unbind(-1)  # net(x): (N, 4)\n{_CHECK}"
            "assert y.shape == mean.shape, (y.shape, mean.shape)\n"
            "nu, alpha, beta = torch.exp(a), 1 + torch.exp(b), torch.exp(c)\n"
            "omega = 2 * beta * (1 + nu)\n"
            "r = (y - mean).abs()\n"
            "nll = (\n"
            "    0.5 * torch.log(torch.pi / nu) - alpha * torch.log(omega) + torch.lgamma(alpha)\n"
            "    + (alpha + 0.5) * torch.log(nu * r**2 + omega) - torch.lgamma(alpha + 0.5)\n"
            ")\n"
            "loss = (nll + 0.01 * r * (2 * nu + alpha)).mean()\n"
            "std = (beta * (1 + nu) / (nu * (alpha - 1))).sqrt()  # of the Student-t that it predicts\n"
        ),
        "mixture": (
            "import torch\n\n"
            "logits, means, log_stds = net(x).chunk(3, dim=-1)  # net(x): (N, 3K), K components\n"
            "assert means.shape[:-1] == y.shape, (y.shape, means.shape)\n"
            "log_weights = torch.log_softmax(logits, dim=-1)\n"
            "each = torch.distributions.Normal(means, torch.exp(log_stds)).log_prob(y[:, None])\n"
            "loss = -torch.logsumexp(log_weights + each, dim=-1).mean()\n"
            "weights = torch.exp(log_weights)\n"
            "mean = (weights * means).sum(-1)\n"
            "std = (weights * (torch.exp(2 * log_stds) + means**2)).sum(-1).sub(mean**2).sqrt()\n"
        ),
    }
)


def remedy(loss: Loss, estimate: Estimate | None = None) -> str:
    """The lines to copy for a loss: its own where it is sound, else those of what was meant.

    `estimate` is what exp(s) stands for in a typed formula: how to read the std that is already trained comes first.
    """
    known = REMEDIES.get("" if loss.mistake else loss.name)
    if known is not None:
        return known
    return _read_what_is_there(estimate) + REMEDIES[loss.meant]


def _read_what_is_there(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    code = estimate.code.replace("exp(", "torch.exp(")
    return f"# The net you have, on Gaussian noise: {code}\n# The net to train:\n"
