"""The compiled engine leaves the records that the SimPy engine leaves, to the bit."""

from typing import Any

import pytest
from hypothesis import strategies as st
from model.compiled.gate import CASES, assert_engines_agree, differences, look_at, parts, what_came
from random_scenarios import build, descriptions
from support import briefly, exponential, fixed, scenario

import sim
from sim.model.compiled import engine
from sim.model.compiled.layout import SPELL_ROW
from sim.model.compiled.plan_arrays import PlanArrays
from sim.scenario import Scenario
from sim.scenario.change import DatedChange


@pytest.mark.parametrize(("part", "cases"), [*enumerate(parts(CASES))])
def test_in_any_scenario(part: int, cases: int) -> None:
    def agree(description: dict[str, Any], luck: int) -> None:
        assert_engines_agree(build(description), luck)

    look_at("any scenario", part, cases, agree, descriptions(), st.integers(0, 2**31))


@pytest.mark.parametrize(("part", "cases"), [*enumerate(parts(CASES // 2))])
def test_in_any_change(part: int, cases: int) -> None:
    """On a whole day, when much else happens as well."""

    def agree(first: dict[str, Any], second: dict[str, Any], day: int, luck: int, anew: bool) -> None:
        change = change_from(build(first), build(second), float(day), anew)
        if change is not None:
            assert_engines_agree(change, luck)

    drawn = descriptions(), descriptions(), st.integers(1, 60), st.integers(0, 5), st.booleans()
    look_at("any change", part, cases, agree, *drawn)


def change_from(baseline: Scenario, other: Scenario, day: float, anew: bool) -> DatedChange | None:
    """The other system, for the people of the baseline."""
    own = ("population", "age", "exits", "frailty", "time", "currency", "price_year", "reimbursement")
    alike = {part: getattr(baseline, part) for part in own}
    if baseline.arrivals.closed_cohort is not None or other.arrivals.closed_cohort is not None:
        alike["arrivals"] = baseline.arrivals
    assert baseline.death is not None
    assert other.death is not None
    alike["death"] = other.death.model_copy(update={"background": baseline.death.background})
    if day >= baseline.time.horizon:
        return None
    return DatedChange(baseline, other.model_copy(update=alike), day, "entry_rules" if anew else "carry_over")


@pytest.mark.parametrize("name", sim.shipped_names())
def test_in_what_is_shipped(name: str) -> None:
    assert_engines_agree(briefly(name, 120, 90, 120), 3)


def test_in_a_change_between_shipped_scenarios() -> None:
    baseline, arm = (briefly(name, 120, 90, 120) for name in ("residential_only", "hybrid"))
    assert_engines_agree(DatedChange(baseline, arm, 150.0), 3)
    assert_engines_agree(DatedChange(arm, baseline, 150.0, "entry_rules"), 3)


def test_where_everything_happens_at_once() -> None:
    whole_days = {"distribution": "discrete", "values": [1.0, 2.0, 3.0], "shares": [0.4, 0.3, 0.3]}
    crowded = scenario(
        {
            "ward": {
                "places": ["bed", "nurse"],
                "length_of_stay": whole_days,
                "dropout": whole_days,
                "patience": whole_days,
                "silent_share": 0.5,
                "days_to_learn": fixed(1),
                "no_show": 0.2,
                "hand_over": "hold",
                "on_giving_up": "stay",
                "next": [{"to": "iop", "probability": 0.8, "delay_days": whole_days}],
            },
            "iop": {"places": ["seat", "nurse"], "length_of_stay": whole_days, "patience": whole_days, "list_cap": 9},
        },
        {"bed": 6, "seat": 4, "nurse": 8},
        arrivals={"closed_cohort": 600},
        time={"follow_up_days": 200},
        return_to_care={"probability": 1.0, "delay_days": whole_days},
        entry=[{"to": {"ward": 0.6, "iop": 0.4}}],
    )
    assert_engines_agree(crowded, 2)


QUICK = exponential(0.001)
AGAIN = {"return_to_care": {"probability": 1.0, "delay_days": QUICK}}
HASTY = {"renege": 1_000.0, "relapse": 100.0, "levels": {"ward": {"renege": 1_000.0}}}
RARELY = {
    "relapse": {"median_days": 0.001, "shape": 1.0, "share_of_setbacks": 1e-6},
    "setback": {"duration_days": fixed(0.0)},
}


@pytest.mark.parametrize(
    ("level", "places", "more", "loop"),
    [
        ({"places": ["beds"], "patience": QUICK, "length_of_stay": fixed(9)}, {"beds": 0}, AGAIN, "wait for ward"),
        (
            {"length_of_stay": fixed(50), "on_relapse": {"continue": 1.0}},
            {},
            {"relapse": {"median_days": 0.001, "shape": 1.0}},
            "well",
        ),
        ({"length_of_stay": fixed(50)}, {}, RARELY, "setback, 1,"),
    ],
    ids=["waiting", "relapsing", "setbacks"],
)
def test_who_goes_round_in_circles_is_named_alike(
    level: dict[str, Any], places: dict[str, int], more: dict[str, Any], loop: str
) -> None:
    everybody = {
        "population": {"who": {"hasty": 1.0}, "where": {"here": 1.0}},
        "effects": {"who": {"hasty": HASTY}, "where": {"here": {"relapse": 100.0}}},
    }
    dizzy = scenario({"ward": level}, places, **more, **everybody)
    error = what_came(dizzy, 1, "compiled")
    assert isinstance(error, tuple)
    assert loop in error[-1]
    assert error == what_came(dizzy, 1, "simpy")


def test_nobody_at_all() -> None:
    empty = scenario(
        {"ward": {"length_of_stay": fixed(3)}}, {}, arrivals={"closed_cohort": 0}, time={"follow_up_days": 9}
    )
    assert_engines_agree(empty)


def test_replications_follow_one_another_without_a_trace() -> None:
    """Tables of one run are not those of the next."""
    system = briefly("hybrid", 60, 60, 60)
    for replication in (0, 1, 0):
        assert_engines_agree(system, 1, replication)


def test_tables_are_kept_once_however_many_scenarios_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of the draws of a probabilistic analysis, whose plans are kept for a while."""
    monkeypatch.setattr(PlanArrays, "_buffers", {})
    many = [briefly("hybrid", 60, 60, 60).with_overrides({"costs.per_relapse": cost}) for cost in (1.0, 2.0)]
    first, other = (engine.CompiledReplication(engine.lowered(system), 1, 0) for system in many)
    assert first.lowered is not other.lowered
    first.run()
    there = first.tables["spells"]
    assert other.lowered.buffer("spells", 1, SPELL_ROW) is there
    assert first.lowered.buffer("spells", 1, SPELL_ROW) is not there


def test_large_tables_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are short of room on their way, too."""
    monkeypatch.setattr(engine, "MOST_KEPT", 0)
    monkeypatch.setattr(engine, "ROOM", {})
    system = briefly("hybrid")
    engine.lowered.cache_clear()
    replication = engine.CompiledReplication(engine.lowered(system), 1, 0)
    records = replication.run()
    assert not replication.tables
    assert not differences(records, what_came(system, 1, "simpy"))
