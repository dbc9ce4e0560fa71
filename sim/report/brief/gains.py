"""Who gains or loses by an option, with the largest part of the difference."""

from sim.experiment.explanation import explain_kept
from sim.outcomes.contributions import decomposable
from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import groups_answer
from sim.report.brief.arms import Arms
from sim.report.brief.facts import Quantity
from sim.report.brief.judging import short_words, some
from sim.report.sheets.groups import CHANGED, group_differences
from sim.report.sheets.numbers import records_of
from sim.report.verdicts import CLAIMS
from sim.report.wording import measures, title_of


def gains(arms: Arms) -> dict[str, str]:
    """By option, who gains and who loses, in the first outcome that is told of groups."""
    scenarios = [result.scenario for result in arms.study.results.values()]
    if not any(scenario.population for scenario in scenarios) or arms.study.groups.empty:
        return dict.fromkeys(arms.options, "The scenarios tell no groups of patients apart.")
    if arms.study.replications < 2:
        return dict.fromkeys(arms.options, "One simulated future of each cannot tell who gains and who loses.")
    of_groups = measures(scenarios, OF_GROUPS)
    metric = next((metric for metric in ("days_well", *OF_GROUPS) if metric in of_groups), None)
    if metric is None:
        return dict.fromkeys(arms.options, "The follow-up is too short to tell an outcome of groups.")
    rows = group_differences(arms.study, {metric: of_groups[metric]})
    gaps = arms.study.gap_changes()
    lines = {}
    for label in arms.options:
        of_one = rows[rows["scenario"] == label]
        of_groups_told = groups_answer(of_one.assign(group=of_one["called"]), {metric: of_groups[metric]})
        changed = gaps[(gaps["scenario"] == label) & (gaps["metric"] == metric) & gaps["verdict"].isin(CHANGED)]
        claimed = [
            f"{row['verdict']} between {row['by']} {row['group']} and {row['reference']} "
            f"({of_groups[metric].change_text(row['change'], row['ci_low'], row['ci_high'])})"
            for row in records_of(changed)
        ]
        gap = (
            f" The gap gets {some(claimed, 2 if len(arms.options) < 3 else 1)}."
            if claimed
            else " No gap between groups was found to change."
        )
        lines[label] = f"{' '.join(of_groups_told)}{gap}"
    return lines


def explained(arms: Arms, label: str) -> str:
    """The largest part of the difference in days well, by where people are, from kept records."""
    scenario = arms.study.results[label].scenario
    metric = "days_well"
    if metric not in arms.measured or metric not in decomposable(scenario):
        return ""
    change, word = arms.difference(label, metric)
    if word not in CLAIMS:
        return ""
    if not _kept(arms, label):
        return ""
    parts = records_of(explain_kept(arms.study, label, metric).by("level"))
    largest = max((row for row in parts if row["part"] != "total"), key=lambda row: abs(row["difference"]))
    part = Quantity(largest["difference"], largest["ci_low"], largest["ci_high"], change.unit, sign=True)
    name = str(largest["part"])
    titles = [title_of(each, name) for each in arms.scenarios.values() if name in each.levels]
    where = f"in {titles[0]}" if titles else name
    return f"Of {change.text} of {short_words(arms, metric)}, {part.whole} come about {where}, the largest part."


def unsplit(arms: Arms) -> str:
    """Why no difference is split, where records would be needed for it."""
    if all(_kept(arms, label) for label in arms.options):
        return ""
    return "Where differences come from is not split here, as no records were kept (--keep-records; stepdown explain)."


def _kept(arms: Arms, label: str) -> bool:
    return all(arms.study.results[each].tables is not None for each in (arms.baseline, label))
