"""What the reader remarks on becomes findings: mistakes first, notes last, and nothing more of what is no loss."""

import pytest

from core.diagnosis.loss_check.meaning import meaning_of
from core.diagnosis.loss_check.remark_rules import ALONE
from core.loss_code.loss_code import CodeRemark, Reduction
from tests.core.diagnosis.loss_check.code_by_hand import code

NLL = "0.5*exp(-s)*r**2 + 0.5*s"


@pytest.mark.parametrize(
    ("name", "severity", "facts", "headline", "words"),
    [
        (
            "broadcast",
            "mistake",
            {"shapes": "(N,) against (N, 1)"},
            "Every target is paired",
            "(N,) against (N, 1), so",
        ),
        ("broadcast", "warning", {"shapes": "(N,) against (N, 1)"}, "Shapes that may pair", "as they seem to be"),
        ("batch_statistic", "mistake", {}, "A statistic of the batch", "cannot follow σ(x)"),
        ("mean_of_logs", "mistake", {}, "A sum of logs", "logsumexp"),
        ("kl", "warning", {}, "A KL divergence", "never below"),
        ("mixed_reduction", "warning", {}, "A sum and a mean are added", "change with the number of points"),
        ("shared_scale", "mistake", {}, "One logarithm for several residuals", "`exp(s)` is k times σ²"),
        ("shared_scale", "mistake", {"outputs": 4}, "One logarithm for several residuals", "`exp(s)` is 4 times σ²"),
    ],
)
def test_a_remark_that_is_more_than_a_note_speaks_first(
    name: str, severity: str, facts: dict[str, object], headline: str, words: str
) -> None:
    found = meaning_of(code(NLL, remarks=(CodeRemark(name, "some(code)", severity, facts),)))
    assert found.kind == severity
    assert found.headline.startswith(headline)
    assert words in found.findings[0].sentence
    assert all(finding.kind != "good" for finding in found.findings)
    assert name not in ALONE or len(found.findings) == 1


@pytest.mark.parametrize(
    "name",
    ["masked_mean", "function_of_mean", "assumed_gaussian", "assumed_loss", "shapes_may_differ", "mean_before_weight"],
)
def test_a_note_stands_behind_what_is_right(name: str) -> None:
    found = meaning_of(code(NLL, remarks=(CodeRemark(name, "some(code)", "note"),)))
    assert found.headline == "This is right: std = `exp(s/2)`"
    assert "`some(code)`" in found.findings[-1].sentence


def test_a_remark_that_nobody_knows_is_shown() -> None:
    found = meaning_of(code(NLL, remarks=(CodeRemark("odd_habit", "some(code)", "note"),)))
    assert found.findings[-1].sentence == "Check `some(code)`: odd habit."


def test_one_log_for_four_outputs_leaves_a_factor_on_the_std() -> None:
    # Σ r²/(2v) + ½ log v over four outputs is lowest at v = 4σ²: the std is half the root.
    four = CodeRemark("shared_scale", "some(code)", "mistake", {"outputs": 4})
    found = meaning_of(code("0.5*r**2/s + 0.5*log(s)", ("mu", "var"), remarks=(four,)))
    assert found.std is not None
    assert (found.std.text, found.std.factor) == ("½·√var", 0.5)


def test_code_in_a_sentence_cannot_break_out_of_its_marks() -> None:
    long = CodeRemark("masked_mean", "a`b\n" + "c" * 80, "note")
    sentence = meaning_of(code(NLL, remarks=(long,))).findings[-1].sentence
    assert sentence.startswith("`ab " + "c" * 56 + "…`: ")


@pytest.mark.parametrize(
    ("reduction", "headline"),
    [
        (Reduction("sum", "none", 128), "A sum over 128 points"),
        (Reduction("sum", "sum", None), "A sum over the points and outputs"),
        (Reduction("mean", "sum", 4), "A sum over 4 outputs"),
    ],
)
def test_a_sum_is_told(reduction: Reduction, headline: str) -> None:
    found = meaning_of(code(NLL, reduction=reduction))
    assert (found.kind, found.findings[-1].headline) == ("good", headline)


def test_the_parts_of_a_sum_have_their_values() -> None:
    found = meaning_of(code(f"0.1*r**2 + {NLL}", parts=((0.1, "r**2"), (1.0, NLL))))
    sentence = found.findings[-1].sentence
    assert "σ = 0.2, weights included, `r**2` is 0.004 and `0.5*exp(-s)*r**2 + 0.5*s` is −1.109" in sentence
    assert "Only `0.5*exp(-s)*r**2 + 0.5*s` can make the sum negative there" in sentence
