"""A run as an nn.Module predicts what the run predicts, of every loss, reading, bound, head and activation."""

import copy
import dataclasses
import io
from types import MappingProxyType

import numpy as np
import pytest
import torch

from core.experiment.experiment import Experiment
from core.experiment.loss_settings import loss_of
from core.model.losses import LOSSES
from core.model.networks import ACTIVATIONS
from core.torch import losses, module, run_module
from core.training.loop import train
from core.training.run import Run

BRIEF = MappingProxyType({"data.n": 60, "training.steps": 12, "network.layers": "6,4"})
CARS = {"data.table": "cars", "data.y": "mpg", "data.also": "weight,horsepower"}
CASES: dict[str, dict[str, object]] = {
    **{name: {"loss.name": name} for name in LOSSES},
    **{f"separate {name}": {"loss.name": name, "network.heads": "separate"} for name in ("natural", "mixture")},
    **{f"activation {name}": {"network.activation": name} for name in ACTIVATIONS},
    **{f"soft {name}": {"loss.name": name, "loss.bound": "soft"} for name in ("natural", "evidential", "mixture")},
    "clamp": {"loss.bound": "clamp", "loss.least_std": 0.5},
    "epsilon": {"loss.bound": "epsilon"},
    "head": {"loss.name": "laplace_nll", "loss.head": "softplus_floor", "loss.reading": "mean_absolute"},
    "typed reading": {
        "loss.name": "typed",
        "loss.formula": "exp(-s)*|r| + s",
        "loss.reading": "own",
        "loss.reading_formula": "softplus(s)",
    },
    "raw": {"training.standardise": False},
    "table": {"data.table": "engel"},
    "many": {"data.table": "concrete"},
    **{
        f"log {name}": {"data.table": "engel", "data.log_y": True, "loss.name": name}
        for name in ("gaussian_nll", "laplace_nll", "student_t", "mixture", "pinball")
    },
    "members": {"training.members": 3},
    "members, log": {"training.members": 2, "data.table": "engel", "data.log_y": True},
    **{
        f"members {name}": {"training.members": 2, "loss.name": name}
        for name in ("mixture", "pinball", "evidential", "squared_error")
    },
}


def trained(settings: dict[str, object]) -> Run:
    return train(Experiment.from_settings({**BRIEF, **settings}))


def rows_of(run: Run) -> np.ndarray:
    return np.asarray(run.dataset.x_held_out[:200], dtype=np.float64).reshape(-1, run.scaling.inputs)


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_it_predicts_what_the_run_predicts(name: str) -> None:
    run = trained(CASES[name])
    x = rows_of(run)
    table, outputs = run.predict(x), np.moveaxis(run.member_outputs(x), 1, 0)
    outputs = outputs[..., : len(loss_of(run.experiment.loss).outputs)]
    for dtype, exact in ((torch.float64, 1e-6), (torch.float32, 1e-5)):
        net = module(run, dtype=dtype)
        given = torch.tensor(x, dtype=dtype)
        found = net(given)
        size = np.abs(outputs).max()
        np.testing.assert_allclose(found.detach(), outputs if run.others else outputs[0], rtol=exact, atol=exact * size)
        for moment, values in zip(("mean", "std"), net.mean_std(given), strict=True):
            expected = table[moment].to_numpy()
            finite = np.isfinite(expected)
            np.testing.assert_array_equal(torch.isfinite(values), finite)
            size = np.abs(expected[finite]).max(initial=0)
            np.testing.assert_allclose(values.detach()[finite], expected[finite], rtol=10 * exact, atol=exact * size)
    law = module(run, dtype=torch.float64).distribution(torch.tensor(x))
    if hasattr(run.predictive(x), "nll"):
        y = np.abs(table["mean"].to_numpy()) + 0.1
        at = torch.tensor(np.where(np.isfinite(y), y, 1.0))
        np.testing.assert_allclose(-law.log_prob(at).detach(), run.predictive(x).nll(at.numpy()), rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def run() -> Run:
    return trained({})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"network.heads": "separate", "loss.name": "student_t_learned"},
        {"training.members": 2, "data.log_y": True},
        {"loss.name": "natural", "loss.bound": "soft"},
        {"loss.name": "squared_error"},
    ],
    ids=str,
)
def test_of_several_targets_each_is_predicted(settings: dict[str, object]) -> None:
    run = trained(CARS | settings)
    x = rows_of(run)
    net, given = module(run, dtype=torch.float64), torch.tensor(x)
    assert net.targets == tuple(run.by_target)
    members = len(run.predicting)
    shape = (len(x), 3, len(net.output_names))
    assert net(given).shape == (shape if members == 1 else (members, *shape))
    mean, std = net.mean_std(given)
    for d, (name, one) in enumerate(run.by_target.items()):
        table = one.predict(x)
        np.testing.assert_allclose(mean[:, d].detach(), table["mean"], rtol=1e-6)
        np.testing.assert_allclose(std[:, d].detach(), table["std"], rtol=1e-6)
        y = one.dataset.y_held_out[: len(x)]
        y = np.exp(y) if one.input_encoding.log_target else y
        law = net.distribution(given, name)
        np.testing.assert_allclose(-law.log_prob(torch.tensor(y)).detach(), one.predictive(x).nll(y), rtol=1e-6)
    nets = len(net.output_names) * 3 if settings.get("network.heads") == "separate" else 1
    assert [len(member.nets) for member in net.members] == [nets] * members


def test_a_table_goes_in_by_its_columns() -> None:
    run = trained({"data.table": "cars", "data.y": "mpg"})
    rows = {
        feature.name: [feature.categories[0] if feature.categories else feature.low] * 2
        for feature in run.encoding.features
    }
    net = module(run, dtype=torch.float64)
    np.testing.assert_allclose(net.mean_std(net.encode(rows))[0].detach(), run.predict(rows)["mean"], rtol=1e-9)


def test_it_is_a_module_like_any_other(run: Run) -> None:
    net, x = module(run), torch.linspace(-1, 1, 9)
    other = module(trained({"training.seed": 5, "data.seed": 3}))
    assert not other(x).equal(net(x))
    other.load_state_dict(net.state_dict())
    assert other(x).equal(net(x))
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    for each in (copy.deepcopy(net), torch.load(file, weights_only=False)):
        assert each(x).equal(net(x))
        assert each.mean_std(x)[1].equal(net.mean_std(x)[1])
    assert net.to(torch.float64)(x).dtype is torch.float64
    assert module(run, device="meta")(x.to("meta")).device.type == "meta"
    assert net(x[:0]).shape == (0, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert net.mean_std(x)[1].dtype is torch.float64
    assert sum(each.numel() for each in net.parameters()) == run.weights.size


def test_it_can_be_trained_on(run: Run) -> None:
    net, x, y = module(run), torch.tensor(run.dataset.x).float(), torch.tensor(run.dataset.y).float()
    loss, optimizer = net.loss(), torch.optim.Adam(net.parameters(), 1e-2)
    assert loss(net(x), y).item() == pytest.approx(
        float(loss_of(run.experiment.loss).value(run.dataset.y, run.outputs(run.dataset.x).T).mean()), rel=1e-5
    )
    before = loss(net(x), y).item()
    for _ in range(20):
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()
    assert loss(net(x), y).item() < before - 0.1
    assert net.members[0].x_shift.item() == pytest.approx(run.scaling.x_shift[0])


@pytest.mark.long
def test_it_can_be_exported_and_compiled(run: Run) -> None:
    net, x = module(run), torch.linspace(-1, 1, 9)[:, None]
    rows = torch.export.Dim("rows", min=2)
    exported = torch.export.export(net, (x,), dynamic_shapes=({0: rows},)).module()
    for each in (exported, torch.compile(net, fullgraph=True, backend="eager")):
        torch.testing.assert_close(each(2 * x[:5]), net(2 * x[:5]))


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda net: net(torch.zeros(3, 2)), ValueError, "give a tensor of shape (N, 1)"),
        (lambda net: net(torch.zeros(3, 1, 1)), ValueError, "give a tensor of shape (N, 1)"),
        (lambda net: net(np.zeros(3)), TypeError, "module.encode"),
        (lambda net: net(torch.zeros(3, dtype=torch.int64)), TypeError, "x.float()"),
        (lambda net: net(torch.zeros(3, device="meta")), RuntimeError, "The rows are on meta and the module is on cpu"),
        (lambda net: net.distribution(torch.zeros(3), "z"), ValueError, "The target must be one of y"),
    ],
)
def test_other_rows_are_refused(run: Run, call, kind, says) -> None:
    with pytest.raises(kind) as caught:
        call(module(run))
    assert says in str(caught.value)


def test_a_run_that_has_no_prediction_is_refused(run: Run) -> None:
    empty = Run.without_steps(run.experiment, "stopped", "")
    spoilt = dataclasses.replace(run, weights=run.weights * np.nan)
    for each in (empty, spoilt):
        with pytest.raises(ValueError, match="no finite weights"):
            module(each)
    with pytest.raises(TypeError, match="dtype must be"):
        module(run, dtype=torch.float16)
    with pytest.raises(ValueError, match="There is no loss 'posted'"):
        module(trained({"loss.name": "posted"})).loss()
    assert isinstance(module(trained({"loss.name": "beta_nll", "loss.beta": 0.3})).loss(), losses.BetaNLLLoss)


def test_every_activation_has_its_module() -> None:
    assert set(run_module._MODULES) == set(ACTIVATIONS)
