"""The settings of the training."""

from ..model.schedules import OPTIMIZERS, SCHEDULES
from .settings import Section, setting

DEVICES = {"auto": "fastest available", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}
STEPPERS = {"auto": "fastest available", "plain": "plain PyTorch"}


class Training(Section):
    """How it is fitted."""

    section = "training"

    optimizer: str = setting("adam", "Optimiser", "How a gradient is turned into a step.", choices=OPTIMIZERS)
    learning_rate: float = setting(
        1e-2, "Learning rate", "Size of a step. Too large: the fit never settles.", within=(1e-6, 1.0), log=True
    )
    schedule: str = setting(
        "one_cycle",
        "Rate schedule",
        "How the learning rate changes over the steps. Falling to zero lets the fit settle.",
        choices=SCHEDULES,
    )
    batch_size: int = setting(128, "Batch size", "Points per step.", within=(1, 65_536), unit="points", log=True)
    steps: int = setting(500, "Steps", "How many times the weights are updated.", within=(1, 1_000_000), log=True)
    warmup_steps: int = setting(
        0,
        "Warm-up on squared error",
        "For this many steps only the mean is trained, by squared error.",
        within=(0, 1_000_000),
        unit="steps",
        loss_parameter="warmup_steps",
    )
    weight_decay: float = setting(
        0.0,
        "Weight decay",
        "At each step every weight first shrinks by learning rate × this, in addition to AdamW's own decay.",
        within=(0, 1),
        step=0.005,
        neutral=0.0,
    )
    patience: int = setting(
        0,
        "Patience",
        "Stop after this many steps without a better NLL on validation rows, and keep the best weights. 0: never.",
        within=(0, 1_000_000),
        unit="steps",
        neutral=0,
    )
    members: int = setting(
        1,
        "Members",
        "Number of networks trained alike, from different initial weights. Where they disagree, they do not know.",
        within=(1, 50),
        unit="nets",
        neutral=1,
    )
    own_validation: bool = setting(
        False,
        "Own validation rows",
        "Each member sets aside different validation rows, so that together they learn from all rows.",
        neutral=False,
        members_only=True,
    )
    standardise: bool = setting(
        True, "Standardise x and y", "Train on mean 0 and standard deviation 1. Off: the network gets the raw numbers."
    )
    device: str = setting(
        "auto", "Device", "Where training runs. Small networks are as fast on a CPU.", choices=DEVICES
    )
    stepper: str = setting(
        "auto",
        "Implementation",
        "Two versions of the same mathematics: compiled for the CPU, or plain PyTorch, 5 to 50 times slower.",
        choices=STEPPERS,
    )
    seed: int = setting(
        0, "Training seed", "Decides the initial weights, the shuffling and dropout.", within=(0, 2**31 - 1)
    )
