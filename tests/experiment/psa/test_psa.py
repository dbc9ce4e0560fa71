"""Scenarios simulated for draws of their inputs: pairing, both errors, going on, and what is refused."""

import errno
import json
import os
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.analysis.uncertainty import variance_parts
from sim.experiment.psa import run
from sim.experiment.psa.folder import PER_FILE
from sim.experiment.psa.groups import gap_changes_of_draws, group_differences_of_draws, group_levels
from sim.files.whole_files import BadFolder
from sim.model.engine import replicate
from sim.outcomes import Observed, metrics_by_group
from sim.outcomes.registry import metrics_named
from sim.report.sheets.uncertainty import main_metrics
from sim.scenario import Scenario
from sim.scenario.input_draws import InputDraws, draw_inputs
from tests.support import cohort, exponential, scenario

FROM = {"grade": "estimated", "source": "ours"}
COST = {"low": 80.0, "high": 125.0, "distribution": "lognormal", "unit": "USD per day", **FROM}
STAY = {"low": 6.0, "high": 10.0, "distribution": "uniform", "unit": "days", **FROM}


def ward(stay: float = 8.0, **parts: Any) -> Scenario:
    """Forty people, each in care for a while, at so much a day."""
    evidence = {"levels.ward.cost_per_day": COST, "levels.ward.length_of_stay.mean": STAY}
    level = {"length_of_stay": exponential(stay), "cost_per_day": 100.0}
    return scenario({"ward": level}, evidence=evidence, **cohort(40, 100), **parts)


def stepped() -> Scenario:
    """With a level, and a kind of place, that the ward alone has not."""
    return scenario(
        {
            "ward": {
                "length_of_stay": exponential(8.0),
                "cost_per_day": 100.0,
                "next": [{"to": "day", "probability": 1.0}],
            },
            "day": {"length_of_stay": exponential(8.0), "places": ["seats"]},
        },
        places={"seats": 2},
        evidence=ward().model_dump(by_alias=True, mode="json")["evidence"],
        **cohort(40, 100),
    )


METRICS = ["cost.total", "length_of_stay.ward.mean"]


@pytest.fixture(scope="module")
def result() -> sim.PsaResult:
    shorter = ward().with_overrides({"levels.ward.length_of_stay.mean": 4.0})
    return sim.psa({"today": ward(), "shorter": shorter}, 64, 4, METRICS)


def test_every_draw_has_its_inputs_and_its_replications(result: sim.PsaResult) -> None:
    assert result.values("cost.total").shape == (64, 4, 2)
    assert result.left_out == 0
    today = result.inputs[result.inputs["scenario"] == "today"]
    assert list(today.columns) == ["scenario", "draw", "levels.ward.cost_per_day", "levels.ward.length_of_stay.mean"]
    assert result.drawn()["levels.ward.length_of_stay.mean"].between(6, 10).all()


def test_draws_are_what_a_run_of_the_drawn_scenario_gives(result: sim.PsaResult) -> None:
    """By hand: exponential stays in the same luck are as long as their mean is, but for the end of follow-up."""
    inputs = result.drawn()
    cost, stay = inputs["levels.ward.cost_per_day"].to_numpy(), inputs["levels.ward.length_of_stay.mean"].to_numpy()
    days = result.values("length_of_stay.ward.mean")[:, :, 0] * 40
    assert result.values("cost.total")[:, :, 0] == pytest.approx(days * cost[:, None], rel=1e-9)
    assert np.corrcoef(days.mean(axis=1), stay)[0, 1] > 0.8


def test_a_misspelt_metric_is_answered_with_the_nearest(result: sim.PsaResult) -> None:
    with pytest.raises(
        ValueError, match=re.escape("'cost.totla' was not kept by this analysis. Did you mean cost.total?")
    ):
        result.values("cost.totla")


def test_scenarios_share_draws_and_luck(result: sim.PsaResult) -> None:
    # Half as long: the same unit exponentials, times 4 instead of the drawn mean.
    stay = result.drawn()["levels.ward.length_of_stay.mean"].to_numpy()
    lengths = result.values("length_of_stay.ward.mean")
    assert lengths[:, :, 1] * stay[:, None] / 4 == pytest.approx(lengths[:, :, 0], rel=0.02)


def test_both_intervals_are_told_apart(result: sim.PsaResult) -> None:
    row = result.differences(["cost.total"]).iloc[0]
    assert row["inputs_low"] < row["simulation_low"] < row["difference"] < row["simulation_high"] < row["inputs_high"]
    assert row["better_in"] == 1 - row["higher_in"] == 1.0
    # 40 stays of 8 - 4 days at 100; that of the stay's range alone is from 2 to 6 days.
    assert row["difference"] == pytest.approx(-16_000, rel=0.1)
    assert 0.2 < row["inputs_share"] < 1


def test_what_only_one_scenario_has_is_kept_of_that_one() -> None:
    """Of a new level who waits and how full its places are, for the picture of places; no difference is made up."""
    found = sim.psa({"today": ward(), "stepped": stepped()}, 10, 2)
    for metric in ("queue.day.mean", "asks.day", "occupancy.seats"):
        values = found.values(metric)
        assert np.isnan(values[:, :, 0]).all()
        assert (values[:, :, 1] > 0).all()
        assert found.differences([metric]).empty
        assert found.levels([metric])["scenario"].tolist() == ["stepped"]
    assert not any("day" in metric.split(".") for metric in main_metrics(found))
    assert "cost.system.payer" in found.about["metrics"]


def test_groups_are_kept_as_a_simulation_of_each_draw_has_them() -> None:
    """Of each attribute, and of two crossed, also where prices are drawn for the same futures."""
    utility = {"low": 0.7, "high": 0.9, "distribution": "uniform", "unit": "utility", **FROM}
    two = {"population": {"sex": {"women": 0.3, "men": 0.7}, "age": {"young": 0.5, "old": 0.5}}}
    worth = {"utilities": {"well": 0.8, "setback": 0.7, "unwell": 0.6}}
    today = ward(**two, **worth).with_overrides({'evidence."utilities.well"': utility})
    shorter = today.with_overrides({"levels.ward.length_of_stay.mean": 4.0})
    found = sim.psa({"today": today, "shorter": shorter}, 10, 2, METRICS, price_draws=2, by=["each", "sex x age"])
    assert list(map(tuple, found.groups.values()))[-1] == ("sex x age", "men x old", "qalys.per_patient")
    assert {by for by, *_ in found.groups.values()} == {"sex", "age", "sex x age"}
    drawn = found.drawn()
    settings = {path: drawn[path].iloc[7] for path in drawn}
    simulated = shorter.with_overrides({**settings, "levels.ward.length_of_stay.mean": 4.0})
    observed = Observed(replicate(simulated, 1, 3_001, "simpy"), simulated)
    for column, (by, group, metric) in found.groups.items():
        by_hand = metrics_by_group(observed, by.split(" x "))[group][metric]
        assert found.values(column)[7, 1, 1] == pytest.approx(by_hand, rel=1e-12, nan_ok=True)
    with pytest.raises(ValueError, match=r"no attribute 'sexe' to group by\. Did you mean"):
        sim.psa({"today": today}, 10, 2, METRICS, by=["sexe"])


def test_gaps_are_told_of_draws() -> None:
    """By hand: of 40 draws a gap of 10 shrinks to 6 in thirty and grows to 12 in ten; another is there from no draw."""
    shape = 40, 2, 2
    one, other, third = np.full(shape, 50.0), np.full(shape, 60.0), np.full(shape, 50.0)
    other[:30, :, 1], other[30:, :, 1] = 56.0, 62.0
    groups = {f"days_well[sex: {group}]": ["sex", group, "days_well"] for group in ("women", "men", "others")}
    frames = [made(values, column).outcomes for column, values in zip(groups, (one, other, third), strict=True)]
    whole = made(one, "days_well")
    outcomes = pd.concat([whole.outcomes, *(frame.iloc[:, -1] for frame in frames)], axis="columns")
    found = sim.PsaResult({**whole.about, "groups": groups}, pd.DataFrame(), outcomes)
    men, others = gap_changes_of_draws(found).to_dict("records")
    assert (men["by"], men["metric"], men["group"], men["reference"]) == ("sex", "days_well", "men", "women")
    assert (men["gap_baseline"], men["gap"], men["change"], men["wider_in"]) == (10.0, 7.5, -2.5, 0.25)
    assert (men["inputs_low"], men["inputs_high"]) == pytest.approx((-4.0, 2.0))
    assert men["verdict"] == "narrower"
    assert (others["change"], others["verdict"]) == (0.0, "same")
    rows = group_differences_of_draws(found).set_index("group")
    assert rows.loc["men", ["baseline", "mean", "difference", "better_in"]].tolist() == [60.0, 57.5, -2.5, 0.25]
    levels = group_levels(found).set_index(["group", "scenario"])["mean"]
    assert levels["men", "s1"] == 57.5


def test_draws_of_prices_are_read_from_the_same_records(tmp_path: Path) -> None:
    """As if each were simulated: of three costs for each stay, each in the luck of its draw."""
    shorter = ward().with_overrides({"levels.ward.length_of_stay.mean": 4.0})
    pair = {"today": ward(), "shorter": shorter}
    found = sim.psa(pair, 10, 2, METRICS, price_draws=3, folder=tmp_path / "psa")
    cost, stay = "levels.ward.cost_per_day", "levels.ward.length_of_stay.mean"
    assert (len(found.draws), found.price_draws, found.left_out) == (10, 3, 0)
    drawn = found.drawn()
    assert drawn[stay].to_numpy() == pytest.approx(np.repeat(drawn[stay].to_numpy()[::3], 3), rel=0)
    assert drawn[cost].nunique() == 30
    lengths, costs = (found.values(metric) for metric in reversed(METRICS))
    assert np.array_equal(lengths, np.repeat(lengths[::3], 3, axis=0))
    assert costs[:, :, 0] == pytest.approx(40 * lengths[:, :, 0] * drawn[[cost]].to_numpy(), rel=1e-9)
    # The eighth row is the second cost of the third draw, whose futures are 2,000 and 2,001.
    today = ward().with_overrides({cost: drawn[cost][7], stay: drawn[stay][7]})
    records = replicate(today, 1, 2_001, "simpy")
    assert metrics_named(Observed(records, today), METRICS) == dict(
        zip(METRICS, (costs[7, 1, 0], lengths[7, 1, 0]), strict=True)
    )
    # A mean is known by its ten draws, and chance by their luck.
    apart = np.diff(costs, axis=2)[:, :, 0].reshape(10, 3, 2).mean(axis=1)
    row = found.differences(["cost.total"]).iloc[0]
    half = 1.959964 * np.sqrt(apart.var(axis=1, ddof=1).mean() / 20)
    assert row["simulation_high"] - row["difference"] == pytest.approx(half)
    running = found.running(["cost.total"])
    assert (len(running), running["difference"].iloc[-1]) == (10, pytest.approx(row["difference"]))
    assert running["standard_error"].iloc[-1] == pytest.approx(apart.mean(axis=1).std(ddof=1) / np.sqrt(10))
    lead = found.stability(0.0, metric="cost.total")
    assert (lead.draws, lead.standard_error) == (10, pytest.approx(running["standard_error"].iloc[-1]))
    pd.testing.assert_frame_equal(sim.load_psa(tmp_path / "psa").outcomes, found.outcomes)
    with pytest.raises(BadFolder, match="differs in price_draws"):
        sim.psa(pair, 10, 2, METRICS, folder=tmp_path / "psa")


def test_draws_of_prices_need_a_price_that_varies() -> None:
    certain = ward().with_overrides({"levels.ward.cost_per_day": 70.0})
    with pytest.raises(sim.UnfitInputs, match="4 draws of prices would all be the same"):
        sim.psa({"today": certain}, 8, 2, METRICS, price_draws=4)
    with pytest.raises(ValueError, match="draws of prices must be a whole number from 1 to 100, not 0"):
        sim.psa({"today": ward()}, 8, 2, METRICS, price_draws=0)


def made(values: np.ndarray, metric: str = "cost.total") -> sim.PsaResult:
    """An analysis as if values, (draws, replications, scenarios), had been simulated."""
    draws, replications, count = values.shape
    labels = [f"s{j}" for j in range(count)]
    index = pd.MultiIndex.from_product([range(draws), range(replications), labels])
    outcomes = pd.DataFrame({metric: values.ravel()}, index=index.set_names(["draw", "replication", "scenario"]))
    stated = ward().model_dump(by_alias=True, mode="json")
    about = {"scenarios": dict.fromkeys(labels, stated), "metrics": [metric], "replications": replications}
    return sim.PsaResult({**about, "draws": draws}, pd.DataFrame(), outcomes.reset_index())


def test_the_best_on_average_need_not_be_the_best_most_often() -> None:
    """By hand, of a cost: s0 is a little cheaper in three of four draws, and far dearer in the other."""
    costs = np.array([[9.0, 10.0], [9.0, 10.0], [9.0, 10.0], [50.0, 10.0]])
    found = made(np.repeat(costs[:, None, :], 2, axis=1))
    mean, chance = found.ranking("cost.total"), found.ranking("cost.total", "chance")
    assert mean["scenario"].tolist() == ["s1", "s0"]
    assert chance["scenario"].tolist() == ["s0", "s1"]
    by_hand = [[10.0, 0.0, 0.25, 0.75], [19.25, 9.25, 0.75, 10.0]]
    assert mean[["mean", "behind", "chance", "expected_loss"]].to_numpy() == pytest.approx(np.array(by_hand))
    with pytest.raises(ValueError, match="undefined in some replication"):
        made(np.full((4, 2, 2), np.nan)).ranking("cost.total")


def test_the_same_call_gives_the_same_whatever_the_workers(result: sim.PsaResult) -> None:
    shorter = ward().with_overrides({"levels.ward.length_of_stay.mean": 4.0})
    again = sim.psa({"today": ward(), "shorter": shorter}, 64, 4, METRICS, workers=2)
    pd.testing.assert_frame_equal(again.outcomes, result.outcomes)
    pd.testing.assert_frame_equal(again.inputs, result.inputs)


def test_an_interrupt_loses_nothing_that_was_written(result: sim.PsaResult, tmp_path: Path) -> None:
    shorter = ward().with_overrides({"levels.ward.length_of_stay.mean": 4.0})
    arguments = {"today": ward(), "shorter": shorter}, 64, 4, METRICS

    def stop(done: int, _: int) -> None:
        if done == PER_FILE + 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sim.psa(*arguments, folder=tmp_path / "psa", progress=stop)
    kept = sim.load_psa(tmp_path / "psa")
    assert (len(kept.draws), kept.left_out) == (PER_FILE, 64 - PER_FILE)
    counted: list[int] = []
    again = sim.psa(*arguments, folder=tmp_path / "psa", progress=lambda done, _: counted.append(done))
    assert counted[0] == PER_FILE + 1
    pd.testing.assert_frame_equal(again.outcomes, result.outcomes)
    pd.testing.assert_frame_equal(sim.load_psa(tmp_path / "psa").outcomes, result.outcomes)
    with pytest.raises(BadFolder, match="differs in draws"):
        sim.psa(arguments[0], 32, 4, METRICS, folder=tmp_path / "psa")


def test_an_interrupt_before_the_first_draw_leaves_a_folder_to_go_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = {"today": ward()}, 10, 2, METRICS

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pd.DataFrame, "to_parquet", stop)
        with pytest.raises(KeyboardInterrupt):
            sim.psa(*arguments, folder=tmp_path / "psa")
    with pytest.raises(BadFolder, match="holds no outcome yet"):
        sim.load_psa(tmp_path / "psa")
    assert len(sim.psa(*arguments, folder=tmp_path / "psa").draws) == 10


def test_a_budget_is_laid_out_by_a_pilot_and_once(tmp_path: Path) -> None:
    spoken: list[str] = []
    shorter = ward().with_overrides({"levels.ward.length_of_stay.mean": 4.0})

    def analysed() -> sim.PsaResult:
        how = {"folder": tmp_path / "psa", "say": spoken.append, "budget": 280}
        return sim.psa({"today": ward(), "shorter": shorter}, metrics=METRICS, judged=judge, **how)  # type: ignore[arg-type]

    def judge(pilot: sim.PsaResult) -> np.ndarray:
        assert pilot.values("cost.total").shape == (20, 4, 2)
        return pilot.values("cost.total")

    first = analysed()
    draws, replications = first.about["draws"], first.about["replications"]
    assert spoken == [f"by a pilot of 20 draws: {draws} draws of {replications} replications"]
    assert draws == 200 // replications
    parts = variance_parts(np.diff(first.values("cost.total"), axis=2)[:, :, 0])
    assert replications == pytest.approx(max(1 + parts.simulation / parts.inputs, 2), rel=0.6)
    pd.testing.assert_frame_equal(analysed().outcomes, first.outcomes)
    assert len(spoken) == 1
    with pytest.raises(ValueError, match="at least 200 replications"):
        sim.psa({"today": ward()}, budget=100)


def test_a_pilot_takes_scenarios_of_which_only_one_has_a_level() -> None:
    found = sim.psa({"today": ward(), "stepped": stepped()}, budget=200)
    assert {"queue.day.mean", "occupancy.seats"} < set(found.about["metrics"])


OTHER = {
    "format": 1,
    "version": "0.1",
    "libraries": {},
    "scenarios": {"today": {}},
    "digests": {"today": ""},
    "draws": 8,
    "replications": 2,
    "metrics": [],
    "design": "sobol",
    "seed": 1,
    "change_on": None,
    "lists": "carry_over",
}
"""What a folder says of another analysis."""


def test_a_pilot_is_not_run_for_a_folder_that_cannot_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.experiment.psa.run._simulated", lambda *_: pytest.fail("the pilot ran"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(BadFolder, match="is not empty"):
        sim.psa({"today": ward()}, metrics=METRICS, folder=tmp_path / "other", budget=280)
    (tmp_path / "other" / "psa.json").write_text(json.dumps(OTHER))
    with pytest.raises(BadFolder, match="differs in budget"):
        sim.psa({"today": ward()}, metrics=METRICS, folder=tmp_path / "other", budget=280)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadFolder, match="is not empty"):
        sim.psa({"today": ward()}, 8, 2, METRICS, folder=tmp_path)
    with pytest.raises(BadFolder, match="is a file; name a folder"):
        sim.psa({"today": ward()}, 8, 2, METRICS, folder=tmp_path / "mine.txt")
    with pytest.raises(BadFolder, match="holds no probabilistic sensitivity analysis: it has no psa"):
        sim.load_psa(tmp_path)
    with pytest.raises(BadFolder, match="there is no such folder; name the folder that stepdown psa --out wrote"):
        sim.load_psa(tmp_path / "nowhere")
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "psa.json").write_text('{"format": 0}')
    with pytest.raises(BadFolder, match="0 instead of 1; run stepdown psa again with another folder"):
        sim.load_psa(tmp_path / "older")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["mine.txt", "older"]


def test_a_folder_that_was_only_begun_is_gone_on_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("sim.experiment.psa.folder.write_whole", full)
        with pytest.raises(OSError, match="No space"):
            sim.psa({"today": ward()}, 8, 2, METRICS, folder=tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["outcomes"]
    assert len(sim.psa({"today": ward()}, 8, 2, METRICS, folder=tmp_path).draws) == 8


def test_a_disk_that_fills_leaves_the_draws_before_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    to_parquet = pd.DataFrame.to_parquet

    def full(frame: pd.DataFrame, part: Path, **how: Any) -> None:
        if any(tmp_path.glob("outcomes/0*")):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        to_parquet(frame, part, **how)

    with monkeypatch.context() as disk:
        disk.setattr(pd.DataFrame, "to_parquet", full)
        with pytest.raises(OSError, match="No space left on device; draws that were finished before are kept"):
            sim.psa({"today": ward()}, 24, 2, METRICS, folder=tmp_path)
    assert len(sim.load_psa(tmp_path).draws) == 20


def test_what_cannot_be_drawn_is_named_before_anything_runs() -> None:
    bare = ward().with_overrides({"levels.ward.cost_per_day": 10.0, "levels.ward.length_of_stay.mean": 9.0})
    with pytest.raises(sim.UnfitInputs, match="nothing is uncertain"):
        sim.psa({"today": bare}, 8, 2, METRICS)
    far = ward().with_overrides(
        {
            "levels.ward.cost_per_day": 100.0,
            'evidence."levels.ward.cost_per_day"': {**COST, "low": 300.0, "high": 400.0},
        }
    )
    with pytest.raises(sim.UnfitInputs, match=r"today: .*levels\.ward\.cost_per_day.* hardly ever drawn"):
        sim.psa({"today": far}, 8, 2, METRICS)
    with pytest.raises(ValueError, match="from 2 to"):
        sim.psa({"today": ward()}, 8, 1, METRICS)
    with pytest.raises(ValueError, match="no metric 'cost'"):
        sim.psa({"today": ward()}, 8, 2, ["cost"])


def test_a_last_file_without_any_draw_leaves_numbers_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 21 draws, the one that is in a file of its own breaks rules."""
    broken = PER_FILE
    drawn = InputDraws.settings

    def settings_of(draws: InputDraws, label: str, draw: int) -> dict[str, Any]:
        return {"levels.ward.cost_per_day": -1.0} if draw == broken else drawn(draws, label, draw)

    monkeypatch.setattr(InputDraws, "broken", lambda *_: (0.0, ""))
    monkeypatch.setattr(InputDraws, "settings", settings_of)
    found = sim.psa({"today": ward()}, PER_FILE + 1, 2, METRICS)
    assert found.left_out == 1
    assert found.outcomes["draw"].dtype == np.int64
    assert all(found.outcomes[metric].dtype == np.float64 for metric in METRICS)


def test_a_worker_reads_outcomes_by_compiled_code_where_it_simulates_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has done nothing before."""
    asked: list[str] = []
    monkeypatch.setattr(run, "ready", asked.append)
    drawn, _ = draw_inputs({"today": ward()}, 1)
    (work,) = run._Tasks(drawn, [0], (2, 1, ("cost.total",), None, "carry_over", "simpy"))
    assert len(run._perform(work)) == 2
    assert asked == ["simpy"]


def test_what_a_worker_is_sent_does_not_grow_with_the_number_of_draws() -> None:
    """And is the inputs of the draw, of each draw of prices."""
    how = 2, 1, ("cost.total",), None, "carry_over", "simpy"
    sent = {}
    for count in (8, 512):
        drawn, _ = draw_inputs({"today": ward()}, count, times=3, again=lambda path: path.endswith("cost_per_day"))
        (work,) = run._Tasks(drawn, range(count), how)[6:7]
        assert [work.settings[i]["today"] for i in range(3)] == [drawn.settings("today", 18 + i) for i in range(3)]
        sent[count] = len(pickle.dumps(work))
    assert sent[8] == pytest.approx(sent[512], rel=0.01)


def test_a_number_of_draws_out_of_range_is_called_that() -> None:
    for wrong in (0, 2.5, True):
        with pytest.raises(ValueError, match="draws must be a whole number"):
            sim.psa({"today": ward()}, wrong, 2, METRICS)  # type: ignore[arg-type]


def test_shares_and_whole_numbers_are_inputs_as_any_other() -> None:
    few = {"low": 0.0, "high": 4.0, "distribution": "uniform", "unit": "places", **FROM}
    card = {"distribution": "dirichlet", "sample_size": 50, "grade": "published", "source": "a survey of 50"}
    mixed = scenario(
        {"ward": {"length_of_stay": exponential(8), "places": ["bed"]}},
        places={"bed": 2},
        population={"sex": {"women": 0.3, "men": 0.7}},
        evidence={"population.sex": card, "places.bed.capacity": few},
        **cohort(40, 100),
    )
    found = sim.psa({"today": mixed}, 16, 2, ["days_in_care"])
    drawn = found.drawn()
    assert list(drawn) == ["places.bed.capacity", "population.sex.women", "population.sex.men"]
    assert (drawn["places.bed.capacity"] % 1 == 0).all()
    assert (drawn["population.sex.women"] + drawn["population.sex.men"]).to_numpy() == pytest.approx(1)
    # Without any bed nobody is in care.
    beds = drawn["places.bed.capacity"].to_numpy()
    days = found.values("days_in_care").mean(axis=(1, 2))
    assert ((days == 0) == (beds == 0)).all()
    assert 0 < np.count_nonzero(beds == 0) < 8


def test_worth_and_value_of_information() -> None:
    """Half as long costs less and loses no effect here: it is best for certain, and nothing is worth knowing."""
    states = {"well": 0.8, "setback": 0.7, "unwell": 0.6}
    pair = {
        name: ward(utilities=states).with_overrides({"levels.ward.length_of_stay.mean": stay})
        for name, stay in (("today", 8.0), ("shorter", 4.0))
    }
    found = sim.psa(pair, 24, 2)
    table = found.acceptability([0.0]).set_index("strategy")
    assert table["probability_best"].to_dict() == {"today": 0.0, "shorter": 1.0}
    assert float(found.evpi(0.0)) == 0.0
    known = found.evppi(0.0, groups={"both": list(found.drawn().columns)})
    assert set(known["parameter"]) == {*found.drawn().columns, "both"}
    assert known["value"].abs().max() == pytest.approx(0.0)
