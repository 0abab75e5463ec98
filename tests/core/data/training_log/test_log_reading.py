"""Training logs are read in every form that people have, and what is none is refused in one sentence."""

import pytest

from core.data.training_log.log_reading import FORMS, read_log
from core.data.training_log.training_log import LogError, Series
from tests.core.data.training_log.logs import LOGS


def same(series: Series | None, expected: tuple[list[float], list[float]] | None) -> bool:
    if series is None or expected is None:
        return series is expected
    pairs = zip((series.x, series.values), expected, strict=True)
    return all(found.tolist() == pytest.approx(given, nan_ok=True) for found, given in pairs)


@pytest.mark.parametrize("name", LOGS)
def test_a_form_is_read(name: str) -> None:
    text, form, x_name, training, validation = LOGS[name]
    log = read_log(text)
    assert (log.form, log.x_name) == (form, x_name)
    assert same(log.training, training)
    assert same(log.validation, validation)


def test_every_form_has_a_log() -> None:
    assert {row[1] for row in LOGS.values()} == set(FORMS)


@pytest.mark.parametrize("name", LOGS)
def test_line_ends_colours_and_a_logger_change_nothing(name: str) -> None:
    text, form, _, training, validation = LOGS[name]
    logged = "\n".join(f"2026-11-29 12:00:00,123 INFO \x1b[32m{line}\x1b[0m" for line in text.split("\n"))
    others = [text.replace("\n", "\r\n"), text.replace("-0.", "−0."), f"\ufeff{text}".encode(), f"\ufeff{text}"]
    for other in others + [logged] * (form == "lines" and not text.startswith("[")):
        log = read_log(other)
        assert log.form == form
        assert same(log.training, training)
        assert same(log.validation, validation)


@pytest.mark.parametrize(
    "text",
    [
        "", "   \n\n", "hello", "1", "what is a loss?", "accuracy 0.9\naccuracy 0.95", "[" * 10_000, '{"a":' * 10_000,
        "epoch,accuracy\n1,0.5\n2,0.6", "__import__('os').system('ls')", "[x for x in range(9**9)]", "9**9**9",
        '{"loss": "high"}', "\0\0\0", "loss", "loss:", "<script>alert(1)</script>", "import torch\nloss = f(x)",
    ],
)  # fmt: skip
def test_what_is_no_log_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(LogError) as refused:
        read_log(text, "a.txt")
    assert str(refused.value).count(". ") == 0
    assert "Epoch 3 - loss: -0.38 - val_loss: -0.35" in str(refused.value)


def test_a_log_that_is_too_large_is_refused() -> None:
    with pytest.raises(LogError, match=r"5\.0 MB, and 5 MB can be read"):
        read_log("loss 1.0\n" * 556_000)


def test_the_name_of_a_file_says_what_its_values_are() -> None:
    text = "Wall time,Step,Value\n1700000000.1,0,0.9\n1700000001.1,10,0.5"
    assert read_log(text, "run-validation-tag-loss.csv").training is None
    assert read_log(text, "run-train-tag-loss.csv").validation is None


def test_a_learning_rate_is_kept() -> None:
    log = read_log("epoch,lr,loss\n0,0.1,0.5\n1,0.01,0.4")
    assert same(log.rate, ([0, 1], [0.1, 0.01]))
