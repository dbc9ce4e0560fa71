"""What other prices, worths and utilities would have given of a replication that is there, without another one.

Records hold what happened, and nothing of what it is worth: that is looked up when outcomes are read. So whatever
differs in such inputs alone has the same records, to the bit.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sim.files.paths import split_path
from sim.model.records import Records
from sim.outcomes import Observed
from sim.outcomes.registry import metrics_named
from sim.scenario import Scenario
from sim.scenario.change import DatedChange
from sim.scenario.differences import ABOUT, differences
from sim.scenario.shape import shape_at

UNITS = ("currency", "currency per day", "utility", "QALY")
TABLES = ("costs", "payers", "utilities", "discounting")
OTHERS = (
    *("levels.*.payers", "levels.*.rates.*.denied_share", "levels.*.rates.*.collected_share"),
    *("levels.*.sessions_per_week", "levels.*.group.sessions_per_week", "levels.*.group.hours_per_session"),
    *("levels.*.caseload", "levels.*.clinical_hours_per_week", "medications.*.visits_per_week"),
)
"""What is counted by these, and by what is below them, is counted of stays and courses that go on as they do. * stands
for one name, whatever it is: a payer may be called payers."""

OF_COURSES = (
    *("admitted", "arrivals", "asks.*", "days_well", "deaths.*", "discharges.*", "left_silently.*", "linkage.*"),
    *("occupancy.*", "queue.*", "readmission.*", "relapse.*", "relapse_free.*", "reneged.*", "retention.*"),
    *("turned_away.*", "wait.*"),
)
"""Metrics that no price has a part in, in patterns of names: once read, they need not be read again."""


@lru_cache(maxsize=10_000)
def is_price(path: str) -> bool:
    """Whether what happens does not depend on this input, but only what it costs, what it is worth and who pays."""
    segments = split_path(path)
    if segments[0] in TABLES or segments[0] in ABOUT or any(_begins(segments, each.split(".")) for each in OTHERS):
        return True
    shape = shape_at(segments)
    return shape is not None and shape.unit in UNITS


def _begins(segments: Sequence[Any], pattern: Sequence[str]) -> bool:
    return len(segments) >= len(pattern) and all(map(lambda one, of: of in ("*", one), segments, pattern))


def unpriced(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of settings by path, those that records depend on: the same ones, the same records."""
    return {path: value for path, value in settings.items() if not is_price(path)}


def repriced(
    records: Records, ran: Scenario | DatedChange, priced: Scenario | DatedChange, metrics: Collection[str]
) -> dict[str, float]:
    """Metrics of these names as a simulation of `priced` in the same luck would give them, from the records of `ran`.

    Raises ValueError that names every input that differs and is no price: there the records would be others.
    """
    if unlike := sorted(set(_courses(ran, priced))):
        raise ValueError(f"these records are not those of the other inputs: {', '.join(unlike)} would change them")
    return metrics_named(Observed(records, priced), metrics)


def _courses(ran: Scenario | DatedChange, priced: Scenario | DatedChange) -> list[str]:
    """What differs and is no price."""
    if isinstance(ran, DatedChange) and isinstance(priced, DatedChange):
        begun = ["the day of the change"] if (ran.day, ran.lists) != (priced.day, priced.lists) else []
        return begun + _courses(ran.baseline, priced.baseline) + _courses(ran.arm, priced.arm)
    if isinstance(ran, DatedChange) or isinstance(priced, DatedChange):
        return ["the change on a day, which only one of them has"]
    return [path for path, _, _ in differences(ran, priced) if not is_price(path)]
