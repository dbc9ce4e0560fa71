"""A scenario as a picture: which ways it shows, with which numbers, and that all of it can be read."""

from typing import Any

import pandas as pd
import pytest
from report.pictures.figures import check, texts, title
from support import exponential, scenario

import sim
from sim.report.pictures.pathway import pathway_figure, ways
from sim.scenario import Scenario

NAN = float("nan")


def links(system: Scenario, kind: str) -> dict[tuple[str, str], tuple[float, float]]:
    frame = ways(system)
    rows = frame[frame["kind"] == kind].itertuples()
    return {(row.source, row.target): (round(row.low, 12), round(row.high, 12)) for row in rows}


def level(*links: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"length_of_stay": exponential(8), "next": list(links), **more}


def test_newcomers_are_placed_by_the_first_rule_that_fits() -> None:
    system = scenario(
        {"ward": level(), "iop": level()},
        population={"severity": {"mild": 0.3, "severe": 0.7}},
        entry=[
            {"returning": True, "to": {"iop": 1.0}},
            {"when": {"severity": "severe"}, "to": {"ward": 0.5, "iop": 0.5}},
            {"to": {"iop": 1.0}},
        ],
    )
    assert links(system, "entry") == {("asking", "ward"): (0.35, 0.35), ("asking", "iop"): (0.65, 0.65)}


def test_a_link_that_depends_on_the_patient_is_a_range() -> None:
    system = scenario(
        {
            "ward": level(
                {"to": "iop", "probability": 0.4, "when": {"severity": "severe"}},
                {"to": "home_care", "probability": 0.1},
                {"to": "iop", "probability": 0.2, "when": {"severity": "mild"}, "after": ["completed", "transferred"]},
                {"to": "home_care", "probability": 0.3, "after": ["transferred"]},
                transfer=exponential(20),
            ),
            "iop": level(),
            "home_care": level(),
        },
        population={"severity": {"mild": 0.3, "severe": 0.7}},
    )
    assert links(system, "completed") == {("ward", "iop"): (0.2, 0.4), ("ward", "home_care"): (0.1, 0.1)}
    assert links(system, "other") == {("ward", "home_care"): (0.3, 0.3)}
    words = [text for text, _ in texts(pathway_figure(system))]
    assert "20 to 40 %" in words
    assert "10 %" in words


def test_step_up_bridge_and_return() -> None:
    system = scenario(
        {
            "ward": level({"to": "iop", "probability": 0.5}, hand_over="bridge", bridge="interim"),
            "interim": level(),
            "iop": level(on_relapse={"continue": 0.8, "step_up": 0.2}, step_up_to="ward"),
        },
        places={"seats": 4},
        relapse={"median_days": 100.0, "shape": 0.5},
        return_to_care={"probability": 0.3, "delay_days": exponential(30)},
    )
    assert links(system, "step_up") == {("iop", "ward"): (0.2, 0.2)}
    assert set(links(system, "bridge")) == {("ward", "interim")}
    assert links(system, "return") == {("home", "asking"): (0.3, 0.3)}
    assert {source for source, _ in links(system, "home")} == {"ward", "interim", "iop"}
    check(pathway_figure(system))


def test_check_ups_alone_lead_back() -> None:
    """With no share beside the way: none is stated."""
    checkups = {"every_days": 90, "found_share": 0.5, "linked_share": 0.5}
    system = scenario({"ward": level()}, relapse={"median_days": 100.0, "shape": 0.5}, checkups=checkups)
    assert set(links(system, "return")) == {("home", "asking")}
    figure = pathway_figure(system)
    check(figure)
    words = [text for text, _ in texts(figure)]
    assert "asks again, of those who relapsed at home" in words
    assert "nan %" not in words
    assert not links(scenario({"ward": level()}, relapse={"median_days": 100.0, "shape": 0.5}), "return")


def test_emergencies_lead_from_home_and_from_care_that_is_not_round_the_clock() -> None:
    sent_on = {"unwell": 1.0, "in_care": 0.5, "admitted": 0.5, "to": "ward"}
    system = scenario(
        {"ward": level(), "hostel": level(round_the_clock=True), "iop": level(), "clinic": level()},
        emergencies={
            "crisis": sent_on,
            "overdose": sent_on,
            "self_harm": {"in_care": 1.0, "admitted": 0.1, "to": "iop"},
            "fall": {"well": 1.0},
        },
    )
    assert set(links(system, "emergency")) == {
        *(("home", "ward"), ("iop", "ward"), ("clinic", "ward")),
        *(("ward", "iop"), ("clinic", "iop")),
    }
    figure = pathway_figure(system)
    check(figure)
    assert "sent on by an emergency department" in [text for text, _ in texts(figure)]


def test_two_ways_from_one_step_to_another_stand_apart() -> None:
    """Stepped up after a relapse, or sent on by an emergency: no line lies on another."""
    relapses = {"on_relapse": {"continue": 0.8, "step_up": 0.2}, "step_up_to": "ward"}
    system = scenario(
        {"ward": level({"to": "iop", "probability": 0.5}), "iop": level(**relapses)},
        relapse={"median_days": 100.0, "shape": 0.5},
        emergencies={"crisis": {"in_care": 1.0, "admitted": 0.5, "to": "ward"}},
    )
    (axes,) = pathway_figure(system).axes
    ways_up = [line.get_xydata() for line in axes.lines if line.get_ydata()[0] > line.get_ydata()[-1]]
    assert len(ways_up) == 2
    for end in (0, -1):
        assert tuple(ways_up[0][end]) != tuple(ways_up[1][end])


def test_a_level_stands_below_those_that_lead_to_it() -> None:
    system = scenario({"last": level(), "first": level({"to": "last", "probability": 0.5})})
    boxes = {text.split("\n")[0]: box for text, box in texts(pathway_figure(system))}
    assert boxes["first"].y0 > boxes["last"].y0
    assert boxes["first"].x0 < boxes["last"].x0


def test_levels_in_a_circle_are_drawn_too() -> None:
    system = scenario({"a": level({"to": "b", "probability": 0.5}), "b": level({"to": "a", "probability": 0.5})})
    check(pathway_figure(system))


@pytest.mark.parametrize("name", sim.shipped_names())
def test_every_shipped_scenario_can_be_read(name: str) -> None:
    figure = pathway_figure(sim.load_scenario(name))
    check(figure)
    share = {"county": 69, "county_convert": 60}.get(name, 45)
    if name.startswith("depression"):
        assert "100 % of newcomers enter at inpatient" in title(figure)
        words = " ".join(" ".join(each.get_text().split()) for each in figure.texts)
        assert "emergencies, which may lead from anywhere to inpatient" in words
    else:
        assert f"{share} % of newcomers enter at residential" in title(figure) or name == "iop_direct"


def test_nine_levels_with_long_names_that_all_lead_on() -> None:
    names = [f"intensive_therapeutic_community_{i}" for i in range(9)]
    levels = {}
    for i, name in enumerate(names):
        onward = [
            {"to": other, "probability": 0.1, "after": ["completed" if j % 2 else "transferred"]}
            for j, other in enumerate(names)
            if j > i
        ]
        up = {"on_relapse": {"step_up": 0.25, "continue": 0.75}, "step_up_to": names[0]} if i > 1 else {}
        levels[name] = level(*onward, transfer=exponential(30), **up)
    shares = dict.fromkeys(names[:8], 0.125)
    check(pathway_figure(scenario(levels, entry=[{"to": shares}], name="A name that says it all, " * 8)))


def test_the_frame_is_complete_where_no_probability_is_stated() -> None:
    frame = ways(scenario({"ward": level()}))
    assert list(frame.columns) == ["kind", "source", "target", "low", "high"]
    expected = pd.DataFrame(
        [("entry", "asking", "ward", 1.0, 1.0), ("home", "ward", "home", NAN, NAN)], columns=frame.columns
    )
    pd.testing.assert_frame_equal(frame, expected)
