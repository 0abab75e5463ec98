"""What a command says about a file of predictions: which column is what, its form, the level of its bounds."""

import argparse
import math

from ..evaluation.predictions_choice import Choice, choice_of
from ..evaluation.predictions_forms import FAMILIES, FORMS

FILE_HELP = (
    "CSV, TSV, Excel or Parquet with y and predictions, and x and a group if there are any. Predictions: mean "
    "and std (or variance, log variance, precision), quantiles, lower and upper, members, samples, or only means"
)


def add_predictions_options(parser: argparse.ArgumentParser) -> None:
    """--family, --columns, --form, --group and --level; without them the names of the columns say what they hold."""
    parser.add_argument(
        "--family", choices=tuple(FAMILIES), default="gaussian", help="the distribution of mean and std"
    )
    words = "which column is what, if names do not say it: y=observed,mean=pred,std=unc; several: samples=draw_*"
    parser.add_argument("--columns", default="", metavar="ROLES", help=words)
    words = "use this form if the file has more than one"
    parser.add_argument("--form", choices=tuple(FORMS), default="", help=words)
    parser.add_argument("--group", default="", metavar="COLUMN", help="a column of groups: coverage and bias in each")
    words = "level of lower and upper, if their names do not say it, and of recalibrated intervals (0.95)"
    parser.add_argument("--level", type=level, metavar="P", help=words)


def level(text: str) -> float:
    """The level of an interval, as argparse reads it."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"it must be a number between 0 and 1, such as 0.95, not {text}")
    return value


def choice_from(options: argparse.Namespace) -> Choice:
    """What those options say. Raises TableError for a role or a level that there is not."""
    choice = choice_of(options.columns, options.form, options.level)
    return choice.with_columns(group=options.group) if options.group else choice
