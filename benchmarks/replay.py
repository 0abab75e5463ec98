"""Microseconds a step, the same mathematics side by side on one core; the median of rounds taken in turn.

    python -m benchmarks.replay [--rounds 5]

The first line is the posted recipe, step for step: raw x and y, batches of 10, Adam 1e-3, 100,000 steps. The others are
the quick recipe at four batch sizes beside PyTorch as one writes it today.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.written_out import idiomatic, question_script
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.experiment.presets import presets
from core.training import compiled
from core.training.compiled import CompiledStepper
from core.training.loop import train
from core.training.scaling import Scaling
from core.training.start import Start


def stepping(experiment: Experiment, steps: int) -> Callable[[], float]:
    """Seconds a step of the fast stepper."""
    data = dataset_of(experiment)

    def once() -> float:
        scaling = Scaling.of(data, experiment.training.standardise)
        stepper = CompiledStepper(Start.of(experiment, data, scaling))
        start = time.perf_counter()
        stepper.advance(steps)
        return (time.perf_counter() - start) / steps

    return once


def script() -> float:
    """Seconds a step of the question's script, over one epoch."""
    data = dataset_of(Experiment())
    ((seconds, _),) = question_script(data.x, data.y, 0, epochs=1)
    return seconds / 2000


def of_today(batch_size: int, steps: int = 200) -> Callable[[], float]:
    """Seconds a step of idiomatic PyTorch."""
    data = dataset_of(Experiment())

    def once() -> float:
        ((seconds, _),) = idiomatic(data.x, data.y, 0, steps=steps, batch_size=batch_size, every=steps)
        return seconds / steps

    return once


def line(name: str, theirs: Callable[[], float], ours: Callable[[], float], rounds: int) -> None:
    """Measure both in turn and print one line."""
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    them, us = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:44} {them:8.0f} {us:8.1f} {ratio:7.1f} ×", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    posted = presets["question-repaired"]
    print(f"{'microseconds a step':44} {'theirs':>8} {'ours':>8} {'ratio':>7}")
    with compiled.one_thread():
        train(posted.with_settings({"training.steps": 10}))
        next(idiomatic(dataset_of(posted).x, dataset_of(posted).y, 0, steps=100, every=100))
        line("posted recipe, batch 10: the question's script", script, stepping(posted, 100_000), rounds)
        for batch_size in (10, 64, 128, 256):
            experiment = Experiment.from_settings({"training.batch_size": batch_size, "training.steps": 2000})
            ours = stepping(experiment, 2000)
            line(f"quick recipe, batch {batch_size}: PyTorch of today", of_today(batch_size), ours, rounds)
        run = train(posted)
        print(f"the whole posted recipe, {run.steps_done:,} steps, with film and history: {run.seconds:.2f} s")


if __name__ == "__main__":
    main()
