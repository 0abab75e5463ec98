"""The names that libraries go by, the constants in them, and the names of counts."""

import math
from collections.abc import Mapping
from types import MappingProxyType

_THEMSELVES = """
    torch jax keras math scipy optax pyro numpyro tensorflow_probability distrax optim functools warnings logging os
    sys random plt pd sklearn einops lightning mx paddle flax haiku statistics itertools cmath numpy tensorflow pl
    wandb tqdm typing tfp
"""
_SHORT = """
    nn=torch.nn tf=tensorflow np=numpy jnp=jax.numpy tfd=tfp.distributions
    lax=jax.lax distributions=torch.distributions jsp=jax.scipy tfpl=tfp.layers tfk=keras tfkl=keras.layers
    knp=keras.ops onp=numpy hk=haiku
"""
# Names that are as often variables: a library only where something of theirs is called.
_SOFT = """
    F=torch.nn.functional
    T=theano.tensor D=torch.distributions dist=torch.distributions norm=scipy.stats.norm losses=keras.losses
    tt=theano.tensor stats=scipy.stats ops=keras.ops K=keras.backend layers=keras.layers pt=pytensor.tensor th=torch
    M=keras.backend xp=numpy td=torch.distributions special=scipy.special activations=keras.activations
    laplace=scipy.stats.laplace
"""
SOFT_ROOTS: Mapping[str, str] = MappingProxyType(
    {word.partition("=")[0]: word.partition("=")[2] for word in _SOFT.split()}
)
ROOTS: Mapping[str, str] = MappingProxyType(
    {name: name for name in _THEMSELVES.split()}
    | {word.partition("=")[0]: word.partition("=")[2] for word in _SHORT.split()}
)
BARE = frozenset(["inf", "nan"])  # of the constants those that need no library before them
CONSTANTS: Mapping[str, float] = MappingProxyType(
    {
        "pi": math.pi,
        "PI": math.pi,
        "π": math.pi,
        "e": math.e,
        "inf": math.inf,
        "infty": math.inf,
        "Inf": math.inf,
        "nan": math.nan,
        "tau": 2 * math.pi,
    }
    | {"eps": 1e-7, "tiny": 1e-12, "resolution": 1e-6, "epsilon": 1e-7}
)
_COUNT_NAMES = """
    N n batch_size bs n_samples num_samples nb_samples num_points n_points B bsz num_examples n_batch n_obs
"""
_COUNTS = frozenset(_COUNT_NAMES.split())
_FRAMEWORKS = MappingProxyType(
    {"torch": "torch", "tensorflow": "tensorflow", "tfp": "tensorflow", "tensorflow_probability": "tensorflow"}
    | {
        "keras": "keras",
        "jax": "jax",
        "optax": "jax",
        "numpyro": "jax",
        "distrax": "jax",
        "flax": "jax",
        "pyro": "torch",
    }
    | {"theano": "numpy", "pytensor": "numpy", "paddle": "torch", "numpy": "numpy", "scipy": "numpy", "math": "numpy"}
)
_BEFORE = ("keras", "tensorflow", "jax", "torch", "numpy")  # K beside tf is Keras; math beside torch is torch


def is_count(name: str) -> bool:
    """Whether a name that is given nowhere is how many points there are."""
    return name in _COUNTS


def framework_of(paths: set[str]) -> str:
    """The framework of a piece of code, from the libraries that it names."""
    found = {_FRAMEWORKS.get(path.partition(".")[0], "") for path in paths}
    return next((name for name in _BEFORE if name in found), "")
