"""The plain stepper on a CUDA GPU beside the CPU's fastest, in the same run; prints one table.

    python -m benchmarks.gpu [--cpu] [--times 3]

Median seconds of a whole `train`, with points, frames and, on the GPU, the capture of its graph; the first on the
GPU is not counted. Without a GPU it says so, and prints the CPU's column where --cpu asks for it.
Settings end at 1,000,000 points: ten million are given to the steppers directly, and only their steps are timed.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from core import Experiment, presets, train, train_members
from core.experiment.build import dataset_of
from core.training.autograd import AutogradStepper, Member
from core.training.compiled import CompiledStepper
from core.training.scaling import Scaling
from core.training.start import Batches, Start

MEMBERS = 256
ROWS, ROWS_BATCH, ROWS_STEPS = 10_000_000, 65_536, 200


def on(experiment: Experiment, device: str) -> Experiment:
    """The experiment, asking for a device."""
    return experiment.with_settings({"training.device": device})


def posted(device: str) -> None:
    """The question's recipe as it was posted, except for its loss, with which one seed in three diverges."""
    train(on(presets["question-repaired"], device))


def quick(device: str) -> None:
    """The default experiment."""
    train(on(presets["quick"], device))


def members(device: str) -> None:
    """The default experiment from many seeds."""
    train_members(on(presets["quick"], device), range(MEMBERS))


def many_rows(device: str) -> float:
    """Seconds of steps through ten million rows, a large batch each."""
    experiment = presets["quick"].with_settings({"training.batch_size": ROWS_BATCH, "training.steps": ROWS_STEPS})
    data = dataset_of(experiment)
    start = Start.of(experiment, data, Scaling.of(data, True))
    repeats = ROWS // len(start.x)
    batches = Batches(ROWS, ROWS_BATCH, np.random.SeedSequence(0))
    start = replace(start, x=np.tile(start.x, (repeats, 1)), y=np.tile(start.y, repeats), batches=batches)
    stepper = CompiledStepper(start) if device == "cpu" else Member(AutogradStepper([start], device))
    with stepper.one_thread():
        stepper.advance(1)
        began = time.perf_counter()
        stepper.advance(ROWS_STEPS - 1)
        return time.perf_counter() - began


ROWS_OF_TABLE: dict[str, Callable[[str], float | None]] = {
    "posted recipe, 100,000 steps of 10": posted,
    "quick fit, 500 steps of 128": quick,
    f"{MEMBERS} quick fits": members,
    f"{ROWS:,} rows, {ROWS_STEPS - 1} steps of {ROWS_BATCH:,}": many_rows,
}


def seconds(work: Callable[[str], float | None], device: str, times: int) -> float:
    """Median seconds of some work on a device."""
    if device == "cuda":
        work(device)  # its libraries and its memory, not counted
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        of_steps = work(device)
        taken.append(time.perf_counter() - began if of_steps is None else of_steps)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", action="store_true", help="without a GPU, print the CPU's column")
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    if "cuda" not in devices:
        print("There is no CUDA GPU here, so nothing is measured on one.")
        if not arguments.cpu:
            return
    quick("cpu")  # Numba's code is read, or compiled once after an installation
    names = {"cpu": "CPU, one core", "cuda": torch.cuda.get_device_name() if "cuda" in devices else ""}
    print(f"{'median seconds':40}" + "".join(f"{names[device]:>24}" for device in devices))
    for name, work in ROWS_OF_TABLE.items():
        taken = [seconds(work, device, arguments.times) for device in devices]
        print(f"{name:40}" + "".join(f"{value:24.3f}" for value in taken), flush=True)


if __name__ == "__main__":
    main()
