"""What a loss is given: shapes, weights, masks, precisions; what does not fit is refused with one sentence."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.torch import losses
from core.torch.options import SOUND
from tests.core.torch.test_losses import N, drawn

GAUSSIAN = losses.GaussianNLLLoss()
TWO, Y = torch.zeros(4, 2), torch.zeros(4)


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: GAUSSIAN(TWO, Y[:, None]), ValueError, "target.squeeze(-1)"),
        (lambda: GAUSSIAN((Y[:, None], Y[:, None]), Y), ValueError, "target.unsqueeze(-1)"),
        (lambda: GAUSSIAN(torch.zeros(4, 1, 2), Y), ValueError, "target.unsqueeze(-1)"),
        (lambda: GAUSSIAN((Y, Y[:, None]), Y), ValueError, "of one shape"),
        (lambda: GAUSSIAN(TWO, Y[:3]), ValueError, "shape (3,), and the outputs are for a target of shape (4,)"),
        (lambda: GAUSSIAN(Y, Y), ValueError, "mean, log_variance in a last axis of 2"),
        (lambda: GAUSSIAN(torch.zeros(4, 3), Y), ValueError, "give the network 2 outputs"),
        (lambda: GAUSSIAN((Y,), Y), ValueError, "There are 1 outputs"),
        (lambda: GAUSSIAN(TWO, [0.0] * 4), TypeError, "torch.as_tensor"),
        (lambda: GAUSSIAN(TWO.numpy(), Y), TypeError, "of type ndarray"),
        (lambda: GAUSSIAN(TWO, Y.long()), TypeError, "target.float()"),
        (lambda: GAUSSIAN(TWO.long(), Y), TypeError, "outputs.float()"),
        (lambda: GAUSSIAN(TWO, Y > 0), TypeError, "target.float()"),
        (lambda: GAUSSIAN(TWO, Y * 1j), TypeError, "real numbers"),
        (lambda: GAUSSIAN(TWO * 1j, Y), TypeError, "real numbers"),
        (lambda: GAUSSIAN(TWO, Y.to("meta")), RuntimeError, "on meta"),
        (lambda: GAUSSIAN((Y, Y.to("meta")), Y), RuntimeError, "on meta"),
        (lambda: GAUSSIAN(TWO[:0], Y[:0]), ValueError, "batch is empty"),
        (lambda: GAUSSIAN(TWO, Y, mask=Y > 1), ValueError, "leave no point"),
        (lambda: GAUSSIAN(TWO, Y, weight=Y), ValueError, "leave no point"),
        (lambda: GAUSSIAN(TWO, Y, mask=Y), TypeError, "mask.bool()"),
        (lambda: GAUSSIAN(TWO, Y, mask=[True] * 4), TypeError, "of type list"),
        (lambda: GAUSSIAN(TWO, Y, weight=torch.ones(4, 1)), ValueError, "one number for each target"),
        (lambda: GAUSSIAN(TWO, Y, weight=torch.ones(3)), ValueError, "one number for each target"),
        (lambda: GAUSSIAN(TWO, Y, weight=torch.ones(4) * 1j), TypeError, "The weight is complex"),
        (lambda: GAUSSIAN(TWO, Y, weight=torch.ones(4, device="meta")), RuntimeError, "The weight is on meta"),
        (lambda: losses.gaussian_nll(TWO, Y * np.nan, check=True), ValueError, "target has 4 of 4 values that are not"),
        (lambda: losses.gaussian_nll(TWO / 0, Y, check=True), ValueError, "“mean” has 4 of 4"),
        (lambda: losses.gaussian_nll(TWO, Y, weight=Y - 1, check=True), ValueError, "weight is negative"),
        (lambda: GAUSSIAN(TWO, Y, weight=Y - 1), ValueError, "weight is negative"),
        (lambda: GAUSSIAN(TWO, Y, weight=Y * np.nan), ValueError, "negative or NaN"),
        (lambda: GAUSSIAN(Y, Y, Y + 1), TypeError, "may be the tuple (mean, log_variance)"),
        (lambda: losses.gaussian_nll(Y, Y, Y + 1), TypeError, "There are 3 values"),
        (lambda: losses.GaussianNLLLoss(reduction="average"), ValueError, "mean, sum, none"),
        (lambda: losses.GaussianNLLLoss(beta=0.5), TypeError, "has no option “beta”"),
        (lambda: losses.BetaNLLLoss(beta=2), ValueError, "beta must be a number from 0 to 1"),
        (lambda: losses.BetaNLLLoss(full=True), ValueError, "leave full=True out"),
        (lambda: losses.StudentTLoss(nu=0), ValueError, "nu must be a number above 0"),
        (lambda: losses.PinballLoss(levels=(0.5, 0.1)), ValueError, "levels must be increasing"),
        (lambda: losses.PinballLoss(levels=0.5), ValueError, "levels must be increasing"),
        (lambda: losses.pinball(TWO, Y, levels=0.5), ValueError, "levels must be increasing"),
        (lambda: losses.PinballLoss(levels="0.1"), ValueError, "levels must be increasing"),
        (lambda: losses.BetaNLLLoss(beta=True), ValueError, "beta must be a number"),
        (lambda: losses.BetaNLLLoss(beta="0.5"), ValueError, "beta must be a number"),
        (lambda: losses.MixtureLoss(components=0), ValueError, "components must be a whole number"),
        (lambda: losses.FaithfulLoss(bound="epsilon"), ValueError, "bound must be one of none, clamp, soft"),
        (lambda: losses.GaussianNLLLoss(head="softplus", bound="soft"), ValueError, "only one function"),
        (lambda: losses.GaussianNLLLoss(head="cosh"), ValueError, "head must be one of exp"),
        (lambda: losses.GaussianNLLLoss(bound="soft", least_std=9, most_std=2), ValueError, "most_std must be above"),
        (lambda: losses.loss("posted"), ValueError, "There is no loss 'posted'"),
        (lambda: losses.SquaredErrorLoss().distribution(TWO[:, :1]), ValueError, "std=0.3"),
        (lambda: GAUSSIAN.distribution(TWO, std=1.0), ValueError, "leave std out"),
        (lambda: GAUSSIAN.distribution(TWO, reading="student_t"), ValueError, "one of log_variance"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], object], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value).split()) < 45


@pytest.mark.parametrize("name", SOUND)
def test_a_mask_is_the_same_as_leaving_points_out(name: str) -> None:
    outputs, target = drawn(SOUND[name], N)
    keep = torch.arange(N) % 3 > 0
    module = losses.loss(name)
    alone = module(outputs[keep], target[keep])
    (expected,) = torch.autograd.grad(alone, outputs)
    spoilt = torch.where(keep, target, np.nan)
    with torch.no_grad():
        outputs[~keep] = np.nan
    masked = module(outputs, spoilt, mask=keep)
    (found,) = torch.autograd.grad(masked, outputs)
    torch.testing.assert_close(masked, alone)
    torch.testing.assert_close(found, expected)
    assert (found[~keep] == 0).all()


@pytest.mark.parametrize("name", SOUND)
def test_a_whole_weight_is_the_same_as_points_several_times(name: str) -> None:
    outputs, target = drawn(SOUND[name], N)
    times = torch.arange(N) % 4
    rows = torch.repeat_interleave(torch.arange(N), times)
    module, total = losses.loss(name), losses.loss(name, reduction="sum")
    torch.testing.assert_close(module(outputs, target, weight=times), module(outputs[rows], target[rows]))
    torch.testing.assert_close(total(outputs, target, weight=times), total(outputs[rows], target[rows]))
    each = losses.loss(name, reduction="none")
    torch.testing.assert_close(each(outputs, target, weight=times), times * each(outputs, target))
    keep = target > 0
    torch.testing.assert_close(
        module(outputs, target, weight=times, mask=keep), module(outputs[keep], target[keep], weight=times[keep])
    )


@pytest.mark.parametrize("name", SOUND)
def test_several_targets_and_a_tuple_are_the_same_points(name: str) -> None:
    outputs, target = drawn(SOUND[name], N)
    module = losses.loss(name, reduction="none")
    expected = module(outputs, target)
    torch.testing.assert_close(module(outputs.view(8, 5, -1), target.view(8, 5)).flatten(), expected)
    torch.testing.assert_close(module(outputs.unbind(-1), target), expected)
    weight = torch.linspace(0.1, 1, 8, dtype=target.dtype)[:, None]
    of_rows = losses.loss(name)(outputs.view(8, 5, -1), target.view(8, 5), weight=weight)
    torch.testing.assert_close(of_rows, (expected.view(8, 5).mean(1) * weight[:, 0]).sum() / weight.sum())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", SOUND)
def test_half_precision_is_worked_out_in_float32(name: str, dtype: torch.dtype) -> None:
    outputs, target = drawn(SOUND[name], N)
    half, y = outputs.detach().to(dtype).requires_grad_(), target.to(dtype)
    full = half.detach().float().requires_grad_()
    module = losses.loss(name)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = module(half, y)
    expected = module(full, y.float())
    assert inside.dtype is torch.float32
    assert inside.equal(expected)
    inside.backward()
    expected.backward()
    assert half.grad is not None
    assert half.grad.equal(full.grad.to(dtype))
    if SOUND[name].has_scale:
        assert module.distribution(half).mean.dtype is torch.float32


def test_a_double_target_is_no_surprise() -> None:
    outputs = torch.zeros(4, 2, requires_grad=True)
    found = GAUSSIAN(outputs, torch.ones(4, dtype=torch.float64))
    found.backward()
    assert found.dtype is torch.float64
    assert outputs.grad.dtype is torch.float32


def test_numbers_of_numpy_are_numbers() -> None:
    outputs, target = drawn(SOUND["pinball"], N)
    found = losses.PinballLoss(levels=np.array([0.05, 0.25, 0.5, 0.75, 0.95]))(outputs, target)
    assert found.equal(losses.pinball(outputs, target))
    assert found.equal(losses.pinball(outputs, target, levels=np.array([0.05, 0.25, 0.5, 0.75, 0.95])))
    assert losses.MixtureLoss(components=np.int64(2)).out_features == 6
    assert losses.BetaNLLLoss(beta=np.float32(0.25)).row.values == (0.25,)


def test_a_tuple_of_several_precisions_is_worked_out_in_float32() -> None:
    mean, log_variance, target = torch.randn(N), torch.randn(N).half(), torch.randn(N)
    found = GAUSSIAN((mean, log_variance), target)
    assert found.dtype is torch.float32
    assert found.equal(GAUSSIAN((mean, log_variance.float()), target))
    assert found.equal(GAUSSIAN([mean, log_variance], target))


def test_a_weight_that_the_mask_leaves_out_may_be_nan() -> None:
    outputs, target = drawn(SOUND["gaussian_nll"], N)
    keep, weight = target > 0, torch.where(target > 0, 2.0, np.nan)
    torch.testing.assert_close(
        GAUSSIAN(outputs, target, mask=keep, weight=weight), GAUSSIAN(outputs, target, mask=keep)
    )
    every = losses.gaussian_nll(outputs, target, mask=keep, weight=weight, reduction="none", check=True)
    assert (every[~keep] == 0).all()


def test_a_mask_and_a_weight_may_be_the_same_along_an_axis() -> None:
    outputs, target = drawn(SOUND["gaussian_nll"], 6, 3)
    keep = torch.tensor([True, False, True])[None]
    torch.testing.assert_close(GAUSSIAN(outputs, target, mask=keep), GAUSSIAN(outputs[:, ::2], target[:, ::2]))


def test_the_sum_of_nothing_is_zero() -> None:
    assert losses.gaussian_nll(TWO[:0], Y[:0], reduction="sum") == 0
    assert losses.gaussian_nll(TWO, Y, mask=Y > 1, reduction="sum") == 0


def test_full_adds_what_torch_s_own_adds() -> None:
    outputs, target = drawn(SOUND["gaussian_nll"], N)
    own = torch.nn.functional.gaussian_nll_loss(outputs[:, 0], target, outputs[:, 1].exp(), full=True)
    torch.testing.assert_close(losses.gaussian_nll(outputs, target, full=True), own)
    for name, row in SOUND.items():
        if row.constant is not None and not row.trained and row.name != "evidential":  # a penalty is no likelihood
            module = losses.loss(name, full=True)
            outputs, target = drawn(row, N)
            exact = -module.distribution(outputs).log_prob(target).mean()
            torch.testing.assert_close(module(outputs, target), exact)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.long
def test_a_compiler_takes_it_whole(name: str) -> None:
    """Its graph is complete; that of the Gaussian NLL is derived by the compiler too."""
    torch._dynamo.reset()
    outputs, target = drawn(SOUND[name], N)
    options = {"head": "softplus"} if "softplus" in SOUND[name].heads else {"bound": SOUND[name].bounds[-1]}
    module = losses.loss(name, **options) if len(SOUND[name].bounds) > 1 else losses.loss(name)
    backend = "aot_eager" if name == "gaussian_nll" else "eager"
    compiled = torch.compile(module, fullgraph=True, backend=backend)
    mask, weight = target > -1, target.abs()
    found, expected = (each(outputs, target, mask=mask, weight=weight) for each in (compiled, module))
    torch.testing.assert_close(found, expected)
    of_found, of_expected = (torch.autograd.grad(each, outputs)[0] for each in (found, expected))
    torch.testing.assert_close(of_found, of_expected)
