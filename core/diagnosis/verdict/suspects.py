"""Which settings most likely keep a run above its floor, and the fix for each."""

from dataclasses import dataclass

from core.diagnosis.finding import Fix
from core.experiment.experiment import FIELDS, bounds_of
from core.training.run import Run

HIGH_RATE = 5  # times the default learning rate of Adam: a higher rate is suspected


@dataclass(frozen=True)
class Suspect:
    """A setting in words, and its fix; None if there is no button for it."""

    words: str
    fix: Fix | None


def suspects_of(run: Run) -> list[Suspect]:
    """The two likeliest suspects of a run that ended above its floor, the likeliest first."""
    training, network = run.experiment.training, run.experiment.network
    rate, default_rate = training.learning_rate, FIELDS["training.learning_rate"].default
    most_steps = bounds_of("training.steps")[1]
    rows = (  # applies, words, label and setting of the fix; the likeliest first
        (network.dropout > 0, f"the dropout of {network.dropout:g}", "No dropout", {"network.dropout": 0.0}),
        (
            training.warmup_steps >= training.steps / 2,
            f"the warm-up of {training.warmup_steps:,} steps",
            *("No warm-up", {"training.warmup_steps": 0}),
        ),
        (
            training.optimizer != "sgd" and rate > HIGH_RATE * default_rate,
            f"the learning rate of {rate:g}",
            *(f"Learning rate {default_rate:g}", {"training.learning_rate": default_rate}),
        ),
        (
            training.schedule == "constant",
            "a rate that never falls",
            *("Let the rate fall to zero", {"training.schedule": "one_cycle"}),
        ),
        (
            not training.standardise,
            "x and y in their raw units",
            *("Standardise x and y", {"training.standardise": True}),
        ),
        (
            training.steps < most_steps,
            f"too few steps ({training.steps:,})",
            *("Twice the steps", {"training.steps": min(most_steps, 2 * training.steps)}),
        ),
    )
    suspects = [Suspect(words, Fix(label, setting)) for applies, words, label, setting in rows if applies]
    return [*suspects, Suspect("too few units", None)][:2]
