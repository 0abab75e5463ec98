"""What a page sends of a large file of predictions stays below a megabyte: charts and tables are thinned."""

import json

import numpy as np

from core.charts.drawing import Style
from core.charts.groups import groups_domain, groups_spec, groups_table
from core.charts.of_run.chart_table import charts_at
from core.data.tables.columns import Columns, number_column
from core.diagnosis.calibration.calibration_verdict import calibration_verdict
from core.diagnosis.calibration.examined import examined
from core.diagnosis.calibration.group_report import group_report, rows
from core.diagnosis.calibration.recalibration_effect import effect_of
from core.evaluation.predictions import predictions_of

MOST_BYTES = 1_000_000


def test_a_page_of_many_samples_sends_less_than_a_megabyte() -> None:
    rng, n = np.random.default_rng(0), 20_000
    mean = rng.normal(size=n)
    named = {"y": mean + rng.normal(size=n), "group": rng.integers(0, 150, n).astype(float)}
    named |= {f"sample_{k}": mean + rng.normal(size=n) for k in range(20)}
    found = predictions_of(Columns({name: number_column(name, values) for name, values in named.items()}, n))
    drawn, style = examined(found, 0.95, "interval"), Style()
    sent = [calibration_verdict(found).sentence, *found.notes]
    for part in ("promise", "along", "width"):
        for row in charts_at(f"calibration/{part}"):
            if row.applies(drawn):
                drawing = row.draw(drawn, style)
                sent += [json.dumps(drawing.spec), drawing.table.to_json()]
    (recalibrated,) = charts_at("calibration/recalibration")
    drawing = recalibrated.draw(effect_of(found, "scale", 0.95), style)
    sent += [json.dumps(drawing.spec), drawing.table.to_json()]
    report = group_report(found, 0.95)
    assert report is not None
    shares = [group.covered for group in report.shown]
    names = tuple(group.name for group in report.shown)
    spec = groups_spec("light", names, groups_domain([0.5], [1.0], 0.95), title="Share inside")
    sent += [json.dumps(spec), groups_table(names, shares, shares, shares, [False] * len(names), level=0.95).to_json()]
    sent.append(json.dumps(rows(report)))
    assert sum(len(text.encode()) for text in sent) < MOST_BYTES / 3
    assert len(report.groups) == 150
