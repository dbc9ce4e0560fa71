"""The verdict on an option: what it rests on, and on what it hangs."""

import math
from collections.abc import Iterable
from typing import Any

from sim.outcomes import PERSPECTIVES, Perspective, fitting, why_not_told
from sim.outcomes.effects import USUAL_WORTH
from sim.report.brief.arms import NOTHING, Arms
from sim.report.brief.facts import BETTER, TRADE, UNTOLD, WORSE, Claim
from sim.report.drawn_verdicts import IN_DRAWS, share_better
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.uncertainty import between_text, chance_text, is_open
from sim.report.verdicts import CLAIMS, MAYBE, NOT_FOUND, SAME, TOO_FEW, TOO_RARE, UNDECIDED
from sim.report.wording import SHORTLY, measured_time, payer_words, span, whose
from sim.report.words import listed, sentence

JUDGED = (
    *("admitted", "wait.*.mean", "days_well", "qalys.per_patient", "relapse.365_days", "retention.90_days"),
    *("deaths.expected_share", "cost.total", "margin.total", "residual.share", "cost.system.society"),
)
"""Outcomes by which an option is judged, in the order in which they are told: who gets in, what becomes of people, and
money. Each once: of deaths the expected ones, of society's cost that of the whole system."""

MOST_NAMED = 4
WORTHS = (50_000.0, USUAL_WORTH, 150_000.0)
"""Of a QALY, at which shares of draws are told."""
NO_MOVE = {
    NOT_FOUND: f"{NOT_FOUND} in {{}}",
    MAYBE: "a difference in {} that may be chance",
    UNDECIDED: "a difference in {} of which draws leave the side open",
    SAME: "the same {}",
    TOO_FEW: "too few futures to tell {}",
    TOO_RARE: "too few events to tell {}",
}
"""How an outcome that is not claimed to have moved stands among those that are, by verdict."""
GAINS, LOSSES = "gains outweigh losses", "losses outweigh gains"


def briefly(arms: Arms, metric: str) -> str:
    """A main outcome in few words."""
    return SHORTLY[metric].format_map(arms.words) if metric in SHORTLY else arms.measured[metric].words


def judged_rows(arms: Arms, label: str) -> list[dict[str, Any]]:
    """The rows of an option's differences by which it is judged, in their order."""
    rows = {row["metric"]: row for row in records_of(arms.rows[arms.rows["scenario"] == label])}
    return [rows[metric] for pattern in JUDGED for metric in fitting(rows, [pattern])]


def claims(arms: Arms, label: str, word: str) -> tuple[Claim, ...]:
    """The outcomes on which an option is better, or worse; of several options the first few, and how many more."""
    named = [
        Claim(
            briefly(arms, row["metric"]),
            arms.difference(label, row["metric"])[0],
            row["defined_by"] or "",
            arms.share_of_draws(label, row["metric"]),
        )
        for row in judged_rows(arms, label)
        if row["verdict"] == word
    ]
    most = MOST_NAMED - (len(arms.options) > 2)
    if (len(arms.options) < 2 and arms.psa is None) or len(named) < most + 2:
        return tuple(named)
    return (*named[:most], Claim(f"{len(named) - most} more", NOTHING))


def without_claim(arms: Arms, label: str, word: str) -> tuple[str, ...]:
    """The outcomes with this verdict."""
    return tuple(briefly(arms, row["metric"]) for row in judged_rows(arms, label) if row["verdict"] == word)


def opening(arms: Arms, label: str) -> str:
    """What comes of an option for people and money, each over its own time; what was not found is said not to be."""
    scenario = arms.scenarios[arms.baseline]
    everybody = arms.study.view() == "system"
    cost = f"cost.{'system' if everybody else 'per_patient'}.society"
    days = _moved(arms, label, "days_well", "fewer", "per patient")
    owed = _moved(arms, label, cost, "less", "to society" if everybody else "per patient to society")
    spent = _moved(arms, label, "cost.total", "less", "to run the programme")
    paid = arms.scenarios[label].reimbursement
    # Who bears what payers leave decides, and is not moved by what the programme costs alone.
    bearer = payer_words(arms.scenarios.values(), paid.residual_payer) if paid else ""
    left = _moved(arms, label, "margin.total", "less", f"margin for {bearer}") if paid else None
    # What is not claimed comes last: "may be chance and 1,800 USD more" would say of the money that it may be.
    of_people, of_window = (
        [text for _, text in sorted(filter(None, phrases), key=lambda phrase: not phrase[0])]
        for phrases in ([days, *([] if everybody else [owed])], [*([owed] if everybody else []), spent, left])
    )
    over = f"over {span(scenario.time.follow_up_days)}", f"in {measured_time(scenario)}"
    parts = [f"{when} {listed(phrases)}" for when, phrases in zip(over, (of_people, of_window), strict=True) if phrases]
    return f"{sentence('; '.join(parts))}." if parts else ""


def _moved(arms: Arms, label: str, metric: str, less: str, whom: str) -> tuple[bool, str] | None:
    """By how much a main outcome is more or less; or why that is not told. Whether it is; None of what is not there."""
    change, word = arms.difference(label, metric)
    if not word:
        return None
    words = briefly(arms, metric) if less == "fewer" else change.unit
    if word in CLAIMS:
        size, more = change.size, "more" if change.value > 0 else less
        middle = f"{more} {words}" if less == "fewer" else f"{words} {more}"
        limits = f" ({size.limits})" if size.limits and len(arms.options) < 3 else ""
        verdict = arms.verdict_text(label, metric)
        return True, f"{size.number} {middle} {whom}{limits}" + (f", {verdict}" if verdict != word else "")
    if len(arms.options) > 2:
        return None
    return False, NO_MOVE.get(word, f"{word}: {{}}").format(briefly(arms, metric))


def verdict_of(arms: Arms, label: str, condition: str) -> tuple[str, str]:
    """In a word, and why. condition: of `condition_of`, which may weigh what is not found by itself."""
    words = [row["verdict"] for row in judged_rows(arms, label)]
    better, worse = words.count("better"), words.count("worse")
    if better or worse:
        against = LOSSES if better else GAINS
        return (TRADE if (better and worse) or against in condition else BETTER if better else WORSE), ""
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
        f" What is gained and lost {whose(perspective)} ({PERSPECTIVES[perspective]}) is counted of {counted}. A QALY "
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


def in_draws(arms: Arms, label: str, perspective: Perspective) -> tuple[str, str]:
    """In which share of draws an option is worth more than it costs, at the usual worth of a QALY, or that it cannot be
    told, where the interval of that share holds one half; and at others. "" where inputs were not varied, or no QALYs
    are told."""
    if arms.psa is None or not weighed_by(arms, perspective) or arms.psa.why_not_weighed("qaly", perspective):
        return "", ""
    shares = {worth: share_better(arms.psa, label, worth, perspective) for worth in WORTHS}
    share, low, high = shares[USUAL_WORTH]
    currency = arms.scenarios[arms.baseline].currency
    others = [
        f"in {chance_text(*shares[worth])} at {number(worth, figures=6)}" for worth in WORTHS if worth != USUAL_WORTH
    ]
    because = f"{whose(perspective)}, at {number(USUAL_WORTH, figures=6)} {currency} a QALY"
    because += f"; better {listed(others)}" if len(arms.options) < 3 else ""
    if is_open(low, high):
        return f"{UNTOLD}: better {IN_DRAWS.format(between_text(low, high))}", because
    word, *of = (BETTER, share, low, high) if share >= 0.5 else (WORSE, 1 - share, 1 - high, 1 - low)
    return f"{word} {IN_DRAWS.format(chance_text(*of))}", because


def _named(thresholds: Iterable[float]) -> str:
    return listed([number(each) for each in thresholds]).replace(" and ", " or ")
