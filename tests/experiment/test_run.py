"""Running one scenario or several: arguments, numbering, order, and what is kept."""

from typing import Any

import pandas as pd
import pytest
from experiment.systems import small

import sim
from sim.model import replicate
from sim.outcomes import metric_names, metrics


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": 0}, "replications must be a whole number from 1 to 1,000,000, not 0"),
        ({"replications": -3}, "not -3"),
        ({"replications": 2.0}, "not 2.0"),
        ({"replications": True}, "not True"),
        ({"replications": "5"}, "not '5'"),
        ({"replications": 1_000_001}, "not 1000001"),
        ({"seed": -1}, "seed must be a whole number from 0 to "),
        ({"seed": 2**63}, "seed must be"),
        ({"seed": 1.5}, "not 1.5"),
        ({"seed": None}, "not None"),
        (
            {"workers": -1},
            "workers must be a whole number from 0 to 1,024, or the address of a dask scheduler, .*, not -1",
        ),
        ({"workers": 2_000}, "workers must be"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sim.run(small(), **arguments)
    with pytest.raises(ValueError, match=message):
        sim.compare({"a": small(), "b": small()}, **arguments)


@pytest.mark.parametrize("wrong", ["base", {"name": "x"}, None])
def test_something_else_than_a_scenario_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"expected a Scenario \(see sim.load_scenario\), not"):
        sim.run(wrong)
    with pytest.raises(ValueError, match="hybrid: expected a Scenario"):
        sim.compare({"base": small(), "hybrid": wrong})


def test_there_must_be_something_to_compare() -> None:
    with pytest.raises(ValueError, match="compare needs at least one scenario"):
        sim.compare({})


def test_metrics_are_those_of_each_replication_in_order() -> None:
    system = small()
    result = sim.run(system, replications=3, seed=11)
    names = metric_names(system)
    assert list(result.metrics.columns) == ["replication", "metric", "value"]
    assert result.replications == 3
    assert result.seed == 11
    assert result.scenario is system
    for number in range(3):
        rows = result.metrics[result.metrics["replication"] == number]
        assert rows["metric"].tolist() == names
        expected = metrics(replicate(system, 11, number), system)
        assert rows["value"].tolist() == pytest.approx([expected[name] for name in names], rel=0, abs=0, nan_ok=True)


def test_the_first_replications_are_the_same_however_many_are_asked_for() -> None:
    few = sim.run(small(), replications=2, seed=3, keep_records=True)
    many = sim.run(small(), replications=5, seed=3, keep_records=True)
    for table in ("metrics", "patients", "stays", "waits", "spells", "medications", "outages", "emergencies"):
        whole = getattr(many, table)
        pd.testing.assert_frame_equal(getattr(few, table), whole[whole["replication"] < 2], check_exact=True)


def test_replications_differ_and_seeds_differ() -> None:
    first = sim.run(small(), replications=3, seed=3).metrics
    costs = first[first["metric"] == "cost.total"]["value"]
    other = sim.run(small(), replications=3, seed=4).metrics
    assert costs.nunique() == 3
    assert not set(costs) & set(other[other["metric"] == "cost.total"]["value"])


def test_workers_never_change_a_number() -> None:
    systems = {"base": small(), "more": small().with_overrides({"places.beds.capacity": 8})}
    one, two = (sim.compare(systems, replications=3, seed=5, workers=workers, keep_records=True) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.metrics, two.metrics, check_exact=True)
    for label in systems:
        for table in ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies"):
            serial, parallel = (getattr(study.results[label], table) for study in (one, two))
            pd.testing.assert_frame_equal(serial, parallel, check_exact=True)


def test_a_scenario_runs_the_same_alone_and_beside_others() -> None:
    alone = sim.run(small(), replications=2, seed=5).metrics
    beside = sim.compare({"other": small(frailty={"sd": 0.5}), "here": small()}, replications=2, seed=5)
    pd.testing.assert_frame_equal(alone, beside.results["here"].metrics, check_exact=True)


def test_progress_is_told_of_every_replication() -> None:
    told: list[tuple[int, int]] = []
    sim.compare({"a": small(), "b": small()}, replications=3, progress=lambda *each: told.append(each))
    assert told == [(n, 6) for n in range(1, 7)]


def test_an_error_in_a_replication_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("in the model")

    monkeypatch.setattr("sim.experiment.replications.replicate", fail)
    with pytest.raises(ZeroDivisionError, match="in the model"):
        sim.run(small(), replications=2)


@pytest.mark.parametrize(
    ("label", "instead"), [("b\udcff", "b\ufffd"), ("gr\udcc3\udcbcn", "gr\u00fcn"), ("half \ud83d", "half ?")]
)
def test_a_label_that_no_file_can_hold_is_refused_before_anything_is_simulated(label: str, instead: str) -> None:
    with pytest.raises(ValueError, match="holds what no file can hold as text") as raised:
        sim.compare({"base": small(), label: small()}, replications=1)
    assert f"{instead!r} would do" in str(raised.value)
