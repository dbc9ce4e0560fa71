"""InputSettings of inputs on common luck: the same as simulations of their own, and none that is not needed."""

import numpy as np
import pytest
from support import cohort, exponential, scenario

from sim.experiment.changes import changes_of
from sim.experiment.sensitivity import How, criterion_of
from sim.experiment.sensitivity import evaluation as evaluating
from sim.experiment.sensitivity.evaluation import InputSettings, arms_of_study, evaluation_of
from sim.model.engine import replicate
from sim.outcomes import metrics
from sim.scenario import Scenario

WARD = scenario(
    {"ward": {"length_of_stay": exponential(8), "cost_per_day": 9.0, "places": ["beds"]}},
    {"beds": 4},
    utilities={"well": 0.8, "setback": 0.7, "unwell": 0.6},
    **cohort(12, 60),
)
PAIR = {"ward": WARD, "short": WARD.with_overrides({"levels.ward.length_of_stay.mean": 5.0})}
PRICE, DAYS, BEDS = "levels.ward.cost_per_day", "levels.ward.length_of_stay.mean", "places.beds.capacity"
POINTS: list[InputSettings] = [
    {},
    {"ward": {PRICE: 12.0}, "short": {PRICE: 12.0}},
    {"short": {DAYS: 3.0}},
    {"short": {DAYS: 3.0, PRICE: 7.0}},
    {"ward": {BEDS: 2}, "short": {BEDS: 2, "utilities.well": 0.9}},
]


def own_simulations(scenarios: dict[str, Scenario], how: How, replications: int) -> np.ndarray:
    """Each setting simulated anew."""
    criterion, values = criterion_of(scenarios), np.zeros((len(POINTS), replications, 2))
    for point, settings in enumerate(POINTS):
        there = {label: each.with_overrides(settings.get(label, {})) for label, each in scenarios.items()}
        changes = changes_of(there, how.change_on, how.lists)
        for column, (label, each) in enumerate(there.items()):
            system = changes[label] or each
            for number in range(replications):
                values[point, number, column] = criterion.value(metrics(replicate(system, how.seed, number), system))
    return np.asarray(values[:, :, 1] - values[:, :, 0])


@pytest.mark.parametrize("how", [How(seed=4), How(workers=2), How(change_on=20.0)])
def test_every_setting_has_the_value_of_a_simulation_of_its_own(how: How) -> None:
    arms = arms_of_study(PAIR, criterion_of(PAIR), 3, how)
    told = evaluation_of(arms, how, 1).differences(POINTS, [range(3)] * len(POINTS))
    assert told.tolist() == own_simulations(PAIR, how, 3).tolist()


def test_what_has_one_course_is_simulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = []
    monkeypatch.setattr(evaluating, "replicate", lambda *task: simulated.append(task) or replicate(*task))
    how = How(change_on="start")
    arms = arms_of_study(PAIR, criterion_of(PAIR), 2, how)
    evaluation_of(arms, how, 1).differences(POINTS, [range(2)] * len(POINTS))
    # The ward as it is and with two beds; the other as it is, with three days, and with two beds.
    assert len(simulated) == 2 * 5


def test_a_setting_that_breaks_a_rule_has_no_value_and_the_others_have_theirs() -> None:
    how = How()
    arms = arms_of_study(PAIR, criterion_of(PAIR), 2, how)
    wrong: InputSettings = {"ward": {"utilities.well": 5.0}, "short": {"utilities.well": 5.0}}
    assert "utilities.well" in arms.why_not(wrong)
    told = evaluation_of(arms, how, 1).differences([{}, wrong], [range(2)] * 2)
    assert np.isfinite(told[0]).all()
    assert np.isnan(told[1]).all()


def test_three_scenarios_and_unknown_outcomes_are_refused() -> None:
    with pytest.raises(ValueError, match="a baseline and an alternative, not 3"):
        arms_of_study({**PAIR, "third": WARD}, criterion_of(PAIR), 2, How())
    with pytest.raises(ValueError, match=r"there is no metric 'cost\.totl'"):
        criterion_of(PAIR, "cost.totl")
    with pytest.raises(ValueError, match="state the threshold"):
        criterion_of(PAIR, effect="day_well")
