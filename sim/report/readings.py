"""The page of shipped scenarios: each with its question, its hypothesis, and a reading of its result in one line."""

import pandas as pd

from sim.analysis import holm
from sim.experiment import Study, compare
from sim.experiment.replications import Progress
from sim.outcomes import metric_table
from sim.report.tables import number, told
from sim.report.verdicts import CLAIMS, verdict
from sim.scenario import Scenario, load_scenario, shipped_names

REPLICATIONS = 20
SEED = 1

READ = {
    "retention.90_days": ("retention at 90 days", 100, "points"),
    "relapse.180_days": ("relapse by 180 days", 100, "points"),
    "days_abstinent": ("days abstinent", 1, "days"),
    "wait.residential.mean": ("wait for residential care", 1, "days"),
    "qalys.per_patient_discounted": ("QALYs", 1, ""),
    "cost.per_patient_discounted.society": ("cost per patient to society", 1, "{currency}"),
}
"""What a reading speaks of, in order: the words, the factor to the unit that people read, and that unit."""

HEAD = """# The shipped scenarios

Each scenario asks one question of the programme that `base` describes, states the answer that the evidence leads us to
expect, and is compared with the scenario named beside it: {replications} replications, seed {seed}, paired by common
random numbers. A number in brackets is a 95 % interval of the difference over replications: it shows the error of the
simulation, not the uncertainty of the evidence. Where chance alone could have made as large a difference in one of the
outcomes of a line (adjusted p of 0.05 or more, Holm), the reading says that no difference was found. Written by
`stepdown readings docs/scenarios.md`.

"""


def readings_page(workers: int = 1, progress: Progress | None = None) -> str:
    """The page as Markdown; the same text on every machine, for the same version.

    Simulates every shipped scenario, which takes about a minute on one core.
    """
    scenarios = {name: load_scenario(name) for name in shipped_names()}
    study = compare(scenarios, REPLICATIONS, SEED, workers, progress=progress)
    sections = [_section(name, scenario, study) for name, scenario in scenarios.items()]
    return HEAD.format(replications=REPLICATIONS, seed=SEED) + "\n".join(sections)


def _section(name: str, scenario: Scenario, study: Study) -> str:
    lines = [f"## {scenario.name} (`{name}`)", ""]
    if scenario.question:
        lines += [f"**Question.** {scenario.question}", ""]
    if scenario.hypothesis:
        lines += [f"**Hypothesis.** {scenario.hypothesis}", ""]
    if scenario.compared_with:
        pair = Study({label: study.results[label] for label in (scenario.compared_with, name)})
        lines += [f"**Reading.** {reading(pair.differences(), scenario, scenario.compared_with)}", ""]
    else:
        lines += [f"**Reading.** {_description(study.results[name].summary(), scenario)}", ""]
    return "\n".join(lines)


def reading(differences: pd.DataFrame, scenario: Scenario, baseline: str) -> str:
    """One line that says what differs from the baseline, by how much, and what does not.

    differences: as of `paired_differences`, with one alternative.
    """
    rows = differences[differences["metric"].isin(READ)].set_index("metric")
    rows["p_adjusted"] = holm(rows["p_value"].to_numpy())
    directions = metric_table(scenario).set_index("metric")["direction"]
    found, not_found = [], []
    for metric, (words, factor, unit) in READ.items():
        if metric not in rows.index:
            continue
        columns = ("difference", "ci_low", "ci_high")
        difference, low, high = (float(rows[column][metric]) * factor for column in columns)
        p_value, p_adjusted = float(rows["p_value"][metric]), float(rows["p_adjusted"][metric])
        if verdict(difference, p_value, p_adjusted, str(directions[metric])) not in CLAIMS:
            not_found.append(words)
            continue
        unit = unit.format(currency=scenario.currency)
        change, limits = told(difference, low, high, sign=True)
        found.append(f"{f'{words} {change} {unit}'.rstrip()} ({limits})")
    parts = ["; ".join(found)] if found else []
    if not_found:
        parts.append(f"no difference was found in {', '.join(not_found)}")
    return f"Against `{baseline}`: {'; '.join(parts)}."


def _description(summary: pd.DataFrame, scenario: Scenario) -> str:
    """What the programme looks like, for a scenario that is compared with none."""
    means = summary.set_index("metric")["mean"]
    parts = []
    for metric, (words, factor, unit) in READ.items():
        if metric in means.index:
            unit = unit.format(currency=scenario.currency).replace("points", "%")
            parts.append(f"{words} {number(float(means[metric]) * factor, figures=3)} {unit}".rstrip())
    occupancy = [f"{place} {100 * means[f'occupancy.{place}']:.0f} % full" for place in scenario.places]
    return f"{'; '.join(parts)}; {', '.join(occupancy)}."
