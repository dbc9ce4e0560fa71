"""What the patients of one replication share, as rows of its tables, and the laws of the plan."""

from sim.model.compiled.jit import twin
from sim.model.compiled.layout import (
    EMERGENCY,
    HOLDING,
    KIND,
    LAW,
    LEVEL,
    LEVEL_KIND,
    LIST_PLAN,
    MEDICATION,
    OF_EMERGENCY,
    OF_LEVEL,
    OF_MEDICATION,
    OPEN_LEVEL,
    OPEN_LIST,
    PATIENT,
    PLAN,
    Patient,
    Row,
    Tables,
)
from sim.model.compiled.memory import numbers, row
from sim.scenario import laws


@twin
def plan_of(w: Tables, plan: int) -> Row:
    """A plan."""
    return row(PLAN, w.plans, plan)


@twin
def foresee(w: Tables) -> None:
    """A plan comes into force. Until the next one does nothing comes to somebody who is alone but what they know."""
    w.foreseen = plan_of(w, w.plan + 1).since if w.plan + 1 < w.plan_count else w.horizon


@twin
def plan_now(w: Tables) -> Row:
    """The plan in force."""
    return row(PLAN, w.plans, w.plan)


@twin
def level_of(w: Tables, level: int) -> Row:
    """A level by the plan in force."""
    return row(LEVEL, w.levels, w.plan * w.level_count + level)


@twin
def level_by(w: Tables, plan: int, level: int) -> Row:
    """A level by another plan."""
    return row(LEVEL, w.levels, plan * w.level_count + level)


@twin
def medication_of(w: Tables, code: int) -> Row:
    """A medication by the plan in force."""
    return row(MEDICATION, w.medications, w.plan * w.medication_count + code)


@twin
def emergency_by(w: Tables, plan: int, code: int) -> Row:
    """A kind of emergency by a plan."""
    return row(EMERGENCY, w.emergencies, plan * w.emergency_count + code)


@twin
def list_of(w: Tables, number: int) -> Row:
    """A waiting list by the plan in force."""
    return row(LIST_PLAN, w.list_plans, plan_now(w).lists + number)


@twin
def holding_of(w: Tables, holding: int) -> Row:
    """What a stay holds."""
    return row(HOLDING, w.holdings, holding)


@twin
def profile_of(w: Tables, me: Patient) -> Row:
    """What the kind of patient means under the plan in force."""
    return row(KIND, w.kinds, w.plan * w.kind_count + me.kind)


@twin
def level_profile_of(w: Tables, me: Patient, level: int) -> Row:
    """A level as this kind of patient meets it under the plan in force."""
    return row(LEVEL_KIND, w.level_kinds, (w.plan * w.kind_count + me.kind) * w.level_count + level)


@twin
def patient_of(w: Tables, patient: int) -> Row:
    """A patient."""
    return row(PATIENT, w.patients, patient)


@twin
def at_level(w: Tables, me: Patient, level: int) -> Row:
    """What is counted of a patient and a level."""
    return row(OF_LEVEL, w.of_levels, me.patient * w.level_count + level)


@twin
def at_medication(w: Tables, me: Patient, code: int) -> Row:
    """What is counted of a patient and a medication."""
    return row(OF_MEDICATION, w.of_medications, me.patient * w.medication_count + code)


@twin
def at_emergency(w: Tables, me: Patient, code: int) -> Row:
    """What is counted of a patient and a kind of emergency."""
    return row(OF_EMERGENCY, w.of_emergencies, me.patient * w.emergency_count + code)


@twin
def open_level(w: Tables, level: int) -> Row:
    """What the desk knows of a level."""
    return row(OPEN_LEVEL, w.open_levels, level)


@twin
def open_list(w: Tables, number: int) -> Row:
    """What the desk knows of a waiting list."""
    return row(OPEN_LIST, w.open_lists, number)


@twin
def law_of(w: Tables, law: int) -> Row:
    """A law as a tuple."""
    it = row(LAW, w.laws, law)
    return it.kind, it.a, it.b, it.most


@twin
def time_of(w: Tables, law: int, hazard: float) -> float:
    """Days at which the cumulative hazard of a law reaches `hazard`."""
    rows = w.values_count
    return laws.time_of(law_of(w, law), numbers(w.values, 0, rows), numbers(w.shares, 0, rows), hazard)


@twin
def hazard_by(w: Tables, law: int, days: float) -> float:
    """The cumulative hazard that a law has reached after so many days."""
    if not days > 0:
        return 0.0
    rows = w.values_count
    return laws.hazard_by(law_of(w, law), numbers(w.values, 0, rows), numbers(w.shares, 0, rows), days)


@twin
def time_left(w: Tables, law: int, hazard: float, days: float) -> float:
    """Days until the cumulative hazard of a law has grown by `hazard`, after so many days of it."""
    return max(time_of(w, law, hazard_by(w, law, days) + hazard) - days, 0.0)
