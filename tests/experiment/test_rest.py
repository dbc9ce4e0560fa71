"""A system at rest: the rate of moving away against a closed form, and the pool against theory."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import exponential, fixed, scenario

import sim
from sim.experiment.rest import (
    LIFETIME,
    Exit,
    NeverAtRest,
    Rest,
    _with_room,
    moving_away,
    pool_at_end,
    rest,
    write_rest,
)
from sim.model import replicate
from sim.report.rest import rest_lines
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_YEAR, UNWELL, WELL

BRIEF = {"ward": {"length_of_stay": fixed(1), "days_to_remission": fixed(100)}}
"""A day in care, of which everybody comes home using."""


def visited(**parts: Any) -> Scenario:
    return scenario(BRIEF, **parts)


def test_the_rate_at_which_people_must_move_away() -> None:
    """With d years at home before each return, a newcomer makes 1 / (exp(m d) - 1) of them: the share is exp(-m d)."""
    years = 2_000 / DAYS_PER_YEAR
    system = visited(return_to_care={"probability": 1.0, "delay_days": fixed(2_000)})
    for share in (0.3, 0.6):
        found = moving_away(system, share)
        assert found.rate == pytest.approx(-math.log(share) / years, rel=1e-4)
        assert found.error == pytest.approx(0.0, abs=1e-9)


def test_with_room_for_everyone_nobody_waits_for_a_day_or_an_appointment() -> None:
    """A thousand ask on one day of a ward that admits one person a day, on Mondays, and assesses one a day: with
    room for all, each is there after the five days that a call takes."""
    access = [{"name": "call", "delay_days": fixed(5)}, {"name": "assessment", "slots_per_day": 1}]
    limits = {"intake": {"days": ["mon"], "most_per_day": 1}, "list_cap": 3, "access": access}
    ward = {**BRIEF["ward"], "places": ["beds"], "patience": fixed(20), **limits}
    returning = {"return_to_care": {"probability": 1.0, "delay_days": fixed(2_000)}}
    system = scenario({"ward": ward}, {"beds": 1}, **returning).with_overrides(
        {
            "places.beds.weekly": [{"days": ["sat"], "capacity": 0}],
            "places.beds.changes": [{"from_day": 9, "capacity": 0}],
        }
    )
    waits = replicate(_with_room(system), 1, 0).waits.frame()
    assert set(waits["outcome"]) <= {"admitted", "passed", "end_of_follow_up"}
    assert set((waits["ended"] - waits["called"])[waits["outcome"] == "admitted"]) == {5.0}
    found = moving_away(system, 0.3)
    assert found.rate == pytest.approx(-math.log(0.3) / (2_000 / DAYS_PER_YEAR), rel=1e-4)


def test_a_return_that_not_all_make() -> None:
    """A geometric number of returns after exponential times: R = q / (1 - q) with q = p / (1 + m d)."""
    system = visited(return_to_care={"probability": 0.8, "delay_days": exponential(2 * DAYS_PER_YEAR)})
    found = moving_away(system, 0.6, seed=4)
    # Of all calls a share q are returns.
    assert abs(found.rate - (0.8 / 0.6 - 1) / 2) < 3 * found.error
    assert 0 < found.error < 0.03


def test_no_rate_brings_about_more_returns_than_there_are() -> None:
    system = visited(return_to_care={"probability": 0.5, "delay_days": exponential(100)})
    with pytest.raises(
        NeverAtRest, match=r"60.0% of calls cannot be .* if nobody ever moves away they are (48|49|50|51)\.\d%"
    ):
        moving_away(system, 0.6)
    with pytest.raises(NeverAtRest, match=r"100\.0% of calls cannot be"):
        moving_away(system, 1.0)


def moving(rate: float | None, per_day: float = 0.3) -> Scenario:
    """Who leaves the ward uses at home for good, or until they move away."""
    return visited(
        arrivals={"per_day": per_day},
        exits={} if rate is None else {"moving_away_per_year": rate},
        population={"sex": {"men": 0.6, "women": 0.4}},
        frailty={"sd": 0.5},
    )


def test_the_pool_is_what_comes_in_a_lifetime_in_it() -> None:
    """Little's law: 0.3 a day for two years each make 219 people, who have been there for an exponential time."""
    found = rest(moving(0.5), replications=4)
    known = found.scenario.known
    assert known.well.people == 0
    assert abs(known.unwell.people - 219.15) < 4 * math.sqrt(219.15 / 4)
    assert (found.after, found.years) == (known.unwell.people, 40)
    assert found.known_share == 0
    assert known.unwell.days is not None
    assert known.unwell.days.expected() == pytest.approx(2 * DAYS_PER_YEAR, rel=0.12)
    assert known.unwell.population["sex"]["men"] == pytest.approx(0.6, abs=0.07)
    assert abs(known.unwell.frailty) < 0.15
    again = rest(found.scenario, replications=4, seed=2)
    assert again.years == 20
    assert again.before == found.after


def test_a_pool_that_grows_and_grows_comes_to_no_rest() -> None:
    with pytest.raises(NeverAtRest, match=r"no rest in 160 years: the pool of people known has .* let some leave it"):
        rest(moving(None, 0.05), replications=1)
    with pytest.raises(NeverAtRest, match="a closed cohort comes to no rest"):
        rest(visited(arrivals={"closed_cohort": 5}, time={"follow_up_days": 10}))


def test_who_is_in_the_pool_and_for_how_long() -> None:
    """Known since before day 0, recovered at day 30, back in care or on a list, moved away, dead: of each one's days.

    Who is in care is known as well, for a run begins with empty places; unless it says who is in them.
    """
    parts: dict[str, Any] = {"arrivals": {"closed_cohort": 0}, "time": {"follow_up_days": 50}}
    there = {"well": {"people": 40, "days": fixed(60)}, "unwell": {"people": 30, "days": fixed(20)}}
    system = visited(known=there, **parts)
    pool = pool_at_end(replicate(system, 1, 0), system)
    assert (pool[WELL].people, pool[UNWELL].people) == (40, 30)
    assert set(pool[WELL].days) == {110.0}
    assert set(pool[UNWELL].days) == {70.0}
    remitting = visited(known=there, remission=fixed(30), **parts)
    pool = pool_at_end(replicate(remitting, 1, 0), remitting)
    assert (pool[WELL].people, pool[UNWELL].people) == (70, 0)
    assert sorted(set(pool[WELL].days)) == [40.0, 110.0]
    for gone in (
        {"exits": {"moving_away_per_year": 100.0, "recovery_per_year": 100.0}},
        {"death": {"well": 100_000, "unwell": 100_000}},
    ):
        system = visited(known=there, **gone, **parts)
        assert sum(part.people for part in pool_at_end(replicate(system, 1, 0), system).values()) <= 3
    back = visited(known=there, return_to_care={"probability": 1.0, "delay_days": fixed(70)}, **parts)
    held = back.with_overrides({"levels.ward.length_of_stay": fixed(1_000)})
    assert pool_at_end(replicate(held, 1, 0), held)[UNWELL].people == 30
    inside = held.with_overrides({"return_to_care.delay_days": fixed(60)})
    part = pool_at_end(replicate(inside, 1, 0), inside)[UNWELL]
    assert (part.people, set(part.days)) == (30, {0.0})
    waiting = inside.with_overrides({"places": {"beds": {"capacity": 10}}, "levels.ward.places": ["beds"]})
    assert pool_at_end(replicate(waiting, 1, 0), waiting)[UNWELL].people == 30
    stated = waiting.with_overrides({"initial": {"ward": {"in_care": 4, "waiting": 3}}})
    assert pool_at_end(replicate(stated, 1, 0), stated)[UNWELL].people == 0


def test_days_in_care_count_as_exposed_as_they_are() -> None:
    """Ten days of a spell of being well in a ward that halves exposure, and forty at home: 45 exposed days."""
    ward = {"ward": {"length_of_stay": fixed(10), "relapse_exposure": 0.5}}
    system = scenario(ward, arrivals={"closed_cohort": 3}, time={"follow_up_days": 50})
    assert pool_at_end(replicate(system, 1, 0), system)[WELL].days.tolist() == [45.0] * 3


def test_people_in_the_pool_are_as_old_as_they_have_become() -> None:
    bands = {"young": {"youngest": 20, "oldest": 30}, "old": {"youngest": 30, "oldest": 90}}
    system = visited(
        population={"age": {"young": 1.0, "old": 0.0}},
        age=bands,
        arrivals={"closed_cohort": 2_000},
        time={"follow_up_days": 5 * DAYS_PER_YEAR},
    )
    counts = pool_at_end(replicate(system, 1, 0), system)[UNWELL].counts["age"]
    assert abs(counts[1] / 2_000 - 0.5) < 4 * math.sqrt(0.25 / 2_000)


FILE = """# Ours.
name = "Ours"
[time]
warm_up_days = 30     # a month
recruitment_days = 60
follow_up_days = 40
[arrivals]
calls_per_month = 9
known_share = 0.4
[[entry]]
to = { ward = 1.0 }
[levels.ward]
length_of_stay = { distribution = "fixed", value = 1 }
days_to_remission = { distribution = "fixed", value = 100 }
[return_to_care]
probability = 0.9
delay_days = { distribution = "exponential", mean = 400 }
"""


def found_for(path: Path) -> Rest:
    """What was found before anything is written: the pool of a run, and a rate."""
    described = {"unwell": {"people": 12, "days": {"distribution": "discrete", "values": [3.0], "shares": [1.0]}}}
    values = {"exits.moving_away_per_year": 0.2, "known": described}
    return Rest(sim.load_scenario(path).with_overrides(values), Exit(0.2, 0.01), 0.39, 11, 12, 60, 3, values)


@pytest.mark.parametrize(
    "beside",
    [
        "",
        "\n[evidence]\n",
        "\n[exits]\nrecovery_per_year = 0.1 # few\n",
        "\n[known.unwell]\npeople = 3\n\n[known.well]\npeople = 2\n\n[payers]\npayer = 1.0\n",
        '\n[evidence."time.warm_up_days"]\ngrade = "choice"\nsource = "ours"\n',
        "\nexits.moving_away_per_year = 0.3\n",
    ],
)
def test_what_was_found_is_written_beside_what_somebody_wrote(tmp_path: Path, beside: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(FILE + beside if not beside.startswith("\nexits.") else f"{beside}{FILE}")
    found = found_for(path)
    write_rest(path, found)
    written, text = sim.load_scenario(path), path.read_text()
    assert written.known == found.scenario.known
    assert written.exits == found.scenario.exits
    card = written.evidence["exits.moving_away_per_year"]
    assert (card.low, card.high, card.grade) == (0.18, 0.22, "estimated")
    assert written.evidence["known"].source.endswith("12 people after 60 years, mean of 3 runs (stepdown rest)")
    assert "warm_up_days = 30     # a month" in text
    assert ("# few" in beside) == ("recovery_per_year = 0.1 # few" in text)
    assert "arrivals.known_share" not in [warning.path for warning in sim.scenario_warnings(written)]
    write_rest(path, found)
    assert path.read_text() == text


def test_what_is_said_of_it(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(FILE)
    moving, *others = rest_lines(found_for(path))
    assert moving == (
        "moving away: 0.2 a year (standard error 0.01) of former patients at home; then 0.4 of all calls are of people "
        "known already"
    )
    assert others == [
        "in the last of 60 years they were 0.390 of all calls",
        "people known, at rest: 12, of whom 12 using; those in care are among them (20 years before: 11)",
        "using: mean frailty +0.00",
    ]


def test_that_nobody_known_is_on_a_medication_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(f"{FILE}\n[medications.pills]\nat_home = true\nprobability = 0.5\n")
    (said,) = (line for line in rest_lines(found_for(path)) if "medication" in line)
    assert said.startswith("on day 0 none of them is on a medication, although in the long run some are")


def test_calls_in_all_are_newcomers_and_known() -> None:
    """At rest the calls are as many as were stated, and so is the share of people known, within what chance may do."""
    system = visited(
        arrivals={"calls_per_month": 12.0, "known_share": 0.4},
        return_to_care={"probability": 0.9, "delay_days": exponential(400)},
    )
    assert system.arrivals.first_per_day == pytest.approx(12 * 0.6 * 12 / DAYS_PER_YEAR)
    assert [warning.path for warning in sim.scenario_warnings(system)] == ["arrivals.known_share"]
    found = rest(system, replications=2)
    assert found.exit is not None
    assert found.known_share == pytest.approx(0.4, abs=0.04)
    asked = replicate(found.scenario.with_overrides({"time.recruitment_days": LIFETIME / 10}), 3, 0).waits["asked"]
    months = np.ptp(asked) / DAYS_PER_YEAR * 12
    assert len(asked) / months == pytest.approx(12, rel=0.08)
