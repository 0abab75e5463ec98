"""What the page Over seeds shows: one experiment under several losses, each from several seeds, and what is real."""

import streamlit as st

from core.charts.drawing import Drawing
from core.charts.seeds import seeds_domain, seeds_seen, seeds_spec, seeds_table
from core.evaluation.scores import COMPARED, Score
from core.experiment.experiment import Experiment
from core.export.file_name import file_stem
from core.export.run_tables import to_csv
from core.model.losses import LOSSES, sound_and_mistaken
from core.studies import over_seeds
from core.studies.over_seeds import MOST_LOSSES, SEEDS, Row
from core.training.run import Run
from pages.shared import state, view
from pages.shared.controls import sidebar
from pages.shared.copy_link import copy_link
from pages.shared.elements import choose, download, labels, put_table
from pages.shared.plain import table
from pages.shared.run_charts import put
from pages.shared.terms import termed
from pages.shared.training import obtain
from pages.views import families

ROW_HEIGHT = 55
_ALT = "A score of each loss from each seed, with its mean and the interval of the mean"


def show() -> None:
    """One script run: the choices, the answer, the table and the chart; below them the wrong families."""
    experiment = state.current_experiment()
    sidebar(experiment)
    places = {name: st.container(key=f"section {name}") for name in ("finding", "controls", "table", "families")}
    with places["controls"]:
        losses, seeds, score = _controls(experiment)
    compared = over_seeds.variants(experiment, losses, state.pinned())
    every = {variant: over_seeds.seeded(each, seeds) for variant, each in compared.items()}
    wanted = [each for group in every.values() for each in group]
    grid = families.experiments(seeds)
    with places["table"], obtain(wanted, name="seeds", beside=grid, unasked=False) as found:
        one_by_one = iter(found)
        runs = {variant: [next(one_by_one) for _ in group] for variant, group in every.items()}
        rows = over_seeds.table(runs)
        with places["finding"]:
            view.headline(over_seeds.finding(rows, score), ("seeds", "table-seeds"))
        _table(experiment, rows, runs)
        _differences(rows, score)
        with places["families"]:
            families.show(experiment, seeds, wanted)


def _controls(experiment: Experiment) -> tuple[list[str], int, str]:
    names = [name for name in sound_and_mistaken() if name != "typed" or experiment.loss.name == "typed"]
    own = experiment.loss.name
    chosen = st.multiselect(
        "Losses to compare; the sidebar's comes first",
        names,
        over_seeds.losses_beside(experiment),
        key=f"seeds losses {own}",
        max_selections=MOST_LOSSES,
        format_func=lambda name: LOSSES[name].label,
        help="Within a seed all are trained on the same points. A pinned experiment comes last.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="seeds buttons"):
        seeds = choose("Seeds", {count: str(count) for count in SEEDS}, 5, "seeds count")
        state.to_page("calibration")
        copy_link()
    score = choose("Judge by", labels(COMPARED), "nll", "seeds score")
    return [own, *(name for name in chosen if name != own)], seeds, score


def _table(experiment: Experiment, rows: list[Row], runs: dict[str, list[Run | None]]) -> None:
    lines = [("Loss", "Finished", *map(_head, COMPARED.values()))]
    for row in rows:
        scores = (over_seeds.summary_words(COMPARED[name], found) for name, found in row.scores.items())
        lines.append((row.variant, row.ended, *scores))
    put_table("table seeds", lines)
    words = (
        "Mean over the seeds ± half its 95 % interval (Student's t). ↓: lower is better. →: this value is right. "
        f"Diverged runs are counted, not scored. {over_seeds.seeds_words(experiment)}"
    )
    st.caption(termed(words))
    name = f"{file_stem(experiment)}-over-seeds.csv"
    download("Scores by seed (CSV)", lambda: to_csv(over_seeds.per_seed(runs)), name, "text/csv", "seeds csv")


def _head(score: Score) -> str:
    """A score, its unit and which way is better."""
    unit = "" if score.unit == "share" else f", {score.unit}"
    return f"{score.label}{unit} {'↓' if score.aim is None else f'→ {score.words(score.aim)}'}"


def _differences(rows: list[Row], score: str) -> None:
    """One score: a dot for each seed, and each loss's difference from the first in words."""
    row = COMPARED[score]
    names = [each.variant for each in rows for _ in each.values[score]]
    values = [value for each in rows for value in each.values[score]]
    mean, low, high = ([getattr(each.scores[score], end) for each in rows] for end in ("mean", "low", "high"))
    domain, variants = seeds_domain(values, mean, low, high), tuple(each.variant for each in rows)
    if domain is None:
        return
    left, right = st.columns([5, 4], gap="medium")
    with left:
        rows_shown = seeds_table(names, values, variants=variants, mean=mean, low=low, high=high)
        spec = seeds_spec(view.scheme(), variants, domain, title=f"{row.label} by seed, {row.unit}")
        seen = seeds_seen(variants, mean, low, high, row.label)
        put(Drawing(spec, rows_shown), "seeds chart", _ALT, 46 + ROW_HEIGHT * len(rows), seen)
    with right, st.container(key="table differences"):
        found = [(each.variant, over_seeds.against_words(each, rows[0], score)) for each in rows[1:]]
        st.markdown(table([(f"Against {rows[0].variant}", row.label), *found]))
        words = (
            "Paired t test over the seeds. All comparisons together have a 5 % chance of a false alarm (Holm). "
            "More comparisons make the intervals wider."
        )
        st.caption(termed(words))
