"""What of the model a scenario uses, in words, so that a checklist claims no mechanism that is not there."""

from collections.abc import Callable, Mapping, Sequence

from sim.report.wording import title_of
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.schema import Death, Relapse
from sim.scenario.ways import classes_accepted
from sim.vocabulary import BY_STATE, CATEGORY, TRANSFERS


def anywhere(scenarios: Mapping[str, Scenario], parts: Callable[[Scenario], Sequence[str]]) -> list[str]:
    """What any of the scenarios has, each once; with the labels of those that have it, where some have not."""
    labels_of: dict[str, list[str]] = {}
    for label, scenario in scenarios.items():
        for part in parts(scenario):
            labels_of.setdefault(part, []).append(shortened(label, 60))
    return [
        part if len(labels) == len(scenarios) else f"{part} (only in {listed(labels)})"
        for part, labels in labels_of.items()
    ]


def after_discharge(scenario: Scenario) -> list[str]:
    """What may happen to people outside care."""
    rates, words = scenario.death or Death(), scenario.condition.words
    return [
        *(["relapse"] if scenario.relapse else []),
        *([f"have {words['setbacks']}"] if scenario.relapse and scenario.relapse.setbacks() else []),
        *(["recover without care"] if scenario.remission else []),
        *(["come back"] if scenario.return_to_care.probability else []),
        *(["are looked up"] if scenario.checkups else []),
        *(["visit an emergency department"] if scenario.emergencies else []),
        *(["die"] if rates.well or rates.unwell else []),
    ]


def endings(scenario: Scenario) -> list[str]:
    """How a stay may end, the plan's completion first."""
    levels = scenario.levels.values()
    return [
        "plan completed",
        *(["drop-out"] if any(level.dropout for level in levels) else []),
        *(["burn-out (treatment fatigue)"] if any(level.burnout for level in levels) else []),
        *(["administrative discharge"] if any(level.termination for level in levels) else []),
        *(["the end of authorised days"] if any(level.ends_authorised for level in levels) else []),
        *(["transfer to another operator"] if any(level.transfer for level in levels) else []),
        *(["early step-down"] if any(level.early_step_down for level in levels) else []),
        *(["relapse"] if _relapse_ends_stays(scenario) else []),
        *(["death"] if scenario.death and (scenario.death.in_care or scenario.death.background) else []),
    ]


def algorithms(scenario: Scenario) -> list[str]:
    """The rules that stand for decisions of people and for processes."""
    levels = scenario.levels.values()
    policies = dict.fromkeys(level.hand_over for level in levels if level.next)
    ranked = any(level.priority for level in levels)
    any_setback = scenario.condition.words["any_setback"]
    return [
        "placement by entry rules",
        *([f"waiting lists, {'by priority' if ranked else 'first come, first served'}"] if scenario.places else []),
        *(["continued-stay reviews"] if any(level.review_every_days for level in levels) else []),
        *(["early step-down"] if any(level.early_step_down for level in levels) else []),
        *([f"links to the next level, with hand-over by {listed(list(policies))}"] if policies else []),
        *(["peer groups"] if any(_group_matters(scenario, name) for name in scenario.levels) else []),
        *([_clock_of_setbacks(scenario.relapse, any_setback)] if scenario.relapse else []),
        *(
            [f"{any_setback} on the day of leaving 24-hour care"]
            if any(level.risk_at_discharge for level in levels)
            else []
        ),
        *(["lasting recovery"] if scenario.exits.recovery_per_year else []),
    ]


def _clock_of_setbacks(relapse: Relapse, any_setback: str) -> str:
    return (
        f"a clock of {any_setback}, of which a share begins a relapse" if relapse.setbacks() else "a clock of relapse"
    )


def population(scenario: Scenario) -> str:
    """The attributes of patients and their shares."""
    texts = [
        f"{name} ({', '.join(f'{value} {100 * share:g} %' for value, share in values.items())})"
        for name, values in scenario.population.items()
    ]
    return "; ".join(texts) or "no attributes: all patients have the same parameters"


def entities(scenario: Scenario) -> str:
    """Patients, with what tells them apart."""
    hidden = f"; and a hidden frailty of log sd {scenario.frailty.sd:g}" if scenario.frailty.sd else ""
    return f"patients ({scenario.condition.title.lower()}), with {population(scenario)}{hidden}"


def activities(scenario: Scenario) -> str:
    """What patients do."""
    last = endings(scenario)
    until = "a level until its plan is completed" if len(last) == 1 else "a level until the earliest of its ends"
    ends = "" if len(last) == 1 else f" ({', '.join(last)})"
    return ", ".join(
        [
            "asking",
            *(["waiting"] if scenario.places else []),
            f"staying in {until}{ends}",
            *(["the lag before the next level"] if any(level.next for level in scenario.levels.values()) else []),
            "and life outside care",
        ]
    )


def queues(scenario: Scenario) -> str:
    """The discipline of waiting lists."""
    held = {name: level for name, level in scenario.levels.items() if level.has_list}
    if not held:
        return "none: every level has room for everyone"
    ranks = [title_of(scenario, name) for name, level in held.items() if level.priority]
    leaves = [title_of(scenario, name) for name, level in held.items() if level.patience]
    order = f", within priority classes in {listed(ranks)}" if ranks else " in every level"
    patience = f"people give up waiting (reneging) for {listed(leaves)}" if leaves else "nobody gives up waiting"
    capped = [title_of(scenario, name) for name, level in held.items() if level.list_cap is not None]
    limit = f"whoever finds the list of {listed(capped)} full is turned away" if capped else "no limit to a list"
    several = [title_of(scenario, name) for name, level in held.items() if len(classes_accepted(scenario, level)) > 1]
    lists = f", in {listed(several)} one for each class of patients whom the same places accept" if several else ""
    served = "first come, first served of those who can have a place" if several else "first come, first served"
    return f"one waiting list a level{lists}, {served}{order}; {patience}; no balking, {limit}"


def exits(scenario: Scenario) -> list[str]:
    """How people leave what is simulated."""
    rates = scenario.death or Death()
    return [
        "the end of their follow-up",
        *(["death"] if rates.in_care or rates.well or rates.unwell or rates.background else []),
        *(["moving away, after which they never ask again"] if scenario.exits.moving_away_per_year else []),
        *(
            ["transfer to another operator, whose care is not seen"]
            if any(level.transfer for level in scenario.levels.values())
            else []
        ),
    ]


def staff(scenario: Scenario) -> list[str]:
    """What is computed of staff, who are not simulated."""
    levels = scenario.levels.values()
    return [
        *(["clinical hours"] if any(level.clinical_hours_per_week or level.group for level in levels) else []),
        *(["full-time clinicians"] if any(level.caseload for level in levels) else []),
    ]


def prices(scenario: Scenario) -> list[str]:
    """What the scenario puts a price on."""
    levels, costs, looked_up = scenario.levels.values(), scenario.costs, scenario.checkups
    time = any(level.patient_time_per_day or level.patient_time_per_session for level in levels)
    states = {CATEGORY[category].phrase: getattr(costs, category) for category in BY_STATE}
    return [
        *(["days in levels"] if any(cost for level in levels for _, cost in level.daily_costs()) else []),
        *(["sessions"] if any(level.cost_per_session for level in levels) else []),
        *(["admissions"] if any(level.cost_per_admission for level in levels) else []),
        *(["places"] if any(place.fixed_cost_per_day for place in scenario.places.values()) else []),
        *(
            ["medication"]
            if any(each.cost_per_start or each.cost_of_a_day for each in scenario.medications.values())
            else []
        ),
        *(["relapses"] if costs.per_relapse else []),
        *(["deaths"] if costs.per_death else []),
        *(["emergency visits"] if any(each.cost_per_visit for each in scenario.emergencies.values()) else []),
        *(["check-ups"] if looked_up and looked_up.cost_per_checkup + looked_up.cost_per_linkage else []),
        *(name for name, state in states.items() if state.well or state.setback or state.unwell or state.response),
        *(["patients' time"] if time else []),
    ]


def components(scenario: Scenario) -> str:
    """What cost to society is made of, and what is left out of it, in sentences."""
    transfers = [CATEGORY[category].phrase for category in TRANSFERS]
    priced = prices(scenario)
    counted = [part for part in priced if part not in transfers]
    unpriced = [CATEGORY[category].phrase for category in BY_STATE if CATEGORY[category].phrase not in priced]
    left_out = [part for part in unpriced if part not in transfers]
    sentences = [f"Cost to society is made of {listed(counted)}." if counted else "Nothing has a price."]
    if left_out:
        sentences.append(f"Not stated, and so not in it: {listed(left_out)}.")
    kept_out = [part for part in transfers if part in priced]
    kept_out += ["what payers pay by their rates"] if scenario.reimbursement else []
    if kept_out:
        sentences.append(f"Kept out of it, being no cost but money that changes hands: {listed(kept_out)}.")
    return " ".join(sentences)


def _relapse_ends_stays(scenario: Scenario) -> bool:
    exposed = [level for level in scenario.levels.values() if level.relapse_exposure]
    return scenario.relapse is not None and any(level.on_relapse.continue_ < 1 for level in exposed)


def _group_matters(scenario: Scenario, name: str) -> bool:
    group = scenario.levels[name].group
    return group is not None and group.dropout_ratio_when_full != 1
