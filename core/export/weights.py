"""Weights as a file, and back: one safetensors file that includes the experiment.

The file holds the layers as named float32 tensors, and as words (its metadata) all that a prediction needs beside
them: the experiment, the scaling of x and y, how columns become inputs, and the reading. Whoever has it needs no data.
Nothing in it is ever run: safetensors holds numbers and text alone (github.com/huggingface/safetensors).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..data.tables.encoding import Encoding
from ..experiment.experiment import LONGEST_FILE, Experiment
from ..experiment.loss_settings import loss_of
from ..experiment.settings import InvalidExperiment, one_line
from ..model.networks import split
from ..training.run import Run
from ..training.scaling import Scaling

FORMAT, VERSION = "heteroscope", "1"
MOST_BYTES = 1_000_000_000
LONGEST_HEADER = 10 * LONGEST_FILE  # bytes: the names of the tensors and the metadata


def weights_of(run: Run) -> bytes:
    """The weights of a run as the bytes of a safetensors file, which `load` reads.

    A layer's tensors are "hidden.0.weight" (inputs, units) and "hidden.0.bias" (units,), … and "output.weight" and
    "output.bias"; a separate net has the name of its output in front. A layer is activation(x @ weight + bias), all in
    training units. Of several members the file holds those that predict: the first without a name, the next ones with
    "member.1.", "member.2." … in front.
    """
    from safetensors.numpy import save

    tensors: dict[str, np.ndarray] = {}
    for k, each in enumerate(run.predicting):
        parts = map(np.ascontiguousarray, split(each.weights.astype(np.float32), each.architecture))
        tensors |= dict(zip(_names(each, k), parts, strict=True))
    return save(tensors, metadata=_words(run))


def _names(run: Run, place: int = 0) -> list[str]:
    """The names of the parameters in their order, of the member at this place in the file."""
    layers = [f"hidden.{i}" for i in range(len(run.architecture.layers))] + ["output"]
    outputs = loss_of(run.experiment.loss).outputs
    nets = [""] if run.architecture.shared else [f"{output.name}." for output in outputs]
    member = f"member.{place}." if place else ""
    return [f"{member}{net}{layer}.{part}" for net in nets for layer in layers for part in ("weight", "bias")]


def _words(run: Run) -> dict[str, str]:
    first, *others = run.predicting
    values: dict[str, Any] = {
        "experiment": json.loads(run.experiment.to_json()),
        "scaling": vars(first.scaling),
        "encoding": None if run.encoding is None else run.encoding.to_dict(),
        "residual_log_variance": first.residual_log_variance,
        "run": {
            "key": run.key,
            "status": run.status,
            "message": run.message,
            "steps_done": run.steps_done,
            "seconds": run.seconds,
            "device": run.device,
            "created": run.created,
        },
        "versions": dict(run.versions),
        "reading": run.experiment.loss.reading,
    }
    if others:
        values["members"] = [
            {
                "member": other.member,
                "scaling": vars(other.scaling),
                "residual_log_variance": other.residual_log_variance,
            }
            for other in others
        ]
    return {"format": FORMAT, "version": VERSION} | {name: json.dumps(value) for name, value in values.items()}


def load(source: bytes | str | Path) -> Run:
    """The run whose weights a file holds, from its path or its bytes: ready to predict, without any data.

    Its history and its film are empty. Raises ValueError, one sentence, for what is no such file, is not whole, or
    holds a number that is none; OSError where the path cannot be read.
    """
    data = source if isinstance(source, bytes) else _bytes_of(Path(source))
    words = _metadata(data)
    try:
        experiment = Experiment.from_json(words["experiment"])
        residual = json.loads(words["residual_log_variance"])
        members = [_of_member(member) for member in json.loads(words.get("members", "[]"))]
        about, versions = json.loads(words["run"]), json.loads(words["versions"])
        run = Run.without_steps(experiment, str(about["status"]), str(about["message"]))
        encoding = json.loads(words["encoding"])
        more: dict[str, Any] = {
            "encoding": None if encoding is None else Encoding.from_dict(encoding),
            "scaling": _scaling(json.loads(words["scaling"])),
            "steps_done": int(about["steps_done"]),
            "seconds": float(about["seconds"]),
            "device": str(about["device"]),
            "created": str(about["created"]),
            "residual_log_variance": _residual(residual),
            "versions": {str(name): str(value) for name, value in versions.items()},
            "targets": (),  # of several targets the file has one
        }
    except InvalidExperiment as error:
        raise ValueError(f"The file's experiment is not valid: {error}") from None
    except KeyError as error:
        raise _no_weights(f"it has no {one_line(str(error.args[0]))}") from None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _no_weights("its description is incomplete") from None
    if len(members) >= experiment.training.members:
        raise _no_weights("it has more members than its experiment")
    tensors, run = _tensors(data), replace(run, **more)
    first, *others = (
        _with(replace(run, **own), k, tensors, len(members)) for k, own in enumerate([dict[str, Any](), *members])
    )
    return replace(first, others=tuple(others))


def _of_member(words: Mapping[str, Any]) -> dict[str, Any]:
    """What a member has of its own beside its tensors."""
    return {
        "member": int(words["member"]),
        "scaling": _scaling(words["scaling"]),
        "residual_log_variance": _residual(words["residual_log_variance"]),
    }


def _residual(value: Any) -> float | None:
    return None if value is None else _finite(value)


def _bytes_of(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise _no_weights(f"it has more than {MOST_BYTES // 1_000_000} MB")
    return path.read_bytes()


def _metadata(data: bytes) -> Mapping[str, str]:
    """The metadata of the file: safetensors reads it only from files, and accepts a header of any length."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or len(data) > MOST_BYTES or length > min(len(data) - 8, LONGEST_HEADER):
        raise _no_weights("it is incomplete, or its header is too long")
    try:
        words = json.loads(data[8 : 8 + length].decode()).get("__metadata__")
    except (ValueError, AttributeError, RecursionError):
        raise _no_weights("its header cannot be read") from None
    if (
        not isinstance(words, dict)
        or words.get("format") != FORMAT
        or not all(isinstance(word, str) for word in words.values())
    ):
        raise _no_weights("it was not written here")
    if words.get("version") != VERSION:
        raise _no_weights(f"it is of version {one_line(str(words.get('version')))}, and this reads {VERSION}")
    return words


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as tensors_in

    try:
        return tensors_in(data)
    except (SafetensorError, ValueError, TypeError, KeyError):  # KeyError: a number type that numpy does not have
        raise _no_weights("its tensors cannot be read") from None


def _with(run: Run, place: int, tensors: Mapping[str, np.ndarray], others: int) -> Run:
    """The member at this place with its weights in the order of its network, beside so many others.

    Raises ValueError where these do not fit together.
    """
    shapes = dict(zip(_names(run, place), run.architecture.shapes, strict=True))
    if not shapes.keys() <= tensors.keys() or len(tensors) != len(shapes) * (1 + others):
        raise _no_weights("its layers are not those of its experiment")
    for name, shape in shapes.items():
        if tensors[name].shape != shape or tensors[name].dtype != np.float32:
            raise _no_weights(f"{name} is {tensors[name].dtype} of shape {tensors[name].shape}, not float32 of {shape}")
        if not np.isfinite(tensors[name]).all():
            raise _no_weights(f"{name} has a value that is not a number")
    inputs = 1 if run.encoding is None else len(run.encoding.inputs)
    if run.scaling.inputs != inputs:
        raise _no_weights(f"it scales {run.scaling.inputs} inputs, but has {inputs}")
    if run.residual_log_variance is None and not loss_of(run.experiment.loss).has_scale:
        raise _no_weights("it has no residual_log_variance, which its loss needs")
    return replace(run, weights=np.concatenate([tensors[name].ravel() for name in shapes]))


def _scaling(values: Mapping[str, Any]) -> Scaling:
    x_shift, x_scale = (tuple(map(_finite, values[name])) for name in ("x_shift", "x_scale"))
    scaling = Scaling(x_shift, x_scale, _finite(values["y_shift"]), _finite(values["y_scale"]))
    if not (min(scaling.x_scale) > 0 and scaling.y_scale > 0):
        raise ValueError("a scale must be above zero")
    return scaling


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a finite number is needed")
    return float(value)


def _no_weights(why: str) -> ValueError:
    return ValueError(f"These are not weights of a run: {why}.")
