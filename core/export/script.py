"""A run as a script: one file for PyTorch and NumPy alone that trains the same net again and scores it.

It is text put together from the rows that the experiment names (`snippets`, `formulas`), so that it holds what this
run used and nothing else. The script draws the same points, starts from the same weights and sees the same batches
(numpy's generators give the same numbers everywhere), so that only rounding tells it from the laboratory. Numbers and
names from outside go in as Python literals, never as text that could run.
"""

from textwrap import indent

import numpy as np

from core.data.dataset import DESIGNS, HELD_OUT, VALIDATION
from core.export import formulas, snippets
from core.model.formula import parse
from core.model.losses import Loss
from core.sections import NO_TABLE, loss_of
from core.training.run import Run
from core.training.schedules import OPTIMIZERS

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
    if run.encoding is not None:
        values["INPUTS"] = (list(run.encoding.inputs), f"of {run.encoding.target!r}{_log_words(run)}")
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
    if _ended_before(run):
        values["STEPS_TAKEN"] = (run.steps_done, f"the run ended there: it was {run.status}")
    if training.optimizer == "adamw":
        values["WEIGHT_DECAY"] = (OPTIMIZERS["adamw"].arguments["weight_decay"], "AdamW's own")
    if training.weight_decay:
        values["SHRINK"] = (float(training.weight_decay), "before each step weights shrink by its rate times this")
    if _waits(run):
        values["PATIENCE"] = (training.patience, "steps without a better NLL on validation points end the training")
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


def _log_words(run: Run) -> str:
    return ", whose log is fitted" if _is_log(run) else ""


def _is_log(run: Run) -> bool:
    return run.encoding is not None and run.encoding.log_target


def _waits(run: Run) -> bool:
    """Whether it took its best weights on validation points; a run that ended otherwise kept its last."""
    return run.experiment.training.patience > 0 and run.status == "done"


def _ended_before(run: Run) -> bool:
    return run.steps_done < run.experiment.training.steps and not _waits(run)


def _warm_up(run: Run) -> int:
    return int(run.experiment.settings().get("training.warmup_steps", 0))


def _is_embedded(run: Run) -> bool:
    data = run.dataset
    return data.truth is not None or len(data.y) + len(data.y_validation) + len(data.y_held_out) <= MOST_ROWS


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
    others = f"({HELD_OUT}, {VALIDATION})" if _waits(run) else f"({HELD_OUT},)"
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
    """{_parts_words(run)}, x (n, 1) and y (n,): y = f(x) + σ(x)·Z, each part from streams of its own."""
    root = np.random.SeedSequence(DATA_SEED, spawn_key=(int.from_bytes(b"data", "big"),))
    x_rng, z_rng, *of_others = (np.random.default_rng(stream) for stream in root.spawn({6 if _waits(run) else 4}))
{training}
    parts = [(x[:, None], y)]
    for n, x_rng, z_rng in zip({others}, of_others[::2], of_others[1::2]):
        x = design(x_rng, n)
        parts.append((x[:, None], target(x) + std(x) * noise(z_rng, n)))
    return parts
'''


def _parts_words(run: Run) -> str:
    return "Training, test and validation points" if _waits(run) else "Training and test points"


def _from_rows(run: Run) -> str:
    names = "(TRAIN, TEST, VALIDATION)" if _waits(run) else "(TRAIN, TEST)"
    return f'''def points():
    """{_parts_words(run)}, x (n, inputs) and y (n,); the numbers stand at the end of this file."""
    return [(rows[:, :-1], rows[:, -1]) for rows in map(np.array, {names})]
'''


def _from_file(run: Run) -> str:
    numbers = "(0, 2, 1)" if _waits(run) else "(0, 2)"
    return f'''def points():
    """{_parts_words(run)}, x (n, inputs) and y (n,), from a file whose columns are part, inputs, y."""
    table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, ndmin=2, encoding="utf-8")
    parts = [table[table[:, 0] == part, 1:] for part in {numbers}]  # 0 is train, 1 validation, 2 test
    return [(rows[:, :-1], rows[:, -1]) for rows in parts]
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
    """The run's reading; and where patience looked at another, the loss's own."""
    text = _nll("nll", run, run.experiment.loss.reading)
    own = _loss_row(run).readings[0]
    if not _waits(run):
        return text
    if own == run.experiment.loss.reading:
        return text + "\n\nown_nll = nll\n"
    return text + "\n\n" + _nll("own_nll", run, own)


def _nll(name: str, run: Run, reading: str) -> str:
    experiment, loss, code = run.experiment, _loss_row(run), formulas.LOSSES[run.experiment.loss.name]
    lines = [f"{_names(run)} = outputs"] if _names(run) else []
    if _bound(run):
        lines = ["outputs = bound(outputs, y_scale)", *lines]
    lines.append(code.back or _back(run))
    if not loss.has_scale:
        lines.append("s = torch.full_like(mean, residual_log_variance)")
    lines.append(formulas.READINGS[reading].replace("{nu}", repr(float(experiment.loss.nu))))
    more = "" if loss.has_scale else ", residual_log_variance"
    unit = "log y" if _is_log(run) else "y"
    return f'''def {name}(y, outputs, y_shift, y_scale{more}):
    """−log density of {unit} per point, all constants included."""
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
    drops, waits = network.dropout > 0, _waits(run)
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
    shrink = ""
    if training.weight_decay:
        shrink = (
            "        with torch.no_grad():\n"
            "            for part in parameters:\n"
            "                part *= 1 - rate[step] * SHRINK\n"
        )
    silence = "\n    silence = mixed(torch.tensor(int(silencing.generate_state(1)[0])))" if drops else ""
    return f'''def train(x, y, y_shift, y_scale{", validation" if waits else ""}, nudge=0.0):
    """The trained nets; x (n, inputs) as the nets see it, y (n,) in the unit of the data."""
    first, shuffling, {"silencing" if drops else "_"} = np.random.SeedSequence(SEED).spawn(3){silence}
    nets = first_weights(np.random.default_rng(first), x)
    nets = [[[torch.tensor(part + nudge, dtype=torch.float32).requires_grad_() for part in layer] for layer in net]
            for net in nets]
    parameters = [part for net in nets for layer in net for part in layer]
    optimizer = {snippets.OPTIMIZERS[training.optimizer]}
    order, rate = batches(len(x), np.random.default_rng(shuffling)), rates()
{_looks_begin(run) if waits else ""}    x = torch.tensor(x, dtype=torch.float32)
    y = torch.tensor((y - y_shift) / y_scale, dtype=torch.float32)
    for step in range({"STEPS_TAKEN" if _ended_before(run) else "STEPS"}):
        rows = torch.from_numpy(next(order))
        outputs = network(nets, x[rows]{key})
{chr(10).join(lines)}
        optimizer.zero_grad()
        objective.backward()
{shrink}        optimizer.param_groups[0]["lr"] = rate[step]
        optimizer.step()
{_LOOKS.format(more=_unit_more(run)) if waits else ""}    return nets
'''


# As the laboratory has it: it looks every so many steps, and in the end, and keeps the weights of the best look.
_LOOKS_BEGIN = """    every = max(1, min(STEPS // 100, PATIENCE // 2))  # steps between looks at validation points
    x_look, y_look = (part[:: -(-len(part) // 2000)] for part in validation)
    best, best_step, kept = math.inf, 0, [part.detach().clone() for part in parameters]
"""
_LOOKS = """        if (step + 1) % every == 0 or step + 1 == STEPS:
            now = mean_nll(own_nll, nets, x_look, y_look, y_shift, y_scale{more})
            if now < best:
                best, best_step, kept = now, step + 1, [part.detach().clone() for part in parameters]
            if step + 1 - best_step >= PATIENCE:
                break
    with torch.no_grad():
        for part, value in zip(parameters, kept):
            part.copy_(value)
"""


def _looks_begin(run: Run) -> str:
    return _LOOKS_BEGIN + ("" if _loss_row(run).has_scale else "    all_points = x, y\n")


def _unit_more(run: Run) -> str:
    return "" if _loss_row(run).has_scale else ", *all_points, 200"


def _score(run: Run) -> str:
    if _loss_row(run).has_scale:
        head, spread, more = "", "", ""
    else:
        head, more = ", x_train, y_train, most", ", residual_log_variance"
        spread = """    every = -(-len(x_train) // most)  # the spread is one constant, of the training residuals
    mean = network(nets, torch.tensor(x_train[::every]))[0]
    residual = torch.tensor(y_train[::every]) - (y_shift + y_scale * mean)
    residual_log_variance = float(torch.log(torch.mean(residual**2) + torch.finfo(torch.float32).tiny))
"""
    return f'''def mean_nll(nll, nets, x, y, y_shift, y_scale{head}):
    """Mean NLL of some points, in float64; x as the nets see it, y in the unit of the data."""
    nets = [[[part.detach().double() for part in layer] for layer in net] for net in nets]
{spread}    outputs = network(nets, torch.tensor(x))
    return float(nll(torch.tensor(y), outputs, y_shift, y_scale{more}).mean())
'''


def _main(run: Run) -> str:
    waits = _waits(run)
    parts = ["(x, y)", "(x_test, y_test)", *(["validation"] if waits else [])]
    scaling = ["x_shift, x_scale, y_shift, y_scale = 0.0, 1.0, 0.0, 1.0  # the net gets raw numbers"]
    if run.experiment.training.standardise:
        scaling = [
            "x_shift, x_scale = x.mean(0), np.where(x.std(0) == 0, 1.0, x.std(0))",
            "y_shift, y_scale = float(y.mean()), float(y.std()) or 1.0",
        ]
    looks = ["validation = (validation[0] - x_shift) / x_scale, validation[1]"] if waits else []
    body = [
        f"{', '.join(parts)} = points()",
        *scaling,
        "x, x_test = (x - x_shift) / x_scale, (x_test - x_shift) / x_scale",
        *looks,
        f"nets = {_trained(run)}",
        f"value = {_scored(run, 'nets')}",
        *_rounding(run),
        'print(f"test NLL {value:.6f}")',
        'print(f"in the app {IN_THE_APP:.6f}")',
    ]
    return _score(run) + "\n\ndef main():\n" + indent("\n".join(body), "    ") + "\n\n\n" + _rows(run) + "main()\n"


def _trained(run: Run, more: str = "") -> str:
    return f"train(x, y, y_shift, y_scale{', validation' if _waits(run) else ''}{more})"


def _scored(run: Run, nets: str) -> str:
    more = "" if _loss_row(run).has_scale else ", x, y, 20_000"
    text = f"mean_nll(nll, {nets}, x_test, y_test, y_shift, y_scale{more})"
    # A density of y itself is that of log y over y.
    return f"{text} + y_test.mean()  # log y was fitted, and y is what is scored" if _is_log(run) else text


def _rounding(run: Run) -> list[str]:
    """Lines that tell how far rounding carries: where a rate never settles, and where it did carry far."""
    lines = [
        f"again = {_trained(run, ', nudge=1e-7')}",
        f"other = {_scored(run, 'again')}",
        "apart = abs(other - value)",
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
    if data.truth is not None or not _is_embedded(run):
        return ""
    parts = [("TRAIN", data.x, data.y), ("TEST", data.x_held_out, data.y_held_out)]
    if _waits(run):
        parts.append(("VALIDATION", data.x_validation, data.y_validation))
    return "".join(_list(*part) for part in parts) + "\n"


def _list(name: str, x: np.ndarray, y: np.ndarray) -> str:
    rows = np.column_stack([x, y]).tolist()
    return f"{name} = [\n" + "".join(f"    {row!r},\n" for row in rows) + "]\n"
