"""Members as a setting of an experiment: one run, one record, one key, and a mixture that predicts."""

import numpy as np
import pytest

from core import Experiment, InvalidExperiment, presets, train
from core.data.tables.reading import read_table
from core.data.tables.table_store import table_store
from core.distributions.blend import equal_mixture
from core.evaluation.ensemble import decompose
from core.experiment.build import dataset_of, dataset_of_member
from core.experiment.experiment import DEFAULT
from core.training import ensemble
from core.training.frame import Frame
from core.training.patience import NO_POINTS
from core.training.run_bytes import from_bytes, to_bytes
from core.training.together import Together

from .starts import RAW_CUBIC, SMALL

THREE = SMALL.with_settings({"training.members": 3, "training.steps": 60})
DIABETES = Experiment.from_settings(
    {
        "data.table": "diabetes",
        "network.layers": [8],
        "network.init": "torch",
        "training.steps": 60,
        "training.patience": 60,
        "training.members": 3,
        "training.own_validation": True,
    }
)


@pytest.fixture(scope="module")
def three():
    return train(THREE)


def test_one_member_is_the_run_as_it_was_to_the_bit_and_the_key(three):
    alone = train(THREE.with_settings({"training.members": 1}))
    assert THREE.with_settings({"training.members": 1}).key == SMALL.with_settings({"training.steps": 60}).key
    assert THREE.key != alone.key
    assert alone.others == ()
    assert three.weights.tobytes() == alone.weights.tobytes()  # the first member starts as the run without others
    assert three.scores != alone.scores


def test_members_differ_in_start_and_order_and_none_is_that_of_another_seed(three):
    starts = [each.frame_outputs[0].tobytes() for each in three.each]
    others = train(THREE.with_settings({"training.seed": 1}))
    assert len({*starts, *(each.frame_outputs[0].tobytes() for each in others.each)}) == 6


def test_the_result_depends_on_the_experiment_alone(three):
    again = train(THREE, cores=1, on_frame=lambda frame: None)
    assert [each.weights.tobytes() for each in again.each] == [each.weights.tobytes() for each in three.each]
    assert [each.member for each in three.each] == [0, 1, 2]


def test_the_plain_stepper_trains_the_same_members(three):
    plain = train(THREE.with_settings({"training.stepper": "plain"}))
    for one, other in zip(plain.each, three.each, strict=True):
        np.testing.assert_allclose(one.weights, other.weights, atol=2e-3)


def test_it_predicts_the_equal_mixture_of_its_members_and_the_variance_has_two_parts(three):
    x = np.linspace(40.0, 160.0, 50)
    each = [run.predictive(x) for run in three.each]
    whole, parts = three.predictive(x), three.parts(x)
    assert whole.mean == pytest.approx(np.mean([law.mean for law in each], axis=0))
    y = np.full(50, 1.7)
    assert whole.nll(y) == pytest.approx(-np.log(np.mean([np.exp(-law.nll(y)) for law in each], axis=0)))
    by_hand = decompose([law.mean for law in each], [law.var for law in each])
    for name in ("aleatoric", "epistemic", "total"):
        np.testing.assert_allclose(getattr(parts, name), getattr(by_hand, name))
    np.testing.assert_allclose(whole.var, parts.total)
    table = three.predict(x)
    np.testing.assert_allclose(table["std"] ** 2, table["std_noise"] ** 2 + table["std_ignorance"] ** 2)
    assert "std_noise" not in three.each[0].predict(x).columns
    held_out = equal_mixture([run.predictive(three.dataset.x_held_out) for run in three.each])
    assert three.scores["nll"] == pytest.approx(float(np.mean(held_out.nll(three.y_held_out))))


def test_ignorance_grows_away_from_the_points():
    run = train(presets["kendall-gal"].with_settings({"training.members": 5, "training.steps": 300, "data.n": 200}))
    low, high = run.experiment.data.x_min, run.experiment.data.x_max
    inside, outside = run.parts(np.linspace(low, high, 50)), run.parts(np.array([low - 50.0, high + 50.0]))
    assert outside.epistemic.min() > 10 * inside.epistemic.mean()


def test_a_record_keeps_all_members(three):
    kept = from_bytes(to_bytes(three))
    assert kept.scores == three.scores
    assert [each.weights.tobytes() for each in kept.each] == [each.weights.tobytes() for each in three.each]
    np.testing.assert_array_equal(kept.frame_members, three.frame_members)
    assert kept.frame_members.shape == (len(three.frame_steps), 200, 3, 2)


def test_each_member_sets_rows_of_its_own_aside():
    run = train(DIABETES)
    base, held_out = dataset_of(DIABETES), run.y_held_out
    rows = {tuple(np.sort(dataset_of_member(DIABETES, k).y_validation)) for k in range(3)}
    assert len(rows) == 3
    for k in range(3):
        own = dataset_of_member(DIABETES, k)
        np.testing.assert_array_equal(own.y_held_out, held_out)
        both = np.sort(np.concatenate([own.y, own.y_validation]))
        np.testing.assert_array_equal(both, np.sort(np.concatenate([base.y, base.y_validation])))
        assert len(own.y) == len(base.y)
    assert "3 members kept the weights that were best" in run.message
    # Where the order splits the table, later rows are never set aside for earlier ones.
    in_order = DIABETES.with_settings({"data.split": "order"})
    np.testing.assert_array_equal(dataset_of_member(in_order, 1).y_validation, dataset_of(in_order).y_validation)
    assert "training.own_validation" not in in_order.settings()


def test_frames_hold_the_members_that_have_begun():
    frames: list[Frame] = []
    run = train(THREE, on_frame=frames.append)
    assert frames[0].members.shape[1] >= 1
    assert frames[-1].members.shape == (200, 3, 2)
    np.testing.assert_array_equal(frames[-1].members, run.frame_members[-1])
    assert frames[-1].step == frames[-1].steps == 60
    again = Frame.from_message(frames[-1].to_message())
    np.testing.assert_array_equal(again.members, frames[-1].members)
    steps = [frame.step for frame in frames]
    assert steps == sorted(steps)


def test_a_stop_ends_all_members():
    long = THREE.with_settings({"training.steps": 500_000})
    asked = iter([False] * 3)
    run = train(long, should_stop=lambda: next(asked, True), cores=1)
    assert run.status == "stopped"
    assert "0 of 3 members were done" in run.message
    assert run.has_curve
    assert from_bytes(to_bytes(run)).message == run.message


def test_a_member_that_diverges_is_counted_and_the_rest_predict():
    wild = RAW_CUBIC.with_settings({"training.members": 8})
    for seed in range(10):
        run = train(wild.with_settings({"training.seed": seed}))
        lost = [each for each in run.each[1:] if each.status == "diverged"]
        if run.status == "done" and lost:
            break
    else:
        raise AssertionError("no seed has members of both kinds")
    assert f"{len(lost)} of 8 members diverged" in run.message
    assert len(run.predicting) == 8 - len(lost)
    assert all(each.status == "done" for each in run.predicting)
    assert np.isfinite(run.predict([0.0])["mean"]).all()


def test_all_that_diverge_make_a_diverged_run():
    runs = [train(THREE.with_settings({"training.members": 1}))] * 2
    lost = [ensemble.replace(run, status="diverged", message="why", member=k) for k, run in enumerate(runs)]
    run = ensemble.joined(lost, 1.0)
    assert run.status == "diverged"
    assert len(run.predicting) == 1


@pytest.mark.parametrize("members", [0, 51, "five", 2.5])
def test_other_numbers_of_members_are_refused(members):
    with pytest.raises(InvalidExperiment, match=r"Members cannot be .*: it must be a whole number between 1 and 50"):
        SMALL.with_settings({"training.members": members})


@pytest.fixture
def of_column(tmp_path, monkeypatch):
    """A table whose column says train or test, and never validation."""
    monkeypatch.setenv("HETEROSCOPE_TABLES", str(tmp_path))
    rng = np.random.default_rng(0)
    rows = [
        f"{x:.3f},{2 * x + 0.3 * e:.3f},{'test' if i % 5 == 0 else 'train'}"
        for i, (x, e) in enumerate(rng.normal(size=(200, 2)))
    ]
    key = table_store().put(read_table("\n".join(["x,y,part", *rows]).encode(), "t.csv"), "t.csv")
    chosen = {"data.csv": key, "data.y": "y", "data.features": "x", "data.split": "column", "data.split_by": "part"}
    return DEFAULT.with_settings({**chosen, "network.layers": [4], "training.steps": 40, "training.patience": 40})


def test_where_a_column_names_no_validation_rows_each_member_sets_some_aside(of_column):
    members = of_column.with_settings({"training.members": 2, "training.own_validation": True, "data.validation": 0.1})
    parts = [dataset_of_member(members, k) for k in range(2)]
    assert [len(part.y_validation) for part in parts] == [16, 16]
    assert [len(part.y) for part in parts] == [144, 144]
    assert set(parts[0].y_validation) != set(parts[1].y_validation)
    assert "2 members kept the weights that were best" in train(members).message


def test_patience_without_validation_rows_says_that_it_had_no_effect(of_column):
    run = train(of_column)
    assert run.message == NO_POINTS
    assert run.steps_done == 40


def test_members_of_large_nets_are_bounded_by_what_a_record_holds():
    large = {"network.layers": [1024] * 6}
    SMALL.with_settings({**large, "training.members": 2})
    with pytest.raises(
        InvalidExperiment, match="Members cannot be 50: it must be at most 2 with networks of this size"
    ):
        SMALL.with_settings({**large, "training.members": 50})


def test_members_in_one_stepper_are_those_trained_one_by_one():
    plain = THREE.with_settings({"training.stepper": "plain"})
    together = ensemble.joined(Together([(plain, k) for k in range(3)], "cpu", lambda: False).run(), 1.0)
    for one, other in zip(together.each, train(plain).each, strict=True):
        np.testing.assert_allclose(one.weights, other.weights, atol=1e-4)
        assert one.member == other.member
