"""What a run returns: records with their replication, summaries with units, studies with labels."""

import numpy as np
import pandas as pd
import pytest
from experiment.systems import small

import sim
from sim.analysis import mean_interval
from sim.model import replicate
from sim.outcomes import metric_table


@pytest.mark.parametrize("table", ["patients", "stays", "waits", "spells"])
def test_kept_records_are_those_of_the_model_with_their_replication(table: str) -> None:
    result = sim.run(small(), replications=3, seed=2, keep_records=True)
    frame = getattr(result, table)
    assert frame.columns[0] == "replication"
    assert frame["replication"].unique().tolist() == [0, 1, 2]
    for number in range(3):
        expected = getattr(replicate(small(), 2, number), table).frame()
        mine = frame[frame["replication"] == number].drop(columns="replication").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, expected, check_exact=True)


@pytest.mark.parametrize("table", ["patients", "stays", "waits", "spells"])
def test_records_that_were_not_kept_say_how_to_keep_them(table: str) -> None:
    result = sim.run(small(), replications=1)
    message = rf"^{table} were not kept; run again with keep_records=True \(command line: --keep-records\)$"
    with pytest.raises(sim.RecordsNotKept, match=message):
        getattr(result, table)


def test_summary_has_units_and_the_interval_over_replications() -> None:
    result = sim.run(small(), replications=5, seed=2)
    table = result.summary()
    assert list(table.columns) == ["metric", "unit", "mean", "sd", "ci_low", "ci_high", "replications"]
    units = metric_table(small()).set_index("metric")["unit"]
    assert table["unit"].tolist() == units.reindex(table["metric"]).tolist()
    assert table["unit"].notna().all()
    wait = np.array(result.metrics.loc[result.metrics["metric"] == "wait.ward.mean", "value"])
    row = table.set_index("metric").loc["wait.ward.mean"]
    assert row[["mean", "sd", "ci_low", "ci_high"]].tolist() == list(mean_interval(wait))  # type: ignore[operator]
    assert row["replications"] == 5


def study() -> sim.Study:
    bigger = small().with_overrides({"places.beds.capacity": 8})
    return sim.compare({"base": small(), "bigger ward": bigger}, replications=4, seed=2)


def test_a_study_labels_its_tables() -> None:
    here = study()
    assert here.baseline == "base"
    assert list(here.metrics.columns) == ["scenario", "replication", "metric", "value"]
    assert list(here.summary().columns)[:3] == ["scenario", "metric", "unit"]
    for label in ("base", "bigger ward"):
        rows = here.metrics[here.metrics["scenario"] == label].drop(columns="scenario").reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, here.results[label].metrics)


def test_differences_are_from_the_first_scenario_paired_by_replication() -> None:
    here = study()
    row = here.differences().set_index("metric").loc["admitted"]
    base, bigger = (
        result.metrics[result.metrics["metric"] == "admitted"]["value"].to_numpy() for result in here.results.values()
    )
    assert row["scenario"] == "bigger ward"
    assert row["difference"] == pytest.approx((bigger - base).mean(), rel=1e-12)
    assert row["difference"] > 0
    assert (here.differences()["scenario"] == "bigger ward").all()


def test_cost_effectiveness_sets_discounted_means_against_each_other() -> None:
    here = study()
    table = here.cost_effectiveness(view="cohort").set_index("strategy")
    for label, result in here.results.items():
        means = result.summary().set_index("metric")["mean"]
        assert table.loc[label, "cost"] == pytest.approx(means["cost.per_patient_discounted.society"], rel=1e-12)
        assert table.loc[label, "effect"] == pytest.approx(means["qalys.per_patient_discounted"], rel=1e-12)
    assert set(table["status"]) <= {"ND", "D", "ED"}


def test_metrics_that_an_arm_lacks_have_no_difference() -> None:
    without = sim.load_scenario(
        {
            "name": "ward only",
            "time": {"recruitment_days": 60, "follow_up_days": 40},
            "arrivals": {"per_day": 1.0},
            "entry": [{"to": {"ward": 1.0}}],
            "levels": {"ward": {"length_of_stay": {"distribution": "exponential", "mean": 8.0}}},
        }
    )
    table = sim.compare({"base": small(), "ward only": without}, replications=2).differences()
    assert "wait.ward.mean" in set(table["metric"])
    assert "wait.iop.mean" not in set(table["metric"])


def test_in_a_notebook_a_result_and_a_study_are_tables_of_sober_size() -> None:
    here = study()
    for shown in (here._repr_html_(), here.results["base"]._repr_html_()):
        assert shown.startswith("<table")
        assert "days_well" in shown
        assert "4 replications" in shown
        assert len(shown) < 60_000
    hostile = sim.run(small().with_overrides({"name": "<script>alert(1)</script>"}), replications=1)
    assert "<script>" not in hostile._repr_html_()


def test_in_a_notebook_a_scenario_says_what_it_asks_and_which_places_it_has() -> None:
    shown = small().with_overrides({"question": "Is <b>more</b> better?"})._repr_html_()
    assert "Is &lt;b&gt;more&lt;/b&gt; better?" in shown
    assert "4 beds" in shown
    assert "room for all" in shown


def test_scenarios_and_results_are_named_in_one_line() -> None:
    """A notebook keeps the text beside the table: it must not hold every number of a study."""
    system = small()
    study = sim.compare({"a": system, "b": system}, replications=2, seed=9)
    assert repr(study) == "<Study of 'a', 'b': 2 replications, seed 9>"
    assert repr(study.results["a"]) == "<Result of 'test': 2 replications, seed 9>"
    assert repr(system) == str(system) == f"<Scenario 'test': ward, iop; {system.digest()[:12]}>"
