"""Lakshminarayanan et al. 2017, arXiv:1612.01474, on the concrete table: ensembles of five nets, and single ones."""

from .measured import on_held_out
from .study import ENDED, Claim, Study, Variant

NLL = "Gaussian NLL"
FIVE = "five nets, NLL"

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
        Claim("The mean RMSE over the splits is at most 6.6 MPa.", lambda table: table["rmse"][NLL].mean() <= 6.6),
        Claim("The mean NLL over the splits is at most 3.3 nats.", lambda table: table["nll"][NLL].mean() <= 3.3),
        Claim(
            "Five nets have a mean RMSE of at most 6.61 MPa, the published number and its ±.",
            lambda table: table["rmse"][FIVE].mean() <= 6.61,
        ),
        Claim(
            "Five nets have a mean NLL of at most 3.24 nats, the published number and its ±.",
            lambda table: table["nll"][FIVE].mean() <= 3.24,
        ),
        Claim(
            "On average over the splits five nets are better than one, in RMSE and in NLL.",
            lambda table: all(table[measure][FIVE].mean() < table[measure][NLL].mean() for measure in ("rmse", "nll")),
        ),
        Claim(
            "On every split the NLL of one is below that of the better linear model.",
            lambda table: (table["nll"][NLL] < table["linear_nll"][NLL]).all(),
        ),
    ),
    seeds=5,
    reference="Lakshminarayanan, Pritzel & Blundell 2017, arXiv:1612.01474, table 1: five members, 20 splits",
    measured=on_held_out,
    columns=("coverage", "mixture_nll", "linear_nll"),
)
