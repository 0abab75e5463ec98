"""A run as bytes, for the store, for exports of runs and between processes: one .npz without pickles."""

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from ..data.dataset import GRID
from ..data.tables.encoding import Encoding
from ..experiment.data_settings import MOST_TARGETS
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from ..experiment.settings import InvalidExperiment
from .run import STATUSES, Run
from .scaling import Scaling

ARRAYS = ("weights", "history_rows", "frame_steps", "frame_outputs", "frame_held_out_loss")
_HEADERS = MappingProxyType({(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0})
MOST_ROWS = 5_000  # of a history, and frames of a film; a training keeps a tenth of that

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


# What each of the other members has of its own, beside its arrays; the rest is that of the first.
_OF_MEMBER = ("status", "message", "steps_done", "seconds", "residual_log_variance", "member")


def to_bytes(run: Run) -> bytes:
    """The whole record as one .npz: the arrays, and all other fields as JSON inside it.

    The arrays of the other members stand one after another, and their words say how long each is. So do the records of
    the other targets of its net.
    """
    words = {f.name: getattr(run, f.name) for f in fields(run) if f.name not in (*ARRAYS, "others", "targets")}
    words["experiment"] = json.loads(run.experiment.to_json())
    words["scaling"] = vars(run.scaling)
    words["versions"] = dict(run.versions)
    words["encoding"] = None if run.encoding is None else run.encoding.to_dict()
    arrays = {name: getattr(run, name) for name in ARRAYS}
    if run.others:
        words["others"] = [_words_of(other) for other in run.others]
        arrays |= {f"others_{name}": np.concatenate([getattr(other, name) for other in run.others]) for name in ARRAYS}
    if run.targets:
        each = [to_bytes(other) for other in run.targets]
        words["targets"] = list(map(len, each))
        arrays["targets"] = np.frombuffer(b"".join(each), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, words=np.array(json.dumps(words)), **arrays)
    return buffer.getvalue()


def _words_of(other: Run) -> dict[str, Any]:
    """The words of another member, and the lengths of its arrays."""
    lengths = {name: len(getattr(other, name)) for name in ARRAYS}
    return {name: getattr(other, name) for name in _OF_MEMBER} | {"scaling": vars(other.scaling), "lengths": lengths}


def _others(first: Run, words: list[dict[str, Any]], arrays: Mapping[str, np.ndarray]) -> tuple[Run, ...]:
    """The other members, from their words and the arrays of all of them."""
    if len(words) >= first.experiment.training.members:
        raise ValueError("more members than the experiment has")
    at, members = dict.fromkeys(ARRAYS, 0), []
    for each in words:
        own = {name: each[name] for name in _OF_MEMBER}
        for name in ARRAYS:
            length = each["lengths"][name]
            if not 0 <= length <= len(arrays[name]) - at[name]:
                raise ValueError("the arrays of the members are incomplete")
            own[name] = arrays[name][at[name] : at[name] + length]
            at[name] += length
        members.append(replace(first, **own, scaling=Scaling(**each["scaling"]), others=()))
    return tuple(members)


def _targets(first: Run, lengths: list[int], data: bytes) -> tuple[Run, ...]:
    """The runs of the other targets, from the bytes of all of them; each is one target of the same net."""
    ends = np.cumsum([0, *lengths]).tolist()
    if min(lengths, default=1) <= 0 or ends[-1] != len(data) or len(lengths) >= MOST_TARGETS:
        raise ValueError("the records of the targets are incomplete")
    runs = [_read(data[start:end], alone=True) for start, end in pairwise(ends)]
    views = {view.data.y: view for view in first.experiment.views}
    shown = [run.experiment for run in (first, *runs)]
    if len(shown) != len(views) or {each.data.y: each for each in shown} != views:
        raise ValueError("the records are not of the targets of one net")
    return tuple(runs)


def from_bytes(data: bytes) -> Run:
    """The run that `to_bytes` wrote. Raises ValueError for any other bytes."""
    return _read(data)


def is_unpacked(record: zipfile.ZipFile, size: int) -> bool:
    """Whether a record of `size` bytes holds its arrays as `to_bytes` writes them: not one takes more than it has."""
    parts = record.infolist()
    return sum(part.file_size for part in parts) <= size and all(
        part.compress_type == zipfile.ZIP_STORED and part.file_size == part.compress_size for part in parts
    )


def _array(record: zipfile.ZipFile, name: str) -> np.ndarray:
    """An array of a record. Raises ValueError where its header tells of another size, or of objects."""
    data = record.read(f"{name}.npy")
    file = io.BytesIO(data)
    header = _HEADERS[np.lib.format.read_magic(file)]
    shape, is_fortran, kind = header(file)
    count = math.prod(shape)
    if kind.hasobject or min(shape, default=0) < 0 or count * kind.itemsize != len(data) - file.tell():
        raise ValueError(f"{name} has another size than it says")
    flat = np.frombuffer(data, kind, count, file.tell()) if count and kind.itemsize else np.empty(count, kind)
    return flat.reshape(shape, order="F" if is_fortran else "C").copy()


def _read(data: bytes, alone: bool = False) -> Run:
    """The run of these bytes; `alone`: it may hold no other targets."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            if not is_unpacked(file, len(data)):
                raise ValueError("these bytes are packed")
            words = json.loads(str(_array(file, "words")))
            arrays: dict[str, Any] = {name: _array(file, name) for name in ARRAYS}
            others = words.pop("others", [])
            of_others = {name: _array(file, f"others_{name}") for name in ARRAYS} if others else {}
            targets = words.pop("targets", [])
            of_targets = _array(file, "targets").tobytes() if targets and not alone else b""
        words["experiment"] = Experiment.from_json(json.dumps(words["experiment"]))
        words["scaling"] = Scaling(**words["scaling"])
        encoding = words.get("encoding")
        words["encoding"] = None if encoding is None else Encoding.from_dict(encoding)
        run = Run(**words, **arrays)
        run = replace(run, others=_others(run, others, of_others))
        run = run if alone else replace(run, targets=_targets(run, targets, of_targets))
        whole = all(map(_is_whole, (run, *run.others)))
    except _DAMAGE as error:
        raise ValueError(f"these bytes are not a run ({type(error).__name__})") from error
    if not whole:
        raise ValueError("these bytes are not a run: its parts do not fit together")
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
        and isinstance(run.member, int)
        and all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
        and min(scaling.x_scale) > 0
        and scaling.inputs == len(run.input_names)
        and scaling.y_scale > 0
        and run.weights.ndim == 1
        and run.weights.size in sizes
        and run.history_rows.shape == (len(run.history_rows), 4)
        and len(run.history_rows) <= MOST_ROWS
        and frames <= MOST_ROWS
        and run.frame_steps.shape == run.frame_held_out_loss.shape == (frames,)
        and run.frame_outputs.shape == (frames, GRID, max(2, outputs))
        and all(getattr(run, name).dtype.kind in "fi" for name in ARRAYS)
        and all(getattr(run, name).dtype.itemsize <= 8 for name in ARRAYS)
        and (isinstance(run.residual_log_variance, float) or outputs > 1 or not run.weights.size)
    )
