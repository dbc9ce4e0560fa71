"""How long a stay lasts and what ends it: reviews, early step-down, authorised days, causes of leaving, groups."""

from typing import Any

import numpy as np
import pytest
from model.histories import FOREVER, assert_share, rows, run, where
from support import cohort, exponential, fixed, scenario

PEOPLE = 3_000


def one_stay(**level: Any) -> tuple[Any, ...]:
    """(discharged, reason, ready) of one patient in a ward for 20 days unless it says otherwise."""
    system = scenario({"ward": {"length_of_stay": fixed(20), **level}}, **cohort(1, FOREVER))
    return rows(run(system).stays, "discharged", "reason", "ready")[0]


@pytest.mark.parametrize(("ready", "seen"), [(10, 14), (14, 14), (14.001, 21), (0.5, 7), (7, 7), (20, 21)])
def test_a_finished_plan_is_seen_at_the_first_review_after_it(ready: float, seen: float) -> None:
    assert one_stay(length_of_stay=fixed(ready), review_every_days=7.0) == (seen, "completed", seen)


def test_without_reviews_the_plan_ends_the_stay() -> None:
    assert one_stay() == (20, "completed", 20)


@pytest.mark.parametrize(
    ("from_day", "ends"),
    [
        (0.0, (7, "transferred", 7)),
        (7.0, (7, "transferred", 7)),
        (7.5, (14, "transferred", 14)),
        (15.0, (21, "completed", 21)),
    ],
)
def test_certain_early_step_down_comes_at_the_first_review_from_its_day(from_day: float, ends: object) -> None:
    """The plan takes 20 days; who is ready at a review completes there, whatever early step-down says."""
    assert one_stay(review_every_days=7.0, early_step_down={"from_day": from_day, "probability": 1.0}) == ends


def test_early_step_down_with_probability_0_never_comes() -> None:
    assert one_stay(review_every_days=7.0, early_step_down={"from_day": 0.0, "probability": 0.0})[1] == "completed"


def test_early_step_down_has_its_share_at_each_review() -> None:
    """0.3 of those still there at days 14 and 21 (not 7); the plan ends on day 28."""
    ward = {
        "length_of_stay": fixed(28),
        "review_every_days": 7.0,
        "early_step_down": {"from_day": 10.0, "probability": 0.3},
    }
    stays = run(scenario({"ward": ward}, **cohort(PEOPLE, FOREVER))).stays
    days, early = stays["discharged"], where(stays, reason="transferred")
    assert set(days) == {14, 21, 28}
    assert_share(early & (days == 14), 0.3)
    assert_share(early & (days == 21), 0.7 * 0.3)
    assert_share(~early & (days == 28), 0.49)
    assert where(stays, reason="completed")[~early].all()


@pytest.mark.parametrize("authorised", [0.5, 12.0, 19.999])
def test_authorised_days_terminate_at_exactly_that_day(authorised: float) -> None:
    assert one_stay(authorised_days=authorised) == (authorised, "terminated", authorised)


def test_authorised_days_that_suffice_change_nothing() -> None:
    assert one_stay(authorised_days=20.0) == (20, "completed", 20)


@pytest.mark.parametrize(
    ("extension", "ends"),
    [
        ({"days": 3.0, "probability": 0.0}, (12, "terminated", 12)),
        ({"days": 3.0, "probability": 1.0, "at_most": 2}, (18, "terminated", 18)),
        ({"days": 4.0, "probability": 1.0, "at_most": 2}, (20, "completed", 20)),
        ({"days": 3.0, "probability": 1.0}, (20, "completed", 20)),
    ],
)
def test_reviews_extend_authorised_days(extension: dict[str, Any], ends: object) -> None:
    assert one_stay(authorised_days=12.0, extension=extension) == ends


def test_each_extension_is_granted_to_its_share() -> None:
    """Of those whose 5 days are used up 0.6 have 4 more, and 0.6 of these again; the plan ends on day 12."""
    ward = {
        "length_of_stay": fixed(12),
        "authorised_days": 5.0,
        "extension": {"days": 4.0, "probability": 0.6},
    }
    stays = run(scenario({"ward": ward}, **cohort(PEOPLE, FOREVER))).stays
    days, cut = stays["discharged"], where(stays, reason="terminated")
    assert set(days) == {5, 9, 12}
    assert_share(cut & (days == 5), 0.4)
    assert_share(cut & (days == 9), 0.6 * 0.4)
    assert_share(~cut & (days == 12), 0.36)


def test_a_payer_authorises_days_of_its_own() -> None:
    """Those whose payer states none have the level's; one that is never used up changes nothing."""
    ward = {
        "length_of_stay": fixed(20),
        "authorised_days": 15.0,
        "rates": {
            "medicaid": {"authorised_days": 7.0, "extension": {"days": 2.0, "probability": 1.0, "at_most": 1}},
            "county": {"authorised_days": 100.0},
            "grant": {"per_day": 10.0},
        },
    }
    paid = {
        "population": {"payer": {"medicaid": 0.25, "county": 0.25, "grant": 0.25, "nobody": 0.25}},
        "reimbursement": {"attribute": "payer", "residual_payer": "county"},
    }
    records = run(scenario({"ward": ward}, **cohort(200, FOREVER), **paid))
    payer = records.patients["payer"][records.stays["patient"]]
    for code, day in enumerate((9, 20, 15, 15)):
        assert set(records.stays["discharged"][payer == code]) == {day}


def test_authorised_days_count_to_the_review_that_would_have_ended_the_stay() -> None:
    assert one_stay(review_every_days=7.0, authorised_days=20.5) == (20.5, "terminated", 20.5)


def test_early_step_down_may_come_before_the_authorised_days() -> None:
    early = {"from_day": 0.0, "probability": 1.0}
    assert one_stay(review_every_days=7.0, early_step_down=early, authorised_days=12.0)[:2] == (7, "transferred")
    assert one_stay(review_every_days=14.0, early_step_down=early, authorised_days=12.0)[:2] == (12, "terminated")


CAUSES = {"dropout": "dropped_out", "burnout": "burned_out", "termination": "terminated", "transfer": "transferred"}


@pytest.mark.parametrize(("cause", "reason"), CAUSES.items())
def test_each_cause_ends_the_stay_by_its_reason(cause: str, reason: str) -> None:
    """Who drops or burns out never finished anything; the others are ready when the stay ends."""
    ready = None if cause in ("dropout", "burnout") else 5
    assert one_stay(**{cause: fixed(5)}) == (5, reason, ready)
    assert one_stay(**{cause: fixed(20)}) == (20, "completed", 20)
    assert one_stay(**{cause: fixed(30)}) == (20, "completed", 20)


@pytest.mark.parametrize("earliest", CAUSES)
def test_the_earliest_cause_wins(earliest: str) -> None:
    causes = {cause: fixed(4 if cause == earliest else 6 + i) for i, cause in enumerate(CAUSES)}
    assert one_stay(**causes, authorised_days=5.0)[:2] == (4, CAUSES[earliest])


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize(("plan", "ends"), [(20, 8), (90, 36), (1000, 400)])
def test_a_cause_of_the_plan_ends_a_stay_at_a_share_of_it(cause: str, plan: float, ends: float) -> None:
    clock = {**fixed(0.4), "of": "plan"}
    assert one_stay(length_of_stay=fixed(plan), **{cause: clock})[:2] == (ends, CAUSES[cause])


def test_the_plan_that_a_cause_is_of_is_the_patients_own_before_reviews_and_authorised_days() -> None:
    """Planned 20 days times 1.5, which would be seen on day 35; 0.9 of it is day 27, whatever else would end it."""
    twice = {"population": {"all": {"yes": 1.0}}, "effects": {"all": {"yes": {"length_of_stay": 1.5}}}}
    ward = {"length_of_stay": fixed(20), "review_every_days": 7.0, "transfer": {**fixed(0.9), "of": "plan"}}
    for authorised in ({}, {"authorised_days": 30.0}):
        stays = run(scenario({"ward": {**ward, **authorised}}, **twice, **cohort(1, FOREVER))).stays
        assert rows(stays, "discharged", "reason") == [(27, "transferred")]


def test_a_share_of_the_plan_above_1_ends_only_stays_that_wait_for_a_review() -> None:
    late = {**fixed(1.1), "of": "plan"}
    assert one_stay(dropout=late)[:2] == (20, "completed")
    assert one_stay(review_every_days=30.0, dropout=late)[:2] == (22, "dropped_out")


def test_what_a_cause_is_of_moves_nobodys_luck() -> None:
    """Plans of one day each: a share of the plan is a number of days."""
    ward = {"length_of_stay": fixed(1), "review_every_days": 40.0}
    stays = [
        run(scenario({"ward": {**ward, "dropout": {**exponential(30), "of": of}}}, **cohort(300, FOREVER))).stays
        for of in ("days", "plan")
    ]
    assert rows(stays[0], "discharged", "reason") == rows(stays[1], "discharged", "reason")


def test_causes_do_not_wait_for_a_review() -> None:
    assert one_stay(review_every_days=7.0, dropout=fixed(8))[:2] == (8, "dropped_out")


def test_nobody_links_after_dropping_or_burning_out() -> None:
    for cause in ("dropout", "burnout"):
        levels = {
            "ward": {"length_of_stay": fixed(20), cause: fixed(5), "next": [{"to": "iop", "probability": 1.0}]},
            "iop": {"length_of_stay": fixed(5)},
        }
        assert rows(run(scenario(levels, **cohort(1, 50))).stays, "level", "next_level") == [("ward", None)]


def dropouts(people: int, group: dict[str, Any] | None, places: int | None = None) -> np.ndarray:
    """Days to drop-out of a closed cohort."""
    ward = {"length_of_stay": fixed(1e6), "dropout": exponential(10), "places": [] if places is None else ["seats"]}
    system = scenario(
        {"ward": {**ward, **({"group": group} if group else {})}},
        {} if places is None else {"seats": places},
        **cohort(people, 30_000),
    )
    stays = run(system).stays
    assert where(stays, reason="dropped_out").all()
    return stays["discharged"] - stays["admitted"]


def group(ratio: float) -> dict[str, Any]:
    """Two groups of four."""
    sessions = {"sessions_per_week": 3.0, "hours_per_session": 3.0}
    return {"size": 4, "groups": 2, **sessions, "dropout_ratio_when_full": ratio}


@pytest.mark.parametrize("ratio", [16.0, 0.25])
def test_a_full_group_multiplies_dropout_by_its_ratio_and_half_a_group_by_the_root(ratio: float) -> None:
    """Hazard ratio `ratio` ** (share of seats taken at admission, one's own included), one after the other."""
    plain, grouped = dropouts(8, None, 8), dropouts(8, group(ratio), 8)
    assert plain / grouped == pytest.approx([ratio ** (i / 8) for i in range(1, 9)], rel=1e-9)


def test_who_was_granted_a_place_and_does_not_come_fills_no_group() -> None:
    """Six are granted places at one instant; of those who come, each finds only the ones who came before."""
    ward = {
        "places": ["seats"],
        "length_of_stay": fixed(1e6),
        "dropout": exponential(10),
        "no_show": 0.5,
        "group": group(16.0),
    }
    stays = [
        run(scenario({"ward": {**ward, "group": each}}, {"seats": 6}, **cohort(6, FOREVER)), seed=2).stays
        for each in (group(16.0), None)
    ]
    grouped, plain = (each["discharged"] for each in stays)
    assert 1 < len(plain) < 6
    assert plain / grouped == pytest.approx([16 ** (i / 8) for i in range(1, len(plain) + 1)], rel=1e-9)


def test_a_group_is_never_more_than_full() -> None:
    plain, grouped = dropouts(40, None), dropouts(40, group(16.0))
    assert plain / grouped == pytest.approx([16 ** (min(i, 8) / 8) for i in range(1, 41)], rel=1e-9)


def test_fullness_counts_who_is_there_at_admission() -> None:
    """Nine for eight seats: the ninth comes in when the first leaves, and the group is full again."""
    plain, grouped = dropouts(9, None, 8), dropouts(9, group(16.0), 8)
    assert plain / grouped == pytest.approx([16 ** (i / 8) for i in (*range(1, 9), 8)], rel=1e-6)


def test_a_group_with_ratio_1_changes_nothing() -> None:
    assert (dropouts(20, group(1.0), 8) == dropouts(20, None, 8)).all()
