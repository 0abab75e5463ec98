"""What `python -m core doctor` does: say what a loss makes a net learn on a noise."""

import argparse
import json

from ..data.noise import NOISES
from ..diagnosis.doctor.examination import examine
from ..experiment.experiment import Experiment
from ..experiment.loss_settings import loss_of
from ..experiment.settings import InvalidExperiment, Problem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("formula", nargs="?", help="a loss per point in r, y, mu and s")
    parser.add_argument("--loss", metavar="NAME", help="a loss of the table instead of a formula")
    parser.add_argument("--noise", default="gaussian", metavar="FAMILY", help="its family (gaussian)")
    parser.add_argument("--scale", default="0.2", metavar="SIGMA", help="its standard deviation (0.2)")
    parser.add_argument("--set", action="append", default=[], metavar="SETTING=VALUE", help="a parameter of the loss")


def doctor(options: argparse.Namespace) -> int:
    """Examine a formula or a loss of the table, and print what was found.

    Raises InvalidExperiment where neither is given, or both, or one that is not valid.
    """
    if (options.formula is None) == (options.loss is None):
        raise InvalidExperiment([Problem("doctor", options.formula or "", "a formula, or --loss and a name")])
    loss = {"loss.name": "typed", "loss.formula": options.formula}
    if options.loss is not None:
        loss = {"loss.name": options.loss}
    noise = {"noise.family": options.noise, "noise.scale": options.scale}
    experiment = Experiment.from_settings({**loss, **noise, **dict(map(_pair, options.set))})
    found = examine(loss_of(experiment.loss), NOISES[experiment.noise.family], experiment.noise.scale)
    record = {"formula": experiment.loss.formula if options.loss is None else None, **found.to_dict()}
    print(json.dumps(record, allow_nan=False) if options.json else "\n".join(found.sentences))
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().startswith("loss."):
        raise InvalidExperiment([Problem("--set", text, "a parameter of the loss, such as loss.evidence_weight=0.1")])
    return name.strip(), value.strip()
