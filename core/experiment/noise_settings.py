"""The settings of the noise: how simulated points scatter."""

from core.data.noise import NOISES, PROFILES
from core.experiment.settings import Section, setting


class NoiseSettings(Section):
    """How the points scatter: y = f(x) + σ(x)·Z, Z of mean 0 and variance 1."""

    section = "noise"

    family: str = setting(
        "gaussian",
        "Family",
        "The shape of the scatter; σ is its standard deviation.",
        choices=NOISES,
        synthetic_only=True,
    )
    profile: str = setting(
        "constant", "Profile σ(x)", "How the scatter changes along x.", choices=PROFILES, synthetic_only=True
    )
    scale: float = setting(
        0.2,
        "σ, averaged over x",
        "The standard deviation of the scatter. Below 0.607 the floor of a Gaussian NLL is negative.",
        within=(0.001, 100),
        unit="unit of y",
        log=True,
        synthetic_only=True,
    )
