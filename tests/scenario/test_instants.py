"""Whatever someone could go round in no time is refused, with every step of it."""

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
    sim.run(scenario(levels, {"beds": 2}, **parts), 1)


@pytest.mark.parametrize("nothing", [AT_ONCE, NEVER_LONG, ALMOST_NEVER, CUT])
def test_whoever_gives_up_at_once_and_asks_again_at_once(nothing: dict[str, Any]) -> None:
    text = refusal({"ward": ward(patience=nothing)}, return_to_care={"probability": 0.5, "delay_days": nothing})
    assert text == (
        "return_to_care.delay_days: people could go round in no time: outside care until return_to_care.delay_days, "
        "levels.ward.patience"
    )


def test_whoever_never_comes_and_asks_again_at_once() -> None:
    assert "levels.ward.no_show" in refusal({"ward": ward(no_show=1.0)}, return_to_care=BACK)
    assert "levels.ward.no_show" in refusal({"ward": ward(places=[], no_show=0.2)}, return_to_care=BACK)


@pytest.mark.parametrize("cause", ["dropout", "burnout", "termination", "transfer"])
def test_a_stay_that_ends_at_once_still_using(cause: str) -> None:
    parts = {cause: AT_ONCE, "days_to_abstinence": exponential(3)}
    assert f"levels.ward.{cause}" in refusal({"ward": ward(**parts)}, return_to_care=BACK)


def test_a_next_level_that_is_asked_for_in_vain() -> None:
    link = {"to": "clinic", "probability": 1.0, "after": ["transferred"]}
    detox = ward(transfer=AT_ONCE, days_to_abstinence=exponential(3), next=[link])
    levels = {"detox": detox, "clinic": ward(patience=AT_ONCE)}
    assert "levels.detox.transfer, levels.clinic.patience" in refusal(levels, return_to_care=BACK)


def test_levels_that_hand_over_at_once_and_back() -> None:
    one = ward(transfer=AT_ONCE, next=[{"to": "two", "probability": 0.5, "after": ["transferred"]}])
    two = ward(
        termination=AT_ONCE,
        next=[{"to": "one", "probability": 0.5, "after": ["terminated"], "delay_days": AT_ONCE}],
    )
    assert refusal({"one": one, "two": two}) == (
        "levels.one: people could go round in no time: levels.one.transfer, levels.one.next to two; "
        "levels.two.termination, levels.two.next to one"
    )
    two["next"][0]["delay_days"] = exponential(0.1)
    sound({"one": one, "two": two})


def test_only_kinds_of_patients_who_exist_go_round() -> None:
    """One way is open to some, the way back to the others: nobody goes round."""
    population = {"severity": {"high": 0.5, "low": 0.5}}

    def link(to: str, severity: str) -> dict[str, Any]:
        return {"to": to, "probability": 0.5, "after": ["transferred"], "when": {"severity": severity}}

    one, two = ward(transfer=AT_ONCE, next=[link("two", "high")]), ward(transfer=AT_ONCE, next=[link("one", "low")])
    sound({"one": one, "two": two}, population=population)
    two["next"] = [link("one", "high")]
    assert "levels.two.transfer" in refusal({"one": one, "two": two}, population=population)


def test_what_takes_time_somewhere_is_sound() -> None:
    """Distributions that reach down to 0; giving up at once with a later return; abstinence or remission at once."""
    sound({"ward": ward(patience=exponential(0.5))}, return_to_care=BACK)
    sound({"ward": ward(patience=AT_ONCE)}, return_to_care={"probability": 1.0, "delay_days": exponential(0.5)})
    sound({"ward": ward(patience=AT_ONCE)}, return_to_care={"probability": 0.0, "delay_days": AT_ONCE})
    sound({"ward": ward(dropout=AT_ONCE)}, return_to_care=BACK, relapse={"median_days": 9.0, "shape": 1.0})
    sound({"ward": ward()}, remission=AT_ONCE, relapse={"median_days": 9.0, "shape": 1.0}, return_to_care=BACK)


def test_a_stay_takes_time() -> None:
    for nothing in (AT_ONCE, NEVER_LONG, fixed(5e-324)):
        assert refusal({"ward": ward(length_of_stay=nothing)}) == (
            "levels.ward.length_of_stay: must be above 0: a stay takes time"
        )
