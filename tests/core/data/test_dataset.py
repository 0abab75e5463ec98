"""Datasets: the question's design, seeds and their streams, the split of a table, what is refused."""

import numpy as np
import pytest

from core.data import dataset
from core.data.dataset import DESIGNS, Dataset, synthetic
from core.data.noise import NOISES, PROFILES
from core.data.tables.choice import Choice
from core.data.tables.shipped import TABLES
from core.data.tables.split import from_columns
from core.data.targets import TARGETS
from tests.core.samples import points_of

ARRAYS = ("x", "y", "x_held_out", "y_held_out", "x_grid", "x_evaluation")
ENGEL = TABLES["engel"]


def draw(**changes):
    """The question's data, but for `changes`."""
    question = {
        "target": TARGETS["two_sines"],
        "n": 20_000,
        "x_min": 50.0,
        "x_max": 150.0,
        "design": "stratified",
        "noise": NOISES["gaussian"],
        "profile": PROFILES["constant"],
        "scale": 0.2,
        "seed": 0,
    }
    return synthetic(**(question | changes))


def same(a, b, names=ARRAYS):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)


# The question's design


def test_question_has_200_points_on_hundredths_in_each_unit_cell():
    cells = draw().x.reshape(100, 200)
    starts = np.arange(50, 150)[:, None]
    hundredths = np.round((cells - starts) * 100).astype(int)
    assert hundredths.min() == 0
    assert hundredths.max() == 100  # both ends are drawn
    np.testing.assert_array_equal(cells, starts + hundredths / 100)  # the posted expression, to the bit
    # 20,000 draws from 101 values: a chi-squared with 100 degrees of freedom stays below 200 but once in 10⁷.
    counts = np.bincount(hundredths.ravel(), minlength=101)
    assert ((counts - 20_000 / 101) ** 2 / (20_000 / 101)).sum() < 200


def test_question_residuals_are_the_posted_noise():
    data = draw()
    residual = data.y - (np.sin(data.x / 15 - 4) + 2 + np.sin(data.x / 10 - 5))
    # Five standard errors: σ/√n of the mean, σ/√(2n) of the standard deviation.
    assert abs(residual.mean()) < 5 * 0.2 / np.sqrt(20_000)
    assert abs(residual.std() - 0.2) < 5 * 0.2 / np.sqrt(40_000)


def test_question_evaluation_points_are_the_posted_ones():
    posted = [float(f"{50 + k // 10}.{k % 10}") for k in range(1000)]
    np.testing.assert_array_equal(draw().x_evaluation, posted)


# Shapes, ranges, designs


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("n", [1, 7, 100, 250])
@pytest.mark.parametrize(("x_min", "x_max"), [(50.0, 150.0), (-4.0, 4.0), (0.1, 0.7), (1e6 - 1e-3, 1e6)])
def test_every_design_gives_n_finite_points_in_range(design, n, x_min, x_max):
    data = draw(design=design, n=n, x_min=x_min, x_max=x_max)
    assert data.x.shape == data.y.shape == (n,)
    assert data.x_held_out.shape == data.y_held_out.shape == (5000,)
    assert data.x_grid.shape == (200,)
    assert data.x_evaluation.shape == (1000,)
    for name in ARRAYS:
        array = getattr(data, name)
        assert array.dtype == np.float64
        assert np.isfinite(array).all()
        if name.startswith("x"):
            assert array.min() >= x_min
            assert array.max() <= x_max
    assert (data.x_grid[0], data.x_grid[-1]) == (x_min, x_max)
    assert data.x_evaluation[0] == x_min
    np.testing.assert_allclose(np.diff(data.x_evaluation), (x_max - x_min) / 1000, rtol=1e-3)


def test_stratified_spreads_a_remainder():
    # Drawn in the order of the cells, at most one point more in one than in another.
    for n in (30, 150, 1234):
        x = draw(n=n, x_min=0.0, x_max=100.0).x
        assert np.all(np.diff(x) >= -1)
        even = (np.arange(n) + 0.5) * 100 / n  # where n equally spread points would lie
        assert np.abs(x - even).max() <= 100 / n + 1


def test_uniform_is_uniform_and_grid_is_linspace():
    u = np.sort((draw(design="uniform").x - 50) / 100)
    bound = np.sqrt(np.log(2e6) / 40_000)  # Dvoretzky–Kiefer–Wolfowitz, once in 10⁶
    assert np.abs(u - np.arange(20_000) / 20_000).max() < bound + 1 / 20_000
    np.testing.assert_array_equal(draw(design="grid", n=1000).x, np.linspace(50, 150, 1000))


def test_isolated_is_the_middle_half_and_two_points_alone_without_noise():
    data = draw(design="isolated", n=10_000, x_min=0.0, x_max=10.0, scale=1.0)
    np.testing.assert_array_equal(data.x[-2:], [0.5, 9.5])
    np.testing.assert_array_equal(data.y[-2:], data.truth.mean([0.5, 9.5]))
    for x in (data.x[:-2], data.x_held_out):  # none of those held out lies alone
        u = np.sort((x - 2.5) / 5)
        assert u[0] >= 0
        assert u[-1] <= 1
        bound = np.sqrt(np.log(2e6) / (2 * len(u)))  # Dvoretzky–Kiefer–Wolfowitz, once in 10⁶
        assert np.abs(u - np.arange(len(u)) / len(u)).max() < bound + 1 / len(u)
    for y, x in ((data.y[:-2], data.x[:-2]), (data.y_held_out, data.x_held_out)):
        z = y - data.truth.mean(x)
        assert abs(z.std() - 1) < 5 / np.sqrt(2 * len(z))
        assert np.abs(z).min() > 0


def test_a_gap_has_no_point_and_the_sides_are_even():
    gap = DESIGNS["gap"].gap
    data = draw(design="gap", n=10_000, x_min=0.0, x_max=10.0)
    for x in (data.x, data.x_held_out, data.x_validation):
        u = np.sort(x / 10)
        assert 0 <= u[0] < 0.01 < 0.99 < u[-1] <= 1
        left, right = u[u <= gap[0]], u[u >= gap[1]]
        assert len(left) + len(right) == len(u)
        assert right[0] - left[-1] < 0.31
        packed = np.append(left, right - (gap[1] - gap[0])) / (1 - gap[1] + gap[0])
        bound = np.sqrt(np.log(2e6) / (2 * len(u)))  # Dvoretzky–Kiefer–Wolfowitz, once in 10⁶
        assert np.abs(packed - np.arange(len(u)) / len(u)).max() < bound + 1 / len(u)


def test_points_alone_come_first_where_there_are_few():
    assert draw(design="isolated", n=1, x_min=0.0, x_max=10.0).x.tolist() == [0.5]
    assert draw(design="isolated", n=2, x_min=0.0, x_max=10.0).x.tolist() == [0.5, 9.5]


def test_steep_noise_on_stirns_range_is_his():
    truth = draw(profile=PROFILES["steep"], x_min=0.0, x_max=10.0, scale=2.6, n=1).truth
    x = np.linspace(0, 10, 21)
    np.testing.assert_allclose(truth.std(x), 0.1 + 0.5 * x)


def test_designs_are_read_only_and_say_what_they_are():
    for name, design in DESIGNS.items():
        assert design.name == name
        assert all((design.label, design.help))
    with pytest.raises(TypeError):
        DESIGNS["grid"] = DESIGNS["uniform"]


# Seeds


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("design", DESIGNS)
def test_same_seed_same_bits_other_seed_other_points(noise, design):
    first, again, other = (draw(n=500, noise=NOISES[noise], design=design, seed=s) for s in (3, 3, 4))
    assert same(first, again)
    assert not np.array_equal(first.y, other.y)
    assert not np.array_equal(first.y_held_out, other.y_held_out)
    assert np.array_equal(first.x, other.x) == (design == "grid")


def test_held_out_points_do_not_follow_n():
    assert same(draw(n=100), draw(n=20_000), ("x_held_out", "y_held_out"))


def test_training_points_do_not_follow_the_number_held_out(monkeypatch):
    before = draw(n=300)
    monkeypatch.setattr(dataset, "HELD_OUT", 17)
    after = draw(n=300)
    assert after.x_held_out.shape == (17,)
    assert same(before, after, ("x", "y"))


def test_held_out_points_are_fresh():
    data = draw(n=5000)
    held_out_noise = data.y_held_out - data.truth.mean(data.x_held_out)
    noise = data.y - data.truth.mean(data.x)
    assert not np.array_equal(data.x, data.x_held_out)
    assert abs(np.corrcoef(noise, held_out_noise)[0, 1]) < 5 / np.sqrt(5000)
    assert abs(held_out_noise.std() - 0.2) < 5 * 0.2 / np.sqrt(2 * 5000)


def test_noise_profile_and_scale_leave_x_alone_and_stretch_the_same_noise():
    plain = draw(n=400)
    stretched = draw(n=400, scale=0.6, profile=PROFILES["step"])
    assert same(plain, stretched, ("x", "x_held_out"))
    mean = plain.truth.mean(plain.x)
    ratio = np.where(plain.x < 100, 1.5, 4.5)
    np.testing.assert_allclose(stretched.y - mean, ratio * (plain.y - mean), atol=1e-12)


def test_streams_are_not_those_of_a_plain_seed_sequence():
    # Whoever splits the same integer in the usual way must not get the noise of the data.
    z = (draw(n=50).y - draw(n=50).truth.mean(draw(n=50).x)) / 0.2
    for stream in (0, *np.random.SeedSequence(0).spawn(8)):
        assert np.abs(np.random.default_rng(stream).standard_normal(50) - z).max() > 0.1


def test_numpy_global_state_is_untouched():
    before = np.random.get_state()  # noqa: NPY002
    draw(n=100)
    from_table(ENGEL, 0.2, 0)
    after = np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


# Truth


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("profile", PROFILES)
def test_truth_is_the_target_and_the_profile_stretched_over_the_range(target, profile):
    row = TARGETS[target]
    data = draw(target=row, x_min=-3.0, x_max=5.0, profile=PROFILES[profile], scale=2.0, n=50)
    x = np.linspace(-3, 5, 41)
    sigma = 2.0 * PROFILES[profile].shape((x + 3) / 8)
    np.testing.assert_array_equal(data.truth.mean(x), row.function(x))
    np.testing.assert_allclose(data.truth.std(x), sigma)
    np.testing.assert_allclose(data.truth.var(x), sigma**2)
    assert data.truth.noise is NOISES["gaussian"]


def test_std_stays_at_its_edge_value_outside_the_range():
    truth = draw(profile=PROFILES["linear"], scale=1.0, n=1).truth
    np.testing.assert_allclose(truth.std([-1e9, 50, 150, 1e9]), [0.2, 0.2, 1.8, 1.8])
    assert np.asarray(truth.std(100)).shape == ()
    assert truth.mean(np.full((2, 3), 60)).shape == (2, 3)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("profile", PROFILES)
def test_residuals_over_the_true_std_follow_the_family(noise, profile):
    data = draw(noise=NOISES[noise], profile=PROFILES[profile], scale=0.7)
    z = np.sort((data.y - data.truth.mean(data.x)) / data.truth.std(data.x))
    bound = np.sqrt(np.log(2e6) / 40_000)  # Dvoretzky–Kiefer–Wolfowitz, once in 10⁶
    assert np.abs(NOISES[noise].cdf(z) - np.arange(20_000) / 20_000).max() < bound + 1 / 20_000


# Dataset


@pytest.mark.parametrize("make", [lambda: draw(n=10), lambda: from_table(ENGEL, 0.2, 0)], ids=["drawn", "table"])
def test_arrays_cannot_be_written(make):
    data = make()
    for name in ARRAYS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(data, name)[0] = 1.0
    with pytest.raises(AttributeError):
        data.x = np.zeros(3)


def test_arrays_are_copied_in():
    mine = np.arange(3.0)
    data = Dataset(mine, mine, mine, mine, mine, mine, None, "x", "y")
    mine[0] = 99.0
    assert data.x[0] == 0.0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("y", [1.0], "y has 1 values: it must have as many as x, 3"),
        ("y_held_out", [1.0], "y_held_out has 1 values: it must have as many as x_held_out, 3"),
        ("x", [[1.0], [2.0], [3.0]], r"x_held_out is of shape \(3,\): it must be \(n, 1\)"),
        ("x_held_out", [[1.0], [2.0], [3.0]], r"x_held_out is of shape \(3, 1\): it must be one-dimensional"),
        ("y", [1.0, np.nan, np.inf], "y has 2 values that are not finite"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, value, message):
    fitting = {key: [1.0, 2.0, 3.0] for key in ARRAYS}
    with pytest.raises(ValueError, match=message):
        Dataset(**(fitting | {name: value}), truth=None, x_label="x", y_label="y")


@pytest.mark.parametrize(
    ("argument", "value", "allowed"),
    [
        ("n", 0, "a whole number, at least 1"),
        ("n", 2.5, "a whole number, at least 1"),
        ("x_min", np.nan, "a finite number"),
        ("x_max", 50.0, "a finite number above x_min, here 50"),
        ("x_max", np.inf, "a finite number above x_min"),
        ("design", "sobol", "one of stratified, uniform, grid"),
        ("scale", 0.0, "a finite number above 0"),
        ("scale", np.inf, "a finite number above 0"),
        ("scale", np.nan, "a finite number above 0"),
        ("seed", -1, "a whole number, at least 0"),
        ("seed", 1.5, "a whole number, at least 0"),
    ],
)
def test_bad_arguments_are_named_with_value_and_what_is_allowed(argument, value, allowed):
    with pytest.raises(ValueError, match=f"{argument} is {value}: it must be {allowed}"):
        draw(**{argument: value})


# Tables


def from_table(table, held_out, seed):
    choice = Choice(table.target, table.features, held_out=held_out, seed=seed, labels=table.labels)
    return from_columns(table.columns(), choice)


@pytest.mark.parametrize("held_out", [0.1, 0.2, 0.5, 0.9])
def test_split_is_disjoint_and_covers_the_table(held_out):
    data = from_table(ENGEL, held_out, seed=5)
    assert len(data.x_held_out) == round(held_out * 235)
    assert len(data.x) + len(data.x_held_out) == 235
    # The table has equal rows, so rows are counted: with the sizes above, each is in one part exactly.
    parts = np.concatenate([np.stack([data.x, data.y]), np.stack([data.x_held_out, data.y_held_out])], axis=1)
    whole = np.stack(points_of("engel"))
    np.testing.assert_array_equal(parts[:, np.lexsort(parts)], whole[:, np.lexsort(whole)])


def test_split_follows_the_seed_and_a_larger_share_holds_the_smaller():
    first, again, other, larger = (
        from_table(ENGEL, share, seed) for share, seed in ((0.2, 1), (0.2, 1), (0.2, 2), (0.4, 1))
    )
    assert same(first, again)
    assert not np.array_equal(first.x_held_out, other.x_held_out)
    assert set(first.x_held_out) <= set(larger.x_held_out)


def test_split_is_random_along_x():
    # Over 200 seeds a row is held out 40 times, with standard deviation 5.7; incomes that occur once are
    # counted.
    value, occurs = np.unique(points_of("engel")[0], return_counts=True)
    x = value[occurs == 1]
    counts = sum(np.isin(x, from_table(ENGEL, 0.2, seed).x_held_out).astype(int) for seed in range(200))
    assert len(x) > 200
    assert np.abs(counts - 40).max() < 5 * np.sqrt(200 * 0.2 * 0.8)


def test_table_dataset_keeps_file_order_labels_and_the_whole_range():
    data = from_table(ENGEL, 0.2, 0)
    x, _ = points_of("engel")
    position = {value: i for i, value in reversed(list(enumerate(x)))}
    rows = [position[v] for v in data.x if np.sum(x == v) == 1]
    assert rows == sorted(rows)
    assert (data.x_label, data.y_label) == (ENGEL.labels["income"], ENGEL.labels["foodexp"])
    assert data.truth is None
    assert (data.x_grid[0], data.x_grid[-1]) == (x.min(), x.max())
    assert data.x_grid.shape == (200,)
    np.testing.assert_allclose(data.x_evaluation, np.linspace(x.min(), x.max(), 1001)[:-1])


@pytest.mark.parametrize("held_out", [0.0, 1.0, 1e-4, 0.9999])
def test_a_share_that_leaves_a_part_empty_is_refused(held_out):
    with pytest.raises(ValueError, match="The split leaves"):
        from_table(ENGEL, held_out, 0)


def test_bad_seed_of_a_split_is_named():
    with pytest.raises(ValueError, match="seed is -3: it must be a whole number, at least 0"):
        from_table(ENGEL, 0.2, -3)
