"""The settings of the network."""

from typing import Annotated

from pydantic import Field

from core.experiment.settings import Section, setting
from core.model.networks import ACTIVATIONS, INITIALISATIONS

HEADS = {"shared": "one shared trunk", "separate": "two separate nets"}


class Network(Section):
    """A multilayer perceptron from x to the outputs the loss asks for."""

    section = "network"

    layers: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = setting(
        (32, 64, 128),
        "Hidden layers",
        "Widths from input to output, such as 32, 64, 128.",
        length=(1, 6),
        takes="1 to 6 whole numbers from 1 to 1,024, such as 32,64,128",
    )
    activation: str = setting(
        "tanh", "Activation", "Smooth units give smooth curves; ReLU gives straight pieces.", choices=ACTIVATIONS
    )
    heads: str = setting("shared", "Heads", "Whether mean and spread share their hidden layers.", choices=HEADS)
    dropout: float = setting(
        0.0,
        "Dropout",
        "Share of hidden units silenced at each step: smoother, and biased on small nets.",
        within=(0, 0.9),
        step=0.05,
    )
    init: str = setting("spread", "Start", "How the first weights are drawn.", choices=INITIALISATIONS)
