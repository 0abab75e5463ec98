"""A run as bytes, for the store, for exports of runs and between processes: one .npz without pickles."""

import io
import json
import math
import zipfile
import zlib
from dataclasses import fields

import numpy as np

from core.data.dataset import GRID
from core.data.tables.encoding import Encoding
from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.experiment.settings import InvalidExperiment
from core.training.run import STATUSES, Run
from core.training.scaling import Scaling

ARRAYS = ("weights", "history_rows", "frame_steps", "frame_outputs", "frame_held_out_loss")

# What numpy, its zip files and JSON are known to raise on bytes that are not a run.
_DAMAGE = (
    ArithmeticError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    InvalidExperiment,
)


def to_bytes(run: Run) -> bytes:
    """The whole record as one .npz: the arrays, and all other fields as JSON inside it."""
    words = {f.name: getattr(run, f.name) for f in fields(run) if f.name not in ARRAYS}
    words["experiment"] = json.loads(run.experiment.to_json())
    words["scaling"] = vars(run.scaling)
    words["versions"] = dict(run.versions)
    words["encoding"] = None if run.encoding is None else run.encoding.to_dict()
    buffer = io.BytesIO()
    np.savez(buffer, words=np.array(json.dumps(words)), **{name: getattr(run, name) for name in ARRAYS})
    return buffer.getvalue()


def from_bytes(data: bytes) -> Run:
    """The run that `to_bytes` wrote. Raises ValueError for any other bytes."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            words = json.loads(str(file["words"]))
            arrays = {name: file[name] for name in ARRAYS}
        words["experiment"] = Experiment.from_json(json.dumps(words["experiment"]))
        words["scaling"] = Scaling(**words["scaling"])
        encoding = words.get("encoding")
        words["encoding"] = None if encoding is None else Encoding.from_dict(encoding)
        run = Run(**words, **arrays)
        whole = _is_whole(run)
    except _DAMAGE as error:
        raise ValueError(f"these bytes are no run ({type(error).__name__})") from error
    if not whole:
        raise ValueError("these bytes are no run: its parts do not fit together")
    return run


def _is_whole(run: Run) -> bool:
    """Whether words and arrays have the types, shapes and ranges that `train` gives them: pages rely on it."""
    scaling, frames = run.scaling, len(run.frame_steps)
    sizes = (0, run.architecture.size)
    numbers = (run.seconds, *scaling.x_shift, *scaling.x_scale, scaling.y_shift, scaling.y_scale)
    outputs = len(loss_of(run.experiment.loss).outputs)
    return (
        run.status in STATUSES
        and all(isinstance(words, str) for words in (run.message, run.device, run.created))
        and isinstance(run.steps_done, int)
        and all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
        and min(scaling.x_scale) > 0
        and scaling.inputs == len(run.input_names)
        and scaling.y_scale > 0
        and run.weights.ndim == 1
        and run.weights.size in sizes
        and run.history_rows.shape == (len(run.history_rows), 4)
        and run.frame_steps.shape == run.frame_held_out_loss.shape == (frames,)
        and run.frame_outputs.shape == (frames, GRID, max(2, outputs))
        and all(getattr(run, name).dtype.kind in "fi" for name in ARRAYS)
        and (isinstance(run.residual_log_variance, float) or outputs > 1 or not run.weights.size)
    )
