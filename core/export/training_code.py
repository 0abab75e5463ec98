"""The parts of a script that train: rates and batches, steps, validation, and the score at the end."""

from textwrap import indent

from ..model.schedules import OPTIMIZERS, SCHEDULES
from ..source import source
from ..training.run import Run
from .facts import DIGITS, ended_before, is_log, loss_row, own_parts, waits, warm_up
from .members_code import seed_of_member
from .points_code import rows_part


def rates_part(run: Run) -> str:
    """Lines that define `schedule` and `batches`."""
    training = run.experiment.training
    return f'''{source(SCHEDULES[training.schedule].factors, "schedule", "Rates of the steps, by the largest.")}

def batches(n, rng):
    """Indices of one batch after another, without repetition within a pass over the points."""
    size, order, at = min(BATCH_SIZE, n), None, n
    while True:
        if at + size > n:
            order, at = rng.permutation(n), 0
        yield order[at : at + size]
        at += size
'''


def train_part(run: Run) -> str:
    """Lines that define `train`."""
    training, network = run.experiment.training, run.experiment.network
    drops, looks = network.dropout > 0, waits(run)
    key = ", mixed(silence ^ step)" if drops else ""
    objective = "loss(y[rows], outputs, y_shift, y_scale)"
    lines = [f"        objective = {objective}.mean()"]
    if warm_up(run):
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
    look_begin = _LOOKS_BEGIN + ("" if loss_row(run).has_scale else "    all_points = x, y\n")
    look = _LOOKS.format(more="" if loss_row(run).has_scale else ", *all_points, 200")
    silence = "\n    silence = mixed(torch.tensor(int(silencing.generate_state(1)[0])))" if drops else ""
    given = f"x, y, y_shift, y_scale{', validation' if looks else ''}{', member' if run.others else ''}, nudge=0.0"
    return f'''def train({given}):
    """The trained nets; x (n, inputs) as the nets see it, y (n,) in the unit of the data."""
    first, shuffling, {"silencing" if drops else "_"} = {seed_of_member(run)}.spawn(3){silence}
    nets = first_weights(np.random.default_rng(first), x)
    nets = [[[torch.tensor(part + nudge, dtype=torch.float32).requires_grad_() for part in layer] for layer in net]
            for net in nets]
    parameters = [part for net in nets for layer in net for part in layer]
    optimizer = {OPTIMIZERS[training.optimizer].code}
    order, rate = batches(len(x), np.random.default_rng(shuffling)), LEARNING_RATE * schedule(STEPS)
{look_begin if looks else ""}    x = torch.tensor(x, dtype=torch.float32)
    y = torch.tensor((y - y_shift) / y_scale, dtype=torch.float32)
    for step in range({"STEPS_TAKEN" if ended_before(run) else "STEPS"}):
        rows = torch.from_numpy(next(order))
        outputs = network(nets, x[rows]{key})
{chr(10).join(lines)}
        optimizer.zero_grad()
        objective.backward()
{shrink}        optimizer.param_groups[0]["lr"] = rate[step]
        optimizer.step()
{look if looks else ""}    return nets
'''


# As in the laboratory: validation every so many steps and at the end; the best weights are kept.
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


def _score(run: Run) -> str:
    if loss_row(run).has_scale:
        head, spread, more = "", "", ""
    else:
        head, more = ", x_train, y_train, most", ", residual_log_variance"
        spread = """    every = -(-len(x_train) // most)  # the spread is one constant, of the training residuals
    mean = network(nets, torch.tensor(x_train[::every]))[0]
    residual = torch.tensor(y_train[::every]) - (y_shift + y_scale * mean)
    residual_log_variance = float(torch.log(torch.mean(residual**2) + torch.finfo(torch.float32).tiny))
"""
    value = f"nll(torch.tensor(y), outputs, y_shift, y_scale{more})"
    name, words, returned = "mean_nll", "Mean NLL", f"float({value}.mean())"
    if run.others:
        name, words, returned = "nll_each", "NLL of each", value
    text = f'''def {name}(nll, nets, x, y, y_shift, y_scale{head}):
    """{words} of some points, in float64; x as the nets see it, y in the unit of the data."""
    nets = [[[part.detach().double() for part in layer] for layer in net] for net in nets]
{spread}    outputs = network(nets, torch.tensor(x))
    return {returned}
'''
    return text + (_MEAN_OF_EACH if run.others and waits(run) else "")


_MEAN_OF_EACH = '''

def mean_nll(*arguments):
    """The mean of `nll_each`."""
    return float(nll_each(*arguments).mean())
'''


def main_part(run: Run) -> str:
    """Lines that define `mean_nll` and `main`, the numbers of a small table, and the call."""
    main = _main_of_members(run) if run.others else _main_of_one(run)
    return f"{_score(run)}\n\n{main}\n\n{rows_part(run)}main()\n"


def _prepared(run: Run) -> list[str]:
    """Lines after which points are as the net sees them."""
    scaling = ["x_shift, x_scale, y_shift, y_scale = 0.0, 1.0, 0.0, 1.0  # the net gets raw numbers"]
    if run.experiment.training.standardise:
        scaling = [
            "x_shift, x_scale = x.mean(0), np.where(x.std(0) == 0, 1.0, x.std(0))",
            "y_shift, y_scale = float(y.mean()), float(y.std()) or 1.0",
        ]
    looks = ["validation = (validation[0] - x_shift) / x_scale, validation[1]"] if waits(run) else []
    return [*scaling, "x, x_test = (x - x_shift) / x_scale, (x_test - x_shift) / x_scale", *looks]


def _main_of_one(run: Run) -> str:
    parts = ["(x, y)", "(x_test, y_test)", *(["validation"] if waits(run) else [])]
    body = [
        f"{', '.join(parts)} = points()",
        *_prepared(run),
        f"nets = {_trained(run)}",
        f"value = {_scored(run, 'nets')}",
        *_rounding(run, [f"again = {_trained(run, ', nudge=1e-7')}", f"other = {_scored(run, 'again')}"]),
        *_SAID,
    ]
    return "def main():\n" + indent("\n".join(body), "    ") + "\n"


def _main_of_members(run: Run) -> str:
    parts = ["training", "(x_test, y_test)", *(["validation"] if waits(run) else [])]
    anew = ["if member in SET_ASIDE:", "    training, validation = set_aside(member, training, validation)"]
    more = "" if loss_row(run).has_scale else ", x, y, 20_000"
    log = " + torch.tensor(y_test)  # log y was fitted, and y is what is scored" if is_log(run) else ""
    member = [
        f"{', '.join(parts)} = points()",
        *(anew if own_parts(run) else []),
        "x, y = training",
        *_prepared(run),
        f"nets = {_trained(run, ', member, nudge')}",
        f"each = nll_each(nll, nets, x_test, y_test, y_shift, y_scale{more}){log}",
        "return each.numpy()",
    ]
    together = "mixture_nll(np.stack([nll_of_member(member{}) for member in MEMBERS]))".format
    body = [f"value = {together('')}", *_rounding(run, [f"other = {together(', 1e-7')}"]), *_SAID]
    return (
        'def nll_of_member(member, nudge=0.0):\n    """NLL of one member, trained here, at each test point, (n,)."""\n'
        + indent("\n".join(member), "    ")
        + "\n\n\ndef main():\n"
        + indent("\n".join(body), "    ")
        + "\n"
    )


_SAID = ('print(f"test NLL {value:.6f}")', 'print(f"in the app {IN_THE_APP:.6f}")')


def _trained(run: Run, more: str = "") -> str:
    return f"train(x, y, y_shift, y_scale{', validation' if waits(run) else ''}{more})"


def _scored(run: Run, nets: str) -> str:
    more = "" if loss_row(run).has_scale else ", x, y, 20_000"
    text = f"mean_nll(nll, {nets}, x_test, y_test, y_shift, y_scale{more})"
    # The density of y is that of log y, divided by y.
    return f"{text} + y_test.mean()  # log y was fitted, and y is what is scored" if is_log(run) else text


def _rounding(run: Run, again: list[str]) -> list[str]:
    """Lines that print the effect of rounding: if the rate never falls, and if the result is off.

    `again` trains once more from first weights nearly the same, and scores that as `other`.
    """
    lines = [
        *again,
        "apart = abs(other - value)",
        'print(f"rounding alone: first weights 1e-7 away end {apart:.1e} nats away")',
    ]
    if run.experiment.training.schedule == "constant":
        return ["# This rate never falls, so that rounding grows: train again from nearly the same weights.", *lines]
    return [
        f"if not abs(value - IN_THE_APP) <= {DIGITS}:  # does rounding carry so far here?",
        indent("\n".join(lines), "    "),
    ]
