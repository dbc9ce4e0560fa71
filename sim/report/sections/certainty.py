"""How sure the answer is: chance, what is not known of the inputs, and what would change the answer."""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from sim.experiment.psa.worth import frontier_of_draws
from sim.outcomes import EFFECTS
from sim.report.page_parts import Account, Part
from sim.report.sheets.evidence import grade_sheet, grades, widest_sheet
from sim.report.sheets.numbers import records_of
from sim.report.sheets.outcomes import futures, precision_sheet
from sim.report.sheets.sheet import Amount
from sim.report.sheets.warm_up import warm_up_verdict

PLACE, KEY, HEADING, OPENED = 70, "certainty", "How sure this is, and what would change the answer", False
CHANCE = (
    "Chance: the intervals are of simulation error. Four times as many replications make them half as wide; findings "
    "whose intervals end near 0 are the ones that more replications may change."
)
IGNORANCE = (
    "Ignorance: of {known} numbers that the {whose} takes as known, {assumption} are assumptions, {estimated} "
    "estimates and {published} published; {bare} have no evidence card."
)
NOT_VARIED = " None of that is in the intervals. Which of them could turn the answer has not been tested here."
VARIED = (
    " Intervals of inputs hold what cards with a range leave open. What is not of draws says so: the course of days "
    "and months, ways through care, shares of patients by day, and how precise the simulation alone is."
)
STRUCTURE = (
    "Structure: the model leaves things out (docs/model.md, Limits), such as rules of insurers for single patients, "
    "staff as people, and demand that reacts to waiting lists. Read differences rather than levels."
)
NO_WORTH = (
    "In this model, between {before} and {dearer} no worth of a {unit} decides: {note} (perspective: {perspective})."
)
WORTH = (
    "In this model {dearer} is worth its cost over {before} where a {unit} is worth more than {worth}, and not where "
    "it is worth less (perspective: {perspective})."
)


def parts(of: Account) -> Sequence[Part]:
    """Three kinds of doubt, what would turn the answer, and the numbers behind."""
    counts = grades(of.first.scenario)
    known = sum(counts.values()) - counts["choice"]
    whose = "scenario" if of.single else "baseline"
    ignorance = IGNORANCE.format(known=known, whose=whose, bare=counts[""], **{k: v for k, v in counts.items() if k})
    ignorance += VARIED if of.psa is not None else NOT_VARIED
    facts = [("Replications", f"{futures(of.study.replications)} of each scenario, seed {of.first.seed}")]
    for each in of.study.reached:
        reached = f"reached after {each.replications}" if each.replications else "NOT reached"
        facts.append(("Precision asked for", f"{each.precision.metric} within {each.precision.text}: {reached}"))
    facts += [
        (f"Warm-up{'' if of.single else f', {name}'}", warm_up_verdict(result.warm_up()))
        for name, result in of.study.results.items()
        if result.change is None
    ]
    turning = [] if of.single or of.not_told else _prices_that_turn_it(of)
    widest = widest_sheet(of.scenarios)
    sheets = [precision_sheet(of.study, of.measured), grade_sheet(of.scenarios), *([widest] if widest else [])]
    return [
        Part(facts=facts, bullets=[CHANCE, ignorance, STRUCTURE]),
        *([Part("At which worth the answer changes", bullets=turning)] if turning else []),
        Part("In numbers", sheets=sheets),
    ]


def _prices_that_turn_it(of: Account) -> list[str]:
    """Along the frontier, the worth of a unit of effect at which the better choice changes."""
    scenario = of.first.scenario
    unit = EFFECTS[of.effect].of(scenario.condition).unit
    if of.psa is not None and not of.psa.why_not_weighed(of.effect, of.perspective):
        table = records_of(frontier_of_draws(of.psa, of.effect, of.perspective, of.psa.view(of.effect)))
    else:
        table = records_of(of.study.cost_effectiveness(of.effect, of.perspective))
    lines = []
    for before, dearer in pairwise(row for row in table if row["status"] == "ND"):
        names = {
            "before": before["strategy"],
            "dearer": dearer["strategy"],
            "unit": unit,
            "perspective": of.perspective,
        }
        if not pd.isna(dearer["icer"]):
            lines.append(WORTH.format(worth=Amount.of(dearer, "icer", unit=scenario.currency), **names))
        elif dearer["note"]:  # Otherwise the two cost and gain the same.
            lines.append(NO_WORTH.format(note=dearer["note"], **names))
    return lines
