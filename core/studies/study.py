"""What a study is: a preset, its variants, what is measured on each run, and what must hold of the table.

A study is one preset trained in several ways from several seeds, as one table; its claims are what a paper or the
theory says, with margins for other seeds, each checked on that table. A variant more is one line.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from core.experiment.experiment import Experiment
from core.experiment.presets import PRESETS
from core.experiment.settings import to_text
from core.studies.measured import against_the_first
from core.training.run import Run

if TYPE_CHECKING:
    import pandas as pd

Settings = Mapping[str, Any]
Check = Callable[["pd.DataFrame"], bool]
Measured = Callable[[list[Run], list[Run]], dict[str, float]]

# How a summary writes a column, and which number of its runs, where that is not the median.
_STYLES = {"apart": "9.1e", "epistemic_inside": "9.1e", "epistemic_outside": "9.1e"}
_OF_THE_RUNS = {"apart": "max"}


@dataclass(frozen=True)
class Variant:
    """One way to train a study's preset, and what the paper, a run of its code, or theory gives for each measure."""

    settings: Settings
    published: tuple[str, ...]
    members: int = 0  # nets of one row, where not as many as the study's


@dataclass(frozen=True)
class Claim:
    """What must hold of a study's table, in words and as a check of it."""

    words: str
    holds: Check


@dataclass(frozen=True)
class Study:
    """A comparison that was published, or that theory foretells.

    `measures` are the columns of the table that the `published` numbers are of, and `beside` is the word above these;
    `columns` stand beside them in the summary. `measured(runs, first)` gives the columns of one row: `runs` are its
    members, `members` nets of one set of points, and `first` those of the first variant with the same seed.
    """

    name: str
    label: str
    preset: str
    measures: tuple[str, ...]
    variants: Mapping[str, Variant]
    claims: tuple[Claim, ...]
    seeds: int  # how many the claims are checked on
    reference: str
    measured: Measured = against_the_first
    members: int = 1
    beside: str = "published"
    columns: tuple[str, ...] = ("loss", "floor", "apart")

    def experiments(self, variant: str, seed: int) -> list[Experiment]:
        """What one row of the table trains: points take the seed, and training the `members` seeds from there on."""
        preset = PRESETS[self.preset].experiment.with_settings({**self.variants[variant].settings, "data.seed": seed})
        members = self.variants[variant].members or self.members
        return [preset.with_settings({"training.seed": members * seed + member}) for member in range(members)]


def conduct(study: Study, seeds: Iterable[int], *, on_run: Callable[[str, int], None] | None = None) -> "pd.DataFrame":
    """Train every variant of a study from each seed: one row each.

    seed, variant, status (of its members the first that is not done); and what the study measures, see
    core.studies.measured. `on_run` is told variant and seed before each training.
    """
    import pandas as pd

    from core.training.loop import train  # Numba: who only reads the table has no need of it

    rows = []
    for seed in seeds:
        first: list[Run] = []
        for variant in study.variants:
            if on_run is not None:
                on_run(variant, seed)
            runs = [train(experiment) for experiment in study.experiments(variant, seed)]
            first = first or runs
            status = next((run.status for run in runs if run.status != "done"), "done")
            rows.append({"seed": seed, "variant": variant, "status": status, **study.measured(runs, first)})
    return pd.DataFrame(rows)


def checked(study: Study, table: "pd.DataFrame") -> dict[str, bool]:
    """Whether each claim holds of a study's table, by its words."""
    return {claim.words: claim.holds(table) for claim in study.claims}


def settings_of(study: Study) -> dict[str, dict[str, str]]:
    """What each variant sets otherwise than the default, as text by the setting's name; the seeds are left out."""
    preset = PRESETS[study.preset].settings
    return {
        name: {path: to_text(value) for path, value in {**preset, **variant.settings}.items()}
        for name, variant in study.variants.items()
    }


def recipe(study: Study) -> str:
    """The same in one line for all variants: of a setting that varies, its values in their order."""
    of_each = settings_of(study).values()
    paths = dict.fromkeys(path for settings in of_each for path in settings)
    values = {path: dict.fromkeys(one[path] for one in of_each if path in one) for path in paths}
    return "  ".join(f"{path}={'|'.join(each)}" for path, each in values.items())


def summary(study: Study, table: "pd.DataFrame") -> str:
    """A table for people: each variant's number from elsewhere beside ours (lowest, median, highest of the seeds).

    One such table for each measure, with an empty line between.
    """
    return "\n\n".join(_block(study, table, k) for k in range(len(study.measures)))


def _block(study: Study, table: "pd.DataFrame", k: int) -> str:
    measure, width = study.measures[k], max(16, *map(len, study.variants))
    heads = " ".join(f"{head:>9}" for head in ("lowest", "median", "highest", *study.columns))
    lines = [f"{measure + ':':{width}} {study.beside:>12} {heads}"]
    for name, variant in study.variants.items():
        rows = table[table["variant"] == name]
        numbers = [(measure, which) for which in ("min", "median", "max")]
        numbers += [(column, _OF_THE_RUNS.get(column, "median")) for column in study.columns]
        cells = [format(rows[column].agg(which), _STYLES.get(column, "9.4f")) for column, which in numbers]
        lines.append(f"{name:{width}} {variant.published[k]:>12} {' '.join(cells)}")
    return "\n".join(lines)


def all_between(column: str, low: float, high: float, *variants: str) -> Check:
    """Whether a column lies between two numbers in every row of these variants."""
    return lambda table: bool(table[table["variant"].isin(variants)][column].between(low, high).all())


def ordered(column: str, *groups: tuple[str, ...]) -> Check:
    """Whether, of each seed, every variant of a group has a column below every one of the next group."""

    def holds(table: "pd.DataFrame") -> bool:
        wide = table.pivot(index="seed", columns="variant", values=column)
        return all((wide[list(low)].max(axis=1) < wide[list(high)].min(axis=1)).all() for low, high in pairwise(groups))

    return holds


ENDED = Claim("Every run comes to its end.", lambda table: bool((table["status"] == "done").all()))
SAME_MEAN = Claim(
    "Faithful has the mean of squared error, to the last digit.",
    all_between("apart", 0.0, 1e-9, "squared error", "faithful"),
)
