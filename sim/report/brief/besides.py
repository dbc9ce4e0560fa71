"""What an option changes beside its decision: whom it places where, single numbers, and how many are assumed."""

from collections.abc import Iterator

from sim.files.paths import split_path
from sim.report.wording import group_words, input_words, title_of, value_text
from sim.report.words import listed, sentence
from sim.scenario import Scenario
from sim.scenario.cards import card_for
from sim.scenario.differences import differences
from sim.scenario.fields import stated_numbers
from sim.scenario.schema import EntryRule

MOST_NAMED = {1: 4, 2: 2}
"""So many values are told as numbers, by how many options there are; of more options none."""
RETURNING, NEW = "people who come back", "people who are new"


def changed(today: Scenario, option: Scenario, options: int) -> str:
    """In sentences; "" where nothing is new or changed, and of many options, for which there is no room."""
    before, most = stated_numbers(today), MOST_NAMED.get(options, 0)
    paths = [path for path, value in stated_numbers(option).items() if before.get(path) != value]
    if not paths or not most:
        return ""
    named = list(_values(today, option))[:most]
    grades = [card.grade if (card := card_for(option, path)) else "" for path in paths]
    assumed = grades.count("assumption")
    are = "number is" if len(paths) == 1 else "numbers are"
    values = f"{sentence('; '.join(named))}. " if named else ""
    where = "all are in the appendix, What differs between the scenarios"
    return f"{values}{len(paths)} {are} new or changed, {assumed or 'none'} assumed; {where}."


def _values(today: Scenario, option: Scenario) -> Iterator[str]:
    """Numbers that differ, as people say them: who is placed where, ratios of groups, and what both state."""
    changes = [
        (tuple(split_path(path)), old, new)
        for path, old, new in differences(today, option)
        if isinstance(new, int | float) and not isinstance(new, bool)
    ]
    yield from _placed(today, option)
    ratios: dict[tuple[str, ...], list[str]] = {}
    for path, old, new in changes:
        if path[0] == "effects":
            was = 1.0 if old is None else old
            ratio = f"{path[-1].replace('_', ' ')} times {value_text(new)} instead of {value_text(was)}"
            ratios.setdefault(path[1:-1], []).append(ratio)
    for (by, group, *where), named in ratios.items():
        level = f" in {_short(option, where[1])}" if where else ""
        yield f"{listed(named)} for {group_words([option], by, group)}{level}"
    for path, old, new in changes:
        elsewhere = path[0] in ("entry", "effects", "places") or "next" in path or old is None
        if not elsewhere and not isinstance(old, str):
            yield f"{input_words('.'.join(path), option)} {value_text(new)} instead of {value_text(old)}"


def _placed(today: Scenario, option: Scenario) -> Iterator[str]:
    """By rule of entry, whom it places otherwise; nothing where the rules are not the same ones."""
    both = option, today
    rules = list(zip(today.entry, option.entry, strict=False))
    if len(today.entry) != len(option.entry) or any(_whom(a) != _whom(b) for a, b in rules):
        return
    for before, after in rules:
        shares = [
            (name, before.to.get(name, 0.0), after.to.get(name, 0.0)) for name in dict.fromkeys((*after.to, *before.to))
        ]
        moved = [
            f"{100 * new:.4g} % instead of {100 * old:.4g} % in {_short(both[name not in option.levels], name)}"
            for name, old, new in shares
            if old != new
        ]
        if moved:
            yield f"of {_words(option, before)} {listed(moved)}"


def _whom(rule: EntryRule) -> tuple[object, object]:
    return rule.when, rule.returning


def _words(scenario: Scenario, rule: EntryRule) -> str:
    """Whom a rule is for, as far as the rules before it leave them."""
    groups = [group_words([scenario], name, value) for name, value in rule.when.items()]
    back = {True: RETURNING, False: NEW, None: ""}[rule.returning]
    return ", ".join(filter(None, (*groups, back))) or "all others"


def _short(scenario: Scenario, level: str) -> str:
    """A title without what stands in brackets behind it."""
    return title_of(scenario, level).partition(" (")[0]
