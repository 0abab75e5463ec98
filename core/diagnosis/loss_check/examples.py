"""EXAMPLES: pieces of code worth a look, with the numbers of a run where there are some."""

from dataclasses import dataclass

from .given import Given


@dataclass(frozen=True)
class Example:
    """A button: its words, and what it fills in."""

    label: str
    given: Given


EXAMPLES = (
    Example(
        "The question's own",
        Given(
            code="m, s = model(x)\n"
            "loss = 1/len(m) * (0.5*torch.exp(-s)*torch.sqrt(torch.pow(t - m, 2)) + 0.5*s).sum()\n",
            value=-0.38,
            std_y=0.83,
            variance=0.16,
        ),
    ),
    Example(
        "A softplus head",
        Given(
            code="def nll(y_true, y_pred):\n"
            "    mu = y_pred[:, 0:1]\n"
            "    sigma = K.softplus(y_pred[:, 1:2]) + 1e-3\n"
            "    return K.mean(K.log(sigma) + 0.5 * K.square((y_true - mu) / sigma))\n",
            value=-1.1,
            std_y=0.83,
            variance=0.2,
            quantity="sigma",
        ),
    ),
    Example(
        "A variance as scale",
        Given(
            code="mu, logvar = net(x)\ndist = torch.distributions.Normal(mu, torch.exp(logvar))\n"
            "loss = -dist.log_prob(y).mean()\n"
        ),
    ),
    Example(
        "Shapes that do not fit",
        Given(
            code="out = net(x)\nmean, var = out[:, 0], F.softplus(out[:, 1])\n"
            "loss = nn.GaussianNLLLoss()(mean, y.unsqueeze(1), var)\n"
        ),
    ),
    Example(
        "Two losses in a sum",
        Given(
            code="nll = 0.5 * torch.exp(-log_var) * (y - mu) ** 2 + 0.5 * log_var\n"
            "loss = (nll + 0.1 * (y - mu) ** 2).mean()\n"
        ),
    ),
    Example("LaTeX", Given(code=r"\mathcal{L} = \frac{1}{2\sigma^2}\,|y - \mu| + \frac{1}{2}\log\sigma^2")),
)
