"""The outcomes that matter, and what people call them."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from sim.vocabulary import TRANSFERS

OF_ACCESS = ("arrivals", "admitted", "wait.*.mean")
"""Who gets in, and how soon. In patterns of names, `*` stands for anything."""

OF_EQUITY = (
    *("retention.90_days", "relapse.365_days", "days_well"),
    *("deaths.expected_share", "deaths.share", "qalys.per_patient"),
)
"""What becomes of patients, of which a planner wants to know whether it is shared fairly as well."""

OF_GROUPS = OF_EQUITY[:3]
"""Of these, what is told of every group; a follow-up under a year has no relapse within it."""

OF_MONEY = ("cost.per_patient.society", "cost.system.society", "cost.total", "margin.total", "residual.share")
"""What it costs, and, where payers are stated, what is left and who bears the rest."""

WAYS_WITHOUT = ("reneged", "left_silently", "turned_away")
"""How an ask ends without a place: they gave up, had gone when called, or found the list full."""

OF_LEVELS = (
    *("wait.{level}.mean", "queue.{level}.mean", "asks.{level}"),
    *(f"{way}.{{level}}" for way in WAYS_WITHOUT),
)
"""What the picture of places takes of each level, beside `occupancy.{place}` of each kind."""

OF_PAYERS = (*(f"cost.system.{whose}" for whose in ("payer", "patient", "society")), "cost.payer.*.total")
"""Who pays, in patterns: parts of what everybody costs society in the time that is measured."""

OF_SHEETS = (
    *("target.*", "census.*.mean", "wait.*.median", "wait.*.p90", "wait.*.within_14_days"),
    *(f"cost.per_patient.{whose}" for whose in ("provider", "payer", "patient", "society")),
    *("cost.system.provider", "cost.idle", "cost.place.*.fixed", *(f"cost.category.{each}" for each in TRANSFERS)),
    *("revenue.*", "margin.*", "uncompensated.total"),
)
"""What further tables and pictures take, in patterns, beside `cost.{level}.total` and `cost.{level}.fixed`."""

OF_LEVELS_BUDGET = ("cost.{level}.total", "cost.{level}.fixed")
"""What of the programme's budget falls to a level."""

HEADLINE = (
    *OF_ACCESS,
    *("occupancy.*", "*.completed", "linkage.*"),
    *OF_EQUITY,
    *(
        "relapse.90_days",
        "readmission.90_days",
        "deaths.per_1000_person_years",
        "deaths.expected_per_1000_person_years",
        *("emergency.*.visits", "emergency.*.share"),
    ),
    *("cost.per_patient.payer", *OF_MONEY, "cost.idle", "qalys.system"),
    *("revenue.total", "margin.share", "uncompensated.total"),
    "break_even.*.occupancy",
)
"""What a planner looks at first."""

AT_HORIZONS = tuple(
    f"{metric}.year_*"
    for metric in (
        *("days_well", "days_unwell", "relapse_free.share", "deaths.expected_share", "deaths.share"),
        *("qalys.per_patient", "cost.per_patient.payer", "cost.per_patient.society"),
        *("emergency.*.visits", "emergency.*.share"),
    )
)
"""What a planner looks at when the follow-up is longer than this."""

WORDS: Mapping[str, str] = {
    "arrivals": "people who ask for the first time",
    "admitted": "share of all requests for care that lead to admission",
    "wait.{level}.mean": "mean wait for {level}",
    "wait.{level}.median": "median wait for {level}",
    "wait.{level}.p90": "90th percentile of the wait for {level}",
    "wait.mean": "mean wait",
    "census.{level}.mean": "people in {level}, on average",
    "queue.{level}.mean": "people waiting for {level}, on average",
    "census.{level}": "people in {level}",
    "queue.{level}": "people waiting for {level}",
    "occupancy.{place}": "share of {place} in use",
    "discharges.{level}.completed": "share of stays completed in {level}",
    "linkage.{level}": "share linked onwards within 14 days after {level}",
    "retention.{days}_days": "share in care on day {days}",
    "relapse.{days}_days": "share relapsed within {days} days",
    "any_setback.{days}_days": "share with {any_setback} within {days} days",
    "any_setback_after_24_hour_care.{days}_days": "share with {any_setback} within {days} days of leaving 24-hour care",
    "readmission.{days}_days": "share readmitted within {days} days",
    "days_well": "days {well} a person{within}",
    "deaths.share": "deaths{within}",
    "deaths.per_1000_person_years": "death rate",
    "deaths.expected_share": "expected deaths{within}",
    "deaths.expected_per_1000_person_years": "expected death rate",
    "emergency.{emergency}.visits": "visits to an emergency department a person{within}, {emergency}",
    "emergency.{emergency}.share": "share who visit an emergency department{within}, {emergency}",
    "days_unwell": "{days_unwell} a person{within}",
    "relapse_free.share": "share {well} and free of relapse{within}",
    "qalys.per_patient": "QALYs a person{within}",
    "qalys.per_patient_discounted": "QALYs a person{within} (discounted)",
    "cost.per_patient.{perspective}": "cost a person {perspective}{within}",
    "cost.per_patient_discounted.{perspective}": "cost a person {perspective}{within} (discounted)",
    "cost.total": "budget of the programme{measured}",
    "cost.system.{perspective}": "cost of the whole system {perspective}{measured}",
    "cost.idle": "cost of idle places{measured}",
    "revenue.total": "revenue of the programme{measured}",
    "margin.total": "margin of the programme{measured}",
    "margin.share": "margin as a share of revenue",
    "uncompensated.total": "cost of care for which nothing is paid{measured}",
    "residual.share": "share of the budget that {residual_payer} bears",
    "break_even.{place}.occupancy": "share of {place} in use that would pay for them",
    "qalys.system": "QALYs of everybody in the system{measured}",
}
"""By the pattern of the registry, or of a daily series: a metric as a report calls it. Levels and places are called by
their titles, a perspective as whose costs count ("to society"), and `{well}` and the like are words of the
condition. `{within}` and `{measured}` say over which time: the follow-up of each person, and the window."""

SHORT: Mapping[str, str] = {
    "retention.90_days": "retention at 90 days",
    "relapse.365_days": "relapse within a year",
    "days_well": "days {well}",
    "qalys.per_patient": "QALYs",
    "cost.per_patient.society": "cost per patient to society",
    "cost.per_patient.payer": "cost per patient to third-party payers",
    "cost.system.society": "cost of the whole system to society",
    "cost.total": "the programme's budget",
}
"""Outcomes that are named one after the other in a line, or on a button, in the words of the condition."""


def fitting(names: Iterable[str], patterns: Iterable[str] = HEADLINE) -> list[str]:
    """The names that fit any of the patterns, in their own order."""
    wanted = tuple(patterns)
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]
