"""The world that the patients of one replication share: the clock, the desk, the decisions, who is where."""

from collections.abc import Sequence
from itertools import pairwise

from sim.model.book import Book
from sim.model.calendar import Calendar
from sim.model.course import Mechanisms
from sim.model.desk import Desk
from sim.model.draws import IN_CARE_ON_DAY_0, KNOWN_ON_DAY_0, NEWCOMERS, Draws
from sim.model.plan import Plan
from sim.model.population import (
    ages,
    attribute_values,
    former_patients,
    frailty_ratios,
    frailty_values,
    recovery_ratios,
)
from sim.vocabulary import CAUSES_OF_LEAVING


class StepChances:
    """The decisions of one step before the list of a level."""

    def __init__(self, draws: Draws, level: str, step: str) -> None:
        self.delay = draws.of(f"access_delay:{level}:{step}")
        self.patience = draws.of(f"access_patience:{level}:{step}")
        self.lost = draws.of(f"access_lost:{level}:{step}")


class Chances:
    """The decisions of one level."""

    def __init__(self, draws: Draws, level: str) -> None:
        self.plan_of_care = draws.of(f"length_of_stay:{level}")
        self.early_step_down = draws.of(f"early_step_down:{level}")
        self.authorisation = draws.of(f"authorisation:{level}")
        self.causes = tuple(draws.of(f"{cause}:{level}") for cause in CAUSES_OF_LEAVING)
        self.patience = draws.of(f"patience:{level}")
        self.silence = draws.of(f"silence:{level}")
        self.learning = draws.of(f"learning:{level}")
        self.no_show = draws.of(f"no_show:{level}")
        self.on_relapse = draws.of(f"on_relapse:{level}")
        self.linkage = draws.of(f"linkage:{level}")
        self.lag = draws.of(f"lag:{level}")


class World:
    """What the patients of one replication share. newcomers: how many will ask for the first time.

    plans: in the order in which they come into force, which `follow` makes them; their codes are the same.
    """

    def __init__(self, plans: Sequence[Plan], seed: int, replication: int, newcomers: int) -> None:
        self.plan = plan = plans[0]
        self.horizon = plan.horizon
        self._changes = [*(each.since for each in plans[1:]), plan.horizon]
        # Until then nothing comes to somebody who is alone but what they know already.
        self.foreseen = self._changes.pop(0)
        self.env = Calendar()
        self.never = self.env.event()
        in_care = sum(in_care + waiting for _, in_care, waiting in plan.initial)
        self.known = former_patients(plan, in_care)
        self.present_on_day_0 = self.known[-1].stop
        sizes = (IN_CARE_ON_DAY_0, in_care), (KNOWN_ON_DAY_0, self.present_on_day_0 - in_care), (NEWCOMERS, newcomers)
        draws = Draws(seed, replication, sizes)
        self.draws = draws
        self.step_chances = {
            (level.code, step.code): StepChances(
                draws, plan.names.levels[level.code], plan.categories["waits"]["step"][step.code]
            )
            for each in plans
            for level in each.levels
            for step in level.access
        }
        # Levels in which whoever gives up the next one may stay, by any of the plans.
        self.stayed_in = frozenset(level.code for each in plans for level in each.levels if level.stays_on)
        self.chances = tuple(Chances(draws, level) for level in plan.names.levels)
        self.entry = draws.of("entry")
        self.returns = draws.of("return")
        self.linked_by_checkup = draws.of("check-up")
        days = [*(each.since for each in plans), plan.horizon]
        # By the plans in which there are any: check-ups, from when, and until when. They are known in advance.
        self.checkups = [
            (each.checkups, since, until)
            for each, (since, until) in zip(plans, pairwise(days), strict=True)
            if each.checkups is not None
        ]
        self.moving_away = draws.of("moving away")
        self.return_delay = draws.of("return delay")
        self.elapsed = draws.of("elapsed")
        self.days_known = draws.of("days known")
        patients = self.present_on_day_0 + newcomers
        self.values = attribute_values(plan, draws, self.known, patients)
        self.ages = ages(plan, draws, self.values)
        self.profiles = [plan.profile(values) for values in self.values]
        self.mechanisms = Mechanisms(plan, draws, self._worst_death_rates(plans))
        self.frailty = frailty_values(plan, draws, self.known, patients)
        self.frailty_ratios = frailty_ratios(plan, self.frailty)
        self.recovery_ratios = recovery_ratios(plan, draws, patients)
        self.book = Book(plan, replication)
        self.desk = Desk(self.env, plan, plans[-1].capacity, self.book)
        # By level, those who are there: unlike the desk's count without those who were granted a place and do not come.
        self.present = [0] * len(plan.levels)

    def follow(self, plan: Plan) -> None:
        """From now on this plan is in force: whatever is decided is decided by it."""
        self.plan = plan
        self.foreseen = self._changes.pop(0)
        self.profiles = [plan.profile(values) for values in self.values]
        self.mechanisms.follow(plan)
        self.desk.follow(plan, self.profiles)

    def _worst_death_rates(self, plans: Sequence[Plan]) -> list[float]:
        """By patient, a day."""
        highest = [(plan, plan.mortality.highest) for plan in plans]
        return [max(most * plan.profile(values).death for plan, most in highest) for values in self.values]
