"""Whatever someone could go round in no time is refused, with every step of it."""

import re
from typing import Any

import pytest
from support import exponential, fixed, scenario

import sim

AT_ONCE = fixed(0.0)
NEVER_LONG = {"distribution": "uniform", "low": 0.0, "high": 1e-9}
ALMOST_NEVER = {"distribution": "discrete", "values": [0.0, 10.0], "shares": [1.0, 0.0]}
CUT = {"distribution": "weibull", "shape": 0.5, "scale": 10.0, "max": 0.0}
BACK = {"probability": 1.0, "delay_days": AT_ONCE}


def ward(**parts: Any) -> dict[str, Any]:
    return {"length_of_stay": fixed(9), "places": ["beds"], **parts}


def refusal(levels: dict[str, Any], **parts: Any) -> str:
    with pytest.raises(sim.ScenarioError) as raised:
        scenario(levels, {"beds": 2}, **parts)
    (problem,) = raised.value.problems
    return f"{problem.path}: {problem.message}"


def sound(levels: dict[str, Any], **parts: Any) -> None:
    short = {"time": {"recruitment_days": 20, "follow_up_days": 20}}
    sim.run(scenario(levels, {"beds": 2}, **{**short, **parts}), 1)


def test_a_share_of_the_plan_that_is_no_time_is_refused_and_one_that_is_some_is_not() -> None:
    def going_round(share: float, plan: float) -> dict[str, Any]:
        clock = {"distribution": "fixed", "value": share, "of": "plan"}
        again = {"after": ["transferred"], "to": "ward", "probability": 0.95}
        return {"ward": ward(length_of_stay=fixed(plan), transfer=clock, next=[again])}

    assert "people could go round in no time: levels.ward.transfer" in refusal(going_round(0.0, 9.0))
    assert "levels.ward.transfer" in refusal(going_round(1e-5, 1e-3))
    sound(going_round(1e-5, 900.0))


@pytest.mark.parametrize("nothing", [AT_ONCE, NEVER_LONG, ALMOST_NEVER, CUT])
def test_whoever_gives_up_at_once_and_asks_again_at_once(nothing: dict[str, Any]) -> None:
    text = refusal({"ward": ward(patience=nothing)}, return_to_care={"probability": 1.0, "delay_days": nothing})
    assert text == (
        "return_to_care.delay_days: people could go round in no time: outside care until return_to_care.delay_days, "
        "levels.ward.patience"
    )


def test_whoever_never_comes_and_asks_again_at_once() -> None:
    assert "levels.ward.no_show" in refusal({"ward": ward(no_show=1.0)}, return_to_care=BACK)
    assert "levels.ward.no_show" in refusal({"ward": ward(places=[], no_show=0.95)}, return_to_care=BACK)


@pytest.mark.parametrize(
    ("steps", "lost_in"),
    [
        ([{"name": "call", "lost_at_once": 1.0}], "0.lost_at_once"),
        ([{"name": "call", "lost_at_once": 0.9}, {"name": "test", "lost_at_once": 0.9}], "0.lost_at_once"),
        (
            [{"name": "call", "delay_days": AT_ONCE}, {"name": "test", "delay_days": fixed(1), "patience": AT_ONCE}],
            "1.patience",
        ),
        ([{"name": "test", "slots_per_day": 1, "patience": AT_ONCE}], "0.patience"),
    ],
)
def test_whoever_is_lost_at_once_in_a_step_and_asks_again_at_once(steps: list[dict[str, Any]], lost_in: str) -> None:
    assert f"levels.ward.access.{lost_in}" in refusal({"ward": ward(access=steps)}, return_to_care=BACK)


def test_a_step_that_takes_time_keeps_people_from_going_round() -> None:
    call = {"name": "call", "delay_days": fixed(1)}
    sound({"ward": ward(access=[call, {"name": "test", "lost_at_once": 1.0}])}, return_to_care=BACK)
    sound({"ward": ward(access=[{**call, "lost_at_once": 0.5}], patience=AT_ONCE)}, return_to_care=BACK)


@pytest.mark.parametrize("cause", ["dropout", "burnout", "termination", "transfer"])
def test_a_stay_that_ends_at_once_still_unwell(cause: str) -> None:
    parts = {cause: AT_ONCE, "days_to_remission": exponential(3)}
    assert f"levels.ward.{cause}" in refusal({"ward": ward(**parts)}, return_to_care=BACK)


def test_a_next_level_that_is_asked_for_in_vain() -> None:
    link = {"to": "clinic", "probability": 1.0, "after": ["transferred"]}
    detox = ward(transfer=AT_ONCE, days_to_remission=exponential(3), next=[link])
    levels = {"detox": detox, "clinic": ward(patience=AT_ONCE)}
    assert "levels.detox.transfer, levels.clinic.patience" in refusal(levels, return_to_care=BACK)


def test_levels_that_hand_over_at_once_and_back() -> None:
    one = ward(transfer=AT_ONCE, next=[{"to": "two", "probability": 1.0, "after": ["transferred"]}])
    two = ward(
        termination=AT_ONCE,
        next=[{"to": "one", "probability": 1.0, "after": ["terminated"], "delay_days": AT_ONCE}],
    )
    assert refusal({"one": one, "two": two}) == (
        "levels.one: people could go round in no time: levels.one.transfer, levels.one.next to two; "
        "levels.two.termination, levels.two.next to one"
    )
    two["next"][0]["delay_days"] = exponential(0.1)
    sound({"one": one, "two": two})
    two["next"][0] |= {"delay_days": AT_ONCE, "probability": 0.5}
    sound({"one": one, "two": two})


def test_only_kinds_of_patients_who_exist_go_round() -> None:
    """One way is open to some, the way back to the others: nobody goes round."""
    population = {"severity": {"high": 0.5, "low": 0.5}}

    def link(to: str, severity: str) -> dict[str, Any]:
        return {"to": to, "probability": 0.95, "after": ["transferred"], "when": {"severity": severity}}

    one, two = ward(transfer=AT_ONCE, next=[link("two", "high")]), ward(transfer=AT_ONCE, next=[link("one", "low")])
    sound({"one": one, "two": two}, population=population)
    two["next"] = [link("one", "high")]
    assert "levels.two.transfer" in refusal({"one": one, "two": two}, population=population)


def test_what_takes_time_somewhere_is_sound() -> None:
    """Distributions that reach down to 0; giving up at once with a later return; being well or remission at once."""
    sound({"ward": ward(patience=exponential(0.5))}, return_to_care=BACK)
    sound({"ward": ward(patience=AT_ONCE)}, return_to_care={"probability": 1.0, "delay_days": exponential(0.5)})
    sound({"ward": ward(patience=AT_ONCE)}, return_to_care={"probability": 0.0, "delay_days": AT_ONCE})
    sound({"ward": ward(dropout=AT_ONCE)}, return_to_care=BACK, relapse={"median_days": 9.0, "shape": 1.0})
    sound({"ward": ward()}, remission=AT_ONCE, relapse={"median_days": 9.0, "shape": 1.0}, return_to_care=BACK)


def test_rounds_that_need_a_chance_each_time_are_sound() -> None:
    """0.05 x 0.3, patience 0 with 0.3, and a half: each soon comes to an end. 0.95 x 0.95 is refused, less is not."""
    sound({"ward": ward(no_show=0.05)}, return_to_care={"probability": 0.3, "delay_days": AT_ONCE})
    sound({"ward": ward(patience=AT_ONCE)}, return_to_care={"probability": 0.3, "delay_days": AT_ONCE})
    sound({"ward": ward(places=[], no_show=0.5)}, return_to_care=BACK)
    back = {"probability": 0.95, "delay_days": AT_ONCE}
    assert "no_show" in refusal({"ward": ward(no_show=0.95)}, return_to_care=back)
    scenario({"ward": ward(no_show=0.94)}, {"beds": 2}, return_to_care=back)


def test_shares_of_those_who_ask_in_vain_add_up() -> None:
    """Half ask for one level, half for another, each in vain: nobody gets anywhere."""
    levels = {"one": ward(patience=AT_ONCE), "two": ward(patience=AT_ONCE)}
    entry = [{"to": {"one": 0.5, "two": 0.5}}]
    assert "levels.one.patience" in refusal(levels, return_to_care=BACK, entry=entry)
    levels["two"] = ward()
    sound(levels, return_to_care=BACK, entry=entry)


def test_the_likeliest_circle_is_found_beside_less_likely_ones() -> None:
    """Three handovers at 0.96: 0.885 go round all, but 0.92 go round the last two."""

    def handing_over(to: str, probability: float) -> dict[str, Any]:
        return ward(transfer=AT_ONCE, next=[{"to": to, "probability": probability, "after": ["transferred"]}])

    three = {"one": handing_over("two", 0.96), "two": handing_over("three", 0.96), "three": handing_over("one", 0.96)}
    scenario(three, {"beds": 2})
    assert "levels.three.transfer" in refusal({**three, "three": handing_over("two", 0.96)})


def test_the_time_that_is_advised_is_enough() -> None:
    """The hint's own number, in place of none: the run goes to its end, though nobody is ever admitted."""
    with pytest.raises(sim.ScenarioError) as raised:
        scenario({"ward": ward(patience=AT_ONCE)}, {"beds": 0}, return_to_care=BACK)
    advised = re.search(r"\(([\d.]+) days\)", raised.value.problems[0].hint or "")
    assert advised is not None
    days = fixed(float(advised[1]))
    for patience, delay in ((days, AT_ONCE), (AT_ONCE, days)):
        system = scenario(
            {"ward": ward(patience=patience)},
            {"beds": 0},
            return_to_care={"probability": 1.0, "delay_days": delay},
            arrivals={"closed_cohort": 2},
            time={"follow_up_days": 365},
        )
        assert len(sim.run(system, 1, keep_records=True).waits) == pytest.approx(2 * 365 / float(advised[1]), rel=0.01)


def test_a_stay_takes_time() -> None:
    for nothing in (AT_ONCE, NEVER_LONG, fixed(5e-324)):
        assert refusal({"ward": ward(length_of_stay=nothing)}) == (
            "levels.ward.length_of_stay: must be above 0: a stay takes time"
        )
