"""A monitor as a callback of Lightning. It needs Lightning: pip install lightning."""

from typing import Any

try:
    from lightning.pytorch import Callback  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # the older name of the same package
    try:
        from pytorch_lightning import Callback  # type: ignore[import-not-found,no-redef,unused-ignore]
    except ImportError as error:
        raise ImportError("The callback for Lightning needs Lightning: pip install lightning.") from error

from .monitor import Monitor
from .recent import READINGS

_TOLD = ("y", "mean", *READINGS)


class MonitorCallback(Callback):  # type: ignore[misc]
    """Tells a monitor what `training_step` and `validation_step` return.

    They return the loss, or a dict with "loss" and what `Monitor.step` takes: "y", "mean", and one of "log_var", "var",
    "std" or "second". The gradients of the whole module are watched. `monitor` is the monitor, made of `options` as
    `Monitor` takes them unless it is given.
    """

    def __init__(self, monitor: Monitor | None = None, **options: Any) -> None:
        super().__init__()
        self.monitor = monitor or Monitor(**options)
        self._losses: list[float] = []

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Watch the gradients."""
        self.monitor.watch(pl_module)

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """Look at the gradients here, which may be gone at the end of the batch."""
        self.monitor.look_at_gradients()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Tell of a step."""
        told = outputs if isinstance(outputs, dict) else {"loss": outputs}
        if told.get("loss") is not None:
            self.monitor.step(told["loss"], **_of(told))

    def on_validation_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Tell of held-out points: predictions of the first batch, and the mean loss of all once they are through."""
        told = outputs if isinstance(outputs, dict) else {"loss": outputs}
        if trainer.sanity_checking or dataloader_idx:
            return
        if told.get("loss") is not None:
            self._losses.append(float(told["loss"]))
        if batch_idx == 0:
            self.monitor.validation(None, **_of(told))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Tell of their mean loss."""
        if self._losses and not trainer.sanity_checking:
            self.monitor.validation(sum(self._losses) / len(self._losses))
        self._losses = []

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Tell what is left to tell."""
        self.monitor.close()


def _of(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in _TOLD if name in told}
