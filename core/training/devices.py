"""Where training runs: CUDA, else Apple's MPS, else the CPU, or the one that was asked for."""

from core.sections import DEVICES
from core.settings import InvalidExperiment, Problem


def pick_device(wanted: str) -> str:
    """A device that is here: "cuda", "mps" or "cpu".

    Raises InvalidExperiment where the one asked for by name is not to be had.
    """
    import torch

    here = [
        name
        for name, present in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
        if present
    ]
    here.append("cpu")
    if wanted == "auto":
        return here[0]
    if wanted not in here:
        raise InvalidExperiment([Problem("training.device", wanted, f"auto or {' or '.join(here)} on this machine")])
    return wanted


def device_label(device: str) -> str:
    """The words for a device, with the GPU's own name where it has one."""
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else DEVICES.get(device, device)
