"""A wrong family on purpose: every noise under losses of several families, theory's price beside the measured gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from core.data.noise import NOISES
from core.evaluation.scores import SCORES
from core.evaluation.seed_statistics import Summary, summary
from core.experiment.experiment import Experiment
from core.model.losses import LOSSES
from core.studies.over_seeds import seeded
from core.studies.wrong_families import FAMILIES, PRICES
from core.training.run import Run
from core.words import number

FITTED = tuple(FAMILIES.values())  # the losses of the study of the same name


@dataclass(frozen=True)
class Cell:
    """A noise fitted with a loss: the price that theory gives, nats a point, and the gap of runs from several seeds.

    `lost`: the seeds whose training came to no end, or to no gap; `waiting`: how many are still to be trained,
    or again after a stop.
    """

    noise: str
    loss: str
    theory: float
    measured: Summary
    lost: tuple[int, ...] = ()
    waiting: int = 0

    @property
    def name(self) -> str:
        """Loss and noise, in words."""
        return f"{LOSSES[self.loss].label} on {NOISES[self.noise].label} noise"


@lru_cache(maxsize=4)
def experiments(seeds: int) -> dict[tuple[str, str], list[Experiment]]:
    """The quick preset with each noise and each loss, by their names, from each of the seeds."""
    base = Experiment()
    return {
        (noise, loss): seeded(base.with_settings({"noise.family": noise, "loss.name": loss}), seeds)
        for noise in NOISES
        for loss in FITTED
    }


def theory() -> dict[tuple[str, str], float]:
    """What each loss costs at its best under each noise, nats a point: 0 where its family holds the noise.

    As the study has them, to four decimals: to find them anew takes a second, and a test does.
    """
    return {
        (noise, loss): float(price)
        for noise, prices in PRICES.items()
        for loss, price in zip(FITTED, prices, strict=True)
    }


def cells(runs: Sequence[Run | None], seeds: int) -> list[Cell]:
    """The table of `experiments`, in its order, with what the runs that came to their end measured.

    Raises ValueError where there are not `seeds` runs for each cell.
    """
    prices = theory()
    if len(runs) != seeds * len(prices):
        raise ValueError(f"{len(prices)} cells from {seeds} seeds need {seeds * len(prices)} runs, not {len(runs)}")
    left = iter(runs)
    return [_cell(*cell, prices[cell], list(islice(left, seeds))) for cell in experiments(seeds)]


def _cell(noise: str, loss: str, price: float, runs: Sequence[Run | None]) -> Cell:
    gaps = [_gap(run) for run in runs]
    waiting = [run is None or run.status == "stopped" for run in runs]
    lost = tuple(seed for seed, gap in enumerate(gaps) if gap is None and not waiting[seed])
    return Cell(noise, loss, price, summary(gaps), lost, sum(waiting))


def _gap(run: Run | None) -> float | None:
    if run is None or run.status != "done":
        return None
    return run.gap


def own_cell(experiment: Experiment) -> tuple[str, str] | None:
    """The noise and the loss of an experiment, where they are one of these cells and its points are drawn."""
    cell = experiment.noise.family, experiment.loss.name
    return cell if experiment.data.table == Experiment().data.table and cell in theory() else None


def measured_words(cell: Cell) -> str:
    """Mean and, below it, half of its 95 % interval; how many seeds that is of where some are lost or still train."""
    found = cell.measured
    if found.mean is None:
        return "–" if not cell.lost else f"–\n{len(cell.lost)} lost"
    score = SCORES["gap"]
    margin = "" if found.high is None else f"\n± {score.margin(found.high - found.mean)}"
    return f"{number(found.mean)}{margin}"


def sentence(found: Sequence[Cell]) -> str:
    """The dearest mistake in numbers, where the measured ones leave theory by more than luck, and what was lost."""
    waiting = sum(cell.waiting for cell in found)
    known = [cell for cell in found if cell.measured.mean is not None]
    lost = _lost_words(found)
    if waiting or not known:
        ask = "Theory says what the best member of a wrong family costs"
        ask += "." if known else "; train them to see it measured."
        still = f"{waiting} of {waiting + _ended(found)} trainings are still to end." if waiting and known else ""
        return " ".join(part for part in (ask, still, lost) if part)
    worst = max(known, key=lambda cell: cell.theory)
    assert worst.measured.mean is not None
    words = (
        f"The dearest: {worst.name}, {number(worst.theory)} nats a point by theory and "
        f"{number(worst.measured.mean)} measured."
    )
    return " ".join(part for part in (words, _beyond_luck(known), lost) if part)


def _ended(found: Sequence[Cell]) -> int:
    return sum(cell.measured.n + len(cell.lost) for cell in found)


def _beyond_luck(known: Sequence[Cell]) -> str:
    """Where the 95 % interval over the seeds leaves theory out, above and below."""
    above = [cell for cell in known if cell.measured.low is not None and cell.measured.low > cell.theory + _ROUNDED]
    below = [cell for cell in known if cell.measured.high is not None and cell.measured.high < cell.theory - _ROUNDED]
    count = sum(cell.measured.low is not None for cell in known)
    if not count:
        return "One seed tells nothing of its luck."
    words = f"In {len(above)} of {count} cells the seeds put it above theory"
    if above:
        most = max(above, key=_over)
        words += f", most for {most.name} ({number(_over(most), 4)} nats): that is what the net still has to learn"
    words += "."
    if below:
        words += f" Below it: {'; '.join(cell.name for cell in below)}. That is luck of few seeds"
        return words + ", for no member of a family is nearer to the truth than its best."
    return words + " In none is it below, where only luck could put it: no member of a family is nearer than its best."


_ROUNDED = 5e-5  # theory has four decimals


def _over(cell: Cell) -> float:
    return (cell.measured.mean or 0.0) - cell.theory


def _lost_words(found: Sequence[Cell]) -> str:
    lost = [f"{cell.name}, seed {', '.join(map(str, cell.lost))}" for cell in found if cell.lost]
    return f"Without a gap, counted and not run again: {'; '.join(lost)}." if lost else ""
