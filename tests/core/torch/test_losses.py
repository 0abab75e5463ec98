"""Each sound loss in torch is the laboratory's own: its value, its gradient, its distribution, with every option."""

import copy
import inspect
import io

import numpy as np
import pytest
import torch

from core.model.losses import LOSSES, Loss
from core.model.readings import READINGS
from core.torch import losses
from core.torch.options import SOUND, row_with
from core.torch.readings import FAMILIES

N = 40
SOME = torch.float64


def drawn(row: Loss, *shape: int, dtype: torch.dtype = SOME) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs (*shape, H) that ask for a gradient, and targets of this shape."""
    rng = np.random.default_rng(len(row.name))
    outputs = torch.tensor(rng.normal(size=(*shape, len(row.outputs))), dtype=dtype).requires_grad_()
    return outputs, torch.tensor(rng.normal(size=shape), dtype=dtype)


def with_options() -> list[tuple[str, dict[str, object]]]:
    """Every sound loss with every value of its head and bound, and with other numbers than the defaults."""
    other = {"beta": 0.8, "nu": 3.0, "levels": (0.1, 0.6), "components": 4, "evidence_weight": 0.3}
    cases: list[tuple[str, dict[str, object]]] = []
    for name, row in SOUND.items():
        cases.append((name, {}))
        cases += [(name, {setting: other[setting]}) for setting in row.settings]
        cases += [
            (name, {"bound": bound, "least_std": 0.5, "most_std": 1.5}) for bound in row.bounds if bound != "none"
        ]
        cases += [(name, {"head": head}) for head in row.heads if head != "exp"]
    return cases


def test_every_sound_loss_of_the_table_is_here() -> None:
    sound = {name for name, row in LOSSES.items() if not row.mistake} - {"typed"}
    assert set(losses.LOSS_MODULES) == set(losses.LOSS_FUNCTIONS) == sound
    for name in sound:
        module = getattr(losses, losses.class_name(name))
        assert module is losses.LOSS_MODULES[name]
        assert LOSSES[name].label in (module.__doc__ or "")
        assert set(LOSSES[name].settings) < set(inspect.signature(module).parameters)
        assert {losses.class_name(name), name} <= set(losses.__all__)


def test_every_distribution_of_a_reading_is_here() -> None:
    assert {READINGS[name].distribution for row in SOUND.values() for name in row.readings} <= FAMILIES


@pytest.mark.parametrize(("name", "options"), with_options(), ids=str)
def test_value_and_gradient_are_the_laboratory_s(name: str, options: dict[str, object]) -> None:
    row = row_with(name, options).in_training_units(0.0, 1.0)
    outputs, target = drawn(row, N)
    module = losses.loss(name, reduction="none", **options)
    points = module(outputs, target)
    y, given = target.numpy(), outputs.detach().numpy().T
    np.testing.assert_allclose(points.detach(), row.objective(np, y, list(given)), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(module.value(outputs, target), row.value(y, list(given)), rtol=1e-9, atol=1e-12)
    points.sum().backward()
    if "bound" not in options:  # the laboratory's own gradient is without it
        sound = points.isfinite().numpy()  # a linear std below 0 has no value, and there gradients mean nothing
        np.testing.assert_allclose(outputs.grad.T[:, sound], row.gradient(y, given)[:, sound], rtol=1e-8, atol=1e-10)
    twice = getattr(losses, name)(outputs, target, reduction="sum", **options)
    np.testing.assert_allclose(twice.detach(), points.sum().detach(), rtol=1e-12)


def test_a_module_is_copied_and_stored() -> None:
    module = losses.BetaNLLLoss(beta=0.3)
    outputs, target = drawn(module.row, N)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    for other in (copy.deepcopy(module), torch.load(file, weights_only=False)):
        assert other(outputs, target).equal(module(outputs, target))
        assert repr(other) == repr(module)
