"""How far a sweep is, in numbers and in a line of words."""

from dataclasses import dataclass

from ..words import time_words


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: runs that are kept of all runs, how many did not end well, and what it waits for."""

    done: int
    of: int
    diverged: int = 0
    failed: int = 0
    remaining_s: float | None = None  # expected seconds to its end; None before the first runs came
    rate: float | None = None  # runs per second in the last minute
    waits: str = ""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.of

    @property
    def is_finished(self) -> bool:
        """Whether all runs are kept."""
        return self.done >= self.of


def progress_words(progress: Progress) -> str:
    """How far it is, how fast, and how long it will still take."""
    words = [f"{progress.done:,} of {progress.of:,} runs"]
    if progress.diverged:
        words.append(f"{progress.diverged:,} diverged")
    if progress.failed:
        words.append(f"{progress.failed:,} failed")
    if progress.waits:
        return f"{', '.join(words)}. {progress.waits}"
    if progress.rate:
        words.append(f"{progress.rate:.3g} runs a second")
    if progress.remaining_s is not None and progress.done < progress.of:
        words.append(f"{time_words(progress.remaining_s)} left")
    return ", ".join(words)
