"""Every input of a scenario as a frozen pydantic model, with its unit and the rules of its own, by noun.

Units are stated once, beside each field (`json_schema_extra`), and serve the editor schema, the evidence cards and the
documentation. Rules that span several parts live in `rules.py`.
"""

from sim.scenario.schema.about import EvidenceCard, Read, StatedTarget
from sim.scenario.schema.condition import NEUTRAL, Condition
from sim.scenario.schema.course import Background, Checkups, Death, Relapse, Response
from sim.scenario.schema.emergency import Emergency
from sim.scenario.schema.level import AccessStep, Intake, Level, NextRule, RiskAtDischarge
from sim.scenario.schema.medication import Medication
from sim.scenario.schema.money import StateCosts, Utilities
from sim.scenario.schema.payment import PayerRate, Reimbursement
from sim.scenario.schema.place import Place
from sim.scenario.schema.population import Arrivals, Effects, EntryRule, FormerPatients, Initial, LevelEffects
from sim.scenario.schema.scenario import Scenario
from sim.scenario.schema.time import Time
from sim.scenario.schema.units import Mark

__all__ = [
    "NEUTRAL",
    "AccessStep",
    "Arrivals",
    "Background",
    "Checkups",
    "Condition",
    "Death",
    "Effects",
    "Emergency",
    "EntryRule",
    "EvidenceCard",
    "FormerPatients",
    "Initial",
    "Intake",
    "Level",
    "LevelEffects",
    "Mark",
    "Medication",
    "NextRule",
    "PayerRate",
    "Place",
    "Read",
    "Reimbursement",
    "Relapse",
    "Response",
    "RiskAtDischarge",
    "Scenario",
    "StateCosts",
    "StatedTarget",
    "Time",
    "Utilities",
]
