"""The settings of the network."""

from typing import Annotated

from pydantic import Field

from core.experiment.section import Section
from core.experiment.settings import Setting
from core.model.networks import ACTIVATIONS, INITIALISATIONS

HEADS = {"shared": "one shared trunk", "separate": "two separate nets"}


class Network(Section):
    """A multilayer perceptron from x to the outputs the loss asks for."""

    section = "network"

    layers: Annotated[
        tuple[Annotated[int, Field(ge=1, le=1024)], ...],
        Setting(
            "Hidden layers",
            "Widths from input to output, such as 32, 64, 128.",
            takes="1 to 6 whole numbers from 1 to 1,024, such as 32,64,128",
        ),
        Field(min_length=1, max_length=6),
    ] = (32, 64, 128)
    activation: Annotated[
        str,
        Setting("Activation", "Smooth units give smooth curves; ReLU gives straight pieces.", choices=ACTIVATIONS),
    ] = "tanh"
    heads: Annotated[str, Setting("Heads", "Whether mean and spread share their hidden layers.", choices=HEADS)] = (
        "shared"
    )
    dropout: Annotated[
        float,
        Setting(
            "Dropout",
            "Share of hidden units silenced at each step: smoother, and biased on small nets.",
            step=0.05,
        ),
        Field(ge=0, le=0.9),
    ] = 0.0
    init: Annotated[str, Setting("Start", "How the first weights are drawn.", choices=INITIALISATIONS)] = "spread"
