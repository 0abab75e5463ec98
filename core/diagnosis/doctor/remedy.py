"""The PyTorch lines of a loss, right and ready to copy; for a mistake, those of what was meant.

They take `net(x)` of shape (N, H) and y of shape (N,), check the shapes, and say how the std is read.
"""

import numpy as np

from ...data.noise import NOISES
from ...model.losses import LOSSES, Loss, torch_code
from ...model.readings import READINGS
from .examination import examine
from .result import Diagnosis

# y, mean and s at which two formulas that agree are one; r = 0 tells sqrt(r²) from |r| by their gradients.
_Y, _OUTPUTS = np.array([0.3, -1.1, 0.9, 2.0]), np.array([[0.3, 0.4, -0.7, 1.0], [0.2, -0.6, 1.1, 0.0]])
_NOTHING_TO_LEARN = ("unbounded", "escapes", "undefined")


def remedy(loss: Loss) -> str:
    """The lines to copy: its own of a sound loss; of a mistake the std of the net that it trained, and what was meant.

    A typed formula that is a row's has the lines of that row. One that has nothing to learn has those of another loss.
    """
    row = same_row(loss)
    if row.name != "typed" and not row.mistake:
        return lines_of(row)
    found = examine(row, NOISES["gaussian"], 1.0)
    if row.mistake:
        return _std_you_have(found) + lines_of(LOSSES[row.meant])
    if found.status in _NOTHING_TO_LEARN:
        other = LOSSES[row.in_place]
        return f"# Your formula has no minimum. A loss that has one: {other.label}.\n{lines_of(other)}"
    return lines_of(row, found)


def same_row(loss: Loss) -> Loss:
    """The row whose formula a typed one is, however it is spelt; the loss itself where there is none."""
    if loss.name != "typed":
        return loss
    rows = (row for row in LOSSES.values() if row.name != "typed" and row.symbols == loss.symbols and not row.trained)
    return next((row for row in rows if _same(row, loss)), loss)


def _same(one: Loss, other: Loss) -> bool:
    outputs = _OUTPUTS[: len(one.outputs)]
    of_one, of_other = ([loss.value(_Y, outputs), *loss.gradient(_Y, outputs)] for loss in (one, other))
    return np.allclose(of_one, of_other, rtol=1e-12, atol=1e-12, equal_nan=True)


def lines_of(loss: Loss, found: Diagnosis | None = None) -> str:
    """The lines of a loss itself; `found` says what s stands for where no reading of the table does."""
    names = torch_code.called(loss)
    first, count = names[0] if names else "outputs[0]", len(loss.outputs)
    net = f"{', '.join(names) or 'outputs'} = net(x).{'unbind' if count > 1 else 'squeeze'}(-1)  # net(x): (N, {count})"
    *before, last = torch_code.objective(loss, in_training_units=False)
    body = [
        net,
        "# (N,) against (N, 1) would pair every y with every mean.",
        f"assert y.shape == {first}.shape, (y.shape, {first}.shape)",
        *(f"{name} = {values!r}" for name, values in torch_code.constants(loss).items()),
        *torch_code.parameters(loss, in_training_units=False),
        *before,
        f"loss = ({last.removeprefix('loss = ')}).mean()",
    ]
    if loss.stops_gradient:
        body.append("# In net, detach the hidden layers before the head of s: head_s(trunk(x).detach()).")
    body += [line for line in _std(loss, found) if line.partition("  #")[0] not in body]
    text = "\n".join(body)
    needs = f"\n\n{torch_code.HALF_STEP}\n" if "half_step(" in text else ""
    return f"{'import math' + chr(10) if 'math.' in text else ''}import torch\n{needs}\n{text}\n"


def _std(loss: Loss, found: Diagnosis | None) -> list[str]:
    if found is not None and loss.has_scale:
        return [_std_found(found)]
    *before, last = torch_code.std(loss, loss.readings[0])
    comment = "" if "#" in last else f"  # {READINGS[loss.readings[0]].label}"
    return [*before, last + comment]


def _std_you_have(found: Diagnosis) -> str:
    code = "" if found.estimate is None else found.estimate.code.replace("exp(", "torch.exp(")
    return code and f"# The network you have, on Gaussian noise: {code}\n# The network to train:\n"


def _std_found(found: Diagnosis) -> str:
    if found.estimate is not None:
        code, name = found.estimate.code.replace("exp(", "torch.exp("), found.estimate.name
        return f"{code}  # on Gaussian noise exp(s) learns {name.removesuffix(' on this noise')}"
    if found.s_itself is not None:
        return f"std = {'torch.sqrt(s)' if found.s_itself == 'the variance' else 's'}  # s itself is {found.s_itself}"
    if found.head is not None and found.head.torch is not None:
        return f"std = {found.head.torch}" + ("" if found.head.on_any_noise else "  # on Gaussian noise")
    return "# On Gaussian noise no simple formula in s gives the std."
