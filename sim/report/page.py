"""A report on a study, in the order in which a planner asks: the question, the answer, and what it rests on."""

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from sim.experiment.result import Result, Study
from sim.files.provenance import Provenance
from sim.outcomes import (
    EFFECTS,
    OF_EQUITY,
    Perspective,
    check_perspective,
    main_outcomes,
    why_not_told,
)
from sim.outcomes.headline import OF_GROUPS, OF_MONEY
from sim.report.answers import answer, answer_of_one, caveat, groups_answer, rows_about
from sim.report.change import change_line
from sim.report.checklist_logic import components
from sim.report.checklists import checklist_parts
from sim.report.expectations import expectations
from sim.report.findings import tuples
from sim.report.page_evidence import bare_lines, change_sheet, evidence_sheets, grade_sheet, grades, widest_sheet
from sim.report.page_parts import Page, Part, Section, Sheet
from sim.report.page_pictures import budget_pictures, equity_pictures, pathway_pictures, pictures, value_pictures
from sim.report.page_tables import (
    budget_sheet,
    cost_effectiveness_sheet,
    difference_sheet,
    futures,
    gap_sheet,
    group_differences,
    group_sheet,
    judged_gaps,
    lone_sheet,
    margin_sheets,
    net_benefit_sheet,
    outcome_by_group_sheet,
    perspective_sheets,
    present,
    summary_sheet,
)
from sim.report.tables import p_text, with_limits
from sim.report.targets import targets_sheet
from sim.report.unrest import foreseen, unrest
from sim.report.verdicts import CLAIMS, MAYBE
from sim.report.warm_up import warm_up_verdict
from sim.report.wording import Measure, measures, with_unit
from sim.report.words import listed, short_names, shortened
from sim.scenario import Scenario
from sim.scenario.differences import differences
from sim.scenario.policy import policy_line

UNTITLED = "A simulated treatment pathway"
LONGEST_LABEL = 40
NOBODY = "Nobody asked for care, so there is neither cost nor effect to compare."
WHY_THIS_VIEW = {
    "cohort": (
        "Judged by the cohort: what its members cost and gain, with the places that they use. What stands idle is "
        "nobody's, and is in the view of the system, which comes after it."
    ),
    "system": (
        "The scenarios do not have the same places. So they are judged by the system, with all that was spent, idle "
        "places included: to the cohort a bed that nobody uses costs nothing. The cohort's view comes after it."
    ),
}
PRECISE = (*OF_EQUITY, *OF_MONEY)
"""Outcomes of which the report says how precise they are."""


def report_page(
    study: Study, provenance: Provenance, effect: str = "qaly", perspective: Perspective = "society"
) -> Page:
    """The report on a comparison, or on a single run (a study of one scenario).

    effect, perspective: of the cost-effectiveness table; without the utilities that it needs, the page says so instead.
    Raises ValueError for an unknown one, and for an effect that a scenario's follow-up is too short for.
    """
    perspective = check_perspective(perspective)
    names = study.results
    study = _with_short_names(study)
    scenarios = {label: result.scenario for label, result in study.results.items()}
    not_told = why_not_told(effect, scenarios.values())
    measured = measures(list(scenarios.values()), main_outcomes(list(scenarios.values())))
    single = len(scenarios) == 1
    rows = pd.DataFrame() if single else rows_about(study.differences(), measured)
    sections = (
        _question(study, scenarios, list(names)),
        _answer(study, rows, measured),
        _table(study, rows, measured),
        Section("pictures", "The pictures", _pictures(study)),
        Section("equity", "Who gains and who loses", _equity(study, scenarios)),
        Section("cost", "What it costs and who pays", _cost(study, effect, perspective, not_told)),
        Section(
            "certainty",
            "How sure this is, and what would change the answer",
            _certainty(study, rows, measured, "" if not_told else effect, perspective),
        ),
        Section("assumptions", "The assumptions and where they come from", _assumptions(study), new_page=True),
        Section("method", "How it was computed", _method(study, provenance, scenarios), new_page=True),
        Section("checklists", "Reporting checklists", checklist_parts(scenarios, provenance, study), new_page=True),
    )
    return Page(*_titles(study, scenarios), sections)


def _with_short_names(study: Study) -> Study:
    """The study with labels that fit into heads of columns and titles, and are still told apart."""
    shorts = short_names(list(study.results), LONGEST_LABEL)
    return Study({shorts[label]: result for label, result in study.results.items()}, study.reached)


def _titles(study: Study, scenarios: dict[str, Scenario]) -> tuple[str, str]:
    names = [shortened(scenario.name) for scenario in scenarios.values()]
    if len(names) == 1:
        return names[0] or UNTITLED, f"A simulation of {futures(study.replications)} with Stepdown"
    return (
        f"{listed(list(scenarios)[1:])} against {study.baseline}",
        f"A comparison by simulation, {futures(study.replications)} of each",
    )


def _question(study: Study, scenarios: dict[str, Scenario], names: Sequence[str]) -> Section:
    """names: of the scenarios, before they were shortened."""
    parts = []
    for (label, scenario), full in zip(scenarios.items(), names, strict=True):
        lines = [scenario.question] if scenario.question else []
        facts = [("Expected answer", scenario.hypothesis)] if scenario.hypothesis else []
        if len(scenarios) == 1:
            lines = lines or ["The scenario states no question."]
            parts.append(Part("", lines, facts=facts))
            continue
        is_baseline = label == study.baseline
        facts = [("Name", scenario.name), *([("Label", full)] if full != label else []), *facts]
        heading = f"{shortened(label)}, the baseline" if is_baseline else shortened(label)
        if not is_baseline:
            baseline = scenarios[study.baseline]
            count, policy = len(differences(baseline, scenario)), policy_line(baseline, scenario)
            inputs = "1 input" if count == 1 else f"{count} inputs"
            whole = f"{inputs}, listed with the assumptions"
            differing = whole if policy == inputs else f"{policy} ({whole})"
            facts.append(("Differs in", differing if count else "nothing"))
        parts.append(Part(heading, lines, facts=facts))
    # What is asked comes before what it is compared with.
    return Section("question", "The question", [*parts[1:], *parts[:1]])


def _answer(study: Study, rows: pd.DataFrame, measured: dict[str, Measure]) -> Section:
    if len(study.results) == 1:
        lines = answer_of_one(_only(study).summary(), measured, study.replications)
        whole = Part("", [caveat(study.replications), *lines], bullets=_unrest(study))
        return Section("answer", "The answer", [*_targets(study), whole])
    opening = [caveat(study.replications), change_line(shortened(study.baseline), study.change)]
    parts = [*_targets(study), Part("", opening, bullets=_unrest(study))]
    for label in list(study.results)[1:]:
        lines = answer(rows[rows["scenario"] == label], measured, study.replications)
        parts.append(Part(shortened(label) if len(study.results) > 2 else "", lines, bullets=_expected(study, label)))
    return Section("answer", "The answer", parts)


def _targets(study: Study) -> list[Part]:
    """What is known of each scenario, and whether it shows it."""
    several = len(study.results) > 1
    sheets = [
        targets_sheet(result.targets(), label if several else "")
        for label, result in study.results.items()
        if result.scenario.targets
    ]
    return [Part("", sheets=sheets)] if sheets else []


def _unrest(study: Study) -> list[str]:
    return [
        f"{f'{shortened(label)}: ' if len(study.results) > 1 else ''}{sentence}."
        for label, result in study.results.items()
        for sentence in (*foreseen(result), *unrest(result))
    ]


def _expected(study: Study, label: str) -> list[str]:
    """Whether the outcomes that a hypothesis is about came out as expected, where it is compared as it asks."""
    result = study.results[label]
    baseline = study.results.get(result.scenario.compared_with)
    if baseline is None or result.scenario.compared_with != study.baseline:
        return []
    return [f"Hypothesis: {line.replace('`', '').replace('**', '')}." for line in expectations(result, baseline)]


def _table(study: Study, rows: pd.DataFrame, measured: dict[str, Measure]) -> Section:
    if len(study.results) == 1:
        sheets = [summary_sheet(_only(study).summary(), measured, study.replications)]
    else:
        sheets = [difference_sheet(of_one, measured) for _, of_one in rows.groupby("scenario", sort=False)]
        lone = lone_sheet(study.summary(), measured, list(study.results))
        sheets += [lone] if lone else []
    return Section("table", "The table", [Part(sheets=sheets)])


def _pictures(study: Study) -> Sequence[Part]:
    drawn, sheets, left_out = pictures(study)
    lines = ["The title of each picture says what can be seen on it, by the same p values as the table.", *left_out]
    return [Part("", lines, pictures=drawn), Part("The same in numbers", sheets=sheets)]


def _equity(study: Study, scenarios: dict[str, Scenario]) -> Sequence[Part]:
    warning = (
        "Groups here are groups of patients with other parameters, not a sample of a population: what is not among the "
        "inputs as an effect of a group cannot show as a difference between groups."
    )
    if not any(scenario.population for scenario in scenarios.values()) or study.groups.empty:
        return [Part("", ["The scenario tells no groups of patients apart, so nothing can be said about them."])]
    several = list(scenarios.values())
    of_groups = measures(several, OF_GROUPS)
    if len(scenarios) == 1:
        sheet = outcome_by_group_sheet(_only(study).equity(), of_groups)
        return [Part("", [warning], sheets=[sheet], pictures=equity_pictures(study))]
    changed = group_differences(study, of_groups)
    parts = []
    for label, of_one in changed.groupby("scenario", sort=False):
        lines = groups_answer(of_one.assign(group=of_one["called"]), of_groups)
        if study.replications < 2:
            lines = ["One simulated future of each cannot tell who gains and who loses."]
        parts.append(Part(str(label), lines, sheets=[group_sheet(of_one, of_groups)]))
    gaps = gap_sheet(judged_gaps(study), measures(several, OF_EQUITY))
    none = "No gap between groups of patients was found to change, which does not show that none does."
    if study.replications < 2:
        none = "Too few replications to tell whether gaps between groups change."
    lines = [warning] if gaps else [none, warning]
    sheets = [gaps] if gaps else []
    return [*parts, Part("Gaps between groups", lines, sheets=sheets, pictures=equity_pictures(study))]


def _cost(study: Study, effect: str, perspective: Perspective, not_told: str) -> Sequence[Part]:
    scenario = study.results[study.baseline].scenario
    currency, year = scenario.currency, scenario.price_year
    budget = [
        budget_sheet(study.budget_impact("year", by=()), "", "Budget of the programme by calendar year", study),
        budget_sheet(study.budget_impact("year", by=("payer",)), "payer", "Who pays for the programme", study),
        budget_sheet(study.spending(), "spent on", "What it is spent on: patients by level, and places", study),
    ]
    explained = (
        f"Prices are in {currency} of {year}. The budget is what the programme spends in the window of measurement, "
        "undiscounted; a year of which only a part lies in the window says how many days."
    )
    parts = [
        Part(
            "Budget",
            [explained],
            sheets=[sheet for sheet in budget if sheet.rows],
            pictures=budget_pictures(study),
        ),
        *_margin(study),
        Part("Cost a person, and of the system", _components(study), sheets=perspective_sheets(study.summary(), study)),
    ]
    if len(study.results) == 1:
        return [*parts, Part("", ["Cost-effectiveness needs a comparison; this is a single run."])]
    if not_told:
        return [*parts, Part("Cost-effectiveness", [not_told])]
    judged, *others = study.counted(effect)
    table = study.cost_effectiveness(effect, perspective)
    if table.empty:
        return [*parts, Part("Cost-effectiveness", [NOBODY])]
    sheets = [cost_effectiveness_sheet(table, effect, perspective, currency, judged, scenario.condition)]
    if effect == "qaly":
        benefit = study.net_benefit(effect=effect, perspective=perspective)
        sheets.append(net_benefit_sheet(benefit, study.baseline, currency, perspective, judged))
    for counted in others:
        other = study.cost_effectiveness(effect, perspective, "fieller", *counted)
        sheets.append(cost_effectiveness_sheet(other, effect, perspective, currency, counted, scenario.condition))
    drawn = value_pictures(study, effect, perspective)
    return [*parts, Part("Cost-effectiveness", [WHY_THIS_VIEW[judged.view]], sheets=sheets, pictures=drawn)]


def _margin(study: Study) -> list[Part]:
    """What is paid and what is left of it, where any scenario has rates."""
    sheets = margin_sheets(study.summary(), study)
    if not sheets:
        return []
    explained = (
        "Revenue is what patients' payers pay by their rates: prices, and no costs, so that they move who bears a cost "
        "and leave society's total as it is. The margin is revenue less budget; below 0 the residual payer bears it."
    )
    by_year = budget_sheet(study.margins("year"), "measure", "Revenue, budget and margin by calendar year", study)
    return [Part("Revenue and margin", [explained], sheets=[by_year, *sheets])]


def _components(study: Study) -> list[str]:
    """What costs are made of; by scenario, where that differs."""
    sentences = {label: components(result.scenario) for label, result in study.results.items()}
    if len(set(sentences.values())) == 1:
        return [sentences[study.baseline]]
    return [f"{shortened(label)}: {text}" for label, text in sentences.items()]


def _certainty(
    study: Study, rows: pd.DataFrame, measured: dict[str, Measure], effect: str, perspective: Perspective
) -> Sequence[Part]:
    """effect: set against cost; empty where the study cannot tell it."""
    scenarios = {label: result.scenario for label, result in study.results.items()}
    single = len(scenarios) == 1
    counts = grades(scenarios[study.baseline])
    known, assumed = sum(counts.values()) - counts["choice"], counts["assumption"]
    facts = [("Replications", f"{futures(study.replications)} of each scenario, seed {_only(study).seed}")]
    for each in study.reached:
        reached = f"reached after {each.replications}" if each.replications else "NOT reached"
        facts.append(("Precision asked for", f"{each.precision.metric} within {each.precision.text}: {reached}"))
    facts += [
        (f"Warm-up{'' if single else f', {label}'}", warm_up_verdict(result.warm_up()))
        for label, result in study.results.items()
        if result.change is None
    ]
    chance = (
        "Chance: the intervals are of simulation error. Four times as many replications make them half as wide; "
        "findings whose intervals end near 0 are the ones that more replications may change."
    )
    ignorance = (
        f"Ignorance: of {known} numbers that the {'scenario' if single else 'baseline'} takes as known, {assumed} are "
        f"assumptions, {counts['estimated']} estimates and {counts['published']} published; {counts['']} have no "
        "evidence card. None of that is in the intervals. Which of them could turn the answer has not been tested here."
    )
    structure = (
        "Structure: the model leaves things out (docs/model.md, Limits), such as rules of insurers for single "
        "patients, staff as people, and demand that reacts to waiting lists. Read differences rather than levels."
    )
    turning = [] if single else _close_calls(rows, measured)
    turning += [] if single or not effect else _prices_that_turn_it(study, effect, perspective)
    sheets = [_precision_sheet(study, rows, measured), grade_sheet(scenarios)]
    widest = widest_sheet(scenarios)
    return [
        Part("", [], facts=facts, bullets=[chance, ignorance, structure]),
        *([Part("What would change the answer", bullets=turning)] if turning else []),
        Part("In numbers", sheets=[*sheets, *([widest] if widest else [])]),
    ]


CLOSE = 0.01
"""An adjusted p value from here on is not far from where a finding ends."""


def _close_calls(rows: pd.DataFrame, measured: dict[str, Measure]) -> list[str]:
    """Outcomes on which more replications may turn the verdict, a line a scenario."""
    close = rows[(rows["verdict"] == MAYBE) | (rows["verdict"].isin(CLAIMS) & (rows["p_adjusted"] >= CLOSE))]
    lines = []
    for label, of_one in close.groupby("scenario", sort=False):
        named = [
            f"{measured[row.metric].within_sentence} (p {p_text(row.p_adjusted)}, {row.verdict})"
            for row in tuples(of_one)
        ]
        some = listed([*named[:6], *([f"{len(named) - 6} more"] if len(named) > 6 else [])])
        lines.append(f"More replications may change what is found for {label} in {some}.")
    return lines


def _prices_that_turn_it(study: Study, effect: str, perspective: Perspective) -> list[str]:
    """Along the frontier, the worth of a unit of effect at which the better choice changes."""
    scenario = study.results[study.baseline].scenario
    currency, unit = scenario.currency, EFFECTS[effect].of(scenario.condition).unit
    frontier = [row for row in tuples(study.cost_effectiveness(effect, perspective)) if row.status == "ND"]
    lines = []
    for before, dearer in pairwise(frontier):
        if pd.isna(dearer.icer) and not dearer.note:
            continue  # The two cost and gain the same.
        if pd.isna(dearer.icer):
            lines.append(
                f"In this model, between {before.strategy} and {dearer.strategy} no worth of a {unit} decides: "
                f"{dearer.note} (perspective: {perspective})."
            )
            continue
        worth, limits = with_limits(dearer.icer, dearer.icer_low, dearer.icer_high)
        lines.append(
            f"In this model {dearer.strategy} is worth its cost over {before.strategy} where a {unit} is worth more "
            f"than {with_unit(worth, limits, currency)}, and not where it is worth less (perspective: {perspective})."
        )
    return lines


def _precision_sheet(study: Study, rows: pd.DataFrame, measured: dict[str, Measure]) -> Sheet:
    """Half the width of each interval: how close the simulation got."""
    if len(study.results) == 1:
        chosen = present(measured, PRECISE)
        summary = _only(study).summary()
        limits = {row["metric"]: row for row in summary.to_dict("records")}
        cells = [(measure.words, _half(measure, limits[name])) for name, measure in chosen.items()]
        return Sheet("How precise the means are", ("outcome", "half-width of the 95 % interval"), cells)
    chosen = present(measured, PRECISE)
    lines: list[Sequence[str]] = []
    for name, measure in chosen.items():
        of_metric = {row["scenario"]: row for row in rows[rows["metric"] == name].to_dict("records")}
        halves = [_half(measure, of_metric.get(label)) for label in list(study.results)[1:]]
        lines.append((measure.words, *halves))
    heads = ("outcome", *(shortened(label) for label in list(study.results)[1:]))
    return Sheet("How precise the differences are: half-widths of their 95 % intervals", heads, lines)


def _half(measure: Measure, row: Mapping[Hashable, Any] | None) -> str:
    if row is None:
        return ""
    half = (float(row["ci_high"]) - float(row["ci_low"])) / 2
    text = measure.level(float(f"{half:.2g}"))[0] if not math.isnan(half) else ""
    return f"± {text} {measure.of_change}".rstrip() if text else "not known"


def _assumptions(study: Study) -> Sequence[Part]:
    scenarios = {label: result.scenario for label, result in study.results.items()}
    baseline, *others = scenarios
    parts = [Part("The ways through care", pictures=pathway_pictures(study))]
    changes = [sheet for label in others if (sheet := change_sheet(baseline, label, scenarios)) is not None]
    if changes:
        parts.append(Part("What differs between the scenarios", sheets=changes))
    sheets = evidence_sheets(scenarios)
    if not sheets:
        lines = ["No input has an evidence card: nothing is known about where the numbers come from."]
        return [*parts, Part("", lines)]
    return [*parts, Part("What is known about the inputs", bullets=bare_lines(scenarios), sheets=sheets)]


def _method(study: Study, provenance: Provenance, scenarios: dict[str, Scenario]) -> Sequence[Part]:
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    time = next(iter(scenarios.values())).time
    single = len(scenarios) == 1
    span = (
        f"{time.warm_up_days:g} days of warm-up, {time.recruitment_days:g} of recruitment and "
        f"{time.follow_up_days:g} of follow-up, from {time.start}"
    )
    facts = [
        (
            "Method",
            "discrete-event simulation; scenarios on the same people with the same luck (common random numbers)",
        ),
        ("Seed", str(_only(study).seed)),
        ("Replications", str(study.replications)),
        ("Time", span),
        ("Version", f"Stepdown {provenance.version}"),
        ("Libraries", versions or "not recorded"),
        ("Command", provenance.command or "not recorded: it was computed from Python"),
    ]
    if study.change:
        lists = "carried over" if study.change.lists == "carry_over" else "placed anew by the entry rules"
        facts.append(("Change", f"on day {study.change.day:g}, from {shortened(study.baseline)}; lists {lists}"))
    facts += [
        (f"Scenario digest (SHA-256){'' if single else f', {shortened(label)}'}", scenario.digest())
        for label, scenario in scenarios.items()
    ]
    repeatable = (
        "The same scenario, seed, number of replications and version give the same numbers, whatever the number of "
        "workers. The folder of results holds the scenarios in full (manifest.json)."
    )
    return [Part("", [repeatable], facts=facts)]


def _only(study: Study) -> Result:
    return study.results[study.baseline]
