"""Effects of attributes, cause by cause.

A patient's draw is the same with and without the effect, so a hazard ratio of 2 must halve exactly the cumulative
hazard at which it happens to each of them: for an exponential, exactly halve the time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from model.histories import Measure, assert_mean, assert_share, first, run, where
from support import cohort, exponential, fixed, scenario

from sim.model import Records
from sim.scenario import Scenario

PEOPLE = 2_000
LONG = 30_000
MEDIAN, SHAPE = 60.0, 0.7


@dataclass(frozen=True)
class Cause:
    """A system in which one cause acts at each level, and how to read off its cumulative hazard for each patient."""

    level: dict[str, Any]
    parts: dict[str, Any]
    hazard: Measure
    places: int | None = None
    days: float = 30_000


def _stay(reason: str) -> Measure:
    def days(records: Records) -> np.ndarray:
        assert where(records.stays, reason=reason).all()
        return records.stays["discharged"] - records.stays["admitted"]

    return days


def _relapse(records: Records) -> np.ndarray:
    days = first(
        records.spells, "started", PEOPLE, where(records.spells, state="unwell") & (records.spells["started"] > 0)
    )
    # Whoever never relapses within the run has no time to compare: they are left at infinity in both runs.
    return np.log1p((days / MEDIAN) ** SHAPE)


def _state(state: str, after: float = 0.0) -> Measure:
    return lambda records: first(records.spells, "started", PEOPLE, where(records.spells, state=state)) - after


def _wait(records: Records) -> np.ndarray:
    assert where(records.waits, outcome="reneged").all()
    return records.waits["ended"]


OUT_OF_CARE = {"length_of_stay": fixed(1), "patience": fixed(1.0)}
"""With no place for anybody: everyone uses, and from day 1 on at home."""

CAUSES = {
    **{
        cause: Cause({"length_of_stay": fixed(1e6), cause: exponential(10)}, {}, _stay(reason))
        for cause, reason in {
            "dropout": "dropped_out",
            "burnout": "burned_out",
            "termination": "terminated",
            "transfer": "transferred",
        }.items()
    },
    "renege": Cause({"length_of_stay": fixed(1), "patience": exponential(10)}, {}, _wait, places=0),
    "relapse": Cause(
        {"length_of_stay": fixed(1e6)},
        {"relapse": {"median_days": MEDIAN, "shape": SHAPE}},
        _relapse,
    ),
    "remission": Cause(OUT_OF_CARE, {"remission": exponential(10)}, _state("well", after=1.0), places=0),
    "death": Cause({"length_of_stay": fixed(1)}, {"death": {"unwell": 36_525.0}}, _state("dead"), places=0),
}
"""All with a mean of 10 days at ratio 1, relapse aside."""

BY_LEVEL = ("dropout", "burnout", "termination", "transfer", "renege", "relapse", "length_of_stay")


def system(cause: Cause, effects: dict[str, Any], **more: Any) -> Scenario:
    """Half of the people go to each of two equal levels; half of all are marked, and effects are theirs."""
    level = {**cause.level, "places": [] if cause.places is None else ["beds"]}
    return scenario(
        {"ward": level, "other": level, **more},
        {} if cause.places is None else {"beds": cause.places},
        population={"kind": {"plain": 0.5, "marked": 0.5}},
        entry=[{"to": {"ward": 0.5, "other": 0.5}}],
        effects={"kind": {"marked": effects}},
        **cause.parts,
        **cohort(PEOPLE, cause.days),
    )


def ratios(cause: Cause, effects: dict[str, Any]) -> tuple[np.ndarray, Records]:
    """Each patient's hazard without the effects over that with them: the hazard ratio that acted on them."""
    before, after = run(system(cause, {})), run(system(cause, effects))
    here, there = cause.hazard(before), cause.hazard(after)
    finite = np.isfinite(here) & np.isfinite(there)
    assert finite.mean() > 0.95
    return np.divide(here, there, out=np.full(PEOPLE, np.nan), where=finite), after


def check(acted: np.ndarray, records: Records, in_ward: float, elsewhere: float) -> None:
    """The ratio that acted on each patient is exactly the one stated for them."""
    marked = where(records.patients, kind="marked")
    ward = np.zeros(PEOPLE, dtype=bool)
    ward[records.waits["patient"]] = where(records.waits, level="ward")
    known = ~np.isnan(acted)
    for group, ratio in ((~marked, 1.0), (marked & ward, in_ward), (marked & ~ward, elsewhere)):
        assert (group & known).sum() > 300
        assert acted[group & known] == pytest.approx(ratio, rel=1e-6)


@pytest.mark.parametrize("name", CAUSES)
def test_a_hazard_ratio_of_2_doubles_the_cumulative_hazard(name: str) -> None:
    check(*ratios(CAUSES[name], {name: 2.0}), in_ward=2.0, elsewhere=2.0)


@pytest.mark.parametrize("name", [name for name in CAUSES if name in BY_LEVEL])
def test_an_effect_for_one_level_multiplies_there_and_nowhere_else(name: str) -> None:
    effects = {name: 2.0, "levels": {"ward": {name: 3.0}}}
    check(*ratios(CAUSES[name], effects), in_ward=6.0, elsewhere=2.0)


@pytest.mark.parametrize("name", [name for name in CAUSES if name != "relapse"])
def test_without_effects_the_hazard_is_the_stated_one(name: str) -> None:
    """An exponential of mean 10."""
    days = CAUSES[name].hazard(run(system(CAUSES[name], {})))
    assert np.isfinite(days).all()
    assert_mean(days, 10.0, 10.0)
    assert_share(days > 10.0, np.exp(-1))


@pytest.mark.parametrize("name", CAUSES)
def test_an_effect_on_one_cause_leaves_the_others_alone(name: str) -> None:
    others = {other: 3.0 for other in CAUSES if other != name} | {"return_to_care": 3.0, "linkage": 3.0, "no_show": 3.0}
    check(*ratios(CAUSES[name], others), in_ward=1.0, elsewhere=1.0)


def test_an_effect_on_relapse_is_one_on_any_setback() -> None:
    """All uses but one in a milliard are setbacks, and the first of them has the hazard that relapse would have."""
    relapse = {"median_days": MEDIAN, "shape": SHAPE, "share_of_setbacks": 1e-9}
    cause = Cause(
        {"length_of_stay": fixed(1e6)},
        {"relapse": relapse, "setback": {"duration_days": fixed(0.01)}},
        lambda records: np.log1p((_state("setback")(records) / MEDIAN) ** SHAPE),
    )
    check(*ratios(cause, {"relapse": 2.0, "levels": {"ward": {"relapse": 3.0}}}), in_ward=6.0, elsewhere=2.0)


def test_effects_of_two_attributes_multiply() -> None:
    def stays(effects: dict[str, Any]) -> Records:
        return run(
            scenario(
                {"ward": {"length_of_stay": fixed(1e6), "dropout": exponential(10)}},
                population={"kind": {"plain": 0.5, "marked": 0.5}, "work": {"no": 0.5, "yes": 0.5}},
                effects=effects,
                **cohort(400, LONG),
            )
        )

    before = stays({})
    after = stays(
        {"kind": {"marked": {"dropout": 3.0}}, "work": {"yes": {"dropout": 0.5, "levels": {"ward": {"dropout": 0.2}}}}}
    )
    kind, work = where(after.patients, kind="marked"), where(after.patients, work="yes")
    expected = np.where(kind, 3.0, 1.0) * np.where(work, 0.5 * 0.2, 1.0)
    assert before.stays["discharged"] / after.stays["discharged"] == pytest.approx(expected, rel=1e-9)


def test_length_of_stay_is_a_ratio_of_durations() -> None:
    level = {"length_of_stay": exponential(10)}
    cause = Cause(level, {}, _stay("completed"))
    effects = {"length_of_stay": 0.5, "levels": {"ward": {"length_of_stay": 4.0}}}
    check(*ratios(cause, effects), in_ward=0.5, elsewhere=2.0)


def odds(share: float, ratio: float) -> float:
    """The share whose odds are `ratio` times those of `share`."""
    return share * ratio / (1 - share + share * ratio)


def test_no_show_is_an_odds_ratio() -> None:
    """0.2 has odds 1/4: twice that is a share of 1/3, six times 0.6."""
    cause = Cause({"length_of_stay": fixed(1), "no_show": 0.2}, {}, lambda records: records.waits["ended"])
    check_odds(cause, "no_show", 0.2, lambda records: where(records.waits, outcome="no_show"))
    assert odds(0.2, 2) == pytest.approx(1 / 3)
    assert odds(0.2, 6) == pytest.approx(0.6)


def test_linkage_is_an_odds_ratio() -> None:
    """0.2 over two targets: the effect is on the odds of any link, not of each."""
    to = [{"to": "next", "probability": 0.15}, {"to": "third", "probability": 0.05}]
    more = {"next": {"length_of_stay": fixed(1)}, "third": {"length_of_stay": fixed(1)}}
    cause = Cause({"length_of_stay": fixed(1), "next": to}, {}, lambda records: records.stays["ready"])

    def linked(records: Records) -> np.ndarray:
        later = np.zeros(PEOPLE, dtype=bool)
        later[records.stays["patient"][records.stays["level"] >= 2]] = True
        return later

    check_odds(cause, "linkage", 0.2, linked, more)


def check_odds(cause: Cause, name: str, share: float, happened: Measure, more: dict[str, Any] | None = None) -> None:
    """The marked have twice the odds, in the ward six times; whoever it happened to before, it still does."""
    before, records = (
        run(system(cause, e, **(more or {}))) for e in ({}, {name: 2.0, "levels": {"ward": {name: 3.0}}})
    )
    seen = {"before": happened(before), "after": happened(records)}
    marked = where(records.patients, kind="marked")
    ward = np.zeros(PEOPLE, dtype=bool)
    ward[records.waits["patient"][where(records.waits, level="ward")]] = True
    assert (seen["after"][~marked] == seen["before"][~marked]).all()
    assert seen["after"][marked][seen["before"][marked]].all()
    assert_share(seen["before"], share)
    assert_share(seen["after"][marked & ~ward], odds(share, 2))
    assert_share(seen["after"][marked & ward], odds(share, 6))


def test_return_to_care_is_an_odds_ratio() -> None:
    """Everyone reneges on day 1; a share of 0.4 asks again on day 3, of the marked with odds 2/3 x 3 one of 2/3."""

    def returned(effects: dict[str, Any]) -> Records:
        return run(
            scenario(
                {"ward": {"length_of_stay": fixed(1), "places": ["beds"], "patience": fixed(1)}},
                {"beds": 0},
                population={"kind": {"plain": 0.5, "marked": 0.5}},
                return_to_care={"probability": 0.4, "delay_days": fixed(2)},
                effects=effects,
                **cohort(PEOPLE, 4),
            )
        )

    records = returned({"kind": {"marked": {"return_to_care": 3.0}}})
    back = np.isin(np.arange(PEOPLE), records.waits["patient"][records.waits["asked"] == 3.0])
    marked = where(records.patients, kind="marked")
    assert_share(back[marked], 2 / 3)
    assert_share(back[~marked], 0.4)


def test_relapse_effects_of_a_level_last_until_the_next_admission() -> None:
    """One protected day in a ward whose own effect is 3, then home: the ratio goes home with the patient."""

    def hazards(effects: dict[str, Any]) -> np.ndarray:
        records = run(
            scenario(
                {"ward": {"length_of_stay": fixed(1), "relapse_exposure": 0.0}},
                relapse={"median_days": 1.0, "shape": 1.0},
                population={"kind": {"all": 1.0}},
                effects={"kind": {"all": effects}},
                **cohort(PEOPLE, LONG),
            )
        )
        relapses = where(records.spells, state="unwell") & (records.spells["started"] > 0)
        return np.log1p(first(records.spells, "started", PEOPLE, relapses) - 1.0)

    plain, raised = hazards({}), hazards({"levels": {"ward": {"relapse": 3.0}}})
    known = np.isfinite(plain)
    assert known.mean() > 0.99
    assert plain[known] / raised[known] == pytest.approx(3.0, rel=1e-6)


@pytest.mark.parametrize("loading", [1.0, 0.5, 0.0, -1.0])
def test_frailty_multiplies_the_hazard_of_dropout_by_its_loading(loading: float) -> None:
    """exp(sd x loading x Z), exactly, for each patient."""

    def stays(**frailty: float) -> Records:
        ward = {"length_of_stay": fixed(1e6), "dropout": exponential(10), "burnout": exponential(1e5)}
        return run(scenario({"ward": ward}, frailty=frailty, **cohort(300, LONG)))

    plain, frail = stays(sd=0.0), stays(sd=0.7, dropout=loading)
    expected = np.exp(0.7 * loading * frail.patients["frailty"])
    both = where(plain.stays, reason="dropped_out") & where(frail.stays, reason="dropped_out")
    assert both.mean() > 0.95
    ratio = plain.stays["discharged"] / frail.stays["discharged"]
    assert ratio[both] == pytest.approx(expected[both], rel=1e-9)


def test_setback_at_the_door_is_an_odds_ratio() -> None:
    """A share of 0.2 of those who complete the stay use on that day, as setbacks all but one in a milliard."""
    level = {
        "length_of_stay": fixed(5),
        "round_the_clock": True,
        "relapse_exposure": 0.0,
        "risk_at_discharge": {"completed": 0.2},
    }
    parts = {
        "relapse": {"median_days": 1e6, "shape": 1.0, "share_of_setbacks": 1e-9},
        "setback": {"duration_days": fixed(1), "into_relapse_days": fixed(1)},
    }

    def used(records: Records) -> np.ndarray:
        return first(records.spells, "started", PEOPLE, where(records.spells, state="setback")) == 5

    check_odds(Cause(level, parts, used, days=8), "risk_at_discharge", 0.2, used)
