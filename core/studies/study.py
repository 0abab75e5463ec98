"""What a study is: a preset, its variants, what is measured on each run, and the claims about the table.

A study trains one preset in several ways from several seeds, and collects one table. Its claims are what a paper or
theory says, with margins for other seeds, and are checked on that table. A new variant is one line.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..experiment.experiment import Experiment
from ..experiment.presets import PRESETS
from ..experiment.settings import to_text
from ..training.run import Run
from .measured import against_the_first

if TYPE_CHECKING:
    import pandas as pd

Settings = Mapping[str, Any]
# Takes the table with a row for each seed and columns (measure, variant).
Check = Callable[["pd.DataFrame"], Any]
Measured = Callable[[list[Run], list[Run]], dict[str, float]]

# The formats of columns in a summary, and which number over the runs it shows if not the median.
_STYLES = {"apart": "9.1e", "epistemic_inside": "9.1e", "epistemic_outside": "9.1e"}
_STATISTICS = {"apart": "max"}


@dataclass(frozen=True)
class Variant:
    """One way to train the preset of a study, and the published or theoretical number for each measure."""

    settings: Settings
    published: tuple[str, ...]
    members: int = 0  # nets of one row; 0 for the number of the study


@dataclass(frozen=True)
class Claim:
    """What must hold for the table of a study, in words and as a check."""

    words: str
    holds: Check


@dataclass(frozen=True)
class Study:
    """A comparison that was published, or that theory predicts.

    `measures` are the columns with `published` numbers, and `beside` is the heading of those numbers; `columns` are
    further columns of the summary. `measured(runs, first)` gives the columns of one row: `runs` are its members,
    `members` nets trained on the same points, and `first` those of the first variant with the same seed.
    """

    name: str
    label: str
    preset: str
    measures: tuple[str, ...]
    variants: Mapping[str, Variant]
    claims: tuple[Claim, ...]
    seeds: int  # how many seeds the claims are checked on
    reference: str
    measured: Measured = against_the_first
    members: int = 1
    beside: str = "published"
    columns: tuple[str, ...] = ("loss", "floor", "apart")

    def experiments(self, variant: str, seed: int) -> list[Experiment]:
        """The trainings of one row: points from the seed, and each member with a training seed of its own."""
        preset = PRESETS[self.preset].experiment.with_settings({**self.variants[variant].settings, "data.seed": seed})
        members = self.variants[variant].members or self.members
        return [preset.with_settings({"training.seed": members * seed + member}) for member in range(members)]


def conduct(study: Study, seeds: Iterable[int], *, on_run: Callable[[str, int], None] | None = None) -> "pd.DataFrame":
    """Train every variant of a study from each seed; returns one row for each.

    Columns: seed, variant, status ("done", or that of the first member with another one), and what the study measures
    (see core.studies.measured). `on_run(variant, seed)` is called before each training.
    """
    import pandas as pd

    from ..training.loop import train  # loads Numba, which reading the table does not need

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
    """Whether each claim holds for the table of a study, by its words."""
    by_seed = table.pivot(index="seed", columns="variant")
    return {claim.words: bool(claim.holds(by_seed)) for claim in study.claims}


def settings_of(study: Study) -> dict[str, dict[str, str]]:
    """The settings of each variant that differ from the default, as text by name, without the seeds."""
    preset = PRESETS[study.preset].settings
    return {
        name: {path: to_text(value) for path, value in {**preset, **variant.settings}.items()}
        for name, variant in study.variants.items()
    }


def recipe(study: Study) -> str:
    """The settings of all variants in one line; a setting that varies has all its values."""
    variants = settings_of(study).values()
    paths = dict.fromkeys(path for settings in variants for path in settings)
    values = {path: dict.fromkeys(one[path] for one in variants if path in one) for path in paths}
    return "  ".join(f"{path}={'|'.join(each)}" for path, each in values.items())


def summary(study: Study, table: "pd.DataFrame") -> str:
    """A block of text for each measure: published numbers beside lowest, median and highest of ours over the seeds."""
    return "\n\n".join(_block(study, table, k) for k in range(len(study.measures)))


def _block(study: Study, table: "pd.DataFrame", k: int) -> str:
    measure, width = study.measures[k], max(16, *map(len, study.variants))
    heads = " ".join(f"{head:>9}" for head in ("lowest", "median", "highest", *study.columns))
    lines = [f"{measure + ':':{width}} {study.beside:>12} {heads}"]
    numbers = [(measure, which) for which in ("min", "median", "max")]
    numbers += [(column, _STATISTICS.get(column, "median")) for column in study.columns]
    for name, variant in study.variants.items():
        rows = table[table["variant"] == name]
        cells = [format(rows[column].agg(which), _STYLES.get(column, "9.4f")) for column, which in numbers]
        lines.append(f"{name:{width}} {variant.published[k]:>12} {' '.join(cells)}")
    return "\n".join(lines)


def all_between(column: str, low: float, high: float, *variants: str) -> Check:
    """Whether a measure is between two numbers for each seed and each of these variants."""
    return lambda table: all(table[column][variant].between(low, high).all() for variant in variants)


def ordered(column: str, *groups: tuple[str, ...]) -> Check:
    """Whether for each seed every variant of a group has a lower value than every variant of the next group."""
    return lambda table: all(
        (table[column][list(low)].max(axis=1) < table[column][list(high)].min(axis=1)).all()
        for low, high in pairwise(groups)
    )


ENDED = Claim("Every run finishes.", lambda table: (table["status"] == "done").all(axis=None))
SAME_MEAN = Claim(
    "Faithful has the mean of squared error, to the last digit.",
    all_between("apart", 0.0, 1e-9, "squared error", "faithful"),
)
