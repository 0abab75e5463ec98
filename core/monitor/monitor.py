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
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..data.training_log.log_reading import read_log
from ..diagnosis.finding import Finding
from ..diagnosis.loss_check.check import Checked, bare, check
from ..diagnosis.loss_check.given import given_of
from .arrays import Array, detached, scalars, shape_of
from .gradients import Gradients
from .loss_curve import MOST_ROWS, LossCurve
from .loss_source import code_of_loss
from .raw_std import std_by_code
from .recent import READINGS, Recent, std_of
from .record import record_text
from .rules import findings
from .seen import Seen

_LOG = logging.getLogger(__name__)
_BETWEEN_S = 1.0  # seconds between two judgements while the loop runs
_MOST_TERMS = 8


class Monitor:
    """Watches a training loop: its loss, predictions and gradients, and tells in words what is wrong or right.

    loss: code of the loss as text, or a function, class or module whose source is read and never run; "" for none.
    function, roles: which function of the code is the loss, and what its names mean, as in `heteroscope.check`.
    every: steps between two looks at the values; between them the loop is not held up. points: rows of predictions
    that are kept, of the last steps. seed: chooses these rows, by a generator of its own.
    tell: called with each sentence, once for each finding; by default Python's logging, and None for silence.

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
        tell: "Callable[[str], None] | str | None" = "log",
    ) -> None:
        if not (isinstance(every, int) and isinstance(points, int) and every >= 1 and 1 <= points <= 100_000):
            raise ValueError("A monitor looks every 1 step or more, and keeps between 1 and 100,000 points.")
        if not (tell is None or tell == "log" or callable(tell)):
            raise TypeError("What a monitor tells goes to a function of one text, or to none.")
        self.given = given_of({"code": code_of_loss(loss), "function": function, "roles": dict(roles or {})})
        self.every, self.problem, self.steps = every, "", 0
        self.curve, self.gradients = LossCurve(), Gradients()
        self.terms: dict[str, LossCurve] = {}
        self._recent = Recent(points, every, seed)
        self._held_out: Recent | None = None
        self._new_recent = lambda: Recent(points, every, seed)
        self._tell = tell
        self._pending: list[Any] = []
        self._validation: tuple[list[int], list[float]] = ([], [])
        self._told: set[str] = set()
        self._found_before: set[str] = set()
        self._batch: int | None = None
        self._next_look, self._judged_at = 1, -np.inf
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
        self._say(logging.WARNING, self.problem)

    def _look(self, y: Any, mean: Any, terms: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        """Take what has come since the last look, with a few transfers from the device, and judge now and then."""
        self._take_losses()
        if y is not None and mean is not None:
            self._batch = shape_of(y)[0] if shape_of(y) else 1
            self._recent.add(self.steps, y, mean, *_second(second))
        for name, term in list(terms.items())[:_MOST_TERMS]:
            self.terms.setdefault(str(name)[:60], LossCurve()).extend(scalars([detached(term)]))
        if not self._gradients_apart:
            self.gradients.look()
        now = time.monotonic()
        if self._tell is not None and now - self._judged_at >= _BETWEEN_S:
            self._judged_at = now
            self._say_new()

    def _take_losses(self) -> None:
        fine, pending = self.curve.not_finite, self._pending
        self._pending = []
        self.curve.extend(scalars(pending))
        if self.curve.not_finite > fine:
            self._judged_at = -np.inf  # this is told at once

    def _say_new(self, ends: bool = False) -> None:
        """Tell each finding once: a mistake at once, the rest only if it was found at the judgement before too."""
        found = self.findings
        before, self._found_before = self._found_before, {finding.rule for finding in found}
        for finding in found:
            sure = ends or finding.kind == "mistake" or finding.rule in before
            if sure and finding.rule not in self._told:
                self._told.add(finding.rule)
                level = logging.INFO if finding.kind == "good" else logging.WARNING
                self._say(level, f"Step {self.steps:,}: {bare(finding.headline)}. {bare(finding.sentence)}")

    def _say(self, level: int, words: str) -> None:
        if callable(self._tell):
            try:
                self._tell(words)
            except Exception as error:  # noqa: BLE001 - likewise
                self._tell, self.problem = None, f"The function that is told raised {type(error).__name__}."
        elif self._tell is not None:
            _LOG.log(level, words)

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
        return Seen(
            step=self.curve.steps,
            recent=self.curve.recent(),
            fall=self.curve.fall(),
            first_not_finite=self.curve.first_not_finite,
            not_finite=self.curve.not_finite,
            y=y,
            mean=mean,
            std=std,
            shapes=self._judged.shapes or self._recent.shapes,
            silent=self.gradients.silent,
            gradient_looks=self.gradients.looks,
        )

    @property
    def _judged(self) -> Recent:
        return self._held_out or self._recent

    @property
    def predictions(self) -> tuple[Array, Array, Array | None]:
        """y, mean and std that are judged, each (n,); std is None where it is not known."""
        rows, reading = self._judged.rows, self._judged.reading
        if not reading or len(rows) < 3:
            return rows[0], rows[1], None
        std = std_by_code(self.given, rows[2]) if reading == "second" else std_of(reading, rows[2])
        return rows[0], rows[1], std

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
            "points": self._batch,
        }
        notes = [f"Recorded by a monitor over {self.curve.steps:,} steps."]
        notes += [f"{bare(each.headline)}. {bare(each.sentence)}" for each in self.findings]
        return record_text(self.curve, self._validation, self.predictions, notes, **told)

    def _value(self) -> float | None:
        """The loss that is held against the code: the last of held-out points, or the mean of the last steps."""
        x, values = self._validation
        value = values[-1] if x else self.curve.recent()
        return value if value is not None and np.isfinite(value) and abs(value) <= 1e6 else None

    def save(self, path: "str | os.PathLike[str]") -> Path:
        """Write the record to a file, which the page Check a loss opens as a training log; returns the path."""
        file = Path(path)
        file.write_text(self.record(), encoding="utf-8")
        return file

    def __str__(self) -> str:
        """The findings, then what the laboratory says of code, loss and predictions."""
        self.close()
        lines = [f"{self.curve.steps:,} steps watched."]
        lines += [self.problem] if self.problem else []
        lines += [f"{bare(each.headline)}. {bare(each.sentence)}" for each in self.findings]
        if self.gradients.norm is not None:
            lines.append(f"The norm of the gradient was {self.gradients.norm:.3g} at the last look.")
        lines += [
            f"The term “{name}” was {curve.values[-1]:.4g} at the last look." for name, curve in self.terms.items()
        ]
        if self.curve.steps or self.given.code:
            lines += ["", str(self.verdict())]
        return "\n".join(lines)

    def __repr__(self) -> str:
        found = self.findings
        return f"<Monitor: {self.curve.steps:,} steps, {bare(found[0].headline) if found else 'nothing found'}>"


def _second(told: Mapping[str, Any]) -> tuple[str, Any]:
    """The name and the values of the second output. Raises TypeError for another name, or more than one."""
    given = [(name, value) for name, value in told.items() if value is not None]
    if len(given) > 1 or any(name not in READINGS for name, _ in given):
        raise TypeError(f"the second output is one of {', '.join(READINGS)}")
    return given[0] if given else ("", None)
