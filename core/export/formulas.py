"""Losses and readings as torch code for a script: one text for each row, and a typed formula from its own tree.

A loss's lines work on tensors in training units, where y was moved by `y_shift` and divided by `y_scale`; a reading's
lines on float64 tensors in the unit of y. Nothing that a person typed reaches a script but through the parsed tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.model.formula import Formula
from core.model.program import Node

_NLL = "0.5 * torch.exp(-s) * (y - mean) ** 2 + 0.5 * s"
_LOG_GAMMAS = "torch.lgamma(a) - torch.lgamma(a + 0.5)"


@dataclass(frozen=True)
class LossCode:
    """`names` are the outputs as the lines call them ("" for a list of any length), `body` the lines of the loss.

    `back` are the lines that bring the outputs to the unit of y where that is more than a shift of each.
    """

    names: str
    body: str
    back: str = ""
    comment: str = ""


def _of(body: str, names: str = "mean, s", back: str = "", comment: str = "") -> LossCode:
    return LossCode(names, body, back, comment)


LOSSES: Mapping[str, LossCode] = MappingProxyType(
    {
        "gaussian_nll": _of(f"return {_NLL}", comment="s is the log variance"),
        "beta_nll": _of(
            f"nll = {_NLL}\nreturn torch.exp({{beta}} * s).detach() * nll",
            comment="each point's NLL times its σ^2β, through which no gradient flows",
        ),
        "faithful": _of(
            "spread = 0.5 * torch.exp(-s) * (y - mean.detach()) ** 2 + 0.5 * s\nreturn 0.5 * (y - mean) ** 2 + spread",
            comment="the mean learns by squared error alone, the spread leaves it in peace",
        ),
        "natural": _of(
            "return 0.5 * (y * torch.exp(0.5 * t) - a) ** 2 - 0.5 * t",
            names="a, t",
            back="a = a + y_shift * torch.exp(0.5 * t) / y_scale\nt = t - 2 * math.log(y_scale)",
            comment="a is mean/std, t the log precision",
        ),
        "gaussian_crps": _of(
            "std = torch.exp(0.5 * s)\n"
            "z = (y - mean) / std\n"
            "to_y = std * (z * torch.erf(z / math.sqrt(2)) + math.sqrt(2 / math.pi) * torch.exp(-0.5 * z**2))\n"
            "return to_y - std / math.sqrt(math.pi)",
        ),
        "squared_error": _of("return 0.5 * (y - mean) ** 2", names="(mean,)"),
        "posted": _of(
            "return 0.5 * torch.exp(-s) * torch.sqrt((y - mean) ** 2) + 0.5 * s", comment="as it was posted: √r² for r²"
        ),
        "posted_abs": _of("return 0.5 * torch.exp(-s) * torch.abs(y - mean) + 0.5 * s"),
        "laplace_nll": _of("return torch.exp(-s) * torch.abs(y - mean) + s", comment="s is the log of a Laplace scale"),
        "absolute_log_variance": _of("return math.sqrt(2) * torch.exp(-0.5 * s) * torch.abs(y - mean) + 0.5 * s"),
        "pinball": _of(
            "each = [0.5 * torch.abs(y - q) + (level - 0.5) * (y - q) for q, level in zip(outputs, LEVELS)]\n"
            "return sum(each) / len(each)",
            names="",
            back="outputs = [y_shift + y_scale * q for q in outputs]",
            comment="one output for each level",
        ),
        "student_t": _of(
            "nu = torch.full_like(s, {nu})\nreturn student(y - mean, s, nu)", comment="exp(s) is the scale, not the std"
        ),
        "student_t_learned": _of(
            "return student(y - mean, s, 2 + torch.exp(t))", names="mean, s, t", comment="ν = 2 + exp(t) is learned too"
        ),
        "evidential": _of(
            "nu, alpha = torch.exp(log_nu), 1 + torch.exp(log_excess)\n"
            "log_omega = math.log(2) + log_beta + torch.log1p(nu)\n"
            "q = nu * (y - mean) ** 2 * torch.exp(-log_omega)\n"
            "scale = 0.5 * math.log(math.pi) - 0.5 * log_nu + 0.5 * log_omega - half_step(alpha)\n"
            "penalty = {evidence_weight} * y_scale * torch.abs(y - mean) * (2 * nu + alpha)  # λ is per unit of y\n"
            "return (alpha + 0.5) * torch.log1p(q) + scale + penalty",
            names="mean, log_nu, log_excess, log_beta",
        ),
        "mixture": _of(
            "logits, means, log_stds = torch.stack(list(outputs)).chunk(3)  # (components, points) each\n"
            "parts = -log_stds - 0.5 * ((y - means) * torch.exp(-log_stds)) ** 2\n"
            "log_density = torch.logsumexp(torch.log_softmax(logits, 0) + parts, 0)\n"
            "return 0.5 * math.log(2 * math.pi) - log_density",
            names="",
            back="logits, means, log_stds = torch.stack(list(outputs)).chunk(3)\n"
            "outputs = [logits, y_shift + y_scale * means, log_stds + math.log(y_scale)]",
        ),
        "typed": _of("", comment="typed in the app, and worked out in the unit of y"),  # `typed_code` writes its body
        "no_half_residual": _of("return torch.exp(-s) * (y - mean) ** 2 + 0.5 * s"),
        "no_half_log": _of("return 0.5 * torch.exp(-s) * (y - mean) ** 2 + s"),
        "no_log_term": _of("return 0.5 * torch.exp(-s) * (y - mean) ** 2"),
        "wrong_sign": _of("return 0.5 * torch.exp(s) * (y - mean) ** 2 + 0.5 * s"),
        "std_as_variance": _of(f"return {_NLL}"),
        "broadcast": _of(
            "every = 0.5 * torch.exp(-s)[:, None] * (y[None, :] - mean[:, None]) ** 2\nreturn every.mean(1) + 0.5 * s",
            comment="(N,) against (N, 1): every target meets every prediction",
        ),
        "relu_variance": _of(
            "variance = torch.relu(v)\nreturn 0.5 * (y - mean) ** 2 / variance + 0.5 * torch.log(variance)",
            names="mean, v",
            back="mean, v = y_shift + y_scale * mean, y_scale**2 * v",
        ),
        "clamped": _of(
            "s = s.clamp(-2 - 2 * math.log(y_scale), 2 - 2 * math.log(y_scale))  # −2 … 2 in the unit of y\n"
            f"return {_NLL}"
        ),
    }
)

HALF_STEP = '''
def half_step(a):
    """log Γ(a + ½) − log Γ(a), for whose difference float32 has too few digits: nine steps up, then a series."""
    climbed = sum(torch.log1p(0.5 / (a + j)) for j in range(9))
    b = a + 9
    series = 0.5 * torch.log(b) - 1 / (8 * b) + 1 / (192 * b**3) - 1 / (640 * b**5) + 17 / (14336 * b**7)
    return series - climbed
'''
STUDENT = '''
def student(residual, log_scale, nu):
    """−log density of Student's t with ν degrees of freedom."""
    q = residual**2 * torch.exp(-2 * log_scale) / nu
    constant = 0.5 * math.log(math.pi) + 0.5 * torch.log(nu) - half_step(nu / 2)
    return 0.5 * (nu + 1) * torch.log1p(q) + log_scale + constant
'''
# What a loss's lines call beside torch.
NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "student_t": HALF_STEP + "\n" + STUDENT,
        "student_t_learned": HALF_STEP + "\n" + STUDENT,
        "evidential": HALF_STEP,
    }
)


def _gaussian(std: str) -> str:
    return f"std = {std}\nreturn 0.5 * math.log(2 * math.pi) + torch.log(std) + 0.5 * ((y - mean) / std) ** 2"


def _laplace(scale: str) -> str:
    return f"b = {scale}\nreturn torch.log(2 * b) + torch.abs(y - mean) / b"


_T = (
    "q = ((y - mean) / scale) ** 2 / nu\n"
    "log_beta_function = math.lgamma(0.5) + torch.lgamma(nu / 2) - torch.lgamma(nu / 2 + 0.5)\n"
    "return torch.log(scale) + 0.5 * (nu + 1) * torch.log1p(q) + 0.5 * torch.log(nu) + log_beta_function"
)

# −log density per point of what the outputs are read as, in nats, with every constant.
READINGS: Mapping[str, str] = MappingProxyType(
    {
        "log_variance": _gaussian("torch.exp(0.5 * s)"),
        "laplace_scale": _laplace("torch.exp(s)"),
        "mean_absolute": _gaussian("math.sqrt(math.pi / 2) * torch.exp(s)"),
        "laplace_variance": _laplace("torch.exp(0.5 * s) / math.sqrt(2)"),
        "log_std": _gaussian("torch.exp(s)"),
        "log_precision": _gaussian("torch.exp(-0.5 * s)"),
        "twice_variance": _gaussian("torch.exp(0.5 * s) / math.sqrt(2)"),
        "half_variance": _gaussian("torch.exp(0.5 * s) * math.sqrt(2)"),
        "relu_variance": _gaussian("torch.sqrt(torch.relu(v))"),
        "clamped_log_variance": _gaussian("torch.exp(0.5 * s.clamp(-2, 2))"),
        "natural": "std = torch.exp(-0.5 * t)\nmean = a * std\n"
        "return 0.5 * math.log(2 * math.pi) + torch.log(std) + 0.5 * ((y - mean) / std) ** 2",
        "student_t": "scale, nu = torch.exp(s), torch.full_like(s, {nu})\n" + _T,
        "student_t_learned": "scale, nu = torch.exp(s), 2 + torch.exp(t)\n" + _T,
        "evidential": "evidence, alpha = torch.exp(log_nu), 1 + torch.exp(log_excess)\n"
        "scale, nu = torch.sqrt(torch.exp(log_beta) * (1 + 1 / evidence) / alpha), 2 * alpha\n" + _T,
        "mixture": "logits, means, log_stds = outputs\n"
        "parts = -log_stds - 0.5 * ((y - means) * torch.exp(-log_stds)) ** 2\n"
        "return 0.5 * math.log(2 * math.pi) - torch.logsumexp(torch.log_softmax(logits, 0) + parts, 0)",
        "quantiles": """# Between two quantiles y is a straight line in z = Φ⁻¹(level): a piece of a Gaussian.
z = torch.special.ndtri(torch.tensor(LEVELS, dtype=torch.float64))
values = torch.stack(list(outputs), -1).sort(-1).values
whole = (values[:, -1:] - values[:, :1]) / (z[-1] - z[0])
least = torch.maximum(1e-3 * whole, 1e-12 * values.abs().max(-1, keepdim=True).values + 1e-150)
b = torch.maximum(values.diff(dim=-1) / z.diff(), least)
climb = torch.cat([torch.zeros_like(whole), torch.cumsum(b * z.diff(), -1)], -1)
middle = len(z) // 2
knots = values[:, middle : middle + 1] + climb - climb[:, middle : middle + 1]
piece = (y[:, None] >= knots[:, 1:-1]).sum(-1, keepdim=True)  # which piece y lies on
slope = b.gather(-1, piece)[:, 0]
at = ((y[:, None] - knots[:, :-1].gather(-1, piece)) / b.gather(-1, piece))[:, 0] + z[piece[:, 0]]
return 0.5 * math.log(2 * math.pi) + torch.log(slope) + 0.5 * at**2""",
        "constant_variance": _gaussian("torch.exp(0.5 * s)"),
    }
)


def typed_code(formula: Formula) -> str:
    """The lines of a typed loss: its two terms as torch code, printed from their parsed trees."""
    lines = [
        "r = y_scale * (y - mean)",
        "y, mu = y_shift + y_scale * y, y_shift + y_scale * mean",
        f"residual = {torch_code(formula.residual)}",
    ]
    used = {node.op for term in (formula.residual, formula.scale) for node in term.walk()}
    if not used & {"y", "mu"}:
        del lines[1]
    if formula.scale == Node("number", (), 0.0):
        return "\n".join([*lines, "return residual"])
    return "\n".join([*lines, f"scale = {torch_code(formula.scale)}", "return residual + scale"])


_MARKS: Mapping[str, str] = MappingProxyType({"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"})
_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {name: f"torch.{name}" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "abs", "tanh", "sigmoid", "cosh", "erf", "sign", "relu",
    )}
)  # fmt: skip
_EXTREMES: Mapping[str, str] = MappingProxyType({"max": "torch.maximum", "min": "torch.minimum"})


def torch_code(node: Node) -> str:
    """A formula's tree as torch code, each operation in brackets of its own but the outermost."""
    text = _torch(node)
    return text[1:-1] if text.startswith("(") and node.op in (*_MARKS, "power") else text


def _torch(node: Node) -> str:
    below = [_torch(each) for each in node.of]
    if node.op == "number":
        return repr(float(node.value)) if node.value >= 0 else f"({float(node.value)!r})"
    if node.op in ("r", "y", "mu", "s"):
        return node.op
    if node.op == "neg":
        return f"(-{below[0]})"
    if node.op == "power":
        return f"({below[0]} ** {float(node.value)!r})"
    if node.op in _MARKS:
        return f"({below[0]} {_MARKS[node.op]} {below[1]})"
    if node.op == "softplus":
        return f"torch.logaddexp({below[0]}, torch.zeros_like({below[0]}))"
    if node.op in _EXTREMES:  # torch's want tensors
        pairs = zip(node.of, below, strict=True)
        full = [f"torch.full_like(r, {text})" if each.op == "number" else text for each, text in pairs]
        return f"{_EXTREMES[node.op]}({', '.join(full)})"
    return f"{_FUNCTIONS[node.op]}({below[0]})"
