"""What one scenario does otherwise than another, in one line: places and levels first, then other inputs by kind."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain, product, repeat
from typing import Any, NamedTuple, TypeVar

from sim.files.paths import Segments, split_path
from sim.scenario.differences import NOTHING, differences
from sim.scenario.schema import Level, NextRule, Place, Scenario

MOST_KINDS = 3
"""So many kinds of other inputs, and of those that are gone, are told in words; of more it is only said how many inputs
there are."""
MOST_DECIDED = 5
"""So many kinds of them, where a decision is told."""
MOST_PLACES = 6
"""So many kinds of place, and of level, are told by name."""
MOST_DATES = 3
"""So many dates of one kind of place are told."""
MOST_RATES = 3
"""So many rates of payers are told as numbers."""
MOST_LINKS = 3
"""So many links are told as numbers, where a decision is told."""
LONGEST_TITLE = 60

CAPACITY = ("capacity", "changes")
"""Keys of a place that are told as numbers of places."""

PRICES = frozenset({"cost_per_day", "first_days", "cost_per_session", "cost_per_admission", "payers"})
AUTHORISED = frozenset({"authorised_days", "extension"})
PATIENTS_TIME = frozenset({"patient_time_per_day", "patient_time_per_session"})

OF_LEVELS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys((*PRICES, *PATIENTS_TIME), ("prices", "prices")),
    "length_of_stay": ("length of stay", "lengths of stay"),
    "early_step_down": ("early step-down", "early step-down"),
    "rates": ("payers' rates and authorised days", "payers' rates and authorised days"),
    **dict.fromkeys(AUTHORISED, ("authorised days", "authorised days")),
    "dropout": ("drop-out", "drop-out"),
    "no_show": ("no-shows", "no-shows"),
    "next": ("links", "links"),
    "group": ("groups", "groups"),
    "on_relapse": ("rule after a relapse", "rules after a relapse"),
    "hand_over": ("hand-over", "hand-over"),
    **dict.fromkeys(("places", "any_place_of", "places_each"), ("places needed", "places needed")),
    "title": ("title", "titles"),
}
"""Keys of a level in words, of one level and of several; others are their own words."""

OF_PLACES: Mapping[str, tuple[str, str]] = {
    "fixed_cost_per_day": ("price", "prices"),
    "accepts": ("whom it accepts", "whom they accept"),
    "title": ("title", "titles"),
}

OF_ALL: Mapping[str, str] = {
    "entry": "who is placed where",
    "population": "the mix of patients",
    "effects": "risks by group of patients",
    "time": "times of the run",
    "death": "mortality",
    "costs": "costs outside levels",
    "discounting": "discount rates",
    "initial": "who is there on day 0",
    "known": "former patients",
    "exits": "leaving for good",
    "reimbursement": "who pays",
}
"""Keys of no level and no place in words; others are their own words."""


RATES: Mapping[str, tuple[float, str]] = {
    "per_day": (1, " a day"),
    "per_session": (1, " a session"),
    "per_admission": (1, " an admission"),
    "denied_share": (100, " % denied"),
    "collected_share": (100, " % collected"),
    "authorised_days": (1, " authorised days"),
}
"""Keys of a payer's rate that are told as numbers: times what, and in which words."""


Key = TypeVar("Key")

EMPTY = (*NOTHING, ())
"""Values of a scenario with nothing in them."""


class Kind(NamedTuple):
    """Inputs that are told together. part: "levels", "places" or ""; one, several: words for those of one, of more.

    gone: the second scenario has nothing of it any more.
    """

    part: str
    one: str
    several: str
    gone: bool = False


class Phrases(NamedTuple):
    """What a scenario does otherwise, in phrases: places, whom they accept, levels, rates, links, what there is none of
    any more, and other inputs. number: of other inputs where they are too many kinds to be told; else 0."""

    places: list[str]
    accepted: list[str]
    levels: list[str]
    rates: list[str]
    links: list[str]
    gone: list[str]
    others: list[str]
    number: int


def policy_line(first: Scenario, second: Scenario) -> str:
    """What the second scenario does otherwise: "IOP seats 40 -> 60, 8 housing places new, arrivals".

    Capacities, dated ones too, of places by title, and whom they accept, then levels that open and close and rates of
    payers, what there is none of any more, a few other kinds of inputs in words, or how many inputs they are, and a few
    links as numbers: "link 36 % instead of 0 % from residential care to IOP". Titles are told where nothing else
    differs; "" where no input does.
    """
    phrases = _phrases(first, second, MOST_KINDS, _links(first, second))
    parts = [*phrases.places, *phrases.accepted, *phrases.levels, *phrases.rates]
    parts += [*(f"no {each}" for each in phrases.gone), *phrases.others]
    if phrases.number:
        parts.append(f"{phrases.number} {'other inputs' if parts or phrases.links else 'inputs'}")
    return ", ".join([*parts, *([f"link {'; '.join(phrases.links)}"] if phrases.links else [])])


def decision_line(first: Scenario, second: Scenario, whole_links: bool = True) -> tuple[str, str]:
    """The same as somebody decides it, and what is changed beside it: "Convert 6 beds into 20 IOP seats and 8 housing
    places", "links of 2 levels".

    Where there are neither places nor levels more or fewer, what is changed is the decision: "Change arrivals", "";
    "" where no input differs. More kinds of other inputs than in a policy line are told in words, and a few links as
    numbers: "Link 36 % instead of 0 % from residential care to IOP". whole_links: there is room for these beside
    another decision, too.
    """
    moved = _moved(first, second)
    decided = bool(moved) or first.levels.keys() != second.levels.keys()
    phrases = _phrases(first, second, MOST_DECIDED, _links(first, second) if whole_links or not decided else {})
    opened = [f"open {title}" for title in _only_in(second, first)]
    opened += [f"close {title}" for title in _only_in(first, second)]
    clauses = [*([moved] if moved else []), *(opened if len(opened) <= MOST_PLACES else phrases.levels)]
    changed = [*([] if moved else phrases.places), *phrases.accepted, *phrases.rates]
    changed = [re.sub(r"(\S+) -> (\S+)", r"from \1 to \2", phrase) for phrase in changed]
    changed += phrases.others
    changed += [f"no {each}" for each in phrases.gone]
    if phrases.number:
        changed.append(f"{phrases.number} {'other inputs' if clauses or changed else 'inputs'}")
    links = "; ".join(phrases.links)
    if links and not clauses and not changed:
        return f"Link {links}", ""
    changed += [f"links ({links})"] if links else []
    if not clauses:
        return (f"Change {_and(changed)}", "") if changed else ("", "")
    line = _and(clauses)
    return line[:1].upper() + line[1:], _and(changed) if changed else ""


def _moved(first: Scenario, second: Scenario) -> str:
    """Places that are fewer and places that are more, by how many; "" where there are none, or too many kinds, or
    where their numbers change in the course of the run."""
    names = dict.fromkeys((*first.places, *second.places))
    both = {name: [scenario.places.get(name) for scenario in (first, second)] for name in names}
    both = {name: pair for name, pair in both.items() if len({place and place.dated_steps() for place in pair}) > 1}
    if len(both) > MOST_PLACES or any(place and place.changes for pair in both.values() for place in pair):
        return ""
    fewer: list[str] = []
    more: list[str] = []
    for name, (before, after) in both.items():
        change = (after.capacity if after else 0) - (before.capacity if before else 0)
        place = after or before
        if change and place:
            (more if change > 0 else fewer).append(f"{abs(change)} {_title(name, place)}")
    if fewer and more:
        return f"convert {_and(fewer)} into {_and(more)}"
    return f"add {_and(more)}" if more else f"close {_and(fewer)}" if fewer else ""


def _only_in(one: Scenario, other: Scenario) -> list[str]:
    """Levels that only one of two scenarios has, by title."""
    return [_title(name, level) for name, level in one.levels.items() if name not in other.levels]


def _and(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _phrases(first: Scenario, second: Scenario, most_kinds: int, links: Mapping[Segments, str]) -> Phrases:
    """most_kinds: so many kinds of other inputs, and of those that are gone, are told in words. links: those told as
    numbers, as of `_links`."""
    accepted, rates = _accepted(first, second), _rates(first, second)
    phrased = {*accepted, *rates, *links}
    rest: dict[Kind, dict[str, int]] = {}
    for path, _, _ in differences(first, second):
        segments = split_path(path)
        if not (_of_places_or_levels(segments, first, second) or phrased & {segments[:3], segments[:5]}):
            kind, owner = _kind(segments, _is_gone(segments, first, second))
            owners = rest.setdefault(kind, {})
            owners[owner] = owners.get(owner, 0) + 1
    parts = (
        *(_places(first, second), [*accepted.values()], _levels(first, second)),
        *([*rates.values()], [*links.values()]),
    )
    meant = {kind: owners for kind, owners in rest.items() if kind.one != "title"}
    if any(parts) or meant:
        rest = meant
    titles = {**_titles(first), **_titles(second)}
    kinds = [kind for kind in rest if kind.gone]
    gone = [_of_kind(kind, list(rest.pop(kind)), titles) for kind in kinds] if len(kinds) <= most_kinds else []
    others = [_of_kind(kind, list(owners), titles) for kind, owners in rest.items()]
    number = 0 if len(rest) <= most_kinds else sum(sum(owners.values()) for owners in rest.values())
    return Phrases(*parts, gone, [] if number else others, number)


def _of_places_or_levels(path: Segments, first: Scenario, second: Scenario) -> bool:
    """Whether a difference is told by what becomes of places and levels as such."""
    if path[0] not in ("places", "levels") or len(path) < 2:
        return False
    in_both = all(path[1] in getattr(scenario, path[0]) for scenario in (first, second))
    return not in_both or (path[0] == "places" and path[2] in CAPACITY)


def _places(first: Scenario, second: Scenario) -> list[str]:
    phrases = []
    for name, place in second.places.items():
        before = first.places.get(name)
        if before is None:
            phrases.append(_new(name, place))
        elif before.dated_steps() != place.dated_steps():
            phrases.append(_changed(name, before, place))
    closed = [(name, place) for name, place in first.places.items() if name not in second.places]
    phrases += [f"{place.capacity} {_title(name, place)} closed" for name, place in closed]
    return phrases if len(phrases) <= MOST_PLACES else [f"numbers of {len(phrases)} kinds of place"]


def _new(name: str, place: Place) -> str:
    dates = [f"{capacity} from day {day:g}" for day, capacity in place.dated_steps()[1:]]
    number = f"{place.capacity} " if place.capacity else ""
    return f"{number}{_title(name, place)} new" + (f" ({_few(dates)})" if dates else "")


def _changed(name: str, before: Place, after: Place) -> str:
    phrases, last = [], (0, 0)
    steps = [dict(place.dated_steps()) for place in (before, after)]
    now = before.capacity, after.capacity
    for day in sorted({day for each in steps for day in each}):
        now = steps[0].get(day, now[0]), steps[1].get(day, now[1])
        since = f" from day {day:g}" if day else ""
        if now[0] != now[1] and now != last:
            phrases.append(f"{now[0]} -> {now[1]}{since}")
        elif now[0] == now[1] and last[0] != last[1]:
            phrases.append(f"as before{since}")
        last = now
    return f"{_title(name, after)} {_few(phrases)}"


def _few(dates: list[str]) -> str:
    return ", ".join(dates) if len(dates) <= MOST_DATES else f"{dates[0]}, and otherwise on {len(dates) - 1} more days"


def _levels(first: Scenario, second: Scenario) -> list[str]:
    phrases = [f"level {_title(name, second.levels[name])} new" for name in second.levels if name not in first.levels]
    phrases += [
        f"level {_title(name, first.levels[name])} closed" for name in first.levels if name not in second.levels
    ]
    return phrases if len(phrases) <= MOST_PLACES else [f"{len(phrases)} levels new or closed"]


def _accepted(first: Scenario, second: Scenario) -> dict[Segments, str]:
    """Whom places accept otherwise, by the path of it; nothing of too many kinds of place."""
    phrases: dict[Segments, str] = {}
    for name, place in second.places.items():
        before = first.places.get(name)
        if before is not None and before.accepts != place.accepts:
            phrase = f"{_title(name, place)}: {_whom(before)} -> {_whom(place)}"
            phrases["places", name, "accepts"] = phrase
    return phrases if len(phrases) <= MOST_PLACES else {}


def _whom(place: Place) -> str:
    """Whom a kind of place accepts, in the words of the file."""
    return " and ".join(" or ".join(values) for values in place.accepts.values()) or "everybody"


def _rates(first: Scenario, second: Scenario) -> dict[Segments, str]:
    """What payers pay, and how many days they authorise, otherwise than before, by the path of it; nothing of too
    many."""
    phrases: dict[Segments, str] = {}
    for name in (name for name in second.levels if name in first.levels):
        before, after = first.levels[name], second.levels[name]
        payers = [payer for payer in after.rates if payer in before.rates]
        for payer, (key, (factor, words)) in product(payers, RATES.items()):
            numbers = [_rate(level, payer, key, factor) for level in (before, after)]
            own = [getattr(level.rates[payer], key) for level in (before, after)]
            if own[0] != own[1] and numbers[0] != numbers[1]:
                phrase = f"{payer} in {_title(name, after)} {' -> '.join(numbers)}{words}"
                phrases["levels", name, "rates", payer, key] = phrase
    return phrases if len(phrases) <= MOST_RATES else {}


def _links(first: Scenario, second: Scenario) -> dict[Segments, str]:
    """How many are led on to which level, by the path of a level's links: "36 % instead of 0 % from residential care
    to IOP".

    Nothing of a level whose links are for some patients only, or differ in more than how many they lead on, and how
    late; nothing of too many.
    """
    by_level = {}
    titles = _titles(first) | _titles(second)
    titles = without_brackets({key: title for key, title in titles.items() if key[0] == "levels"})
    for name in (name for name in second.levels if name in first.levels):
        before, after = ({rule.to: rule for rule in scenario.levels[name].next} for scenario in (first, second))
        rules = [*first.levels[name].next, *second.levels[name].next]
        if len(rules) > len(before) + len(after) or any(rule.when for rule in rules):
            continue
        changed = [to for to in dict.fromkeys((*before, *after)) if before.get(to) != after.get(to)]
        leaving = chain([f"from {titles['levels', name]} "], repeat(""))
        ways = {to: f"{where}to {titles['levels', to]}" for where, to in zip(leaving, changed, strict=False)}
        phrases = [_link(way, before.get(to), after.get(to)) for to, way in ways.items()]
        if phrases and all(phrases):
            by_level[name] = phrases
    if sum(map(len, by_level.values())) > MOST_LINKS:
        return {}
    return {("levels", name, "next"): _and(each) for name, each in by_level.items()}


def without_brackets(titles: dict[Key, str]) -> dict[Key, str]:
    """Titles without what stands in brackets behind them, where that leaves no two alike."""
    short = {key: title.partition(" (")[0] for key, title in titles.items()}
    return short if len(set(short.values())) == len(short) else titles


def _link(way: str, before: NextRule | None, after: NextRule | None) -> str:
    """What becomes of a link to a level; "" where it leads on as many, or otherwise than by how many and how late."""
    later = ""
    if before and after:
        beside = [rule.model_copy(update={"probability": 0.0, "delay_days": None}) for rule in (before, after)]
        if before.probability == after.probability or beside[0] != beside[1]:
            return ""
        later = " after another delay" if before.delay_days != after.delay_days else ""
    old, new = (f"{100 * rule.probability:.12g}" if rule else "0" for rule in (before, after))
    return f"{new} % instead of {old} % {way}{later}"


def _rate(level: Level, payer: str, key: str, factor: float) -> str:
    """A number of a payer's rate; of authorised days, those of the level where the payer says nothing."""
    value = getattr(level.rates[payer], key)
    if key == "authorised_days" and value is None:
        value = level.authorised_days
    return "unlimited" if value is None else f"{factor * value:,.12g}"


def _is_gone(path: Segments, first: Scenario, second: Scenario) -> bool:
    """Whether the second scenario has nothing of the table, or of the key of a level or place, that an input is in."""
    within = path[:3] if path[0] in ("levels", "places") and len(path) > 2 else path[:1]
    return _value(first, within) not in EMPTY and _value(second, within) in EMPTY


def _value(scenario: Scenario, path: Segments) -> Any:
    value: Any = scenario
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else getattr(value, key)
    return value


def _kind(path: Segments, gone: bool) -> tuple[Kind, str]:
    """What an input is, and of which level or place; "" of none."""
    part, *below = path
    if part == "conditions" or (part in ("medications", "emergencies") and below[1:] == ["title"]):
        return Kind("", *OF_LEVELS["title"]), ""
    if part not in ("levels", "places") or len(below) < 2:
        own = part.replace("_", " ")
        words = own if gone else OF_ALL.get(part, own)
        return Kind("", words, words, gone), ""
    owner, key, *_ = below
    own = key.replace("_", " ")
    return Kind(part, *(OF_LEVELS if part == "levels" else OF_PLACES).get(key, (own, own)), gone), owner


def _of_kind(kind: Kind, owners: Sequence[str], titles: Mapping[tuple[str, str], str]) -> str:
    if not kind.part:
        return kind.one
    if len(owners) == 1:
        return f"{kind.one} of {titles[kind.part, owners[0]]}"
    return f"{kind.several} of {len(owners)} {'levels' if kind.part == 'levels' else 'kinds of place'}"


def _titles(scenario: Scenario) -> dict[tuple[str, str], str]:
    parts: dict[str, Mapping[str, Level | Place]] = {"levels": scenario.levels, "places": scenario.places}
    return {(part, name): _title(name, item) for part, items in parts.items() for name, item in items.items()}


def _title(name: str, item: Level | Place) -> str:
    """A title as it stands within a sentence, cut to a length; without one, the name."""
    title = " ".join(item.title.split()) or name.replace("_", " ")
    title = title if title[1:2].isupper() else title[:1].lower() + title[1:]
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
