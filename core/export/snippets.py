"""Code for a script, one text for each row of the tables a drawn data set, a net and its training are made of.

Each text is the row written out in numpy or torch as a person would; tests hold every table complete, and run them.
"""

from collections.abc import Mapping
from types import MappingProxyType

TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "two_sines": "np.sin(x / 15 - 4) + 2 + np.sin(x / 10 - 5)",
        "seitzer_sine": "0.4 * np.sin(2 * np.pi * x)",
        "x_sin_x": "x * np.sin(x)",
        "step": "np.where(x < 0, 0.0, 1.0)",
        "cubic": "x**3",
        "line": "1 + 2 * x",
    }
)

PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "np.ones_like(u)",
        "linear": "0.2 + 1.6 * u",
        "steep": "(0.1 + 5 * u) / 2.6",
        "bump": "0.5 + 0.5 / (0.08 * math.sqrt(2 * math.pi) * math.erf(0.5 / (math.sqrt(2) * 0.08)))"
        " * np.exp(-0.5 * ((u - 0.5) / 0.08) ** 2)",
        "sine": "1 + 0.75 * np.sin(2 * np.pi * u)",
        "step": "np.where(u < 0.5, 0.5, 1.5)",
    }
)

NOISES: Mapping[str, str] = MappingProxyType(
    {
        "gaussian": "return rng.standard_normal(n)",
        "laplace": "return rng.laplace(0.0, math.sqrt(0.5), n)",
        "student_t": "return math.sqrt(3 / 5) * rng.standard_t(5.0, n)",
        "skewed": "return (rng.standard_gamma(4.0, n) - 4.0) / 2.0",
        "outliers": "narrow = 1 / math.sqrt(0.9 + 0.1 * 5**2)\n"
        "return rng.standard_normal(n) * np.where(rng.random(n) < 0.1, 5 * narrow, narrow)",
    }
)

DESIGNS: Mapping[str, str] = MappingProxyType(
    {
        "stratified": "cell = np.repeat(np.arange(100), np.diff(np.arange(101) * n // 100))  # 100 equal cells\n"
        "hundredths = rng.integers(0, 100, n, endpoint=True)\n"
        "span = X_MAX - X_MIN\n"
        "return np.minimum(X_MIN + cell * span / 100 + hundredths / 100 * (span / 100), X_MAX)",
        "uniform": "return rng.uniform(X_MIN, X_MAX, n)",
        "grid": "return np.linspace(X_MIN, X_MAX, n)",
        "isolated": "quarter = (X_MAX - X_MIN) / 4\nreturn rng.uniform(X_MIN + quarter, X_MAX - quarter, n)",
    }
)

ACTIVATIONS: Mapping[str, str] = MappingProxyType(
    {
        "tanh": "torch.tanh",
        "relu": "torch.relu",
        "silu": "torch.nn.functional.silu",
        "gelu": "torch.nn.functional.gelu",
        "elu": "torch.nn.functional.elu",
        "softplus": "torch.nn.functional.softplus",
    }
)

SCHEDULES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "return np.full(STEPS, LEARNING_RATE)",
        "cosine": "return LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * np.arange(STEPS) / STEPS))",
        "one_cycle": "climb = min(STEPS, max(1, round(0.1 * STEPS)))  # up in a line, then down as a cosine\n"
        "fall = 0.5 * (1 + np.cos(np.pi * np.arange(STEPS - climb) / max(1, STEPS - climb)))\n"
        "return LEARNING_RATE * np.concatenate([np.arange(1, climb + 1) / climb, fall])",
    }
)

OPTIMIZERS: Mapping[str, str] = MappingProxyType(
    {
        "adam": "torch.optim.Adam(parameters, lr=LEARNING_RATE)",
        "adamw": "torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)",
        "sgd": "torch.optim.SGD(parameters, lr=LEARNING_RATE, momentum=0.9)",
    }
)

INITIALISATIONS: Mapping[str, str] = MappingProxyType(
    {
        "spread": '''
def first_layer(rng, x, width):
    """Units that bend where the data are: their kinks at quantiles of x, their slopes log-uniform in 1 … 6."""
    w = rng.normal(size=(x.shape[1], width))
    along = x @ w
    slopes = np.exp(rng.uniform(0, np.log(6), width)) / np.maximum(along.std(axis=0), 1e-12)
    quantiles = np.sort(along, axis=0)[rng.permutation(width) * len(x) // width, np.arange(width)]
    return w * slopes, -quantiles * slopes


def orthogonal(rng, fan_in, fan_out):
    q, r = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    q = q * np.sign(np.diag(r))
    return q if fan_in >= fan_out else q.T


def one_net(rng, x, widths):
    """Weights and biases, layer by layer: the first over the data, hidden ones orthogonal, the last one small."""
    layers = [first_layer(rng, x[:: max(1, len(x) // 1000)], widths[1])]
    for fan_in, fan_out in zip(widths[1:-2], widths[2:-1]):
        layers.append((2 * orthogonal(rng, fan_in, fan_out), np.zeros(fan_out)))
    last = rng.normal(0, 0.1 / np.sqrt(widths[-2]), (widths[-1], widths[-2])).T
    return [*layers, (last, np.zeros(widths[-1]))]
''',
        "torch": '''
def one_net(rng, x, widths):
    """Weights and biases, layer by layer, uniform in ±1/√fan_in: the start of torch.nn.Linear."""
    layers = []
    for fan_in, fan_out in zip(widths[:-2], widths[1:-1]):
        w = rng.uniform(-1, 1, fan_in * fan_out).reshape(fan_in, fan_out) / np.sqrt(fan_in)
        layers.append((w, rng.uniform(-1, 1, fan_out) / np.sqrt(fan_in)))
    drawn = rng.uniform(-1, 1, (widths[-1], widths[-2] + 1)) / np.sqrt(widths[-2])  # output by output
    return [*layers, (drawn[:, :-1].T, drawn[:, -1])]
''',
    }
)

BOUNDS: Mapping[str, str] = MappingProxyType(
    {
        "none": "",
        "clamp": "output.clamp(low, high)",
        "soft": "low + softplus(high - softplus(high - output) - low)",
        "epsilon": "",
    }
)
