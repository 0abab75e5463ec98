"""The settings of the network."""

from typing import Annotated

from pydantic import Field

from ..model.networks import ACTIVATIONS, INITIALISATIONS
from .settings import Section, setting

HEADS = {"shared": "shared hidden layers", "separate": "two separate networks"}


class Network(Section):
    """A multilayer perceptron from x to the outputs the loss asks for."""

    section = "network"

    layers: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = setting(
        (32, 64, 128),
        "Hidden layers",
        "Number of units in each layer, from input to output, such as 32, 64, 128.",
        length=(1, 6),
        takes="1 to 6 whole numbers from 1 to 1,024, such as 32,64,128",
    )
    activation: str = setting(
        "tanh", "Activation", "Smooth units give smooth curves; ReLU gives straight pieces.", choices=ACTIVATIONS
    )
    heads: str = setting("shared", "Heads", "Whether the mean and the std share their hidden layers.", choices=HEADS)
    dropout: float = setting(
        0.0,
        "Dropout",
        "Share of hidden units switched off at each step. It smooths the fit, and biases small networks.",
        within=(0, 0.9),
        step=0.05,
    )
    init: str = setting("spread", "Initial weights", "How the weights are initialised.", choices=INITIALISATIONS)
