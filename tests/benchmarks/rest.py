"""How often the judgement of rest is wrong: over 200 seeds, of a clinic at rest and of one that fills for years.

    python tests/benchmarks/rest.py [SEEDS] [REPLICATIONS]

Both have ten beds and stays of ten days. At rest: 0.6 people a day, of whom some come back soon; demand is 0.8 of
capacity. Filling: 0.45 a day, of whom most come back again and again after most of a year, so that asks go on growing
when the warm-up is over. Prints how often each was called "not at rest", "at rest", and neither, with 95 % intervals
(Wilson 1927), and the trend of the wait as it was told. Exit status 1 where one at rest is called moving in more than
one seed in ten, or one that fills in fewer than nine.
"""

import math
import sys
from time import process_time
from typing import Any

import numpy as np
import pandas as pd

import sim
from sim.analysis import summary, warm_up_table
from sim.model.engine import replicate
from sim.outcomes import Observed
from sim.outcomes.registry import REGISTRY
from sim.scenario import Scenario

SEEDS, REPLICATIONS = 200, 20
MOST_FALSE, LEAST_FOUND = 0.10, 0.90


def exponential(mean: float) -> dict[str, Any]:
    """An exponential duration."""
    return {"distribution": "exponential", "mean": mean}


def clinic(per_day: float, probability: float, delay: float) -> Scenario:
    """Ten beds of ten days; after relapses, people ask again with a probability, after a delay."""
    return sim.load_scenario(
        {
            "name": "Clinic",
            "time": {"warm_up_days": 250, "recruitment_days": 250, "follow_up_days": 250},
            "arrivals": {"per_day": per_day},
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"places": ["beds"], "length_of_stay": exponential(10)}},
            "places": {"beds": {"capacity": 10}},
            "relapse": {"median_days": 20.0, "shape": 1.0},
            "return_to_care": {"probability": probability, "delay_days": exponential(delay)},
        }
    )


CLINICS = {"at rest": clinic(0.6, 0.3, 10.0), "filling": clinic(0.45, 0.8, 300.0)}


def judged(scenario: Scenario, seed: int, replications: int) -> tuple[str, float]:
    """What is said of a run, as `run` would, and the trend of the wait in days a year."""
    wanted = [
        (member.name, metric, member.arguments)
        for metric in REGISTRY
        for member in metric.members(scenario)
        if member.name.endswith((".drift", "asks.all.per_month", ".ward.mean"))
    ]
    rows = []
    for number in range(replications):
        observed = Observed(replicate(scenario, seed, number), scenario)
        rows += [(number, name, metric.compute(observed, *arguments)) for name, metric, arguments in wanted]
    metrics = pd.DataFrame(rows, columns=["replication", "metric", "value"])
    names = [name.removesuffix(".drift") for name, *_ in wanted if name.endswith(".drift")]
    daily = pd.DataFrame({"metric": names, "day": 0, "mean": 0.0})
    time = scenario.time
    apart = (time.recruitment_days + time.follow_up_days) / 2
    table = warm_up_table(daily, summary(metrics), time.warm_up_days, apart_days=apart)
    enough = table["long_enough"]
    verdict = "not at rest" if (enough == False).any() else "at rest" if enough.all() else "neither"  # noqa: E712
    return verdict, float(table.set_index("metric")["per_year"]["wait.ward"])


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z = 1.959964
    share, centre = count / of, count / of + z**2 / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    return (centre - half) / (1 + z**2 / of), (centre + half) / (1 + z**2 / of)


def main() -> int:
    """Print the rates; 1 when they are worse than what is promised."""
    seeds, replications = (int(text) for text in (sys.argv[1:] + [str(SEEDS), str(REPLICATIONS)][len(sys.argv) - 1 :]))
    moving = {}
    for name, scenario in CLINICS.items():
        start = process_time()
        verdicts, trends = zip(*(judged(scenario, seed, replications) for seed in range(seeds)), strict=True)
        for verdict in ("not at rest", "at rest", "neither"):
            count = verdicts.count(verdict)
            low, high = wilson(count, seeds)
            print(f"{name}: called {verdict} in {count} of {seeds} seeds ({low:.1%} to {high:.1%})")
        moving[name] = verdicts.count("not at rest") / seeds
        print(
            f"{name}: trend of the wait {np.mean(trends):+.2f} days a year, from seed to seed ± {np.std(trends):.2f}; "
            f"{process_time() - start:.0f} s of CPU"
        )
    return int(moving["at rest"] > MOST_FALSE or moving["filling"] < LEAST_FOUND)


if __name__ == "__main__":
    sys.exit(main())
