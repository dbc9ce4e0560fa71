"""The ways that a scenario offers through its levels, judged before anything is simulated."""

from sim.scenario.ways.accepting import accepted, classes_accepted, refusal_errors
from sim.scenario.ways.flow import flow_errors, unreached_levels
from sim.scenario.ways.holding import holding_warnings, places_held_in_circles
from sim.scenario.ways.instants import instant_errors
from sim.scenario.ways.kinds import PatientKind, conditions_of_places, conditions_of_ways, fits, kinds_of_patients

__all__ = [
    "PatientKind",
    "accepted",
    "classes_accepted",
    "conditions_of_places",
    "conditions_of_ways",
    "fits",
    "flow_errors",
    "holding_warnings",
    "instant_errors",
    "kinds_of_patients",
    "places_held_in_circles",
    "refusal_errors",
    "unreached_levels",
]
