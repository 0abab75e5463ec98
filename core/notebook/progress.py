"""The progress of a training in a notebook or a terminal, by tqdm where it is installed."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..training.frame import Frame

OnFrame = Callable[[Frame], None]
_SHOWS_AFTER = 1.0  # seconds: a shorter training shows no bar


@contextmanager
def shown_progress(progress: bool | None, on_frame: OnFrame | None) -> Iterator[OnFrame | None]:
    """What `train` calls with each frame, so that a bar shows the steps and the time that remains.

    `progress` None shows it where somebody looks: in a notebook, or where errors go to a terminal. Without tqdm there
    is no bar; a `progress` of True raises ImportError then.
    """
    bar_of = _tqdm(needed=progress is True) if (_is_watched() if progress is None else progress) else None
    if bar_of is None:
        yield on_frame
        return
    delay = _SHOWS_AFTER if progress is None else 0.0
    with bar_of(total=None, unit=" steps", unit_scale=True, desc="Training", delay=delay, leave=False) as bar:

        def told(frame: Frame) -> None:
            bar.total = frame.steps
            bar.set_postfix({"held-out loss": f"{frame.held_out_loss:.3f}"}, refresh=False)
            bar.update(frame.step - bar.n)
            if on_frame is not None:
                on_frame(frame)

        yield told


def _is_watched() -> bool:
    """Whether this is a notebook, an interactive console, or a script with a terminal."""
    console = sys.modules.get("IPython")
    if console is not None and console.get_ipython() is not None:
        return True
    return bool(sys.stderr is not None and sys.stderr.isatty())


def _tqdm(*, needed: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a notebook without ipywidgets gets a bar of letters
            from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        if needed:
            raise ImportError("Progress is shown by tqdm: pip install tqdm, or use progress=None.") from None
        return None
    return tqdm
