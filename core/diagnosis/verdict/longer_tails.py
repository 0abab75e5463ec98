"""Whether a Student-t would serve a run on a table better than its Gaussian, measured on its validation rows."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ...evaluation.level_map import gains_of_tails
from ...experiment.build import dataset_of_member, read
from ...experiment.loss_settings import loss_of
from ...model.readings import GAUSSIAN, READINGS
from ...training.run import Run
from ...words import margin, rounded
from ..finding import Finding, Fix

STUDENT_T = "student_t_learned"
LEAST = 0.01  # nats per row: a smaller gain is not offered
FEWEST = 30  # validation rows
_MOST = 2_000  # validation rows of each net that are looked at


@lru_cache(maxsize=64)
def longer_tails(run: Run) -> Finding | None:
    """The offer of a Student-t, with the nats per row that it gains; None where that is little, luck, or unknown.

    The gain is that of the tails alone: of a Student-t with the predicted mean and variance over the Gaussian, on the
    validation rows of each net, its degrees of freedom fitted to other rows. What training with that loss comes to may
    be more, for far rows then pull less. It needs validation rows, which neither trained the nets nor score them.
    """
    gain = _gain(run)
    if gain is None or gain.value < max(LEAST, 2 * gain.std_error):
        return None
    amount = f"**{rounded(gain.value, gain.std_error)}** ± {margin(gain.std_error)}"
    sentence = (
        f"On the {gain.rows:,} validation rows a Student-t has an NLL {amount} nats per row lower than a Gaussian "
        "with the same mean and std."
    )
    fix = Fix("Use a Student-t", {"loss.name": STUDENT_T})
    return Finding("open", "Long tails: a Student-t fits them", sentence, (fix,))


class _Gain(NamedTuple):
    """Nats per row, their standard error, and the rows it is of."""

    value: float
    std_error: float
    rows: int


def _gain(run: Run) -> _Gain | None:
    gaussian = READINGS[run.experiment.loss.reading].distribution is GAUSSIAN
    if run.encoding is None or not run.has_curve or not gaussian or not loss_of(run.experiment.loss).has_scale:
        return None
    scores, rows = [], []
    for net in run.predicting:
        data = dataset_of_member(run.experiment, net.member)
        if len(data.y_validation) == 0:
            return None
        stride = -(-len(data.y_validation) // _MOST)
        x, y = data.x_validation[::stride], data.y_validation[::stride]
        with np.errstate(all="ignore"):
            law = read(run.experiment, net.outputs(x))
            scores.append((y - law.mean) / law.std)
        rows.append(np.column_stack([x, y]))
    distinct = len(np.unique(np.concatenate(rows), axis=0))
    z = np.concatenate(scores)
    if distinct < FEWEST or not np.isfinite(z).all():
        return None
    with np.errstate(all="ignore"):
        gains = gains_of_tails(z)
    # Nets share some of their rows, which count once.
    return _Gain(float(np.mean(gains)), float(np.std(gains) / np.sqrt(distinct)), distinct)
