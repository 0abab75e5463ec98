"""A wrong family on purpose: every noise under losses of several families, theory's price beside the measured gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.data.noise import NOISES
from core.evaluation.price import price
from core.experiment import Experiment
from core.model.losses import LOSSES
from core.sections import loss_of
from core.studies.wrong_families import FAMILIES
from core.training.run import Run
from core.words import number

FITTED = tuple(FAMILIES.values())  # the losses of the study of the same name


@dataclass(frozen=True)
class Cell:
    """A noise fitted with a loss: the price that theory gives, nats a point, and the gap of a run; None: not known."""

    noise: str
    loss: str
    theory: float | None
    measured: float | None


@lru_cache(maxsize=1)
def experiments() -> dict[tuple[str, str], Experiment]:
    """The quick preset with each noise and each loss, by their names."""
    base = Experiment()
    return {
        (noise, loss): base.with_settings({"noise.family": noise, "loss.name": loss})
        for noise in NOISES
        for loss in FITTED
    }


@lru_cache(maxsize=1)
def theory() -> dict[tuple[str, str], float | None]:
    """What each loss costs at its best under each noise, nats a point: 0 where its family holds the noise."""
    return {cell: price(loss_of(experiment.loss), NOISES[cell[0]]) for cell, experiment in experiments().items()}


def cells(runs: Sequence[Run | None]) -> list[Cell]:
    """The table of `experiments`, in its order, with what the runs that came to their end measured."""
    return [
        Cell(noise, loss, price, run.scores["gap"] if run is not None and run.status == "done" else None)
        for ((noise, loss), price), run in zip(theory().items(), runs, strict=True)
    ]


def sentence(found: Sequence[Cell]) -> str:
    """The dearest mistake in numbers, and how near theory comes."""
    both = [cell for cell in found if cell.theory is not None and cell.measured is not None]
    if len(both) < len(found):
        return "Theory says what the best member of a wrong family costs; train them to see it measured."
    worst = max(both, key=lambda cell: cell.theory or 0.0)
    off = max(both, key=lambda cell: abs((cell.measured or 0.0) - (cell.theory or 0.0)))
    return (
        f"The dearest: {LOSSES[worst.loss].label} on {NOISES[worst.noise].label} noise, "
        f"{number(worst.theory or 0.0)} nats a point by theory and {number(worst.measured or 0.0)} measured. What is "
        f"measured lies at most {number(abs((off.measured or 0.0) - (off.theory or 0.0)))} nats from theory: that is "
        "what the net still has to learn."
    )
