"""M/M/10 in Ciw, and the network of queues that comes closest to the shipped `hybrid` pathway.

    pip install 'ciw==3.2.7'

Nodes with as many servers as there are places and without number at home; people leave lists when their patience ends;
where a person goes is a function of who they are and how their stay ended. Left out, beside what the naive SimPy model
leaves out: priority on lists, remission and relapse in care (who stays longer than it takes to recover leaves well),
and the life of those who have moved away.
"""

import math
import random
from typing import Any

import ciw
from programme import FINISHED, NEWCOMERS, RETURNING, Person, Programme, Size, weibull
from turn import QUEUE, Case, Outcome, serve

NEVER = 1e9
"""Days of patience where nobody waits: Ciw wants one for every node, or none."""

GONE = -1


class Drawn(ciw.dists.Distribution):
    """A duration that a function of the person says."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        return self.draw(ind)


class Onward(ciw.routing.NodeRouting):
    """To where the person is bound; who gives up waiting goes home."""

    def __init__(self, home: int) -> None:
        self.home = home

    def next_node(self, ind: Any) -> Any:
        return self.simulation.nodes[ind.bound_for]

    def next_node_for_jockeying(self, ind: Any) -> Any:
        return self.simulation.nodes[self.home]


class Clinic:
    """The durations at each node, each of which also says where the person is bound next."""

    def __init__(self, programme: Programme) -> None:
        self.programme, text = programme, programme.text
        self.levels = list(programme.levels)
        self.desk, self.on_the_way, self.well, self.unwell = range(len(self.levels) + 1, len(self.levels) + 5)
        self.to_remission = {name: level["days_to_remission"] for name, level in programme.levels.items()}
        self.into_relapse, self.remission = text["setback"]["into_relapse_days"], text["remission"]
        self.to_return, self.death = text["return_to_care"]["delay_days"], text["death"]

    def node(self, level: str) -> int:
        """The node of a level."""
        return self.levels.index(level) + 1

    def asking(self, ind: Any) -> float:
        """Placement takes no time."""
        returning = hasattr(ind, "person")
        if not returning:
            ind.person, ind.remitted = Person(self.programme), False
        ind.bound_for = self.node(ind.person.entry(RETURNING if returning else NEWCOMERS))
        return 0.0

    def stay(self, level: str, ind: Any) -> float:
        """In care."""
        if random.random() < self.programme.levels[level].get("no_show", 0.0):
            ind.bound_for = self.unwell
            return 0.0
        days, reason = self.programme.stay(level, ind.person.dropout)
        onward, lag = self.programme.link(level, reason) if reason in FINISHED else (None, 0.0)
        ind.remitted = False
        if onward is None:
            ind.bound_for = self.well if weibull(self.to_remission[level]) < days else self.unwell
        elif lag:
            ind.bound_for, ind.lag, ind.behind_lag = self.on_the_way, lag, self.node(onward)
        else:
            ind.bound_for = self.node(onward)
        return days

    def lag(self, ind: Any) -> float:
        """On the way to the next level."""
        ind.bound_for = ind.behind_lag
        return ind.lag

    def life(self, ind: Any, state: str, days: float, bound_for: int) -> float:
        """Days at home until what comes first: that, death or moving away."""
        leaves = random.expovariate(self.death[state] * ind.person.death / 365_250 + self.programme.moving_per_day)
        ind.bound_for = bound_for if days < leaves else GONE
        return min(days, leaves)

    def being_well(self, ind: Any) -> float:
        """Well until relapse."""
        if not hasattr(ind, "person"):
            ind.person, ind.remitted = Person(self.programme), False
        days = ind.person.days_to_relapse(after_remission=ind.remitted) + weibull(self.into_relapse)
        return self.life(ind, "well", days, self.unwell)

    def being_unwell(self, ind: Any) -> float:
        """Unwell until recovery, or until they ask again."""
        if not hasattr(ind, "person"):
            ind.person = Person(self.programme)
        asks, ind.remitted = weibull(self.to_return), True
        remits = weibull(self.remission)
        return self.life(ind, "unwell", min(asks, remits), self.desk if asks < remits else self.well)


class Counting(ciw.Simulation):
    """A simulation that counts its events."""

    events = 0

    def event_and_return_nextnode(self, next_active_node: Any) -> Any:
        self.events += 1
        return super().event_and_return_nextnode(next_active_node)


def network(clinic: Clinic) -> Any:
    """The network of a clinic."""
    programme, levels = clinic.programme, clinic.levels
    stays = [Drawn(lambda ind, level=level: clinic.stay(level, ind)) for level in levels]
    patience = [Drawn(lambda ind, law=programme.levels[level]["patience"]: weibull(law)) for level in levels]
    elsewhere = [clinic.asking, clinic.lag, clinic.being_well, clinic.being_unwell]
    once = [ciw.dists.Sequential([0.0, math.inf]) for _ in programme.known]
    singly = ciw.dists.Deterministic(1)
    return ciw.create_network(
        arrival_distributions=[*[None] * len(levels), ciw.dists.Exponential(programme.newcomers_per_day), None, *once],
        batching_distributions=[
            *[singly] * (len(levels) + 2),
            *(ciw.dists.Deterministic(programme.known[state]) for state in ("well", "unwell")),
        ],
        service_distributions=[*stays, *map(Drawn, elsewhere)],
        number_of_servers=[*programme.places.values(), *[math.inf] * len(elsewhere)],
        reneging_time_distributions=[*patience, *[ciw.dists.Deterministic(NEVER)] * len(elsewhere)],
        routing=ciw.routing.NetworkRouting([Onward(clinic.unwell) for _ in [*levels, *elsewhere]]),
    )


def pathway(size: Size, seed: int) -> Any:
    """One replication."""
    ciw.seed(seed)
    programme = Programme(size)
    simulation = Counting(network(Clinic(programme)))
    simulation.simulate_until_max_time(programme.days)
    return simulation, simulation.get_all_records(include_incomplete=True)


def told_of_pathway(run: tuple[Any, list[Any]]) -> Outcome:
    """Patients, and the years from asking (or day 0) until they leave the network or it ends."""
    simulation, records = run
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    for record in records:
        left = record.exit_date  # None or NaN while they are there.
        end = left if left is not None and left < math.inf else simulation.current_time
        first[record.id_number] = min(first.get(record.id_number, math.inf), record.arrival_date)
        last[record.id_number] = max(last.get(record.id_number, 0.0), end)
    return Outcome(len(first), sum(last[who] - first[who] for who in first) / 365.25, events=simulation.events)


def queue(size: Size, seed: int) -> Any:
    """M/M/10."""
    ciw.seed(seed)
    simulation = Counting(
        ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(QUEUE.arrivals)],
            service_distributions=[ciw.dists.Exponential(1 / QUEUE.stay)],
            number_of_servers=[QUEUE.places],
        )
    )
    simulation.simulate_until_max_time(size.horizon * QUEUE.days)
    return simulation, simulation.get_all_records()


def told_of_queue(run: tuple[Any, list[Any]]) -> Outcome:
    """Patients and waits."""
    simulation, records = run
    waits = [record.waiting_time for record in sorted(records, key=lambda record: record.arrival_date)]
    return Outcome(simulation.nodes[0].number_of_individuals, waits=waits, events=simulation.events)


if __name__ == "__main__":
    serve({"pathway": Case(pathway, told_of_pathway), "queue": Case(queue, told_of_queue)})
