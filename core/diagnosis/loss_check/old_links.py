"""What the addresses of the pages Ask and Loss doctor, which this page replaced, meant: as code and numbers."""

from collections.abc import Mapping
from types import MappingProxyType

from ...experiment.loss_settings import LossSettings, loss_of
from ...experiment.settings import InvalidExperiment
from ...model.losses import Loss
from ..doctor.question import EXAMPLES, question
from ..doctor.remedy import lines_of
from .given import Given

_ASK = "ask."
# Slips that the formula alone does not show: code in which it can be seen.
_SLIPS: Mapping[str, str] = MappingProxyType(
    {
        "std_as_variance": "mean, std = net(x).unbind(-1)\nloss = F.gaussian_nll_loss(mean, y, std)\n",
        "broadcast": "out = net(x)\nmean, s = out[:, 0:1], out[:, 1:2]\ny = batch_y.squeeze(-1)\n"
        "loss = (0.5 * torch.exp(-s) * (y - mean) ** 2 + 0.5 * s).mean()\n",
    }
)


def code_of(loss: Loss, *, with_constant: bool = False) -> str:
    """The lines of a loss of the table, with its slip if it is a mistake; of a typed one its formula."""
    if loss.name == "typed":
        return loss.formula
    if loss.name in _SLIPS:
        return _SLIPS[loss.name]
    lines = lines_of(loss).splitlines()
    end = max(i for i, line in enumerate(lines) if line.startswith("loss ="))
    kept = [line for line in lines[: end + 1] if not line.startswith(("#", "assert "))]
    if with_constant and loss.constant:
        kept[-1] = f"{kept[-1].removesuffix(').mean()')} + {loss.constant:.10g}).mean()"
    return "\n".join(kept) + "\n"


def given_of_loss(settings: LossSettings) -> Given:
    """The loss of an experiment, as the Loss doctor examined it."""
    return Given(code=code_of(loss_of(settings)))


def given_of_ask(query: Mapping[str, str]) -> tuple[Given, tuple[str, ...]]:
    """What an address of Ask told, and a sentence for each value that could not be used.

    What the address left out has the value that Ask began with.
    """
    began = EXAMPLES[0].values
    told = {name: value for name, value in query.items() if name.startswith(_ASK)}
    remarks: list[str] = []
    while True:
        try:
            asked = question({**began, **told})
            break
        except InvalidExperiment as error:
            remarks += [str(problem) for problem in error.problems]
            wrong = {problem.field for problem in error.problems}
            left = {name: value for name, value in told.items() if name not in wrong}
            told = left if len(left) < len(told) else {}  # values that do not go together are left out together
    given = Given(
        code=code_of(asked.loss, with_constant=asked.with_constant),
        value=asked.value,
        std_y=asked.target_std,
        variance=asked.predicted_variance,
        noise=asked.noise_std,
    )
    return given, tuple(remarks[:5])
