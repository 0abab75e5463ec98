"""A monitor as a callback of Keras 3, on any of its backends. It needs Keras: pip install keras."""

from collections.abc import Sequence
from typing import Any

try:
    from keras.callbacks import Callback  # type: ignore[import-not-found,unused-ignore]
except ImportError as error:
    raise ImportError("The callback for Keras needs Keras: pip install keras, and a backend such as torch.") from error

from .arrays import as_array
from .monitor import Monitor

_MOST_POINTS = 2000
_FEWEST_EPOCHS = 20  # before what may be the start alone is told


class MonitorCallback(Callback):  # type: ignore[misc]
    """Tells a monitor the losses of `fit`, and at the end of each epoch the predictions of some points.

    x, y: points to predict, best held out, of which the first 2,000 are taken; y is (n,) or (n, 1). outputs: what the
    columns of the model's output are, "mean" and then one of "log_var", "var", "std" or "second". A model that returns
    a list has a column for each. `monitor` is made of `options`, as `Monitor` takes them, unless it is given.

    Keras gives the loss of a batch as the mean since the epoch began, so that the record has one loss for each epoch.
    """

    def __init__(
        self,
        x: Any = None,
        y: Any = None,
        *,
        outputs: Sequence[str] = ("mean", "log_var"),
        monitor: Monitor | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.monitor = monitor or Monitor(**{"every": 1, "fewest": _FEWEST_EPOCHS, **options})
        self._x, self._y = (None if each is None else each[:_MOST_POINTS] for each in (x, y))
        self._outputs = tuple(outputs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell of an epoch."""
        logs = logs or {}
        told = {} if self._x is None or self._y is None else self._predicted(self._x, self._y)
        if "loss" in logs:
            self.monitor.step(logs["loss"], **told)
        self.monitor.validation(logs.get("val_loss"), **told)

    def _predicted(self, x: Any, y: Any) -> dict[str, Any]:
        found = self.model.predict_on_batch(x)
        parts = found if isinstance(found, list | tuple) else [found]
        columns = [column for part in parts for column in as_array(part).reshape(len(x), -1).T]  # each (n,), as y is
        named = dict(zip(self._outputs, columns, strict=False))
        return {"y": as_array(y).reshape(-1), **named}

    def on_train_end(self, logs: Any = None) -> None:
        """Tell what is left to tell."""
        self.monitor.close()
