"""From the readings of replications to the result of a scenario, one at a time, so that little is held in memory."""

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.experiment.record_files import KeptRecords
from sim.experiment.result import Result
from sim.experiment.tables import READINGS, typed
from sim.model.engine import Engine
from sim.outcomes import CROSS
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

if TYPE_CHECKING:
    from sim.experiment.replications import Reading
    from sim.vocabulary import Column


class Gathering:
    """The readings of one scenario so far, in the order of replications.

    records: where the records of patients go, if they are to be kept. change: by which the scenario is reached, if any.
    """

    def __init__(
        self, scenario: Scenario, seed: int, records: KeptRecords | None = None, change: DatedChange | None = None
    ) -> None:
        self.scenario = scenario
        self.change = change
        self.seed = seed
        self.count = 0
        self._engine: Engine = "simpy"
        self._metrics: dict[str, list[float]] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {"budget": [], "occupancy": []}
        self._groups: list[tuple[int, str, str, tuple[str, ...], Column]] = []
        self._daily: dict[str, tuple[Column, Column]] = {}
        self.records = records

    @property
    def as_run(self) -> Scenario:
        """What outcomes are read with."""
        return self.change.after if self.change else self.scenario

    def add(self, reading: "Reading", engine: Engine = "simpy") -> None:
        """Take in the next replication, by this engine."""
        self._engine = "compiled" if "compiled" in (engine, self._engine) else "simpy"
        number = self.count
        for name, value in reading.metrics.items():
            self._metrics.setdefault(name, []).append(value)
        for attributes, groups in reading.groups.items():
            by = CROSS.join(attributes)
            self._groups += [
                (number, by, group, tuple(numbers), np.array(list(numbers.values())))
                for group, numbers in groups.items()
            ]
        self._rows["budget"] += [(number, *row) for row in reading.budget]
        self._rows["occupancy"] += [(number, *row) for row in reading.occupancy]
        for name, values in reading.daily.items():
            total, squares = self._daily.get(name, (np.zeros(len(values)), np.zeros(len(values))))
            self._daily[name] = (total + values, squares + values**2)
        if reading.records is not None and self.records is not None:
            self.records.add(reading.records, number)
        self.count += 1

    def values(self, metric: str) -> list[float]:
        """The values of one metric so far."""
        return self._metrics[metric]

    def result(self) -> Result:
        """The result of all replications so far."""
        names, count = list(self._metrics), self.count
        metrics = pd.DataFrame(
            {
                "replication": np.repeat(np.arange(count), len(names)),
                "metric": names * count,
                "value": [self._metrics[name][number] for number in range(count) for name in names],
            }
        )
        return Result(
            self.scenario,
            self.seed,
            metrics,
            groups=self._groups_frame(),
            budget=self._table("budget"),
            daily=typed(self._daily_frame(), READINGS["daily"]),
            occupancy=self._table("occupancy"),
            tables=self.records.stored() if self.records is not None else None,
            change=self.change,
            engine=self._engine,
        )

    def _table(self, name: str) -> pd.DataFrame:
        table = READINGS[name]
        return typed(pd.DataFrame(self._rows[name], columns=list(table.columns)), table)

    def _groups_frame(self) -> pd.DataFrame:
        """By column: there are a thousand rows and more of each replication, and few words in them."""
        schema = READINGS["groups"].schema()
        numbers, *words, metrics, values = zip(*self._groups, strict=True) if self._groups else ((),) * 5
        counts = [len(names) for names in metrics]
        texts = [*(np.repeat(np.array(each, dtype=object), counts) for each in words), [*chain(*metrics)]]
        columns = [np.repeat(np.array(numbers, dtype=int), counts), *texts, np.concatenate([np.zeros(0), *values])]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        frame: pd.DataFrame = pa.Table.from_arrays(arrays, schema=schema).to_pandas()
        return frame

    def _daily_frame(self) -> pd.DataFrame:
        frames = []
        for name, (total, squares) in self._daily.items():
            mean = total / self.count
            spread = np.maximum(squares - self.count * mean**2, 0.0)
            sd = np.sqrt(spread / (self.count - 1)) if self.count > 1 else np.full(len(mean), np.nan)
            frames.append(pd.DataFrame({"metric": name, "day": np.arange(len(mean)), "mean": mean, "sd": sd}))
        return pd.concat(frames, ignore_index=True)
