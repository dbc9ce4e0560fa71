"""Evidence cards: that each speaks of something in the scenario, in its unit, with a range that holds its value."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sim.files.paths import Segments, exists, join_path, lookup, split_path
from sim.files.problems import Problem, error, warning
from sim.scenario.fields import NO_INPUTS, numbers, stated_numbers
from sim.scenario.path_hints import path_hint
from sim.scenario.plain import entries, plain_data
from sim.scenario.schema import EvidenceCard, Scenario
from sim.scenario.shape import Shape, shape_at

OF_A_NUMBER = ("low", "high", "level", "mean", "standard_error", "unit")
"""What only the card of a single number may state."""


def card_problems(scenario: Scenario) -> list[Problem]:
    """Errors of the cards, and a warning of each value outside its card's low..high."""
    if not scenario.evidence:
        return []
    data = _apart_from_cards(scenario)
    return [p for path, card in scenario.evidence.items() for p in _card(path, card, scenario, data)]


def _apart_from_cards(scenario: Scenario) -> Any:
    return plain_data({key: value for key, value in entries(scenario).items() if key != "evidence"})


def _card(path: str, card: EvidenceCard, scenario: Scenario, data: object) -> Iterator[Problem]:
    place = f"evidence.{join_path([path])}"
    try:
        segments = split_path(path)
    except ValueError as reason:
        yield error(place, f"its key {reason}")
        return
    if not exists(data, segments):
        shape = shape_at(segments, data)
        if shape is not None and not shape.required:
            yield error(place, "speaks of a value that this scenario does not set")
        else:
            yield error(place, "speaks of a path that does not exist", hint=partial(path_hint, segments, data))
        return
    shape, value = shape_at(segments, data), lookup(data, segments)
    if shape is not None and shape.mark.sums_to_one and card.distribution == "dirichlet":
        yield from _of_shares(place, card)
        return
    if shape is None or not shape.is_number or segments[0] in NO_INPUTS:
        yield from _of_several(place, card)
        return
    yield from _of_one(place, card, shape, scenario.currency)
    if limits := _left(card, value):
        message = f"lies outside the range of its evidence card, {limits}"
        yield warning(path, message, value, "Correct the card's low and high, or the value, or remove the card")


def _of_several(place: str, card: EvidenceCard) -> Iterator[Problem]:
    if card.grade != "choice":
        yield error(f"{place}.grade", 'must be "choice", or the path that of a single number', card.grade)
        return
    for key in (*OF_A_NUMBER, "distribution", "sample_size"):
        if getattr(card, key) is not None:
            yield error(f"{place}.{key}", "has no meaning here: the path is not that of a single number")


def _of_shares(place: str, card: EvidenceCard) -> Iterator[Problem]:
    if card.sample_size is None:
        yield error(f"{place}.sample_size", "is missing: how many people the shares were counted in")
    for key in OF_A_NUMBER:
        if getattr(card, key) is not None:
            yield error(f"{place}.{key}", "has no meaning here: shares that sum to one vary by their sample_size")


def _of_one(place: str, card: EvidenceCard, shape: Shape, currency: str) -> Iterator[Problem]:
    by_mean = card.mean is not None and card.standard_error is not None
    if card.grade != "choice":
        for key in ("unit",) if by_mean else ("low", "high", "unit"):
            if getattr(card, key) is None:
                asked = "low, high (or mean, standard_error) and unit"
                yield error(f"{place}.{key}", f'is missing: the grade "{card.grade}" needs {asked}')
    elif card.distribution is not None and not by_mean and (card.low is None or card.high is None):
        yield error(f"{place}.distribution", "needs low and high, or mean and standard_error", card.distribution)
    yield from _of_a_distribution(place, card, by_mean)
    if card.unit is not None and shape.unit is not None:
        spelt = shape.unit.replace("currency", currency)
        if card.unit not in (shape.unit, spelt):
            yield error(f"{place}.unit", f'must be "{spelt}"', card.unit)
    for key, limit in (("low", card.low), ("high", card.high)):
        if limit is not None and not shape.admits(limit):
            yield error(f"{place}.{key}", f"is no value that the field allows: {shape.allowed()}", limit)
    if card.low is not None and card.high is not None:
        if card.low > card.high:
            yield error(f"{place}.low", f"must not be above high, {card.high:g}", card.low)
        if card.distribution in ("lognormal", "gamma") and card.low <= 0:
            yield error(f"{place}.low", f"must be above 0 for the {card.distribution} distribution", card.low)
        if card.distribution == "beta" and not 0 <= card.low <= card.high <= 1:
            yield error(f"{place}.distribution", "beta needs low and high from 0 to 1", card.distribution)


def _of_a_distribution(place: str, card: EvidenceCard, by_mean: bool) -> Iterator[Problem]:
    """What goes together on the card of a number that may vary."""
    if card.distribution == "dirichlet" or card.sample_size is not None:
        message = "is of a table of shares that sum to one; a single share has beta"
        yield error(f"{place}.distribution", message, card.distribution)
    for key, other in (("mean", "standard_error"), ("standard_error", "mean")):
        if getattr(card, key) is not None and getattr(card, other) is None:
            yield error(f"{place}.{other}", f"is missing: it goes with {key}")
    if not by_mean:
        return
    if card.level is not None:
        yield error(f"{place}.level", "is of low and high, and mean and standard_error say how it may vary", card.level)
    if card.distribution in ("uniform", "triangular", "pert"):
        message = f"{card.distribution} goes by low and high, not by mean and standard_error"
        yield error(f"{place}.distribution", message, card.distribution)
    if card.mean is not None and card.mean <= 0 and card.distribution in ("lognormal", "gamma", "beta"):
        yield error(f"{place}.mean", f"must be above 0 for the {card.distribution} distribution", card.mean)
    mean, spread = card.mean or 0.0, card.standard_error or 0.0
    if card.distribution == "beta" and not spread**2 < mean * (1 - mean):
        message = "must be below the square root of mean * (1 - mean) for a beta distribution"
        yield error(f"{place}.standard_error", message, spread)


def relation_problems(scenario: Scenario) -> list[Problem]:
    """Errors of what cards have with each other: correlations, and structures that set what there is."""
    if not scenario.evidence_correlation and not scenario.evidence_structures:
        return []
    data = _apart_from_cards(scenario)
    named = [
        (f"evidence_correlation.{join_path([path])}", name)
        for path, others in scenario.evidence_correlation.items()
        for name in (path, *others)
    ]
    named += [
        (f"evidence_structures.{structure}.{name}.set", path)
        for structure, alternatives in scenario.evidence_structures.items()
        for name, alternative in alternatives.items()
        for path in alternative.set
    ]
    problems = [problem for place, path in named for problem in _of_a_path(place, path, data)]
    return problems or list(_of_pairs(scenario.evidence_correlation))


def _of_pairs(correlations: Mapping[str, Mapping[str, float]]) -> Iterator[Problem]:
    stated: dict[frozenset[Segments], float] = {}
    for one, others in correlations.items():
        for other, value in others.items():
            place, pair = f"evidence_correlation.{join_path([one])}", frozenset((split_path(one), split_path(other)))
            if len(pair) == 1:
                yield error(place, "must be with another input", other)
            elif (before := stated.setdefault(pair, value)) != value:
                yield error(place, f"with {other} is stated the other way round as well, as {before:g}", value)


def _of_a_path(place: str, path: str, data: object) -> Iterator[Problem]:
    try:
        segments = split_path(path)
    except ValueError as reason:
        yield error(place, f"its path {reason}", path)
        return
    shape = shape_at(segments, data) if exists(data, segments) else None
    if shape is None or not shape.is_number or segments[0] in NO_INPUTS:
        yield error(place, "speaks of a path that is none of a number", path, partial(path_hint, segments, data))


def _left(card: EvidenceCard, value: float) -> str:
    """The range of a card, if the value is not in it; "" if it is."""
    below, above = card.low is not None and value < card.low, card.high is not None and value > card.high
    ordered = card.low is None or card.high is None or card.low <= card.high
    if not ordered or not (below or above):
        return ""
    return f"{'...' if card.low is None else f'{card.low:g}'} to {'...' if card.high is None else f'{card.high:g}'}"


def range_warnings(scenario: Scenario, since: Scenario) -> list[Problem]:
    """Numbers that were changed from `since`, and left the range of the card that they had there and lost."""
    before, after = numbers(since), numbers(scenario)
    return [
        warning(
            path,
            f"has left the range of the evidence card that it had, {limits}",
            after[path],
            "It has no source now: give it a card of its own if there is one",
        )
        for path, card in since.evidence.items()
        if path in after
        and path not in scenario.evidence
        and before.get(path) != after[path]
        and (limits := _left(card, after[path]))
    ]


def card_for(scenario: Scenario, path: str) -> EvidenceCard | None:
    """The card of a number: its own, or else that of the longest path above it, which is a choice."""
    segments = split_path(path)
    for length in range(len(segments), 0, -1):
        card = scenario.evidence.get(join_path(segments[:length]))
        if card is not None and (length == len(segments) or card.grade == "choice"):
            return card
    return None


def numbers_without_card(scenario: Scenario) -> list[str]:
    """Paths of the stated numbers that no evidence card speaks of."""
    return [path for path in stated_numbers(scenario) if card_for(scenario, path) is None]


def homes_of_cards(scenario: Scenario) -> dict[str, int]:
    """How many of the stated numbers have the evidence card of which scenario; "" stands for this one."""
    cards = [card_for(scenario, path) for path in stated_numbers(scenario)]
    return dict(Counter(card.inherited_from for card in cards if card is not None))
