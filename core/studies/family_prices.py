"""A wrong family on purpose: losses of several families under every noise, with the price by theory and the gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from ..data.noise import NOISES
from ..evaluation.price import price
from ..evaluation.scores import SCORES
from ..evaluation.seed_statistics import Summary, summary
from ..experiment.experiment import Experiment
from ..model.losses import LOSSES
from ..training.run import Run
from ..words import number
from .over_seeds import seeded, waits
from .wrong_families import FAMILIES, PRICES

FITTED = tuple(FAMILIES.values())  # the losses of the study "wrong-families"
_ROUNDED = 5e-5  # theory has four decimals


@dataclass(frozen=True)
class Cell:
    """A noise fitted with a loss: the price by theory, nats per point, and the gap of runs from several seeds."""

    noise: str
    loss: str
    theory: float
    measured: Summary
    lost: tuple[int, ...] = ()  # seeds whose training did not finish or has no gap
    waiting: int = 0  # not trained yet, or stopped

    @property
    def name(self) -> str:
        """Loss and noise, in words."""
        return f"{LOSSES[self.loss].label} on {NOISES[self.noise].label} noise"


@lru_cache(maxsize=4)
def experiments(seeds: int) -> dict[tuple[str, str], list[Experiment]]:
    """The quick preset with each noise and loss, by their names, for each seed."""
    base = Experiment()
    return {
        (noise, loss): seeded(base.with_settings({"noise.family": noise, "loss.name": loss}), seeds)
        for noise in NOISES
        for loss in FITTED
    }


def theory() -> dict[tuple[str, str], float]:
    """The price of each loss under each noise, in nats per point; 0 if its family contains the noise."""
    return {(noise, loss): _price(noise, loss) for noise in NOISES for loss in FITTED}


@lru_cache
def _price(noise: str, loss: str) -> float:
    if noise in PRICES:  # computing all takes a second
        return float(PRICES[noise][FITTED.index(loss)])
    found = price(LOSSES[loss], NOISES[noise])
    return np.nan if found is None else round(found, 4)


def cells(runs: Sequence[Run | None], seeds: int) -> list[Cell]:
    """The cells of `experiments`, in its order. Raises ValueError if there are not `seeds` runs for each."""
    prices = theory()
    if len(runs) != seeds * len(prices):
        raise ValueError(f"{len(prices)} cells from {seeds} seeds need {seeds * len(prices)} runs, not {len(runs)}")
    remaining = iter(runs)
    return [_cell(*cell, prices[cell], list(islice(remaining, seeds))) for cell in experiments(seeds)]


def _cell(noise: str, loss: str, price: float, runs: Sequence[Run | None]) -> Cell:
    gaps = [run.gap if run is not None and run.status == "done" else None for run in runs]
    waiting = [waits(run) for run in runs]
    lost = tuple(seed for seed, gap in enumerate(gaps) if gap is None and not waiting[seed])
    return Cell(noise, loss, price, summary(gaps), lost, sum(waiting))


def own_cell(experiment: Experiment) -> tuple[str, str] | None:
    """The cell of an experiment, (noise, loss); None if it is not one of these or its points come from a table."""
    cell = experiment.noise.family, experiment.loss.name
    return cell if experiment.data.table == Experiment().data.table and cell in theory() else None


def measured_words(cell: Cell) -> str:
    """The mean, and below it half of its 95 % interval; the number of lost seeds if no seed has a gap."""
    gap = cell.measured
    if gap.mean is None:
        return "–" if not cell.lost else f"–\n{len(cell.lost)} lost"
    margin = "" if gap.high is None else f"\n± {SCORES['gap'].margin(gap.high - gap.mean)}"
    return f"{number(gap.mean)}{margin}"


def sentence(table: Sequence[Cell]) -> str:
    """The largest price in numbers, gaps that differ clearly from theory, and which runs were lost."""
    waiting = sum(cell.waiting for cell in table)
    known = [cell for cell in table if cell.measured.mean is not None]
    if waiting or not known:
        words = "Theory gives the smallest possible gap to the truth of a wrong noise family."
        words += "" if known else " Train them to measure it."
        if waiting and known:
            ended = sum(cell.measured.n + len(cell.lost) for cell in table)
            words += f" {waiting} of {waiting + ended} runs are not finished yet."
    else:
        largest = max(known, key=lambda cell: cell.theory)
        words = (
            f"The largest gap: {largest.name}, {number(largest.theory)} nats per point in theory and "
            f"{number(largest.measured.mean or 0.0)} measured. {_beyond_luck(known)}"
        )
    lost = [f"{cell.name}, seed {', '.join(map(str, cell.lost))}" for cell in table if cell.lost]
    return words + (f" Runs without a gap, not trained again: {'; '.join(lost)}." if lost else "")


def _beyond_luck(known: Sequence[Cell]) -> str:
    """The cells whose 95 % interval over the seeds is above theory, or below it."""
    above = [cell for cell in known if cell.measured.low is not None and cell.measured.low > cell.theory + _ROUNDED]
    below = [cell for cell in known if cell.measured.high is not None and cell.measured.high < cell.theory - _ROUNDED]
    count = sum(cell.measured.low is not None for cell in known)
    if not count:
        return "One seed cannot show how far seeds differ."
    words = f"In {len(above)} of {count} cells the measured gap is clearly above theory"
    if above:
        over, name = max(((cell.measured.mean or 0.0) - cell.theory, cell.name) for cell in above)
        words += f", most for {name} ({number(over, 4)} nats). That is what the network has not learned"
    words += "."
    if below:
        return (
            f"{words} Below theory: {'; '.join(cell.name for cell in below)}. "
            "That is sampling error of few seeds: no member of a family can be below it."
        )
    return f"{words} In none is it clearly below, as it must be: theory is the least that is possible."


def seen(table: Sequence[Cell]) -> str:
    """What is seen of the grid: for each noise the losses with the smallest and the largest gap in theory."""
    words = []
    for noise in dict.fromkeys(cell.noise for cell in table):
        cells = sorted((cell for cell in table if cell.noise == noise), key=lambda cell: cell.theory)
        least, most = (f"{LOSSES[cell.loss].label} {number(cell.theory)}" for cell in (cells[0], cells[-1]))
        words.append(f"{NOISES[noise].label} noise: smallest gap {least}, largest {most}.")
    return f"{' '.join(words)} {sentence(table)}"
