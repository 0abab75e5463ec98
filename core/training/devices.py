"""Where training runs: the requested device, or the best of CUDA, Apple's MPS and the CPU."""

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..experiment.experiment import Experiment
from ..experiment.settings import InvalidExperiment, Problem
from ..experiment.training_settings import DEVICES
from .cost import gpu_may_pay

_DRIVERS = ("nvidiactl", "nvidia0", "nvmap", "dxg", "kfd")  # CUDA, on Tegra, below Windows; ROCm


def pick_device(experiment: Experiment, members: int = 1) -> str:
    """An available device, "cuda", "mps" or "cpu", for so many trainings at once.

    "auto" looks for a GPU only if one may be faster: starting it, and loading torch for it, takes longer than a quick
    run on the CPU. Raises InvalidExperiment if the requested device is not available.
    """
    if not looks_for_gpu(experiment, members):
        return "cpu"
    devices = _devices()
    wanted = experiment.training.device
    if wanted == "auto":
        return devices[0]
    if wanted not in devices:
        raise InvalidExperiment([Problem("training.device", wanted, f"auto or {' or '.join(devices)} on this machine")])
    return wanted


def _devices() -> list[str]:
    """What there is to train on, the fastest first; torch is only asked where there may be a GPU."""
    if not (may_have_gpu() and has_torch()):
        return ["cpu"]
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, available in present.items() if available]


def has_torch() -> bool:
    """Whether PyTorch is installed; a small host does without."""
    return find_spec("torch") is not None


def may_have_gpu() -> bool:
    """Whether this machine may have a GPU that torch finds: on Linux, its driver's files say so at no cost."""
    return sys.platform != "linux" or any(Path("/dev", name).exists() for name in _DRIVERS)


def require_torch(experiment: Experiment) -> None:
    """Raise InvalidExperiment where an experiment that only PyTorch can train is asked for without it."""
    if not has_torch():
        why = "PyTorch is not installed on this host;"
        raise InvalidExperiment(
            [Problem("training.stepper", experiment.training.stepper, "pip install torch adds it", why)]
        )


def looks_for_gpu(experiment: Experiment, members: int = 1) -> bool:
    """Whether the experiment requests a GPU, or is so much work that one may be faster."""
    wanted = experiment.training.device
    return wanted != "cpu" and (wanted != "auto" or (may_have_gpu() and gpu_may_pay(experiment, members)))


def device_label(device: str, made_with: str) -> str:
    """The label of a device and of what trains on it; the name of the model for a CUDA GPU."""
    if device == "cpu":
        return "CPU" if made_with == "numba" else "CPU, PyTorch"
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    return DEVICES[device]


@cache
def blas_kernel() -> str:
    """The BLAS libraries of this process, each with its kernel for this processor, such as openblas 0.3.30 Haswell.

    On it depends how products are rounded, and so the digits of a run.
    """
    from threadpoolctl import threadpool_info

    found = (library for library in threadpool_info() if library["user_api"] == "blas")
    names = (
        " ".join(str(row.get(name) or "") for name in ("internal_api", "version", "architecture")) for row in found
    )
    return "; ".join(dict.fromkeys(name.strip() for name in names))
