"""The settings of the training."""

from typing import Annotated

from pydantic import Field

from core.experiment.section import Section
from core.experiment.settings import Setting
from core.model.schedules import OPTIMIZERS, SCHEDULES

DEVICES = {"auto": "fastest here", "cpu": "CPU", "cuda": "CUDA GPU", "mps": "Apple GPU"}


STEPPERS = {"auto": "the fastest that can", "plain": "plain PyTorch"}


class Training(Section):
    """How it is fitted."""

    section = "training"

    optimizer: Annotated[str, Setting("Optimiser", "How a gradient becomes a step.", choices=OPTIMIZERS)] = "adam"
    learning_rate: Annotated[
        float,
        Setting("Learning rate", "Size of a step: too large never settles.", log=True),
        Field(ge=1e-6, le=1.0),
    ] = 1e-2
    schedule: Annotated[
        str, Setting("Rate over time", "A rate that falls to zero lets the fit settle.", choices=SCHEDULES)
    ] = "one_cycle"
    batch_size: Annotated[
        int, Setting("Batch size", "Points per step.", unit="points", log=True), Field(ge=1, le=65_536)
    ] = 128
    steps: Annotated[
        int, Setting("Steps", "How many times the weights are changed.", log=True), Field(ge=1, le=1_000_000)
    ] = 500
    warmup_steps: Annotated[
        int,
        Setting(
            "Warm-up on squared error",
            "For so many steps the mean learns by squared error alone, and the spread waits.",
            unit="steps",
            loss_parameter="warmup_steps",
        ),
        Field(ge=0, le=1_000_000),
    ] = 0
    weight_decay: Annotated[
        float,
        Setting(
            "Weight decay",
            "At each step every weight first shrinks by rate × this; what AdamW has of its own comes on top.",
            step=0.005,
            neutral=0.0,
        ),
        Field(ge=0, le=1),
    ] = 0.0
    patience: Annotated[
        int,
        Setting(
            "Patience",
            "Ends after so many steps without a better NLL on validation points, and takes the best weights. 0: never.",
            unit="steps",
            neutral=0,
        ),
        Field(ge=0, le=1_000_000),
    ] = 0
    standardise: Annotated[
        bool,
        Setting("Standardise x and y", "Train on mean 0 and standard deviation 1; off, the net gets raw numbers."),
    ] = True
    device: Annotated[str, Setting("Device", "Where it trains. Small nets are as fast on a CPU.", choices=DEVICES)] = (
        "auto"
    )
    stepper: Annotated[
        str,
        Setting(
            "Steps by",
            "The same mathematics twice: compiled for the CPU, or PyTorch as one writes it, 5 to 50 times slower.",
            choices=STEPPERS,
        ),
    ] = "auto"
    seed: Annotated[
        int,
        Setting("Training seed", "Rules the first weights, the shuffling and dropout."),
        Field(ge=0, le=2**31 - 1),
    ] = 0
