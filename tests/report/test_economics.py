"""Cost, effect and budget for the terminal: what is said of each strategy, and of what has no number."""

from io import StringIO
from typing import Any

import pandas as pd
import pytest
from experiment.systems import small
from rich.console import Console
from rich.table import Table

import sim
from sim.analysis import budget_impact, incremental_table, net_monetary_benefit
from sim.experiment.result import Study
from sim.outcomes import PERSPECTIVES
from sim.report.economics import budget_table, cost_effectiveness_tables

COSTS = [-1.0, 0.0, 1.0]
EFFECTS = [-0.001, 0.001, 0.0]


class Told(Study):
    """A study of strategies with these mean costs and effects in three replications."""

    def __new__(cls, strategies: dict[str, tuple[float, float]], spread: float = 1.0) -> Any:
        frame = pd.DataFrame(
            [
                (name, number, cost + COSTS[number], effect + spread * (i + 1) * EFFECTS[number])
                for i, (name, (cost, effect)) in enumerate(strategies.items())
                for number in range(3)
            ],
            columns=["strategy", "replication", "cost", "effect"],
        )
        whole = sim.compare({next(iter(strategies)): small()}, replications=1, by=())
        study = Study(whole.results)
        object.__setattr__(study, "cost_effectiveness", lambda *_, **__: incremental_table(frame))
        object.__setattr__(
            study,
            "net_benefit",
            lambda *_, **__: net_monetary_benefit(frame, (0.0, 50_000.0), baseline=next(iter(strategies))),
        )
        return study


def lines(table: Table) -> list[str]:
    page = StringIO()
    Console(width=400, file=page, highlight=False).print(table)
    return [line.rstrip() for line in page.getvalue().splitlines()]


def tables(study: Any, effect: str = "qaly", perspective: Any = "society") -> list[list[str]]:
    return [lines(table) for table in cost_effectiveness_tables(study, effect, perspective)]


def words(line: str) -> str:
    return " ".join(line.split())


def test_increments_along_the_frontier() -> None:
    """20 more for 0.5 QALY is 40 a QALY; every difference is within 0.003 of that."""
    frontier, net, *_ = tables(Told({"cheap": (100, 1.0), "good": (120, 1.5)}))
    title, _, cheap, good = frontier
    assert title.startswith("Cost per QALY of a member of the cohort, with the places that they use, from first asking")
    assert words(cheap) == "cheap 100 1.0000 on the frontier"
    assert words(good).startswith("good 120 1.5000 +20 +20 to +20 +0.5000 +0.4975 to +0.5025 40.00 ")
    assert good.endswith("on the frontier")
    assert net[0] == (
        "Net monetary benefit against the baseline, USD, of a member of the cohort, with the places that they use, "
        "from first asking to the end of follow-up; perspective: society"
    )
    # By price: at 0 the cheap one, at 50,000 a QALY the good one by 50,000 * 0.5 - 20.
    assert [words(line).split()[:3] for line in net[2:]] == [
        ["cheap", "0", "0"],
        ["good", "0", "-20"],
        ["cheap", "50,000", "0"],
        ["good", "50,000", "+24,980"],
    ]
    assert [line.endswith("highest mean") for line in net[2:]] == [True, False, False, True]


def test_what_dominates_is_named() -> None:
    study = Told({"cheap": (100, 1.0), "bad": (110, 0.5), "mixed": (150, 1.1), "good": (160, 1.5)})
    frontier, *_ = tables(study)
    said = {words(line).split()[0]: line for line in frontier[2:]}
    assert said["bad"].endswith("dominated by cheap")
    assert said["mixed"].endswith("extendedly dominated by a mix of cheap and good")
    assert said["good"].endswith("on the frontier")
    assert words(said["bad"]) == "bad 110 0.5000 dominated by cheap"


def test_why_there_is_no_icer() -> None:
    frontier, *_ = tables(Told({"cheap": (100, 1.0), "good": (120, 1.0005)}))
    assert "on the frontier: no ICER, the effect difference may be zero (95 % interval -0.0" in frontier[-1]
    assert words(frontier[-1]).count("nan") == 0


def test_other_effects_and_perspectives_are_named_and_have_no_price() -> None:
    study = Told({"cheap": (100, 1.0), "good": (120, 1.5)})
    for perspective, meaning in PERSPECTIVES.items():
        frontier, of_system = tables(study, "day_well", perspective)
        assert frontier[0].startswith("Cost per day abstinent of a member of the cohort, with the places that they use")
        assert of_system[0].startswith("Cost per day abstinent of everybody in the system during its window")
        assert frontier[0].endswith(f"; perspective: {perspective} ({meaning})")
    (averted,) = tables(study, "relapse_averted")
    assert averted[0].startswith("Cost per person kept from relapse of a member of the cohort")


def test_of_a_comparison() -> None:
    study = sim.compare(
        {"base": small(), "more [b]beds[/b]": small().with_overrides({"places.beds.capacity": 8})}, replications=3
    )
    frontier, net, of_cohort = tables(study, perspective="provider")
    assert frontier[0].startswith("Cost per QALY of everybody in the system during its window")
    assert of_cohort[0].startswith("Cost per QALY of a member of the cohort")
    assert len(frontier) == 2 + 2
    assert any(line.startswith("more [b]beds[/b]") for line in frontier)
    assert len(net) == 2 + 2 * 4
    assert all("nan" not in line for table in (frontier, net) for line in table)


def test_one_replication_has_no_intervals() -> None:
    arms = {"base": small(), "more": small().with_overrides({"places.beds.capacity": 8})}
    frontier, net, *_ = tables(sim.compare(arms, replications=1))
    assert all(" to " not in line for line in net[1:])
    assert all("nan" not in line for line in (*frontier, *net))


def test_nobody_asked() -> None:
    nobody = small(arrivals={"per_day": 0.0})
    for table in tables(sim.compare({"a": nobody, "b": nobody}, replications=2)):
        assert len(table) == 2


# --- the budget ---


def budget(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["scenario", "replication", "month", "days", "level", "place", "amount"]
    return pd.DataFrame(
        [
            (scenario, replication, month, days, level, place, amount)
            for scenario, month, days, level, place, *amounts in rows
            for replication, amount in enumerate(amounts)
        ],
        columns=columns,
    )


def shown(frame: pd.DataFrame) -> list[str]:
    table = budget_impact(frame, "base", "year", by=("level", "place"))
    return [words(line) for line in lines(budget_table(table, "EUR"))]


def test_the_budget_by_year_and_level() -> None:
    title, head, *rows = shown(
        budget(
            ("base", "2025-12", 10, "ward", "", 1_000.0, 1_400.0),
            ("base", "2026-01", 31, None, "beds", 70.0, 70.0),
            ("new", "2025-12", 10, "ward", "", 1_010.0, 1_430.0),
            ("new", "2026-01", 31, "iop", "", 500.0, 500.0),
        )
    )
    assert title == "Budget of the programme by calendar year, undiscounted: patients, places"
    assert head == "year days spent on scenario budget, EUR difference 95 % interval"
    assert rows == [
        "2025 10 ward base 1,200",
        # 10 and 30 more: 20, with a standard error of 10 and t = 12.7062.
        "2025 10 ward new 1,220 +20 -110 to +150",
        "2026 31 beds (fixed) base 70",
        "2026 31 beds (fixed) new 0 -70 -70 to -70",
        "2026 31 iop base 0",
        "2026 31 iop new 500 +500 +500 to +500",
    ]


def test_a_year_that_only_one_scenario_simulates() -> None:
    """A year is as long for a scenario that spends nothing in it."""
    frame = budget(("base", "2025-12", 10, "ward", "", 5.0, 6.0), ("new", "2026-01", 31, "ward", "", 7.0, 8.0))
    rows = shown(frame)[2:]
    assert all("nan" not in row for row in rows), rows
    assert "2026 31 ward base 0" in rows


def test_scenarios_with_brackets_are_shown_as_they_are() -> None:
    rows = shown(
        budget(("base", "2025-12", 10, "ward", "", 5.0, 6.0), ("v[b]2[/b]", "2025-12", 10, "ward", "", 7.0, 8.0))
    )
    assert rows[-1].startswith("2025 10 ward v[b]2[/b] 7.5 +2 ")


@pytest.mark.parametrize("replications", [1, 2])
def test_an_empty_budget(replications: int) -> None:
    free = small().with_overrides({"levels.ward.cost_per_day": 0.0, "levels.iop.cost_per_day": 0.0})
    table = sim.compare({"a": free, "b": free}, replications=replications).spending()
    assert len(lines(budget_table(table, "USD"))) == 2
