"""What the fork server loads before it forks workers: see forkserver."""

import torch
from distributed import Nanny, Worker

from core.runs import worker
from core.training import loop

# The first optimiser built loads 900 modules more.
torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])

__all__ = ["Nanny", "Worker", "loop", "worker"]
