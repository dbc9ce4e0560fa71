"""STRESS-DES, the checklist of reports on discrete-event simulations, filled in as far as a scenario knows.

Monks, Currie, Onggo, Robinson, Kunc and Taylor 2019, Strengthening the reporting of empirical simulation studies:
introducing the STRESS guidelines, Journal of Simulation 13(1), 55-67, doi:10.1080/17477778.2018.1442155, version 1.0.
What an item asks for is put in our words.
"""

from collections.abc import Mapping

from sim.experiment.result import Study
from sim.files.provenance import Provenance
from sim.report.checklists.items import Item, arrivals, each, evidence, levels, names, places, questions, sources
from sim.report.checklists.items import unsourced as unsourced_numbers
from sim.report.checklists.logic import (
    activities,
    after_discharge,
    algorithms,
    anywhere,
    entities,
    exits,
    queues,
    staff,
)
from sim.report.sheets.warm_up import warm_up_verdict
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.differences import differences

CITATION = "STRESS-DES 1.0 (Monks et al. 2019, Journal of Simulation 13(1), doi:10.1080/17477778.2018.1442155)"


def stress_items(
    scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None
) -> dict[str, list[Item]]:
    """The 20 items by section, in order, one of them in five parts. study: what was simulated, if it was."""
    single = len(scenarios) == 1
    return {
        "Objectives": _objectives(scenarios, single, study),
        "Logic": _logic(scenarios),
        "Data": _data(scenarios),
        "Experimentation": _experimentation(scenarios, study),
        "Implementation": _implementation(provenance, single),
        "Code access": _code_access(provenance),
    }


def _objectives(scenarios: Mapping[str, Scenario], single: bool, study: Study | None) -> list[Item]:
    aims = (
        f"One scenario, {names(scenarios)}; nothing is compared."
        if single
        else f"Scenario-based analysis: {names(scenarios)}. The first is the baseline."
    )
    expected = [s.hypothesis for s in scenarios.values() if s.hypothesis]
    hypothesis = f" Expected answer: {shortened(expected[-1], 400)}" if expected else ""
    shown = "in this report" if study is not None else "by stepdown run and stepdown compare"
    paired = "" if single else "; differences are paired by replication, with p values adjusted by Holm"
    return [
        Item(
            *("1.1", "Purpose of the model", "Background and objectives."),
            questions(scenarios) or "The scenario states no question.",
            "The background: whose decision this serves, in what setting, and why a simulation.",
        ),
        Item(
            *("1.2", "Model outputs", "Every measure that is reported, how it is calculated, and its error."),
            f"Metrics are computed from the records of each replication; the main ones are shown {shown}, and stepdown "
            "metrics prints every definition with unit and direction. 95 % intervals are Student's t over "
            f"replications{paired}.",
            "Which of the outcomes are primary, if any.",
        ),
        Item(
            *("1.3", "Experimentation aims", "What was investigated: scenarios, design of experiments, optimisation."),
            aims + hypothesis,
            "Why these scenarios." if not single else "Why this scenario, if its result is published on its own.",
        ),
    ]


def _logic(scenarios: Mapping[str, Scenario]) -> list[Item]:
    baseline, *others = scenarios
    changed = []
    for label in others:
        paths = [path for path, _, _ in differences(scenarios[baseline], scenarios[label])]
        some = listed([shortened(path, 80) for path in paths[:12]])
        more = f" and {len(paths) - 12} more" if len(paths) > 12 else ""
        changed.append(
            f"{shortened(label, 60)} differs in {some}{more}." if paths else f"{shortened(label, 60)}: same inputs."
        )
    later = anywhere(scenarios, after_discharge)
    outside = f"may {listed(later)}" if later else "stay as they left"
    counted = anywhere(scenarios, staff)
    reckoned = f"{listed(counted)} are computed from the census" if counted else "nothing is computed of them"
    return [
        Item(
            *("2.1", "Base model overview diagram", "The model in a diagram and in words."),
            f"Levels of care: {each(scenarios, levels)}. After discharge people {outside}.",
            "The diagram: stepdown draw SCENARIO.",
        ),
        Item(
            *("2.2", "Base model logic", "How the model works, enough for a reader to follow."),
            "Every mechanism that there can be is described, with its formula, in docs/model.md of Stepdown; the items "
            "below name those that are used here.",
            "What of it matters most for this study.",
        ),
        Item(
            *("2.3", "Scenario logic", "How scenarios differ from the base model."),
            " ".join(changed) or "There is one scenario only.",
            "In plain words, what each difference stands for in practice." if changed else "",
        ),
        Item(
            *("2.4", "Algorithms", "Algorithms that mimic complex or manual processes."),
            f"In use: {'; '.join(anywhere(scenarios, algorithms))}. docs/model.md, sections 1 to 7.",
        ),
        Item(
            *("2.5.1", "Components: entities", "Entities, their role and attributes."),
            f"Those who move through the model: {each(scenarios, entities)}.",
        ),
        Item(
            *("2.5.2", "Components: activities", "What entities do, and how they are routed."),
            f"What patients do: {each(scenarios, activities)}.",
        ),
        Item(
            *("2.5.3", "Components: resources", "Resources and the activities that use them."),
            f"Places: {each(scenarios, places)}. Staff are not simulated; {reckoned}.",
        ),
        Item(
            *("2.5.4", "Components: queues", "Queueing discipline, reneging, balking, limits."),
            f"Waiting: {each(scenarios, queues)}.",
        ),
        Item(
            *("2.5.5", "Components: entry and exit points", "Where entities come in and go out."),
            f"Arrivals: {each(scenarios, arrivals)}. What people leave by: {listed(anywhere(scenarios, exits))}.",
        ),
    ]


def _data(scenarios: Mapping[str, Scenario]) -> list[Item]:
    named_sources = sources(scenarios)
    named = (
        f"Sources named on evidence cards: {'; '.join(named_sources)}."
        if named_sources
        else "No evidence card names a source."
    )
    carded = any(scenario.evidence for scenario in scenarios.values())
    assumed = any(card.grade == "assumption" for s in scenarios.values() for card in s.evidence.values())
    return [
        Item(
            *("3.1", "Data sources", "Every source, with sample size and dates."),
            f"{named} Without a source: {each(scenarios, unsourced_numbers)}.",
            "Full references with DOI; sample sizes and date ranges where a card does not say; data of your own; where "
            "numbers without a source come from.",
        ),
        Item(
            *("3.2", "Pre-processing", "What was done to data before their use."),
            "What was fitted, rescaled or worked out is in the note of the card, as far as it says so."
            if carded
            else "Not known to the software: no input has an evidence card.",
            "How data of your own were cleaned, and how gaps and outliers were treated.",
        ),
        Item(
            *("3.3", "Input parameters", "All inputs, with distributions and values."),
            f"Numbers by grade of evidence: {each(scenarios, evidence)}. The scenario file and manifest.json hold "
            f"every value{'; the report lists those with a card, its range and source' if carded else ''}.",
            "Why distributions have the form that they have, where a card does not say.",
        ),
        Item(
            *("3.4", "Assumptions", "What is assumed where data or knowledge are missing."),
            f"{'Inputs of grade assumption are listed as such in the report; structural' if assumed else 'Structural'} "
            "assumptions are in docs/model.md, Limits.",
            "Which of the assumptions your setting violates, and in which direction that works.",
        ),
    ]


def _experimentation(scenarios: Mapping[str, Scenario], study: Study | None) -> list[Item]:
    time = next(iter(scenarios.values())).time
    if study is None:
        runs, left = "Not simulated yet.", "Simulate it, and say how many replications and why so many."
        verdict, judged = "", "Judge the warm-up with stepdown warmup, and say how its length was chosen."
    else:
        runs, left = _replications(study)
        verdict, judged = _warm_up(study)
    return [
        Item(
            *("4.1", "Initialisation", "Terminating or not, warm-up, initial conditions."),
            f"System: {each(scenarios, _start)}; warm-up of {time.warm_up_days:g} days. {verdict}".strip(),
            judged,
        ),
        Item(
            *("4.2", "Run length", "How long a run is, and in what unit."),
            f"{time.horizon:g} days: {time.warm_up_days:g} of warm-up, {time.recruitment_days:g} of recruitment, "
            f"{time.follow_up_days:g} of follow-up of each member of the cohort; time is continuous, in days.",
        ),
        Item(*("4.3", "Estimation approach", "How chance is dealt with; replications and why so many."), runs, left),
    ]


def _start(scenario: Scenario) -> str:
    closed = scenario.arrivals.closed_cohort is not None
    kind = "terminating: a closed cohort is followed to the end" if closed else "non-terminating"
    known = scenario.known.well.people + scenario.known.unwell.people
    beside = f", and {known:,} former patients are at home" if known else ""
    start = "people present on day 0 fill the system" if scenario.initial else "the system starts empty"
    return f"{kind}; {start}{beside}"


def _replications(study: Study) -> tuple[str, str]:
    """How often it was simulated, and what is left to say of that."""
    single = len(study.results) == 1
    runs = f"{study.replications} independent replications{'' if single else ' of each scenario'}, seed "
    runs += f"{study.results[study.baseline].seed}{'' if single else ', paired by common random numbers'}."
    for reached in study.reached:
        what = f"{reached.precision.metric} within {reached.precision.text}"
        runs += f" Precision asked for: {what}, {'reached' if reached.replications else 'NOT reached'}."
    return runs, "" if study.reached else "Why that number of replications is enough (or set it by --precision)."


def _warm_up(study: Study) -> tuple[str, str]:
    """The verdict on the warm-up of each scenario, by its label, and what is left to say of it."""
    verdicts, doubtful = [], []
    for label, result in study.results.items():
        judged = result.warm_up()
        verdicts.append(f"{shortened(label, 60)}: {warm_up_verdict(judged)}" if label else warm_up_verdict(judged))
        if not judged["long_enough"].fillna(False).all():
            doubtful.append(shortened(label, 60) or "this scenario")
    left = (
        "How the length of the warm-up was chosen." if study.results[study.baseline].scenario.time.warm_up_days else ""
    )
    if doubtful:
        left += f" Why results can be used where it is too short, or cannot be judged: {listed(doubtful)}."
    return " ".join(verdicts), left.strip()


def _implementation(provenance: Provenance, single: bool) -> list[Item]:
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    return [
        Item(
            *("5.1", "Software or programming language", "Operating system, software, languages and libraries."),
            f"Stepdown {provenance.version}; {versions or 'libraries not recorded'}; "
            f"{provenance.system or 'operating system not recorded'}.",
            "" if provenance.system else "The operating system.",
        ),
        Item(
            *("5.2", "Random sampling", "Generators, and how streams are given out."),
            "Philox counters keyed by a BLAKE2b hash of seed, replication and decision: a draw is a function of seed, "
            "replication, decision, patient and occurrence. Durations by inversion of one unit exponential."
            + ("" if single else " Common random numbers across scenarios."),
        ),
        Item(
            *("5.3", "Model execution", "Event processing, priorities, parallel computing."),
            "Process interaction (SimPy). At one instant: what frees or asks for places first, then one round of "
            "grants, "
            "then what ends a wait. Replications may run in parallel, which changes no number.",
        ),
        Item(
            *("5.4", "System specification", "Run time and hardware."),
            f"{provenance.processor or 'Processor not recorded'}. Results are the same to the bit on machines of one "
            "kind. Run time is not recorded: the same study writes the same files.",
            f"{'Run' if provenance.processor else 'Processor, run'} time and memory.",
        ),
    ]


def _code_access(provenance: Provenance) -> list[Item]:
    return [
        Item(
            *("6.1", "Computer model sharing statement", "How someone could obtain the model and run it."),
            f"Stepdown {provenance.version} is free software (MIT licence). A folder of results holds every "
            "scenario in full, "
            "with its digest, in manifest.json.",
            "Where your scenario files and results can be had, with a DOI if there is one.",
        )
    ]
