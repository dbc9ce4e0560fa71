"""The two ways to simulate: one scenario, or several against each other."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sim.experiment.replications import Done, Progress, Task, perform_all
from sim.experiment.result import TABLES, Result, Study
from sim.scenario import Scenario

DEFAULT_REPLICATIONS = 30
DEFAULT_SEED = 1
LARGEST_SEED = 2**63 - 1


def run(
    scenario: Scenario,
    replications: int = DEFAULT_REPLICATIONS,
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    keep_records: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Simulate one scenario.

    replications: how many futures, numbered from 0; the first ten are the same whether ten or a hundred are asked for.
    workers: processes to use, 0 for one a core; never changes a number. keep_records: keep patients, stays, waits and
    spells too, which takes about 2 MB a replication of a mid-sized programme. progress: called with (done, all).
    Raises ValueError for a number out of range.
    """
    return compare({"": scenario}, replications, seed, workers, keep_records, progress).results[""]


def compare(
    scenarios: Mapping[str, Scenario],
    replications: int = DEFAULT_REPLICATIONS,
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    keep_records: bool = False,
    progress: Progress | None = None,
) -> Study:
    """Simulate several scenarios with common random numbers: the same people with the same luck; the first is the
    baseline. Arguments as of `run`."""
    _check(scenarios, replications, seed, workers)
    tasks = [Task(s, seed, number, keep_records) for number in range(replications) for s in scenarios.values()]
    done = perform_all(tasks, workers, progress)
    return Study(
        {
            label: _result(scenario, seed, done[position :: len(scenarios)])
            for position, (label, scenario) in enumerate(scenarios.items())
        }
    )


def _check(scenarios: Mapping[str, Scenario], replications: int, seed: int, workers: int) -> None:
    if not scenarios:
        raise ValueError("compare needs at least one scenario")
    for label, scenario in scenarios.items():
        if not isinstance(scenario, Scenario):
            raise ValueError(
                f"{label or 'scenario'}: expected a Scenario (see sim.load_scenario), not {scenario!r:.80}"
            )
    for name, value, least, most in (
        ("replications", replications, 1, 1_000_000),
        ("seed", seed, 0, LARGEST_SEED),
        ("workers", workers, 0, 1_024),
    ):
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"{name} must be a whole number from {least:,} to {most:,}, not {value!r}")


def _result(scenario: Scenario, seed: int, done: Sequence[Done]) -> Result:
    names = list(dict.fromkeys(name for each in done for name in each.metrics))
    metrics = pd.DataFrame(
        {
            "replication": [number for number in range(len(done)) for _ in names],
            "metric": names * len(done),
            "value": [each.metrics.get(name, float("nan")) for each in done for name in names],
        }
    )
    records = [each.records for each in done if each.records is not None]
    if not records:
        return Result(scenario, seed, metrics)
    tables = {}
    for table in TABLES:
        frames = [getattr(each, table).frame() for each in records]
        for number, frame in enumerate(frames):
            frame.insert(0, "replication", number)
        tables[table] = pd.concat(frames, ignore_index=True)
    return Result(scenario, seed, metrics, tables)
