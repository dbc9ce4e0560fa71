"""What the tables of compiled code look like: one numpy kind of row for each noun.

Columns carry
the names of what they are in `plan`, `pathway`, `course`, `regimen`, `desk` and `stays`. NONE stands for what is
absent.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from sim.model.plan import CAUSES
from sim.model.records import DTYPES, TABLES
from sim.vocabulary import DAYS_PER_WEEK, REASONS, ROUTES

Tables: TypeAlias = Any
Patient: TypeAlias = Any
Row: TypeAlias = Any
"""References to rows, as compiled functions hand them to each other: of WORLD, of PATIENT, of another kind."""


def _row(
    *, whole: str = "", real: str = "", small: str = "", more: tuple[tuple[str, str, int], ...] = ()
) -> np.dtype[np.void]:
    """A kind of row. small: whole numbers of 32 bits. more: (name, type, length) of columns of several numbers."""
    columns: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [(name, "f8") for name in real.split()]
    columns += [(name, "i8") for name in whole.split()]
    columns += [(name, "i4") for name in small.split()]
    columns += [(name, kind, (length,)) for name, kind, length in more]
    return np.dtype(columns, align=True)


# --- what does not change in a run ---

LAW = _row(whole="kind", real="a b most")

PLAN = _row(
    real="since after_remission in_care well unwell moving_away every days log_missed begins ends",
    whole="setback_duration into_relapse return_delay remission checkups places_anew windows windows_end since_of "
    "lists responds to_response from_response response_lost",
)
"""since_of: the last plan that is in force since the same day. every to ends: of check-ups, if there are any. lists:
where its first waiting list is. responds: whether anything is stated of a partial response at home."""

LEVEL = _row(
    small="has_list round_the_clock plan_of_care clocks seats patience days_to_learn list_cap "
    "access access_end takes_in same_intake to_remission step_up_to hand_over bridge stays_on closed "
    "responds to_response from_response response_lost",
    real="review_every early_from early_log_stay log_full_ratio silent_share opens closes most clock "
    "hazard_ratio risk_halved_every benefit_per_day benefit_most discharge_upto continue_upto",
    more=(
        ("cause", "i4", len(CAUSES)),
        ("reason", "i4", len(CAUSES)),
        ("law", "i4", len(CAUSES)),
        ("of_plan", "i4", len(CAUSES)),
        ("days", "i8", DAYS_PER_WEEK),
    ),
)
"""takes_in: whether there are days and hours of intake. same_intake: as under the plan before. closed: to everybody.
responds: whether anything is stated of a partial response there."""

LIST_PLAN = _row(whole="level holdings holdings_end places places_end")
HOLDING = _row(whole="needs needs_end word")
NEED = _row(whole="place number")
"""What one stay holds of one kind of place."""

STEP = _row(
    whole="code delay patience per_day chances",
    real="lost_at_once opens closes",
    more=(("days", "i8", DAYS_PER_WEEK),),
)
"""chances: the first of its decisions."""

MEDICATION = _row(
    whole="delay in_care at_home start start_end stop stop_end",
    real="probability goes_on ended_by_relapse ends_relapse risk_at_stop relapse risk_at_discharge dropout death",
)
"""start, stop: where its windows are."""

EMERGENCY = _row(whole="windows windows_end to", real="in_care well unwell admitted")

KIND = _row(
    small="curve background background_end entry entry_end back back_end offers offers_end emergencies emergencies_end",
    real="relapse median shape share_of_setbacks setbacks remission death return_odds worst_death_rate",
)
"""One kind of patient under one plan. curve: the clock of setbacks as a law, or NONE. entry, back: first levels of
newcomers and of those who come back."""

LEVEL_KIND = _row(
    small="offers offers_end list_number",
    real="relapse renege no_show length_of_stay authorised extension log_extended most_extensions",
    more=(
        ("ratio", "f8", len(CAUSES)),
        ("risk_odds", "f8", len(REASONS)),
        ("rank", "i4", len(ROUTES)),
        ("head_start", "f8", len(ROUTES)),
        ("chance", "f8", len(REASONS)),
        ("links", "i4", len(REASONS)),
        ("links_end", "i4", len(REASONS)),
    ),
)
"""One level as one kind of patient meets it under one plan."""

LINK = _row(small="to lag", real="upto")
CODE = _row(whole="code")
NUMBER = _row(real="value")
KEY = np.dtype([("low", "u8"), ("high", "u8")])

# --- what changes ---

PATIENT = _row(
    real="frailty_value dropout_ratio frailty return_ratio recovery_ratio born worst_death_rate "
    # Of the journey.
    "arrived now moved_away moving_budget aim_lag called stay_asked stay_admitted stay_ready stay_authorised "
    "staying_days wait_asked wait_called last_in_care unwell_before looked_at until home_since home_rate returns_at "
    "linked_at gives_up over "
    # Of the course.
    "changes_at left_24_hour_care recovered ratio multiplier log_benefit benefit_since since began clock recovers_at "
    "first_day relapses_at exposed relapse_hazard relapse_exposed least_hazard most_hazard median shape setbacks "
    "death_budget death_rate windows_since recovery_budget responds_at "
    # Of the regimen.
    "offered starts_at started left stopped phase_began "
    # Of emergencies.
    "emergency_since",
    # Thousands of them take turns: a smaller row is more often in the processor's cache.
    small="patient kind group number "
    "stage turn aim_level aim_route heading_level heading_route stay_level stay_route stay_episode stay_visit "
    "stay_held stay_holding stay_reason stay_next_level stay_interim staying staying_reason wait_level wait_route "
    "wait_held wait_step episode entries spells_at_home known relapses turns request planned_reason ask call step "
    "step_plan state change level well_spells recoveries relapses_begun setbacks_plan mortal windows windows_end "
    "first_stretch last_stretch gaps setback_count circles recovers_at_home responses from_responses returns "
    "code offered_in last in_care phase_plan emergency_due emergency_plan sent_elsewhere",
)
"""Everything about one patient: the journey, the open stay and wait, the course, the regimen, emergencies.

stage: what they are in the middle of. stay_held: the plan by which the present stay began. stay_holding: where
is what it holds. staying: whether it is known
how the stay ends on staying. sent_elsewhere: by the plan that has just come into force.
"""

OF_LEVEL = _row(small="asks calls visits gone", real="days_in")
"""One patient and one level. gone: the request of who left its list without a word."""

OF_MEDICATION = _row(whole="offers starts stays relapses")
"""One patient and one medication."""

OF_EMERGENCY = _row(whole="visits", real="left rate")
"""One patient and one kind of emergency. rate: the hazard in this phase, 0 of whom it does not concern."""

PLACE = _row(whole="capacity in_use out_of_use waiting_for")
OPEN_LEVEL = _row(whole="in_care present names", real="open_until admits opens_at")
OPEN_LIST = _row(whole="listed")
"""What the desk knows of a level and of a list. listed: how many are on it, left or not."""

EVENT = np.dtype(
    [("time", "f8"), ("order", "i8"), ("detail", "f8"), ("sequence", "i4"), ("what", "i2"), ("plan", "i2")], align=True
)
"""On the calendar, in the present span. order: kind and number. what: which kind of thing happens. detail: a request, a
capacity, or when intake opens. plan: which comes, or whose hours these are. Thirty-two bytes, two to a line of the
cache."""
LATER = np.dtype([(name, EVENT[name]) for name in EVENT.names or ()] + [("next", np.dtype("i4"))], align=True)
"""On the calendar, in a later span."""
CHAIN = _row(small="first")
"""What is due in one span."""

REQUEST = _row(
    real="asked days_to_learn until",
    small="level list_number holding patient rank ticket waiting seen gone refused expiry next",
)
"""asked: the time of asking less the head start. expiry: the sequence number of the one that counts. next: the request
after it, of those that go over to another plan."""

ANSWER = _row(small="patient answer")
SPELL = _row(real="started ended least_hazard most_hazard", small="patient state stretch")
"""least_hazard, most_hazard: between which the baseline's cumulative hazard of relapse lies at its end."""
STRETCH = _row(real="began clock before after ratio median shape until", small="plan next")
"""until: the baseline's cumulative hazard at its end, NaN where nobody has worked it out."""


WORD_1, WORD_4, WORD_8 = (np.dtype([("value", kind)]) for kind in ("i1", "i4", "i8"))
"""What a column of facts holds, whatever it means."""


def _facts(table: str) -> np.dtype[np.void]:
    """Rows of a table of records."""
    return np.dtype([(name, DTYPES.get(kind, np.int32)) for name, kind in TABLES[table].items()], align=True)


STAY_ROW, WAIT_ROW, SPELL_ROW, COURSE_ROW, OUTAGE_ROW, VISIT_ROW = map(
    _facts, ("stays", "waits", "spells", "medications", "outages", "emergencies")
)

GROWING: Mapping[str, np.dtype[np.void]] = {
    "events": EVENT,
    "later": LATER,
    "requests": REQUEST,
    "newcomers": CODE,
    "lived": SPELL,
    "stretches": STRETCH,
    "stays": STAY_ROW,
    "waits": WAIT_ROW,
    "spells": SPELL_ROW,
    "courses": COURSE_ROW,
    "outages": OUTAGE_ROW,
    "visits": VISIT_ROW,
}
"""Tables that grow: by name, which the world has with `_count` and `_room` as well. lived: spells that are over, before
setbacks are cut out of them. stretches: of those that go on. courses: of medication. visits: to an emergency
department."""

RULES = (
    *("laws", "values", "shares", "reached", "plans", "levels", "needs", "steps", "medications", "window_days"),
    *("window_ratios", "kinds", "level_kinds", "links", "entry_uptos", "entry_levels", "offers", "backgrounds"),
    *("turnover", "list_plans", "list_places", "holdings", "emergencies", "risks"),
)
"""Tables that do not change."""

STATE = (
    "keys",
    "arrivals",
    "chains",
    "patients",
    "of_levels",
    "of_medications",
    "of_emergencies",
    "places",
    "open_levels",
    "open_lists",
    "booked",
    "lists",
    "answers",
)
"""Tables that change, and do not grow but for the lists."""

WORLD = _row(
    real="now clock ahead_at foreseen horizon recovery_rate recovery_after frailty_sd dropout_sd relapse_sd return_sd "
    "recovery_sd spans_a_day",
    whole=" ".join(
        (
            *(f"{name} {name}_count {name}_room" for name in GROWING),
            *RULES,
            *STATE,
            "plan plan_count level_count list_count place_count medication_count emergency_count kind_count step_count",
            "values_count people next_arrival arrival_count arriving started begun closed sequence ticket round_is_due",
            "answers_first answers_count list_room listed gone most_needs margin spells_complete",
            "ahead pending free_later free_stretch lived_first gaps setback_count span span_count",
            "status culprit culprit_count culprit_plan",
        )
    ),
    more=(("culprit_days", "f8", 2),),
)
"""Everything. started: how many journeys there are; begun: how many of them are under way; closed: at the end, how many
are written down. clock: how far the calendar has come. ahead: who acts next, ahead of it, at `ahead_at`; NONE but for
a moment. foreseen: as of `World`. pending: how much is on the calendar. listed: how many are on lists, of all.
gaps, setback_count: of the spell that is being written. status, culprit ...: why it stopped."""
