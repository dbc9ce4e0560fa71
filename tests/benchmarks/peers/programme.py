"""The shipped programme as the peers model it: its numbers, read from `scenarios/base.toml`, and scalar draws.

Needs the standard library alone, so that a peer can run where Stepdown is not installed. Times in days.
"""

import math
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE = Path(__file__).parents[3] / "scenarios" / "base.toml"
FINISHED = ("completed", "transferred")
NEWCOMERS, RETURNING = False, True


@dataclass(frozen=True)
class Size:
    """So many times the arrivals, places and people known from before, and so many times the days, of `hybrid`."""

    arrivals: int = 1
    horizon: float = 1


def weibull(law: Mapping[str, Any], ratio: float = 1.0) -> float:
    """Days to something with a Weibull or exponential hazard, times a hazard ratio."""
    shape = law.get("shape", 1.0)
    return random.weibullvariate(law["scale"] if "scale" in law else law["mean"], shape) / ratio ** (1 / shape)


def pick(shares: Mapping[str, float]) -> str:
    """One of several, by their shares."""
    return random.choices(list(shares), list(shares.values()))[0]


class Programme:
    """Levels, links, entry, arrivals and rates, as they stand in the file."""

    def __init__(self, size: Size) -> None:
        text = tomllib.loads(BASE.read_text(encoding="utf-8"))
        time, arrivals = text["time"], text["arrivals"]
        self.text = text
        self.days = size.horizon * (time["warm_up_days"] + time["recruitment_days"] + time["follow_up_days"])
        newcomers = arrivals["calls_per_month"] * (1 - arrivals["known_share"])
        self.newcomers_per_day = size.arrivals * newcomers * 12 / 365.25
        self.levels: dict[str, dict[str, Any]] = text["levels"]
        self.places = {
            name: size.arrivals * text["places"][level["places"][0]]["capacity"] for name, level in self.levels.items()
        }
        self.known = {state: size.arrivals * former["people"] for state, former in text["known"].items()}
        self.moving_per_day = text["exits"]["moving_away_per_year"] / 365.25

    def planned_stay(self, level: str) -> float:
        """The plan of care: lognormal, at most so long, and until the next review."""
        law = self.levels[level]["length_of_stay"]
        spread = math.log(1 + (law["sd"] / law["mean"]) ** 2)
        days = math.inf
        while days > law["max"]:
            days = random.lognormvariate(math.log(law["mean"]) - spread / 2, math.sqrt(spread))
        every = self.levels[level].get("review_every_days")
        return math.ceil(days / every) * every if every else days

    def stay(self, level: str, dropout_ratio: float = 1.0) -> tuple[float, str]:
        """How long a stay lasts if nothing happens to the patient, and why it ends."""
        laws, plan = self.levels[level], self.planned_stay(level)
        ends = [(plan, "completed"), (weibull(laws["dropout"], dropout_ratio), "dropped_out")]
        if "burnout" in laws:
            ends.append((weibull(laws["burnout"]), "burned_out"))
        ends.append((weibull(laws["termination"]), "terminated"))
        share_of_plan = plan if laws["transfer"].get("of") == "plan" else 1.0
        ends.append((weibull(laws["transfer"]) * share_of_plan, "transferred"))
        return min(ends)

    def link(self, level: str, reason: str) -> tuple[str | None, float]:
        """The next level, if any, and the lag on the way to it."""
        drawn = random.random()
        for rule in self.levels[level].get("next", ()):
            if reason in rule["after"]:
                drawn -= rule["probability"]
                if drawn < 0:
                    lag = rule.get("delay_days")
                    return rule["to"], weibull(lag) if lag else 0.0
        return None, 0.0


class Person:
    """Who somebody is: attributes, what these do to drop-out, relapse and death, and a frailty."""

    def __init__(self, programme: Programme) -> None:
        text = programme.text
        self.values = {name: pick(shares) for name, shares in text["population"].items()}
        self.dropout = self.relapse = math.exp(random.gauss(0.0, text["frailty"]["sd"]))
        self.death = 1.0
        for name, value in self.values.items():
            effects = text["effects"].get(name, {}).get(value, {})
            self.dropout *= effects.get("dropout", 1.0)
            self.relapse *= effects.get("relapse", 1.0)
            self.death *= effects.get("death", 1.0)
        course = text["relapse"]
        self.course = course | course["by"]["substance"].get(self.values["substance"], {})
        self.relapse *= self.course["share_of_setbacks"]
        self.entries = text["entry"]

    def entry(self, returning: bool) -> str:
        """The first level, by the first rule that fits."""
        for rule in self.entries:
            severity = rule.get("when", {}).get("severity", self.values["severity"])
            if rule.get("returning", returning) == returning and severity == self.values["severity"]:
                return pick(rule["to"])
        raise AssertionError("the last rule fits everybody")

    def days_to_relapse(self, exposure: float = 1.0, after_remission: bool = False) -> float:
        """Days well: log-logistic with a hazard ratio. exposure: of a day in care, against one at home."""
        ratio = self.relapse * exposure * (self.course["after_remission"] if after_remission else 1.0)
        budget = random.expovariate(1.0) / ratio
        return (
            math.inf if budget > 700 else self.course["median_days"] * math.expm1(budget) ** (1 / self.course["shape"])
        )
