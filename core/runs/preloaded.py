"""The modules that the fork server loads before it forks workers: see forkserver."""

from distributed import Nanny, Worker

from core.runs import worker
from core.training import loop

__all__ = ["Nanny", "Worker", "loop", "worker"]
