"""CHEERS 2022, the checklist of reports on economic evaluations, filled in as far as a study knows.

Husereau, Drummond, Augustovski et al. 2022, Consolidated Health Economic Evaluation Reporting Standards 2022, BMJ
376:e067975, doi:10.1136/bmj-2021-067975. What an item asks for is put in our words.
"""

from collections.abc import Mapping, Sequence

from sim.experiment.result import Study
from sim.files.provenance import Provenance
from sim.outcomes import EFFECTS, PERSPECTIVES
from sim.outcomes.payers import payers
from sim.report.checklists.items import Item, each, evidence, names, questions
from sim.report.checklists.logic import anywhere, population, prices
from sim.report.sheets.validation import TALLY
from sim.report.wording import value_text
from sim.report.words import listed
from sim.scenario import Scenario
from sim.vocabulary import DEAD, STATES

CITATION = "CHEERS 2022 (Husereau et al. 2022, BMJ 376:e067975, doi:10.1136/bmj-2021-067975)"

ENGAGED = "engagement with patients and others affected by the study"
FINDINGS = "Study findings, limitations, generalizability, and current knowledge"


def is_economic(scenarios: Mapping[str, Scenario]) -> bool:
    """Whether scenarios are compared and any of them has a price, so that the checklist applies."""
    return len(scenarios) > 1 and any(prices(scenario) for scenario in scenarios.values())


def cheers_items(scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study) -> dict[str, list[Item]]:
    """The 28 items by section, in order."""
    return {
        "Title and abstract": _title_and_abstract(scenarios),
        "Introduction": _introduction(scenarios),
        "Methods": [*_frame(scenarios), *_outcomes_and_costs(scenarios, study), *_analysis(provenance, study)],
        "Results": _results(scenarios, study),
        "Discussion": _discussion(),
        "Other relevant information": _other(),
    }


def _title_and_abstract(scenarios: Mapping[str, Scenario]) -> list[Item]:
    return [
        Item(
            *("1", "Title", "That it is an economic evaluation, and of what."),
            f"An economic evaluation by simulation of {names(scenarios)}.",
            "The title of your text.",
        ),
        Item(
            *("2", "Abstract", "A structured summary: context, methods, results, alternative analyses."),
            "The answer and the first table of the report give the results.",
            "The abstract.",
        ),
    ]


def _introduction(scenarios: Mapping[str, Scenario]) -> list[Item]:
    return [
        Item(
            *("3", "Background and objectives", "Context, question, and why it matters for a decision."),
            questions(scenarios) or "The scenarios state no question.",
            "The context, and who decides what on it.",
        )
    ]


def _frame(scenarios: Mapping[str, Scenario]) -> list[Item]:
    first = next(iter(scenarios.values()))
    rates = first.discounting
    return [
        Item(
            *("4", "Health economic analysis plan", "Whether there was a plan, and where it is."),
            "Not known to the software.",
            "Whether a plan was made beforehand and where it can be read.",
        ),
        Item(
            *("5", "Study population", "Characteristics of the population."),
            f"{each(scenarios, population)}.",
            "Age, sex and where these people come from; none of them is simulated unless it is an attribute above.",
        ),
        Item(
            *("6", "Setting and location", "Context that may influence the findings."),
            f"Levels of care: {each(scenarios, _levels)}; prices in {first.currency}.",
            "The country, the health system, and the providers that are meant.",
        ),
        Item(
            *("7", "Comparators", "What is compared, and why."),
            f"{names(scenarios)}.",
            "Why these, and what usual care is.",
        ),
        Item(
            *("8", "Perspective", "Whose costs and effects count, and why."),
            f"Computed for all of: {'; '.join(f'{name}, {words}' for name, words in PERSPECTIVES.items())}.",
            "Which perspective is the main one, and why.",
        ),
        Item(
            *("9", "Time horizon", "How long, and why that is right."),
            f"{each(scenarios, _horizon)} from each person's first asking for care.",
            "Why that is long enough for the outcomes that matter.",
        ),
        Item(
            *("10", "Discount rate", "Rates, and why these."),
            f"{_by_year(rates.rates('costs'))} for costs and {_by_year(rates.rates('effects'))} for effects, "
            "continuously from first asking.",
            "Why these rates.",
        ),
    ]


def _by_year(rates: Sequence[tuple[float, float]]) -> str:
    """Discount rates in words: "3.5 % a year (3 % from year 30 on)"."""
    later = listed([f"{100 * rate:g} % from year {year:g} on" for year, rate in rates[1:]])
    return f"{100 * rates[0][1]:g} % a year" + (f" ({later})" if later else "")


def _outcomes_and_costs(scenarios: Mapping[str, Scenario], study: Study) -> list[Item]:
    first = next(iter(scenarios.values()))
    computed = set(study.metrics["metric"])
    effects = [effect.of(first.condition).unit for effect in EFFECTS.values() if effect.metric in computed]
    return [
        Item(
            *("11", "Selection of outcomes", "Outcomes used as benefits and harms."),
            f"Effects set against cost: {listed(effects)}; beside them those of the tables of the report.",
            "Why the main one is the main one.",
        ),
        Item(
            *("12", "Measurement of outcomes", "How they were measured."),
            "Simulated: computed from the records of each replication, as stepdown metrics defines them.",
        ),
        Item(
            *("13", "Valuation of outcomes", "Population and method behind the values."),
            f"{each(scenarios, _utilities)}.",
            "Whose preferences these are, and by which instrument.",
        ),
        Item(
            *("14", "Measurement and valuation of resources and costs", "How costs were valued."),
            f"Unit costs of the scenario times simulated use, in one ledger: {listed(anywhere(scenarios, prices))}.",
            "Where unit costs come from, beyond what evidence cards say.",
        ),
        Item(
            *("15", "Currency, price date, and conversion", "Dates of quantities and prices, currency, conversion."),
            f"{first.currency} of {first.price_year}; nothing is inflated or converted by the software.",
            "How prices of other years or currencies were converted before they went in.",
        ),
    ]


def _analysis(provenance: Provenance, study: Study) -> list[Item]:
    scenarios = {label: result.scenario for label, result in study.results.items()}
    grouped = bool(len(study.groups))
    bearers = {payer for scenario in scenarios.values() for payer in payers(scenario)}
    falls = [
        *(["gaps between groups of patients, and whether they narrow or widen"] if len(study.gap_changes()) else []),
        *(["costs by payer"] if len(bearers) > 1 else []),
    ]
    carded = any(card.low is not None for s in scenarios.values() for card in s.evidence.values())
    return [
        Item(
            *("16", "Rationale and description of model", "The model in detail, why it is used, where it can be had."),
            "A discrete-event simulation, since places are limited and people wait. Stepdown "
            f"{provenance.version}, MIT "
            "licence; described in docs/model.md.",
            "Why that model suits this question.",
        ),
        Item(
            *("17", "Analytics and assumptions", "Methods of analysis, extrapolation, validation."),
            "Differences paired by replication, Student's t, Holm; increments along the frontier, ratios with "
            "Fieller's "
            "interval and none where the sign of the effect is unknown; nothing is extrapolated beyond follow-up. The "
            f"software is checked against theory (docs/quality.md). {_validation()}",
            "How the scenario was checked against your own data.",
        ),
        Item(
            *("18", "Characterizing heterogeneity", "How results vary for subgroups."),
            "Outcomes are computed for groups of patients." if grouped else "No results for subgroups were computed.",
            "Which subgroups were of interest beforehand.",
        ),
        Item(
            *("19", "Characterizing distributional effects", "How impacts fall on different people."),
            f"{'Computed: ' + listed(falls) if falls else 'Nothing was computed'}. No equity weights.",
            "Whether some groups count more, and why.",
        ),
        Item(
            *("20", "Characterizing uncertainty", "How sources of uncertainty are dealt with."),
            "Chance: 95 % intervals over replications. Uncertainty of inputs: "
            f"{'ranges on evidence cards' if carded else 'no ranges are stated'}, not in the intervals.",
            "Sensitivity analyses of the inputs and of the structure.",
        ),
        Item(
            *("21", f"Approach to {ENGAGED}", "Who was involved in the design, and how."),
            "Not known to the software.",
            "Whether and how patients, the public, clinicians or payers took part.",
        ),
    ]


def _results(scenarios: Mapping[str, Scenario], study: Study) -> list[Item]:
    carded = any(scenario.evidence for scenario in scenarios.values())
    where = "every value is in manifest.json"
    where += ", and the report lists those that have an evidence card with range, source and grade" if carded else ""
    return [
        Item(
            *("22", "Study parameters", "All inputs with values, ranges, references, distributions."),
            f"Numbers by grade of evidence: {each(scenarios, evidence)}; {where}.",
            "Range and reference of the inputs without a card, if there are any.",
        ),
        Item(
            *("23", "Summary of main results", "Mean costs and outcomes, and an overall measure."),
            f"Costs, effects, increments, ratios and net benefit of {len(study.results)} scenarios, means of "
            f"{study.replications} replications: in the report, and in cost_effectiveness.csv and net_benefit.csv.",
            "The measure that the conclusion rests on.",
        ),
        Item(
            *("24", "Effect of uncertainty", "How uncertainty, discount rate and horizon affect findings."),
            "Not computed here, apart from chance.",
            "What the findings do under other inputs, discount rates and time horizons.",
        ),
        Item(
            *("25", f"Effect of {ENGAGED}", "What involvement changed."),
            "Not known to the software.",
            "Any difference that it made.",
        ),
    ]


def _discussion() -> list[Item]:
    return [
        Item(
            *("26", FINDINGS, "What it means, and for whom."),
            "The answer in the report; the model's limits in docs/model.md, Limits.",
            "The discussion, with ethical and equity considerations that are not in the numbers.",
        )
    ]


def _other() -> list[Item]:
    return [
        Item(
            *("27", "Source of funding", "Who paid, and the funder's role."),
            "Not known to the software.",
            "The funding.",
        ),
        Item(
            *("28", "Conflicts of interest", "Authors' interests, as the journal or ICMJE requires."),
            "Not known to the software.",
            "The declaration.",
        ),
    ]


def _levels(scenario: Scenario) -> str:
    return listed(list(scenario.levels))


def _horizon(scenario: Scenario) -> str:
    return f"{scenario.time.follow_up_days:g} days"


def _utilities(scenario: Scenario) -> str:
    worth = scenario.utilities
    if worth is None:
        return "utilities are not stated, so there are no QALYs"
    sourced = sum(f"utilities.{state}" in scenario.evidence for state in STATES[:DEAD])
    words = scenario.condition.words
    by_state = {"well": worth.well, "in_setback": worth.setback}
    if scenario.responses and worth.response is not None:
        by_state["in_response"] = worth.response
    by_state["unwell"] = worth.unwell
    number = {3: "three", 4: "four"}[len(by_state)]
    grade = f"{sourced} of the {number} with an evidence card" if sourced else "without an evidence card"
    values = ", ".join(f"{words[state]} {value_text(value)}" for state, value in by_state.items())
    by_age = f"; by age, as stated at {worth.age.reference_age:g} years" if worth.age else ""
    emergencies = [(kind.title or name, kind.qaly_loss) for name, kind in scenario.emergencies.items()]
    lost = [f"{title} {value_text(loss)}" for title, loss in emergencies if loss > 0]
    at_once = f"; QALYs lost by a visit to an emergency department: {', '.join(lost)}" if lost else ""
    return f"utilities: {values}, dead 0{by_age}{at_once}; {grade}"


def _validation() -> str:
    agree, near, miss = TALLY["validation"]
    return (
        f"Of {agree + near + miss} published results of studies that set no parameter the shipped ones predict {agree} "
        f"within error, {near} nearly, and miss {miss} (docs/validation.md)."
    )
