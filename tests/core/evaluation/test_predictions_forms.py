"""Every usual form of predictions is read as what it is, under the names that people write."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from core.data.tables.columns import TableError
from core.evaluation.predictions import Predictions, UnclearError, read_predictions
from core.evaluation.predictions_choice import NO_CHOICE, Choice, choice_of
from core.evaluation.predictions_forms import FORMS, SPREADS, forms_of
from core.evaluation.predictions_renamed import renamed
from core.evaluation.scores import estimates, scores_for

N = 40
RNG = np.random.default_rng(0)
MEAN, STD = RNG.normal(size=N), np.exp(0.3 * RNG.normal(size=N))
Y = MEAN + STD * RNG.normal(size=N)


def q(p: float) -> np.ndarray:
    return MEAN + STD * norm.ppf(p)


def read(columns: Mapping[str, object], choice: Choice = NO_CHOICE, family: str = "gaussian") -> Predictions:
    table = pd.DataFrame(dict(columns)).to_csv(index=False).encode()
    return read_predictions(table, "mine.csv", family, choice=choice)


@pytest.mark.parametrize("name", FORMS)
def test_the_example_of_each_form_is_read_as_it(name: str) -> None:
    row = FORMS[name]
    found = read_predictions(row.example.encode(), "example.csv")
    assert found.form == name == row.name
    assert found.y == [1.2]
    assert row.help.endswith(".")


@pytest.mark.parametrize(
    "names",
    [
        ("y_true", "y_pred", "y_std"),
        ("target", "mu", "sigma"),
        ("Target", "Prediction", "Std. Dev."),
        ("Observed", "Predicted Mean", "predicted-std"),
        ("yTrue", "yPred", "yStd"),
        ("actual", "forecast", "uncertainty"),
        ("obs", "ŷ", "σ̂"),
        ("y (kg)", "μ (kg)", "σ (kg)"),
        ("y_test", "pred_mean", "pred_std"),
        ("label", "mean_prediction", "std_prediction"),
        ("GT", "loc", "scale"),
        ("price", "price_pred", "price_std"),
        ("load_mw", "pred_load_mw", "std_load_mw"),
        ("Y", "MEAN", "STDEV"),
        ("ground truth", "model mean", "model sd"),
    ],
)
def test_mean_and_std_by_many_names(names: tuple[str, str, str]) -> None:
    found = read(dict(zip(names, (Y, MEAN, STD), strict=True)))
    assert found.form == "spread"
    for given, here in ((Y, found.y), (MEAN, found.mean), (STD, found.std)):
        np.testing.assert_allclose(here, given, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("variance", np.square),
        ("sigma2", np.square),
        ("σ²", np.square),
        ("pred_var", np.square),
        ("logvar", lambda std: 2 * np.log(std)),
        ("log_sigma2", lambda std: 2 * np.log(std)),
        ("ln var", lambda std: 2 * np.log(std)),
        ("log_std", np.log),
        ("log sigma", np.log),
        ("precision", lambda std: std**-2.0),
    ],
)
def test_other_spreads_than_a_std(name: str, of: object) -> None:
    assert callable(of)
    found = read({"y": Y, "mean": MEAN, name: of(STD)})
    np.testing.assert_allclose(found.std, STD, rtol=1e-10)


def test_a_name_that_says_less_than_the_role_is_told() -> None:
    assert "“sigma2” is read as the variance." in read({"y": Y, "mean": MEAN, "sigma2": STD**2}).notes
    assert read({"y": Y, "mean": MEAN, "log var": STD}).notes == ()


def test_a_std_that_is_never_above_0_is_a_logarithm() -> None:
    found = read({"y": Y, "mean": MEAN, "std": 2 * np.log(STD) - 9})
    np.testing.assert_allclose(found.std, STD * np.exp(-4.5), rtol=1e-10)
    assert any("is never above 0" in note for note in found.notes)


@pytest.mark.parametrize(
    "names",
    [
        ("q0.05", "q0.5", "q0.95"),
        ("q05", "q50", "q95"),
        ("q5", "q50", "q95"),
        ("p5", "p50", "p95"),
        ("P5", "P50", "P95"),
        ("5%", "50%", "95%"),
        ("5 %", "50 %", "95 %"),
        ("quantile_0.05", "quantile_0.5", "quantile_0.95"),
        ("Quantile 0.05", "Quantile 0.5", "Quantile 0.95"),
        ("0.05", "0.5", "0.95"),
        ("q_0.05", "q_0.50", "q_0.95"),
        ("q0_05", "q0_5", "q0_95"),
        ("pct5", "pct50", "pct95"),
        ("5th percentile", "50th percentile", "95th percentile"),
        ("sales_q0.05", "sales_q0.5", "sales_q0.95"),
        ("forecast_p05", "forecast_p50", "forecast_p95"),
        ("pred_0.05", "pred_0.5", "pred_0.95"),
        ("q050", "q500", "q950"),
        ("lower_90", "median", "upper_90"),
        ("lo-90", "median", "hi-90"),
        ("lower_5", "p50", "upper_95"),
    ],
)
def test_three_quantiles_by_many_names(names: tuple[str, str, str]) -> None:
    found = read({"y": Y, **dict(zip(names, (q(0.05), q(0.5), q(0.95)), strict=True))})
    assert (found.form, found.words) == ("quantiles", "three quantiles, 5 % to 95 %")
    # A Gaussian's quantiles give that Gaussian.
    np.testing.assert_allclose(found.mean, MEAN, atol=1e-9)
    np.testing.assert_allclose(found.std, STD, rtol=1e-9)


def test_quantiles_of_three_digits() -> None:
    found = read({"y": Y, "q025": q(0.025), "q500": q(0.5), "q975": q(0.975)})
    assert found.words == "three quantiles, 2.5 % to 97.5 %"
    found = read({"y": Y, "q2.5": q(0.025), "q50": q(0.5), "q97.5": q(0.975)})
    assert found.words == "three quantiles, 2.5 % to 97.5 %"


@pytest.mark.parametrize(
    ("names", "level"),
    [
        (("lower_90", "upper_90"), 0.9),
        (("lo_90", "hi_90"), 0.9),
        (("lower95", "upper95"), 0.95),
        (("95% lower", "95% upper"), 0.95),
        (("Lo 80", "Hi 80"), 0.8),
        (("AutoARIMA-lo-95", "AutoARIMA-hi-95"), 0.95),
        (("ci_lower_0.9", "ci_upper_0.9"), 0.9),
        (("q0.05", "q0.95"), 0.9),
        (("lower_0.025", "upper_0.975"), 0.95),
        (("lower", "upper"), 0.95),
        (("lwr", "upr"), 0.95),
        (("yhat_lower", "yhat_upper"), 0.95),
        (("lower_bound", "upper_bound"), 0.95),
        (("pi_low", "pi_high"), 0.95),
        (("Lower (90%)", "Upper (90%)"), 0.9),
        (("obs_ci_lower", "obs_ci_upper"), 0.95),
    ],
)
def test_an_interval_and_its_level(names: tuple[str, str], level: float) -> None:
    low, high = q((1 - level) / 2), q((1 + level) / 2)
    found = read({"y": Y, names[0]: low, names[1]: high})
    assert (found.form, found.words) == ("interval", f"an interval of {100 * level:g} % alone")
    np.testing.assert_allclose(found.judged.interval(level), (low, high))
    said = any(character.isdigit() for character in names[0])
    assert said != any("give no level" in note for note in found.notes)


def test_a_level_that_is_said_goes_before_the_usual_one() -> None:
    columns = {"y": Y, "lower": q(0.1), "upper": q(0.9)}
    assert read(columns, Choice(level=0.8)).words == "an interval of 80 % alone"


def test_several_intervals_are_quantiles() -> None:
    columns = {"ds": range(N), "y": Y, "A": MEAN, "A-lo-80": q(0.1), "A-hi-80": q(0.9), "A-lo-95": q(0.025)}
    found = read({**columns, "A-hi-95": q(0.975)})
    assert found.words == "four quantiles, 2.5 % to 97.5 %"
    np.testing.assert_allclose(found.std, STD, rtol=1e-9)


def test_the_mean_beside_an_interval_has_the_name_of_the_model() -> None:
    columns = {
        "unique_id": ["a", "b"] * (N // 2),
        "y": Y,
        "NHITS": MEAN,
        "NHITS-lo-90": q(0.05),
        "NHITS-hi-90": q(0.95),
    }
    found = read(columns)
    assert found.words == "an interval of 90 % and a mean"
    assert found.groups is not None
    assert (found.groups.column, found.groups.names) == ("unique_id", ("a", "b"))
    assert not any("counts the rows" in note for note in found.notes)


def test_noise_and_ignorance_add_up() -> None:
    found = read({"y": Y, "mean": MEAN, "aleatoric_std": 0.6 * STD, "epistemic_std": 0.8 * STD})
    np.testing.assert_allclose(found.std, STD, rtol=1e-9)
    assert found.notes == ("The variance is the sum of those of “aleatoric_std” and “epistemic_std”.",)
    alone = read({"y": Y, "mean": MEAN, "epistemic": STD})
    assert alone.notes == ("The std is only that of “epistemic”; the part that is noise is missing.",)
    both = read({"y": Y, "mean": MEAN, "std": STD, "std_noise": STD})
    np.testing.assert_allclose(both.std, STD)


def test_residuals_are_y_about_a_mean_of_0() -> None:
    found = read({"residual": Y - MEAN, "sigma": STD})
    np.testing.assert_allclose(found.judged.residual, Y - MEAN)
    assert found.notes == ("“residual” is read as y − mean: every mean counts as 0.",)
    np.testing.assert_allclose(read({"y": Y, "mean": MEAN, "std": STD, "error": Y}).y, Y)


def test_columns_that_are_not_used_are_named_where_little_was_found() -> None:
    assert read({"y": Y, "mean": MEAN, "strange": STD}).notes[0] == "Not used: “strange”."


MEANS, STDS = MEAN[:, None] + 0.1 * RNG.normal(size=(N, 3)), STD[:, None] * np.exp(0.1 * RNG.normal(size=(N, 3)))


@pytest.mark.parametrize(
    ("mean", "std", "of"),
    [
        ("mean_{}", "std_{}", lambda std: std),
        ("m{}", "s{}", lambda std: std),
        ("mu{}", "var{}", np.square),
        ("model_{}_mean", "model_{}_std", lambda std: std),
        ("member{}_mu", "member{}_sigma", lambda std: std),
        ("pred_{}", "pred_std_{}", lambda std: std),
        ("Mean {}", "Log Var {}", lambda std: 2 * np.log(std)),
    ],
)
def test_members_are_an_equal_mixture(mean: str, std: str, of: object) -> None:
    assert callable(of)
    columns = {mean.format(k): MEANS[:, k] for k in range(3)} | {std.format(k): of(STDS[:, k]) for k in range(3)}
    found = read({"y": Y, **columns})
    assert found.form == "members"
    np.testing.assert_allclose(found.mean, MEANS.mean(axis=1), atol=1e-9)
    variance = np.mean(STDS**2, axis=1) + np.var(MEANS, axis=1)  # the law of total variance
    np.testing.assert_allclose(found.std, np.sqrt(variance), rtol=1e-9)
    density = np.mean([norm.pdf(Y, MEANS[:, k], STDS[:, k]) for k in range(3)], axis=0)
    assert found.mean_nll == pytest.approx(-np.mean(np.log(density)), rel=1e-9)


@pytest.mark.parametrize("name", ["pred_{}", "m{}", "member_{}", "y_pred_{}", "fold {}", "mc_{}", "{}"])
def test_members_without_a_std_are_ignorance_alone(name: str) -> None:
    found = read({"y": Y, **{name.format(k): MEANS[:, k] for k in range(3)}})
    assert found.form == "members"
    assert found.is_ignorance_alone
    np.testing.assert_allclose(found.std, np.std(MEANS, axis=1), rtol=1e-9)
    assert any("without the noise of y" in note for note in found.notes)


def test_a_mixture_density_has_weights() -> None:
    weights = np.array([[0.2, 0.5, 0.3]]) * np.ones((N, 1))
    columns = {
        f"{name}_{k}": part[:, k] for name, part in (("pi", weights), ("mu", MEANS), ("sigma", STDS)) for k in range(3)
    }
    found = read({"y": Y, **columns})
    np.testing.assert_allclose(found.mean, np.sum(weights * MEANS, axis=1), atol=1e-9)


@pytest.mark.parametrize(
    "name", ["sample_{}", "draw{}", "y_sample_{}", "s{}", "posterior_sample_{}", "yrep[{}]", "sim {}"]
)
def test_samples(name: str) -> None:
    samples = MEAN[:, None] + STD[:, None] * RNG.normal(size=(N, 12))
    found = read({"y": Y, **{name.format(k): samples[:, k] for k in range(12)}})
    assert (found.form, found.words) == ("samples", "12 samples")
    np.testing.assert_allclose(found.mean, samples.mean(axis=1), atol=1e-9)


def test_many_columns_with_numbers_for_names_are_samples() -> None:
    samples = MEAN[:, None] + STD[:, None] * RNG.normal(size=(N, 30))
    found = read({"y": Y, **{str(k): samples[:, k] for k in range(30)}})
    assert found.words == "30 samples"


def test_means_alone_have_errors_alone() -> None:
    found = read({"y_true": Y, "y_pred": MEAN})
    assert found.form == "mean"
    scores = {name: row.estimate(found.judged) for name, row in scores_for(found.judged.predictive).items()}
    assert {name for name, each in scores.items() if each.value is not None} == {"rmse", "mae"}
    assert "only means" in scores["nll"].reason
    assert (found.mean_nll, found.mean_z2, found.typical_std) == (None, None, None)


def test_what_a_form_lacks_has_a_reason() -> None:
    found = read({"y": Y, "lower_80": q(0.1), "upper_80": q(0.9)})
    scores = {name: row.estimate(found.judged) for name, row in scores_for(found.judged.predictive).items()}
    there = {name for name, each in scores.items() if each.value is not None}
    assert there == {"coverage_80", "width_80", "interval_score_80", "quantile_score_10", "quantile_score_90"}
    assert scores["coverage_95"].reason == "There is only an interval of 80 %, which is not a distribution."
    assert scores["rmse"].reason == "No mean is predicted."
    inside = np.mean((q(0.1) <= Y) & (q(0.9) >= Y))
    assert scores["coverage_80"].value == pytest.approx(inside)


def test_quantiles_that_cross_are_sorted_and_told() -> None:
    low, high = q(0.05).copy(), q(0.95).copy()
    low[:2], high[:2] = high[:2].copy(), low[:2].copy()
    found = read({"y": Y, "q0.05": low, "q0.5": q(0.5), "q0.95": high})
    assert found.notes == ("In 2 of 40 rows quantiles cross: they are sorted there.",)
    np.testing.assert_allclose(found.std, STD, rtol=1e-9)
    found = read({"y": Y, "lower_90": low, "upper_90": high})
    assert found.notes == ("In 2 of 40 rows lower is above upper: the two are swapped there.",)
    np.testing.assert_allclose(found.judged.interval(0.9), (q(0.05), q(0.95)))


@pytest.mark.parametrize("name", ["Unnamed: 0", "index", "ID", "row", ""])
def test_an_index_is_left_out(name: str) -> None:
    found = read({name: np.arange(N), "y": Y, "mean": MEAN, "std": STD})
    assert any("counts the rows: not used" in note for note in found.notes)
    samples = {f"{k}": MEAN + STD * RNG.normal(size=N) for k in range(25)}
    assert read({name: np.arange(N), "y": Y, **samples}).words == "25 samples"


def test_rows_without_a_prediction_are_left_out_and_counted() -> None:
    low = q(0.05).copy()
    low[3] = np.nan
    found = read({"y": np.where(np.arange(N) == 5, np.nan, Y), "lower_90": low, "upper_90": q(0.95)})
    assert found.n == N - 2
    assert found.notes[0].startswith("1 of 40 rows has no y and is left out")
    assert found.notes[1].startswith("1 of 40 rows has no prediction and is left out")


def test_a_word_in_a_column_of_quantiles_is_refused_and_not_passed_over() -> None:
    low = [*q(0.05)[:-1], "n/k"]
    with pytest.raises(TableError, match=r"Row 40 of column “q0\.05” is “n/k”: a number is needed"):
        read({"y": Y, "q0.05": low, "q0.5": q(0.5), "q0.95": q(0.95)})


def test_names_that_say_nothing_are_asked_for_and_chosen() -> None:
    columns = {"a": Y, "b": MEAN, "c": STD}
    with pytest.raises(UnclearError, match="there is no “y” among “a”, “b”, “c”"):
        read(columns)
    chosen = choice_of("y=a, mean=b,std=c")
    np.testing.assert_allclose(read(columns, chosen).std, STD)
    with pytest.raises(UnclearError, match="means, or quantiles, lower and upper, members or samples"):
        read(columns, choice_of("y=a"))
    assert read(columns, choice_of("y=a,q0.05=b,q0.5=c,q0.9=c")).form == "quantiles"
    assert read({"a": Y, "k1": MEANS[:, 0], "k2": MEANS[:, 1]}, choice_of("y=a,samples=k*")).words == "2 samples"


def test_a_chosen_table_is_read_without_a_choice() -> None:
    table = pd.DataFrame({"a": Y, "b": q(0.1), "c": q(0.9), "y": STD}).to_csv(index=False).encode()
    from core.data.tables.reading import read_table

    new = renamed(read_table(table, "t.csv"), Choice((("y", "a"), ("lower", "b"), ("upper", "c")), level=0.8))
    assert list(new.columns) == ["y", "lower_80", "upper_80", "y (not used)"]
    assert read_predictions(new, "t.csv").words == "an interval of 80 % alone"


def test_a_file_with_several_forms_is_read_as_the_chosen_one() -> None:
    columns = {"y": Y, "mean": MEAN, "std": STD, "q0.1": q(0.1), "q0.5": q(0.5), "q0.9": q(0.9)}
    found = read(columns)
    assert (found.form, found.forms) == ("spread", ("spread", "quantiles", "mean"))
    assert read(columns, Choice(form="quantiles")).words == "three quantiles, 10 % to 90 %"
    with pytest.raises(TableError, match="have no “samples”"):
        read(columns, Choice(form="samples"))
    with pytest.raises(TableError, match="“nix” is not a form of predictions"):
        read(columns, Choice(form="nix"))


def test_what_a_run_of_a_loss_is_compared_with() -> None:
    found = read({"y": Y, "mean": MEAN, "std": STD})
    z = (Y - MEAN) / STD
    assert found.n == N
    assert found.mean_residual == pytest.approx(np.mean(Y - MEAN))
    assert found.mean_z2 == pytest.approx(np.mean(z**2))
    assert found.typical_std == pytest.approx(np.exp(np.mean(np.log(STD))))
    assert found.std_of_y == pytest.approx(np.std(Y, ddof=1))
    assert found.mean_nll == pytest.approx(estimates(found.judged, ["nll"])["nll"].value)


def test_every_spread_has_a_role_that_a_name_can_have() -> None:
    assert set(SPREADS) == {"std", "variance", "log_variance", "log_std", "precision"}


def test_forms_are_offered_only_where_there_is_one() -> None:
    found = read({"y": Y, "mean": MEAN}).found
    assert found is not None
    assert forms_of(found) == ("mean",)
