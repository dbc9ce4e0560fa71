"""An item of a reporting checklist: what is asked, what is said, and how scenarios are spoken of there."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.report.sheets.evidence import grades, homes, some
from sim.report.wording import title_of, value_text
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.cards import card_for, numbers_without_card
from sim.scenario.fields import stated_numbers
from sim.scenario.schema import EvidenceCard

LONG = 400
YEAR = re.compile(r"\b(19|20)\d\d\b")


@dataclass(frozen=True)
class Item:
    """One item. number: as the checklist has it. asks: what is to be reported. known: what is known of it.

    left: what whoever writes the study still has to say; empty where nothing is left.
    """

    number: str
    title: str
    asks: str
    known: str
    left: str = ""


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
    varied = [
        *(["the day of the week"] if scenario.arrivals.weekday else []),
        *(["the month"] if scenario.arrivals.month else []),
        *(["steps on the calendar"] if scenario.arrivals.changes else []),
    ]
    rate = value_text(scenario.arrivals.first_per_day or 0.0)
    return f"a Poisson stream of {rate} a day{f', by {listed(varied)}' if varied else ''}"


def evidence(scenario: Scenario) -> str:
    """How many numbers have which grade of evidence."""
    counts = grades(scenario)
    return (
        f"{counts['published']} published, {counts['estimated']} estimated, {counts['assumption']} assumed, "
        f"{counts['choice']} chosen, {counts['']} without a card"
        + (f"; {owners}" if (owners := homes(scenario)) else "")
    )


def sources(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Every source that evidence cards of the scenarios name, each once; a remark that there is none is no source."""
    cards = [card for scenario in scenarios.values() for card in scenario.evidence.values()]
    return list(dict.fromkeys(" ".join(card.source.split()) for card in cards if _names_a_source(card)))


def unsourced(scenario: Scenario) -> str:
    """How many of the numbers that are not choices have no source: no card, or one that names none."""
    cards = [card_for(scenario, path) for path in stated_numbers(scenario)]
    bare = numbers_without_card(scenario)
    nameless = sum(card is not None and card.grade != "choice" and not _names_a_source(card) for card in cards)
    named = f" ({some(bare)})" if scenario.evidence and bare else ""
    return f"{len(bare)} of {len(cards)} numbers have no evidence card{named}, {nameless} have one that names no source"


def _names_a_source(card: EvidenceCard) -> bool:
    # What is merely assumed has a source only where the card names a publication, by its year.
    return card.grade in ("published", "estimated") or (card.grade == "assumption" and bool(YEAR.search(card.source)))
