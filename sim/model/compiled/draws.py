"""Chance: `draws.uniform_of` and what follows from it, and the numbers of all decisions of a replication."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from sim.model.compiled.jit import twin
from sim.model.compiled.layout import KEY, Patient, Row, Tables
from sim.model.compiled.memory import row, wide_product
from sim.model.draws import WIDTH, key_of
from sim.model.plan import Plan
from sim.scenario.laws import SMALLEST_UNIFORM, normal_quantile
from sim.vocabulary import CAUSES_OF_LEAVING, Column

OF_ALL = (
    *("entry", "return", "check-up", "moving away", "return delay", "elapsed", "days known"),
    *("relapse", "lapse into relapse", "death", "lasting recovery", "remission", "lapse", "lapse duration"),
    *("frailty", "recovery", "response", "response to remission", "response lost", "remission after response"),
)
(
    DECISION_ENTRY,
    DECISION_RETURN,
    DECISION_CHECKUP,
    DECISION_MOVING_AWAY,
    DECISION_RETURN_DELAY,
    DECISION_ELAPSED,
    DECISION_DAYS_KNOWN,
    DECISION_RELAPSE,
    DECISION_INTO_RELAPSE,
    DECISION_DEATH,
    DECISION_RECOVERY,
    DECISION_REMISSION,
    DECISION_SETBACK,
    DECISION_SETBACK_DURATION,
    DECISION_FRAILTY,
    DECISION_SECOND_FRAILTY,
    DECISION_RESPONSE,
    DECISION_RESPONSE_TO_REMISSION,
    DECISION_RESPONSE_LOST,
    DECISION_REMISSION_ANEW,
) = range(len(OF_ALL))

OF_A_LEVEL = (
    *("length_of_stay", "early_step_down", "authorisation", "patience", "silence", "learning", "no_show"),
    *("on_relapse", "linkage", "lag", "days_to_abstinence", "discharge"),
    *("response", "response to remission", "response lost", *CAUSES_OF_LEAVING),
)
(
    PLAN_OF_CARE,
    EARLY_STEP_DOWN,
    AUTHORISATION,
    PATIENCE,
    SILENCE,
    LEARNING,
    NO_SHOW_OF,
    ON_RELAPSE,
    LINKAGE,
    LAG,
    TO_REMISSION,
    DISCHARGE_TO_HOME,
    TO_RESPONSE,
    RESPONSE_TO_REMISSION,
    RESPONSE_LOST,
    FIRST_CAUSE,
) = range(len(OF_A_LEVEL) - len(CAUSES_OF_LEAVING) + 1)

OF_A_MEDICATION = (
    *("medication", "medication delay", "medication days", "medication goes on", "medication after relapse"),
    *("medication ends use", "medication stop"),
)
TAKEN, TAKEN_DELAY, TAKEN_DAYS, GOES_ON_WITH, AFTER_RELAPSE, ENDS_RELAPSE, AT_STOP = range(len(OF_A_MEDICATION))

OF_AN_EMERGENCY = ("emergency", "emergency admission")
VISITED, SENT_ON = range(len(OF_AN_EMERGENCY))

OF_A_STEP = ("access_delay", "access_patience", "access_lost")
STEP_DELAY_OF, STEP_PATIENCE_OF, STEP_LOST = range(len(OF_A_STEP))

FIRST_OF_LEVELS = len(OF_ALL)


def decisions(plans: Sequence[Plan]) -> list[str]:
    """The names of all decisions: of all, of each level, medication and emergency, and of each step of each level."""
    names, steps = plans[0].names, plans[0].categories["waits"]["step"]
    return [
        *OF_ALL,
        *(f"{what}:{level}" for level in names.levels for what in OF_A_LEVEL),
        *(f"{what}:{medication}" for medication in names.medications for what in OF_A_MEDICATION),
        *(f"{what}:{emergency}" for emergency in names.emergencies for what in OF_AN_EMERGENCY),
        *(f"{what}:{level}:{step}" for level, step, what in product(names.levels, steps, OF_A_STEP)),
    ]


def keys(names: Sequence[str], seed: int, replication: int) -> Column:
    """The key of each decision."""
    digests = b"".join(key_of(seed, replication, name).to_bytes(16, "little") for name in names)
    return np.frombuffer(digests, KEY).copy()


@twin
def of_level(level: int, decision: int) -> int:
    """The number of a decision of a level."""
    return FIRST_OF_LEVELS + level * len(OF_A_LEVEL) + decision


@twin
def of_medication(w: Tables, code: int, decision: int) -> int:
    """The number of a decision about a medication."""
    return FIRST_OF_LEVELS + w.level_count * len(OF_A_LEVEL) + code * len(OF_A_MEDICATION) + decision


@twin
def of_emergency(w: Tables, code: int, decision: int) -> int:
    """The number of a decision about a kind of emergency."""
    return of_medication(w, w.medication_count, 0) + code * len(OF_AN_EMERGENCY) + decision


@twin
def block_of(key: Row, group: int, patient: int, block: int) -> Row:
    """The four words of one block: Philox4x64 in ten rounds."""
    c0, c1, c2, c3 = np.uint64(patient + 1), np.uint64(0), np.uint64(group), np.uint64(block)
    k0, k1 = key.low, key.high
    m0, m1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
    for _ in range(10):
        high0, low0 = wide_product(m0, c0)
        high1, low1 = wide_product(m1, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + np.uint64(0x9E3779B97F4A7C15), k1 + np.uint64(0xBB67AE8584CAA73B)
    return c0, c1, c2, c3


@twin
def word_of(words: Row, occurrence: int) -> float:
    """A uniform on [0, 1), from the block that holds it."""
    place = occurrence % WIDTH
    w0, w1, w2, w3 = words
    word = w0 if place == 0 else w1 if place == 1 else w2 if place == 2 else w3
    return (word >> np.uint64(11)) * 2.0**-53


@twin
def uniform_of(key: Row, group: int, patient: int, occurrence: int) -> float:
    """A uniform on [0, 1)."""
    return word_of(block_of(key, group, patient, occurrence // WIDTH), occurrence)


@twin
def words(w: Tables, decision: int, me: Patient, occurrence: int) -> Row:
    """The block of a patient that holds this occurrence."""
    return block_of(row(KEY, w.keys, decision), me.group, me.number, occurrence // WIDTH)


@twin
def uniform(w: Tables, decision: int, me: Patient, occurrence: int) -> float:
    """A uniform on [0, 1), of one patient."""
    return uniform_of(row(KEY, w.keys, decision), me.group, me.number, occurrence)


@twin
def normal(w: Tables, decision: int, me: Patient) -> float:
    """A standard normal, of one patient."""
    return normal_quantile(max(uniform(w, decision, me, 0), SMALLEST_UNIFORM))


@twin
def exponential(w: Tables, decision: int, me: Patient, occurrence: int) -> float:
    """A unit exponential: the cumulative hazard at which an event happens."""
    return -math.log1p(-uniform(w, decision, me, occurrence))
