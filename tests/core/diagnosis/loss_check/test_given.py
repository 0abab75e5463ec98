"""What is told beside files: read, refused in one sentence, and written into an address that opens it again."""

import pytest

from core.diagnosis.loss_check.examples import EXAMPLES
from core.diagnosis.loss_check.given import FIELDS, LONGEST_IN_LINK, PREFIX, Given, given_of, to_link
from core.diagnosis.loss_check.old_links import code_of, given_of_ask, given_of_loss
from core.experiment.loss_settings import LossSettings
from core.experiment.settings import InvalidExperiment
from core.loss_code.reading import read_code
from core.model.losses import LOSSES, loss_with

FULL = Given("0.5*exp(-lv)*e**2", (("lv", "second"), ("w", 0.5)), "f", -0.5, 2.0, 0.1, "lv", 0.3, 128)


@pytest.mark.parametrize("given", [FULL, Given(), *(example.given for example in EXAMPLES)])
def test_an_address_opens_what_wrote_it(given: Given) -> None:
    assert given_of(to_link(given)) == given


def test_code_that_is_too_long_for_an_address_stays_out_of_it() -> None:
    assert to_link(Given(code="x" * (LONGEST_IN_LINK + 1), value=1.0)) == {"check.value": "1"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("value", "nan", "between −1,000,000"),
        ("value", "1e9", "between −1,000,000"),
        ("std_y", "-1", "between 0.000001"),
        ("std_y", "0", "between 0.000001"),
        ("variance", "inf", "between −1e12"),
        ("points", "2.5", "a whole number"),
        ("roles", "[1]", "JSON such as"),
        ("roles", '{"a": "moon"}', "JSON such as"),
        ("roles", '{"a": true}', "JSON such as"),
        ("roles", "[" * 3999, "JSON such as"),
        ("roles", "{" * 5000, "JSON such as"),
        ("code", "x" * 100_001, "text of at most 100,000 characters"),
        ("moon", "1", "there is no setting of this name"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(name: str, value: str, words: str) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        given_of({f"{PREFIX}{name}": value})
    assert words in str(refused.value)
    assert len(refused.value.problems) == 1
    assert len(str(refused.value)) < 500


def test_y_has_its_noise_in_it() -> None:
    with pytest.raises(InvalidExperiment, match="the noise is part of y"):
        given_of({"noise": 2, "std_y": 1})


def test_every_field_has_words() -> None:
    assert set(FIELDS) == set(Given.__dataclass_fields__)
    assert all(field.label and field.help and field.allowed for field in FIELDS.values())


def test_an_address_of_ask_tells_what_it_did() -> None:
    given, remarks = given_of_ask({"ask.loss": "student_t", "ask.nu": "3", "ask.value": "-0.1", "ask.variance": ""})
    assert (given.value, given.std_y, given.variance, remarks) == (-0.1, 0.83, None, ())
    assert "nu = 3.0" in given.code
    with_constant, _ = given_of_ask({"ask.loss": "gaussian_nll", "ask.constant": "true"})
    assert "+ 0.9189385332).mean()" in with_constant.code
    bare, _ = given_of_ask({})
    assert "sqrt" in bare.code


def test_what_an_address_of_ask_has_wrong_is_named() -> None:
    given, remarks = given_of_ask({"ask.value": "nan", "ask.loss": "moon", "ask.noise": "5"})
    assert given.value == -0.38
    assert len(remarks) == 3
    assert all("cannot be" in remark for remark in remarks)


def test_a_typed_formula_of_the_doctor_is_its_own_code() -> None:
    given = given_of_loss(LossSettings(name="typed", formula="exp(-s)*abs(r)+s"))
    assert given.code == "exp(-s)*abs(r) + s"


def test_the_slips_that_a_formula_does_not_show_are_seen_in_the_code() -> None:
    assert "gaussian_nll_loss(mean, y, std)" in code_of(LOSSES["std_as_variance"])
    assert [remark.name for remark in read_code(code_of(LOSSES["broadcast"])).remarks] == ["broadcast"]
    assert code_of(loss_with("typed", {"formula": "r**2"})) == "r**2"
