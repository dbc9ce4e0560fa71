"""Who gains or loses by an option, with the largest part of the difference."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.decomposition import TOTAL
from sim.experiment.explanation import explain_kept
from sim.experiment.psa.parts import EXPLAINED
from sim.outcomes.contributions import decomposable
from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import groups_answer
from sim.report.brief.arms import Arms
from sim.report.brief.facts import Quantity
from sim.report.sheets.groups import LEAST_SHARE, changed_gaps, group_differences
from sim.report.sheets.numbers import LEAST_WIDTH, records_of
from sim.report.verdicts import CLAIMS
from sim.report.wording import Measure, group_words, measures, short_words, title_of
from sim.report.words import some


def gains(arms: Arms) -> dict[str, str]:
    """By option, who gains and who loses, in the first outcome that is told of groups."""
    scenarios = list(arms.study.scenarios.values())
    if not any(scenario.population for scenario in scenarios) or arms.study.groups.empty:
        return dict.fromkeys(arms.options, "The scenarios tell no groups of patients apart.")
    if arms.study.replications < 2:
        return dict.fromkeys(arms.options, "One simulated future of each cannot tell who gains and who loses.")
    of_groups = measures(scenarios, OF_GROUPS)
    metric = next((metric for metric in ("days_well", *OF_GROUPS) if metric in of_groups), None)
    if metric is None:
        return dict.fromkeys(arms.options, "The follow-up is too short to tell an outcome of groups.")
    # All outcomes of groups are one family, as in the tables below.
    psa, _ = arms.groups_told_by()
    rows = group_differences(arms.study, of_groups, psa)
    rows = _by_inputs(rows[rows["metric"] == metric])
    gaps = _by_inputs(changed_gaps(arms.study, psa))
    changing = "found to change" if psa is None else f"found to change in {100 * LEAST_SHARE:.0f} % of draws or more"
    lines = {}
    for label in arms.options:
        of_one = rows[rows["scenario"] == label]
        of_groups_told = groups_answer(of_one.assign(group=of_one["called"]), {metric: of_groups[metric]})
        changed = gaps[(gaps["scenario"] == label) & (gaps["metric"] == metric) & gaps["claimed"]]
        claimed = [
            f"{row['verdict']} between {group_words(scenarios, row['by'], row['group'], row['reference'])} "
            f"({_by(of_groups[metric], row)}{row['in_words'].removeprefix(row['verdict']).replace(' in', ', in', 1)})"
            for row in records_of(changed)
        ]
        gap = (
            f" The gap gets {some(claimed, 6 if len(arms.options) < 2 else 2 if len(arms.options) < 3 else 1)}."
            if claimed
            else f" No gap between groups was {changing}."
        )
        lines[label] = f"{' '.join(of_groups_told)}{gap}"
    return lines


def _by_inputs(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with one interval each: of inputs where these were varied and matter, else of chance."""
    if "inputs_low" not in rows:
        return rows
    of_inputs = rows["inputs_high"] - rows["inputs_low"] > LEAST_WIDTH * rows["inputs_low"].abs()
    ends = {f"ci_{end}": rows[f"inputs_{end}"].where(of_inputs, rows[f"ci_{end}"]) for end in ("low", "high")}
    return rows.assign(**ends).drop(columns=["inputs_low", "inputs_high"])


def _by(measure: Measure, row: Mapping[str, Any]) -> str:
    change, limits = measure.amount(row, "change", sign=True).parts
    return f"{change} {measure.of_change}, {limits}"


def explained(arms: Arms, label: str, at_inputs: str = "") -> str:
    """The largest part of the difference in days well, by where people are: of draws that kept it, else from kept
    records. at_inputs: what is said of it then where all else is of draws.
    """
    scenario = arms.study.results[label].scenario
    of_draws = _parts_of_draws(arms, label)
    if not of_draws and arms.at_inputs is not None:
        arms = arms.at_inputs
    if EXPLAINED not in arms.measured or EXPLAINED not in decomposable(scenario):
        return ""
    change, word = arms.difference(label, EXPLAINED)
    parts = (of_draws or _parts_of_records(arms, label, change.unit)) if word in CLAIMS else {}
    if not parts:
        return ""
    name = max(parts, key=lambda part: abs(parts[part].value))
    part, how = parts[name], " on average over draws" if of_draws else at_inputs
    titles = [title_of(each, name) for each in arms.scenarios.values() if name in each.levels]
    where = f"in {titles[0]}" if titles else name
    of_all = f"of the {change.text.replace(change.unit, '').strip()} {short_words(EXPLAINED, scenario)}"
    offset = "; other parts offset some of it" if abs(part.value) > abs(change.value) else ""
    return f"The largest part, {part.whole} {of_all}{how}, comes about {where}{offset}."


def _parts_of_records(arms: Arms, label: str, unit: str) -> dict[str, Quantity]:
    """By level, what of the difference arises there; empty without records."""
    if any(arms.study.results[each].tables is None for each in (arms.baseline, label)):
        return {}
    return {
        str(row["part"]): Quantity(row["difference"], row["ci_low"], row["ci_high"], unit, sign=True)
        for row in records_of(explain_kept(arms.study, label, EXPLAINED).by("level"))
        if row["part"] != TOTAL
    }


def _parts_of_draws(arms: Arms, label: str) -> dict[str, Quantity]:
    """The same over draws; empty where they did not keep it."""
    psa = arms.psa
    if psa is None:
        return {}
    both = [psa.scenarios.index(each) for each in (arms.baseline, label)]
    unit, parts = arms.difference(label, EXPLAINED)[0].unit, {}
    for column, (_, level) in psa.parts.items():
        # A level that a scenario lacks has nobody in it.
        today, option = np.moveaxis(np.nan_to_num(psa.values(column)[:, :, both]), 2, 0)
        parts[level] = arms.quantity(option - today, unit, sign=True)
    return parts
