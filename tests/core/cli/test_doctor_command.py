"""`python -m core doctor`: what is said of a mistake, and the parameters of a loss."""

import json

import pytest

from core.__main__ import main


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["doctor", *arguments]) == status
    out, err = capsys.readouterr()
    return out if status == 0 else err


def test_a_mistake_does_not_read_as_sound(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = said(capsys, "--loss", "broadcast").splitlines()[:2]
    assert first.startswith("Every prediction is compared with every target")
    assert second.endswith("It says nothing about the noise.")


def test_a_parameter_of_the_loss_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--loss", "evidential", "--noise", "outliers", "--json")
    found = [json.loads(said(capsys, *arguments, "--set", f"loss.evidence_weight={weight}")) for weight in (0.01, 0.1)]
    assert [each["std_read"] / 0.2 for each in found] == pytest.approx([1.22, 1.60], abs=0.01)
    assert found[0]["floor"] == pytest.approx(-0.4625, abs=1e-4)


@pytest.mark.parametrize("text", ["loss.nu=1", "nu=3", "loss.nu", "data.n=5"])
def test_another_setting_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert len(said(capsys, "--loss", "student_t", "--set", text, status=2).splitlines()) == 1
