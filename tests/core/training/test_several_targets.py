"""One net with several targets: each is a run of its own, and one target stays what it was."""

from dataclasses import replace

import numpy as np
import pytest

from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.experiment.settings import InvalidExperiment
from core.model.losses import LOSSES
from core.model.networks import of_target
from core.training.autograd import AutogradStepper, Member
from core.training.compiled import CompiledStepper
from core.training.loop import train
from core.training.run_bytes import from_bytes, to_bytes
from core.training.start import Start, Target

TARGETS = ("horsepower", "mpg", "weight")
CARS = Experiment.from_settings(
    {"data.table": "cars", "data.y": "mpg", "data.also": "weight,horsepower", "training.steps": 60, "training.seed": 3}
)


@pytest.fixture(scope="module")
def run():
    return train(CARS)


def start_of(settings):
    return Start.of_targets(Target.of(CARS.with_settings(settings)))


@pytest.mark.parametrize(
    ("loss", "heads"), [*((name, "shared") for name in LOSSES if name != "typed"), ("faithful", "separate")]
)
def test_the_gradient_is_the_mean_of_those_of_each_target_alone(loss, heads):
    joint = start_of({"loss.name": loss, "network.heads": heads, "network.layers": "9,7"})
    one = replace(joint.architecture, outputs=joint.architecture.outputs // 3)
    together = CompiledStepper(joint)
    together.examine()
    joined = 0
    for target in range(3):
        flat = of_target(joint.flat, one, target, 3)
        batches = start_of({"loss.name": loss}).batches
        y = joint.y[:, target].copy()
        alone = CompiledStepper(
            replace(joint, losses=(joint.losses[target],), architecture=one, y=y, flat=flat, batches=batches)
        )
        alone.examine()
        np.testing.assert_allclose(together.log[0, 3 * target : 3 * target + 3], alone.log[0], rtol=1e-6, atol=1e-7)
        trunk = 0 if heads == "separate" else len(flat) - (one.layers[-1] + 1) * one.outputs
        own = of_target(together.gradient, one, target, 3)[trunk:]
        np.testing.assert_allclose(own, alone.gradient[trunk:] / 3, rtol=2e-4, atol=1e-6)
        joined = joined + alone.gradient[:trunk] / 3
    np.testing.assert_allclose(together.gradient[: len(joined)], joined, rtol=2e-3, atol=2e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss.name": "faithful", "network.dropout": 0.1, "training.warmup_steps": 5, "training.weight_decay": 0.01},
        {"loss.bound": "soft", "network.heads": "separate"},
        {"loss.name": "typed", "loss.formula": "exp(-s)*abs(r) + s"},
        {"loss.name": "mixture", "data.log_y": True},
    ],
)
def test_both_steppers_train_the_same(settings):
    compiled, plain = CompiledStepper(start_of(settings)), Member(AutogradStepper([start_of(settings)], "cpu"))
    for stepper in (compiled, plain):
        stepper.advance(30)
    np.testing.assert_allclose(compiled.weights(), plain.weights(), atol=2e-5)
    np.testing.assert_allclose(compiled.terms(0, 30), plain.terms(0, 30), rtol=1e-3, atol=1e-4)


def test_which_target_is_shown_changes_neither_key_nor_weights(run):
    assert {view.key for view in CARS.views} == {CARS.key}
    assert [view.data.y for view in CARS.views] == list(run.by_target) == list(TARGETS)
    other = train(CARS.showing("weight"))
    assert other.experiment.data.targets == TARGETS
    for name in TARGETS:
        one, same = run.of_target(name), other.of_target(name)
        assert one.experiment == same.experiment
        assert one.weights.tobytes() == same.weights.tobytes()
        assert (one.history_rows == same.history_rows).all()
        assert one.scores == same.scores


def test_each_target_is_a_run_of_its_own(run):
    n = len(run.dataset.y_held_out)
    for name in TARGETS:
        one = run.of_target(name)
        assert one.encoding.target == name
        assert len(one.predict(one.dataset.x_held_out)) == n
        rmse = np.sqrt(np.mean((one.predictive(one.dataset.x_held_out).mean - one.y_held_out) ** 2))
        assert rmse == pytest.approx(one.scores["rmse"])
        assert rmse < one.y_held_out.std()
        assert (one.dataset.x == run.dataset.x).all()
        assert one.of_target("mpg").scores == run.scores
        assert one.seconds == run.seconds
    with pytest.raises(ValueError, match="“year” is not a target of this run"):
        run.of_target("year")


def test_members_have_all_targets_and_a_record_keeps_them():
    several = train(CARS.with_settings({"training.members": 3, "training.patience": 20}))
    kept = from_bytes(to_bytes(several))
    for name in TARGETS:
        assert len(kept.of_target(name).each) == 3
        assert kept.of_target(name).scores == several.of_target(name).scores
    assert "over 3 targets" in several.others[0].message


def test_a_record_of_other_targets_is_no_run(run):
    alone = replace(run, targets=())
    strange = train(Experiment.from_settings({"training.steps": 1}))
    for others in ((), run.targets[:1], (run.targets[0],) * 2, (run.targets[0], strange), (*run.targets, alone)):
        with pytest.raises(ValueError, match="not a run"):
            from_bytes(to_bytes(replace(run, targets=others)))


def test_a_divergence_names_its_target():
    settings = {"training.learning_rate": 1.0, "training.optimizer": "sgd", "training.standardise": False}
    ended = train(CARS.with_settings(settings))
    assert ended.message.startswith("Diverged at step 2, for “weight”: the predicted std collapsed")
    assert {one.status for one in ended.by_target.values()} == {"diverged"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data.also": "weight,weight"}, "Further targets cannot be"),
        ({"data.also": "mpg"}, "Further targets cannot be"),
        ({"data.also": ",".join("abcdefgh")}, "Further targets cannot be"),
    ],
)
def test_targets_that_cannot_be_are_refused(settings, words):
    assert CARS.with_settings({"data.y": ""}).data.also == ""  # the table's own target: no further ones
    with pytest.raises(InvalidExperiment, match=words):
        CARS.with_settings(settings)
    with pytest.raises(InvalidExperiment, match="until Target names a column"):
        Experiment.from_settings({"data.table": "cars", "data.also": "weight"})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data.also": "nope"}, "no column “nope”"),
        ({"data.also": "origin"}, "a target is a column of numbers"),
        ({"data.features": "weight,cylinders"}, "Column “weight” is a target"),
    ],
)
def test_a_table_says_what_cannot_be_a_target(settings, words):
    with pytest.raises(ValueError, match=words):
        dataset_of(CARS.with_settings(settings))
