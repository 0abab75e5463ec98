"""The settings of the training."""

from core.experiment.settings import Section, setting
from core.model.schedules import OPTIMIZERS, SCHEDULES

DEVICES = {"auto": "fastest here", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}
STEPPERS = {"auto": "the fastest that can", "plain": "plain PyTorch"}


class Training(Section):
    """How it is fitted."""

    section = "training"

    optimizer: str = setting("adam", "Optimiser", "How a gradient becomes a step.", choices=OPTIMIZERS)
    learning_rate: float = setting(
        1e-2, "Learning rate", "Size of a step: too large never settles.", within=(1e-6, 1.0), log=True
    )
    schedule: str = setting(
        "one_cycle", "Rate over time", "A rate that falls to zero lets the fit settle.", choices=SCHEDULES
    )
    batch_size: int = setting(128, "Batch size", "Points per step.", within=(1, 65_536), unit="points", log=True)
    steps: int = setting(500, "Steps", "How many times the weights are changed.", within=(1, 1_000_000), log=True)
    warmup_steps: int = setting(
        0,
        "Warm-up on squared error",
        "For so many steps the mean learns by squared error alone, and the spread waits.",
        within=(0, 1_000_000),
        unit="steps",
        loss_parameter="warmup_steps",
    )
    weight_decay: float = setting(
        0.0,
        "Weight decay",
        "At each step every weight first shrinks by rate × this; what AdamW has of its own comes on top.",
        within=(0, 1),
        step=0.005,
        neutral=0.0,
    )
    patience: int = setting(
        0,
        "Patience",
        "Ends after so many steps without a better NLL on validation points, and takes the best weights. 0: never.",
        within=(0, 1_000_000),
        unit="steps",
        neutral=0,
    )
    members: int = setting(
        1,
        "Members",
        "So many nets of the same recipe, each with its own start and order: where they differ, they do not know.",
        within=(1, 50),
        unit="nets",
        neutral=1,
    )
    own_validation: bool = setting(
        False,
        "Own validation part",
        "Each member sets other validation points apart, so that together they learn from all of them.",
        neutral=False,
        members_only=True,
    )
    standardise: bool = setting(
        True, "Standardise x and y", "Train on mean 0 and standard deviation 1; off, the net gets raw numbers."
    )
    device: str = setting("auto", "Device", "Where it trains. Small nets are as fast on a CPU.", choices=DEVICES)
    stepper: str = setting(
        "auto",
        "Steps by",
        "The same mathematics twice: compiled for the CPU, or PyTorch as one writes it, 5 to 50 times slower.",
        choices=STEPPERS,
    )
    seed: int = setting(
        0, "Training seed", "Rules the first weights, the shuffling and dropout.", within=(0, 2**31 - 1)
    )
