"""Losses copied from papers and typed as text, against their formulas in numpy."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import special

from core.loss_code.latex import read_latex
from core.loss_code.loss_code import CodeError, LossCode
from core.model.formulas.operations import OPS
from core.model.formulas.printing import text_of
from core.model.formulas.tree import Node

Value = float | np.ndarray
Oracle = Callable[..., Value]


def value_of(tree: Node, names: dict[str, float]) -> float:
    """What a tree is worth, by its operations on numpy."""
    if tree.op == "number":
        return tree.value
    if not tree.of:
        return names["y"] - names["mu"] if tree.op == "r" else names[tree.op]
    below = [np.float64(value_of(node, names)) for node in tree.of]
    return float(OPS[tree.op].apply(np, below[0], below[-1], tree.value))


def gaussian(y: float, m: float, v: float) -> float:
    return 0.5 * (y - m) ** 2 / v + 0.5 * math.log(v)


def by_std(y: float, m: float, s: float) -> float:
    return gaussian(y, m, s * s)


def by_log_var(y: float, m: float, s: float) -> float:
    return gaussian(y, m, math.exp(s))


def full(y: float, m: float, s: float) -> float:
    return by_std(y, m, s) + 0.5 * math.log(2 * math.pi)


def evidential(y: float, m: float, nu: float, a: float, b: float) -> float:
    om = 2 * b * (1 + nu)
    tail = (a + 0.5) * math.log(nu * (y - m) ** 2 + om)
    return 0.5 * math.log(math.pi / nu) - a * math.log(om) + tail + special.gammaln(a) - special.gammaln(a + 0.5)


def crps(y: float, m: float, s: float) -> float:
    z = (y - m) / s
    bell = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return s * (z * math.erf(z / math.sqrt(2)) + 2 * bell - 1 / math.sqrt(math.pi))


def student(y: float, m: float, s: float) -> float:
    return 2 * math.log(1 + (y - m) ** 2 / (3 * s * s)) + math.log(s)


# LaTeX and plain text, and what they are worth for y, the mean and the other outputs.
FORMULAS: dict[str, Oracle] = {
    r"L = \frac{1}{2\sigma^2}(y-\mu)^2 + \frac{1}{2}\log\sigma^2": by_std,
    r"\mathcal{L}_{B}(\theta) = \frac{1}{D} \sum_i \frac{1}{2} \hat\sigma_i^{-2} ||\mathbf{y}_i - \hat{\mathbf{y}}_i||"
    r"^2 + \frac{1}{2} \log \hat\sigma_i^2": by_std,
    r"\mathcal{L}(\theta) = \frac1D \sum_i \frac12 \exp(-s_i) \|y_i - \hat y_i\|^2 + \frac12 s_i, "
    r"\quad s_i := \log \hat\sigma_i^2": by_log_var,
    r"\mathcal{L}_{\mathrm{NN}}(\theta) = \frac{1}{N} \sum_{i=1}^{N} \frac{1}{2\sigma(\mathbf{x}_i)^2} "
    r"\lVert \mathbf{y}_i - \mathbf{f}(\mathbf{x}_i) \rVert^2 + \frac{1}{2} \log \sigma(\mathbf{x}_i)^2": by_std,
    r"-\log p_\theta(y_n|\mathbf{x}_n) = \frac{\log \sigma_\theta^2(\mathbf{x})}{2} + "
    r"\frac{\left(y-\mu_\theta(\mathbf{x})\right)^2}{2\sigma_\theta^2(\mathbf{x})} + \text{constant}.": by_std,
    r"\mathcal{L} = \frac{1}{2}\log\left(\frac{\pi}{\nu}\right) - \alpha \log(\Omega) + \left(\alpha + \frac{1}{2}"
    r"\right)\log((y_i-\gamma)^2\nu + \Omega) + \log\left(\frac{\Gamma(\alpha)}{\Gamma(\alpha+\frac{1}{2})}\right), "
    r"\Omega = 2\beta(1+\nu)": evidential,
    r"$$-\log \mathcal{N}(y; \mu, \sigma^2)$$": full,
    r"\mathcal{L} = \frac{|y - \mu|}{b} + \log 2b": lambda y, m, s: abs(y - m) / s + math.log(2 * s),
    r"C = \sigma\left[ z(2\Phi(z)-1) + 2\phi(z) - \frac{1}{\sqrt\pi}\right],\quad z = \frac{y-\mu}\sigma": crps,
    r"\frac{\nu+1}{2}\log\left(1+\frac{(y-\mu)^2}{\nu\sigma^2}\right) + \log\sigma": student,
    "L = 1/(2σ²)(y-μ)² + ½ log σ²": by_std,
    "0.5*exp(-s)*|y-mu| + 0.5*s": lambda y, m, s: 0.5 * math.exp(-s) * abs(y - m) + 0.5 * s,
    "loss = (y - ŷ)²/2σ² + ln σ": by_std,
    "e^-s (y-μ)² + s": lambda y, m, s: 2 * by_log_var(y, m, s),
    "1/2 exp(-s) (y-mu)^2 + 1/2 s": by_log_var,
}  # fmt: skip

SQRT2 = math.sqrt(2)


def absolute(y: float, m: float, b: float) -> float:
    return abs(y - m) / b + math.log(b)


def by_var(y: float, m: float, v: float) -> float:
    return gaussian(y, m, v)


def pinball(y: float, m: float) -> float:
    return max(0.9 * (y - m), -0.1 * (y - m))


def huber(y: float, m: float) -> float:
    return 0.5 * (y - m) ** 2 if abs(y - m) <= 1 else abs(y - m) - 0.5


# The ways of papers and of notes: one line each.
FORMULAS |= {
    r"NLL = \frac{1}{2}\left(\log(2\pi\sigma^2) + \frac{(y-\mu)^2}{\sigma^2}\right)": full,
    r"-\log p(y|\mu,\sigma) = \log\sigma + \frac12 \log 2\pi + \frac12 \left(\frac{y-\mu}{\sigma}\right)^2": full,
    r"L(\theta) = -\sum_{i=1}^N \log \mathcal{N}(y_i \mid \mu_\theta(x_i), \sigma^2_\theta(x_i))": full,
    r"\mathcal{L} = - \frac{1}{N} \sum_{n} \log \left( \frac{1}{\sqrt{2\pi\sigma_n^2}} \exp\left(-\frac{(y_n-\mu_n)^2}"
    r"{2\sigma_n^2}\right)\right)": full,
    r"p(y|x) = \frac{1}{\sqrt{2\pi\sigma^2(x)}} e^{-\frac{(y-\mu(x))^2}{2\sigma^2(x)}}, L = -\log p(y|x)": full,
    r"p(y|x) = \mathcal{N}(y; \mu, \sigma^2)": full,
    r"y \sim \mathcal{N}(\mu(x), \sigma(x)^2)": full,
    r"\ell(y, \hat{y}, \sigma) = \frac{(y-\hat{y})^2}{2\sigma^2} + \ln \sigma": by_std,
    r"J = \sum_{i} e^{-\hat s_i} |y_i - \hat y_i| + \hat s_i": lambda y, m, s: absolute(y, m, math.exp(s)),
    r"L_b = \frac{\sqrt{2}}{\sigma}|y-\mu| + \log \sigma": lambda y, m, s: SQRT2*abs(y-m)/s + math.log(s),
    r"\mathcal{L} = \frac{1}{b}\lVert y-\hat y\rVert_1 + \log b": absolute,
    r"L = \frac{\nu+1}{2}\log\left(1+\frac{1}{\nu}\left(\frac{y-\mu}{\sigma}\right)^2\right)+\log\sigma": student,
    r"\rho_\tau(u) = u(\tau - \mathbb{1}(u<0)), \quad u = y - \hat q": pinball,
    r"\max(q(y-\hat{y}), (1-q)(\hat{y}-y))": pinball,
    r"\rho_\tau = \begin{cases} \tau (y-\hat y) & \text{if } y \ge \hat y \\ (\tau - 1)(y-\hat y) & \text{otherwise} "
    r"\end{cases}": pinball,
    r"L = \begin{cases} \frac12 (y-\hat y)^2 & |y-\hat y|<1 \\ |y-\hat y| - \frac12 & \text{else}\end{cases}": huber,
    r"\frac{1}{2} \log\det\Sigma(x) + \frac12 (y-\mu(x))^\top \Sigma(x)^{-1} (y-\mu(x))": by_var,
    r"\frac{1}{2}(y-\mu)^T\Sigma^{-1}(y-\mu) + \frac{1}{2}\log|\Sigma|": by_var,
    r"\mathcal{L} = \frac{\lambda}{2}(y-\mu)^2 - \frac{1}{2}\log\lambda": lambda y, m, s: by_var(y, m, 1 / s),
    r"\begin{aligned} L &= \frac{(y-\mu)^2}{2\sigma^2} \\ &\quad + \log\sigma \end{aligned}": by_std,
    r"\hat\sigma^2 = \exp(s), \mathcal{L} = \frac{(y-\hat\mu)^2}{2\hat\sigma^2} + \frac12\log\hat\sigma^2": by_log_var,
    r"s = \log\sigma^2 \Rightarrow \mathcal{L} = \frac{1}{2}e^{-s}(y-\mu)^2 + \frac{1}{2}s": by_log_var,
    r"\text{where } \sigma = \exp(\ell): \quad L = \ell + \frac12 (y-\mu)^2 \exp(-2\ell)": lambda y, m, s: by_std(
        y, m, math.exp(s)
    ),
    r"L = {(y-\mu)^2 \over 2\sigma^2} + \log \sigma": by_std,
    r"\(E = \frac{(t - y)^2}{2 \sigma^2} + \log \sigma\)": by_std,
    r"\log\left(1+\left(\frac{y-\mu}{\gamma}\right)^2\right)+\log\gamma": lambda y, m, s: math.log1p(((y - m) / s) ** 2)
    + math.log(s),
    r"\mathcal{L}(w) = \sum_i \frac{(y_i - f^{\hat W}(x_i))^2}{2\sigma^2} + \log\sigma + \lambda\|w\|^2": by_std,
    "loss = log(sigma) + (y-mu)**2/(2 sigma**2)": by_std,
    "L = ½[(y−μ)²/σ² + ln σ²]": by_std,
    "-log N(y; μ, σ²)": full,
    "NLL(y|μ,σ²) = 1/2 log(2πσ²) + (y-μ)²/(2σ²)": full,
    "L(y, μ, σ) = ln σ + (y − μ)²/(2σ²) + const": by_std,
    "√2·|y−μ|·exp(−s/2) + s/2": lambda y, m, s: SQRT2 * abs(y - m) * math.exp(-s / 2) + s / 2,
    "σ = softplus(s); L = log σ + (y − μ)²/(2σ²)": lambda y, m, s: by_std(y, m, math.log1p(math.exp(s))),
    "loss = mean( (y-mu)^2/(2*var) + 0.5*ln(var) )": by_var,
    "L = 1/N Σᵢ ½ exp(−sᵢ)·‖yᵢ − ŷᵢ‖² + ½ sᵢ": by_log_var,
    "0.5*(log_var + (y - mean)^2/exp(log_var))": by_log_var,
    "½σ⁻²(y−μ)² + log σ": by_std,
}  # fmt: skip
POINTS = ((0.3, -0.4, 0.7, 1.6, 0.9), (-1.2, 0.5, 1.9, 2.2, 0.4))


def read_value(code: LossCode, point: tuple[float, ...]) -> float:
    return value_of(code.tree, {"y": point[0]} | dict(zip(("mu", "s", "t", "u"), point[1:], strict=True)))


@pytest.mark.parametrize("text", FORMULAS, ids=lambda text: text[:50])
def test_a_formula_means_what_it_says(text: str) -> None:
    oracle, code = FORMULAS[text], read_latex(text)
    count = oracle.__code__.co_argcount
    for point in POINTS:
        assert read_value(code, point) == pytest.approx(oracle(*point[:count]), rel=1e-9), text_of(code.tree)


def test_what_stands_for_the_spread_is_told_with_its_text() -> None:
    code = read_latex(r"L = \frac{1}{2\sigma^2}(y-\mu)^2 + \frac{1}{2}\log\sigma^2")
    assert [(one.name, one.text, text_of(one.tree)) for one in code.quantities][:2] == [
        (r"\sigma", r"\sigma", "s"),
        ("", r"\sigma^2", "s**2"),
    ]


def test_what_a_beta_nll_stops_is_no_part_of_its_value() -> None:
    text = (
        r"\mathbb{E}\left[\left\lfloor\hat\sigma^{2\beta}(X)\right\rfloor \left(\frac{1}{2}\log\hat\sigma^2(X)\right."
    )
    text += r"\left. + \frac{(Y-\hat\mu(X))^2}{2\hat\sigma^2(X)}\right)\right]"
    code = read_latex(text)
    assert code.trained is not None
    assert "stop" in {node.op for node in code.trained.walk()}
    assert "stop" not in {node.op for node in code.tree.walk()}
    assert code.reduction.points == "mean"
    assert read_value(code, POINTS[0]) == pytest.approx(0.7 * by_std(0.3, -0.4, 0.7))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"L = \frac{1}{2\sigma^2(y-\mu)^2", "line 1"),
        (r"L = \int p(y) dy", "an integral"),
        (r"L = \foo{y} - \mu", r"\foo"),
        (r"L = (y-\mu)^2/\zeta + \log\xi\zeta", r"\zeta"),
        ("(" * 200 + "σ²", "brackets"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence_with_the_place(text: str, words: str) -> None:
    with pytest.raises(CodeError) as refused:
        read_latex(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
