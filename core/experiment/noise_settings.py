"""The settings of the noise: how simulated points scatter."""

from typing import Annotated

from pydantic import Field

from core.data.noise import NOISES, PROFILES
from core.experiment.section import Section
from core.experiment.settings import Setting


class NoiseSettings(Section):
    """How the points scatter: y = f(x) + σ(x)·Z, Z of mean 0 and variance 1."""

    section = "noise"

    family: Annotated[
        str,
        Setting(
            "Family",
            "The shape of the scatter; σ is its standard deviation.",
            choices=NOISES,
            synthetic_only=True,
        ),
    ] = "gaussian"
    profile: Annotated[
        str,
        Setting("Profile σ(x)", "How the scatter changes along x.", choices=PROFILES, synthetic_only=True),
    ] = "constant"
    scale: Annotated[
        float,
        Setting(
            "σ, averaged over x",
            "The standard deviation of the scatter. Below 0.607 the floor of a Gaussian NLL is negative.",
            unit="unit of y",
            log=True,
            synthetic_only=True,
        ),
        Field(ge=0.001, le=100),
    ] = 0.2
