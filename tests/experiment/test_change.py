"""Comparisons of a change that begins on a day: what is simulated, kept, saved and said of it."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from experiment.systems import small
from support import exponential

import sim
from sim.experiment.changes import START, may_change
from sim.experiment.explanation import explain
from sim.experiment.selection import select
from sim.experiment.stored_study import load_study
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

TIME = {"warm_up_days": 40, "recruitment_days": 40, "follow_up_days": 40}


def arms(**time: Any) -> dict[str, Scenario]:
    """The ward and its IOP; with twice the beds; and with another level in place of IOP."""
    base = small(time={**TIME, **time})
    clinic = {"length_of_stay": exponential(5), "cost_per_day": 10.0}
    another = base.with_overrides({"places.beds.capacity": 6}).model_dump(mode="json", by_alias=True)
    another["levels"]["clinic"] = another["levels"].pop("iop") | clinic
    another["levels"]["ward"]["next"][0]["to"] = "clinic"
    return {
        "base": base,
        "more": base.with_overrides({"places.beds.capacity": 8}),
        "clinic": sim.load_scenario(another),
    }


def test_without_a_warm_up_every_scenario_is_itself() -> None:
    """To the bit: the change of day 0 is none."""
    scenarios = arms(warm_up_days=0)
    for study in (
        sim.compare(scenarios, 3),
        sim.compare(scenarios, 3, change_on=0),
        sim.compare(scenarios, 3, change_on=START),
    ):
        assert study.change is None
        for label, scenario in scenarios.items():
            pd.testing.assert_frame_equal(study.results[label].metrics, sim.run(scenario, 3).metrics, check_exact=True)


def test_the_change_begins_with_the_end_of_the_warm_up() -> None:
    scenarios = arms()
    study = sim.compare(scenarios, 4, keep_records=True)
    assert study.change == DatedChange(scenarios["base"], scenarios["more"], 40.0)
    pd.testing.assert_frame_equal(
        study.results["base"].metrics, sim.run(scenarios["base"], 4).metrics, check_exact=True
    )
    assert study.metrics.equals(sim.compare(scenarios, 4, change_on=40).metrics)
    themselves = sim.compare(scenarios, 4, change_on=START)
    assert themselves.change is None
    assert not study.metrics.equals(themselves.metrics)
    census = {label: result.daily.query("metric == 'census.ward'")["mean"] for label, result in study.results.items()}
    assert census["more"][:40].tolist() == census["base"][:40].tolist()
    assert census["more"][40:].sum() > census["base"][40:].sum()


def test_people_who_differ_can_be_compared_as_themselves() -> None:
    base = arms()["base"]
    other = {"base": base, "other": base.with_overrides({"population.severity": {"mild": 0.8, "severe": 0.2}})}
    assert may_change(arms())
    assert not may_change(other)
    with pytest.raises(ValueError, match="other cannot take over from base on day 40: population"):
        sim.compare(other, 1)
    assert sim.compare(other, 1, change_on=START).change is None


def test_what_vanishes_is_measured_until_it_has_drained() -> None:
    study = sim.compare(arms(), 3, keep_records=True)
    wide = study.summary().pivot(index="metric", columns="scenario", values="mean")
    assert 0 < wide.loc["census.iop.mean", "clinic"] < wide.loc["census.iop.mean", "base"] / 2
    assert wide.loc["census.clinic.mean", "clinic"] > 0
    stays = study.results["clinic"].stays
    assert stays.loc[stays["level"] == "iop", "admitted"].max() < 40
    assert stays.loc[stays["level"] == "clinic", "admitted"].min() >= 40
    ledger = study.results["clinic"].ledger()
    assert {"iop", "clinic"} <= set(ledger["level"].dropna())
    assert study.spending().query("scenario == 'clinic'")["level"].isin(["iop"]).any()


def test_the_ledger_is_at_the_prices_of_the_day() -> None:
    base = arms()["base"]
    dear = base.with_overrides({"levels.ward.cost_per_day": 300.0})
    ledger = sim.compare({"base": base, "dear": dear}, 2, keep_records=True).results["dear"].ledger()
    days = ledger[(ledger["level"] == "ward") & (ledger["category"] == "bed_day")]
    price = days["amount"] / (days["until"] - days["day"])
    assert price[days["until"] <= 40].to_numpy() == pytest.approx(100.0)
    assert price[days["day"] >= 40].to_numpy() == pytest.approx(300.0)
    assert ((days["until"] <= 40) | (days["day"] >= 40)).all()


def test_a_study_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    study = sim.compare(arms(), 2, keep_records=True, lists="entry_rules")
    study.save(tmp_path / "out")
    assert json.loads((tmp_path / "out/manifest.json").read_text())["change"] == {"day": 40.0, "lists": "entry_rules"}
    again = load_study(tmp_path / "out")
    assert again.change == study.change
    pd.testing.assert_frame_equal(again.differences(), study.differences())
    pd.testing.assert_frame_equal(again.results["clinic"].ledger(), study.results["clinic"].ledger())


def test_a_store_tells_days_baselines_and_lists_apart(tmp_path: Path) -> None:
    scenarios = arms()

    def files() -> int:
        return len(list(tmp_path.rglob("*.arrow")))

    def study(**options: Any) -> sim.Study:
        return sim.compare({each: scenarios[each] for each in ("base", "clinic")}, 1, store=tmp_path, **options)

    first = study()
    assert files() == 2
    for options in ({"change_on": 30}, {"lists": "entry_rules"}, {"change_on": START}):
        before = files()
        assert study(**options).metrics.equals(study(**options).metrics)
        assert files() == before + 1
    sim.compare({"more": scenarios["more"], "clinic": scenarios["clinic"]}, 1, store=tmp_path)
    assert files() == 7
    assert study().metrics.equals(first.metrics)
    assert files() == 7


def test_selection_and_explanation_see_the_same_change() -> None:
    scenarios = arms()
    pair = {each: scenarios[each] for each in ("base", "clinic")}
    for options in ({}, {"change_on": START}, {"change_on": 60, "lists": "entry_rules"}):
        study = sim.compare(pair, 10, **options)
        means = study.summary().query("metric == 'days_well'").set_index("scenario")["mean"]
        selection = select(pair, "days_well", most=10, **options)
        assert selection.table.set_index("system")["mean"].to_dict() == pytest.approx(means.to_dict())
        total = explain(*pair.values(), "days_well", 10, **options).by("level").iloc[-1]
        assert total["difference"] == pytest.approx(means["clinic"] - means["base"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"change_on": -1}, "from 0 to below 120, not -1"),
        ({"change_on": 120}, "not 120"),
        ({"change_on": "monday"}, "must be a day, 'start', or None for the end of the warm-up, not 'monday'"),
        ({"change_on": float("nan")}, "must be a day"),
        ({"lists": "lost"}, "lists must be one of carry_over, entry_rules, not 'lost'"),
    ],
)
def test_what_is_no_day_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sim.compare(arms(), 1, **options)
