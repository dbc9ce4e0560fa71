"""M/M/10 in nagasim, and the model of blocks that comes closest to the shipped `hybrid` pathway.

    pip install 'nagasim==0.18.0'

Blocks and expressions as its builder takes them: create, assign, decide, process (a queue for places, with patience),
delay, dispose. Left out, beside what the naive SimPy model leaves out: priority on lists, remission and relapse in care
(who stays longer than it takes to recover leaves well), and the life of those who have moved away.
"""

import math
from collections.abc import Mapping
from typing import Any

from nagasim import build
from nagasim.core.sim_runner import run_single_simulation
from programme import FINISHED, Programme, Size
from turn import QUEUE, Case, Outcome, serve

FOREVER = "1e9"
"""Days of being well where none come."""


def weibull(law: Mapping[str, Any], ratio: str = "1") -> str:
    """An expression that draws it, times a hazard ratio."""
    shape = law.get("shape", 1.0)
    return f"{law.get('scale', law.get('mean'))} * (EXPO(1) / ({ratio})) ** {1 / shape}"


def shares(values: Mapping[float, float]) -> str:
    """An expression that draws one of several numbers; DISC needs chances that add up to exactly 1."""
    return f"DISC({', '.join(f'{value}, {share}' for value, share in values.items())})"


def assigned(**values: str) -> list[dict[str, str]]:
    """Attributes of the person, one after the other."""
    return [{"target": f"entity.{name}", "expr": text} for name, text in values.items()]


class Clinic:
    """The blocks of the programme, linked as people move."""

    def __init__(self, programme: Programme) -> None:
        self.programme, self.text = programme, programme.text
        self.model = model = build.Model(time_limit=programme.days, replications=1)
        self.levels = list(programme.levels)
        self.gone = model.dispose()
        self.unwell = model.assign(assignments=self.unwell_at_home())
        self.well = model.assign(assignments=self.well_at_home())
        self.doors = {level: model.assign(assignments=self.stay(level)) for level in self.levels}
        self.desk = model.decide(
            mode="Condition", conditions=[f"entity.to == {n}" for n in range(len(self.levels) - 1)]
        )
        for level in self.levels:
            self.desk >> self.doors[level]
        self.at_home()
        for level in self.levels:
            self.in_care(level)
        self.sources()

    def sources(self) -> None:
        """Newcomers, and the people known on day 0; all are somebody before they are anywhere."""
        people = {"new": self.desk, "well": self.well, "unwell": self.unwell}
        for kind, then in people.items():
            if kind == "new":
                rate = self.programme.newcomers_per_day
                source = self.model.create(distribution=build.Exponential(rate=rate))
            else:
                count = self.programme.known[kind]
                source = self.model.create(
                    distribution=build.Constant(value=1.0), max_arrivals=1, entities_per_arrival=count
                )
            somebody = self.model.assign(assignments=[*self.person(), *(self.entry(False) if kind == "new" else ())])
            source >> somebody >> then

    def person(self) -> list[dict[str, str]]:
        """Attributes by number, and what they do to drop-out, relapse and death."""
        names, ratios = {}, {"dropout": ["1"], "relapse": ["1"], "death": ["1"]}
        for name, values in self.text["population"].items():
            names[name] = shares(dict(enumerate(values.values())))
            for number, value in enumerate(values):
                effects = self.text["effects"].get(name, {}).get(value, {})
                for what in ratios:
                    if effects.get(what, 1.0) != 1.0:
                        ratios[what].append(f"IF(entity.{name} == {number}, {effects[what]}, 1)")
        course, frailty = self.text["relapse"], "entity.frailty"
        opioids = list(self.text["population"]["substance"]).index("opioids")
        share = course["by"]["substance"]["opioids"]["share_of_setbacks"]
        ratios["relapse"].append(f"IF(entity.substance == {opioids}, {share}, {course['share_of_setbacks']})")
        return assigned(
            **names,
            frailty=f"exp(NORM(0, {self.text['frailty']['sd']}))",
            dropout=" * ".join([*ratios["dropout"], frailty]),
            relapse=" * ".join([*ratios["relapse"], frailty]),
            death=" * ".join(ratios["death"]),
            remitted="0",
        )

    def entry(self, returning: bool) -> list[dict[str, str]]:
        """The number of the first level, by the first rule that fits."""
        chosen, severities = "", list(self.text["population"]["severity"])
        for rule in self.text["entry"]:
            if rule.get("returning", returning) != returning:
                continue
            drawn = shares({self.levels.index(level): share for level, share in rule["to"].items()})
            severity = rule.get("when", {}).get("severity")
            if severity is None:
                return assigned(to=chosen + drawn + ")" * chosen.count("IF("))
            chosen += f"IF(entity.severity == {severities.index(severity)}, {drawn}, "
        raise AssertionError("the last rule fits everybody")

    def stay(self, level: str) -> list[dict[str, str]]:
        """How long a stay lasts, and why it ends: 1 where the plan is finished or the patient transferred."""
        laws = self.programme.levels[level]
        law = laws["length_of_stay"]
        spread = math.log(1 + (law["sd"] / law["mean"]) ** 2)
        plan = f"min({law['max']}, exp(NORM({math.log(law['mean']) - spread / 2}, {math.sqrt(spread)})))"
        every = laws.get("review_every_days")
        others = [weibull(laws["dropout"], "entity.dropout"), weibull(laws["termination"])]
        others += [weibull(laws["burnout"])] if "burnout" in laws else []
        of_plan = " * entity.plan" if laws["transfer"].get("of") == "plan" else ""
        no_show = laws.get("no_show", 0.0)
        return assigned(
            plan=f"ceil(({plan}) / {every}) * {every}" if every else plan,
            planned=f"min(entity.plan, {weibull(laws['transfer'])}{of_plan})",
            other=f"min({', '.join(others)})",
            stay=f"IF(RAND() < {no_show}, 0, min(entity.planned, entity.other))",
            finished="IF(entity.stay == entity.planned, 1, 0)",
            recovered=f"IF({weibull(laws['days_to_remission'])} < entity.stay, 1, 0)",
            link="RAND()",
            remitted="0",
        )

    def in_care(self, level: str) -> None:
        """The queue and the stay; then on to the next level, with a lag, or home."""
        model, laws = self.model, self.programme.levels[level]
        model.add_resource(name=level, capacity=self.programme.places[level])
        stay = model.process(
            resource_name=level,
            distribution=build.CustomExpression(expression="entity.stay"),
            renege_after=weibull(laws["patience"]),
        )
        conditions, ways, upto = [], [], 0.0
        for rule in laws.get("next", ()):
            assert tuple(rule["after"]) == FINISHED
            upto += rule["probability"]
            conditions.append(f"entity.finished == 1 and entity.link < {upto}")
            ways.append(rule)
        onward = model.decide(mode="Condition", conditions=[*conditions, "entity.recovered == 1"])
        self.doors[level] >> stay
        stay >> onward
        stay >> self.unwell
        for rule in ways:
            if "delay_days" in rule:
                (
                    onward
                    >> model.delay(distribution=build.Exponential(rate=1 / rule["delay_days"]["mean"]))
                    >> self.doors[rule["to"]]
                )
            else:
                onward >> self.doors[rule["to"]]
        onward >> self.well
        onward >> self.unwell

    def well_at_home(self) -> list[dict[str, str]]:
        """Days until relapse, and until death or moving away."""
        course = self.text["relapse"]
        budget = f"EXPO(1) / (entity.relapse * IF(entity.remitted == 1, {course['after_remission']}, 1))"
        log_logistic = f"{course['median_days']} * (exp(min(entity.budget, 700)) - 1) ** {1 / course['shape']}"
        well = f"IF(entity.budget > 700, {FOREVER}, {log_logistic})"
        return assigned(
            budget=budget,
            change=f"{well} + {weibull(self.text['setback']['into_relapse_days'])}",
            leaves=self.leaving("well"),
        )

    def unwell_at_home(self) -> list[dict[str, str]]:
        """Days until they ask again, recover, die or move away; and where they ask."""
        return [
            *assigned(
                asks=weibull(self.text["return_to_care"]["delay_days"]),
                remits=weibull(self.text["remission"]),
                change="min(entity.asks, entity.remits)",
                leaves=self.leaving("unwell"),
                remitted="1",
            ),
            *self.entry(True),
        ]

    def leaving(self, state: str) -> str:
        """An expression that draws when they die or move away."""
        dying = f"{self.text['death'][state] / 365_250} * entity.death"
        return f"EXPO(1 / ({dying} + {self.programme.moving_per_day}))"

    def at_home(self) -> None:
        """Well, unwell, back to the desk, or gone."""
        model = self.model
        home = build.CustomExpression(expression="min(entity.change, entity.leaves)")
        after_well = model.decide(mode="Condition", conditions=["entity.leaves < entity.change"])
        self.well >> model.delay(distribution=home) >> after_well
        after_well >> self.gone
        after_well >> self.unwell
        after_unwell = model.decide(
            mode="Condition", conditions=["entity.leaves < entity.change", "entity.remits < entity.asks"]
        )
        self.unwell >> model.delay(distribution=home) >> after_unwell
        after_unwell >> self.gone
        after_unwell >> self.well
        after_unwell >> self.desk


def pathway(size: Size, seed: int) -> Any:
    """One replication."""
    programme = Programme(size)
    layout = Clinic(programme).model.to_dict()
    return programme.days, run_single_simulation(layout, seed=seed, run_len=programme.days, warmup=0)


def told_of_pathway(run: tuple[float, Any]) -> Outcome:
    """Patients, and the years from their making until they leave the model or it ends."""
    days, tables = run
    people = tables["entity_log"]
    lived = people["Exited At"].astype(float).fillna(days) - people["Created At"].astype(float)
    return Outcome(len(people), years=float(lived.sum()) / 365.25)


def queue(size: Size, seed: int) -> Any:
    """M/M/10."""
    days = size.horizon * QUEUE.days
    model = build.Model(time_limit=days, replications=1)
    model.add_resource(name="beds", capacity=QUEUE.places)
    arrive = model.create(distribution=build.Exponential(rate=QUEUE.arrivals))
    (
        arrive
        >> model.process(resource_name="beds", distribution=build.Exponential(rate=1 / QUEUE.stay))
        >> model.dispose()
    )
    return run_single_simulation(model.to_dict(), seed=seed, run_len=days, warmup=0)


def told_of_queue(tables: Any) -> Outcome:
    """Patients, and the waits of the last of them, as far as its log goes back (100,000 rows).

    The first who asked is the first who is served, so those who still wait in the end are the last who asked.
    """
    log = tables["resource_log"]
    asked, began = (log["time"][log["event_type"] == kind].tolist() for kind in ("request", "seize"))
    waiting = int(log["queue_length"].iloc[-1])
    served = asked[: len(asked) - waiting]
    both = zip(reversed(served), reversed(began), strict=False)
    return Outcome(len(tables["entity_log"]), waits=[there - here for here, there in both][::-1])


if __name__ == "__main__":
    serve({"pathway": Case(pathway, told_of_pathway), "queue": Case(queue, told_of_queue)})
