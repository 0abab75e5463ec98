"""PRESETS: named experiments, each with the settings that differ from the default, and what to look for."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.experiment.experiment import Experiment


@dataclass(frozen=True)
class Preset:
    """A named experiment and one sentence on what to look for."""

    name: str
    label: str
    look_for: str
    settings: Mapping[str, Any]

    @property
    def experiment(self) -> Experiment:
        """The experiment itself."""
        return Experiment.from_settings(self.settings)


# The script of the question: x and y not standardised, tanh units, batches of 10, a constant rate, 50 epochs of 20,000
# points.
_QUESTION = {
    "network.init": "torch",
    "training.learning_rate": 1e-3,
    "training.schedule": "constant",
    "training.batch_size": 10,
    "training.steps": 100_000,
    "training.standardise": False,
}

# For small tables with one to about ten features: of six recipes, the best or second best on each shipped table.
TABLE_RECIPE = {
    "network.layers": [50],
    "network.init": "torch",
    "training.batch_size": 64,
    "training.steps": 1000,
    "training.weight_decay": 0.1,  # without it the net learns the noise of 800 rows of eight features
}

_ROWS = (
    Preset(
        "quick",
        "Quick",
        "The question's data and net with a recipe that settles: the loss goes negative, and is right.",
        {},
    ),
    Preset(
        "question-as-posted",
        "Question, as posted",
        "exp(s) ends near 0.16 where the variance is 0.04; about one seed in three dies of sqrt at a zero residual.",
        {**_QUESTION, "loss.name": "posted"},
    ),
    Preset(
        "question-repaired",
        "Question, repaired",
        "The same recipe with r² in place of |r|: the variance comes out near 0.04, but a constant rate never settles.",
        _QUESTION,
    ),
    Preset(
        "posted-quick",
        "Posted loss, quick",
        "The posted loss, quickly: loss near −0.418 and a band twice too wide, until it is read as a scale.",
        {"loss.name": "posted"},
    ),
    Preset(
        "seitzer-sine",
        "Seitzer's sine",
        "A negative loss that is far from good: plain NLL stays near −1.7 where −4.1 is possible.",
        {
            "data.target": "seitzer_sine",
            "data.n": 1000,
            "data.design": "grid",
            "network.layers": [128, 128],
            "network.init": "torch",
            "training.learning_rate": 5e-4,
            "training.schedule": "constant",
            "training.batch_size": 100,
            "training.steps": 80_000,
            "training.standardise": False,
        },
    ),
    Preset(
        "stirn-toy",
        "Stirn's toy",
        "The mean passes near the two lone points, as if there were no variance to learn; with plain NLL it does not.",
        {
            "data.target": "x_sin_x",
            "data.n": 500,
            "data.design": "isolated",
            "noise.profile": "steep",
            "noise.scale": 2.6,
            "network.layers": [50],
            "network.activation": "elu",
            "network.init": "torch",
            "loss.name": "faithful",
            "training.learning_rate": 1e-3,
            "training.schedule": "constant",
            "training.batch_size": 500,
            "training.steps": 20_000,
            "training.standardise": False,
        },
    ),
    Preset(
        "wrong-family",
        "Wrong family",
        "Outliers under a Gaussian NLL: mean and spread come out right, and the gap stays at 0.29 nats all the same.",
        {"noise.family": "outliers", "training.batch_size": 256, "training.steps": 1500},
    ),
    Preset(
        "kendall-gal",
        "Kendall & Gal in 1-D",
        "One net of an ensemble: with fewer points the band stays as wide, and the means of other seeds part sooner.",
        {
            "data.target": "line",
            "data.n": 2000,
            "data.design": "uniform",
            "network.layers": [50],
            "network.init": "torch",
            "training.steps": 1000,
        },
    ),
    Preset(
        "engel",
        "Engel: food and income",
        "A real table: the richer the household, the wider the scatter of what it spends on food.",
        {
            "data.table": "engel",
            "network.layers": [16],
            "network.init": "torch",
            "training.batch_size": 256,
            "training.steps": 300,
        },
    ),
    Preset(
        "cars",
        "Cars: mileage and power",
        "A real table: mileage falls with power along a bend, and weak cars differ most.",
        {**TABLE_RECIPE, "data.table": "cars"},
    ),
    Preset(
        "concrete",
        "Concrete: eight features",
        "Many features: observed against predicted, and intervals as wide as each mixture needs.",
        # As in Lakshminarayanan et al. 2017: 1 × 50 ReLU, 40 epochs, a tenth of the rows held out.
        {
            "data.table": "concrete",
            "data.held_out": 0.1,
            "network.layers": [50],
            "network.activation": "relu",
            "network.init": "torch",
            "training.batch_size": 32,
            "training.steps": 1159,
        },
    ),
    Preset(
        "diabetes",
        "Diabetes: a mild case",
        "A table whose scatter is nearly even: the net has little to add to a straight line, and the page says so.",
        {**TABLE_RECIPE, "data.table": "diabetes"},
    ),
)

LARGE = 20_000  # a table with so many rows has another recipe
_LARGE_RECIPE = {
    "network.layers": [64, 64],
    "network.init": "torch",
    "training.batch_size": 256,
    "training.steps": 2000,
}


def recipe_for_table(experiment: Experiment, rows: int) -> Mapping[str, Any]:
    """The settings that a chosen table brings along: a recipe for tables, if network and training are the default's.

    The default recipe is for 20,000 simulated points of one x: on a few hundred rows of eight features it overfits.
    """
    default = Experiment()
    if (experiment.network, experiment.training) != (default.network, default.training):
        return {}
    return _LARGE_RECIPE if rows >= LARGE else TABLE_RECIPE


PRESETS: Mapping[str, Preset] = MappingProxyType({row.name: row for row in _ROWS})
presets: Mapping[str, Experiment] = MappingProxyType({row.name: row.experiment for row in _ROWS})


@dataclass(frozen=True)
class Pair:
    """Two experiments to compare side by side: the settings that each changes in the open one."""

    label: str
    help: str
    left: Mapping[str, Any]
    right: Mapping[str, Any]


PAIRS: Mapping[str, Pair] = MappingProxyType(
    {
        "posted-beside-right": Pair(
            "Posted loss beside the right one",
            "The same points, net and recipe, once with |r| and once with r².",
            {"loss.name": "posted"},
            {"loss.name": "gaussian_nll"},
        ),
        "scale-beside-variance": Pair(
            "Read as a scale beside a variance",
            "One run of the posted loss, read in two ways: nothing is trained twice.",
            {"loss.name": "posted", "loss.reading": "laplace_scale"},
            {"loss.name": "posted", "loss.reading": "log_variance"},
        ),
    }
)
