"""What a recalibration did to the rows of another file, in sentences."""

from ...evaluation.before_after import Comparison
from ...evaluation.recalibration_applied import Applied
from ...words import margin, number


def sentences(found: Applied) -> tuple[str, ...]:
    """What was fitted to how many points, and how it changed the rows that have a y, if any has."""
    fitted = f"{found.fitted.words.rstrip('.')}, fitted to {found.n_fitted:,} points."
    if found.comparison is None:
        return (fitted, "The second file has no y, so this cannot be judged.")
    return fitted, _held(found.comparison), *_gained(found.comparison)


def _held(comparison: Comparison) -> str:
    change, level = comparison.changes["coverage"], f"{100 * comparison.level:g} %"
    if change.after.value is None:
        return change.after.reason
    before = "" if change.before.value is None else f", and {number(100 * change.before.value, 1)} % before"
    held = f"{number(100 * change.after.value, 1)} %"
    return f"On the {comparison.test.size:,} rows with y the {level} intervals contain {held}{before}."


def _gained(comparison: Comparison) -> tuple[str, ...]:
    change = comparison.changes["nll"].difference
    if change.value is None:
        return ()
    error = change.std_error or 0.0
    if abs(change.value) <= 2 * error:
        return ("The full NLL there changes by no more than sampling error.",)
    lower = "lower" if change.value < 0 else "higher"
    return (f"The full NLL there is {number(abs(change.value))} nats {lower} (± {margin(error)}).",)
