"""Lakshminarayanan et al. 2017, arXiv:1612.01474, on the concrete table: ensembles of five nets, and single ones."""

from typing import TYPE_CHECKING

from core.studies.measured import on_held_out
from core.studies.study import ENDED, Check, Claim, Study, Variant

if TYPE_CHECKING:
    import pandas as pd

NLL = "Gaussian NLL"
FIVE = "five nets, NLL"


def _mean_below(column: str, most: float, variant: str) -> Check:
    """Whether the mean of a column over the splits is at most `most`."""

    def holds(table: "pd.DataFrame") -> bool:
        return bool(table[table["variant"] == variant][column].mean() <= most)

    return holds


def _below_linear(table: "pd.DataFrame") -> bool:
    rows = table[table["variant"] == NLL]
    return bool((rows["nll"] < rows["linear_nll"]).all())


def _five_beat_one(table: "pd.DataFrame") -> bool:
    means = table.groupby("variant")[["rmse", "nll"]].mean()
    return bool((means.loc[FIVE] < means.loc[NLL]).all())


UCI_CONCRETE = Study(
    name="uci-concrete",
    label="Concrete strength: five small nets and one, 40 epochs, five splits of nine rows to one",
    preset="concrete",
    measures=("rmse", "nll"),
    variants={
        NLL: Variant({}, ("–", "–")),
        FIVE: Variant({}, ("6.03 ± 0.58", "3.06 ± 0.18"), members=5),
        "log of the target": Variant({"data.log_y": True}, ("–", "–")),
        "squared error": Variant({"loss.name": "squared_error"}, ("–", "–")),
    },
    claims=(
        ENDED,
        Claim("The mean RMSE over the splits is at most 6.6 MPa.", _mean_below("rmse", 6.6, NLL)),
        Claim("The mean NLL over the splits is at most 3.3 nats.", _mean_below("nll", 3.3, NLL)),
        Claim(
            "Five nets have a mean RMSE of at most 6.61 MPa, the published number and its ±.",
            _mean_below("rmse", 6.61, FIVE),
        ),
        Claim(
            "Five nets have a mean NLL of at most 3.24 nats, the published number and its ±.",
            _mean_below("nll", 3.24, FIVE),
        ),
        Claim("On average over the splits five nets are better than one, in RMSE and in NLL.", _five_beat_one),
        Claim("On every split the NLL of one is below that of the better linear model.", _below_linear),
    ),
    seeds=5,
    reference="Lakshminarayanan, Pritzel & Blundell 2017, arXiv:1612.01474, table 1: five members, 20 splits",
    measured=on_held_out,
    columns=("coverage", "mixture_nll", "linear_nll"),
)
