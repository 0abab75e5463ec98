"""Ways to know ignorance on the preset with a gap, over several data seeds: the table of docs/ignorance.md.

python -m benchmarks.ignorance [seeds]
"""

import sys
from statistics import mean

from core.experiment.presets import presets
from core.ignorance.by_n import by_n, experiments_by_n
from core.ignorance.measured import Measured, all_experiments, answers
from core.ignorance.places import GAP, INSIDE, OUTSIDE
from core.ignorance.ways import WAYS
from core.training.loop import train

PLACES = (INSIDE, GAP, OUTSIDE)
MEASURES = ("coverage", "ignorance", "noise")


def main(seeds: int) -> None:
    """Print the means over the seeds, and the smallest and largest coverage in the gap."""
    experiments = [presets["gap"].with_settings({"data.seed": seed}) for seed in range(seeds)]
    found = [answers(each, {one.key: train(one) for one in all_experiments(each)}) for each in experiments]
    print("way | covers: points, gap (least to most), outside | ignorance: same places | noise | trained, predicts")
    for name, way in WAYS.items():
        own = [answer for each in found if isinstance(answer := each[name], Measured)]
        values = {m: [mean(getattr(each.parts[place], m) for each in own) for place in PLACES] for m in MEASURES}
        in_gap = [each.parts[GAP].coverage for each in own]
        covers = " / ".join(f"{100 * value:.0f}" for value in values["coverage"])
        others = " | ".join(" / ".join(f"{value:.3f}" for value in values[m]) for m in MEASURES[1:])
        times = f"{mean(each.trained_s for each in own):.2f} s, {1000 * mean(each.predicted_s for each in own):.0f} ms"
        span = f"{100 * min(in_gap):.0f} to {100 * max(in_gap):.0f}"
        print(f"{way.label} ({len(own)} of {seeds}) | {covers} % (gap: {span}) | {others} | {times}")
    print("points | noise | ignorance: points, gap, outside (five members)")
    grown = [by_n(each, {one.key: train(one) for one in experiments_by_n(each)}) for each in experiments]
    for sized in zip(*grown, strict=True):
        parts = [each.parts for each in sized if each.parts]
        ignorance = " / ".join(f"{mean(each[place].ignorance for each in parts):.4f}" for place in PLACES)
        noise = mean(each[INSIDE].noise for each in parts)
        print(f"{sized[0].n} ({len(parts)} of {seeds}) | {noise:.3f} | {ignorance}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
