"""A run as a script: one file for PyTorch and NumPy alone that trains the same net again and scores it.

It is text put together from the rows that the experiment names (`snippets`, `formulas`), so that it holds what this
run used and nothing else. The script draws the same points, starts from the same weights and sees the same batches
(numpy's generators give the same numbers everywhere), so that only rounding tells it from the laboratory. Numbers and
names from outside go in as Python literals, never as text that could run.
"""

from textwrap import indent

import numpy as np

from core.data.dataset import DESIGNS, HELD_OUT
from core.export import formulas, snippets
from core.model.formula import parse
from core.model.losses import Loss
from core.sections import NO_TABLE, loss_of
from core.training.run import Run

MOST_ROWS = 2_000  # of a table that stand in the script itself; more are read from a file beside it
DIGITS = 1e-3  # nats within which the script comes to the run's test NLL


class ExportError(ValueError):
    """A run that cannot be carried away like this: one sentence."""


def script_of(run: Run) -> str:
    """The script of a run, Python text that needs torch and numpy and nothing else.

    It ends with the line "test NLL <value>", of the held-out points with the full constant, beside the value that the
    laboratory found: equal to 1e-3 nats where the learning rate decays. A constant rate never settles, and rounding
    grows: the script then trains twice, from first weights that differ by 1e-7, and prints how far they came apart.
    Raises ExportError where there is nothing to train again.
    """
    if not run.steps_done or not run.has_curve:
        raise ExportError("This run has no weights to come to again: train it, and export it then.")
    parts = (_head, _constants, _points, _start, _net, _loss, _reading, _rates, _train, _main)
    return "\n\n".join(text.strip("\n") + "\n" for part in parts if (text := part(run)))


def _head(run: Run) -> str:
    experiment, loss = run.experiment, loss_of(run.experiment.loss)
    on = "drawn points" if experiment.data.table == NO_TABLE else "a table"
    file = "" if _is_embedded(run) else " data.csv"
    beside = "" if _is_embedded(run) else "\ndata.csv is the file “data” that the run is exported with."
    uses_softplus = experiment.loss.bound == "soft"
    lines = [
        f'"""Run {run.key} of Heteroscope: {loss.label}, on {on}.',
        "",
        f"Trains the same net again with PyTorch and NumPy alone:  python script.py{file}{beside}",
        "Points, first weights and batches are the run's own, so that only rounding tells the two apart.",
        '"""',
        "",
        "import math",
        *([] if _is_embedded(run) else ["import sys"]),
        "",
        "import numpy as np",
        "import torch",
        *(["from torch.nn.functional import softplus"] if uses_softplus else []),
        "",
        "torch.set_num_threads(1)  # products this small are slower on two",
    ]
    return "\n".join(lines)


def _constants(run: Run) -> str:
    experiment = run.experiment
    data, network, training, loss = experiment.data, experiment.network, experiment.training, _loss_row(run)
    values: dict[str, tuple[object, str]] = {}
    if data.table == NO_TABLE:
        values |= {
            "N": (data.n, f"training points; {HELD_OUT:,} more are drawn to test on"),
            "X_MIN": (float(data.x_min), ""),
            "X_MAX": (float(data.x_max), ""),
            "NOISE": (float(experiment.noise.scale), "standard deviation of the noise, its mean over x"),
            "DATA_SEED": (data.seed, ""),
        }
    values |= {
        "HIDDEN": (list(network.layers), "widths of the hidden layers"),
        "OUTPUTS": (len(loss.outputs), ", ".join(output.label for output in loss.outputs)),
    }
    if network.dropout:
        values["DROPOUT"] = (float(network.dropout), "share of hidden units silenced at each step")
    if loss.name == "pinball":
        values["LEVELS"] = (list(loss.numbers), "the quantiles, one output each")
    if experiment.loss.bound in ("clamp", "soft"):
        values["LEAST_STD"] = (float(experiment.loss.least_std), "the spread stays between these, in the unit of y")
        values["MOST_STD"] = (float(experiment.loss.most_std), "")
        values["POWERS"] = ([output.log_power for output in loss.outputs], "of the std that each output is a log of")
    if experiment.loss.bound == "epsilon":
        values["EPSILON"] = (float(experiment.loss.least_std) ** 2, "added to r², in the squared unit of y")
    values |= {
        "LEARNING_RATE": (float(training.learning_rate), "the largest"),
        "BATCH_SIZE": (training.batch_size, ""),
        "STEPS": (training.steps, ""),
    }
    if run.steps_done < training.steps:
        values["STEPS_TAKEN"] = (run.steps_done, f"the run ended there: it was {run.status}")
    if _decay(run):
        values["WEIGHT_DECAY"] = (_decay(run), "")
    if _warm_up(run):
        values["WARM_UP"] = (_warm_up(run), "steps on squared error alone, while the spread waits")
    nll = run.scores["nll"]
    values["SEED"] = (training.seed, "rules the first weights, the order of the points and dropout")
    values["IN_THE_APP"] = (_Nan() if nll is None else float(nll), "the test NLL that this run had there")
    return "\n".join(f"{name} = {value!r}{f'  # {words}' if words else ''}" for name, (value, words) in values.items())


class _Nan:
    """A number that is none, as a script writes it."""

    def __repr__(self) -> str:
        return "math.nan"


def _loss_row(run: Run) -> Loss:
    return loss_of(run.experiment.loss)


def _decay(run: Run) -> float:
    return 0.01 if run.experiment.training.optimizer == "adamw" else 0.0


def _warm_up(run: Run) -> int:
    return int(run.experiment.settings().get("training.warmup_steps", 0))


def _is_embedded(run: Run) -> bool:
    data = run.dataset
    return data.truth is not None or len(data.y) + len(data.y_held_out) <= MOST_ROWS


def _points(run: Run) -> str:
    if run.dataset.truth is not None:
        return _drawn(run)
    return _from_rows(run) if _is_embedded(run) else _from_file(run)


def _drawn(run: Run) -> str:
    data, noise = run.experiment.data, run.experiment.noise
    alone = DESIGNS[data.design].isolated
    if alone:
        training = f"""    alone = X_MIN + np.array({list(alone)})[:N] * (X_MAX - X_MIN)  # alone, and no noise
    x = design(x_rng, N - len(alone))
    y = np.append(target(x) + std(x) * noise(z_rng, len(x)), target(alone))
    x = np.append(x, alone)"""
    else:
        training = """    x = design(x_rng, N)
    y = target(x) + std(x) * noise(z_rng, N)"""
    return f'''def target(x):
    return {snippets.TARGETS[data.target]}


def std(x):
    """σ(x): how wide the noise is at x."""
    u = np.clip((x - X_MIN) / (X_MAX - X_MIN), 0.0, 1.0)
    return NOISE * ({snippets.PROFILES[noise.profile]})


def noise(rng, n):
    """Z of mean 0 and variance 1."""
{indent(snippets.NOISES[noise.family], "    ")}


def design(rng, n):
    """How n points lie along x."""
{indent(snippets.DESIGNS[data.design], "    ")}


def points():
    """Training and test points, x (n, 1) and y (n,): y = f(x) + σ(x)·Z, each part from streams of its own."""
    root = np.random.SeedSequence(DATA_SEED, spawn_key=(int.from_bytes(b"data", "big"),))
    x_rng, z_rng, x_test_rng, z_test_rng = (np.random.default_rng(stream) for stream in root.spawn(4))
{training}
    x_test = design(x_test_rng, {HELD_OUT})
    y_test = target(x_test) + std(x_test) * noise(z_test_rng, {HELD_OUT})
    return x[:, None], y, x_test[:, None], y_test
'''


def _from_rows(run: Run) -> str:
    return '''def points():
    """Training and test rows, x (n, inputs) and y (n,); the numbers stand at the end of this file."""
    train, test = np.array(TRAIN), np.array(TEST)
    return train[:, :-1], train[:, -1], test[:, :-1], test[:, -1]
'''


def _from_file(run: Run) -> str:
    return '''def points():
    """Training and test rows, x (n, inputs) and y (n,), from the file: its columns are part, inputs, y."""
    table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, ndmin=2, encoding="utf-8", comments=None, usecols=USED)
    train, test = (table[table[:, 0] == part, 1:] for part in (0, 2))
    return train[:, :-1], train[:, -1], test[:, :-1], test[:, -1]
'''


def _start(run: Run) -> str:
    network, loss = run.experiment.network, _loss_row(run)
    shared = network.heads == "shared"
    nets = "[one_net(rng, x, [x.shape[1], *HIDDEN, OUTPUTS])]"
    if not shared:
        nets = "[one_net(rng, x, [x.shape[1], *HIDDEN, 1]) for _ in range(OUTPUTS)]  # one for each output"
    starts = [output.start for output in loss.outputs]
    lines = [
        "def first_weights(rng, x):",
        '    """Of each net the layers (w, b), drawn on the training x in the unit that the net sees."""',
        f"    nets = {nets}",
    ]
    if network.init == "spread" and any(starts):
        each = "[nets[0][-1][1]]" if shared else "[net[-1][1] for net in nets]"
        lines += [
            f"    starts = {starts!r}  # where each output begins",
            f"    for bias, start in zip({each}, np.split(np.array(starts), len(nets))):",
            "        bias += start",
        ]
    return snippets.INITIALISATIONS[network.init].strip("\n") + "\n\n\n" + "\n".join([*lines, "    return nets"])


_MASK = '''def mixed(bits):
    """A hash of 32 bits (lowbias32): which units fall silent depends on the seed, the step and the place alone."""
    bits = ((bits ^ (bits >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    bits = ((bits ^ (bits >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    return bits ^ (bits >> 16)


def silenced(hidden, key, place):
    """Dropout: `place` units of the whole network come before those of `hidden` (points, width)."""
    points, width = hidden.shape
    units = torch.arange(points * width).reshape(points, width) + place * points
    kept = mixed(units ^ key) < int((1 - DROPOUT) * 2**32)
    return hidden * kept / (1 - DROPOUT)


'''


def _net(run: Run) -> str:
    network, loss = run.experiment.network, _loss_row(run)
    drops = network.dropout > 0
    silence = "" if not drops else (
        "\n            if key is not None:\n                hidden = silenced(hidden, key, place)"
        "\n            place += hidden.shape[1]"
    )  # fmt: skip
    last = "        outputs += (hidden @ w + b).unbind(-1)"
    if loss.spares_trunk and network.heads == "shared":
        last = (
            "        spared = hidden.detach() @ w + b  # what comes after the mean does not move the hidden layers\n"
            "        outputs += [(hidden @ w + b)[:, 0], *spared.unbind(-1)[1:]]"
        )
    return f'''{_MASK if drops else ""}def network(nets, x{", key=None" if drops else ""}):
    """The outputs (n,), as a list, for x (n, inputs)."""
    outputs{", place = [], 0" if drops else " = []"}
    for *layers, (w, b) in nets:
        hidden = x
        for w_hidden, b_hidden in layers:
            hidden = {snippets.ACTIVATIONS[network.activation]}(hidden @ w_hidden + b_hidden){silence}
{last}
    return outputs
'''


def _bound(run: Run) -> str:
    line = snippets.BOUNDS[run.experiment.loss.bound]
    if not line:
        return ""
    return f'''def bound(outputs, y_scale):
    """The outputs, those that are logs of a spread kept within limits."""
    kept = []
    for output, power in zip(outputs, POWERS):
        low, high = sorted(power * math.log(std / y_scale) for std in (LEAST_STD, MOST_STD))
        kept.append({line} if power else output)
    return kept


'''


def _names(run: Run) -> str:
    loss = _loss_row(run)
    if loss.name == "typed" and not loss.has_scale:
        return "(mean,)"
    return formulas.LOSSES[loss.name].names


def _loss(run: Run) -> str:
    settings, loss, code = run.experiment.loss, _loss_row(run), formulas.LOSSES[run.experiment.loss.name]
    body = code.body
    if loss.name == "typed":
        body = formulas.typed_code(parse(settings.formula))
    for name in ("beta", "nu", "evidence_weight"):
        body = body.replace(f"{{{name}}}", repr(float(getattr(settings, name))))
    lines = [f"{_names(run)} = outputs"] if _names(run) else []
    if settings.bound == "epsilon":
        lines += [
            "r = y - mean",
            "size = torch.sqrt(r**2 + EPSILON / y_scale**2)  # r² + ε for r²",
            "y = mean + torch.where(r < 0, -size, size)",
        ]
    elif _bound(run):
        lines = ["outputs = bound(outputs, y_scale)", *lines]
    words = f": {code.comment}" if code.comment else ""
    needs = formulas.NEEDS.get(loss.name, "").strip("\n")
    return f'''{needs + chr(10) * 3 if needs else ""}{_bound(run)}def loss(y, outputs, y_shift, y_scale):
    """Per point, in training units{words}."""
{indent(chr(10).join([*lines, body]), "    ")}
'''


def _reading(run: Run) -> str:
    experiment, loss, code = run.experiment, _loss_row(run), formulas.LOSSES[run.experiment.loss.name]
    lines = [f"{_names(run)} = outputs"] if _names(run) else []
    if _bound(run):
        lines = ["outputs = bound(outputs, y_scale)", *lines]
    lines.append(code.back or _back(run))
    if not loss.has_scale:
        lines.append("s = torch.full_like(mean, residual_log_variance)")
    nu = repr(float(experiment.loss.nu))
    lines.append(formulas.READINGS[experiment.loss.reading].replace("{nu}", nu))
    more = "" if loss.has_scale else ", residual_log_variance"
    return f'''def nll(y, outputs, y_shift, y_scale{more}):
    """−log density of y per point, all constants included, in the unit of y."""
{indent(chr(10).join(lines), "    ")}
'''


def _back(run: Run) -> str:
    """Lines that bring the outputs to the unit of y, each by its own law."""
    loss, names = _loss_row(run), [name.strip() for name in _names(run).strip("(,)").split(",")]
    lines = []
    for name, output in zip(names, loss.outputs, strict=True):
        if output.is_location:
            lines.append(f"{name} = y_shift + y_scale * {name}")
        elif output.log_power:
            lines.append(f"{name} = {name} + {output.log_power:g} * math.log(y_scale)")
    return "\n".join(lines)


def _rates(run: Run) -> str:
    training = run.experiment.training
    return f'''def rates():
    """The learning rate of each step."""
{indent(snippets.SCHEDULES[training.schedule], "    ")}


def batches(n, rng):
    """Indices of one batch after another, without repetition within a pass over the points."""
    size, order, at = min(BATCH_SIZE, n), None, n
    while True:
        if at + size > n:
            order, at = rng.permutation(n), 0
        yield order[at : at + size]
        at += size
'''


def _train(run: Run) -> str:
    training, network = run.experiment.training, run.experiment.network
    drops = network.dropout > 0
    steps = "STEPS_TAKEN" if run.steps_done < training.steps else "STEPS"
    key = ", mixed(silence ^ step)" if drops else ""
    objective = "loss(y[rows], outputs, y_shift, y_scale)"
    lines = [f"        objective = {objective}.mean()"]
    if _warm_up(run):
        lines = [
            "        if step < WARM_UP:",
            "            objective = (0.5 * (y[rows] - outputs[0]) ** 2).mean()",
            "        else:",
            f"            objective = {objective}.mean()",
        ]
    silence = "\n    silence = mixed(torch.tensor(int(silencing.generate_state(1)[0])))" if drops else ""
    return f'''def train(x, y, y_shift, y_scale, nudge=0.0):
    """The trained nets; x (n, inputs) and y (n,) in training units."""
    first, shuffling, {"silencing" if drops else "_"} = np.random.SeedSequence(SEED).spawn(3){silence}
    nets = first_weights(np.random.default_rng(first), x)
    nets = [[tuple(torch.tensor(part + nudge, dtype=torch.float32).requires_grad_() for part in layer) for layer in net]
            for net in nets]
    parameters = [part for net in nets for layer in net for part in layer]
    optimizer = {snippets.OPTIMIZERS[training.optimizer]}
    order, rate = batches(len(x), np.random.default_rng(shuffling)), rates()
    x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    for step in range({steps}):
        rows = torch.from_numpy(next(order))
        outputs = network(nets, x[rows]{key})
{chr(10).join(lines)}
        optimizer.zero_grad()
        objective.backward()
        optimizer.param_groups[0]["lr"] = rate[step]
        optimizer.step()
    return nets
'''


def _main(run: Run) -> str:
    training, loss = run.experiment.training, _loss_row(run)
    scaling = "x_shift, x_scale, y_shift, y_scale = 0.0, 1.0, 0.0, 1.0  # the net gets raw numbers"
    if training.standardise:
        scaling = (
            "x_shift, x_scale = x.mean(0), np.where(x.std(0) == 0, 1.0, x.std(0))\n"
            "y_shift, y_scale = float(y.mean()), float(y.std()) or 1.0"
        )
    more = ""
    at_rows = ""
    if not loss.has_scale:
        more = ", residual_log_variance"
        at_rows = (
            "every = -(-len(x) // 20_000)  # the spread is one constant: of the residuals on the training points\n"
            "of_training = network(nets, torch.tensor(x[::every]))[0]\n"
            "residual = torch.tensor(y[::every]) - (y_shift + y_scale * of_training)\n"
            "residual_log_variance = float(torch.log(torch.mean(residual**2) + torch.finfo(torch.float32).tiny))\n"
        )
    score = f'''def test_nll(nets, x, y, x_test, y_test, y_shift, y_scale):
    """Mean NLL of the test points, in float64; x and x_test as the net sees them, y and y_test in their own unit."""
    nets = [[tuple(part.detach().double() for part in layer) for layer in net] for net in nets]
{indent(at_rows, "    ")}    outputs = network(nets, torch.tensor(x_test))
    return float(nll(torch.tensor(y_test), outputs, y_shift, y_scale{more}).mean())
'''
    body = [
        "x, y, x_test, y_test = points()",
        *scaling.split("\n"),
        "x, x_test = (x - x_shift) / x_scale, (x_test - x_shift) / x_scale",
        "nets = train(x, (y - y_shift) / y_scale, y_shift, y_scale)",
        "value = test_nll(nets, x, y, x_test, y_test, y_shift, y_scale)",
        *_rounding(run),
        'print(f"test NLL {value:.6f}")',
        'print(f"in the app {IN_THE_APP:.6f}")',
    ]
    return score + "\n\n" + "def main():\n" + indent("\n".join(body), "    ") + "\n\n\n" + _rows(run) + "main()\n"


def _rounding(run: Run) -> list[str]:
    """Lines that tell how far rounding carries: where a rate never settles, and where it did carry far."""
    lines = [
        "again = train(x, (y - y_shift) / y_scale, y_shift, y_scale, nudge=1e-7)",
        "apart = abs(test_nll(again, x, y, x_test, y_test, y_shift, y_scale) - value)",
        'print(f"rounding alone: first weights 1e-7 away end {apart:.1e} nats away")',
    ]
    if run.experiment.training.schedule == "constant":
        return ["# This rate never falls, so that rounding grows: train again from nearly the same weights.", *lines]
    return [
        f"if not abs(value - IN_THE_APP) <= {DIGITS}:  # does rounding carry so far here?",
        indent("\n".join(lines), "    "),
    ]


def _rows(run: Run) -> str:
    """The numbers of a small table, as lists of lists: inputs, and y last."""
    data = run.dataset
    if data.truth is not None:
        return ""
    if not _is_embedded(run):
        return f"USED = range({_inputs(data.x).shape[1] + 2})  # part: 0 train, 1 validation, 2 test\n\n"
    return _list("TRAIN", data.x, data.y) + _list("TEST", data.x_held_out, data.y_held_out) + "\n"


def _inputs(x: np.ndarray) -> np.ndarray:
    return x[:, None] if x.ndim == 1 else x


def _list(name: str, x: np.ndarray, y: np.ndarray) -> str:
    rows = np.column_stack([x, y]).tolist()
    return f"{name} = [\n" + "".join(f"    {row!r},\n" for row in rows) + "]\n"
