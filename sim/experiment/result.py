"""What `run` and `compare` return: metrics with their error, and records where they were kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike

import pandas as pd

from sim.analysis.cost_effectiveness import cost_effectiveness_table
from sim.analysis.intervals import paired_differences, summary
from sim.outcomes import metric_table
from sim.scenario import Scenario

TABLES = ("patients", "stays", "waits", "spells")

COST, EFFECT = "cost.per_patient_discounted", "qalys.per_patient_discounted"
"""The metrics that a cost-effectiveness table sets against each other."""


class RecordsNotKept(AttributeError):
    """Records were asked of a result that kept only metrics."""


@dataclass(frozen=True, eq=False)
class Result:
    """One scenario, simulated.

    metrics: DataFrame of replication, metric, value; one row for each metric of each replication.
    tables: the records as DataFrames by name, each with a `replication` column; None when only metrics were kept.
    """

    scenario: Scenario
    seed: int
    metrics: pd.DataFrame
    tables: Mapping[str, pd.DataFrame] | None = None

    @property
    def replications(self) -> int:
        """Number of replications."""
        return int(self.metrics["replication"].nunique())

    def summary(self) -> pd.DataFrame:
        """One row a metric: metric, unit, mean, sd, ci_low, ci_high (95 %, over replications), replications."""
        units = metric_table(self.scenario).set_index("metric")["unit"]
        frame = summary(self.metrics)
        frame.insert(1, "unit", frame["metric"].map(units))
        return frame

    @property
    def patients(self) -> pd.DataFrame:
        """One row a patient and replication: attributes, arrival, membership of the cohort."""
        return self._table("patients")

    @property
    def stays(self) -> pd.DataFrame:
        """One row a stay; times in days since day 0."""
        return self._table("stays")

    @property
    def waits(self) -> pd.DataFrame:
        """One row a wait; times in days since day 0."""
        return self._table("waits")

    @property
    def spells(self) -> pd.DataFrame:
        """One row a spell of one clinical state; times in days since day 0."""
        return self._table("spells")

    def save(self, folder: str | PathLike[str]) -> None:
        """Write manifest.json, metrics.csv, summary.csv and any records; all of them or none.

        Raises OSError when the folder cannot be written, and ValueError when it holds something else.
        """
        from sim.experiment.store import save_result

        save_result(self, folder)

    def _table(self, name: str) -> pd.DataFrame:
        if self.tables is None:
            raise RecordsNotKept(
                f"{name} were not kept; run again with keep_records=True (command line: --keep-records)"
            )
        return self.tables[name]


@dataclass(frozen=True, eq=False)
class Study:
    """Several scenarios, simulated with common random numbers; the first is the baseline.

    results: label -> Result, all on one seed and the same replications.
    """

    results: Mapping[str, Result]

    @property
    def baseline(self) -> str:
        """Label of the scenario that the others are compared with."""
        return next(iter(self.results))

    @property
    def metrics(self) -> pd.DataFrame:
        """scenario (the label), replication, metric, value."""
        return self._labelled({label: result.metrics for label, result in self.results.items()})

    def summary(self) -> pd.DataFrame:
        """`Result.summary` of each scenario, with a `scenario` column in front."""
        return self._labelled({label: result.summary() for label, result in self.results.items()})

    def differences(self) -> pd.DataFrame:
        """Differences from the baseline, paired by replication: see `sim.analysis.paired_differences`.

        Metrics that only some scenarios have (such as the waits for a level that others lack) are left out where the
        pair does not have both.
        """
        return paired_differences(self.metrics, self.baseline)

    def cost_effectiveness(self) -> pd.DataFrame:
        """Mean discounted cost and QALYs a patient, with ICERs: see `sim.analysis.cost_effectiveness_table`."""
        means = self.metrics.groupby(["metric", "scenario"])["value"].mean()
        return cost_effectiveness_table(means[COST].to_dict(), means[EFFECT].to_dict())

    def save(self, folder: str | PathLike[str]) -> None:
        """Write manifest.json, metrics.csv, summary.csv, differences.csv, cost_effectiveness.csv and any records.

        All files or none. Raises OSError when the folder cannot be written, ValueError when it holds something else.
        """
        from sim.experiment.store import save_study

        save_study(self, folder)

    def _labelled(self, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        return pd.concat([frame.assign(scenario=label) for label, frame in frames.items()], ignore_index=True)[
            ["scenario", *next(iter(frames.values())).columns]
        ]
