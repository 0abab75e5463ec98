"""CHECKS: what a table is looked through for before it is trained on; a new check is a new row.

Each row is a rule: it looks, and answers with a remark in numbers or with nothing. How often a rule speaks where
nothing is wrong was measured on drawn and real tables: docs/table_checks.md.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from ...data.tables.columns import TableError
from ...experiment.build import choice_of, columns_of, dataset_of
from ...experiment.data_settings import NO_TABLE, Data
from ...experiment.experiment import Experiment
from . import misleading_rows, odd_columns, odd_targets
from .remark import Look, Remark

CHECKS: Mapping[str, Callable[[Look], Remark | None]] = MappingProxyType(
    {
        "moved_target": odd_columns.moved_target,
        "row_number": misleading_rows.row_number,
        "time_order": misleading_rows.time_order,
        "subjects": misleading_rows.subjects,
        "gives_away": odd_targets.gives_away,
        "duplicates": misleading_rows.duplicates,
        "sentinels": odd_columns.sentinels,
        "zeros_in_log": odd_targets.zeros_in_log,
        "many_zeros": odd_targets.many_zeros,
        "counts": odd_targets.counts,
        "shares": odd_targets.shares,
        "few_values": odd_targets.few_values,
        "better_as_log": odd_targets.better_as_log,
        "constant_columns": odd_columns.constant_columns,
        "rare_words": odd_columns.rare_words,
    }
)


def table_checks(experiment: Experiment) -> tuple[Remark, ...]:
    """What the table of an experiment should be warned of, the most misleading first; nothing for drawn points.

    Also of a table that cannot be trained on as it is used. Raises TableError if the table is not in the store, or has
    nothing to predict.
    """
    return () if experiment.data.table == NO_TABLE else _checked(experiment.data)


@lru_cache(maxsize=16)
def _checked(data: Data) -> tuple[Remark, ...]:
    columns = columns_of(data)
    choice = choice_of(data, columns)
    if columns[choice.target].kind != "number":
        return ()
    try:
        dataset = dataset_of(Experiment(data=data))
    except TableError:
        dataset = None
    look = Look(data, columns, choice, dataset)
    if len(look.y) < 2:
        return ()
    return tuple(remark for check in CHECKS.values() if (remark := check(look)) is not None)
