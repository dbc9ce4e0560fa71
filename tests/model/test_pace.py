"""Whoever goes round in no time ends the run, with their name."""

import gc
import pickle
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from support import exponential, fixed, scenario

import sim
from sim.model.book import Book
from sim.model.engine import Replication, plan_of
from sim.model.pace import EndlessCircle
from sim.scenario import Scenario

HASTE = {"who": {"hasty": {"renege": 1_000.0, "levels": {"ward": {"renege": 1_000.0}}}}}


def hasty() -> Scenario:
    """Nobody is ever admitted; times above 0, but a hazard ratio of a million, make people ask again at once."""
    return scenario(
        {"ward": {"length_of_stay": fixed(9), "places": ["beds"], "patience": exponential(0.001)}},
        {"beds": 0},
        return_to_care={"probability": 1.0, "delay_days": exponential(0.001)},
        population={"who": {"hasty": 1.0}},
        effects=HASTE,
    )


def relapsing() -> Scenario:
    """Relapse within minutes, and being well again at once: through clinical states alone."""
    level = {"length_of_stay": fixed(50), "on_relapse": {"continue": 1.0}}
    return scenario({"ward": level}, relapse={"median_days": 0.001, "shape": 1.0})


def test_it_names_patient_day_and_loop() -> None:
    with pytest.raises(EndlessCircle) as raised:
        sim.run(hasty(), 1)
    error = raised.value
    assert error.patient == 0
    assert 0 < error.day < 100
    assert error.loop == "wait for ward (return) until reneged"
    assert "patient 0 of replication 0 goes round in circles on day" in str(error)
    assert isinstance(error, sim.ScenarioError)


def test_states_that_change_too_fast() -> None:
    with pytest.raises(EndlessCircle, match="well"):
        sim.run(relapsing(), 1)


def test_setbacks_that_come_too_fast() -> None:
    system = scenario(
        {"ward": {"length_of_stay": fixed(50)}},
        relapse={"median_days": 0.001, "shape": 1.0, "share_of_setbacks": 1e-6},
        setback={"duration_days": fixed(0.0)},
        population={"who": {"hasty": 1.0}, "where": {"here": 1.0}},
        effects={"who": {"hasty": {"relapse": 100.0}}, "where": {"here": {"relapse": 100.0}}},
    )
    with pytest.raises(EndlessCircle, match=r"setback, 1,\d\d\d times in 0\.0"):
        sim.run(system, 1)


def test_it_comes_back_from_workers_as_it_is() -> None:
    with pytest.raises(EndlessCircle) as raised:
        sim.run(hasty(), 2, workers=2)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.patient, again.day) == (str(raised.value), raised.value.patient, raised.value.day)


def test_a_busy_life_is_no_circle() -> None:
    """An ask in two hours, day and night, for 200 days: 12 waits a day."""
    busy = scenario(
        {"ward": {"length_of_stay": fixed(9), "places": ["beds"], "patience": fixed(0.04)}},
        {"beds": 0},
        return_to_care={"probability": 1.0, "delay_days": fixed(0.04)},
        arrivals={"closed_cohort": 1},
        time={"follow_up_days": 200},
    )
    assert sim.run(busy, 1, keep_records=True).waits.shape[0] == pytest.approx(200 / 0.08, abs=2)


@pytest.fixture
def without_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    if was_enabled:
        gc.enable()


@pytest.mark.parametrize("stopped_by", [EndlessCircle, KeyboardInterrupt, MemoryError])
def test_an_aborted_run_gives_its_memory_back_at_once(
    stopped_by: type[BaseException], without_collection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of what a traceback still holds, there is nothing left; and no search for circles is needed."""
    described = hasty() if stopped_by is EndlessCircle else scenario({"ward": {"length_of_stay": fixed(9)}})
    if stopped_by is not EndlessCircle:
        record = Book.write_stay

        def stops(book: Book, patient: int, *rest: Any) -> None:
            if patient == 40:
                raise stopped_by
            record(book, patient, *rest)

        monkeypatch.setattr(Book, "write_stay", stops)
    system = Replication(plan_of(described), 1, 0)
    left, journeys = weakref.ref(system), system.journeys
    with pytest.raises(stopped_by):
        system.run()
    assert not journeys
    assert not vars(system)
    del system
    assert left() is None
