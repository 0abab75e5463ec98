"""SUSPECTS: settings that may keep a run above its floor, each with the change that would show it.

A suspect is not named because it stands in this table. `counterfactuals.py` trains its change, and the gain decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...experiment.experiment import FIELDS, Experiment, bounds_of
from ...experiment.settings import to_text
from ...model.heads import OWN

Settings = Mapping[str, Any]
STEPS_MORE, MANY_STEPS = 8, 400  # times the steps, and at least so many
POINTS_MORE, MANY_POINTS = 10, 2000  # times the points, and at least so many
ODD, SEED, USUAL = 0, 1, 2
WIDTHS = (64, 64)  # a network that fits every target here
DECAY = 0.1  # of the recipe for small tables
HIGH_RATE, LOW_RATE = 3.0, 1 / 3  # times the default rate of Adam


@dataclass(frozen=True)
class Suspect:
    """A cause in CAUSES, and the settings that would remove it: none where it does not apply.

    `words` are how a sentence begins that tells of the change, and `label` that of the button; both take {value}, the
    new value of the first setting. `rank`: of two that explain the same, the lower one is named; ODD, the setting is
    unusual as it is. `overfits`: whether it is one of a run that overfits (True), of one that does not (False), or of
    both (None).
    """

    cause: str
    changes: Callable[[Experiment], list[Settings]]
    words: str
    label: str
    headline: str
    rank: int = ODD
    overfits: bool | None = None

    def label_for(self, change: Settings) -> str:
        """The label of the button for a change."""
        return self.label.replace("{value}", value_text(change))


def value_text(change: Settings) -> str:
    """The new value of the first setting of a change, as text."""
    value = next(iter(change.values()))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else to_text(value).replace(",", ", ")


def _where(applies: bool, path: str, value: Any) -> list[Settings]:
    return [{path: value}] if applies else []


def _rate(experiment: Experiment) -> float:
    return experiment.training.learning_rate / FIELDS["training.learning_rate"].default


def _rate_down(experiment: Experiment) -> list[Settings]:
    training, default = experiment.training, FIELDS["training.learning_rate"].default
    high = training.optimizer != "sgd" and _rate(experiment) > HIGH_RATE
    return _where(high, "training.learning_rate", default)


def _rate_up(experiment: Experiment) -> list[Settings]:
    training, default = experiment.training, FIELDS["training.learning_rate"].default
    low = training.optimizer != "sgd" and _rate(experiment) < LOW_RATE
    return _where(low, "training.learning_rate", default)


def _tenth_of_rate(experiment: Experiment) -> list[Settings]:
    usual = LOW_RATE <= _rate(experiment) <= HIGH_RATE
    return _where(usual, "training.learning_rate", experiment.training.learning_rate / 10)


def _steps_up(experiment: Experiment) -> list[Settings]:
    steps = min(bounds_of("training.steps")[1], max(STEPS_MORE * experiment.training.steps, MANY_STEPS))
    return _where(steps > experiment.training.steps, "training.steps", steps)


def _steps_down(experiment: Experiment) -> list[Settings]:
    steps = max(1, experiment.training.steps // 4)
    return _where(steps < experiment.training.steps, "training.steps", steps)


def _decay(experiment: Experiment) -> list[Settings]:
    return _where(experiment.training.weight_decay < DECAY, "training.weight_decay", DECAY)


def _net_up(experiment: Experiment) -> list[Settings]:
    """A larger network: where a layer is narrow, or there is one alone."""
    layers = experiment.network.layers
    small = min(layers) < min(WIDTHS) and sum(layers) < sum(WIDTHS)
    return _where(small, "network.layers", list(WIDTHS))


def _points_up(experiment: Experiment) -> list[Settings]:
    n = min(bounds_of("data.n")[1], max(POINTS_MORE * experiment.data.n, MANY_POINTS))
    return _where(experiment.data.table == "none" and n > experiment.data.n, "data.n", n)


def _few_points_up(experiment: Experiment) -> list[Settings]:
    return _points_up(experiment) if experiment.data.n < MANY_POINTS else []


def _seeds(experiment: Experiment) -> list[Settings]:
    seed = experiment.training.seed
    return [{"training.seed": seed + other} for other in (1, 2, 3)] if seed < 2**31 - 4 else []


def _beta(experiment: Experiment) -> list[Settings]:
    return _where(experiment.loss.name == "gaussian_nll", "loss.name", "beta_nll")


SUSPECTS: tuple[Suspect, ...] = (
    Suspect(
        "head",
        lambda experiment: _where(experiment.loss.head != OWN.name, "loss.head", OWN.name),
        "With the head exp(s)",
        "Head exp(s)",
        "The std's head learns badly",
    ),
    Suspect(
        "bound",
        lambda experiment: _where(experiment.loss.bound in ("clamp", "soft"), "loss.bound", "none"),
        "Without the bound on the std",
        "No bound",
        "The bound on the std keeps the loss high",
        overfits=False,
    ),
    Suspect(
        "dropout",
        lambda experiment: _where(experiment.network.dropout > 0, "network.dropout", 0.0),
        "Without dropout",
        "No dropout",
        "Dropout keeps the loss high",
    ),
    Suspect(
        "warm_up",
        lambda experiment: _where(experiment.training.warmup_steps > 0, "training.warmup_steps", 0),
        "Without the warm-up",
        "No warm-up",
        "The warm-up takes too many steps",
    ),
    Suspect(
        "weight_decay",
        lambda experiment: _where(experiment.training.weight_decay > 0, "training.weight_decay", 0.0),
        "Without weight decay",
        "No weight decay",
        "Weight decay keeps the loss high",
    ),
    Suspect(
        "raw_units",
        lambda experiment: _where(not experiment.training.standardise, "training.standardise", True),
        "With x and y standardised",
        "Standardise x and y",
        "x and y need to be standardised",
    ),
    Suspect(
        "rate_too_high",
        _rate_down,
        "With a learning rate of {value}",
        "Learning rate {value}",
        "The learning rate is too high",
    ),
    Suspect(
        "rate_too_low",
        _rate_up,
        "With a learning rate of {value}",
        "Learning rate {value}",
        "The learning rate is too low",
    ),
    Suspect(
        "overfitting",
        _points_up,
        "With {value} points",
        "{value} points",
        "Overfitting",
        overfits=True,
    ),
    Suspect(
        "overfitting",
        _decay,
        "With a weight decay of {value}",
        "Weight decay {value}",
        "Overfitting",
        rank=USUAL,
        overfits=True,
    ),
    Suspect(
        "overfitting",
        _steps_down,
        "With {value} steps",
        "{value} steps",
        "Overfitting",
        rank=USUAL,
        overfits=True,
    ),
    Suspect(
        "unlucky_seed",
        _seeds,
        "With another training seed",
        "Another seed",
        "An unlucky seed",
        rank=SEED,
        overfits=False,
    ),
    Suspect(
        "too_few_steps",
        _steps_up,
        "With {value} steps",
        "{value} steps",
        "Too few steps",
        rank=USUAL,
        overfits=False,
    ),
    Suspect(
        "net_too_small",
        _net_up,
        "With hidden layers of {value}",
        "Hidden layers {value}",
        "The network is too small",
        rank=USUAL,
        overfits=False,
    ),
    Suspect(
        "too_few_points",
        _few_points_up,
        "With {value} points",
        "{value} points",
        "Too few points",
        rank=USUAL,
        overfits=False,
    ),
    Suspect(
        "constant_rate",
        lambda experiment: _where(experiment.training.schedule == "constant", "training.schedule", "one_cycle"),
        "With a learning rate that falls to zero",
        "Let the learning rate fall to zero",
        "The learning rate never falls",
        rank=USUAL,
        overfits=False,
    ),
    Suspect(
        "rate_too_high",
        _tenth_of_rate,
        "With a learning rate of {value}",
        "Learning rate {value}",
        "The learning rate is too high",
        rank=USUAL,
        overfits=False,
    ),
    Suspect(
        "shared_trunk",
        _beta,
        "With the β-NLL",
        "Use the β-NLL",
        "The variance keeps the mean from learning",
        rank=USUAL,
        overfits=False,
    ),
)

# Of a run that diverged, in the order in which they are tried.
DIVERGED: tuple[Suspect, ...] = (
    *(row for row in SUSPECTS if row.cause == "raw_units"),
    *(row for row in SUSPECTS if row.cause == "rate_too_high"),
    Suspect(
        "rate_too_high",
        lambda experiment: _where(True, "training.learning_rate", experiment.training.learning_rate / 10),
        "With a learning rate of {value}",
        "Learning rate {value}",
        "The learning rate is too high",
    ),
    Suspect(
        "rate_too_high",
        lambda experiment: _where(True, "training.learning_rate", experiment.training.learning_rate / 100),
        "With a learning rate of {value}",
        "Learning rate {value}",
        "The learning rate is too high",
    ),
)
