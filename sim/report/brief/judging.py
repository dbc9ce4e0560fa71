"""The verdict on an option: what it rests on, and on what it hangs."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from sim.outcomes import PERSPECTIVES, Perspective, fitting, why_not_told
from sim.outcomes.headline import SHORT
from sim.report.brief.arms import NOTHING, Arms
from sim.report.brief.facts import BETTER, TRADE, UNTOLD, WORSE, Claim, Quantity
from sim.report.sheets.numbers import number, records_of
from sim.report.verdicts import CLAIMS, MAYBE, NOT_FOUND, TOO_FEW
from sim.report.wording import whose
from sim.report.words import listed, sentence, shortened
from sim.scenario.schema import NEUTRAL

JUDGED = (
    *("admitted", "wait.*.mean", "days_well", "qalys.per_patient", "relapse.365_days", "retention.90_days"),
    *("deaths.expected_share", "cost.total", "margin.total", "residual.share", "cost.system.society"),
)
"""Outcomes by which an option is judged, in the order in which they are told: who gets in, what becomes of people, and
money. Each once: of deaths the expected ones, of society's cost that of the whole system."""

BRIEFLY = {
    **SHORT,
    "admitted": "asks that lead to admission",
    "margin.total": "the programme's margin",
    "deaths.expected_share": "expected deaths",
    "cost.system.society": "cost to society",
}
MOST_NAMED = 4
GAINS, LOSSES = "gains outweigh losses", "losses outweigh gains"


def short_words(arms: Arms, metric: str) -> str:
    """A main outcome in few words."""
    condition = arms.study.results[arms.baseline].scenario.condition or NEUTRAL
    return BRIEFLY[metric].format_map(condition.words) if metric in BRIEFLY else arms.measured[metric].words


def judged_rows(arms: Arms, label: str) -> list[dict[str, Any]]:
    """The rows of an option's differences by which it is judged, in their order."""
    rows = {row["metric"]: row for row in records_of(arms.rows[arms.rows["scenario"] == label])}
    return [rows[metric] for pattern in JUDGED for metric in fitting(rows, [pattern])]


def claims(arms: Arms, label: str, word: str) -> tuple[Claim, ...]:
    """The outcomes on which an option is better, or worse; of several options the first few, and how many more."""
    named = [
        Claim(short_words(arms, row["metric"]), arms.difference(label, row["metric"])[0], row["defined_by"] or "")
        for row in judged_rows(arms, label)
        if row["verdict"] == word
    ]
    most = MOST_NAMED - (len(arms.options) > 2)
    if len(arms.options) < 2 or len(named) < most + 2:
        return tuple(named)
    return (*named[:most], Claim(f"{len(named) - most} more", NOTHING))


def unfound(arms: Arms, label: str) -> tuple[str, ...]:
    """The outcomes of which no difference was found."""
    rows = judged_rows(arms, label)
    return tuple(short_words(arms, row["metric"]) for row in rows if row["verdict"] in (MAYBE, NOT_FOUND))


def verdict_of(arms: Arms, label: str) -> tuple[str, str]:
    """In a word, and why."""
    words = [row["verdict"] for row in judged_rows(arms, label)]
    better, worse = words.count("better"), words.count("worse")
    if better or worse:
        of = f"of the {len(words)} outcomes by which options are judged here"
        if not worse:
            return BETTER, f"better on {better} {of}, worse on none"
        if not better:
            return WORSE, f"worse on {worse} {of}, better on none"
        return TRADE, f"better on {better} and worse on {worse} {of}"
    if arms.study.replications < 2 or TOO_FEW in words:
        return UNTOLD, "too few simulated futures to tell a difference from chance"
    if any(word in CLAIMS for word in words):
        return UNTOLD, "what differs is neither better nor worse by itself"
    return UNTOLD, f"on none of the {len(words)} outcomes by which options are judged a difference was found"


def weighed_by(arms: Arms, perspective: Perspective) -> str:
    """In whose eyes, and of whom, what is gained is held against what is lost; "" where no QALYs are told."""
    if not arms.options or arms.study.replications < 2:
        return ""
    if why_not_told("qaly", list(arms.scenarios.values())):
        return ""
    counted = arms.study.counted("qaly")[0].words
    return (
        f"What is gained and lost {whose(perspective)} ({PERSPECTIVES[perspective]}) is counted of {counted}. A QALY "
        "is a year in full health."
    )


def condition_of(arms: Arms, label: str, perspective: Perspective) -> str:
    """At which worth of a QALY what is gained outweighs what is lost, of which its interval leaves no doubt."""
    if not weighed_by(arms, perspective):
        return ""
    table = arms.study.net_benefit(perspective=perspective)
    rows = records_of(table[table["strategy"] == label]) if len(table) else []
    if not rows:
        return ""
    at: dict[str, list[float]] = {GAINS: [], LOSSES: [], "": []}
    for row in rows:
        low, high = row["difference_low"], row["difference_high"]
        word = "" if math.isnan(low) or low <= 0 <= high else GAINS if low > 0 else LOSSES
        at[word].append(row["threshold"])
    currency, to_whom = arms.scenarios[arms.baseline].currency, sentence(whose(perspective))
    if len(at[""]) == len(rows):
        return f"{to_whom}, it cannot be told whether {GAINS}, whatever a QALY is worth."
    for word in (GAINS, LOSSES):
        if len(at[word]) == len(rows):
            return f"{to_whom}, {word} at any worth of a QALY up to {number(max(at[word]))} {currency}."
    told_at = {word: f"{_named(at[word])} {currency}" for word in at if at[word]}
    parts = [f"{word} where a QALY is worth {told_at[word]}" for word in (GAINS, LOSSES) if at[word]]
    parts += [f"at {told_at['']} it cannot be told"] if at[""] else []
    return f"{to_whom}, {'; '.join(parts)}."


def _named(thresholds: Iterable[float]) -> str:
    return listed([number(each) for each in thresholds]).replace(" and ", " or ")


def bearers(arms: Arms, label: str) -> tuple[Claim, ...]:
    """Who pays more or less of the programme's budget, and what patients bear themselves."""
    frame = arms.study.differences()
    frame = frame[frame["scenario"] == label]
    currency = arms.scenarios[arms.baseline].currency
    named = []
    for row in records_of(frame):
        words = _bearer(row["metric"])
        if words and row["p_adjusted"] < 0.05:
            change = Quantity(row["difference"], row["ci_low"], row["ci_high"], currency, sign=True)
            named.append(Claim(words, change))
    return tuple(sorted(named, key=lambda claim: -abs(claim.change.value))[:MOST_NAMED])


def _bearer(metric: str) -> str:
    if metric == "cost.system.patient":
        return "patients themselves (their time and money)"
    first, _, rest = metric.partition("cost.payer.")
    if first or not rest.endswith(".total") or rest == "patient.total":
        return ""  # What patients pay of the budget is within what they bear.
    return shortened(rest.removesuffix(".total"), 40)


def some(words: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first of them, and how many more there are."""
    more = len(words) - most
    return listed([*words[:most], *([f"{more} more"] if more > 0 else [])]) if words else ""
