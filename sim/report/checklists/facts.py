"""The facts of a scenario or a study that reporting checklists speak of, by the names that these give them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.experiment.result import Study
from sim.files.provenance import Provenance
from sim.outcomes import EFFECTS, PERSPECTIVES
from sim.outcomes.payers import payers
from sim.report.checklists import logic
from sim.report.checklists.logic import anywhere
from sim.report.sheets.evidence import grades, homes, some_paths
from sim.report.sheets.validation import TALLY
from sim.report.sheets.warm_up import warm_up_verdict
from sim.report.wording import title_of, value_text
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.cards import card_for, numbers_without_card
from sim.scenario.differences import differences
from sim.scenario.fields import stated_numbers
from sim.scenario.schema import EvidenceCard
from sim.vocabulary import DEAD, STATES

LONG = 400
YEAR = re.compile(r"\b(19|20)\d\d\b")


def facts_of(scenarios: Mapping[str, Scenario], made: Provenance, study: Study | None) -> dict[str, Any]:
    """What both checklists need: of what is simulated, of its data, and of how it was computed."""
    single, time = len(scenarios) == 1, next(iter(scenarios.values())).time
    expected = [scenario.hypothesis for scenario in scenarios.values() if scenario.hypothesis]
    hypothesis = f" Expected answer: {shortened(expected[-1], LONG)}" if expected else ""
    alone = f"One scenario, {names(scenarios)}; nothing is compared."
    compared = f"Scenario-based analysis: {names(scenarios)}. The first is the baseline."
    cards = [card for scenario in scenarios.values() for card in scenario.evidence.values()]
    told_by = {"levels": levels, "places": places, "arrivals": arrivals, "start": _start, "unsourced": unsourced}
    told_by |= {"evidence": evidence, "entities": logic.entities, "queues": logic.queues}
    told_by |= {"activities": lambda scenario: ", ".join(logic.mechanisms("activities", scenario))}
    return {
        "single": single,
        "study": study,
        "made": made,
        "questions": questions(scenarios),
        "names": names(scenarios),
        "shown": "in this report" if study is not None else "by stepdown run and stepdown compare",
        "paired": "" if single else "; differences are paired by replication, with all of them allowed for (Holm)",
        "aims": (alone if single else compared) + hypothesis,
        "changed": " ".join(_changed(scenarios)),
        **{name: each(scenarios, tell) for name, tell in told_by.items()},
        **{name: listed(anywhere(scenarios, name)) for name in ("after_discharge", "staff", "exits")},
        "algorithms": "; ".join(anywhere(scenarios, "algorithms")),
        "sources": "; ".join(sources(scenarios)),
        "carded": bool(cards),
        "assumed": any(card.grade == "assumption" for card in cards),
        "ranges": any(card.low is not None for card in cards),
        **{name: f"{getattr(time, name):g}" for name in ("warm_up_days", "recruitment_days", "follow_up_days")},
        "horizon_days": f"{time.horizon:g}",
        **({} if study is None else {"runs": _replications(study), **_warm_up(study)}),
        "libraries": ", ".join(f"{name} {version}" for name, version in made.versions.items()),
    }


def economic_facts(scenarios: Mapping[str, Scenario], study: Study) -> dict[str, Any]:
    """What the checklist of economic evaluations needs beside these."""
    first = next(iter(scenarios.values()))
    computed = set(study.metrics["metric"])
    effects = [effect.of(first.condition).unit for effect in EFFECTS.values() if effect.metric in computed]
    bearers = {payer for scenario in scenarios.values() for payer in payers(scenario)}
    falls = ["gaps between groups of patients, and whether they narrow or widen"] if len(study.gap_changes()) else []
    falls += ["costs by payer"] if len(bearers) > 1 else []
    return {
        "population": each(scenarios, logic.population),
        "level_names": each(scenarios, lambda scenario: listed(list(scenario.levels))),
        "currency": first.currency,
        "price_year": first.price_year,
        "perspectives": "; ".join(f"{name}, {words}" for name, words in PERSPECTIVES.items()),
        "follow_up": each(scenarios, lambda scenario: f"{scenario.time.follow_up_days:g} days"),
        "discount_costs": _by_year(first.discounting.rates("costs")),
        "discount_effects": _by_year(first.discounting.rates("effects")),
        "effects": listed(effects),
        "utilities": each(scenarios, _utilities),
        "prices": listed(anywhere(scenarios, "prices")),
        "validation": TALLY["validation"],
        "grouped": bool(len(study.groups)),
        "distribution": listed(falls),
        "count": len(study.results),
        "replications": study.replications,
    }


def _changed(scenarios: Mapping[str, Scenario]) -> list[str]:
    """In which inputs each other scenario differs from the baseline."""
    baseline, *others = scenarios
    lines = []
    for label in others:
        paths = [path for path, _, _ in differences(scenarios[baseline], scenarios[label])]
        which = f"differs in {some_paths(paths, 12)}." if paths else "has the same inputs."
        lines.append(f"{shortened(label, 60)} {which}")
    return lines


def _start(scenario: Scenario) -> str:
    closed = scenario.arrivals.closed_cohort is not None
    kind = "terminating: a closed cohort is followed to the end" if closed else "non-terminating"
    known = scenario.known.well.people + scenario.known.unwell.people
    beside = f", and {known:,} former patients are at home" if known else ""
    start = "people present on day 0 fill the system" if scenario.initial else "the system starts empty"
    return f"{kind}; {start}{beside}"


def _replications(study: Study) -> str:
    """How often it was simulated, and which precision was reached."""
    single = len(study.results) == 1
    runs = f"{study.replications} independent replications{'' if single else ' of each scenario'}, seed "
    runs += f"{study.results[study.baseline].seed}{'' if single else ', paired by common random numbers'}."
    for reached in study.reached:
        what = f"{reached.precision.metric} within {reached.precision.text}"
        runs += f" Precision asked for: {what}, {'reached' if reached.replications else 'NOT reached'}."
    return runs


def _warm_up(study: Study) -> dict[str, str]:
    """The verdict on the warm-up of each scenario, by its label, and what is left to say of it."""
    verdicts, doubtful = [], []
    for label, result in study.results.items():
        judged = result.warm_up()
        verdicts.append(f"{shortened(label, 60)}: {warm_up_verdict(judged)}" if label else warm_up_verdict(judged))
        if not judged["long_enough"].fillna(False).all():
            doubtful.append(shortened(label, 60) or "this scenario")
    time = study.results[study.baseline].scenario.time
    left = "How the length of the warm-up was chosen." if time.warm_up_days else ""
    if doubtful:
        left += f" Why results can be used where it is too short, or cannot be judged: {listed(doubtful)}."
    return {"warm_up": " ".join(verdicts), "warm_up_left": left}


def _by_year(rates: Sequence[tuple[float, float]]) -> str:
    """Discount rates in words: "3.5 % a year (3 % from year 30 on)"."""
    later = listed([f"{100 * rate:g} % from year {year:g} on" for year, rate in rates[1:]])
    return f"{100 * rates[0][1]:g} % a year" + (f" ({later})" if later else "")


def _utilities(scenario: Scenario) -> str:
    worth = scenario.utilities
    if worth is None:
        return "utilities are not stated, so there are no QALYs"
    sourced = sum(f"utilities.{state}" in scenario.evidence for state in STATES[:DEAD])
    words = scenario.condition.words
    by_state = {"well": worth.well, "in_setback": worth.setback}
    if scenario.responses and worth.response is not None:
        by_state["in_response"] = worth.response
    by_state["unwell"] = worth.unwell
    number = {3: "three", 4: "four"}[len(by_state)]
    grade = f"{sourced} of the {number} with an evidence card" if sourced else "without an evidence card"
    values = ", ".join(f"{words[state]} {value_text(value)}" for state, value in by_state.items())
    by_age = f"; by age, as stated at {worth.age.reference_age:g} years" if worth.age else ""
    emergencies = [(kind.title or name, kind.qaly_loss) for name, kind in scenario.emergencies.items()]
    lost = [f"{title} {value_text(loss)}" for title, loss in emergencies if loss > 0]
    at_once = f"; QALYs lost by a visit to an emergency department: {', '.join(lost)}" if lost else ""
    return f"utilities: {values}, dead 0{by_age}{at_once}; {grade}"


def each(scenarios: Mapping[str, Scenario], tell: Callable[[Scenario], str]) -> str:
    """What there is to tell of all scenarios; where they differ, of each one by its label."""
    labels_of: dict[str, list[str]] = {}
    for label, scenario in scenarios.items():
        labels_of.setdefault(tell(scenario), []).append(shortened(label, 60))
    if len(labels_of) == 1:
        return next(iter(labels_of))
    return "; ".join(f"in {listed(labels)}: {text}" for text, labels in labels_of.items())


def questions(scenarios: Mapping[str, Scenario]) -> str:
    """What the scenarios ask."""
    asked = list(dict.fromkeys(scenario.question for scenario in scenarios.values() if scenario.question))
    return " ".join(shortened(question, LONG) for question in asked)


def names(scenarios: Mapping[str, Scenario]) -> str:
    """The scenarios by label and name."""
    return "; ".join(
        f"{shortened(label, 60)} ({shortened(scenario.name)})" if label else shortened(scenario.name)
        for label, scenario in scenarios.items()
    )


def levels(scenario: Scenario) -> str:
    """The levels of care and where each leads."""
    texts = []
    for name, level in scenario.levels.items():
        onwards = list(dict.fromkeys(title_of(scenario, rule.to) for rule in level.next))
        texts.append(title_of(scenario, name) + (f", then {listed(onwards)}" if onwards else ""))
    return "; ".join(texts)


def places(scenario: Scenario) -> str:
    """The kinds of place, how many, and which levels use them."""
    texts = []
    for name, place in scenario.places.items():
        users = [title_of(scenario, level) for level, each in scenario.levels.items() if name in each.all_places]
        title = shortened(place.title, 60) or name
        only = "; ".join(f"{name} {' or '.join(values)} only" for name, values in place.accepts.items())
        used = f"{listed(users) if users else 'no level uses them'}{f'; {only}' if only else ''}"
        texts.append(f"{place.capacity} {title} ({used})")
    return "; ".join(texts) or "none: every level has room for everyone"


def arrivals(scenario: Scenario) -> str:
    """How people come to ask for care."""
    if scenario.arrivals.closed_cohort is not None:
        return f"a closed cohort of {scenario.arrivals.closed_cohort} people who all ask on day 0"
    factors = {"weekday": "the day of the week", "month": "the month", "changes": "steps on the calendar"}
    varied = [words for name, words in factors.items() if getattr(scenario.arrivals, name)]
    rate = value_text(scenario.arrivals.first_per_day or 0.0)
    return f"a Poisson stream of {rate} a day{f', by {listed(varied)}' if varied else ''}"


def evidence(scenario: Scenario) -> str:
    """How many numbers have which grade of evidence."""
    words = {"published": "published", "estimated": "estimated", "assumption": "assumed", "choice": "chosen"}
    counts = grades(scenario)
    graded = ", ".join(f"{counts[grade]} {word}" for grade, word in {**words, "": "without a card"}.items())
    return "; ".join(filter(None, (graded, homes(scenario))))


def sources(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Every source that evidence cards of the scenarios name, each once; a remark that there is none is no source."""
    cards = [card for scenario in scenarios.values() for card in scenario.evidence.values()]
    return list(dict.fromkeys(" ".join(card.source.split()) for card in cards if _names_a_source(card)))


def unsourced(scenario: Scenario) -> str:
    """How many of the numbers that are not choices have no source: no card, or one that names none."""
    cards = [card_for(scenario, path) for path in stated_numbers(scenario)]
    bare = numbers_without_card(scenario)
    nameless = sum(card is not None and card.grade != "choice" and not _names_a_source(card) for card in cards)
    named = f" ({some_paths(bare)})" if scenario.evidence and bare else ""
    return f"{len(bare)} of {len(cards)} numbers have no evidence card{named}, {nameless} have one that names no source"


def _names_a_source(card: EvidenceCard) -> bool:
    # What is merely assumed has a source only where the card names a publication, by its year.
    return card.grade in ("published", "estimated") or (card.grade == "assumption" and bool(YEAR.search(card.source)))
