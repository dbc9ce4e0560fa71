"""What a report says of the inputs: how many are assumptions, how wide they range, and where each comes from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sim.files.paths import split_path
from sim.report.sheets.sheet import Sheet, figures, side_by_side, words
from sim.report.wording import value_text
from sim.report.words import listed, sentence, shortened, some
from sim.scenario import Scenario
from sim.scenario.cards import card_for, homes_of_cards, numbers_without_card
from sim.scenario.differences import differences
from sim.scenario.fields import numbers, stated_numbers
from sim.scenario.policy import policy_line
from sim.scenario.schema import EvidenceCard

GRADES = {
    "assumption": "assumed: nobody has measured it, or not here",
    "estimated": "estimated: fitted to, or worked out from, published numbers",
    "published": "published: as a source states it",
    "choice": "a choice: decided, not known",
    "": "without an evidence card",
}
"""Grades from the least to the best known; choices and inputs without a card stand apart."""

WIDEST = 10
LONGEST_VALUE = 120


def grades(scenario: Scenario) -> dict[str, int]:
    """How many of the numbers that a scenario states have each grade; "" for those without a card."""
    counts = dict.fromkeys(GRADES, 0)
    for path in stated_numbers(scenario):
        card = card_for(scenario, path)
        counts[card.grade if card is not None else ""] += 1
    return counts


def homes(scenario: Scenario) -> str:
    """Whose evidence cards speak for the numbers, and which have none; "" where there is no card at all."""
    if not scenario.evidence:
        return ""
    counts = homes_of_cards(scenario)
    own, bare = counts.pop("", 0), numbers_without_card(scenario)
    parts = [f"{_have(count)} the evidence card of {shortened(name, 40)}" for name, count in counts.items()]
    parts += [f"{_have(own)} an evidence card{' of its own' if parts else ''}"] if own else []
    parts += [f"{_have(len(bare))} none: {some_paths(bare)}"] if bare else []
    return listed(parts)


def _have(count: int) -> str:
    return f"{count} {'has' if count == 1 else 'have'}"


def some_paths(paths: Sequence[str], most: int = 6) -> str:
    """The first paths, and how many more there are."""
    return some([shortened(path) for path in paths], most)


def bare_lines(scenarios: Mapping[str, Scenario]) -> list[str]:
    """A line for each scenario that has numbers without an evidence card, which no table of cards lists."""
    lines = []
    for label, scenario in scenarios.items():
        if bare := numbers_without_card(scenario):
            where = f"In {shortened(label)} {len(bare)}" if label else f"{len(bare)}"
            lines.append(f"{where} number{'s have' if len(bare) > 1 else ' has'} no evidence card: {some_paths(bare)}.")
    return lines


def grade_sheet(scenarios: Mapping[str, Scenario]) -> Sheet:
    """How many inputs of each scenario have each grade."""
    counts = {label: grades(scenario) for label, scenario in scenarios.items()}
    cards = {label: homes_of_cards(scenario) for label, scenario in scenarios.items()}
    inherited = dict.fromkeys(name for counted in cards.values() for name in counted if name)
    lines = {sentence(words): {name: count[grade] for name, count in counts.items()} for grade, words in GRADES.items()}
    lines["All numbers stated"] = {label: sum(count.values()) for label, count in counts.items()}
    for name in inherited:
        line = f"Of these with the evidence card of {shortened(name, 40)}"
        lines[line] = {label: counted.get(name, 0) for label, counted in cards.items()}
    entries = [([line], {label: str(count) for label, count in row.items()}) for line, row in lines.items()]
    title = "Numbers among the inputs, by the grade of their evidence"
    return side_by_side(title, ["how they are known"], entries, list(scenarios))


def widest_sheet(scenarios: Mapping[str, Scenario]) -> Sheet | None:
    """The inputs whose range is widest beside their value; None where no card has a range."""
    widths: dict[str, tuple[float, tuple[str, ...]]] = {}
    for scenario in scenarios.values():
        known = numbers(scenario)
        for path, card in scenario.evidence.items():
            if card.grade == "choice" or card.low is None or card.high is None or path not in known or path in widths:
                continue
            size = abs(known[path]) or max(abs(card.low), abs(card.high))
            width = (card.high - card.low) / size if size else 0.0
            row = (path, value_text(known[path]), _range(card), f"{100 * width:,.0f} %", card.grade)
            widths[path] = (width, row)
    rows = [row for _, row in sorted(widths.values(), key=lambda each: -each[0])[:WIDEST]]
    if not rows:
        return None
    columns = [*words("input"), *figures("value", "range", "width beside the value"), *words("grade")]
    note = (
        "A wide range need not matter: whether an input can turn the answer shows only when it is varied and simulated "
        "again. This report has not done that."
    )
    return Sheet(f"The {len(rows)} inputs that are known least, by the width of their range", columns, rows, note)


def evidence_sheets(scenarios: Mapping[str, Scenario]) -> list[Sheet]:
    """Every evidence card with value, range, source and note: a table a grade, the planner's own first, choices last.

    Behind those of the planner stand those that were inherited from another scenario, with its name before the source.
    """
    cards: dict[tuple[str, str, EvidenceCard], list[str]] = {}
    # The same card may be one scenario's own, and another's by inheritance.
    whose: dict[tuple[str, str, EvidenceCard], str] = {}
    for label, scenario in scenarios.items():
        known, data = numbers(scenario), scenario.model_dump(by_alias=True, mode="json", exclude={"evidence"})
        for path, card in scenario.evidence.items():
            value = value_text(known[path]) if path in known else _compact(data, path)
            cards.setdefault((path, value, card), []).append(label)
            whose[path, value, card] = whose.get((path, value, card)) or card.inherited_from
    sheets = []
    for grade in ("assumption", "estimated", "published", "choice"):
        mine = sorted((key for key in cards if key[2].grade == grade), key=lambda key: bool(whose[key]))
        if not mine:
            continue
        apart = any(len(cards[key]) < len(scenarios) for key in mine)
        rows = []
        for path, value, card in mine:
            labels, home = cards[path, value, card], whose[path, value, card]
            # A pure number has the unit 1.
            unit = "" if card.unit in (None, "1") else str(card.unit)
            row = [path, f"{value} {unit}".rstrip() if value else ""]
            row += [] if grade == "choice" else [_range(card)]
            everywhere = len(labels) == len(scenarios)
            row += ["all" if everywhere else listed([shortened(label, 40) for label in labels])] if apart else []
            source = f"{shortened(home, 40)}: {card.source}" if home else card.source
            rows.append((*row, f"{source}; {card.note}" if card.note else source))
        last = "scenario that says so: source" if any(whose.values()) else "source"
        columns = [*words("input"), *(words("value") if grade == "choice" else figures("value", "range"))]
        columns += words(*(["scenarios"] if apart else []), last)
        sheets.append(Sheet(sentence(GRADES[grade]), columns, rows))
    return sheets


def change_sheet(baseline: str, label: str, scenarios: Mapping[str, Scenario]) -> Sheet | None:
    """What a scenario does otherwise than the baseline, input by input; None where nothing differs."""
    changes = differences(scenarios[baseline], scenarios[label])
    if not changes:
        return None
    rows = [(path, *("absent" if each is None else _text(each) for each in both)) for path, *both in changes]
    policy = f"{sentence(policy_line(scenarios[baseline], scenarios[label]))}."
    return Sheet(f"What {label} does otherwise", words("input", baseline, label), rows, policy)


def _range(card: EvidenceCard) -> str:
    if card.low is None or card.high is None:
        return ""
    return f"{value_text(card.low)} to {value_text(card.high)}"


def _compact(data: Any, path: str) -> str:
    for segment in split_path(path):
        data = data[int(segment)] if isinstance(data, list) else data[segment]
    return _text(data)


def _text(value: Any) -> str:
    """A value or a table as a file might state it, without what it leaves out, in one line."""
    if value in (None, [], {}):
        return "none"
    if isinstance(value, float):
        return value_text(value)
    return shortened(json.dumps(_stated(value), ensure_ascii=False).replace('"', ""), LONGEST_VALUE)


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stated(item) for key, item in value.items() if item not in (None, [], {}, "")}
    return [_stated(item) for item in value] if isinstance(value, list) else value
