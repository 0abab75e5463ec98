"""MONITOR: watches somebody's own training loop, and says what the laboratory would say of the loss.

>>> with Monitor(loss="0.5 * torch.exp(-s) * (y - mu)**2 + 0.5 * s") as monitor:  # doctest: +SKIP
...     for x, y in loader:
...         mu, s = net(x)
...         ...
...         monitor.step(loss, y=y, mean=mu, log_var=s)
>>> print(monitor)  # doctest: +SKIP
>>> monitor.save("record.json")  # opens in the app under Check a loss  # doctest: +SKIP
"""

import logging
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..data.training_log.log_reading import read_log
from ..data.training_log.training_log import Series, TrainingLog
from ..diagnosis.finding import Finding
from ..diagnosis.loss_check.check import Checked, bare, check
from ..diagnosis.loss_check.given import given_of
from ..diagnosis.loss_check.log_evidence import LogEvidence
from ..words import number, quantity
from .arrays import Array, detached, scalars, shape_of
from .gradients import Gradients
from .loss_curve import MOST_ROWS, LossCurve
from .loss_source import code_of_loss
from .raw_std import std_by_code
from .recent import READINGS, Recent, std_of
from .record import record_text
from .rules import findings
from .seen import Seen
from .telling import Telling, To, words_of
from .units import in_one_unit

_BETWEEN_S = 1.0  # seconds between two judgements while the loop runs
_PAUSE = 500  # times as long as a judgement took, at least, until the next one
_FEWEST_STEPS = 200  # before what may be the start alone is told
_MOST_TERMS = 8


class Monitor:
    """Watches a training loop: its loss, predictions and gradients, and tells in words what is wrong or right.

    loss: code of the loss as text, or a function, class or module whose source is read and never run; "" for none.
    function, roles: which function of the code is the loss, and what its names mean, as in `heteroscope.check`.
    every: steps between two looks at the values; between them the loop is not held up. points: rows of predictions
    that are kept, of the last steps. seed: chooses these rows, by a generator of its own.
    tell: called with each sentence, once for each finding; None for silence. By default they go to Python's logging,
    and to stderr where no handler is set up for it. fewest: steps before what may be the start alone is told.

    Nothing of the training is changed: no hooks, no random numbers of others, no gradients. After the construction no
    error leaves it: the first one ends the watching, and `problem` says which it was. Raises TypeError and ValueError
    for arguments that cannot be used.
    """

    def __init__(
        self,
        loss: Any = "",
        *,
        function: str = "",
        roles: Mapping[str, str | float] | None = None,
        every: int = 100,
        points: int = 2000,
        seed: int = 0,
        fewest: int = _FEWEST_STEPS,
        tell: To = "log",
    ) -> None:
        if not (isinstance(every, int) and isinstance(points, int) and every >= 1 and 1 <= points <= 100_000):
            raise ValueError("A monitor looks every 1 step or more, and keeps between 1 and 100,000 points.")
        if not (isinstance(fewest, int) and fewest >= 1):
            raise ValueError(f"fewest must be a whole number of 1 or more, and it is {fewest!r}.")
        if not (tell is None or tell == "log" or callable(tell)):
            raise TypeError("What a monitor tells goes to a function of one text, or to none.")
        self.given = given_of({"code": code_of_loss(loss), "function": function, "roles": dict(roles or {})})
        self._code = check(self.given)  # what the code says by itself
        self.every, self.problem, self.steps, self._fewest = every, "", 0, fewest
        self.curve, self.gradients = LossCurve(), Gradients()
        self.terms: dict[str, LossCurve] = {}
        self._recent = Recent(points, every, seed)
        self._held_out: Recent | None = None
        self._new_recent = lambda: Recent(points, every, seed)
        self._telling = Telling(tell)
        self._pending: list[Any] = []
        self._validation: tuple[list[int], list[float]] = ([], [])
        self._held_out_size = 0
        self._next_look, self._next_judgement = 1, -np.inf
        self._gradients_apart, self._next_gradients = False, 0

    def watch(self, net: Any) -> "Monitor":
        """Look at the gradients of this module's parameters, or of several modules; returns the monitor."""
        try:
            self.gradients.watch(net)
        except AttributeError:
            raise TypeError(f"A monitor watches modules with named_parameters, not {type(net).__name__}.") from None
        return self

    def step(
        self, loss: Any, *, y: Any = None, mean: Any = None, terms: Mapping[str, Any] | None = None, **second: Any
    ) -> None:
        """Tell of one step, after `loss.backward()` and before gradients are set to zero.

        loss: a number, or per point. y, mean: (batch,) or (batch, 1), in the unit of the loss. `second` is one of
        log_var, var, std or second, the raw second output, whose meaning is found in the code. terms: parts of the
        loss by name. Tensors are not copied, and not waited for, except at a look.
        """
        if self.problem:
            return
        try:
            self.steps += 1
            self._pending.append(detached(loss))
            if self.steps >= self._next_look:  # a few early ones, then every so many steps
                self._next_look = min(2 * self.steps, self.steps - self.steps % self.every + self.every)
                self._look(y, mean, terms or {}, second)
        except Exception as error:  # noqa: BLE001 - the loop is somebody's own, and goes on
            self._stop(error)

    def validation(self, loss: Any = None, *, y: Any = None, mean: Any = None, **second: Any) -> None:
        """Tell of held-out points, once for each evaluation: their loss, and predictions that are judged from now on.

        The arguments are those of `step`. This waits for the device.
        """
        if self.problem:
            return
        try:
            if loss is not None:
                self._add_validation(scalars([detached(loss)])[0])
            if y is not None and mean is not None:
                self._held_out_size = math.prod(shape_of(y))
                self._held_out = self._held_out or self._new_recent()
                self._held_out.replace(self.steps, y, mean, *_second(second))
        except Exception as error:  # noqa: BLE001 - likewise
            self._stop(error)

    def look_at_gradients(self) -> None:
        """Look at the gradients here, every so many calls, where they are gone when `step` is called."""
        self._gradients_apart = True
        if self.problem or self.steps < self._next_gradients:
            return
        try:
            self._next_gradients = self.steps + self.every
            self.gradients.look()
        except Exception as error:  # noqa: BLE001 - likewise
            self._stop(error)

    def _add_validation(self, loss: float) -> None:
        x, values = self._validation
        if x and x[-1] == self.steps:
            values[-1] = loss
            return
        x.append(self.steps)
        values.append(loss)
        if len(x) > MOST_ROWS:
            self._validation = (x[1::2], values[1::2])

    def _stop(self, error: Exception) -> None:
        self.problem = f"The monitor stopped at step {self.steps:,}: {type(error).__name__}: {str(error)[:200]}"
        self._pending = []
        self._telling.say(logging.WARNING, self.problem)

    def _look(self, y: Any, mean: Any, terms: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        """Take what has come since the last look, with a few transfers from the device, and judge now and then."""
        last = self._take_losses()
        if y is not None and mean is not None:
            self._recent.add(self.steps, y, mean, *_second(second), last)
        for name, term in list(terms.items())[:_MOST_TERMS]:
            self.terms.setdefault(str(name)[:60], LossCurve()).extend(scalars([detached(term)]))
        if not self._gradients_apart:
            self.gradients.look()
        began = time.monotonic()
        if self._telling.to is not None and began >= self._next_judgement:
            self._say_new()
            self._next_judgement = began + max(_BETWEEN_S, _PAUSE * (time.monotonic() - began))

    def _take_losses(self) -> float:
        """Add the losses since the last look to the curve; returns the last one."""
        fine, pending = self.curve.not_finite, self._pending
        self._pending = []
        found = scalars(pending)
        self.curve.extend(found)
        if self.curve.not_finite > fine:
            self._next_judgement = -np.inf  # this is told at once
        return found[-1] if found else math.nan

    def _say_new(self, ends: bool = False) -> None:
        self._telling.of(self.findings, self.steps, ends)
        self.problem = self.problem or self._telling.problem

    def close(self) -> None:
        """Take the losses of the last steps, and tell what was not told yet. Leaving the `with` block does it."""
        if self.problem:
            return
        try:
            self._take_losses()
            self._say_new(ends=True)
        except Exception as error:  # noqa: BLE001 - likewise
            self._stop(error)

    def __enter__(self) -> "Monitor":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def seen(self) -> Seen:
        """The numbers at the last look, of held-out points if they were told."""
        y, mean, std = self.predictions
        training, validation = self.curve, self._validation
        series = [
            Series(name, np.array(x, dtype=float), np.array(values, dtype=float)) if x else None
            for name, x, values in (("training", training.x, training.values), ("validation", *validation))
        ]
        return Seen(
            step=training.steps,
            fewest=self._fewest,
            log=LogEvidence(TrainingLog("record", "step", series[0], series[1])),
            recent=training.recent(),
            fall=training.fall(),
            first_not_finite=training.first_not_finite,
            not_finite=training.not_finite,
            y=y,
            mean=mean,
            std=std,
            reading=self._judged.reading,
            gaps=self._gaps(),
            shapes=self._judged.shapes or self._recent.shapes,
            silent=self.gradients.silent,
            of_code=next((each for each in self._code.found["code"] if each.kind == "mistake"), None),
        )

    def _gaps(self) -> tuple[tuple[float, float], ...]:
        """The loss of each batch minus the Gaussian NLL of its rows, and the standard error of rows that are a part."""
        found = []
        for look in self._recent.looks:
            y, mean, *second = look.rows
            std = self._std(self._recent.reading, second[0]) if second else None
            if std is None or not y.size:
                return ()
            with np.errstate(all="ignore"):
                each = 0.5 * ((y - mean) / std) ** 2 + np.log(std)
            error = 0.0 if look.is_whole else float(np.std(each)) / math.sqrt(each.size)
            found.append((look.loss - float(np.mean(each)), error))
        return tuple(found)

    @property
    def _judged(self) -> Recent:
        return self._held_out or self._recent

    def _std(self, reading: str, second: Array) -> Array | None:
        return std_by_code(self._code, second) if reading == "second" else std_of(reading, second)

    @property
    def predictions(self) -> tuple[Array, Array, Array | None]:
        """y, mean and std that are judged, each (n,); std is None where it is not known.

        Several targets of different spread are brought to one unit: see `units.in_one_unit`.
        """
        known = self._as_told
        return in_one_unit(*known, self._judged.targets) or known

    @property
    def _as_told(self) -> tuple[Array, Array, Array | None]:
        rows, reading = self._judged.rows, self._judged.reading
        if not reading or len(rows) < 3:
            return rows[0], rows[1], None
        return rows[0], rows[1], self._std(reading, rows[2])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules find now, the worst first; each has its numbers as claims."""
        return findings(self.seen)

    def verdict(self) -> Checked:
        """What the page Check a loss says of the code, the loss and the predictions together."""
        if not self.curve.steps:
            return check(self.given)
        return check(self.given, read_log(self.record()))

    def record(self) -> str:
        """The record as JSON: the loss by step, the last predictions, and the code."""
        self.close()
        if not self.curve.x:  # rows of many steps: the first one is not full yet
            raise ValueError("The monitor has seen no step yet, so there is nothing to record.")
        told = {
            "code": self.given.code,
            "function": self.given.function,
            "roles": dict(self.given.roles),
            "value": self._value(),
            "points": self._points(),
        }
        notes = [f"Recorded by a monitor over {self.curve.steps:,} steps.", *self._remarks()]
        notes += [words_of(each) for each in self.findings]
        return record_text(self.curve, self._validation, self.predictions, notes, **told)

    def _value(self) -> float | None:
        """The loss that is held against the code: the last of held-out points, or that of the steps that were looked
        at, whose points are judged with it.
        """
        x, values = self._validation
        value = values[-1] if x else self._recent.mean_loss
        value = self.curve.recent() if value is None else value
        return value if value is not None and np.isfinite(value) and abs(value) <= 1e6 else None

    def _points(self) -> int | None:
        """How many points that value is a sum over, if it is a sum: of several batches their mean number."""
        found = self._held_out_size if self._validation[0] else self._recent.mean_size
        return max(1, round(found)) if found else None

    def _remarks(self) -> list[str]:
        """What was done to the predictions before they were judged."""
        if in_one_unit(*self._as_told, self._judged.targets) is None:
            return []
        return ["The targets differ in spread. Each was divided by the std of its y, and they are judged together."]

    def save(self, path: "str | os.PathLike[str]") -> Path:
        """Write the record to a file, which the page Check a loss opens as a training log; returns the path."""
        file = Path(path)
        file.write_text(self.record(), encoding="utf-8")
        return file

    def __str__(self) -> str:
        """The findings, then what the laboratory says of code, loss and predictions."""
        verdict, found = self._verdict_and_findings()
        lines = [*self._head(), *(words_of(each) for each in found), *self._last_look()]
        return "\n".join([*lines, "", str(verdict)] if verdict is not None else lines)

    def _repr_markdown_(self) -> str:
        """The same for a notebook."""
        verdict, found = self._verdict_and_findings()
        lines = [*self._head(), *(f"**{each.headline}.** {each.sentence}" for each in found), *self._last_look()]
        if verdict is not None:
            told = verdict.problem or verdict.sentence
            lines += [f"**{verdict.headline}.** {told}", *(each for each in verdict.sentences if each != told)]
            if verdict.lines is not None:
                lines.append(f"```python\n{verdict.lines.text}\n{verdict.lines.std_line}\n```")
        return "\n\n".join(lines)

    def _verdict_and_findings(self) -> tuple[Checked | None, list[Finding]]:
        """The verdict, if there is anything to judge, and the findings that it does not say itself."""
        self.close()
        if not self.curve.steps and not self.given.code:
            return None, list(self.findings)
        verdict = self.verdict()
        return verdict, [each for each in self.findings if each.sentence not in verdict.sentences]

    def _head(self) -> list[str]:
        """What was watched."""
        return [f"{self.curve.steps:,} steps watched.", *filter(None, [self.problem]), *self._remarks()]

    def _last_look(self) -> list[str]:
        """The gradient and the terms."""
        norm = self.gradients.norm
        lines = [] if norm is None else [f"The norm of the gradient was {quantity(norm)} at the last look."]
        return lines + [
            f"The term “{name}” was {number(curve.values[-1])} at the last look." for name, curve in self.terms.items()
        ]

    def __repr__(self) -> str:
        found = self.findings
        return f"<Monitor: {self.curve.steps:,} steps, {bare(found[0].headline) if found else 'nothing found'}>"


def _second(told: Mapping[str, Any]) -> tuple[str, Any]:
    """The name and the values of the second output. Raises TypeError for another name, or more than one."""
    given = [(name, value) for name, value in told.items() if value is not None]
    if len(given) > 1 or any(name not in READINGS for name, _ in given):
        raise TypeError(f"the second output is one of {', '.join(READINGS)}")
    return given[0] if given else ("", None)
