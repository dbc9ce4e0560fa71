"""What cost may be set against, and well days discounted."""

import math
from typing import Any

import pytest
from outcomes.build import at_random, clinic, records
from outcomes.test_cost import ARRIVED, SPELLS

from sim.outcomes import EFFECTS, describe, effect_of, metric_names, metric_table, metrics, why_not_told


def test_every_effect_is_a_metric_with_a_direction_and_a_unit() -> None:
    here = clinic(time__follow_up_days=400)
    directions = {"qaly": "higher", "day_well": "higher", "retained": "higher", "relapse_averted": "higher"}
    assert set(EFFECTS) == set(directions)
    for name, direction in directions.items():
        effect = effect_of(name, here)
        assert effect == EFFECTS[name].of(here.condition)
        assert effect.direction == direction == describe(effect.metric).direction
        assert effect.metric in metric_names(here)
        assert effect.unit


def test_the_first_two_are_discounted() -> None:
    here = clinic(time__follow_up_days=400, discounting__effects=0.03)
    facts = at_random(here, 100, 1)
    with_rate, without = (metrics(facts, each) for each in (here, here.with_overrides({"discounting.effects": 0.0})))
    changed = {name for name, effect in EFFECTS.items() if with_rate[effect.metric] != without[effect.metric]}
    assert changed == {"qaly", "day_well"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("qalys", r"there is no effect 'qalys'\. Did you mean qaly\?"),
        ("relapse_avert", r"Did you mean relapse_averted\?"),
        ("zzz", r"there is no effect 'zzz'\. There are qaly, day_well, retained, relapse_averted"),
        ("days_well_discounted", "there is no effect"),
    ],
)
def test_an_unknown_effect_is_refused_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        effect_of(name, clinic(time__follow_up_days=400))


@pytest.mark.parametrize(
    ("name", "days", "allowed"),
    [
        ("relapse_averted", 30, True),
        ("relapse_averted", 365, True),
        ("retained", 89, False),
        ("retained", 90, True),
        ("qaly", 1, True),
        ("day_well", 1, True),
    ],
)
def test_a_follow_up_may_be_too_short_for_an_effect(name: str, days: float, allowed: bool) -> None:
    here = clinic(time__follow_up_days=days)
    if allowed:
        assert effect_of(name, here) == EFFECTS[name].of(here.condition)
        return
    message = f"effect '{name}' needs {EFFECTS[name].metric}, which a follow-up of {days:g} days does not give"
    with pytest.raises(ValueError, match=message):
        effect_of(name, here)


def test_without_utilities_there_is_a_reason_instead_of_qalys() -> None:
    full, silent = clinic(), clinic(utilities=None)
    assert why_not_told("qaly", [full, full]) == why_not_told("day_well", [full, silent]) == ""
    assert why_not_told("qaly", [full, silent]) == (
        "Cost per QALY is not told: test states no utilities, so qalys.per_patient_discounted is not known."
    )
    with pytest.raises(ValueError, match="there is no effect"):
        why_not_told("qalys", [silent])


def test_who_is_kept_from_relapse() -> None:
    """Of five members the first only: the others relapse, are never well, or die; a setback is no relapse."""
    here = clinic()
    spells = [
        (0, "unwell", 100, 120),
        (0, "well", 120, 150),
        (0, "setback", 150, 151),
        (0, "well", 151, 300),
        (1, "well", 100, 199),
        (1, "unwell", 199, 300),
        (2, "unwell", 100, 300),
        (3, "well", 100, 150),
        (3, "dead", 150, 300),
        (4, "unwell", 100, 150),
        (4, "dead", 150, 300),
    ]
    metric = EFFECTS["relapse_averted"].metric
    assert metrics(records(here, [100.0] * 5, spells=spells), here)[metric] == 0.2
    # A relapse after follow-up, which ends on day 200, does not count.
    late = [(0, "well", 100, 200.5), (0, "unwell", 200.5, 300)]
    assert metrics(records(here, [100.0], spells=late), here)[metric] == 1
    assert math.isnan(metrics(records(here, []), here)[metric])


# --- days_well_discounted ---


@pytest.mark.parametrize("seed", range(4))
def test_at_a_rate_of_zero_discounted_days_are_days(seed: int) -> None:
    here = clinic(discounting__effects=0.0)
    numbers = metrics(at_random(here, 100, seed), here)
    assert numbers["days_well"] > 10
    assert numbers["days_well_discounted"] == pytest.approx(numbers["days_well"], rel=1e-12)


def test_discounted_days_by_hand() -> None:
    """Patient 0 is well from 10 to 90 days after asking, patient 1 from 0 to 100, where follow-up ends."""
    rate = 0.05
    here = clinic(discounting__effects=rate)
    numbers = metrics(records(here, ARRIVED, spells=SPELLS), here)
    force = math.log(1 + rate) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    assert numbers["days_well"] == 90
    assert numbers["days_well_discounted"] == pytest.approx((value(10, 90) + value(0, 100)) / 2, rel=1e-12)


@pytest.mark.parametrize("changes", [{"discounting__costs": 0.2}, {"utilities__well": 0.5}])
def test_only_the_rate_for_effects_matters(changes: dict[str, Any]) -> None:
    facts = at_random(clinic(), 100, 3)
    one, other = (metrics(facts, clinic(discounting__effects=0.03, **more)) for more in ({}, changes))
    assert one["days_well_discounted"] == other["days_well_discounted"] < one["days_well"]


def test_setbacks_and_days_unwell_do_not_count_and_nobody_has_no_days() -> None:
    here = clinic(discounting__effects=0.03)
    spells = [(0, "unwell", 100, 150), (0, "setback", 150, 160), (0, "dead", 160, 300)]
    assert metrics(records(here, [100.0], spells=spells), here)["days_well_discounted"] == 0
    assert math.isnan(metrics(records(here, []), here)["days_well_discounted"])


def test_the_definition_says_what_it_is() -> None:
    row = metric_table(clinic()).set_index("metric").loc["days_well_discounted"]
    assert (row["unit"], row["direction"]) == ("days", "higher")
    assert "discounted" in row["definition"]
