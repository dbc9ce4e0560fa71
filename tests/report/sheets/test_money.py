"""Tables of cost, effect and budget: what is said of each strategy, and of what has no number."""

from typing import Any

import pandas as pd
import pytest
from experiment.systems import small

import sim
from sim.analysis import incremental_table, net_monetary_benefit
from sim.experiment.result import Study
from sim.outcomes import PERSPECTIVES
from sim.report.sheets.money import budget_sheet, value_sheets
from sim.report.sheets.sheet import Sheet

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


def sheets(study: Any, effect: str = "qaly", perspective: Any = "society") -> list[Sheet]:
    return list(value_sheets(study, effect, perspective))


def cells(sheet: Sheet, row: int) -> dict[str, str]:
    return dict(zip(sheet.heads, sheet.texts[row], strict=True))


def test_increments_along_the_frontier() -> None:
    """20 more for 0.5 QALY is 40 a QALY; every difference is within 0.003 of that."""
    frontier, net, *_ = sheets(Told({"cheap": (100, 1.0), "good": (120, 1.5)}))
    whole = "Cost per QALY, discounted, of a member of the cohort, with the places that they use, from first asking"
    assert frontier.title.startswith(whole)
    assert frontier.texts[0] == ("cheap", "100", "1.0000", "", "", "", "on the frontier")
    # What costs and gains are rounded by is how well their differences are known.
    assert frontier.texts[1][:3] == ("good", "120", "1.5000")
    assert frontier.texts[1][3:5] == ("+20 (+20 to +20)", "+0.5000 (+0.4975 to +0.5025)")
    assert cells(frontier, 1)["USD per QALY"].startswith("40.00 (")
    assert net.title == (
        "Net monetary benefit against cheap, USD, of a member of the cohort, with the places that they use, "
        "from first asking to the end of follow-up; perspective: society"
    )
    # By price: at 0 the cheap one, at 50,000 a QALY the good one by 50,000 * 0.5 - 20.
    assert [(row[0], row[1]) for row in net.texts] == [("0", "highest"), ("50,000", "0")]
    assert net.texts[0][2].startswith("-20")
    assert net.texts[1][2].startswith("+24,980")
    assert net.texts[1][2].endswith(" highest")


def test_what_dominates_is_named() -> None:
    study = Told({"cheap": (100, 1.0), "bad": (110, 0.5), "mixed": (150, 1.1), "good": (160, 1.5)})
    frontier, *_ = sheets(study)
    standings = {row[0]: row[-1] for row in frontier.texts}
    assert standings["bad"] == "dominated"
    assert standings["mixed"] == "extendedly dominated"
    assert standings["good"] == "on the frontier"
    assert "bad: dominated by cheap." in frontier.note
    assert "mixed: extendedly dominated by a mix of cheap and good." in frontier.note


def test_why_there_is_no_icer() -> None:
    frontier, *_ = sheets(Told({"cheap": (100, 1.0), "good": (120, 1.0005)}))
    assert "good: the effect difference may be zero (95 % interval -0.0" in frontier.note
    assert cells(frontier, 1)["USD per QALY"] == "none"


def test_other_effects_and_perspectives_are_named_and_have_no_price() -> None:
    study = Told({"cheap": (100, 1.0), "good": (120, 1.5)})
    for perspective, meaning in PERSPECTIVES.items():
        frontier, of_system = sheets(study, "day_well", perspective)
        assert frontier.title.startswith("Cost per day abstinent, discounted, of a member of the cohort, with the pl")
        assert of_system.title.startswith("Cost per day abstinent, discounted, of everybody in the system during its")
        assert frontier.title.endswith(f"; perspective: {perspective} ({meaning})")
    (averted,) = sheets(study, "relapse_averted")
    assert averted.title.startswith("Cost per person kept from relapse, discounted, of a member of the cohort")


def test_of_a_comparison() -> None:
    study = sim.compare(
        {"base": small(), "more [b]beds[/b]": small().with_overrides({"places.beds.capacity": 8})}, replications=3
    )
    frontier, net, of_cohort = sheets(study, perspective="provider")
    assert frontier.title.startswith("Cost per QALY, discounted, of everybody in the system during its window")
    assert of_cohort.title.startswith("Cost per QALY, discounted, of a member of the cohort")
    assert {row[0] for row in frontier.rows} == {"base", "more [b]beds[/b]"}
    assert len(net.rows) == 4
    assert not any("nan" in cell for sheet in (frontier, net) for row in sheet.texts for cell in row)


def test_one_replication_has_no_intervals() -> None:
    arms = {"base": small(), "more": small().with_overrides({"places.beds.capacity": 8})}
    frontier, net, *_ = sheets(sim.compare(arms, replications=1))
    texts = [cell for sheet in (frontier, net) for row in sheet.texts for cell in row]
    assert not any("nan" in text for text in texts)
    assert not any(" to " in cell for row in net.texts for cell in row)


def test_nobody_asked() -> None:
    nobody = small(arrivals={"per_day": 0.0})
    assert sheets(sim.compare({"a": nobody, "b": nobody}, replications=2)) == []


def test_the_budget_is_told_by_what_it_is_spent_on_and_as_a_whole() -> None:
    arms = {"base": small(), "more": small().with_overrides({"places.beds.capacity": 8})}
    study = sim.compare(arms, replications=3)
    sheet = budget_sheet(study)
    assert sheet.heads == ("year", "spent on", "base", "more")
    whole = study.budget_impact("year", by=())
    rows = [row for row in sheet.rows if row[1] == "the whole programme"]
    assert len(rows) == whole["year"].nunique()
    assert [row[2].value for row in rows] == list(whole.loc[whole["scenario"] == "base", "amount"])  # type: ignore[union-attr]
    changes = whole.loc[whole["scenario"] == "more"].to_dict("records")
    for row, change in zip(rows, changes, strict=True):
        assert row[3][:3] == tuple(change[each] for each in ("difference", "difference_low", "difference_high"))


@pytest.mark.parametrize("replications", [1, 2])
def test_an_empty_budget(replications: int) -> None:
    free = small().with_overrides({"levels.ward.cost_per_day": 0.0, "levels.iop.cost_per_day": 0.0})
    assert budget_sheet(sim.compare({"a": free, "b": free}, replications=replications)).rows == []
