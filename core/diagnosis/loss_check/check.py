"""CHECK A LOSS: the answer to a piece of loss code, the numbers of a run, its log and its predictions, taken together.

Code says what the second output means, the loss value what σ it implies, the predictions whether they agree, the log
when the training went wrong. The worst finding gives the headline, those of the code first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ...data.training_log.log_reading import read_log
from ...data.training_log.training_log import Brought, TrainingLog
from ...evaluation.predictions import Predictions, predictions_of, read_predictions
from ...evaluation.predictions_choice import NO_CHOICE, Choice
from ...loss_code.loss_code import CodeError, LossCode
from ...loss_code.reading import read_code
from ...once import cached_property
from ..calibration.calibration_verdict import calibration_verdict
from ..doctor.ask import say_agreement, say_implied
from ..doctor.ask_evidence import AskEvidence, ReadingRow
from ..doctor.implied import SIGMAS
from ..finding import Finding
from .corrected import Corrected, corrected
from .given import Given, roles_of
from .log_words import log_findings
from .meaning import Meaning, meaning_of
from .numbers import asked_of, findings_of, say_predicted, say_value
from .together import agreement, line_between_units

_WORST = ("mistake", "warning", "good", "open")


@dataclass(frozen=True)
class Checked:
    """The answer. `kind` as in Finding; `sentence`, in Markdown, belongs to the headline.

    `found` are the findings and `words` the other sentences, by what they are about: "code", "numbers", "predictions"
    and "log". `problem` says why the code could not be read, `functions` which functions it may be, and `names` are
    those whose roles would tell. What was not given is None or empty.
    """

    given: Given
    kind: str
    headline: str
    sentence: str
    found: Mapping[str, tuple[Finding, ...]]
    words: Mapping[str, tuple[str, ...]]
    problem: str = ""
    functions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    meaning: Meaning | None = None
    asked: AskEvidence | None = None
    log: TrainingLog | None = None
    predictions: Predictions | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings."""
        return tuple(finding for some in self.found.values() for finding in some)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences, the headline's first."""
        return tuple(filter(None, (self.sentence, *(words for some in self.words.values() for words in some))))

    @property
    def code(self) -> LossCode | None:
        """The code as it was read."""
        return None if self.meaning is None else self.meaning.code

    @cached_property
    def lines(self) -> Corrected | None:
        """The corrected lines of the code; up to a second of work where it is wrong, as many changes are tried."""
        return None if self.meaning is None else corrected(self.meaning.code)

    @property
    def readings(self) -> tuple[ReadingRow, ...]:
        """What the predicted variance may be."""
        return () if self.asked is None else self.asked.rows

    @property
    def implied_std(self) -> float | None:
        """The σ on which a perfect model gets the loss value."""
        return None if self.asked is None else self.asked.implied

    def as_record(self) -> dict[str, Any]:
        """The answer as plain values, for JSON."""
        meaning = self.meaning
        return {
            "kind": self.kind,
            "headline": bare(self.headline),
            "sentences": [bare(sentence) for sentence in self.sentences],
            "problem": self.problem,
            "functions": list(self.functions),
            "std": None if meaning is None or meaning.std is None else meaning.std.text,
            "quantities": []
            if meaning is None
            else [{"text": row.text, "stands_for": row.stands_for, "on": row.on} for row in meaning.quantities],
            "roles": []
            if meaning is None
            else [{"name": role.name, "kind": role.kind, "value": role.value} for role in meaning.code.roles],
            "implied_std": self.implied_std,
            "corrected": None if self.lines is None else self.lines.text,
            "findings": [finding.as_record() for finding in self.findings],
        }

    def __str__(self) -> str:
        return self.as_text()

    def as_text(self) -> str:
        """The answer as lines of text."""
        told = [f"{bare(self.headline)}.", self.problem, *(bare(sentence) for sentence in self.sentences)]
        if self.meaning is not None:
            told += [" ", *(f"{row.text}: {row.stands_for} on {row.on}" for row in self.meaning.quantities)]
        if self.lines is not None:
            told += [" ", *(bare(change.reason) for change in self.lines.changes), self.lines.text, self.lines.std_line]
        return "\n".join(filter(None, told))


def bare(words: str) -> str:
    """Markdown as text: without the marks of bold words and of code."""
    return "".join(piece if i % 2 else piece.replace("**", "") for i, piece in enumerate(words.split("`")))


def check(given: Given, log: TrainingLog | None = None, predictions: Predictions | None = None) -> Checked:
    """The answer to what a person brings. Code that cannot be read is said, and the rest is answered without it."""
    meaning, problem, functions, names = None, "", (), ()
    given, predictions = _with_record(given, log, predictions)
    try:
        meaning = _read(given)
    except CodeError as error:
        problem, functions, names = str(error), error.functions, error.names
    told = given.value
    given = _completed(given, log, predictions)
    asked = None if meaning is None else asked_of(given, meaning)
    of_numbers = () if asked is None else findings_of(asked, given)
    found: dict[str, tuple[Finding, ...]] = {
        "code": () if meaning is None else meaning.findings,
        "numbers": (*of_numbers, *agreement(asked, told, log, predictions, meaning)),
        "predictions": () if predictions is None else (calibration_verdict(predictions),),
        "log": () if log is None else log_findings(log, None if asked is None else asked.loss),
    }
    first = _headline([finding for some in found.values() for finding in some], meaning, problem)
    words = {name: [each.sentence for each in some if each is not first] for name, some in found.items()}
    if meaning is not None:
        words["numbers"] = [say_predicted(given, meaning), *words["numbers"]]
    if meaning is not None and asked is not None:
        told_first = [say_value(given, meaning), say_implied(asked, of_numbers), say_agreement(asked)]
        words["numbers"] = [*told_first, *words["numbers"]]
    return Checked(
        given=given,
        kind=first.kind,
        headline=first.headline,
        sentence=first.sentence,
        found=MappingProxyType(found),
        words=MappingProxyType({name: _distinct(some, first.sentence) for name, some in words.items()}),
        problem=problem,
        functions=functions,
        names=names,
        meaning=meaning,
        asked=asked,
        log=log,
        predictions=predictions,
    )


def _read(given: Given) -> Meaning | None:
    """What the code means; None where there is none. Raises CodeError."""
    return meaning_of(read_code(given.code, dict(given.roles), given.function)) if given.code.strip() else None


def names_to_choose(given: Given) -> tuple[str, ...]:
    """The quantities of the code that the predicted variance may be a value of; none where it cannot be read."""
    meaning = _if_readable(given)
    return () if meaning is None else tuple(dict.fromkeys(row.text for row in meaning.quantities))


def asks_for_points(given: Given) -> bool:
    """Whether the code sums over points and does not say over how many."""
    meaning = _if_readable(given)
    return meaning is not None and meaning.code.reduction.points == "sum" and meaning.code.reduction.count is None


def _if_readable(given: Given) -> Meaning | None:
    try:
        return _read(given)
    except CodeError:
        return None


def _distinct(sentences: list[str], told: str) -> tuple[str, ...]:
    """Each sentence once, and none that was told above."""
    return tuple(words for words in dict.fromkeys(sentences) if words and words != told)


_NOTHING = Finding("open", "Paste the code of your loss", "Or add a log or a file of predictions.")
_UNREAD = "This code could not be read"


def _headline(findings: Sequence[Finding], meaning: Meaning | None, problem: str) -> Finding:
    if problem:
        return Finding("open", _UNREAD, "")
    if meaning is not None and not meaning.findings:
        return Finding("warning", meaning.headline, "")
    if not findings:
        return _NOTHING
    return min(findings, key=lambda finding: _WORST.index(finding.kind))


def _with_record(
    given: Given, log: TrainingLog | None, predictions: Predictions | None
) -> tuple[Given, Predictions | None]:
    """What the record of a monitor brings, where nothing else was told."""
    brought = None if log is None else log.brought
    if brought is None:
        return given, predictions
    if not given.code.strip():
        told = given_of_record(brought)
        given = given.with_values(code=told.code, function=told.function, roles=told.roles)
    if given.value is None and brought.value is not None:
        given = given.with_values(value=brought.value, points=given.points or brought.points)
    if predictions is None and brought.predictions is not None:
        predictions = predictions_of(brought.predictions)
    return given, predictions


def given_of_record(brought: Brought) -> Given:
    """The code of a record, with what its names mean. Roles that cannot be used, of a changed record, are left out."""
    try:
        roles = roles_of(brought.roles)
    except ValueError:
        roles = ()
    return Given(code=brought.code, function=brought.function, roles=roles)


def _completed(given: Given, log: TrainingLog | None, predictions: Predictions | None) -> Given:
    """What the files tell, where no number was told: the loss at its best, and the standard deviation of y."""
    if given.value is None and log is not None:
        given = given.with_values(value=_best(log))
    # Where y is in another unit than the predictions, its spread is in another than the loss too.
    std_y = None if predictions is None or line_between_units(predictions) is not None else predictions.std_of_y
    if given.std_y is None and std_y is not None and SIGMAS[0] <= std_y <= SIGMAS[1]:  # not of a constant y
        given = given.with_values(std_y=std_y)
    return given


def _best(log: TrainingLog) -> float | None:
    """The least loss of a log, on validation points if it has them."""
    values = log.judged.finite.values
    return float(values.min()) if len(values) else None


def read_files(
    log: tuple[bytes, str] | None,
    predictions: tuple[bytes, str] | None,
    family: str = "gaussian",
    choice: Choice = NO_CHOICE,
) -> tuple[TrainingLog | None, Predictions | None]:
    """The files of a log and of predictions, each as bytes and name. Raises LogError or TableError.

    `family` and `choice` say what the columns of the predictions do not: see `read_predictions`.
    """
    return (
        None if log is None else read_log(*log),
        None if predictions is None else read_predictions(*predictions, family, choice=choice),
    )
