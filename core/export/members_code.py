"""The parts of a script that are of several members: a seed for each, the points it sets aside, and their mixture."""

from ..data.dataset import STREAMS_KEY, VALIDATION_KEY, set_aside
from ..training.run import Run
from ..training.start import MEMBERS_KEY
from .facts import own_parts, predicting


def members_part(run: Run) -> str:
    """Lines that define `mixture_nll`, and `set_aside` where members set points aside; nothing for one net."""
    if not predicting(run):
        return ""
    return (_ASIDE.format(rows=_drawn_rows(run)) if own_parts(run) else "") + _MIXTURE


def seed_of_member(run: Run) -> str:
    """The source of all that is drawn for a net: of its own for each member but the first."""
    if not predicting(run):
        return "np.random.SeedSequence(SEED)"
    return f"np.random.SeedSequence(SEED, spawn_key=({MEMBERS_KEY}, member) if member else ())"


def _drawn_rows(run: Run) -> str:
    data = run.dataset
    if not data.groups.size:
        keys = f"{STREAMS_KEY}, {VALIDATION_KEY}, member"
        return f"""    rng = np.random.default_rng(np.random.SeedSequence(DATA_SEED, spawn_key=({keys})))
    aside[rng.permutation(len(y))[: SET_ASIDE[member]]] = True
"""
    rows = {
        member: set_aside(data, run.experiment.data.seed, member, count).nonzero()[0].tolist()
        for member, count in own_parts(run).items()
    }
    return f"    aside[{rows!r}[member]] = True  # whole groups\n"


_ASIDE = '''def set_aside(member, training, validation):
    """The training and validation points of a member, which draws the latter from both."""
    x, y = (np.concatenate(part) for part in zip(training, validation))
    aside = np.zeros(len(y), dtype=bool)
{rows}    return (x[~aside], y[~aside]), (x[aside], y[aside])


'''

_MIXTURE = '''def mixture_nll(each):
    """Mean NLL of the equal mixture of members, from their NLLs (members, n) at each point."""
    return float(-np.mean(np.logaddexp.reduce(-each, axis=0) - math.log(len(each))))
'''
