"""Which engine runs: the one that is asked for, or the one that is sooner done."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support import briefly, exponential, fixed, scenario

import sim
from sim.analysis import parse_precision
from sim.experiment import run
from sim.experiment.manifest import read_manifest
from sim.experiment.rest import moving_away
from sim.model import engines
from sim.model.compiled import building
from sim.model.engines import MAKING, check_engine, engine_for
from sim.report.story import retell

SMALL = scenario({"ward": {"length_of_stay": fixed(3)}}, {}, arrivals={"closed_cohort": 4}, time={"follow_up_days": 9})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is compiled; whether it was asked for."""
    asked: list[str] = []
    monkeypatch.setattr(building, "build", lambda before=None: (asked.append("built"), before and before()))
    monkeypatch.setattr(engines, "_is_made", lambda: False)
    return asked


def test_a_short_run_waits_for_no_compiler(made: list[str]) -> None:
    assert engine_for("auto", [SMALL] * 30) == "simpy"
    assert made == []


def test_a_long_run_has_it_made_and_says_so(made: list[str]) -> None:
    heard: list[str] = []
    assert engine_for("auto", [sim.load_scenario("hybrid")] * 1_000, say=heard.append) == "compiled"
    assert (made, heard) == (["built"], [MAKING])


def test_a_run_of_some_seconds_takes_what_is_there(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    systems = [sim.load_scenario("hybrid")] * 10
    assert engine_for("auto", systems) == "simpy"
    monkeypatch.setattr(engines, "_is_made", lambda: True)
    assert engine_for("auto", systems) == "compiled"


def test_who_shares_the_work_waits_less(made: list[str]) -> None:
    systems = [sim.load_scenario("hybrid")] * 100
    assert [engine_for("auto", systems, workers) for workers in (1, 8)] == ["compiled", "simpy"]


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch, made: list[str]) -> None:
    monkeypatch.setattr(engines, "can_compile", lambda: False)
    assert engine_for("auto", [sim.load_scenario("hybrid")] * 10_000) == "simpy"
    with pytest.raises(ValueError, match=r"needs numba.*engine='simpy' gives the same results"):
        engine_for("compiled", [SMALL])
    assert made == []


def test_an_engine_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="engine must be auto, simpy or compiled, not 'steam'"):
        check_engine("steam")
    with pytest.raises(ValueError, match="steam"):
        sim.run(SMALL, 1, engine="steam")  # type: ignore[arg-type]


def test_results_say_which_it_was_and_are_the_same(tmp_path: Path) -> None:
    system = briefly("hybrid", 30, 30, 30)
    results = {engine: sim.run(system, 2, engine=engine) for engine in ("simpy", "compiled")}  # type: ignore[arg-type]
    for name in ("metrics", "groups", "budget", "daily", "occupancy"):
        first, second = (getattr(result, name) for result in results.values())
        assert first.equals(second), name
    for engine, result in results.items():
        assert result.engine == engine
        result.save(tmp_path / engine)
        manifest = read_manifest(tmp_path / engine)
        assert manifest.engine == engine
        assert ("numba" in manifest.versions) == (engine == "compiled")
        assert sim.load_study(tmp_path / engine).results[""].engine == engine


def test_workers_and_a_store_take_it_as_it_comes(tmp_path: Path) -> None:
    system = briefly("hybrid", 30, 30, 30)
    alone = sim.run(system, 2, engine="simpy", store=tmp_path)
    together = sim.run(system, 4, engine="compiled", store=tmp_path, workers=2)
    assert together.metrics[: len(alone.metrics)].equals(alone.metrics)
    assert together.metrics.equals(sim.run(system, 4, engine="simpy").metrics)


def test_whatever_simulates_takes_it_and_comes_to_the_same(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # Here it is compiled.
    monkeypatch.setattr("sim.experiment.rest.PEOPLE", 400)  # Whose whole lives either engine goes through.
    system = briefly("hybrid", 30, 30, 30).with_overrides({"known": {}})
    other = system.with_overrides({"places.iop_seats.capacity": 3})
    target = {"seen": {"metric": "wait.residential.mean", "value": 3.0, "tolerance": 1.0, "source": "made up"}}
    aimed = system.with_overrides({"targets": target})
    beds: dict[str, tuple[float, float]] = {"arrivals.known_share": (0.2, 0.5)}
    told: dict[str, list[Any]] = {}
    for engine in ("simpy", "compiled"):
        by: Any = {"engine": engine}
        explained = sim.explain(system, other, "days_well", 2, **by)
        found = sim.calibrate(aimed, beds, 1, **by)
        story = retell(system, other, ("a", "b"), **by)
        exits = moving_away(system, 0.3, **by)
        assert explained.engine == found.engine == engine
        told[engine] = [explained.by("level"), found.trace, story.rows, pd.DataFrame([exits])]
    for first, second in zip(*told.values(), strict=True):
        assert len(first)
        assert first.equals(second)


def test_a_precision_is_decided_by_what_the_first_replications_let_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def heard(choice: str, systems: list[Any], *_: Any) -> str:
        asked.append(len(systems))
        return "simpy"

    monkeypatch.setattr(run, "engine_for", heard)
    system = SMALL.with_overrides({"levels.ward.length_of_stay": exponential(3)})
    for half_width in ("1000", "1e-9"):
        sim.run(system, 40, precision=[parse_precision(f"days_in_care={half_width}")])
    assert asked == [10, 10, 30, 20, 10]


def test_what_is_in_the_store_needs_no_engine(tmp_path: Path, made: list[str], monkeypatch: Any) -> None:
    system = briefly("hybrid", 30, 30, 30)
    sim.run(system, 2, engine="simpy", store=tmp_path)
    monkeypatch.setattr(engines, "TO_MAKE", 0.0)
    monkeypatch.setattr(engines, "TO_LOAD", 1e-9)
    sim.run(system, 2, store=tmp_path)
    assert made == []
