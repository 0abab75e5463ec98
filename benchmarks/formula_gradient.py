"""What it costs that one compiled function runs the gradient of every formula: microseconds a step, both in turn.

    python -m benchmarks.formula_gradient [--rounds 9]

The quick recipe at two batch sizes, with the loss's gradient from its formula, and with the same derived by hand and
compiled.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable

import numpy as np

from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.training import compiled
from core.training.compiled import CompiledStepper
from core.training.machine_code import GRADIENT, pointer
from core.training.scaling import Scaling
from core.training.start import Start

STEPS = 2000


def gaussian(y, outputs, values, terms, gradient):  # type: ignore[no-untyped-def]
    """The Gaussian NLL by hand."""
    weighted = np.exp(-outputs[1]) * (y - outputs[0])
    terms[0] = 0.5 * weighted * (y - outputs[0])
    terms[1] = 0.5 * outputs[1]
    gradient[0] = -weighted
    gradient[1] = 0.5 - terms[0]


def crps(y, outputs, values, terms, gradient):  # type: ignore[no-untyped-def]
    """The CRPS of a Gaussian by hand."""
    for i in range(y.size):
        std = math.exp(0.5 * outputs[1, i])
        z = (y[i] - outputs[0, i]) / std
        erf, density = math.erf(z / 1.4142135623730951), math.exp(-0.5 * z * z) * 0.3989422804014327
        terms[0, i] = std * (z * erf + 2.0 * density)
        terms[1, i] = -std * 0.5641895835477563
        gradient[0, i] = -erf
        gradient[1, i] = std * (density - 0.5 * 0.5641895835477563)


BY_HAND = {"gaussian_nll": gaussian, "gaussian_crps": crps}


def stepping(loss: str, batch_size: int, by_hand: bool) -> Callable[[], float]:
    """Microseconds a step."""
    settings = {"loss.name": loss, "training.batch_size": batch_size, "training.steps": STEPS}
    experiment = Experiment.from_settings(settings)
    data = dataset_of(experiment)
    scaling = Scaling.of(data, True)

    def once() -> float:
        stepper = CompiledStepper(Start.of(experiment, data, scaling))
        if by_hand:
            stepper._loss = pointer(BY_HAND[loss], GRADIENT, exact=True)
        start = time.process_time()
        stepper.advance(STEPS)
        return (time.process_time() - start) / STEPS * 1e6

    return once


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"{'microseconds a step':32} {'by hand':>8} {'formula':>8} {'ratio':>7}")
    with compiled.one_thread():
        for loss in BY_HAND:
            for batch_size in (10, 128):
                hand, formula = (stepping(loss, batch_size, by_hand) for by_hand in (True, False))
                pairs = [(hand(), formula()) for _ in range(rounds)]
                them, us = (statistics.median(side) for side in zip(*pairs, strict=True))
                ratio = statistics.median(b / a for a, b in pairs)
                print(f"{loss + f', batch {batch_size}':32} {them:8.2f} {us:8.2f} {ratio:7.3f}", flush=True)


if __name__ == "__main__":
    main()
