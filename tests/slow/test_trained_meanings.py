"""Networks that are trained on losses as they were read from code: their named std is the σ of the noise within 5 %."""

import numpy as np
import pytest
import torch

from core.diagnosis.loss_check.meaning import meaning_of
from core.loss_code.as_loss import loss_of_code
from core.loss_code.reading import read_code
from core.model.formulas import program

SIGMA, POINTS, STEPS = 0.2, 1_500, 1_200
PIECES = {
    "log variance": "loss = torch.mean(0.5*torch.exp(-log_var)*(y - mu)**2 + 0.5*log_var)",
    "softplus": "sigma = F.softplus(raw) + 1e-3\nloss = (torch.log(sigma) + 0.5*((y - mu)/sigma)**2).mean()",
    "elu": "sigma = F.elu(raw) + 1\nloss = (torch.log(sigma) + 0.5*((y - mu)/sigma)**2).mean()",
    "sigmoid": "sigma = 2*torch.sigmoid(raw)\nloss = (torch.log(sigma) + 0.5*((y - mu)/sigma)**2).mean()",
    "lost half": "var = F.softplus(raw)\nloss = ((y - mu)**2/(2*var) + torch.log(var)).mean()",
    "the question's": "loss = (0.5*torch.exp(-s)*torch.abs(y - mu) + 0.5*s).mean()",
    "β-NLL": "var = F.softplus(v)\nloss = (0.5*((y - mu)**2/var + torch.log(var))*var.detach()**0.5).mean()",
    "CRPS": (
        "sigma = F.softplus(raw)\nz = (y - mu)/sigma\n"
        "loss = sigma*(z*torch.erf(z/2**0.5) + (2/torch.pi)**0.5*torch.exp(-0.5*z**2) - (1/torch.pi)**0.5)"
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PIECES)
def test_a_trained_net_has_the_named_std(name: str) -> None:
    code = read_code(PIECES[name])
    found, loss = meaning_of(code), loss_of_code(code)
    assert found.std is not None
    torch.manual_seed(0)
    x = torch.rand(POINTS, 1)
    y = torch.sin(6 * x[:, 0]) + SIGMA * torch.randn(POINTS)
    net = torch.nn.Sequential(torch.nn.Linear(1, 24), torch.nn.Tanh(), torch.nn.Linear(24, 24), torch.nn.Tanh())
    heads = torch.nn.Linear(24, 2)
    optimiser = torch.optim.Adam([*net.parameters(), *heads.parameters()], 5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss.objective(torch, y, heads(net(x)).unbind(-1)).mean().backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        mean, s = (each.double().numpy() for each in heads(net(x)).unbind(-1))
    residual = y.double().numpy() - mean
    named = np.asarray(program.value(found.std.tree, np, {"s": s}))
    if found.std.on == "Laplace noise":  # this noise is Gaussian: the other factor, √(π/2) for √2
        named = named * np.sqrt(np.pi) / 2
    assert np.sqrt(np.mean(named**2)) == pytest.approx(np.sqrt(np.mean(residual**2)), rel=0.05)
    assert np.median(named) == pytest.approx(SIGMA, rel=0.05)
