"""What a loss accepts: tensors of one device, of floats, of shapes that fit; each refusal is one sentence.

Nothing here reads a value of a tensor, for that would wait for the GPU, but `check_values`, which is asked for, and
`check_weight`, which is asked for or used on the host.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

FLOATS = (torch.float32, torch.float64)
_HALF = (torch.float16, torch.bfloat16)


def points(outputs: Tensor | Sequence[Tensor], target: Tensor, names: Sequence[str]) -> tuple[Sequence[Tensor], Tensor]:
    """The outputs one by one and the target, each (...), float32 or float64.

    `outputs` is a tensor (..., H), or H tensors (...), with the `names` of the H outputs. Half precision becomes
    float32. Raises TypeError, ValueError or RuntimeError.
    """
    if not isinstance(target, Tensor):
        raise TypeError(f"The target is of type {type(target).__name__}: give a tensor, as torch.as_tensor(y) makes.")
    each = separate(outputs, names)
    first = each[0]
    if first.shape != target.shape:
        raise ValueError(_shapes(first, target))
    if first.device != target.device:
        raise RuntimeError(
            f"The outputs are on {first.device} and the target is on {target.device}: "
            f'move one of them, as in target.to("{first.device}").'
        )
    if target.dtype is first.dtype and target.dtype in FLOATS:
        return each, target
    _check_kind(target, "target")
    common = _common((first, target))
    return [one.to(common) for one in each], target.to(common)


def separate(outputs: Tensor | Sequence[Tensor], names: Sequence[str]) -> Sequence[Tensor]:
    """H tensors (...) of a tensor (..., H) or of a sequence of them. Raises TypeError, ValueError or RuntimeError."""
    if isinstance(outputs, Tensor):
        if outputs.ndim == 0 or outputs.shape[-1] != len(names):
            raise ValueError(
                f"The outputs have shape {_shape(outputs)}, and this loss takes {_listed(names)} in a last axis of "
                f"{len(names)}: give the network {len(names)} outputs per target."
            )
        each: Sequence[Tensor] = outputs.unbind(-1)
    elif isinstance(outputs, list | tuple) and all(isinstance(one, Tensor) for one in outputs):
        each = outputs
        if len(each) != len(names):
            raise ValueError(f"There are {len(each)} outputs, and this loss takes {len(names)}: {_listed(names)}.")
        for one, name in zip(each[1:], names[1:], strict=True):
            _check_alike(each[0], one, names[0], name)
        if any(one.dtype is not each[0].dtype for one in each[1:]):
            each = [one.to(_common(each)) for one in each]
    else:
        raise TypeError(
            f"The outputs are of type {type(outputs).__name__}: give a tensor (..., {len(names)}), or "
            f"{len(names)} tensors in a tuple: {_listed(names)}."
        )
    _check_kind(each[0], "outputs")
    return each


def wide(each: Sequence[Tensor]) -> Sequence[Tensor]:
    """The same tensors, half precision as float32."""
    return [one.float() if one.dtype in _HALF else one for one in each]


def factor(values: Tensor, target: Tensor, name: str) -> Tensor:
    """A weight or a mask, one for each target. Raises TypeError, ValueError or RuntimeError."""
    if not isinstance(values, Tensor):
        raise TypeError(f"The {name} is of type {type(values).__name__}: give a tensor of the shape of the target.")
    if values.device != target.device:
        raise RuntimeError(f"The {name} is on {values.device} and the target is on {target.device}: move one of them.")
    if name == "mask" and values.dtype is not torch.bool:
        raise TypeError(f"The mask has dtype {values.dtype}: give torch.bool, as in mask.bool().")
    if values.is_complex():
        raise TypeError("The weight is complex: give real numbers.")
    pairs = zip(values.shape, target.shape, strict=False)
    if values.ndim != target.ndim or any(own not in (1, size) for own, size in pairs):
        raise ValueError(
            f"The {name} has shape {_shape(values)} and the target {_shape(target)}: give one number for each target. "
            f"The {name} may have length 1 in an axis along which it does not change."
        )
    return values


def is_cheap(values: Tensor) -> bool:
    """Whether a value may be read at once: on the host, outside of a compiler, a trace and `torch.func`."""
    if values.device.type != "cpu" or torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    return not torch._C._functorch.is_functorch_wrapped_tensor(values)


def check_weight(weight: Tensor) -> None:
    """Raise ValueError for a weight below 0, or NaN."""
    if weight.numel() and not bool(weight.min() >= 0):
        raise ValueError("A weight is negative or NaN: give weights of 0 or more.")


def check_values(each: Sequence[Tensor], target: Tensor, weight: Tensor | None, names: Sequence[str]) -> None:
    """Raise ValueError for a value that is not finite, or a weight below 0. It waits for the device."""
    for one, name in ((target, "target"), *zip(each, names, strict=True)):
        if not bool(torch.isfinite(one).all()):
            count = int((~torch.isfinite(one)).sum())
            what = "The target" if name == "target" else f"The output “{name}”"
            raise ValueError(
                f"{what} has {count:,} of {one.numel():,} values that are not finite: "
                "leave them out with mask=torch.isfinite(target), or look for where they come from."
            )
    if weight is not None:
        check_weight(weight)


def _common(tensors: Sequence[Tensor]) -> torch.dtype:
    """The precision in which tensors are worked out together: float64 if one has it, else float32."""
    return torch.float64 if any(each.dtype is torch.float64 for each in tensors) else torch.float32


def _check_kind(values: Tensor, name: str) -> None:
    if values.is_complex():
        raise TypeError(f"The {name} has dtype {values.dtype}: these losses are for real numbers, such as {name}.real.")
    if not values.is_floating_point():
        raise TypeError(f"The {name} has dtype {values.dtype}: give floats, as in {name}.float().")


def _check_alike(first: Tensor, other: Tensor, name: str, other_name: str) -> None:
    if first.shape != other.shape:
        raise ValueError(
            f"“{name}” has shape {_shape(first)} and “{other_name}” {_shape(other)}: give outputs of one shape, "
            "that of the target."
        )
    if first.device != other.device:
        raise RuntimeError(f"“{name}” is on {first.device} and “{other_name}” on {other.device}: move one of them.")
    _check_kind(other, "outputs")


def _shapes(first: Tensor, target: Tensor) -> str:
    """What to do about a target of another shape, which torch would otherwise spread over all pairs of points."""
    given = f"The target has shape {_shape(target)}, and the outputs are for a target of shape {_shape(first)}: "
    if target.ndim == first.ndim + 1 and target.shape == (*first.shape, 1):
        return given + "take away its last axis, as in target.squeeze(-1)."
    if first.ndim == target.ndim + 1 and first.shape == (*target.shape, 1):
        return given + "add a last axis, as in target.unsqueeze(-1)."
    return given + "give one target for each point, in the order of the outputs."


def _shape(values: Tensor) -> str:
    sizes = [str(size) for size in values.shape]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
