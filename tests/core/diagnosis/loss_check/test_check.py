"""Code, numbers, log and predictions together: what each says of the others, and where nothing is to be said."""

import json
import math

import numpy as np
import pytest

import core
from core.data.training_log.log_reading import read_log
from core.diagnosis.loss_check.check import Checked, check, read_files
from core.diagnosis.loss_check.examples import EXAMPLES
from core.diagnosis.loss_check.given import Given
from core.diagnosis.loss_check.numbers import CodeEvidence
from core.diagnosis.loss_check.old_links import code_of
from core.evaluation.predictions import Predictions
from core.model.losses import LOSSES

POSTED = EXAMPLES[0].given.code
NLL = "loss = (0.5 * torch.exp(-log_var) * (y - mu)**2 + 0.5 * log_var).mean()"
SOFTPLUS = "sigma = F.softplus(raw) + 1e-3\nloss = (0.5*((y - mu)/sigma)**2 + torch.log(sigma)).mean()"


def checked(code: str, **told: object) -> Checked:
    return check(Given(code=code, **told))


def headlines(found: Checked) -> list[str]:
    return [finding.headline for finding in found.findings]


def test_the_question_is_answered() -> None:
    found = check(EXAMPLES[0].given)
    assert found.kind == "mistake"
    assert found.headline.startswith("`exp(s)` is E|r|")
    assert found.implied_std == pytest.approx(math.exp(2 * (-0.38 - 0.5)) * math.sqrt(math.pi / 2), rel=1e-3)
    assert [row.reading for row in found.readings if row.agrees] == ["the mean of |r|, E|r|"]
    assert "The loss is fine; what you call a variance is not a variance" in headlines(found)


# A loss value at its floor on Gaussian noise of σ, by hand: whatever head, sum, sign or constant the code has.
FLOORS = {
    "log variance": (NLL, lambda s: 0.5 + math.log(s)),
    "softplus": (SOFTPLUS, lambda s: 0.5 + math.log(s)),
    "a log likelihood": (
        "ll = Normal(mu, torch.exp(ls)).log_prob(y)\nloss = ll.mean()",
        lambda s: -1.41894 - math.log(s),
    ),
    "half a Laplace NLL": (POSTED, lambda s: 0.5 + 0.5 * math.log(s * math.sqrt(2 / math.pi))),
    "a sum over points": (NLL.replace(".mean()", ".sum()"), lambda s: 128 * (0.5 + math.log(s))),
    "twice": (NLL.replace("0.5 *", "").replace("0.5", ""), lambda s: 1 + 2 * math.log(s)),
    "squared error": ("loss = F.mse_loss(pred, y)", lambda s: s**2),
}


@pytest.mark.parametrize("std", [0.05, 0.2, 5.0])
@pytest.mark.parametrize("name", FLOORS)
def test_the_std_behind_a_loss_value(name: str, std: float) -> None:
    code, floor = FLOORS[name]
    found = checked(code, value=floor(std), points=128 if "points" in name else None)
    assert found.implied_std == pytest.approx(std, rel=2e-3)


def test_a_named_quantity_is_held_against_the_loss() -> None:
    value = 0.5 + math.log(0.2)
    agrees = checked(SOFTPLUS, value=value, variance=0.2, quantity="sigma")
    assert agrees.kind == "good"
    assert any("Your `sigma` means a std of **0.200**, which agrees" in words for words in agrees.sentences)
    assert "The loss and the predicted std do not agree" in headlines(
        checked(SOFTPLUS, value=value, variance=0.14, quantity="sigma")
    )
    as_log = checked(NLL, value=value, variance=math.log(0.04), quantity="log_var")
    assert any("which agrees" in words for words in as_log.sentences)


def test_an_unnamed_variance_is_what_the_loss_makes_of_it() -> None:
    assert "The loss is fine; what you call a variance is not a variance" in headlines(
        checked(POSTED, value=-0.4176, variance=0.16)
    )
    good = checked(NLL, value=-1.109, variance=0.04, noise=0.2, std_y=0.83)
    assert good.kind == "good"
    assert not any(finding.kind != "good" for finding in good.findings)


def test_a_value_of_another_sign_or_of_a_sum_is_told_as_one_per_point() -> None:
    found = checked("loss = Normal(mu, torch.exp(ls)).log_prob(y).mean()", value=0.19)
    assert found.words["numbers"][0] == "With the minus that is missing your value is **−0.190**."
    found = checked(NLL.replace(".mean()", ".sum()"), value=-141.95, points=128)
    assert found.words["numbers"][0] == "Over its 128 terms your value is **−1.109**."


def test_a_sum_is_a_suspect() -> None:
    assert "This looks like a sum, not a mean" in headlines(checked(NLL, value=128 * -1.109, noise=0.2, std_y=0.83))


def test_what_no_data_has_is_a_sum_without_a_std_of_y_too() -> None:
    assert "This looks like a sum, not a mean" in headlines(checked(NLL, value=-141.95))
    assert "This looks like a sum, not a mean" not in headlines(checked(NLL, value=-5.0))


def test_a_constant_that_the_code_has_not_is_told() -> None:
    assert "The value includes a constant" in headlines(checked(NLL, value=1.4189, noise=1.0))
    assert "The value includes a constant" not in headlines(checked(NLL, value=0.5, noise=1.0))
    full = NLL.replace(".mean()", ".mean() + 0.9189385")
    assert "The value includes a constant" not in headlines(checked(full, value=1.4189, noise=1.0))


def test_a_predicted_variance_alone_is_read_by_the_code() -> None:
    found = checked(POSTED, variance=0.16, noise=0.2)
    assert found.words["numbers"][0].startswith("On Gaussian noise your `exp(s)` means a std of **0.201**")
    assert "it may be a logarithm" in checked(SOFTPLUS, variance=-0.3, quantity="sigma").words["numbers"][0]
    assert "not in this code" in checked(SOFTPLUS, variance=0.3, quantity="foo").words["numbers"][0]


def test_unequal_noise_is_allowed() -> None:
    assert "Fine, if the noise varies with x" in headlines(checked(NLL, value=0.2524, std_y=3.0, noise=1.0))


def test_an_offered_variance_needs_no_std_of_y() -> None:
    found = checked(NLL, value=-5.0)
    assert found.implied_std == pytest.approx(math.exp(-5.5), rel=1e-3)
    assert "Too good to be true" not in headlines(found), "that is said of a share of the std of y"


def test_the_law_of_the_floor_saves_the_search() -> None:
    assert isinstance(checked(SOFTPLUS, value=-1.0).asked, CodeEvidence)


def rows(std: float, told: float, n: int = 400) -> bytes:
    rng = np.random.default_rng(0)
    lines = [f"{y:.5f},0,{told}" for y in rng.normal(0, std, n)]
    return "\n".join(["y_true,y_pred,y_std", *lines]).encode()


def file_of(text: bytes) -> Predictions | None:
    return read_files(None, (text, "p.csv"))[1]


def scaled_rows(slope: float, start: float, std: float = 0.2, n: int = 400) -> bytes:
    """Predictions of standardised targets beside y = start + slope · target."""
    rng = np.random.default_rng(0)
    mean = rng.normal(size=n)
    y = start + slope * (mean + 0.2 * rng.normal(size=n))
    rows = [f"{a:.5f},{b:.5f},{std}" for a, b in zip(y, mean, strict=True)]
    return "\n".join(["y_true,y_pred,y_std", *rows]).encode()


def test_y_in_another_unit_than_the_predictions_is_named() -> None:
    found = check(Given(NLL, value=0.5 + math.log(0.2)), predictions=file_of(scaled_rows(30.0, 100.0)))
    assert found.headline == "y and mean are not in one unit"
    (finding,) = (each for each in found.findings if each.headline == found.headline)
    claims = {claim.name: claim.value for claim in finding.claims}
    assert claims["slope"] == pytest.approx(30, rel=0.02)
    assert claims["start"] == pytest.approx(100, abs=1)
    assert "Too good to be true" not in headlines(found), "the std of y is in another unit than the loss"


@pytest.mark.parametrize(
    ("slope", "start", "std"),
    [(1.0, 0.0, 0.2), (1.0, 3.0, 0.2), (1.4, 0.0, 0.2), (30.0, 0.0, 60.0), (0.0, 0.0, 0.2)],
    ids=["right", "a bias", "a flat mean", "a std that allows for it", "a mean of nothing"],
)
def test_other_faults_of_a_file_are_no_other_unit(slope: float, start: float, std: float) -> None:
    found = check(Given(NLL, value=0.5 + math.log(0.2)), predictions=file_of(scaled_rows(slope, start, std)))
    assert "y and mean are not in one unit" not in headlines(found)


def test_a_std_at_the_limit_of_the_code_is_not_called_another_unit() -> None:
    code = "var = torch.exp(s).clamp(min=0.1)\nloss = (0.5*(y-mu)**2/var + 0.5*torch.log(var)).mean()"
    found = check(Given(code, value=-0.95), predictions=file_of(rows(0.2, math.sqrt(0.1))))
    assert "The predicted std is at its limit" in headlines(found)
    assert "do not agree" not in str(headlines(found))
    above = check(Given(code, value=0.5 + math.log(0.8)), predictions=file_of(rows(0.8, 0.8)))
    assert "The predicted std is at its limit" not in headlines(above)


@pytest.mark.parametrize(("told", "headline"), [(0.2, "Loss and predictions agree"), (0.4, "do not agree")])
def test_predictions_are_held_against_the_loss(told: float, headline: str) -> None:
    _, file = read_files(None, (rows(0.2, told), "p.csv"))
    found = check(Given(code=NLL, value=-1.109), None, file)
    assert any(headline in words for words in headlines(found))
    assert found.found["predictions"]
    assert found.given.std_y == pytest.approx(0.2, rel=0.1), "the std of y is that of the file"


def test_a_log_tells_the_loss_value_and_what_is_none_of_it() -> None:
    log = read_log("\n".join(f"epoch {i} loss {0.9 - 0.1 * min(i, 20)}" for i in range(40)))
    found = check(Given(code=NLL), log)
    assert found.given.value == pytest.approx(-1.1)
    assert found.found["log"]
    assert "The loss value is not from this log" in headlines(check(Given(code=NLL, value=3.0), log))
    assert "The loss value is not from this log" not in headlines(check(Given(code=NLL, value=-1.0), log))


def test_what_cannot_be_read_leaves_the_rest() -> None:
    log = read_log("epoch,loss\n1,0.9\n2,0.5\n3,0.4\n")
    found = check(Given(code="loss = foo(bar"), log)
    assert found.problem
    assert found.headline == "This code could not be read"
    assert found.found["log"]
    nothing = check(Given())
    assert (nothing.kind, nothing.problem) == ("open", "")


def test_names_that_nobody_knows_are_offered_and_a_role_lets_the_code_be_read() -> None:
    code = NLL.replace(".mean()", ".mean() + frob(q)")
    assert checked(code).names == ("frob(q)",)
    told = checked(code, roles=(("frob(q)", "regulariser"),))
    assert (told.problem, told.names, told.kind) == ("", (), "good")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.label)
def test_every_example_is_read(example: object) -> None:
    found = check(example.given)
    assert not found.problem
    json.dumps(found.as_record(), allow_nan=False)
    assert str(found).startswith(found.headline.replace("`", ""))


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("typed", "pinball", "mixture")])
def test_the_lines_of_every_row_are_read(name: str) -> None:
    found = checked(code_of(LOSSES[name]))
    assert not found.problem
    assert (found.kind == "good") == (not LOSSES[name].mistake)


def test_from_python() -> None:
    found = core.check(NLL, value=-1.1, predictions=rows(0.2, 0.2), log="epoch 1 loss 0.5\nepoch 2 loss -1.1\n")
    assert found.implied_std == pytest.approx(0.2, rel=0.02)
    with pytest.raises(core.InvalidExperiment, match="no setting of this name"):
        core.check(NLL, sigma=2)
