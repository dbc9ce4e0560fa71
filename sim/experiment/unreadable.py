"""Stand-ins for the parts of an old study that this version cannot read: whoever uses one is told so."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NoReturn

from sim.outcomes import metric_table
from sim.outcomes.definitional import defined_by
from sim.scenario import Scenario


class NotReadable(ValueError, AttributeError):
    """A part of a stored study was asked for that this version of Stepdown cannot read."""


class Unreadable:
    """Stands in a result for what cannot be read. Whatever is asked of it raises NotReadable, which says why."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") or name == "why":
            raise AttributeError(name)  # Python itself looks for these, as when it makes a copy.
        raise NotReadable(self.why)

    def __getitem__(self, key: object) -> NoReturn:
        raise NotReadable(self.why)

    def __iter__(self) -> NoReturn:
        raise NotReadable(self.why)

    def __len__(self) -> NoReturn:
        raise NotReadable(self.why)


class UnreadableScenario(Unreadable):
    """A scenario that is not valid today. name: of it. units: of the metrics of its result, as they were written."""

    def __init__(self, why: str, name: str, units: Mapping[str, str]) -> None:
        super().__init__(why)
        self.name = name
        self.units = units


def units_of(scenario: Scenario) -> Mapping[str, str]:
    """The unit of each metric of a scenario, which may be one that cannot be read."""
    if isinstance(scenario, UnreadableScenario):
        return scenario.units
    return _units(scenario)


@lru_cache(maxsize=16)
def _units(scenario: Scenario) -> Mapping[str, str]:
    return dict(metric_table(scenario)[["metric", "unit"]].itertuples(index=False))


def definitions(metrics: Iterable[str], before: Scenario, after: Scenario) -> Mapping[str, str] | None:
    """See `sim.outcomes.definitional.defined_by`; None where a scenario cannot be read, and so nobody knows."""
    if isinstance(before, UnreadableScenario) or isinstance(after, UnreadableScenario):
        return None
    return defined_by(metrics, before, after)
