"""Where training runs: CUDA, else Apple's MPS, else the CPU, or the one that was asked for."""

from core.experiment.experiment import Experiment
from core.experiment.settings import InvalidExperiment, Problem
from core.experiment.training_settings import DEVICES
from core.training.cost import gpu_may_pay


def pick_device(experiment: Experiment, members: int = 1) -> str:
    """A device that is here, "cuda", "mps" or "cpu", for so many trainings at once.

    "auto" looks for a GPU only where one may pay: starting it, and loading torch for it, takes longer than a quick
    run on the CPU. Raises InvalidExperiment where the device asked for by name is not to be had.
    """
    if not looks_for_gpu(experiment, members):
        return "cpu"
    import torch

    here = [
        name
        for name, present in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
        if present
    ]
    here.append("cpu")
    wanted = experiment.training.device
    if wanted == "auto":
        return here[0]
    if wanted not in here:
        raise InvalidExperiment([Problem("training.device", wanted, f"auto or {' or '.join(here)} on this machine")])
    return wanted


def looks_for_gpu(experiment: Experiment, members: int = 1) -> bool:
    """Whether it asks for a GPU, or is so much work that one may pay."""
    wanted = experiment.training.device
    return wanted != "cpu" and (wanted != "auto" or gpu_may_pay(experiment, members))


def device_label(device: str, made_with: str) -> str:
    """The words for a device, a GPU's own name where it has one, and for who makes the steps there."""
    if device == "cpu":
        return "CPU" if made_with == "numba" else "CPU, PyTorch"
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    return DEVICES[device]
