"""What `python -m core export` does: a kept run as files, each of the kind that its option and its ending name."""

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from core.experiment.settings import InvalidExperiment, Problem, listed
from core.export import EXPORTS
from core.export.facts import ExportError
from core.export.run_tables import write
from core.training.run import Run

# The row of EXPORTS by the ending of the file; "" stands for any.
KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "script": {"": "script"},
        "weights": {".safetensors": "weights"},
        "predictions": {".csv": "predictions", ".parquet": "predictions_parquet"},
        "history": {".csv": "history", ".parquet": "history_parquet"},
        "figure": {".svg": "figure", ".png": "figure_png"},
        "charts": {".zip": "charts"},
        "data": {".csv": "data"},
    }
)


def write_files(run: Run, files: Mapping[str, str]) -> dict[str, int]:
    """Write each file, by its option, and give the size of each in bytes.

    Raises InvalidExperiment where none is named, an ending says no kind, a run has not what is asked for, or a file
    cannot be written. Nothing is written before every file is made.
    """
    if not files:
        raise InvalidExperiment([Problem("export", "nothing", f"at least one of {listed(_options())}")])
    kinds = {option: _kind(option, path) for option, path in files.items()}
    made = {option: _made(option, files[option], kind, run) for option, kind in kinds.items()}
    for option, content in made.items():
        write(f"--{option}", files[option], content)
    return {files[option]: len(content) for option, content in made.items()}


def _options() -> list[str]:
    return [f"--{option}" for option in KINDS]


def _kind(option: str, path: str) -> str:
    by_ending = KINDS[option]
    kind = by_ending.get(PurePath(path).suffix.lower(), by_ending.get(""))
    if kind is None:
        raise InvalidExperiment([Problem(f"--{option}", path, f"a file that ends in {listed(by_ending)}")])
    return kind


def _made(option: str, path: str, kind: str, run: Run) -> bytes:
    try:
        return EXPORTS[kind].make(run)
    except ExportError as error:
        raise InvalidExperiment([Problem(f"--{option}", path, str(error).rstrip("."), "")]) from None
