"""The pull on s against float64 autograd of what people write, and every number in its sentence."""

import re

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.diagnosis.chart_data.head_data import SCALES, head_pull, why_no_head
from core.model.losses import LOSSES, loss_with

WRITTEN = {  # σ, or b, of a tensor s, and back
    "softplus": (functional.softplus, lambda scale: np.log(np.expm1(scale))),
    "elu": (lambda s: functional.elu(s) + 1, lambda scale: scale - 1 if scale >= 1 else np.log(scale)),
    "relu": (lambda s: torch.sqrt(functional.relu(s) + 1e-6), lambda scale: scale**2 - 1e-6),
    "abs": (torch.abs, lambda scale: scale),
}


def by_autograd(loss, head, residuals, scale):
    g, inverse = WRITTEN[head]
    s = torch.full((len(residuals),), float(inverse(scale)), dtype=torch.float64, requires_grad=True)
    z = torch.tensor(residuals) / g(s)  # of residuals in the unit of y
    value = (z.abs() if loss == "laplace_nll" else 0.5 * z**2) + torch.log(g(s))
    value.sum().backward()
    return -s.grad.numpy()


@pytest.mark.parametrize("loss", ["gaussian_nll", "laplace_nll"])
@pytest.mark.parametrize("head", WRITTEN)
def test_the_pull_is_that_of_autograd(loss, head):
    found = head_pull(loss_with(loss, {"head": head}))
    assert tuple(found.scales) == SCALES
    for scale, row in zip(found.scales, found.pulls, strict=True):
        expected = by_autograd(loss, head, scale * found.residuals, scale)
        np.testing.assert_allclose(row, expected, rtol=1e-6, atol=1e-9)
    numbers = [float(text.replace(",", "")) for text in re.findall(r"\*\*([\d.,]+)\*\*", found.sentence)]
    named = [by_autograd(loss, head, np.array([3 * scale]), scale)[0] for scale in SCALES]
    assert numbers == pytest.approx([max(named), min(named)], rel=5e-3)
    low, high = found.domain
    assert low < found.pulls.min()
    assert high > found.pulls[:, found.residuals <= 3].max()


def test_a_log_variance_is_pulled_alike_and_says_no_more():
    found = head_pull(LOSSES["gaussian_nll"])
    assert found.sentence == "A point 3 σ from the mean pushes s with **4.00**, for every σ."
    np.testing.assert_allclose(found.pulls, np.tile(0.5 * found.residuals**2 - 0.5, (4, 1)), atol=1e-12)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("softplus", "above s = 158, where σ is 158. In float32 σ is 0 below s = −104."),
        ("softplus_floor", "below s = −12, where σ is 0.00101, and above s = 158, where σ is 158."),
        ("relu", "s has no gradient below s = 0, where σ is 0.00100."),
        ("clamp", "s has no gradient below s = −7, where σ is 0.0302, and above s = 7, where σ is 33.1."),
        ("square", "s and −s mean the same, and the loss has a pole between them."),
        ("linear", "Below s = 0 the loss has no value."),
        ("sigmoid", "falls to a hundredth of its value at the start above s = 4.7, where σ is 9.91."),
    ],
)
def test_the_sentence_says_where_a_head_stops_working(head, said):
    sentence = head_pull(loss_with("gaussian_nll", {"head": head})).sentence
    assert said in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_that_takes_no_head_says_so(name):
    row = LOSSES[name]
    if len(row.heads) > 1:
        for head in row.heads:
            assert np.isfinite(head_pull(loss_with(name, {"head": head})).pulls).all()
        return
    assert why_no_head(row)
    with pytest.raises(ValueError, match="has no head"):
        head_pull(row)
