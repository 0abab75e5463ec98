"""What a name in a log stands for: an epoch, a step, a learning rate, or a loss on one part of the data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W\d_]+\d*|\d+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of a name, and what they say. A name that is none of these is another metric and left out.
_EPOCHS = frozenset({"epoch", "epochs", "ep", "epoche"})
_STEPS = frozenset(
    {"step", "steps", "iter", "iters", "it", "iteration", "iterations", "batch", "update", "updates", "round", "tree"}
)
_SPLITS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("train", "training", "trn", "tr", "learn", "fit"), "training"),
        **dict.fromkeys(
            ("val", "valid", "validation", "validate", "vl", "dev", "development", "holdout"), "validation"
        ),
        **dict.fromkeys(("eval", "evaluation", "test", "testing", "tst", "heldout", "oob"), "test"),
    }
)
# They say how a value was averaged or where it was printed, not what it is.
_FILLERS = _words("""
    avg average averaged mean running total overall epoch set sets data s the of on per for in at is was final current
    curr cur smoothed smooth info log logs metrics metric stats now history results result evals dataset subset phase
    0 1 2 3
""")
# A name with one of these is about something else: the best value so far, a change, a time.
_OTHER = _words("""
    best improved improve from to patience lowest min max did counter saving saved checkpoint threshold target time eta
    elapsed remaining took sec seconds wall diff delta change std sd num params size
""")
# What a value is, the likeliest loss first; "" is a bare "train 0.5".
METRICS: Mapping[str, int] = MappingProxyType(
    {
        "loss": 0,
        **dict.fromkeys(("nll", "nll_loss", "loss_nll", "nlll", "negloglik", "neg_log_likelihood"), 1),
        **dict.fromkeys(("negative_log_likelihood", "gaussian_nll", "logloss", "log_loss"), 1),
        **dict.fromkeys(("objective", "cost", "criterion", "elbo_loss"), 3),
        "": 4,
        **dict.fromkeys(("error", "err", "verlust"), 5),
        **dict.fromkeys(("rmse", "mse", "l2", "l1", "mae", "rmsle", "huber", "quantile", "crps", "pinball"), 6),
        **dict.fromkeys(("deviance", "value", "rmsewithuncertainty", "mse_loss", "crps_loss"), 6),
    }
)
_CONTAINS = MappingProxyType({"loss": 2, "nll": 2})


@dataclass(frozen=True)
class Meaning:
    """What a name says: `kind` "epoch", "step", "rate", "loss" or "other".

    Of a loss, `split` is "training", "validation", "test" or "" where it is not said, `metric` the name without that,
    and `rank` how likely it is the loss, 0 first.
    """

    kind: str
    split: str = ""
    metric: str = ""
    rank: int = 99


OTHER = Meaning("other")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, in small letters: trainLoss, train-loss and Train Loss are train, loss."""
    return tuple(_WORD.findall(_CAMEL.sub(" ", text).replace("_", " ").lower()))


def split_of(text: str) -> str:
    """The part of the data that the text names: "training", "validation", "test", or "" for none."""
    return next((_SPLITS[word] for word in words_of(text) if word in _SPLITS), "")


@lru_cache(maxsize=4096)
def meaning_of_name(text: str) -> Meaning:
    """What the name, as it is written in the log, stands for."""
    words = words_of(text[-200:])
    if not words:
        return OTHER
    kind = _position(words)
    if kind:
        return Meaning(kind)
    if not _OTHER.isdisjoint(words):
        return OTHER
    split = next((_SPLITS[word] for word in words if word in _SPLITS), "")
    metric = "_".join(word for word in words if word not in _SPLITS and word not in _FILLERS)
    rank = METRICS.get(metric, 99)
    if rank == 99:
        rank = next((found for part, found in _CONTAINS.items() if part in metric), 99)
    if rank == 99 or (not metric and not split):
        return OTHER
    return Meaning("loss", split, metric, rank)


def _position(words: tuple[str, ...]) -> str:
    """ "epoch", "step" or "rate" where the last word says so and the name is no loss at that place."""
    if any(part in word for word in words for part in _CONTAINS) or not _OTHER.isdisjoint(words):
        return ""
    if words[-1] in _EPOCHS:
        return "epoch"
    if words[-1] in _STEPS or words[-2:] == ("global", "step"):
        return "step"
    if words[0] == "lr" or words[-1] == "lr" or words[-2:] == ("learning", "rate"):
        return "rate"
    return ""
