"""What a study says about cost, budget and equity is what the analysis says of its metrics; prices need no new run."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from experiment.systems import small
from support import cohort, exponential, scenario

import sim
from sim.analysis import gap_changes, gaps, group_summary, incremental_table, mean_interval, net_monetary_benefit
from sim.experiment.result import Study
from sim.outcomes import EFFECTS, OF_EQUITY, PERSPECTIVES, Observed, metrics, whole_ledger
from sim.scenario import Scenario

PRICES: dict[str, Any] = {
    "places.beds.fixed_cost_per_day": 20.0,
    "costs.per_relapse": 500.0,
    "costs.other_health_care": {"well": 1.0, "setback": 2.0, "unwell": 3.0},
    "levels.iop.patient_time_per_day": 12.0,
    "levels.iop.payers": {"insurer": 0.9, "patient": 0.1},
    "payers": {"medicaid": 0.75, "patient": 0.25},
    "discounting.costs": 0.03,
    "discounting.effects": 0.03,
}
OTHER_PRICES: dict[str, Any] = {
    "places.beds.fixed_cost_per_day": 35.0,
    "levels.ward.cost_per_day": 180.0,
    "levels.ward.cost_per_admission": 40.0,
    "levels.iop.cost_per_session": 25.0,
    "levels.iop.sessions_per_week": 3.0,
    "levels.iop.payers": {"county": 1.0},
    "costs.per_relapse": 900.0,
    "costs.productivity": {"well": 0.0, "setback": 5.0, "unwell": 10.0},
    "utilities.unwell": 0.4,
    "discounting.costs": 0.06,
    "discounting.effects": 0.0,
}


def priced(beds: int = 4, **parts: Any) -> Scenario:
    time = {"warm_up_days": 20, "recruitment_days": 60, "follow_up_days": 100}
    return small(time=time, **parts).with_overrides({**PRICES, "places.beds.capacity": beds})


@pytest.fixture(scope="module")
def study() -> Study:
    return sim.compare({"base": priced(), "bigger": priced(8), "smaller": priced(2)}, replications=6, seed=4)


def values(study: Study, label: str, metric: str) -> np.ndarray:
    rows = study.results[label].metrics
    return rows.loc[rows["metric"] == metric, "value"].to_numpy()


def frame(study: Study, cost: str, effect: str) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "strategy": label,
                "replication": range(study.replications),
                "cost": values(study, label, cost),
                "effect": values(study, label, effect),
            }
        )
        for label in study.results
    ]
    return pd.concat(parts, ignore_index=True)


# --- cost-effectiveness ---


@pytest.mark.parametrize("perspective", PERSPECTIVES)
@pytest.mark.parametrize(
    ("effect", "metric", "direction"),
    [
        ("qaly", "qalys.per_patient_discounted", "higher"),
        ("day_well", "days_well_discounted", "higher"),
        ("retained", "retention.90_days", "higher"),
    ],
)
def test_cost_effectiveness_is_of_these_metrics(
    study: Study, perspective: Any, effect: str, metric: str, direction: Any
) -> None:
    expected_frame = frame(study, f"cost.per_patient_discounted.{perspective}", metric)
    found, found_direction = study.costs_and_effects(effect, perspective, "cohort")
    assert found_direction == direction
    pd.testing.assert_frame_equal(found, expected_frame, check_exact=True, check_names=False)
    table = study.cost_effectiveness(effect, perspective, view="cohort")
    pd.testing.assert_frame_equal(table, incremental_table(expected_frame, direction), check_exact=True)
    net = study.net_benefit((0.0, 1_000.0), effect, perspective, "cohort")
    expected = net_monetary_benefit(expected_frame, (0.0, 1_000.0), baseline="base", effect_direction=direction)
    pd.testing.assert_frame_equal(net, expected, check_exact=True)


def test_by_default_qalys_from_societys_point_of_view(study: Study) -> None:
    pd.testing.assert_frame_equal(study.cost_effectiveness(), study.cost_effectiveness("qaly", "society"))
    assert sorted(study.net_benefit()["threshold"].unique()) == [0, 50_000, 100_000, 150_000]


def test_the_intervals_of_ratios_may_be_resampled(study: Study) -> None:
    fieller, bootstrap = (study.cost_effectiveness("day_well", "provider", each) for each in ("fieller", "bootstrap"))
    assert fieller["incremental_cost"].equals(bootstrap["incremental_cost"])
    known = fieller["icer"].notna() & bootstrap["icer"].notna()
    assert known.any()
    assert (fieller.loc[known, "icer_low"] != bootstrap.loc[known, "icer_low"]).all()


def test_relapse_averted_counts_who_got_well_and_stayed_so() -> None:
    time = {"recruitment_days": 60, "follow_up_days": 400}
    arms = {
        label: small(time=time, relapse={"median_days": days, "shape": 0.7}) for label, days in (("a", 40), ("b", 400))
    }
    longer = sim.compare(arms, replications=5, seed=4, by=())
    costs, direction = longer.costs_and_effects("relapse_averted", "provider")
    assert direction == "higher"
    assert costs["effect"].tolist() == [
        *values(longer, "a", "relapse_free.share"),
        *values(longer, "b", "relapse_free.share"),
    ]
    table = longer.cost_effectiveness("relapse_averted", "provider").set_index("strategy")
    assert table.loc["b", "effect"] > table.loc["a", "effect"]
    net = longer.net_benefit((1_000_000.0,), "relapse_averted", "provider").set_index("strategy")
    assert net.loc["b", "difference"] > 0
    assert net.loc["b", "best"]


def test_the_order_of_scenarios_is_kept_whatever_their_names() -> None:
    here = sim.compare({"zoo": priced(), "10": priced(8), "9": priced(2)}, replications=3, seed=4, by=())
    costs, _ = here.costs_and_effects()
    assert costs["strategy"].unique().tolist() == ["zoo", "10", "9"]
    assert here.net_benefit((0.0,)).set_index("strategy")["difference"]["zoo"] == 0


def test_replications_in_which_nobody_asked_are_left_out() -> None:
    rare = {label: priced(beds, arrivals={"per_day": 0.02}) for label, beds in (("a", 4), ("b", 8))}
    here = sim.compare(rare, replications=12, seed=4, by=())
    asked = values(here, "a", "arrivals") > 0
    assert 0 < asked.sum() < 12
    costs, _ = here.costs_and_effects(view="cohort")
    assert costs.groupby("strategy")["replication"].apply(list).tolist() == [np.flatnonzero(asked).tolist()] * 2
    unequal = {label: priced(arrivals={"per_day": each}) for label, each in (("a", 0.02), ("b", 0.06))}
    here = sim.compare(unequal, replications=12, seed=4, by=())
    only_one, both = (
        combined(values(here, "a", "arrivals") > 0, values(here, "b", "arrivals") > 0)
        for combined in (np.logical_xor, np.logical_and)
    )
    assert only_one.any()
    costs, _ = here.costs_and_effects()
    assert costs.groupby("strategy")["replication"].apply(list).tolist() == [np.flatnonzero(both).tolist()] * 2
    nobody = sim.compare({label: priced(arrivals={"per_day": 0.0}) for label in "ab"}, replications=2)
    assert nobody.cost_effectiveness().empty
    assert nobody.net_benefit().empty
    assert list(nobody.cost_effectiveness().columns) == list(here.cost_effectiveness().columns)
    assert list(nobody.net_benefit().columns) == list(here.net_benefit().columns)


# --- of whom, and for how long ---


def test_scenarios_with_other_places_are_judged_by_the_system() -> None:
    here = sim.compare({"few": priced(), "many": priced(8)}, replications=3, seed=4, by=())
    assert here.view() == here.view("day_well") == "system"
    assert here.view("retained") == "cohort"
    judged = here.costs_and_effects("qaly", "payer")[0]
    expected = frame(here, "cost.system_discounted.payer", "qalys.system_discounted")
    pd.testing.assert_frame_equal(judged, expected, check_exact=True, check_names=False)
    cohort = here.costs_and_effects("qaly", "payer", "cohort")[0]
    expected = frame(here, "cost.per_patient_discounted.payer", "qalys.per_patient_discounted")
    pd.testing.assert_frame_equal(cohort, expected, check_exact=True, check_names=False)
    with pytest.raises(ValueError, match="effect 'retained' is one of the cohort; of the whole system there are qaly"):
        here.cost_effectiveness("retained", view="system")
    with pytest.raises(ValueError, match=r"there is no view 'sytem'. Did you mean system"):
        here.cost_effectiveness(view="sytem")  # type: ignore[arg-type]


def test_an_idle_bed_costs_the_system_and_not_the_cohort() -> None:
    """Twice the beds that are ever needed: nobody's course differs, and what differs is the price of open beds."""
    arms = {"enough": priced(400), "twice": priced(800)}
    here = sim.compare(arms, replications=2, seed=4, by=())
    cohort = here.costs_and_effects("qaly", "provider", "cohort")[0]
    by_strategy = cohort.pivot(index="replication", columns="strategy", values="cost")
    assert by_strategy["enough"].tolist() == by_strategy["twice"].tolist()
    for metric in ("cost.idle", "cost.system.provider"):
        more = values(here, "twice", metric) - values(here, "enough", metric)
        assert more.tolist() == pytest.approx([400 * 60 * 20.0] * 2)


def test_horizons_come_from_the_same_run() -> None:
    """Followed for two years: the first year is what a run with a follow-up of one year gives."""

    def arms(follow_up: float) -> dict[str, sim.Scenario]:
        time = {"recruitment_days": 60, "follow_up_days": follow_up}
        relapse = {label: {"median_days": days, "shape": 0.7} for label, days in (("a", 40), ("b", 400))}
        return {label: small(time=time, relapse=each).with_overrides(PRICES) for label, each in relapse.items()}

    longer, shorter = (sim.compare(arms(days), replications=3, seed=4, by=()) for days in (730, 365))
    assert [tuple(each) for each in longer.counted()] == [("cohort", None), ("system", None), ("cohort", 1)]
    assert [tuple(each) for each in shorter.counted()] == [("cohort", None), ("system", None)]
    first = longer.costs_and_effects("qaly", "society", years=1)[0]
    pd.testing.assert_frame_equal(first, shorter.costs_and_effects("qaly", "society")[0], rtol=1e-12)
    pd.testing.assert_frame_equal(shorter.cost_effectiveness(years=1), shorter.cost_effectiveness())
    assert not first["effect"].equals(longer.costs_and_effects()[0]["effect"])
    assert longer.cost_effectiveness("retained", years=1)["effect"].equals(
        longer.cost_effectiveness("retained")["effect"]
    )
    with pytest.raises(ValueError, match=r"5 is no horizon of .*, in years; there are 1"):
        longer.net_benefit(years=5)
    with pytest.raises(ValueError, match="the system is seen over its window"):
        longer.net_benefit(view="system", years=1)


@pytest.mark.parametrize("method", ["cost_effectiveness", "net_benefit"])
def test_effects_and_perspectives_that_do_not_exist(study: Study, method: str) -> None:
    with pytest.raises(ValueError, match=r"there is no effect 'qalys'\. Did you mean qaly\?"):
        getattr(study, method)(effect="qalys")
    with pytest.raises(ValueError, match=r"there is no perspective 'societal'\. Did you mean society\?"):
        getattr(study, method)(perspective="societal")
    assert set(EFFECTS) == {"qaly", "day_well", "retained", "relapse_averted"}


# --- budget impact ---


def test_the_budget_adds_up_to_what_the_programme_costs(study: Study) -> None:
    whole = study.budget_impact("year", by=()).set_index("scenario")
    differences = study.differences()
    for label in study.results:
        mean, _, low, high = mean_interval(values(study, label, "cost.total"))
        assert whole.loc[label, ["amount", "ci_low", "ci_high"]].tolist() == pytest.approx([mean, low, high], rel=1e-12)
        if label != "base":
            row = differences[(differences["metric"] == "cost.total") & (differences["scenario"] == label)].iloc[0]
            found = whole.loc[label, ["difference", "difference_low", "difference_high"]].tolist()
            assert found == pytest.approx(row[["difference", "ci_low", "ci_high"]].tolist(), rel=1e-9)
    assert whole["days"].tolist() == [60] * 3
    monthly = study.budget_impact()
    assert monthly.groupby("scenario")["amount"].sum().to_dict() == pytest.approx(whole["amount"].to_dict(), rel=1e-12)
    # Day 20 is the 26th of January 2025, day 80 the 27th of March.
    days = monthly.groupby("month")["days"].unique().apply(list).to_dict()
    assert days == {"2025-01": [6], "2025-02": [28], "2025-03": [26]}
    payers = study.budget_impact("year", by=("payer",))
    for payer in ("medicaid", "patient", "insurer"):
        row = payers[(payers["payer"] == payer) & (payers["scenario"] == "bigger")].iloc[0]
        assert row["amount"] == pytest.approx(values(study, "bigger", f"cost.payer.{payer}.total").mean(), rel=1e-12)


RATED: dict[str, Any] = {
    "population": {"severity": {"mild": 0.4, "severe": 0.6}, "payer": {"medicaid": 0.7, "county": 0.3}},
    "reimbursement": {"attribute": "payer", "residual_payer": "county"},
    "levels.ward.rates": {"medicaid": {"per_day": 150.0, "denied_share": 0.1}},
    "levels.iop.rates": {"county": {"per_admission": 90.0}},
}


def test_margins_by_month_and_year_are_those_of_the_metrics(study: Study) -> None:
    here = priced().with_overrides({**RATED, "levels.iop.payers": {}})
    paid = sim.compare(
        {"base": here, "dearer": here.with_overrides({"levels.ward.rates.medicaid.per_day": 300.0})}, 5, seed=2
    )
    whole = paid.margins().set_index(["scenario", "measure"])
    monthly = paid.margins("month", ("level",)).groupby(["scenario", "measure"])["amount"].sum()
    levels = paid.margins("year", ("level",)).set_index(["scenario", "measure", "level"])["amount"]
    for label in paid.results:
        for measure, metric in (("revenue", "revenue.total"), ("budget", "cost.total"), ("margin", "margin.total")):
            mean = values(paid, label, metric).mean()
            assert whole.loc[(label, measure), "amount"] == pytest.approx(mean, rel=1e-9)
            assert monthly[label, measure] == pytest.approx(mean, rel=1e-9)
        assert levels[label, "margin", "ward"] == pytest.approx(values(paid, label, "margin.ward.total").mean())
    # Rates move no stay, and so nothing but revenue and margin.
    revenue = values(paid, "base", "revenue.ward.total").mean()
    found = whole.loc["dearer", "difference"]
    assert [found[each] for each in ("revenue", "budget", "margin")] == pytest.approx([revenue, 0, revenue])
    assert study.margins().empty
    spent = paid.spending().groupby("scenario")["amount"].sum()
    assert spent["base"] == pytest.approx(values(paid, "base", "cost.total").mean())
    payers = paid.budget_impact("year", by=("payer",)).set_index(["scenario", "payer"])["amount"]
    for payer in ("medicaid", "county"):
        assert payers["base", payer] == pytest.approx(values(paid, "base", f"cost.payer.{payer}.total").mean())


@pytest.mark.parametrize("baseline", ["paid", "unpaid"])
def test_without_payers_there_is_neither_revenue_nor_a_margin(baseline: str) -> None:
    """What a scenario does not state is not 0; what both spend can be compared all the same."""
    paid = priced().with_overrides({**RATED, "levels.iop.payers": {}})
    unpaid = {"reimbursement": None, "levels.ward.rates": {}, "levels.iop.rates": {}}
    arms = {"paid": paid, "unpaid": paid.with_overrides(unpaid)}
    study = sim.compare({name: arms[name] for name in sorted(arms, key=lambda name: name != baseline)}, 3, seed=2)
    table = study.margins().set_index(["scenario", "measure"])
    for measure in ("revenue", "margin"):
        assert table.loc[("unpaid", measure), ["amount", "ci_low", "ci_high"]].isna().all()
        assert table.loc[("paid", measure), ["amount", "ci_low", "ci_high"]].notna().all()
        assert table.xs(measure, level="measure")["difference"].isna().all()
    other = "unpaid" if baseline == "paid" else "paid"
    assert table["amount"].xs("budget", level="measure").notna().all()
    assert table.loc[(other, "budget"), ["difference", "difference_low"]].notna().all()


def test_seats_that_levels_share_cost_what_they_cost() -> None:
    """Ten seats at 5 a day for 60 days cost 3,000, twelve 3,600, and no level spends less on its patients for that."""
    day = {"places": ["seats"], "length_of_stay": {"distribution": "exponential", "mean": 9.0}, "cost_per_day": 7.0}
    parts = {
        "name": "shared",
        "time": {"start": "2025-01-01", "recruitment_days": 60, "follow_up_days": 30},
        "arrivals": {"per_day": 1.0},
        "entry": [{"to": {"iop": 0.5, "housing": 0.5}}],
        "places": {"seats": {"capacity": 10, "fixed_cost_per_day": 5.0}},
        "levels": {"iop": day, "housing": day},
    }
    base = sim.load_scenario(parts)
    study = sim.compare({"base": base, "more": base.with_overrides({"places.seats.capacity": 12})}, replications=3)
    table = study.spending().set_index(["scenario", "level", "place"]).sort_index()
    columns = ["amount", "difference", "difference_low", "difference_high"]
    assert table.loc[("more", "", "seats"), columns].tolist() == pytest.approx([3600, 600, 600, 600])
    assert table.loc[("base", "", "seats"), "amount"] == pytest.approx(3000)
    for label in study.results:
        for level in ("iop", "housing"):
            days = values(study, label, f"census.{level}.mean").mean() * 60
            assert table.loc[(label, level, ""), "amount"] == pytest.approx(7 * days)
        assert table.loc[label, "amount"].sum() == pytest.approx(values(study, label, "cost.total").mean())


def test_fixed_costs_are_told_apart(study: Study) -> None:
    table = study.budget_impact("year", by=("fixed",)).set_index(["scenario", "fixed"])["amount"]
    assert [table[label, True] for label in study.results] == pytest.approx([60 * 4 * 20, 60 * 8 * 20, 60 * 2 * 20])


@pytest.mark.parametrize("order", [("free", "priced"), ("priced", "free")])
def test_a_scenario_that_costs_nothing_spends_nothing(order: tuple[str, str]) -> None:
    free = {"levels.ward.cost_per_day": 0.0, "levels.iop.cost_per_day": 0.0}
    arms = {"priced": small(), "free": small().with_overrides(free)}
    here = sim.compare({label: arms[label] for label in order}, replications=3, seed=4, by=())
    table = here.budget_impact("year", by=()).set_index("scenario")
    assert table["amount"].to_dict() == pytest.approx(
        {"free": 0, "priced": values(here, "priced", "cost.total").mean()}
    )
    assert abs(table.loc[order[1], "difference"]) == pytest.approx(table.loc["priced", "amount"])


def test_nobody_pays_anything() -> None:
    free = small().with_overrides({"levels.ward.cost_per_day": 0.0, "levels.iop.cost_per_day": 0.0})
    assert sim.compare({"a": free, "b": free}, replications=2).budget_impact("year").empty


def test_replications_in_which_nothing_was_spent_count() -> None:
    """Some six people ask in all twelve replications together; nothing is spent on nobody."""
    rare = {label: small(arrivals={"per_day": 0.01}) for label in "ab"}
    here = sim.compare(rare, replications=12, seed=4, by=())
    costs = values(here, "a", "cost.total")
    assert 0 < np.count_nonzero(costs) < 12
    assert here.budget_impact("year", by=())["amount"][0] == pytest.approx(costs.mean(), rel=1e-12)


# --- equity ---


def test_equity_is_of_the_groups(study: Study) -> None:
    groups = study.groups
    assert list(groups.columns) == ["scenario", "replication", "by", "group", "metric", "value"]
    pd.testing.assert_frame_equal(study.equity(), group_summary(groups), check_exact=True)
    without_size = groups[groups["metric"] != "patients"]
    pd.testing.assert_frame_equal(study.gaps(), gaps(without_size), check_exact=True)
    changes = study.gap_changes()
    pd.testing.assert_frame_equal(changes.drop(columns="family"), gap_changes(without_size, "base"), check_exact=True)
    main = changes["metric"].isin(OF_EQUITY)
    assert set(changes["family"][main]) == {"main outcomes"}
    assert set(changes["family"][~main]) == {"all metrics"}
    assert "patients" in set(study.equity()["metric"])
    assert "patients" not in set(study.gaps()["metric"])
    assert set(study.gaps()["reference"]) == {"mild"}
    assert set(study.gap_changes()["scenario"]) == {"bigger", "smaller"}
    one = study.results["base"].equity()
    both = study.equity()
    pd.testing.assert_frame_equal(
        one, both[both["scenario"] == "base"].drop(columns="scenario").reset_index(drop=True), check_exact=True
    )


def test_a_scenario_without_the_attribute_has_no_gap() -> None:
    here = sim.compare({"base": small(), "other": small(population={})}, replications=2)
    assert set(here.gaps()["scenario"]) == {"base"}
    assert here.gap_changes().empty
    nobody = sim.compare({"a": small(population={}), "b": small(population={})}, replications=2)
    assert nobody.equity().empty
    assert nobody.gaps().empty
    assert nobody.gap_changes().empty


# --- records and other prices ---


@pytest.fixture(scope="module")
def kept() -> sim.Result:
    return sim.run(priced(), replications=3, seed=4, keep_records=True)


@pytest.mark.parametrize("number", range(3))
def test_other_prices_need_no_new_simulation(kept: sim.Result, number: int) -> None:
    dear = priced().with_overrides(OTHER_PRICES)
    fresh = sim.run(dear, replications=3, seed=4).metrics
    expected = fresh[fresh["replication"] == number].set_index("metric")["value"].to_dict()
    again = metrics(kept.records(number), dear)
    assert again == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
    before = metrics(kept.records(number), priced())
    mine = kept.metrics[kept.metrics["replication"] == number].set_index("metric")["value"].to_dict()
    assert before == pytest.approx(mine, rel=0, abs=0, nan_ok=True)
    changed = {name for name in before if name in again and before[name] != again[name]}
    assert {"cost.total", "cost.per_patient.society", "qalys.per_patient", "cost.ward.fixed"} <= changed
    assert not {
        name for name in changed if not name.startswith(("cost.", "qalys.", "days_well_disc", "days_well.system_disc"))
    } - {name for name in before if math.isnan(before[name])}


def test_records_from_a_folder_serve_as_well(kept: sim.Result, tmp_path: Path) -> None:
    kept.save(tmp_path / "out")
    (loaded,) = sim.load_study(tmp_path / "out").results.values()
    dear = priced().with_overrides(OTHER_PRICES)
    for number in range(3):
        one, other = (metrics(result.records(number), dear) for result in (kept, loaded))
        assert one == pytest.approx(other, rel=0, abs=0, nan_ok=True)


def test_records_and_ledger_must_have_been_kept() -> None:
    result = sim.run(small(), replications=1)
    for ask in (result.ledger, lambda: result.records(0)):
        with pytest.raises(sim.RecordsNotKept, match="were not kept; run again with keep_records=True"):
            ask()


def test_a_ledger_has_every_amount_once(kept: sim.Result) -> None:
    ledger = kept.ledger()
    assert list(ledger.columns) == [
        *("replication", "patient", "level", "category", "payer", "day", "until", "amount"),
    ]
    assert ledger["replication"].unique().tolist() == [0, 1, 2]
    assert ledger["patient"].notna().all()
    # Of places what patients used: what stood idle is nobody's.
    assert set(ledger["category"]) >= {"fixed_capacity", "bed_day"}
    for number in range(3):
        mine = ledger[ledger["replication"] == number]
        observed = Observed(kept.records(number), kept.scenario)
        assert math.fsum(mine["amount"]) == pytest.approx(whole_ledger(observed).total(), rel=1e-12)
        stays = kept.stays[(kept.stays["replication"] == number) & (kept.stays["level"] == "ward")]
        days = (stays["discharged"] - stays["admitted"]).sum()
        in_ward = mine[(mine["level"] == "ward") & (mine["category"] == "bed_day")]
        assert in_ward["amount"].sum() == pytest.approx(100 * days, rel=1e-9)
        assert set(in_ward["payer"]) == {"medicaid", "patient"}
        paid = in_ward.groupby("payer")["amount"].sum()
        assert paid["medicaid"] == pytest.approx(3 * paid["patient"], rel=1e-9)


def test_of_a_closed_cohort_the_ledger_and_the_fixed_cost_are_the_budget() -> None:
    """Its window is the whole run, so nothing is cut off: what patients used, and what stood idle."""
    levels = {"ward": {"places": ["beds"], "length_of_stay": exponential(8), "cost_per_day": 100.0}}
    here = scenario(levels, {"beds": 4}, **cohort(20, 60)).with_overrides({"places.beds.fixed_cost_per_day": 10.0})
    result = sim.run(here, replications=2, seed=4, keep_records=True)
    by_metric = result.metrics.pivot(index="replication", columns="metric", values="value")
    total = result.ledger().groupby("replication")["amount"].sum() + by_metric["cost.idle"]
    costs = by_metric["cost.total"]
    assert total.to_dict() == pytest.approx(costs.to_dict(), rel=1e-12)


# --- warm-up ---


def test_warm_up_is_judged_by_level_list_wait_and_asks(study: Study) -> None:
    result = study.results["base"]
    table = result.warm_up()
    series = [f"{kind}.{level}" for level in ("ward", "iop") for kind in ("census", "queue", "wait")]
    assert table["metric"].tolist() == [*series, "asks.all"]
    assert set(table["warm_up_days"]) == {20}
    means = result.summary().set_index("metric")
    for row in table.to_dict("records"):
        measured = means.loc[row["metric"] + (".per_month" if row["metric"] == "asks.all" else ".mean"), "mean"]
        assert row["measured"] == measured
        if measured:
            drift = means.loc[f"{row['metric']}.drift", ["mean", "ci_low", "ci_high"]] / measured
            assert [row["drift"], row["drift_low"], row["drift_high"]] == pytest.approx(drift.tolist(), rel=1e-12)


def test_without_a_warm_up_a_slow_system_moves() -> None:
    """Stays of 100 days on average from an empty start, measured in its first 60 days."""
    slow = scenario(
        {"ward": {"length_of_stay": exponential(100)}},
        time={"warm_up_days": 0, "recruitment_days": 60, "follow_up_days": 120},
    )
    table = sim.run(slow, replications=8).warm_up().set_index("metric")
    assert not table.loc["census.ward", "long_enough"]
    assert table.loc["queue.ward", "long_enough"]
    warm = slow.with_overrides({"time.warm_up_days": 600.0})
    assert sim.run(warm, replications=8).warm_up().set_index("metric").loc["census.ward", "long_enough"]


@pytest.mark.parametrize(
    ("changes", "tells"),
    [
        ({"arrivals.changes": [{"from_day": 15, "factor": 2.0}]}, True),
        ({"arrivals.changes": [{"from_day": 70, "factor": 2.0}]}, False),
        ({"places.beds.changes": [{"from_day": 15, "capacity": 7}]}, True),
        ({"places.beds.changes": [{"from_day": 70, "capacity": 7}]}, False),
    ],
)
def test_what_changes_on_the_calendar_from_the_window_on_is_no_matter_of_warm_up(
    changes: dict[str, Any], tells: bool
) -> None:
    moving = {"levels.ward.length_of_stay": exponential(100), **changes}
    table = sim.run(priced().with_overrides(moving), replications=8, by=()).warm_up().set_index("metric")
    assert (table.loc["census.ward", "long_enough"] is not pd.NA) is tells


def test_there_is_no_warm_up_where_everyone_is_there_on_day_0() -> None:
    closed = scenario({"ward": {"length_of_stay": exponential(8)}}, **cohort(20, 60))
    assert sim.run(closed, replications=2).warm_up().empty
    assert sim.run(small(initial={"ward": {"in_care": 3}}), replications=2).warm_up().empty
    assert not sim.run(small(), replications=2).warm_up().empty


def test_one_replication_does_not_call_a_drift_real() -> None:
    """Without an interval nothing tells it from chance."""
    slow = scenario({"ward": {"length_of_stay": exponential(100)}})
    row = sim.run(slow, replications=1).warm_up().iloc[0]
    assert math.isnan(row["drift_low"])
    assert row["long_enough"] is pd.NA
