"""PRESETS: named experiments in groups, each with the settings that differ from the default, and what to look for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from .experiment import SEEDS, Experiment, differences

# The groups of presets, in the order in which they are listed: their names here, and as the screen says them.
GROUPS: Mapping[str, str] = MappingProxyType(
    {"question": "The question", "papers": "The papers", "tables": "Real tables", "traps": "Traps"}
)


@dataclass(frozen=True)
class Preset:
    """A named experiment, its group (one of GROUPS), and one sentence on what to look for."""

    group: str
    name: str
    label: str
    look_for: str
    settings: Mapping[str, Any]

    @property
    def experiment(self) -> Experiment:
        """The experiment itself."""
        return Experiment.from_settings(self.settings)


def _settings(**sections: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by their full names, from those of each section by their short ones."""
    return {f"{section}.{name}": value for section, values in sections.items() for name, value in values.items()}


# The script of the question: x and y not standardised, tanh units, batches of 10, a constant rate, 50 epochs of 20,000
# points.
_QUESTION = _settings(
    network={"init": "torch"},
    training={"learning_rate": 1e-3, "schedule": "constant", "batch_size": 10, "steps": 100_000, "standardise": False},
)

# Of the presets on shipped tables. A table that is chosen brings another along: see table_recipe.py.
TABLE_RECIPE = _settings(
    network={"layers": [50], "init": "torch"},
    # Without the decay the net learns the noise of 800 rows of eight features.
    training={"batch_size": 64, "steps": 1000, "weight_decay": 0.1},
)

_ROWS = (
    Preset(
        "question",
        "growing",
        "Growing noise",
        "The question's curve with σ growing from 0.06 to 0.54: the std grows with it, and the loss falls below zero.",
        {"noise.profile": "linear", "noise.scale": 0.3},
    ),
    Preset(
        "question",
        "quick",
        "Quick",
        "The question's data and network with a recipe that settles: the loss goes negative, and is right.",
        {},
    ),
    Preset(
        "question",
        "question-as-posted",
        "Question, as posted",
        "exp(s) ends near 0.16, but the variance is 0.04. One seed in three gives NaN: sqrt has no derivative at zero.",
        {**_QUESTION, "loss.name": "posted"},
    ),
    Preset(
        "question",
        "question-repaired",
        "Question, repaired",
        "The same recipe with r² in place of |r|: the variance comes out near 0.04, but a constant rate never settles.",
        _QUESTION,
    ),
    Preset(
        "papers",
        "seitzer-sine",
        "Seitzer's sine",
        "A negative loss that is far from good: plain NLL stays near −1.7 where −4.1 is possible.",
        _settings(
            data={"target": "seitzer_sine", "n": 1000, "design": "grid"},
            network={"layers": [128, 128], "init": "torch"},
            training={
                "learning_rate": 5e-4,
                "schedule": "constant",
                "batch_size": 100,
                "steps": 80_000,
                "standardise": False,
            },
        ),
    ),
    Preset(
        "papers",
        "stirn-toy",
        "Stirn's toy",
        "The mean passes near the two lone points, as if there were no variance to learn; with plain NLL it does not.",
        _settings(
            data={"target": "x_sin_x", "n": 500, "design": "isolated"},
            noise={"profile": "steep", "scale": 2.6},
            network={"layers": [50], "activation": "elu", "init": "torch"},
            loss={"name": "faithful"},
            training={
                "learning_rate": 1e-3,
                "schedule": "constant",
                "batch_size": 500,
                "steps": 20_000,
                "standardise": False,
            },
        ),
    ),
    Preset(
        "papers",
        "kendall-gal",
        "Kendall & Gal in 1-D",
        "One network of an ensemble: with fewer points the std stays the same, and the means of other seeds separate "
        "sooner.",
        _settings(
            data={"target": "line", "n": 2000, "design": "uniform"},
            network={"layers": [50], "init": "torch"},
            training={"steps": 1000},
        ),
    ),
    Preset(
        "tables",
        "engel",
        "Engel: food and income",
        "A real table: the richer the household, the wider the scatter of what it spends on food.",
        _settings(
            data={"table": "engel"},
            network={"layers": [16], "init": "torch"},
            training={"batch_size": 256, "steps": 300},
        ),
    ),
    Preset(
        "tables",
        "cars",
        "Cars: mileage and power",
        "A real table: mileage falls with power along a bend, and weak cars differ most.",
        {**TABLE_RECIPE, "data.table": "cars"},
    ),
    Preset(
        "tables",
        "concrete",
        "Concrete: eight features",
        "Many features: observed against predicted, and intervals as wide as each mixture needs.",
        # As in Lakshminarayanan et al. 2017: 1 × 50 ReLU, 40 epochs, a tenth of the rows held out.
        _settings(
            data={"table": "concrete", "held_out": 0.1},
            network={"layers": [50], "activation": "relu", "init": "torch"},
            training={"batch_size": 32, "steps": 1159},
        ),
    ),
    Preset(
        "tables",
        "diabetes",
        "Diabetes: a mild case",
        "A table whose scatter is nearly even: the network has little to add to a straight line, and the page says so.",
        {**TABLE_RECIPE, "data.table": "diabetes"},
    ),
    Preset(
        "traps",
        "posted-quick",
        "Posted loss, quick",
        "The posted loss, quickly: loss near −0.418 and a std twice too large, until it is read as a scale.",
        {"loss.name": "posted"},
    ),
    Preset(
        "traps",
        "wrong-family",
        "Wrong family",
        "Outliers under a Gaussian NLL: mean and std are right, but the gap to the truth stays at 0.29 nats.",
        {"noise.family": "outliers", "training.batch_size": 256, "training.steps": 1500},
    ),
    Preset(
        "traps",
        "gap",
        "A gap in the data",
        "100 points and none in the middle: there networks from other seeds disagree, and one alone shows no doubt.",
        _settings(
            data={"n": 100, "x_max": 110.0, "design": "gap"},
            noise={"scale": 0.1},
            network={"layers": [64, 64, 64], "activation": "silu"},
            training={"learning_rate": 7e-3, "batch_size": 64, "weight_decay": 0.1},
        ),
    ),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({row.name: row for row in _ROWS})
presets: Mapping[str, Experiment] = MappingProxyType({row.name: row.experiment for row in _ROWS})
OPENING = "growing"  # what the Laboratory opens where a link names no experiment
PLAIN = "quick"  # the default experiment: what a link opens that names a version alone


def matching_preset(experiment: Experiment) -> str | None:
    """The name of the preset that equals this experiment but for seeds and reading; None if there is none."""
    return _by_key().get(_key_without_seeds(experiment))


@lru_cache(maxsize=1)
def _by_key() -> Mapping[str, str]:
    """The names of the presets by their keys, but for the seeds."""
    return {_key_without_seeds(row.experiment): row.name for row in _ROWS}


@lru_cache(maxsize=1024)  # it is asked at every script run
def _key_without_seeds(experiment: Experiment) -> str:
    return experiment.with_settings(dict.fromkeys(SEEDS, 0)).key


def nearest_preset(experiment: Experiment) -> str:
    """The preset that an experiment without a name is told from: of its source of points, with the fewest differences.

    One with the same loss goes first, then the default experiment's. Seeds do not count. Where no preset has
    that source it is the default experiment's too.
    """
    source = ("data.table", "data.csv", "data.target")
    alike = [row for row in _ROWS if all(row.experiment.value(p) == experiment.value(p) for p in source)]

    def distance(row: Preset) -> tuple[bool, int, bool]:
        other, plain = row.experiment.loss.name != experiment.loss.name, row.name == PLAIN
        return other and not plain, len(changes(row.experiment, experiment)), not plain

    return min(alike, key=distance).name if alike else PLAIN


def changes(one: Experiment, other: Experiment) -> list[str]:
    """The settings in which two experiments differ, other than seeds."""
    return [path for path, _, _ in differences(one, other) if path not in SEEDS]


@dataclass(frozen=True)
class Pair:
    """Two experiments to compare side by side: the settings that each changes in the open one.

    `why` says what to look at; `sides` are names for the two, left and right.
    """

    label: str
    help: str
    why: str
    sides: tuple[str, str]
    left: Mapping[str, Any]
    right: Mapping[str, Any]


PAIRS: Mapping[str, Pair] = MappingProxyType(
    {
        "posted-beside-right": Pair(
            "Posted loss beside the right one",
            "The same points, network and recipe, once with |r| and once with r².",
            "One |r| in place of r² is the only difference: compare the two standard deviations.",
            ("Posted loss", "Right loss"),
            {"loss.name": "posted"},
            {"loss.name": "gaussian_nll"},
        ),
        "scale-beside-variance": Pair(
            "Read as a scale beside a variance",
            "One run of the posted loss, read in two ways: nothing is trained twice.",
            "The same run twice: only what its second output means is another.",
            ("As a scale", "As a variance"),
            {"loss.name": "posted", "loss.reading": "laplace_scale"},
            {"loss.name": "posted", "loss.reading": "log_variance"},
        ),
    }
)
