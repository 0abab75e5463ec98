"""The requested device, or an error sentence if it is not available."""

import pytest
import torch

from core.experiment.experiment import DEFAULT
from core.experiment.presets import presets
from core.experiment.settings import InvalidExperiment
from core.experiment.training_settings import DEVICES
from core.training.devices import device_label, pick_device
from core.training.loop import train

MUCH = DEFAULT.with_settings({"training.batch_size": 16_384, "training.steps": 10_000})


def asking(device):
    return DEFAULT.with_settings({"training.device": device})


@pytest.fixture
def machine(monkeypatch):
    """A machine with these devices beside its CPU."""

    def has(*devices):
        monkeypatch.setattr("core.training.devices.may_have_gpu", lambda: bool(devices))
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in devices)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in devices)

    return has


@pytest.mark.parametrize(
    ("devices", "picked"), [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")]
)
def test_auto_is_cuda_else_mps_else_cpu_for_much_work(machine, devices, picked):
    machine(*devices)
    assert pick_device(MUCH) == picked
    assert pick_device(asking("cpu")) == "cpu"
    assert all(pick_device(asking(device)) == device for device in devices)


@pytest.mark.parametrize("preset", ["quick", "question-as-posted", "seitzer-sine"])
def test_auto_is_the_cpu_for_small_steps(machine, preset):
    machine("cuda")
    assert pick_device(presets[preset]) == "cpu"


def test_a_device_that_is_not_here_is_named(machine):
    machine()
    with pytest.raises(InvalidExperiment) as caught:
        pick_device(asking("cuda"))
    assert str(caught.value) == 'Device cannot be "cuda": it must be auto or cpu on this machine.'
    machine("mps")
    with pytest.raises(InvalidExperiment, match="it must be auto or mps or cpu on this machine"):
        pick_device(asking("cuda"))


def test_nothing_trains_on_a_device_that_is_not_here(machine):
    machine()
    frames = []
    with pytest.raises(InvalidExperiment, match="Device"):
        train(DEFAULT.with_settings({"training.device": "cuda"}), on_frame=frames.append)
    assert frames == []


def test_auto_without_a_gpu_is_the_cpu_to_the_bit(machine):
    machine()
    small = DEFAULT.with_settings({"data.n": 100, "training.steps": 10})
    auto, cpu = train(small), train(small.with_settings({"training.device": "cpu"}))
    assert auto.device == cpu.device == "CPU"
    assert auto.weights.tobytes() == cpu.weights.tobytes()


def test_a_device_has_a_label(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Some GPU")
    assert device_label("cuda", "torch") == "Some GPU"
    assert device_label("cpu", "numba") == "CPU"
    assert device_label("cpu", "torch") == "CPU, PyTorch"
    assert device_label("mps", "torch") == DEVICES["mps"]
