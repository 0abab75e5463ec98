"""A monitor beside a training loop: what it says, what it must not say, and that nothing of the loop changes."""

import json
import logging
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core import InvalidExperiment, Monitor, check
from core.monitor.loss_curve import MOST_ROWS, LossCurve
from tests.core.monitor.loops import GAUSSIAN, batches, gaussian, train, watched


def rules(monitor):
    return [finding.rule for finding in monitor.findings]


@pytest.fixture(scope="module")
def sound():
    told = []
    with Monitor(GAUSSIAN, tell=told.append) as monitor:
        train(monitor)
    return monitor, told


def test_a_sound_loop_gets_no_warning_and_the_sign_explained(sound):
    monitor, told = sound
    assert monitor.problem == ""
    assert rules(monitor) == ["negative"]
    assert [words for words in told if "negative" not in words] == []
    assert monitor.verdict().kind != "mistake"
    words = str(monitor)
    assert "Your loss is negative, and that is correct" in words
    assert "std = torch.exp(0.5 * s)" in words


def test_a_record_opens_as_a_log_with_code_and_predictions(sound, tmp_path):
    monitor, _ = sound
    path = monitor.save(tmp_path / "record.json")
    found = check(log=path)
    assert found.headline == monitor.verdict().headline
    assert found.given.code == GAUSSIAN
    assert found.predictions is not None
    assert found.log.training.x[-1] == 600
    assert found.predictions.n == monitor.predictions[0].size
    assert path.stat().st_size < 500_000
    assert "heteroscope_monitor" in json.loads(path.read_text())


def test_the_posted_slip_is_found_from_its_second_output_read_as_a_log_variance():
    code = "0.5 * torch.exp(-s) * torch.abs(y - mu) + 0.5 * s"
    with Monitor(code, tell=None) as monitor:
        train(monitor, lambda mu, s, y: (0.5 * torch.exp(-s) * torch.abs(y - mu) + 0.5 * s).mean())
    assert rules(monitor) == ["of_code", "variance_off"]
    assert monitor.findings[1].claims[0].value == pytest.approx(0.2 * np.sqrt(np.pi / 2), rel=0.2)  # σ²/E|r|
    assert "not a variance" in monitor.verdict().headline


def test_a_raw_second_output_is_read_by_the_code():
    with Monitor(
        "sigma = F.softplus(raw) + 1e-3\nloss = ((y - mu)**2 / (2 * sigma**2) + torch.log(sigma)).mean()"
    ) as it:
        for batch in batches(60):
            raw = np.log(np.expm1(batch["std"] - 1e-3))
            it.step(batch["loss"], y=batch["y"], mean=batch["mean"], second=raw)
    assert it.predictions[2] == pytest.approx(0.2)
    with Monitor() as it:
        it.step(0.0, y=np.zeros(3), mean=np.zeros(3), second=np.zeros(3))
    assert it.predictions[2] is None


def test_nothing_of_a_training_changes():
    with Monitor(GAUSSIAN, tell=None) as monitor:
        nets = [train(None, steps=120), train(monitor, steps=120)]
    one, other = ([each.detach().numpy() for each in net.parameters()] for net in nets)
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_no_random_state_of_others_is_used():
    def states():
        of_numpy = np.random.get_state()[1].tolist()  # noqa: NPY002 - the state of others is what is asked for
        return random.getstate(), of_numpy, torch.get_rng_state().tolist()

    before = states()
    monitor = watched(Monitor(GAUSSIAN, tell=None), steps=120)
    str(monitor)
    assert states() == before


def test_the_same_loop_and_seed_give_the_same_record():
    records = [watched(Monitor(GAUSSIAN, seed=seed, tell=None), steps=120).record() for seed in (1, 1)]
    assert records[0] == records[1]


@pytest.mark.parametrize("std", [0.05, 0.2, 1.0, 30.0])
def test_a_right_std_is_not_called_wrong(std):
    allowed = {"negative"} if std < 30 else {"mean_flat"}  # a thousandth of y is signal there
    assert set(rules(watched(Monitor(), std=std))) <= allowed


@pytest.mark.parametrize(("told", "rule"), [(0.1, "variance_off"), (0.4, "variance_off"), (0.001, "collapsed")])
def test_a_wrong_std_is_called_wrong_with_its_factor(told, rule):
    monitor = watched(Monitor(), told=told)
    assert rules(monitor) == [rule]
    if rule == "variance_off":
        ratio = monitor.findings[0].claims[0].value
        assert ratio == pytest.approx((0.2 / told) ** 2, rel=0.15)


def test_a_std_that_is_off_is_not_told_while_the_loss_still_falls():
    monitor = Monitor()
    for step, batch in enumerate(batches(told=0.1)):
        batch["loss"] = 10.0 - step / 40
        monitor.step(batch.pop("loss"), **batch)
    assert rules(monitor) == []


def test_negative_is_not_called_correct_of_another_loss():
    """A loss that is no Gaussian NLL of the predictions says nothing by its sign."""
    monitor = Monitor()
    for batch in batches():
        monitor.step(batch.pop("loss") * 3, **batch)
    assert rules(monitor) == []


def test_a_nan_is_told_once_with_its_step():
    told = []
    with Monitor(tell=told.append, every=10) as monitor:
        for step, batch in enumerate(batches(60), 1):
            loss = batch.pop("loss")
            monitor.step(float("nan") if step >= 33 else loss, **batch)
    assert len([words for words in told if "NaN" in words]) == 1
    assert [claim.value for claim in monitor.findings[0].claims] == [33, 28]
    assert "NaN" in monitor.verdict().headline


def test_shapes_that_broadcast_are_told_at_the_first_step():
    told = []
    monitor = Monitor(tell=told.append)
    monitor.step(0.5, y=np.zeros((8, 1)), mean=np.zeros(8), std=np.ones(8))
    assert "y has the shape (8, 1), and mean the shape (8)" in told[0]
    monitor = Monitor(tell=None)
    monitor.step(0.5, y=np.zeros(8), mean=np.zeros(9))
    assert rules(monitor) == ["shapes"]
    assert monitor.problem == ""


def test_a_variance_below_zero_is_told():
    monitor = Monitor(tell=None)
    monitor.step(0.5, y=np.zeros(8), mean=np.zeros(8), var=np.array([-1.0, *np.ones(7)]))
    assert rules(monitor) == ["not_positive"]
    assert "12 %" in monitor.findings[0].sentence


def test_a_clamped_std_is_told_and_one_std_for_all_is_not():
    for std, found in ((np.maximum(0.3, np.linspace(0.1, 0.4, 200)), ["at_bound"]), (np.full(200, 0.3), [])):
        monitor = Monitor(tell=None)
        monitor.step(0.5, y=np.linspace(-0.5, 0.5, 200), mean=np.zeros(200), std=std)
        assert rules(monitor) == found


def test_a_head_without_a_gradient_is_named():
    monitor = Monitor(tell=None, every=5)
    with monitor:
        train(monitor, lambda mu, s, y: ((y - mu) ** 2).mean(), steps=40)
    assert rules(monitor) == ["no_gradient"]
    assert "4.weight, output 2 of 2" in monitor.findings[0].sentence
    assert "output 1" not in monitor.findings[0].sentence


def test_a_net_whose_gradients_are_set_to_zero_before_is_not_called_dead():
    net = nn.Linear(1, 2)
    monitor = Monitor(tell=None, every=1).watch(net)
    for _ in range(20):
        monitor.step(0.5)  # no gradient was ever there
    assert rules(monitor) == []


def test_no_error_leaves_it_in_the_loop():
    told = []
    monitor = Monitor(tell=told.append)
    monitor.step(object())
    assert "stopped at step 1" in monitor.problem
    for batch in batches(3):
        monitor.step(batch.pop("loss"), **batch)
    assert len(told) == 1
    assert monitor.problem in str(monitor)
    monitor = Monitor(tell=None)
    monitor.step(0.5, y=np.zeros(3), mean=np.zeros(3), sigma=np.ones(3))
    assert "one of std, var, log_var, second" in monitor.problem

    def broken(words):
        raise OSError(words)

    monitor = Monitor(tell=broken)
    monitor.step(float("nan"))
    assert "OSError" in monitor.problem


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (TypeError, {"loss": 3}),
        (ValueError, {"loss": "x" * 100_001}),
        (ValueError, {"loss": len}),
        (ValueError, {"every": 0}),
        (ValueError, {"points": 10**9}),
        (TypeError, {"tell": "aloud"}),
        (InvalidExperiment, {"roles": {"lv": "a role that is none"}}),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_start(error, arguments):
    with pytest.raises(error):
        Monitor(**arguments)
    with pytest.raises(TypeError, match="named_parameters"):
        Monitor().watch([1])


def test_the_code_of_a_function_or_module_is_read_and_never_run():
    def loss(mu, s, y):
        raise AssertionError("it ran")
        return 0.5 * torch.exp(-s) * (y - mu) ** 2 + 0.5 * s

    assert "torch.exp(-s)" in Monitor(loss).given.code
    assert check(Monitor(gaussian).given.code).kind == "good"
    assert check(Monitor(nn.GaussianNLLLoss()).given.code).kind == "good"


def test_held_out_points_are_judged_in_place_of_training_points():
    monitor = watched(Monitor(tell=None), told=0.1)
    for batch in batches(1, std=0.2):
        monitor.validation(batch.pop("loss"), **batch)
    assert monitor.predictions[0].size == 64
    log = check(log=monitor.record()).log
    assert log.validation.x.tolist() == [400]
    assert rules(monitor) == []


def steps_of(y: np.ndarray, steps: int = 40) -> Monitor:
    """A monitor of a loop that sees each row at each step; the mean moves a little from step to step."""
    monitor, x = Monitor(every=1, tell=None), np.linspace(0, 1, y.size)
    for step in range(steps):
        monitor.step(-1.0, y=y, mean=x + 0.01 * step, std=np.full(y.size, 0.1))
    return monitor


def test_a_row_that_comes_many_times_counts_once():
    """60 rows stay 60, with their last predictions: copies would make chance significant."""
    noise = np.random.default_rng(0).normal(size=60)
    y, mean, std = steps_of(noise).predictions
    assert sorted(y) == sorted(noise)
    assert std.shape == (60,)
    assert np.allclose(np.sort(mean), np.linspace(0, 1, 60) + 0.39)


def test_equal_counts_are_different_rows():
    counts = np.random.default_rng(0).poisson(3.0, 60).astype(float)
    assert steps_of(counts).predictions[0].size > 5 * 60


def test_equal_y_of_two_targets_are_different_rows():
    y = np.random.default_rng(0).normal(size=(50, 1)) * np.ones(2)
    monitor = Monitor(every=1, tell=None)
    for _ in range(20):
        monitor.step(-1.0, y=y, mean=y + 0.1, std=np.full(y.shape, 0.1))
    assert monitor.predictions[0].size == 100


def test_many_steps_take_bounded_memory_and_keep_the_mean():
    curve = LossCurve()
    curve.extend(float(i) for i in range(20_000))
    assert len(curve.x) < MOST_ROWS
    assert curve.x[-1] == 20_000 - curve.steps % curve.width
    assert curve.values[0] == pytest.approx((curve.width - 1) / 2)
    monitor = watched(Monitor(points=100, tell=None), steps=500)
    assert monitor.predictions[0].size == 100


def test_terms_and_logging(caplog):
    with caplog.at_level(logging.INFO), Monitor() as monitor:
        monitor.step(torch.tensor([1.0, 3.0]), terms={"residual": torch.tensor(0.25)})
        monitor.step(float("inf"))
    assert monitor.curve.values[0] == 2.0  # the mean over points
    assert "residual" in str(monitor)
    assert "not finite" in caplog.text


def test_bfloat16_is_read():
    monitor = Monitor(tell=None)
    half = torch.ones(4, dtype=torch.bfloat16)
    monitor.step(half.sum(), y=half, mean=half, var=half)
    assert monitor.problem == ""
    assert monitor.predictions[2].tolist() == [1.0] * 4


def test_before_a_step_there_is_nothing_to_record():
    monitor = Monitor(GAUSSIAN)
    assert "0 steps watched" in str(monitor)
    assert "0 steps" in repr(monitor)
    with pytest.raises(ValueError, match="no step yet"):
        monitor.record()


def test_the_example_of_the_document_runs(tmp_path):
    """It is the first block of code, with the name that the package has in a checkout."""
    text = (Path(__file__).parents[3] / "docs" / "monitor.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0].replace("from heteroscope ", "from core ")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("1,000 steps watched.\nYour loss is negative, and that is correct."), done.stderr
    assert (tmp_path / "record.json").exists()
