"""The settings of the noise: how simulated points scatter."""

from ..data.noise import NOISES, PROFILES
from .settings import Section, setting


class NoiseSettings(Section):
    """How the points scatter: y = f(x) + σ(x)·Z, Z of mean 0 and variance 1."""

    section = "noise"

    family: str = setting(
        "gaussian",
        "Noise family",
        "The distribution of the noise; σ is its standard deviation.",
        choices=NOISES,
        synthetic_only=True,
    )
    profile: str = setting("constant", "Profile σ(x)", "How σ changes along x.", choices=PROFILES, synthetic_only=True)
    scale: float = setting(
        0.2,
        "σ, averaged over x",
        "The noise's standard deviation. Below 0.607 the best possible Gaussian NLL is negative.",
        within=(0.001, 100),
        unit="unit of y",
        log=True,
        synthetic_only=True,
    )
