"""Trained losses beside the best possible: every loss that has a floor, on Gaussian noise of four widths.

    python -m benchmarks.floors [--losses posted,mixture] [--seeds 1]

The oracle knows the true mean and the optimum's outputs, and is judged on the run's own held-out points, so that the
luck of the points cancels. "above" is what the run's loss is above the oracle's, in nats, or in % for a loss that has a
unit; "said" is the std the run's own reading predicts, median over the held-out points, beside what it comes to at the
optimum.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from core.experiment.build import read_as
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.bounds import BOUNDS, UNBOUNDED, bounded
from core.model.losses import LOSSES, Loss
from core.training.loop import train
from core.training.run import Run

STDS = (0.05, 0.2, 1.0, 5.0)
WITHOUT_FLOOR = ("no_log_term", "wrong_sign", "relu_variance")
# At σ = 5 the number of points decides: overfitting costs up to p/2n nats on new points, for p parameters and n points,
# whatever σ. At σ = 0.05 the number of steps decides: an error of the mean costs ½(error/σ)² nats, and the curve is 0.7
# wide.
RECIPE = {"data.n": 100_000, "network.layers": [16, 32], "training.steps": 3000, "training.batch_size": 128}
# A mean that is a product of two outputs converges slowly.
RECIPES_OF = {"natural": {"network.layers": [32, 64, 128], "training.steps": 4000, "training.batch_size": 256}}


@dataclass(frozen=True)
class Comparison:
    """A trained run and the oracle on the same held-out points; losses in the unit of the loss, stds in that of y."""

    loss: Loss
    run: Run
    trained: float
    oracle: float
    std: float
    std_of_oracle: float

    @property
    def above(self) -> float:
        """What the run's loss is above the oracle's: nats, or a share of the oracle's where the loss has a unit."""
        return (self.trained - self.oracle) / (self.oracle if self.loss.unit_power else 1.0)


def experiment_at(loss: str, std: float, seed: int = 0) -> Experiment:
    """The experiment that a loss is judged by."""
    seeds = {"data.seed": seed, "training.seed": seed}
    recipe = RECIPE | RECIPES_OF.get(loss, {})
    return Experiment.from_settings({**recipe, "loss.name": loss, "noise.scale": std, **seeds})


def trained(loss: str, std: float, seed: int = 0) -> Run:
    """The run a loss is judged by. One that dies of what its loss is known to die of, as the posted loss does by the
    luck of a residual of exactly zero, is followed by the same with another seed, up to five of them.
    """
    for luck in range(5):
        run = train(experiment_at(loss, std, seed + 100 * luck))
        if run.status == "done" or LOSSES[loss].failure is None:
            break
    return run


def oracle_outputs(loss: Loss, run: Run) -> np.ndarray:
    """Outputs (n, H) of the best net at the held-out x; σ is taken to be the same at every x."""
    data, truth = run.dataset, run.dataset.truth
    assert truth is not None
    mean, std = truth.mean(data.x_held_out), float(truth.std(data.x_held_out[:1])[0])
    if loss.fits_constant:  # one mean and one variance for all y
        everywhere = truth.mean(data.x)
        mean, std = np.full_like(mean, everywhere.mean()), float(np.hypot(std, everywhere.std()))
    around_0 = np.tile(np.array(loss.optimum(truth.noise, std).outputs), (len(mean), 1))
    outputs = loss.in_unit_of_y(around_0, mean, 1.0)  # type: ignore[arg-type]  # a shift for each point
    if not loss.has_scale:
        outputs = np.column_stack([outputs, np.full(len(mean), 2 * np.log(std))])
    return outputs


def compare(run: Run) -> Comparison:
    """A run beside the oracle."""
    loss, data = loss_of(run.experiment.loss), run.dataset
    best = bounded(oracle_outputs(loss, run), loss.limits)
    # A run's outputs are bounded already: a soft bound applied twice would change them again.
    seen = replace(loss, limits=UNBOUNDED) if BOUNDS[loss.limits.bound].moves_outputs else loss
    values, stds = [], []
    for outputs in (run.on_held_out, best):
        values.append(float(np.mean(seen.value(data.y_held_out, outputs.T[: len(loss.outputs)]))))
        reading = run.experiment.loss.reading
        stds.append(float(np.median(read_as(reading, run.experiment, outputs).std)))
    return Comparison(loss, run, *values, *stds)


def _row(loss: str, std: float, comparisons: Iterable[Comparison]) -> str:
    found = list(comparisons)
    worst = max(found, key=lambda one: abs(one.above))
    unit = "%   " if worst.loss.unit_power else "nats"
    above = worst.above * (100 if worst.loss.unit_power else 1)
    missed = "" if abs(worst.above) <= 0.01 else "  misses 0.01"
    return (
        f"{loss:22} {std:5g} {worst.trained:10.4f} {worst.oracle:10.4f} {above:8.4f} {unit} "
        f"{worst.std:9.4f} {worst.std_of_oracle:9.4f} {worst.std / worst.std_of_oracle - 1:+8.1%} "
        f"{worst.run.seconds:6.2f}{missed}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--losses", default=",".join(name for name in LOSSES if name not in WITHOUT_FLOOR))
    parser.add_argument("--stds", default=",".join(map(str, STDS)))
    parser.add_argument("--seeds", type=int, default=1, help="of several the worst is shown")
    options = parser.parse_args()
    print(f"{'loss':22} {'σ':>5} {'trained':>10} {'oracle':>10} {'above':>8} {'std said':>14} {'at best':>9} {'s':>15}")
    for loss in options.losses.split(","):
        for std in map(float, options.stds.split(",")):
            runs = (trained(loss, std, seed) for seed in range(options.seeds))
            print(_row(loss, std, map(compare, runs)), flush=True)


if __name__ == "__main__":
    main()
