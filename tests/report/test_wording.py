"""How metrics and inputs are said."""

import sim
from sim.report.wording import group_words, inputs_words, payer_words


def test_inputs_are_called_by_titles_of_whoever_has_them() -> None:
    without, county = sim.load_scenario("residential_only"), sim.load_scenario("county_convert")
    track = next(name for name in county.levels if name not in without.levels)
    onward, fee = f"levels.{track}.next.0.delay_days.mean", f"levels.{track}.cost_per_session"
    called = inputs_words([onward, fee, "frailty.sd", "levels.iop.next.7.probability", "money"], [without, county])
    assert called[onward].startswith(
        "delay days mean of going on from IOP with recovery housing (ASAM 2.1 and 3.1) to "
    )
    assert called[fee] == "cost per session of IOP with recovery housing (ASAM 2.1 and 3.1)"
    assert called["frailty.sd"] == "sd of frailty"
    # Nobody has such a link, or it is a group of inputs.
    assert (called["levels.iop.next.7.probability"], called["money"]) == ("levels.iop.next.7.probability", "money")


def test_inputs_that_would_be_called_alike_are_called_by_their_paths() -> None:
    scenario = sim.load_scenario("base")
    titled = {name: level.model_copy(update={"title": "Care"}) for name, level in scenario.levels.items()}
    paths = ["levels.iop.no_show", "levels.residential.no_show"]
    assert inputs_words(paths, [scenario.model_copy(update={"levels": titled})]) == {path: path for path in paths}


def test_groups_and_payers_are_called_as_the_scenario_calls_them() -> None:
    county = [sim.load_scenario("county")]
    assert group_words(county, "housing", "unstable") == "people without a stable home"
    assert group_words(county, "severity", "severe", "mild") == "people with severe needs and people with mild needs"
    both = group_words(county, "severity x housing", "severe x unstable")
    assert both == "people with severe needs, without a stable home"
    assert (payer_words(county, "medicaid"), payer_words(county, "nobody")) == ("Medicaid", "nobody")
    # Without words for each of them they are called as they are written.
    assert group_words(county, "severity", "severe", "none") == "severity: severe and none"
    assert group_words([], "co_occurring", "yes") == "co_occurring: yes"


def test_words_are_those_of_the_first_scenario_that_has_some() -> None:
    """Of groups as of payers: a page calls nobody by two names."""
    base = sim.load_scenario("base")
    other = base.with_overrides({"called.housing.unstable": "people in shelters", "called.payers.state": "us"})
    assert group_words([base, other], "housing", "unstable") == "people without a stable home"
    assert group_words([other, base], "housing", "unstable") == "people in shelters"
    assert payer_words([base, other], "state") == "the state"


def test_words_are_no_input() -> None:
    base = sim.load_scenario("base")
    renamed = base.with_overrides({"called.housing.unstable": "people in shelters"})
    assert group_words([renamed], "housing", "unstable") == "people in shelters"
    assert (renamed.digest(), sim.scenario.differences.differences(base, renamed)) == (base.digest(), [])


def test_prices_and_utilities_of_a_state_are_called_in_the_words_of_the_condition() -> None:
    paths = ["costs.productivity.unwell", "costs.other_health_care.well", "costs.per_death", "utilities.setback"]
    called = inputs_words([*paths, "relapse.shape"], [sim.load_scenario("hybrid")])
    assert list(called.values()) == [
        "cost of lost work while using",
        "cost of other health care while abstinent",
        "cost per death",
        "utility while in a lapse",
        "shape of relapse",
    ]
