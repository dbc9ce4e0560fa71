"""The verdict on an option: on what it is better, and on what worse."""

from typing import Any

from sim.outcomes import fitting
from sim.report.brief.arms import NOTHING, Arms
from sim.report.brief.facts import BETTER, TRADE, UNTOLD, WORSE, Claim, Quantity
from sim.report.brief.paying import residual_payer
from sim.report.brief.weighing import GAINS, LOSSES
from sim.report.sheets.numbers import records_of
from sim.report.verdicts import CLAIMS, TOO_FEW
from sim.report.wording import SHORTLY

JUDGED = (
    *("admitted", "wait.*.mean", "days_well", "qalys.per_patient", "relapse.365_days", "retention.90_days"),
    *("deaths.expected_share", "cost.total", "margin.total", "cost.system.society"),
)
"""Outcomes by which an option is judged, in the order in which they are told: who gets in, what becomes of people, and
money. Each once: of deaths the expected ones, of society's cost that of the whole system, and of what rates leave the
amount."""
OF_MONEY = ("cost.total", "margin.total", "cost.system.society")
"""Of these, what sentences on money tell."""
SPENT, EARNED, LEFT = "cost.total", "revenue.total", "margin.total"
"""Of the programme; the last is what the residual payer pays, from the other side."""

MOST_NAMED = 4


def turned(metric: str, quantity: Quantity) -> Quantity:
    """A level or difference as it is told: of the margin, what is left to pay."""
    return quantity.turned if metric == LEFT else quantity


def change_of(arms: Arms, label: str, metric: str) -> tuple[Quantity, str]:
    """How an option differs from today in a main outcome, as it is told, and the verdict."""
    change, word = arms.difference(label, metric)
    return turned(metric, change), word


def briefly(arms: Arms, metric: str) -> str:
    """A main outcome in few words."""
    if metric == LEFT:
        return f"what {residual_payer(arms)} pays"
    if metric == "qalys.per_patient":
        return "QALYs per patient"  # Those of everybody are weighed beside them.
    return SHORTLY[metric].format_map(arms.words) if metric in SHORTLY else arms.measured[metric].words


def judged_rows(arms: Arms, label: str) -> list[dict[str, Any]]:
    """The rows of an option's differences by which it is judged, in their order."""
    rows = {row["metric"]: row for row in records_of(arms.rows[arms.rows["scenario"] == label])}
    return [rows[metric] for pattern in JUDGED for metric in fitting(rows, [pattern])]


def claims(arms: Arms, label: str, word: str) -> tuple[Claim, ...]:
    """The outcomes on which an option is better, or worse, those of money without their numbers, which sentences tell;
    of many options the first few, and how many more there are in the tables."""
    named = [
        Claim(
            briefly(arms, row["metric"]),
            NOTHING if row["metric"] in OF_MONEY else arms.difference(label, row["metric"])[0],
            row["defined_by"] or "",
            arms.share_of_draws(label, row["metric"]),
        )
        for row in judged_rows(arms, label)
        if row["verdict"] == word
    ]
    most = MOST_NAMED - (len(arms.options) > 2)
    if len(arms.options) < 3 or len(named) < most + 2:
        return tuple(named)
    return (*named[:most], Claim(f"{len(named) - most} more, in the appendix", NOTHING))


def without_claim(arms: Arms, label: str, *words: str) -> tuple[str, ...]:
    """The outcomes with one of these verdicts."""
    return tuple(briefly(arms, row["metric"]) for row in judged_rows(arms, label) if row["verdict"] in words)


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
