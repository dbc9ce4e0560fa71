"""Five numbers of each programme, side by side, with the best of them marked."""

import math
from collections.abc import Sequence

from sim.outcomes import fitting
from sim.report.answers import rows_about
from sim.report.brief.arms import NOTHING, Arms
from sim.report.brief.facts import Cell, NumberRow
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
        cells = []
        for label in arms.study.results:
            change, word = (NOTHING, "") if label == arms.baseline else arms.difference(label, metric)
            level = arms.level(label, metric, factor=measure.factor)
            cells.append(Cell(level, change, word, arms.verdict_text(label, metric), marks.get(label, "")))
        better = {"higher": "more is better", "lower": "less is better"}.get(measure.direction, "neither way is better")
        rows.append(NumberRow(sentence(measure.head), better, tuple(cells)))
    return tuple(rows)


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
    """Who is best on how many of them."""
    labels = list(arms.study.results)
    if len(labels) == 1:
        return "Five numbers of the programme"
    counts = {label: sum(row.cells[i].mark == BEST for row in rows) for i, label in enumerate(labels)}
    if not any(counts.values()):
        return f"On none of the {len(rows)} numbers is one programme alone found best"
    first, *rest = [
        f"{arms.programmes[label].within_sentence}{{}} on {count}" for label, count in counts.items() if count
    ]
    best = " is best" if len(labels) > 2 else " is better"
    return f"Of these {len(rows)} numbers, {listed([first.format(best), *(each.format('') for each in rest)])}"
