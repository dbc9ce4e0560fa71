"""What one scenario does otherwise than another, in one line: places and levels first, then other inputs by kind."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.files.paths import Segments, split_path
from sim.scenario.differences import differences
from sim.scenario.schema import Level, Place, Scenario

MOST_KINDS = 3
"""So many kinds of other inputs are told in words; of more it is only said how many inputs there are."""
MOST_PLACES = 6
"""So many kinds of place, and of level, are told by name."""
MOST_DATES = 3
"""So many dates of one kind of place are told."""
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
    "rates": ("rates and authorised days of payers", "rates and authorised days of payers"),
    **dict.fromkeys(AUTHORISED, ("authorised days", "authorised days")),
    "dropout": ("drop-out", "drop-out"),
    "no_show": ("no-shows", "no-shows"),
    "next": ("links", "links"),
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
    "entry": "entry rules",
    "population": "the mix of patients",
    "effects": "effects of attributes",
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


class Kind(NamedTuple):
    """Inputs that are told together. part: "levels", "places" or ""; one, several: words for those of one, of more."""

    part: str
    one: str
    several: str


def policy_line(first: Scenario, second: Scenario) -> str:
    """What the second scenario does otherwise: "IOP seats 40 -> 60, 8 housing places new, links of 2 levels".

    Capacities, dated ones too, of places by title, then levels that open and close, then a few other kinds of inputs
    in words, or how many inputs they are. Titles are told where nothing else differs; "" where no input does.
    """
    rest: dict[Kind, dict[str, int]] = {}
    for path, _, _ in differences(first, second):
        segments = split_path(path)
        if not _of_places_or_levels(segments, first, second):
            kind, owner = _kind(segments)
            owners = rest.setdefault(kind, {})
            owners[owner] = owners.get(owner, 0) + 1
    parts = [*_places(first, second), *_levels(first, second)]
    meant = {kind: owners for kind, owners in rest.items() if kind.one != "title"}
    if parts or meant:
        rest = meant
    if len(rest) <= MOST_KINDS:
        titles = {**_titles(first), **_titles(second)}
        parts += [_of_kind(kind, list(owners), titles) for kind, owners in rest.items()]
    else:
        number = sum(sum(owners.values()) for owners in rest.values())
        parts.append(f"{number} other inputs" if parts else f"{number} inputs")
    return ", ".join(parts)


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


def _kind(path: Segments) -> tuple[Kind, str]:
    """What an input is, and of which level or place; "" of none."""
    part, *below = path
    if part == "conditions" or (part in ("medications", "emergencies") and below[1:] == ["title"]):
        return Kind("", *OF_LEVELS["title"]), ""
    if part not in ("levels", "places") or len(below) < 2:
        words = OF_ALL.get(part, part.replace("_", " "))
        return Kind("", words, words), ""
    owner, key, *_ = below
    own = key.replace("_", " ")
    return Kind(part, *(OF_LEVELS if part == "levels" else OF_PLACES).get(key, (own, own))), owner


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
