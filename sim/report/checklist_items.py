"""An item of a reporting checklist, and how scenarios are spoken of there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.report.page_evidence import grades
from sim.report.wording import title_of, value_text
from sim.report.words import listed, shortened
from sim.scenario import Scenario

LONG = 400


@dataclass(frozen=True)
class Item:
    """One item. number: as the checklist has it. asks: what is to be reported. here: what is known of it.

    left: what whoever writes the study still has to say; empty where nothing is left.
    """

    number: str
    title: str
    asks: str
    here: str
    left: str = ""


def each(scenarios: Mapping[str, Scenario], texts: Sequence[str]) -> str:
    """The text of all scenarios, or that of the baseline, and that others have another."""
    others = [shortened(label, 60) for label, text in zip(scenarios, texts, strict=True) if text != texts[0]]
    return texts[0] + (f" (in the baseline; not the same in {listed(others)})" if others else "")


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
        users = [title_of(scenario, level) for level, each in scenario.levels.items() if name in each.places]
        title = shortened(place.title, 60) or name.replace("_", " ")
        texts.append(f"{place.capacity} {title} ({listed(users) if users else 'no level uses them'})")
    return "; ".join(texts) or "none: every level has room for everyone"


def population(scenario: Scenario) -> str:
    """The attributes of patients and their shares."""
    texts = [
        f"{name.replace('_', ' ')} ({', '.join(f'{value} {100 * share:g} %' for value, share in values.items())})"
        for name, values in scenario.population.items()
    ]
    return "; ".join(texts) or "no attributes: all patients have the same parameters"


def arrivals(scenario: Scenario) -> str:
    """How people come to ask for care."""
    if scenario.arrivals.closed_cohort is not None:
        return f"a closed cohort of {scenario.arrivals.closed_cohort} people who all ask on day 0"
    varied = [
        *(["the day of the week"] if scenario.arrivals.weekday else []),
        *(["the month"] if scenario.arrivals.month else []),
        *(["steps on the calendar"] if scenario.arrivals.changes else []),
    ]
    rate = value_text(scenario.arrivals.per_day or 0.0)
    return f"a Poisson stream of {rate} a day{f', by {listed(varied)}' if varied else ''}"


def evidence(scenario: Scenario) -> str:
    """How many numbers have which grade of evidence."""
    counts = grades(scenario)
    return (
        f"{counts['published']} published, {counts['estimated']} estimated, {counts['assumption']} assumed, "
        f"{counts['choice']} chosen, {counts['']} without a card"
    )


def sources(scenario: Scenario, most: int = 25) -> str:
    """The sources that evidence cards name, each once."""
    found = list(
        dict.fromkeys(shortened(card.source, 100) for card in scenario.evidence.values() if card.grade != "choice")
    )
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    return "; ".join(found[:most]) + more
