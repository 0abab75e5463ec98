"""The run that a command names."""

from ..experiment.settings import InvalidExperiment, Problem
from ..export.weights import load
from ..training.run import Run
from .called import called


def run_named(name: str) -> Run:
    """A kept run by its key, or one from a file of weights. Raises InvalidExperiment if there is no such run."""
    if name.endswith(".safetensors"):
        try:
            return load(name)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise InvalidExperiment([Problem("The run", name, f"a file of weights ({reason})")]) from None
    from ..runs.store import Store  # SQLAlchemy: wrong options are answered without it

    store = Store()
    run = store.get(name)
    store.close()
    if run is not None:
        return run
    words = store.problem or f"the key of a kept run, as `{called()} runs` lists them, or a .safetensors file"
    raise InvalidExperiment([Problem("The run", name, words)])
