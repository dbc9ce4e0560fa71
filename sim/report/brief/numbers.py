"""Five numbers of each programme, side by side, with the best of them marked."""

import math
from collections.abc import Sequence
from dataclasses import replace

from sim.outcomes import fitting
from sim.report.answers import rows_about
from sim.report.brief.arms import NOTHING, Arms
from sim.report.brief.facts import Cell, NumberRow
from sim.report.brief.judging import LEFT, briefly, change_of, turned
from sim.report.brief.paying import residual_payer
from sim.report.wording import measured_time
from sim.report.words import listed, sentence

FIVE = 5
CHOICES = (
    ("admitted",),
    ("days_well", "qalys.per_patient", "retention.90_days"),
    ("margin.total", "cost.total"),
    ("cost.system.society", "cost.per_patient.society"),
)
SPARE = ("qalys.per_patient", "relapse.365_days", "retention.90_days", "cost.total", "occupancy.*", "arrivals")
"""What stands in where a scenario lacks one."""
AIMS = {
    "admitted": "getting in",
    "wait.*": "the wait",
    "cost.total": "the budget",
    "cost.system.society": "cost to society",
    "cost.per_patient.society": "cost to society",
}
"""What rows are about, in patterns; others are called by their numbers."""
BEST, AMONG = "best", "among the best"


def five(arms: Arms) -> list[str]:
    """Who gets in, the longest wait, what becomes of people, what is left or spent, what it costs society."""
    chosen = [next((metric for metric in each if metric in arms.measured), "") for each in CHOICES]
    chosen.insert(1, _longest_wait(arms))
    spare = [metric for metric in fitting(arms.measured, SPARE) if metric not in chosen]
    spare.sort(key=lambda metric: next(i for i, each in enumerate(SPARE) if fitting([metric], [each])))
    return [*filter(None, chosen), *spare][:FIVE]


def _longest_wait(arms: Arms) -> str:
    waits = fitting(arms.measured, ["wait.*.mean"])
    means = {metric: arms.mean(arms.baseline, metric) for metric in waits}
    known = {metric: mean for metric, mean in means.items() if mean == mean}
    return max(known, key=lambda metric: known[metric], default="")


def number_rows(arms: Arms) -> tuple[NumberRow, ...]:
    """A row a number."""
    pairs = arms.rows
    if len(arms.options) > 1:
        pairs = rows_about(arms.study.differences(every_pair=True), arms.measured)
    rows = []
    for metric in five(arms):
        measure = arms.measured[metric]
        of_metric = pairs[pairs["metric"] == metric] if len(pairs) else pairs
        verdicts = (
            []
            if of_metric.empty or (arms.psa is not None and len(arms.options) > 1)
            else list(zip(of_metric["scenario"], of_metric["against"], of_metric["verdict"], strict=True))
        )
        marks = _marks([label for label in arms.study.results if not math.isnan(arms.mean(label, metric))], verdicts)
        cells, place = [], _place_of_changes(arms, metric)
        for label in arms.study.results:
            change, word = (NOTHING, "") if label == arms.baseline else change_of(arms, label, metric)
            level = turned(metric, arms.level(label, metric, factor=measure.factor))
            if place is not None and level.rounded_to is None:
                level = replace(level, rounded_to=place)
            cells.append(Cell(level, change, word, arms.verdict_text(label, metric), marks.get(label, "")))
        better = {"higher": "more is better", "lower": "less is better"}.get(measure.direction, "neither way is better")
        better = "less is better" if metric == LEFT else better
        rows.append(NumberRow(sentence(_head(arms, metric)), better, _aim(arms, metric), tuple(cells)))
    return tuple(rows)


def _place_of_changes(arms: Arms, metric: str) -> int | None:
    """To which power of ten levels over draws are rounded: as finely as how they differ, which is told below them."""
    if arms.psa is None:
        return None
    places = [change_of(arms, label, metric)[0].place for label in arms.options]
    return min((place for place in places if place is not None), default=None)


def _head(arms: Arms, metric: str) -> str:
    """What a row tells and its unit: of the margin, what the residual payer pays."""
    measure = arms.measured[metric]
    if metric != LEFT:
        return measure.head
    return f"what {residual_payer(arms)} pays in {measured_time(arms.scenarios[arms.baseline])}, {measure.unit}"


def _aim(arms: Arms, metric: str) -> str:
    """The aim that a number answers, in a few words."""
    return next((AIMS[pattern] for pattern in AIMS if fitting([metric], [pattern])), briefly(arms, metric))


def _marks(labels: Sequence[str], verdicts: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Of programmes, those that none was found better than, if any was found worse than another."""
    beaten = {
        against if word == "better" else label for label, against, word in verdicts if word in ("better", "worse")
    }
    best = [label for label in labels if label not in beaten]
    if not beaten or not best:
        return {}
    return dict.fromkeys(best, BEST if len(best) == 1 else AMONG)


def title_of_numbers(arms: Arms, rows: Sequence[NumberRow]) -> str:
    """A verdict by aim: who is best for which."""
    labels = list(arms.study.results)
    if len(labels) == 1:
        return "Five numbers of the programme"
    best = {
        label: [row.aim for row in rows if row.cells[i].mark == BEST]
        for i, label in enumerate(labels)
        if any(row.cells[i].mark == BEST for row in rows)
    }
    if not best:
        return "Aim by aim: on none is one programme alone found best"
    verb = "best" if len(labels) > 2 else "better"
    first, *others = [
        f"{arms.programmes[label].within_sentence}{{}} for {listed(aims)}" for label, aims in best.items()
    ]
    return f"Aim by aim: {'; '.join([first.format(f' is {verb}'), *(each.format('') for each in others)])}"
