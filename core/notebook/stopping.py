"""Ctrl-C during a training in a script or a notebook: the run so far is kept, and a warning says so."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..training.frame import Frame
from ..training.interrupt import interrupt
from ..training.run import Run

OnFrame = Callable[[Frame], None]
_BELOW_TRAIN = 3  # the warning names the line that called `train`


class Stops:
    """Whether a training should stop: by Ctrl-C, or because `should_stop` says so."""

    def __init__(self, should_stop: Callable[[], bool] | None, begun: bool):
        self.begun = begun
        self.by_ctrl_c: Callable[[], bool] = lambda: False
        self._should_stop = should_stop or (lambda: False)

    def __call__(self) -> bool:
        return self.by_ctrl_c() or self._should_stop()

    def seen(self, on_frame: OnFrame | None) -> OnFrame:
        """What is called with each frame: from the first one on there is something to keep."""

        def see(frame: Frame) -> None:
            self.begun = True
            if on_frame is not None:
                on_frame(frame)

        return see

    def tell(self, *runs: Run) -> None:
        """Warn of runs that Ctrl-C has stopped."""
        stopped = [run for run in runs if run.status == "stopped"]
        if not (stopped and self.by_ctrl_c()):
            return
        which = stopped[0].message if len(runs) == 1 else f"{len(stopped):,} of {len(runs):,} runs were stopped."
        words = f"Interrupted, and the run so far is returned. {which} Interrupt twice to end the program or the cell."
        warnings.warn(words, stacklevel=_BELOW_TRAIN)


@contextmanager
def stoppable(should_stop: Callable[[], bool] | None, *, begun: bool = False) -> Iterator[Stops]:
    """From now on Ctrl-C is met by the training; without `begun` only after its first frame."""
    stops = Stops(should_stop, begun)
    with interrupt(lambda: stops.begun) as asked:
        stops.by_ctrl_c = asked
        yield stops
