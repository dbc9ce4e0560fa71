"""The page of shipped scenarios: each with its question, its hypothesis, and a reading of its result in one line."""

import math
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import pandas as pd

from sim.experiment.replications import Progress
from sim.experiment.result import Study
from sim.experiment.run import compare
from sim.outcomes import metric_table, read_problems, why_not_told
from sim.outcomes.headline import SHORT
from sim.report.drawn_readings import COLUMNS, draw_readings, drawn_lines, further
from sim.report.expectations import expectations
from sim.report.sheets.numbers import number, records_of, with_limits
from sim.report.verdicts import CLAIMS, MAYBE, with_verdicts
from sim.scenario import Scenario, ScenarioError, load_scenario, shipped_names
from sim.scenario.differences import differences

REPLICATIONS = 8
SEED = 1

READ = {
    "retention.90_days": (SHORT["retention.90_days"], 100, "points"),
    "relapse.365_days": (SHORT["relapse.365_days"], 100, "points"),
    "days_well": (SHORT["days_well"], 1, "days"),
    "wait.residential.mean": ("wait for residential care", 1, "days"),
    "qalys.per_patient": (SHORT["qalys.per_patient"], 1, ""),
    "cost.per_patient.society": (SHORT["cost.per_patient.society"], 1, "{currency}"),
    "cost.per_patient.payer": (SHORT["cost.per_patient.payer"], 1, "{currency}"),
    "cost.total": (SHORT["cost.total"], 1, "{currency}"),
}
"""What a reading speaks of, in order: the words, the factor to the unit that people read, and that unit.

All are among the metrics that `stepdown compare` prints."""

HEAD = resources.files("sim.report").joinpath("templates/scenarios.md").read_text(encoding="utf-8")


def readings_page(drawn: pd.DataFrame | None = None, workers: int = 1, progress: Progress | None = None) -> str:
    """The page as Markdown; the same text on every machine, for the same version.

    drawn: what uncertain inputs leave open, as of `drawn_readings_table`. Simulates every shipped scenario, which takes
    about a minute on one core.
    """
    scenarios = {name: load_scenario(name) for name in shipped_names()}
    if problems := [problem for scenario in scenarios.values() for problem in read_problems(scenario)]:
        raise ScenarioError(problems)
    table = pd.DataFrame(columns=COLUMNS) if drawn is None else drawn
    studies = _studies(scenarios, workers, progress)
    sections = [_section(name, scenario, scenarios, studies[name], table) for name, scenario in scenarios.items()]
    return HEAD.format(replications=REPLICATIONS, seed=SEED) + "\n".join(sections)


def drawn_readings_table(folder: Path, workers: int = 1, progress: Progress | None = None) -> pd.DataFrame:
    """The shipped scenarios with inputs as uncertain as their evidence; see `drawn_readings.draw_readings`.

    Takes a quarter of an hour of one core.
    """
    groups = list(_groups({name: load_scenario(name) for name in shipped_names()}).values())
    return draw_readings(groups, list(READ), folder, workers, progress)


def _groups(scenarios: Mapping[str, Scenario]) -> dict[str, dict[str, Scenario]]:
    """By the name of a scenario, it and those whose question is asked against it."""
    groups: dict[str, list[str]] = {}
    for name, scenario in scenarios.items():
        groups.setdefault(scenario.compared_with or name, []).append(name)
    return {against: {name: scenarios[name] for name in (against, *asked)} for against, asked in groups.items()}


def _studies(scenarios: Mapping[str, Scenario], workers: int, progress: Progress | None) -> dict[str, Study]:
    """By scenario, the study in which it takes over from the one that its question is asked against; or is alone."""
    arms = _groups(scenarios)
    studies: dict[str, Study] = {}
    most, before = REPLICATIONS * sum(map(len, arms.values())), 0
    for against, group in arms.items():
        study = compare(group, REPLICATIONS, SEED, workers, progress=further(progress, before, most))
        asked = (name for name in group if (scenarios[name].compared_with or name) == against)
        studies |= dict.fromkeys(asked, study)
        before += REPLICATIONS * len(group)
    return studies


def _section(
    name: str, scenario: Scenario, scenarios: Mapping[str, Scenario], study: Study, drawn: pd.DataFrame
) -> str:
    lines = [f"## {scenario.name} (`{name}`)", ""]
    if scenario.question:
        lines += [f"**Question.** {scenario.question}", ""]
    if scenario.hypothesis:
        lines += [f"**Hypothesis.** {scenario.hypothesis}", ""]
    same = [other for other, theirs in scenarios.items() if not differences(theirs, scenario)]
    if len(same) > 1:
        others = ", ".join(f"`{other}`" for other in same if other != name)
        lines += [f"No input differs from {others}: it is the same programme, asked something else.", ""]
    baseline = study.results.get(scenario.compared_with)
    if baseline is not None:
        pair = Study({label: study.results[label] for label in (scenario.compared_with, name)})
        compared_line = changes_line(pair.differences(), scenario, scenario.compared_with)
        lines += [f"**Reading.** {compared_line} {cost_per_qaly(pair)}".rstrip(), ""]
    else:
        lines += [f"**Reading.** {_description(study.results[name].summary(), scenario)}", ""]
    if outcomes := expectations(study.results[name], baseline):
        lines += [*(f"- {line}" for line in outcomes), ""]
    lines += [*drawn_lines(drawn, name, scenario, scenarios.get(scenario.compared_with)), ""]
    return "\n".join(lines)


def cost_per_qaly(pair: Study) -> str:
    """What a QALY costs, in a sentence; "" where a scenario of the pair states no utilities."""
    scenarios = list(pair.scenarios.values())
    if why_not_told("qaly", scenarios):
        return ""
    currency = scenarios[0].currency
    for row in records_of(pair.cost_effectiveness()):
        if not math.isnan(row["icer"]):
            worth, limits = with_limits(row["icer"], row["icer_low"], row["icer_high"])
            against = next(label for label in pair.results if label != row["strategy"])
            cost = f"{worth} {currency} ({limits})"
            gained = f"a QALY gained by `{row['strategy']}` over `{against}`"
            return f"To society, in the view of the {pair.view()}, {gained} costs {cost}, discounted."
    notes = [f"`{row['strategy']}`: {row['note']}" for row in records_of(pair.cost_effectiveness()) if row["note"]]
    if not notes:
        return ""
    return f"In the view of the {pair.view()} there is no cost per QALY to society: {'; '.join(notes)}."


def changes_line(table: pd.DataFrame, scenario: Scenario, baseline: str) -> str:
    """One line that says what differs from the baseline, by how much, and what does not.

    table: as of `Study.differences`, with one alternative.
    """
    directions = metric_table(scenario).set_index("metric")["direction"].to_dict()
    rows = with_verdicts(table[table["metric"].isin(READ)], directions).set_index("metric")
    changes: list[str] = []
    perhaps: list[str] = []
    not_found: list[str] = []
    for metric, (words, factor, unit) in READ.items():
        if metric not in rows.index:
            continue
        words, unit = words.format(**scenario.condition.words), unit.format(currency=scenario.currency)
        columns = ("difference", "ci_low", "ci_high")
        difference, low, high = (float(rows[column][metric]) * factor for column in columns)
        change, limits = with_limits(difference, low, high, sign=True)
        if rows["verdict"][metric] in CLAIMS:
            changes.append(f"{f'{words} {change} {unit}'.rstrip()} ({limits})")
        else:
            among = perhaps if rows["verdict"][metric] == MAYBE else not_found
            among.append(words + (f" ({limits} {unit}".rstrip() + ")" if low < high else ""))
    parts = ["; ".join(changes)] if changes else []
    if perhaps:
        parts.append(f"among so many comparisons it may be chance that there is a difference in {', '.join(perhaps)}")
    if not_found:
        parts.append(f"no difference was found in {', '.join(not_found)}")
    return f"In this model, against `{baseline}`: {'; '.join(parts)}."


def _description(summary: pd.DataFrame, scenario: Scenario) -> str:
    """What the programme looks like, for a scenario that is compared with none."""
    means = summary.set_index("metric")["mean"]
    parts = []
    for metric, (words, factor, unit) in READ.items():
        if metric in means.index:
            unit = unit.format(currency=scenario.currency).replace("points", "%")
            words = words.format(**scenario.condition.words)
            parts.append(f"{words} {number(float(means[metric]) * factor, figures=3)} {unit}".rstrip())
    occupancy = [f"{place} {100 * means[f'occupancy.{place}']:.0f} % full" for place in scenario.places]
    return f"{'; '.join(parts)}; {', '.join(occupancy)}."
