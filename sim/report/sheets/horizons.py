"""The tables of docs/model.md that say how answers depend on what was simulated before, or for how long afterwards."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from sim.experiment.replications import Progress
from sim.experiment.result import Study
from sim.experiment.run import compare
from sim.report.sheets.numbers import records_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, side_by_side
from sim.scenario import load_scenario

REPLICATIONS, SEED = 24, 1
RECRUITMENT = 1095.0
"""Three years of newcomers tell effects on patients nearly as well as three times as many replications of one year, and
a long warm-up is simulated only once for them."""
WARM_UPS = (366.0, 1825.0, 3650.0, 7300.0)
FOLLOW_UPS = (365.0, 730.0, 1825.0)
QUESTIONS = (("base", ("early_step_down", "more_beds")), ("residential_only", ("hybrid",)))
"""Baselines, each with what is compared with it."""


class Answer(NamedTuple):
    """What one number is with one length of the warm-up or of follow-up, as text with its interval."""

    varied: str
    days: float
    outcome: str
    text: str


def shipped_answers(
    workers: int = 1, progress: Progress | None = None, replications: int = REPLICATIONS
) -> tuple[Answer, ...]:
    """Both tables of the shipped scenarios; the same for one version, to rounding. Takes ten minutes of two cores.

    Asks a year and days well are to agree from one warm-up to the next: so many replications it takes to see it.
    """
    lengths = [("time.warm_up_days", WARM_UPS), ("time.follow_up_days", FOLLOW_UPS)]
    settings = [(path, days, *question) for path, all_days in lengths for days in all_days for question in QUESTIONS]
    answers: list[Answer] = []
    for number, (path, days, baseline, others) in enumerate(settings):
        time = {"time.recruitment_days": RECRUITMENT, path: days}
        arms = {name: load_scenario(name).with_overrides(time) for name in (baseline, *others)}
        study = compare(arms, replications, SEED, workers, by=(), progress=_part_of(progress, number, len(settings)))
        answers += [Answer(path, days, outcome, text) for outcome, text in _answers(study)]
    return tuple(answers)


def horizons_sheets(answers: Sequence[Answer]) -> list[Sheet]:
    """Both tables: an answer a row, a length a column."""
    sheets = []
    for path, words in (("time.warm_up_days", "warm-up"), ("time.follow_up_days", "follow-up")):
        rows: dict[str, dict[str, TableCell]] = {}
        for answer in (answer for answer in answers if answer.varied == path):
            rows.setdefault(answer.outcome, {})[f"{answer.days:,.0f} days"] = answer.text
        days = list(dict.fromkeys(head for cells in rows.values() for head in cells))
        entries = [([outcome], cells) for outcome, cells in rows.items()]
        sheets.append(side_by_side("", [f"answers against {words}"], entries, days))
    return sheets


def _answers(study: Study) -> Iterator[tuple[str, str]]:
    """What is asked for and waited in the baseline, what each other changes, and what a QALY costs by it."""
    scenario = study.results[study.baseline].scenario
    summary = study.results[study.baseline].summary().set_index("metric")
    shown = (("asks.all.per_month", "asks a year", 12), ("wait.residential.mean", "wait, days", 1))
    for metric, words, factor in shown:
        mean, low, high = (float(summary[column][metric]) * factor for column in ("mean", "ci_low", "ci_high"))
        yield f"`{study.baseline}`: {words}", str(Amount(mean, low, high))
    for row in (row for row in records_of(study.differences()) if row["metric"] == "days_well"):
        over = f"`{row['scenario']}` over `{study.baseline}`"
        change = Amount(row["difference"], row["ci_low"], row["ci_high"], sign=True)
        yield f"{over}: days {scenario.condition.words['well']}", str(change)
        yield f"{over}: cost of a QALY, {scenario.currency}", _qaly(study, row["scenario"])


def _qaly(study: Study, label: str) -> str:
    """What a QALY costs society, or why there is no such number."""
    pair = Study({name: study.results[name] for name in (study.baseline, label)})
    rows = records_of(pair.cost_effectiveness())
    for row in rows:
        if row["icer"] == row["icer"]:
            return f"{Amount.of(row, 'icer')} by `{row['strategy']}`"
    return "; ".join(f"`{row['strategy']}`: {row['note'] or row['status']}" for row in rows)


def _part_of(progress: Progress | None, number: int, count: int) -> Callable[[int, int], None] | None:
    """Progress of one study of several, told as that of all."""
    return None if progress is None else lambda done, total: progress(number * total + done, count * total)
