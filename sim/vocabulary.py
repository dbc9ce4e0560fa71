"""The words of the field, each said once: codes, names, phrases for people, and constants that all other parts go by.

A tuple of names gives each its code, by position; a table of the same names says what else is known of it. In phrases,
`{level}` stands for the title of a level.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

if TYPE_CHECKING:
    import numpy as np

    Column: TypeAlias = np.ndarray[Any, Any]
else:
    # Whoever reads words alone need not wait for numpy.
    Column = Any
"""One column of a table."""

Direction = Literal["higher", "lower", "neutral"]
"""Which is better of a quantity; "neutral" where that depends."""

NONE = -1
"""The code of "no level"; NaN at the border."""

DAYS_PER_WEEK = 7
HOURS_PER_DAY = 24
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

GAP_BETWEEN_EPISODES = 30.0
"""Days without care after which the next admission begins a new episode."""


class Reason(NamedTuple):
    """How a stay ends. direction: of the share of stays that end so. because: in a definition, "where the stay ended
    because". doing: what the patient does, in a story. ending: as the end of a way through care."""

    direction: Direction
    because: str = ""
    doing: str = ""
    ending: str = ""


REASON: Mapping[str, Reason] = {
    "completed": Reason("higher", "the plan of care was completed", "completes {level}", "completed"),
    "dropped_out": Reason(
        "lower", "the patient dropped out, against advice or without a word", "drops out of {level}", "dropped out"
    ),
    "burned_out": Reason(
        "lower", "the patient was worn out by the length of treatment", "leaves {level}, worn out", "burned out"
    ),
    "relapsed": Reason(
        "lower", "of a relapse in care", "is discharged from {level} because of it", "discharged after relapse"
    ),
    "terminated": Reason(
        "lower",
        "the programme ended it, for administrative reasons or because authorised days ran out",
        "is discharged from {level} before the plan is finished",
        "terminated",
    ),
    "transferred": Reason(
        "neutral",
        "the patient moved on before completing: early step-down, step-up, another programme",
        "is transferred from {level}",
        "transferred",
    ),
    "died": Reason("lower", "the patient died", ending="died"),
    "end_of_follow_up": Reason("neutral"),
}
"""`transferred` covers early step-down, step-up and moves to another programme."""

REASONS = tuple(REASON)
COMPLETED, DROPPED_OUT, BURNED_OUT, RELAPSED, TERMINATED, TRANSFERRED, DIED, END = range(len(REASONS))

Onward = Literal["completed", "transferred", "terminated"]
"""Reasons after which a link may lead on."""

ONWARD: tuple[Onward, ...] = get_args(Onward)

CAUSES_OF_LEAVING = {
    "dropout": "dropped_out",
    "burnout": "burned_out",
    "termination": "terminated",
    "transfer": "transferred",
}
"""Causes that may end a stay before its plan of care is finished, each with its own clock -> the reason they give."""


class Outcome(NamedTuple):
    """How a wait ends. direction: of the share of asks that end so. where: in a definition, "share of asks that".
    activity: in an event log; doing: what the patient does, in a story."""

    direction: Direction
    where: str = ""
    activity: str = ""
    doing: str = ""


OUTCOME: Mapping[str, Outcome] = {
    "admitted": Outcome("higher", "that led to admission", doing="is admitted to {level}, after {days}"),
    "reneged": Outcome(
        "lower",
        "that ended because the patient gave up waiting",
        "give up waiting for {level}",
        "gives up waiting for {level}, after {days}",
    ),
    "no_show": Outcome(
        "lower",
        "where the patient did not come when a place was granted",
        "miss the admission to {level}",
        "is offered a place in {level} {offered} and does not come",
    ),
    "relapsed": Outcome("lower", activity="leave the list of {level}", doing="leaves the list of {level}"),
    "died": Outcome("lower"),
    "end_of_follow_up": Outcome("neutral"),
    "redirected": Outcome("neutral", activity="leave the list of {level}", doing="is sent elsewhere than {level}"),
    "turned_away": Outcome(
        "lower",
        "that were turned away because the list was full",
        "be turned away from {level}",
        "is turned away from {level}, whose list is full",
    ),
    "left_silently": Outcome(
        "lower",
        "that ended because the patient gave up waiting without a word, which are not among `reneged`",
        "give up waiting for {level} without a word",
        "gives up waiting for {level} without a word, after {days}",
    ),
    "passed": Outcome(
        "neutral", activity="pass a step towards {level}", doing="has passed a step towards {level}, after {days}"
    ),
    "emergency": Outcome("lower", activity="leave the list of {level}", doing="leaves the list of {level}"),
}
"""`redirected`: the list was closed by a change of the system. `relapsed`: someone on the way to the next level
relapsed and left the list. `passed`: of a step before the list, after which the ask goes on. `emergency`: a visit to an
emergency department meanwhile led to a level. In an event log, an admission and a death are events of their own, and
the end of the run is none."""

OUTCOMES = tuple(OUTCOME)
ADMITTED, RENEGED, NO_SHOW, WAIT_RELAPSED, WAIT_DIED, WAIT_END = range(6)
REDIRECTED, TURNED_AWAY, LEFT_SILENTLY, PASSED, WAIT_EMERGENCY = range(6, len(OUTCOMES))

OUTAGES = ("no_answer", "turnover")
"""Why a place is out of use for a while, held by nobody: who was called had left the list without a word; it is made
ready after a stay."""
NO_ANSWER, TURNOVER = range(len(OUTAGES))


COURSE_END: Mapping[str, str] = {
    "declined": "does not take {medication}",
    "not_started": "leaves before starting {medication}",
    "stopped": "stops {medication}",
    "not_continued": "does not go on with {medication}",
    "relapsed": "stops {medication}",
    "died": "",
    "end_of_follow_up": "",
}
"""What became of an offer of medication -> what the patient does, in a story. `declined`, and `not_started` by whoever
left before it was to begin: it never began. `stopped` by itself, `relapsed` with a relapse at home, `not_continued`
when a stay ended."""

COURSE_ENDS = tuple(COURSE_END)
DECLINED, NOT_STARTED, STOPPED, NOT_CONTINUED, STOPPED_BY_RELAPSE, COURSE_DIED, COURSE_OPEN = range(len(COURSE_ENDS))


class Route(NamedTuple):
    """How a patient came to ask for a level. people: who they are. doing: what the patient does, in a story."""

    people: str = ""
    doing: str = "asks for {level}"


ROUTE: Mapping[str, Route] = {
    "entry": Route("who ask for the first time"),
    "return": Route("who come back from outside care", "comes back and asks for {level}"),
    "step_down": Route("on the way from one level to the next"),
    "step_up": Route(
        "who are moved to a higher level after a relapse or an emergency in care", "asks for {level}, to step up"
    ),
    "checkup": Route("whom a check-up at home links to care", "is found by a check-up and asks for {level}"),
    "emergency": Route(
        "whom a visit to an emergency department from home leads to care", "is sent to {level} from the emergency"
    ),
    "initial": Route(),
}
"""`initial`: who is there on day 0, and has asked before."""

ROUTES = tuple(ROUTE)
ENTRY, RETURN, STEP_DOWN, STEP_UP, CHECKUP, EMERGENCY, INITIAL = range(len(ROUTES))

AskingRoute = Literal["entry", "return", "step_down", "step_up", "checkup", "emergency"]
"""The routes by which people ask; the first of all."""

ASKING: tuple[AskingRoute, ...] = get_args(AskingRoute)

STATES = ("well", "setback", "unwell", "response", "dead")
"""Clinical states; how people are in them is for the scenario's condition to say. A spell of being well goes on through
its setbacks; they are cut out of it in the records. `response`: a partial one, of somebody who was unwell."""

WELL, SETBACK, UNWELL, RESPONSE, DEAD = range(len(STATES))

NOT_WELL = (UNWELL, RESPONSE)
"""The states of those who need care."""

PATIENT, SOCIETY = "patient", "society"
"""Reserved names among those who pay: the person in care, and everyone who is neither patient nor payer."""

CostCategory = Literal[
    "bed_day",
    "session",
    "admission",
    "fixed_capacity",
    "housing",
    "relapse",
    "other_health_care",
    "patient_time",
    "productivity",
    "crime_and_justice",
    "transfer_payments",
    "death",
    "checkups",
    "medication",
    "emergency",
]
"""What money is spent on."""

Payment = Literal["payments", "own_payments", "revenue"]
"""What is paid for stays by rates: by payers, by patients who are their own payer, and, as an amount below 0, all of it
once more, of the residual payer, who so bears the rest. They add up to nothing."""

EntryCategory: TypeAlias = CostCategory | Payment
"""What an entry of the ledger is of."""


class Category(NamedTuple):
    """What is known of a cost category. programme: part of the programme's budget, what it takes to run it. by_state:
    depends on the clinical state, wherever a patient is. bearer: who bears it where nothing is stated; "" for the
    scenario's payers. transfer: money that goes from one to another, and so is no cost to society. part: of a scenario,
    without which nothing is spent on it; "" where something may be in any. phrase: in words."""

    programme: bool = False
    by_state: bool = False
    bearer: str = ""
    transfer: bool = False
    part: str = ""
    phrase: str = ""


CATEGORY: Mapping[EntryCategory, Category] = {
    "bed_day": Category(programme=True),
    "session": Category(programme=True),
    "admission": Category(programme=True),
    "fixed_capacity": Category(programme=True),
    "housing": Category(programme=True),
    "relapse": Category(),
    "other_health_care": Category(by_state=True, phrase="other health care"),
    "patient_time": Category(bearer=PATIENT),
    "productivity": Category(by_state=True, bearer=SOCIETY, phrase="lost work"),
    "crime_and_justice": Category(by_state=True, bearer=SOCIETY, phrase="crime and justice"),
    "transfer_payments": Category(by_state=True, bearer=SOCIETY, transfer=True, phrase="transfer payments"),
    "death": Category(part="costs.per_death"),
    "checkups": Category(programme=True, part="checkups", phrase="check-ups at home"),
    "medication": Category(programme=True, part="medications", phrase="medication"),
    "emergency": Category(part="emergencies", phrase="emergency visits"),
    "payments": Category(transfer=True, part="reimbursement", phrase="paid by payers"),
    "own_payments": Category(bearer=PATIENT, transfer=True, part="reimbursement", phrase="paid by patients"),
    "revenue": Category(transfer=True, part="reimbursement", phrase="revenue"),
}

COSTS: tuple[CostCategory, ...] = get_args(CostCategory)
PAYMENTS: tuple[Payment, ...] = get_args(Payment)
CATEGORIES: tuple[EntryCategory, ...] = (*COSTS, *PAYMENTS)
"""Their order is that of their codes."""

PROGRAMME = tuple(name for name in COSTS if CATEGORY[name].programme)
TRANSFERS = tuple(name for name in COSTS if CATEGORY[name].transfer)
BY_STATE = tuple(name for name in COSTS if CATEGORY[name].by_state)

OUTSIDE_CARE, IN_CARE, NEVER_ADMITTED = "outside care", "in care", "never admitted"
"""Where a patient is who is in no level, or in any; and the way of one who was in none."""

ON_MEDICATION = "on medication"
"""What the programme spends on patients wherever they are, in a row of its budget."""

ARROW = " > "
"""Between two levels of a patient's way."""
