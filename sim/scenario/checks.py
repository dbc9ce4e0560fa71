"""All checks of a scenario."""

from collections.abc import Iterable, Iterator, Mapping

from sim.files.nearest import name_hint
from sim.files.paths import join_path
from sim.files.problems import Problem, warning
from sim.scenario.cards import card_problems, range_warnings
from sim.scenario.fields import stated_numbers
from sim.scenario.load import load_warnings, wall_warnings
from sim.scenario.rules import part_problems, reference_errors, rule_errors
from sim.scenario.schema import Level, Relapse, Scenario
from sim.scenario.ways import (
    accepted,
    conditions_of_places,
    flow_errors,
    holding_warnings,
    instant_errors,
    kinds_of_patients,
    refusal_errors,
    unreached_levels,
)
from sim.scenario.ways.kinds import described
from sim.vocabulary import BY_STATE, DAYS_PER_WEEK, DAYS_PER_YEAR, PROGRAMME

BROUGHT_BY = {"checkup": "checkups", "emergency": "emergencies"}
"""Routes by which people come only where a scenario states this part."""

LONGEST_UNDISCOUNTED = 366
"""Days of follow-up up to which nobody expects discounting."""


def scenario_errors(scenario: Scenario) -> list[Problem]:
    """Every broken rule of a scenario whose single fields are sound; evidence cards aside."""
    rules = (part_problems, rule_errors, reference_errors, flow_errors, refusal_errors, instant_errors)
    return [problem for rule in rules for problem in rule(scenario) if problem.severity == "error"]


def scenario_warnings(scenario: Scenario, since: Scenario | None = None) -> list[Problem]:
    """What a sound scenario's author may not have meant: unreachable levels, unused places, load above capacity ...

    since: the scenario that this one was changed from, if numbers that left the range of their evidence there are to be
    told as well: a changed number keeps no card to be judged by.

    >>> (warning,) = sim.scenario_warnings(ward.with_overrides({"places.beds.capacity": 0}))
    >>> warning.message
    'is 0 throughout: no one is ever admitted to ward'
    """
    outside = [problem for problem in card_problems(scenario) if problem.severity == "warning"]
    return [
        *_demand(scenario),
        *_rest(scenario),
        *(problem for problem in part_problems(scenario) if problem.severity == "warning"),
        *_called(scenario),
        *_places(scenario),
        *_giving_up(scenario),
        *_check_ups(scenario),
        *_groups(scenario),
        *_use(scenario),
        *_medications(scenario),
        *_responses(scenario),
        *_economics(scenario),
        *_reimbursement(scenario),
        *unreached_levels(scenario),
        *holding_warnings(scenario),
        *load_warnings(scenario),
        *wall_warnings(scenario),
        *outside,
        *(range_warnings(scenario, since) if since is not None else []),
    ]


def _demand(scenario: Scenario) -> Iterator[Problem]:
    arrivals = scenario.arrivals
    known = scenario.known.well.people + scenario.known.unwell.people
    if not arrivals.first_per_day and not arrivals.closed_cohort and not scenario.initial and not known:
        yield warning("arrivals", "nobody ever asks for care")


def _rest(scenario: Scenario) -> Iterator[Problem]:
    """Calls of people known, and nothing that keeps these from becoming ever more."""
    arrivals = scenario.arrivals
    if arrivals.known_share and scenario.exits.moving_away_per_year is None:
        message = f"nothing makes {arrivals.known_share:.0%} of calls those of people known already"
        hint = "`stepdown rest FILE` solves for exits.moving_away_per_year, at which they are, and writes it"
        yield warning("arrivals.known_share", message, arrivals.known_share, hint)


def _called(scenario: Scenario) -> Iterator[Problem]:
    """Words for what there is not, and values that are left without."""
    for name, called in scenario.called.items():
        if name == "payers":
            yield from _words_for_none(name, "payer", called, _payers(scenario))
        elif name not in scenario.population:
            hint = name_hint(name, [*scenario.population, "payers"])
            yield warning(f"called.{name}", "has no effect: there is no such attribute", hint=hint)
        else:
            values = scenario.population[name]
            yield from _words_for_none(name, f"value of {name}", called, values)
            if missing := [value for value in values if value not in called]:
                message = f"has no words for {', '.join(missing)}: all are called as they are written"
                yield warning(f"called.{name}", message)


def _words_for_none(name: str, kind: str, called: Mapping[str, str], known: Iterable[str]) -> Iterator[Problem]:
    for word in called:
        if word not in known:
            path = join_path(("called", name, word))
            yield warning(path, f"has no effect: there is no such {kind}", called[word], name_hint(word, known))


def _payers(scenario: Scenario) -> list[str]:
    """Everyone who is said to pay for anything, of the programme or not."""
    shares = [scenario.payers, *(level.payers for level in scenario.levels.values()), *scenario.costs.payers.values()]
    of_rest = [scenario.reimbursement.residual_payer] if scenario.reimbursement else []
    every = [*(payer for table in shares for payer in table), *scenario.payers_of_patients, *of_rest]
    return list(dict.fromkeys(every))


def _places(scenario: Scenario) -> Iterator[Problem]:
    for name, place in scenario.places.items():
        users = [level for level, item in scenario.levels.items() if name in item.all_places]
        if not users:
            yield warning(f"places.{name}", "no level uses this kind of place")
        elif not place.is_ever_open(scenario.time):
            message = f"is 0 throughout: {'; '.join(_shut(scenario, name, users))}"
            yield warning(f"places.{name}.capacity", message, place.capacity)
        else:
            yield from _too_few(name, max(capacity for _, capacity in place.steps(scenario.time)), scenario)
        if place.weekly:
            yield from _long_stays(name, users, scenario)


def _shut(scenario: Scenario, place: str, users: list[str]) -> Iterator[str]:
    """Whom it keeps out of the levels that use a kind of place, that there is never one of it."""
    most = {name: max(number for _, number in each.steps(scenario.time)) for name, each in scenario.places.items()}
    nobody, one_of_several = [], []
    for name in users:
        level = scenario.levels[name]
        open_ones = {
            number
            for number, holding in enumerate(level.holdings())
            if all(most[each] >= needed for each, needed in holding.items())
        }
        if not open_ones:
            nobody.append(name)
        elif kept_out := _kept_out(scenario, level, open_ones):
            yield f"{name} never has a place for patients with {' or '.join(kept_out)}"
        else:
            one_of_several.append(name)
    if nobody:
        yield f"no one is ever admitted to {', '.join(nobody)}"
    if one_of_several:
        yield f"no one in {', '.join(one_of_several)} ever holds one"


def _kept_out(scenario: Scenario, level: Level, open_ones: set[int]) -> list[str]:
    """Kinds of patients, in words, who may have something in a level, but nothing that is ever open."""
    kinds = kinds_of_patients(scenario, conditions_of_places(scenario))
    named = {attribute for place in level.all_places for attribute in scenario.places[place].accepts}
    kept_out = [
        described({attribute: value for attribute, value in kind.items() if attribute in named})
        for kind, share in kinds or []
        if share > 0 and (may_have := accepted(scenario, level, kind)) and open_ones.isdisjoint(may_have)
    ]
    return list(dict.fromkeys(kept_out))


def _too_few(place: str, most: int, scenario: Scenario) -> Iterator[Problem]:
    """Stays that would hold more of a kind of place than there ever are."""
    for name, level in scenario.levels.items():
        each = level.places_each.get(place, 1)
        if place in level.all_places and each > most:
            message = f"of {place} there are {most} at the most, so that nobody is ever given one for {name}"
            yield warning(f"levels.{name}.places_each.{place}", message, each)


def _long_stays(place: str, users: list[str], scenario: Scenario) -> Iterator[Problem]:
    """Places that close within every week, and stays that do not end with it."""
    for name in users:
        days = scenario.levels[name].length_of_stay.expected()
        if days > DAYS_PER_WEEK:
            message = (
                f"ends no stay: people keep their places in {name} for {days:.3g} days, whatever the day of the week"
            )
            hint = f"For admissions on some days and hours alone state levels.{name}.intake"
            yield warning(f"places.{place}.weekly", message, hint=hint)


def _giving_up(scenario: Scenario) -> Iterator[Problem]:
    bridges = {level.bridge for level in scenario.levels.values()}
    for name, level in scenario.levels.items():
        if level.on_giving_up == "stay" and level.hand_over != "hold" and name not in bridges:
            yield warning(f"levels.{name}.on_giving_up", "has no effect: nobody waits there for the next level", "stay")


def _check_ups(scenario: Scenario) -> Iterator[Problem]:
    """Rules of lists for those whom check-ups or emergencies bring, where there are none."""
    for name, level in scenario.levels.items():
        for index, rule in enumerate(level.priority):
            absent = {BROUGHT_BY.get(route, "") for route in rule.coming_from}
            if absent and not any(part == "" or getattr(scenario, part) for part in absent):
                parts = " and no ".join(f"[{part}]" for part in sorted(absent))
                message = f"has no effect: there is no {parts}, which would bring them"
                yield warning(f"levels.{name}.priority.{index}.coming_from", message, list(rule.coming_from))


def _groups(scenario: Scenario) -> Iterator[Problem]:
    for name, level in scenario.levels.items():
        if level.group is None or not level.all_places:
            continue
        seats = level.group.size * level.group.groups
        capacity = level.room({place: scenario.places[place].capacity for place in level.all_places})
        if seats != capacity:
            groups = f"{level.group.groups} groups of {level.group.size}"
            message = f"{groups} hold {seats} people, but the level has {capacity} places"
            yield warning(f"levels.{name}.group", message)


def _use(scenario: Scenario) -> Iterator[Problem]:
    """Inputs of setbacks and relapse that have no effect, or another than a reader would think."""
    relapse, setback, frailty = scenario.relapse, scenario.setback, scenario.frailty
    if setback is not None and setback.duration_days is not None and (relapse is None or not relapse.setbacks()):
        missing = (
            "there is no [relapse]"
            if relapse is None
            else "every setback begins a relapse (relapse.share_of_setbacks is 1)"
        )
        yield warning("setback.duration_days", f"has no effect: {missing}")
    if setback is not None and setback.into_relapse_days is not None and relapse is None:
        yield warning("setback.into_relapse_days", "has no effect: there is no [relapse]")
    if relapse is not None and relapse.after_remission != 1 and scenario.remission is None:
        yield warning("relapse.after_remission", "has no effect: there is no [remission]", relapse.after_remission)
    if frailty.recovery_sd > 0 and scenario.remission is None and scenario.return_to_care.delay_days is None:
        yield warning("frailty.recovery_sd", "has no effect: nobody recovers, or comes back", frailty.recovery_sd)
    for name, level in scenario.levels.items():
        yield from _clock(f"levels.{name}.relapse_clock", level, relapse)
    if not any(level.risk_at_discharge for level in scenario.levels.values()):
        message = "has no effect: no level has a risk_at_discharge"
        for path, ratio in stated_numbers(scenario).items():
            if path.startswith("effects.") and path.endswith(".risk_at_discharge") and ratio != 1:
                yield warning(path, message, ratio)


def _medications(scenario: Scenario) -> Iterator[Problem]:
    """Medication that nobody is offered, and effects of it on what the scenario does not have."""
    levels, interim = scenario.levels.values(), _interim_levels(scenario)
    for name, medication in scenario.medications.items():
        path, effects = f"medications.{name}", medication.effects
        if medication.levels and not medication.at_home and interim.issuperset(medication.levels):
            yield warning(f"{path}.levels", "nobody is offered it: an interim service offers none", medication.levels)
        if effects.relapse != 1 and scenario.relapse is None:
            yield warning(f"{path}.effects.relapse", "has no effect: there is no [relapse]", effects.relapse)
        if effects.risk_at_discharge != 1 and not any(level.risk_at_discharge for level in levels):
            message = "has no effect: no level has a risk_at_discharge"
            yield warning(f"{path}.effects.risk_at_discharge", message, effects.risk_at_discharge)
        if effects.dropout != 1 and not any(level.dropout for level in levels):
            yield warning(f"{path}.effects.dropout", "has no effect: no level has a dropout", effects.dropout)
        if medication.changes_deaths and scenario.death is None:
            yield warning(path, "has no effect on deaths: there is no [death]")


def _responses(scenario: Scenario) -> Iterator[Problem]:
    """Partial responses that nobody comes to, from which nobody gets well, or that are worth as much as none."""
    if not scenario.responses:
        nobody = "has no effect: nobody comes to a partial response (no level, nor home, states response.days)"
        for path, value in stated_numbers(scenario).items():
            if "response" in path.split(".") and not path.startswith("evidence."):
                yield warning(path, nobody, value)
                return
        return
    for name, level in scenario.levels.items():
        response = level.response
        if response is not None and response.days_to_remission is None and level.days_to_remission is None:
            message = f"is missing, and so is levels.{name}.days_to_remission: nobody gets well in this level"
            yield warning(f"levels.{name}.response.days_to_remission", message)
    if scenario.utilities is not None and scenario.utilities.response is None:
        yield warning("utilities.response", "is missing: a day in a partial response is worth no more than one unwell")


def _interim_levels(scenario: Scenario) -> set[str]:
    """Levels that people are in as an interim service alone."""
    levels = scenario.levels.values()
    asked_for = {to for rule in scenario.entry for to, share in rule.to.items() if share > 0} | {
        level.step_up_to for level in levels
    }
    asked_for |= {link.to for level in levels for link in level.next}
    return {level.bridge for level in levels if level.hand_over == "bridge" and level.bridge is not None} - asked_for


def _clock(path: str, level: Level, relapse: Relapse | None) -> Iterator[Problem]:
    """A clock of setbacks that goes slower than the hazard: with a shape below 1 it stays where the hazard is
    highest."""
    if relapse is None or level.relapse_clock is None:
        return
    if level.relapse_exposure == 0:
        yield warning(path, "has no effect: relapse_exposure is 0", level.relapse_clock)
        return
    clock = level.exposed_days_a_day()
    for shape in {curve.shape for curve in relapse.curves() if curve.shape < 1}:
        # (r / e) H(e x) against H(x) soon after being well begins, where H(x) is as x to the power of the shape.
        against_home = level.relapse_exposure * clock ** (shape - 1)
        if level.relapse_exposure < 1 < against_home:
            message = (
                f"keeps people on their first days well, when a hazard of shape {shape:g} is highest: those who "
                f"recover here have {against_home:.3g} times the risk of their first days at home"
            )
            yield warning(path, message, level.relapse_clock, "A clock nearer to relapse_exposure, or a shape above 1")
            return


def _economics(scenario: Scenario) -> Iterator[Problem]:
    """What would make perspectives equal, or later money worth as much as earlier, without a word."""
    if not any(value > 0 for path, value in stated_numbers(scenario).items() if _is_price(path)):
        return
    levels, costs = scenario.levels.values(), scenario.costs
    borne = [scenario.payers, *(level.payers for level in levels), *costs.payers.values()]
    beside_payers = any(level.patient_time_per_day + level.patient_time_per_session > 0 for level in levels)
    of_society = (costs.productivity, costs.crime_and_justice)
    beside_payers |= any(
        cost > 0 for state_costs in of_society for cost in state_costs.model_dump(exclude_none=True).values()
    )
    if not beside_payers and not any({"patient", "society"} & set(shares) for shares in borne):
        message = "nothing falls on patients or on others (patient_time, productivity, crime_and_justice, payers)"
        yield warning("costs", f"{message}: to society everything costs what it costs the payer")
    if costs.patient_time and not any(level.patient_time_per_day + level.patient_time_per_session for level in levels):
        yield warning("costs.patient_time", "has no effect: no level states what a patient's time is worth there")
    days, rates = scenario.time.follow_up_days, scenario.discounting
    if days > LONGEST_UNDISCOUNTED and not any(rate for _, rate in (*rates.rates("costs"), *rates.rates("effects"))):
        yield warning("discounting", f"costs and effects over a follow-up of {days:g} days are not discounted")
    start, end = scenario.window
    for index, change in enumerate(rates.later):
        if change.from_year * DAYS_PER_YEAR >= max(days, end - start):
            message = "has no effect: neither follow-up nor the window of measurement is so long"
            yield warning(f"discounting.later.{index}", message, change.from_year)
    if costs.per_death > 0 and scenario.death is None:
        yield warning("costs.per_death", "has no effect: without [death] nobody dies", costs.per_death)


def _reimbursement(scenario: Scenario) -> Iterator[Problem]:
    """Shares of costs that nobody pays by any more, and rates that are none."""
    payment = scenario.reimbursement
    if payment is None:
        return
    instead = (
        f"has no effect on what the programme costs: [reimbursement] says who pays, {payment.residual_payer} the rest"
    )
    for path in [f"levels.{name}.payers" for name, level in scenario.levels.items() if level.payers]:
        yield warning(path, instead)
    for category in (category for category in scenario.costs.payers if category in PROGRAMME):
        yield warning(f"costs.payers.{category}", instead)
    rates = [rate for level in scenario.levels.values() for rate in level.rates.values()]
    if not any(rate.per_day + rate.per_session + rate.per_admission for rate in rates):
        message = f"no level states a rate above 0: {payment.residual_payer} pays for everything"
        yield warning("reimbursement", message, hint="levels.<level>.rates.<payer>.per_day is one")


def _is_price(path: str) -> bool:
    prices = ("costs.per_relapse", "costs.per_death", *(f"costs.{category}" for category in BY_STATE))
    return "cost_per_" in path or path.startswith(prices)
