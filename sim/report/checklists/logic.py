"""What of the model a scenario uses, in words, so that a checklist claims no mechanism that is not there."""

from collections.abc import Callable, Mapping, Sequence

from sim.report.wording import title_of
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.schema import Death
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


def _those(parts: Mapping[str, object]) -> list[str]:
    """The words of what there is."""
    return [words for words, there in parts.items() if there]


def after_discharge(scenario: Scenario) -> list[str]:
    """What may happen to people outside care."""
    rates = scenario.death or Death()
    return _those(
        {
            "relapse": scenario.relapse,
            f"have {scenario.condition.words['setbacks']}": scenario.relapse and scenario.relapse.setbacks(),
            "recover without care": scenario.remission,
            "come back": scenario.return_to_care.probability,
            "are looked up": scenario.checkups,
            "visit an emergency department": scenario.emergencies,
            "die": rates.well or rates.unwell,
        }
    )


def endings(scenario: Scenario) -> list[str]:
    """How a stay may end, the plan's completion first."""
    levels = scenario.levels.values()
    return _those(
        {
            "plan completed": True,
            "drop-out": any(level.dropout for level in levels),
            "burn-out (treatment fatigue)": any(level.burnout for level in levels),
            "administrative discharge": any(level.termination for level in levels),
            "the end of authorised days": any(level.ends_authorised for level in levels),
            "transfer to another operator": any(level.transfer for level in levels),
            "early step-down": any(level.early_step_down for level in levels),
            "relapse": _relapse_ends_stays(scenario),
            "death": scenario.death and (scenario.death.in_care or scenario.death.background),
        }
    )


def algorithms(scenario: Scenario) -> list[str]:
    """The rules that stand for decisions of people and for processes."""
    levels = scenario.levels.values()
    policies = list(dict.fromkeys(level.hand_over for level in levels if level.next))
    order = "by priority" if any(level.priority for level in levels) else "first come, first served"
    setback, of_relapse = scenario.condition.words["any_setback"], "a clock of relapse"
    if scenario.relapse and scenario.relapse.setbacks():
        of_relapse = f"a clock of {setback}, of which a share begins a relapse"
    return _those(
        {
            "placement by entry rules": True,
            f"waiting lists, {order}": scenario.places,
            "continued-stay reviews": any(level.review_every_days for level in levels),
            "early step-down": any(level.early_step_down for level in levels),
            f"links to the next level, with hand-over by {listed(policies)}": policies,
            "peer groups": any(level.group and level.group.dropout_ratio_when_full != 1 for level in levels),
            of_relapse: scenario.relapse,
            f"{setback} on the day of leaving 24-hour care": any(level.risk_at_discharge for level in levels),
            "lasting recovery": scenario.exits.recovery_per_year,
        }
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
    first, *others = endings(scenario)
    stay = (
        f"a level until the earliest of its ends ({', '.join([first, *others])})"
        if others
        else "a level until its plan is completed"
    )
    parts = {
        "asking": True,
        "waiting": scenario.places,
        f"staying in {stay}": True,
        "the lag before the next level": any(level.next for level in scenario.levels.values()),
        "and life outside care": True,
    }
    return ", ".join(_those(parts))


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
    return _those(
        {
            "the end of their follow-up": True,
            "death": rates.in_care or rates.well or rates.unwell or rates.background,
            "moving away, after which they never ask again": scenario.exits.moving_away_per_year,
            "transfer to another operator, whose care is not seen": any(
                level.transfer for level in scenario.levels.values()
            ),
        }
    )


def staff(scenario: Scenario) -> list[str]:
    """What is computed of staff, who are not simulated."""
    levels = scenario.levels.values()
    return _those(
        {
            "clinical hours": any(level.clinical_hours_per_week or level.group for level in levels),
            "full-time clinicians": any(level.caseload for level in levels),
        }
    )


def prices(scenario: Scenario) -> list[str]:
    """What the scenario puts a price on."""
    levels, costs, looked_up = scenario.levels.values(), scenario.costs, scenario.checkups
    medications, emergencies = scenario.medications.values(), scenario.emergencies.values()
    states = {CATEGORY[category].phrase: getattr(costs, category) for category in BY_STATE}
    return _those(
        {
            "days in levels": any(cost for level in levels for _, cost in level.daily_costs()),
            "sessions": any(level.cost_per_session for level in levels),
            "admissions": any(level.cost_per_admission for level in levels),
            "places": any(place.fixed_cost_per_day for place in scenario.places.values()),
            "medication": any(each.cost_per_start or each.cost_of_a_day for each in medications),
            "relapses": costs.per_relapse,
            "deaths": costs.per_death,
            "emergency visits": any(each.cost_per_visit for each in emergencies),
            "check-ups": looked_up and looked_up.cost_per_checkup + looked_up.cost_per_linkage,
            **{name: each.well or each.setback or each.unwell or each.response for name, each in states.items()},
            "patients' time": any(level.patient_time_per_day or level.patient_time_per_session for level in levels),
        }
    )


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
