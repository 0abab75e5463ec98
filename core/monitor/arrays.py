"""Values of any framework as NumPy arrays. No framework is imported: what a value can do is asked of the value."""

import math
import sys
from typing import Any

import numpy as np

Array = np.ndarray


def detached(value: Any) -> Any:
    """The value without its gradient, not copied and not waited for; what has no gradient is given back."""
    return value.detach() if hasattr(value, "detach") else value


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape, known without waiting for the values."""
    return tuple(int(length) for length in getattr(value, "shape", None) or np.shape(value))


def as_array(value: Any) -> Array:
    """The values as float64 on the host, of the same shape. Waits for the device."""
    value = detached(value)
    if hasattr(value, "new_empty"):  # a tensor of PyTorch, whose bfloat16 NumPy does not know
        value = value.cpu().double().numpy()
    return np.array(value, dtype=np.float64)  # a copy: the loop may use its buffer again


def scalars(values: list[Any]) -> list[float]:
    """Losses as numbers, of tensors on a device with one transfer; a loss with a shape counts as its mean."""
    torch = sys.modules.get("torch")  # whoever has its tensors has loaded it
    if torch is not None and values and all(isinstance(value, torch.Tensor) for value in values):
        return [float(each) for each in as_array(torch.stack([v if v.ndim == 0 else v.mean() for v in values]))]
    return [float(np.mean(as_array(value))) for value in values]


def stacked(rows: list[Any]) -> Array:
    """Values of one length n, or of one value, as float64 (len(rows), n); tensors of one kind in one transfer."""
    torch = sys.modules.get("torch")
    tensors = torch is not None and all(isinstance(row, torch.Tensor) for row in rows)
    if torch is not None and tensors and len({(row.dtype, row.device, row.shape) for row in rows}) == 1:
        return as_array(torch.stack(rows))
    return np.stack(np.broadcast_arrays(*(as_array(row).reshape(-1) for row in rows)))


def norms(values: list[tuple[Any, bool]]) -> Array:
    """The Euclidean norms of tensors of PyTorch, of each row where it is asked for, with one transfer of each device.

    Half precision is summed in float32, which does not overflow.
    """
    torch = sys.modules["torch"]
    found = []
    for value, by_row in values:
        each = value.coalesce().values() if value.is_sparse else value
        kind = None if each.dtype in (torch.float32, torch.float64) or each.is_complex() else torch.float32
        found.append(torch.linalg.vector_norm(each, dim=1 if by_row else None, dtype=kind).reshape(-1))
    if len({one.device for one in found}) > 1:
        return np.concatenate([as_array(one) for one in found])
    return as_array(torch.cat(found))


def like(value: Any, shape: tuple[int, ...]) -> Any:
    """A value that broadcasts to a shape, in this shape; None where it does not."""
    try:
        own = value.expand(shape) if hasattr(value, "expand") else np.broadcast_to(np.asarray(value), shape)
    except (RuntimeError, ValueError):
        return None
    return own


def stride_of(shape: tuple[int, ...], most: int) -> int:
    """Each how many-th value of a flattened array is one of at most `most`, so that no later axis is left out."""
    n, inner = math.prod(shape), math.prod(shape[1:])
    step = max(1, -(-n // most))
    while step > 1 and math.gcd(step, inner) > 1:
        step += 1
    return step


def some_rows(value: Any, step: int, offset: int) -> Any:
    """Each `step`-th of the flattened values from an offset on, so that no index is sent to a device."""
    flat = value.reshape(-1) if hasattr(value, "reshape") else np.asarray(value).reshape(-1)
    return flat if step <= 1 else flat[offset % step :: step]
