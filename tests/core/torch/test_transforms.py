"""What torch does with a module besides calling it: export, trace, torch.func, copies on devices, the C++ compiler."""

import pytest
import torch
from torch import nn

from core.torch import heads, losses
from core.torch.options import SOUND
from tests.core.torch.test_losses import N, drawn


@pytest.mark.parametrize("name", SOUND)
def test_functions_of_torch_func_take_a_loss(name: str) -> None:
    outputs, target = drawn(SOUND[name], N)
    module, keep = losses.loss(name), torch.arange(N) % 3 > 0
    expected = losses.loss(name, reduction="none")(outputs, target)
    torch.testing.assert_close(torch.vmap(module)(outputs, target), expected)
    (slopes,) = torch.autograd.grad(expected.sum(), outputs)
    torch.testing.assert_close(torch.vmap(torch.func.grad(module))(outputs, target), slopes)

    def of_batch(outputs: torch.Tensor, target: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        return module(outputs, target, mask=keep, weight=1.0 + target.abs())

    halves = outputs.view(2, N // 2, -1), target.view(2, N // 2), keep.view(2, N // 2)
    each = torch.stack([of_batch(*parts) for parts in zip(*halves, strict=True)])
    torch.testing.assert_close(torch.vmap(of_batch)(*halves), each)


@pytest.mark.long
@pytest.mark.parametrize("name", SOUND)
def test_a_loss_is_exported(name: str) -> None:
    outputs, target = drawn(SOUND[name], N)
    module, rows = losses.loss(name), torch.export.Dim("rows", min=2)
    exported = torch.export.export(
        module, (outputs, target), dynamic_shapes={"outputs": {0: rows}, "target": {0: rows}}
    )
    torch.testing.assert_close(exported.module()(outputs[:7], target[:7]), module(outputs[:7], target[:7]))


def test_a_head_is_traced_and_mapped() -> None:
    features = torch.randn(N, 5)
    for name in heads.HEADS.values():
        head = heads.Head(5, name)
        torch.testing.assert_close(torch.jit.trace(head, (features,))(features[:7]), head(features[:7]))
        torch.testing.assert_close(torch.vmap(head)(features), head(features))


def test_a_wrapper_passes_it_on() -> None:
    class Training(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net, self.loss = nn.Linear(1, 2), losses.GaussianNLLLoss()

        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return self.loss(self.net(x), y)

    inside, x, y = Training(), torch.randn(N, 1), torch.randn(N)
    assert sorted(inside.state_dict()) == ["net.bias", "net.weight"]  # a loss adds nothing
    assert nn.DataParallel(inside)(x, y).equal(inside(x, y))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gaussian_nll", "student_t_learned"])
def test_the_c_compiler_gives_the_same_values_and_slopes(name: str) -> None:
    outputs, target = drawn(SOUND[name], N)
    module = losses.loss(name)
    found, expected = (each(outputs, target) for each in (torch.compile(module, fullgraph=True), module))
    torch.testing.assert_close(found, expected)
    slopes = [torch.autograd.grad(each, outputs)[0] for each in (found, expected)]
    torch.testing.assert_close(*slopes)
