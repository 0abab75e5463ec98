"""Seconds to a gap of 0.02, 0.005 and 0.002 nats, on the question's 20,000 points and net; one core.

    python -m benchmarks.speedrun [--seeds 20] [--script-seeds 1] [--epochs 50]

The gap is the mean KL divergence from the truth on the evaluation grid. It is looked at 20 times in a run, beside the
clock; a time is that of the first look at or below the mark, the median over the seeds, "–" where fewer than half get
there. "whole" is the whole run: of ours, points, first weights and film included.
"""

import argparse
import statistics
from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.written_out import Clock, Predict, idiomatic, question_script
from core.evaluation.truth import gap
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.model.readings import READINGS
from core.training import compiled
from core.training.compiled import CompiledStepper
from core.training.loop import train
from core.training.scaling import Scaling
from core.training.start import Start

MARKS = (0.02, 0.005, 0.002)
LOOKS = 20
Attempt = Callable[[Experiment], Iterator[tuple[float, Predict]]]


def ours(experiment: Experiment) -> Iterator[tuple[float, Predict]]:
    """The quick recipe on the fast stepper: from the points to each look."""
    data, clock = dataset_of(experiment), Clock()
    scaling = Scaling.of(data, True)
    stepper = CompiledStepper(Start.of(experiment, data, scaling))

    def predict(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        outputs = stepper.start.loss.in_unit_of_y(stepper.outputs(scaling.x_in(x)), scaling.y_shift, scaling.y_scale)
        return outputs[:, 0], outputs[:, 1]

    for _ in range(LOOKS):
        stepper.advance(stepper.start.steps // LOOKS)
        yield clock.stop(), predict
        clock.go()


def _script(epochs: int) -> Attempt:
    return lambda e: question_script(dataset_of(e).x, dataset_of(e).y, e.training.seed, epochs=epochs)


def _torch(e: Experiment) -> Iterator[tuple[float, Predict]]:
    data, steps = dataset_of(e), e.training.steps
    return idiomatic(
        data.x, data.y, e.training.seed, steps=steps, batch_size=e.training.batch_size, every=steps // LOOKS
    )


def course(experiment: Experiment, attempt: Attempt) -> list[tuple[float, float]]:
    """Seconds and gap at each look."""
    data, looks = dataset_of(experiment), []
    assert data.truth is not None, "the gap needs points whose truth is known"
    for seconds, predict in attempt(experiment):
        outputs = np.column_stack(predict(data.x_evaluation))  # mean and log variance
        predictive = READINGS["log_variance"].predictive(outputs, ())
        looks.append((seconds, float(np.mean(gap(predictive, data.x_evaluation, data.truth)))))
    return looks


def reached(courses: list[list[tuple[float, float]]], mark: float) -> float | None:
    """The median time to the mark; None where fewer than half get there."""
    times = [next((seconds for seconds, gap in looks if gap <= mark), np.inf) for looks in courses]
    median = statistics.median(times)
    return median if np.isfinite(median) else None


def row(name: str, courses: list[list[tuple[float, float]]], whole: list[float]) -> None:
    """Print one line."""
    times = ["–" if (t := reached(courses, mark)) is None else f"{t:.3f}" for mark in MARKS]
    gaps = [looks[-1][1] for looks in courses]
    seconds = statistics.median(whole)
    print(
        f"{name:42} {len(courses):5} {seconds:8.3f} {statistics.median(gaps):8.4f} {max(gaps):8.4f} "
        + " ".join(f"{t:>8}" for t in times),
        flush=True,
    )


def seeded(experiment: Experiment, seeds: int) -> list[Experiment]:
    """The experiment with its first seeds, of points and training both."""
    return [experiment.with_settings({"data.seed": seed, "training.seed": seed}) for seed in range(seeds)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--script-seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=50)
    options = parser.parse_args()
    torch.set_num_threads(1)
    quick = Experiment()
    print(f"{'':42} {'seeds':>5} {'whole s':>8} {'gap':>8} {'worst':>8} " + " ".join(f"to {m:<5}" for m in MARKS))
    with compiled.one_thread():
        train(quick)
        for steps in (quick.training.steps, 4 * quick.training.steps):
            experiments = seeded(quick.with_settings({"training.steps": steps}), options.seeds)
            whole = [train(experiment).seconds for experiment in experiments]
            row(f"Heteroscope, {steps} steps of 128", [course(e, ours) for e in experiments], whole)
            if steps == quick.training.steps:
                fastest = statistics.median(whole)
        for steps in (quick.training.steps, 4 * quick.training.steps):
            experiments = seeded(quick.with_settings({"training.steps": steps}), max(1, options.seeds // 4))
            courses = [course(e, _torch) for e in experiments]
            row(f"PyTorch of today, {steps} steps of 128", courses, [looks[-1][0] for looks in courses])
        courses = [course(e, _script(options.epochs)) for e in seeded(quick, options.script_seeds)]
        whole = [looks[-1][0] for looks in courses]
        row(f"the question's script, {options.epochs} epochs of 10", courses, whole)
    print(f"the whole quick run is {statistics.median(whole) / fastest:,.0f} times as fast as the script's")


if __name__ == "__main__":
    main()
