"""The parts of a script that are its network: first weights, outputs, loss and reading."""

from textwrap import indent

from ..model.bounds import BOUNDS
from ..model.losses import torch_code
from ..model.networks import ACTIVATIONS, INITIALISATIONS
from ..source import source
from ..training.run import Run
from .facts import is_log, loss_row, waits


def start_part(run: Run) -> str:
    """Lines that define `first_weights`, and what it calls."""
    network, loss = run.experiment.network, loss_row(run)
    shared = network.heads == "shared"
    nets = "[one_net(rng, x, [x.shape[1], *HIDDEN, OUTPUTS])]"
    if not shared:
        nets = "[one_net(rng, x, [x.shape[1], *HIDDEN, 1]) for _ in range(OUTPUTS)]  # one for each output"
    starts = loss.starts
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
    one_net = source(INITIALISATIONS[network.init].one_net, "one_net")
    return one_net + "\n\n" + "\n".join([*lines, "    return nets"])


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


def net_part(run: Run) -> str:
    """Lines that define `network`, and dropout where there is any."""
    network, loss = run.experiment.network, loss_row(run)
    activation = f"torch.nn.functional.{ACTIVATIONS[network.activation].torch_name}"
    drops = network.dropout > 0
    silence = "" if not drops else (
        "\n            if key is not None:\n                hidden = silenced(hidden, key, place)"
        "\n            place += hidden.shape[1]"
    )  # fmt: skip
    last = "        outputs += (hidden @ w + b).unbind(-1)"
    if loss.stops_gradient and network.heads == "shared":
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
            hidden = {activation}(hidden @ w_hidden + b_hidden){silence}
{last}
    return outputs
'''


def _bound(run: Run) -> str:
    bound, text = BOUNDS[run.experiment.loss.bound], ""
    if bound.observed is not None:
        text += source(bound.observed, "observed", "y as the loss sees it: r² + ε for r².") + "\n\n"
    if bound.within is not None:
        text += source(bound.within, "within", "One output, kept within its limits.") + _BOUND
    return text


_BOUND = '''

def bound(outputs, y_scale):
    """The outputs, those that are logs of a spread kept within limits."""
    kept = []
    for output, power in zip(outputs, POWERS):
        low, high = sorted(power * math.log(std / y_scale) for std in (LEAST_STD, MOST_STD))
        kept.append(within(output, low, high) if power else output)
    return kept


'''


def loss_part(run: Run) -> str:
    """Lines that define `loss`, the bound on its outputs, and what it calls."""
    bound, loss = BOUNDS[run.experiment.loss.bound], loss_row(run)
    lines = [*torch_code.unpacked(loss), *torch_code.head(loss)]
    if bound.observed is not None:
        lines.append("y = observed(y, mean, EPSILON / y_scale**2)")
    if bound.within is not None:
        lines = ["outputs = bound(outputs, y_scale)", *lines]
    lines += torch_code.parameters(loss, in_training_units=True)
    *before, last = torch_code.objective(loss, in_training_units=True)
    body = "\n".join([*lines, *before, f"return {last.removeprefix('loss = ')}"])
    needs = torch_code.HALF_STEP + "\n\n" if "half_step(" in body else ""
    return f'''{needs}{_bound(run)}def loss(y, outputs, y_shift, y_scale):
    """{loss.label}, per point, in training units."""
{indent(body, "    ")}
'''


def reading_part(run: Run) -> str:
    """The run's reading; and where patience looked at another, the loss's own."""
    text = _nll("nll", run, run.experiment.loss.reading)
    own = loss_row(run).readings[0]
    if not waits(run):
        return text
    if own == run.experiment.loss.reading:
        return text + "\n\nown_nll = nll\n"
    return text + "\n\n" + _nll("own_nll", run, own)


def _nll(name: str, run: Run, reading: str) -> str:
    loss = loss_row(run)
    lines = [*torch_code.unpacked(loss), *torch_code.head(loss), *torch_code.in_unit_of_y(loss)]
    if BOUNDS[run.experiment.loss.bound].within is not None:
        lines = ["outputs = bound(outputs, y_scale)", *lines]
    if not loss.has_scale:
        lines.append("s = torch.full_like(mean, residual_log_variance)")
    lines += torch_code.density(loss, reading)
    more = "" if loss.has_scale else ", residual_log_variance"
    unit = "log y" if is_log(run) else "y"
    return f'''def {name}(y, outputs, y_shift, y_scale{more}):
    """−log density of {unit} per point, all constants included."""
{indent(chr(10).join(lines), "    ")}
'''
