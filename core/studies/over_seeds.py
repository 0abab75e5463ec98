"""Several losses over several seeds: which differences are real, as a table and in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..diagnosis.finding import Finding
from ..evaluation.scores import COMPARED, Score
from ..evaluation.seed_statistics import Difference, Summary, adjusted, difference, difference_words, summary
from ..experiment.experiment import Experiment
from ..model.losses import LOSSES
from ..training.run import Run

if TYPE_CHECKING:
    import pandas as pd

SEEDS = (3, 5, 10)
MOST_LOSSES = 6  # that a user may choose
PINNED = "Pinned"
_BESIDE = ("gaussian_nll", "beta_nll", "gaussian_crps", "squared_error")


@dataclass(frozen=True)
class Row:
    """A variant: how its trainings ended, its scores over the seeds, and their differences to the first variant."""

    variant: str
    ended: str
    waiting: int  # trainings not finished yet, or stopped
    scores: Mapping[str, Summary]
    values: Mapping[str, Sequence[float | None]]
    differences: Mapping[str, Difference]


def losses_beside(experiment: Experiment) -> list[str]:
    """The losses that are compared by default: that of the experiment first, then the usual ones."""
    return [experiment.loss.name, *(name for name in _BESIDE if name != experiment.loss.name)][:4]


def variants(experiment: Experiment, losses: Sequence[str], pinned: Experiment | None) -> dict[str, Experiment]:
    """What is compared, by label: the experiment with each loss, and the pinned one if it is another."""
    by_label = {}
    for name in losses:
        own = name == experiment.loss.name
        by_label[LOSSES[name].label] = experiment if own else experiment.with_settings({"loss.name": name})
    # A second copy would be one more comparison, which widens all intervals.
    if pinned is not None and seeded(pinned, 1) not in [seeded(each, 1) for each in by_label.values()]:
        by_label[PINNED] = pinned
    return by_label


def seeded(experiment: Experiment, seeds: int) -> list[Experiment]:
    """The experiment with each seed 0 … seeds − 1, so that variants share the points of a seed."""
    return [experiment.with_settings({"data.seed": seed, "training.seed": seed}) for seed in range(seeds)]


def table(runs: Mapping[str, Sequence[Run | None]]) -> list[Row]:
    """A row for each variant, from its runs by seed; differences are adjusted for the number of variants."""
    values = {
        variant: {name: [_score(run, name) for run in each] for name in COMPARED} for variant, each in runs.items()
    }
    first, *others = runs
    differences = {
        name: adjusted({other: difference(row, values[other][name], values[first][name]) for other in others})
        for name, row in COMPARED.items()
    }
    return [
        Row(
            variant,
            _ended(each),
            sum(map(waits, each)),
            {name: summary(of_seeds) for name, of_seeds in values[variant].items()},
            values[variant],
            {name: found[variant] for name, found in differences.items() if variant != first},
        )
        for variant, each in runs.items()
    ]


def per_seed(runs: Mapping[str, Sequence[Run | None]]) -> "pd.DataFrame":
    """One row for each training: variant, seed, status, steps, key, and each score in full if it finished."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "variant": variant,
                "seed": seed,
                "status": "to train" if run is None else run.status,
                "steps": None if run is None else run.steps_done,
                "key": None if run is None else run.key,
                **{name: _score(run, name) for name in COMPARED},
            }
            for variant, each in runs.items()
            for seed, run in enumerate(each)
        ]
    )


def seeds_words(experiment: Experiment) -> str:
    """What another seed changes. Of splits: Nadeau & Bengio 2003, doi:10.1023/A:1024068626366."""
    if experiment.data.table == Experiment().data.table:
        return "Each seed gives new points and new first weights; within a seed all losses use the same points."
    if experiment.data.split != "random":
        return (
            "Each seed gives new first weights; the split is the same for all. "
            "So the intervals are for these rows only."
        )
    return (
        "Each seed gives a new split of the rows and new first weights; within a seed all losses use the same split. "
        "The splits overlap, so the intervals are narrower than for new rows (Nadeau & Bengio 2003)."
    )


def _score(run: Run | None, name: str) -> float | None:
    return run.scores.get(name) if run is not None and run.status == "done" else None


def waits(run: Run | None) -> bool:
    """Whether a run is not trained yet, or was stopped and may be trained again."""
    return run is None or run.status == "stopped"


def _ended(runs: Sequence[Run | None]) -> str:
    """How many runs finished, and which did not, and at which step."""
    trained = {seed: run for seed, run in enumerate(runs) if run is not None}
    rest = [
        f"seed {seed} {run.status}" + (f" at step {run.steps_done:,}" if run.steps_done else "")
        for seed, run in trained.items()
        if run.status != "done"
    ]
    done = len(trained) - len(rest)
    if len(trained) < len(runs):
        rest.append(f"{len(runs) - len(trained)} to train")
    return f"{done} of {len(runs)}" + (f": {', '.join(rest)}" if rest else "")


def summary_words(score: Score, found: Summary) -> str:
    """Mean ± half of its 95 % interval; a dash if no seed has a value."""
    if found.mean is None or found.high is None:
        return score.words(found.mean)
    half = found.high - found.mean
    return f"{score.words(found.mean, half)} ± {score.margin(half) if half > 0 else 0}"


def against_words(row: Row, first: Row, name: str) -> str:
    """The difference of a variant to the first one in a score, or that it waits for more seeds."""
    to_first = row.differences[name]
    if to_first.mean is None and (row.waiting or first.waiting):
        return "not enough seeds trained yet"
    return difference_words(COMPARED[name], to_first)


def finding(rows: Sequence[Row], name: str) -> Finding:
    """Which variants differ from the first one in a score by more than luck, from the seeds trained so far."""
    score, (first, *others) = COMPARED[name], rows
    total, waiting = sum(len(row.values[name]) for row in rows), sum(row.waiting for row in rows)
    ready = [row for row in others if row.differences[name].p is not None]
    if not ready:
        return _nothing_to_judge(score, others, waiting)
    apart = [row for row in ready if row.differences[name].real]
    lost = sum(value is None for row in rows for value in row.values[name]) - waiting
    if apart:
        some = "All" if len(apart) == len(ready) else f"{len(apart)} of the"
        who = f"{apart[0].variant} differs" if len(apart) == 1 else f"{some} {len(ready)} others differ"
        headline = f"{who} clearly from {first.variant} in {score.label}"
        sentence = " ".join(f"**{row.variant}** is {difference_words(score, row.differences[name])}." for row in apart)
        if len(apart) < len(ready):
            sentence += " For the rest there is no clear difference."
    else:
        seeds = max(row.differences[name].n for row in ready)
        none = "Nothing" if any(row.variant == PINNED for row in rows) else "No loss"
        headline = f"{none} differs clearly from {first.variant} in {score.label} over {seeds} seeds"
        sentence = "A difference seen in one run can be due to its seed."
    if lost:
        sentence += f" {lost} of {total} runs have no {score.label}: see the table."
    if waiting:
        return Finding("open", f"So far: {headline}", f"{sentence} {waiting} of {total} runs are not finished yet.")
    return Finding("good", headline, sentence)


def _nothing_to_judge(score: Score, others: Sequence[Row], waiting: int) -> Finding:
    question = "Which differences are real?"
    if waiting:
        words = (
            "A difference seen in one run can be due to its seed. "
            "Train each loss from several seeds to see which differences remain."
        )
        return Finding("open", question, words)
    if not others:
        return Finding("open", question, "Choose a second loss to compare with the first.")
    words = "A comparison needs two seeds in which both losses have this score."
    return Finding("open", f"Nothing to compare in {score.label}", words)
