"""STRESS-DES, the checklist of reports on discrete-event simulations, filled in as far as a scenario knows.

Monks, Currie, Onggo, Robinson, Kunc and Taylor 2019, Strengthening the reporting of empirical simulation studies:
introducing the STRESS guidelines, Journal of Simulation 13(1), 55-67, doi:10.1080/17477778.2018.1442155, version 1.0.
What an item asks for is put in our words.
"""

import platform
from collections.abc import Mapping

from sim.experiment import Study
from sim.report.checklist_items import (
    Item,
    arrivals,
    each,
    evidence,
    levels,
    names,
    places,
    population,
    questions,
    sources,
)
from sim.report.provenance import Provenance
from sim.report.warm_up import warm_up_verdict
from sim.report.words import listed, shortened
from sim.scenario import Scenario
from sim.scenario.differences import differences

CITATION = "STRESS-DES 1.0 (Monks et al. 2019, Journal of Simulation 13(1), doi:10.1080/17477778.2018.1442155)"


def stress_items(
    scenarios: Mapping[str, Scenario], provenance: Provenance, study: Study | None = None
) -> dict[str, list[Item]]:
    """The 20 items by section, in order, one of them in five parts. study: what was simulated, if it was."""
    first = next(iter(scenarios.values()))
    return {
        "Objectives": _objectives(scenarios, first, study),
        "Logic": _logic(scenarios, first),
        "Data": _data(scenarios, first),
        "Experimentation": _experimentation(first, study),
        "Implementation": _implementation(provenance),
        "Code access": _code_access(provenance),
    }


def _objectives(scenarios: Mapping[str, Scenario], first: Scenario, study: Study | None) -> list[Item]:
    one = len(scenarios) == 1
    aims = (
        f"One scenario, {names(scenarios)}; nothing is compared."
        if one
        else f"Scenario-based analysis: {names(scenarios)}. The first is the baseline."
    )
    expected = [s.hypothesis for s in scenarios.values() if s.hypothesis]
    hypothesis = f" Expected answer: {shortened(expected[-1], 400)}" if expected else ""
    shown = "in this report" if study is not None else "by stepdown run and stepdown compare"
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
            "replications; "
            "differences are paired by replication, with p values adjusted by Holm.",
            "Which of the outcomes are primary, if any.",
        ),
        Item(
            *("1.3", "Experimentation aims", "What was investigated: scenarios, design of experiments, optimisation."),
            aims + hypothesis,
            "Why these scenarios." if not one else "Why this scenario, if its result is published on its own.",
        ),
    ]


def _logic(scenarios: Mapping[str, Scenario], first: Scenario) -> list[Item]:
    baseline, *others = scenarios
    changed = []
    for label in others:
        paths = [path for path, _, _ in differences(scenarios[baseline], scenarios[label])]
        some = listed([shortened(path, 80) for path in paths[:12]])
        more = f" and {len(paths) - 12} more" if len(paths) > 12 else ""
        changed.append(
            f"{shortened(label, 60)} differs in {some}{more}." if paths else f"{shortened(label, 60)}: same inputs."
        )
    ranks = [name for name, level in first.levels.items() if level.priority]
    leaves = [name for name, level in first.levels.items() if level.patience is not None]
    queues = "first come, first served"
    queues += f", within priority classes in {listed(ranks)}" if ranks else " in every level"
    queues += f"; people give up waiting (reneging) for {listed(leaves)}" if leaves else "; nobody gives up waiting"
    return [
        Item(
            *("2.1", "Base model overview diagram", "The model in a diagram and in words."),
            f"Levels of care: {each(scenarios, [levels(s) for s in scenarios.values()])}. After discharge people "
            "may relapse, "
            "recover without care, come back, or die.",
            "The diagram: stepdown draw SCENARIO.",
        ),
        Item(
            *("2.2", "Base model logic", "How the model works, enough for a reader to follow."),
            "Described mechanism by mechanism, with formulas, in docs/model.md of Stepdown: asking for care, "
            "entry, stays "
            "and their competing ends, places and waiting, hand-over, relapse, return, death.",
            "What of it matters most for this study.",
        ),
        Item(
            *("2.3", "Scenario logic", "How scenarios differ from the base model."),
            " ".join(changed) or "There is one scenario only.",
            "In plain words, what each difference stands for in practice." if changed else "",
        ),
        Item(
            *("2.4", "Algorithms", "Algorithms that mimic complex or manual processes."),
            "Placement by entry rules, waiting lists by priority, continued-stay reviews, early step-down, "
            "hand-over by "
            "hold, release or bridge, and the relapse clock: docs/model.md, sections 1 to 7.",
        ),
        Item(
            *("2.5.1", "Components: entities", "Entities, their role and attributes."),
            f"Patients, with {each(scenarios, [population(s) for s in scenarios.values()])}; and a hidden "
            "frailty of log sd "
            f"{first.frailty.sd:g}.",
        ),
        Item(
            *("2.5.2", "Components: activities", "What entities do, and how they are routed."),
            "Asking, waiting, staying in a level until the earliest of its ends (plan completed, drop-out, burn-out, "
            "termination, transfer, relapse, death), the lag before the next level, and life outside care.",
        ),
        Item(
            *("2.5.3", "Components: resources", "Resources and the activities that use them."),
            f"Places: {each(scenarios, [places(s) for s in scenarios.values()])}. Staff are not simulated; hours and "
            "full-time clinicians are computed from the census.",
        ),
        Item(
            *("2.5.4", "Components: queues", "Queueing discipline, reneging, balking, limits."),
            f"One waiting list a level: {queues}. No balking, and no limit to a list.",
        ),
        Item(
            *("2.5.5", "Components: entry and exit points", "Where entities come in and go out."),
            f"Arrivals: {each(scenarios, [arrivals(s) for s in scenarios.values()])}, by inverting the "
            "cumulative rate. People "
            "leave by death or at the end of their follow-up; transfer to another operator ends what is seen of "
            "their care.",
        ),
    ]


def _data(scenarios: Mapping[str, Scenario], first: Scenario) -> list[Item]:
    cards = each(scenarios, [evidence(s) for s in scenarios.values()])
    return [
        Item(
            *("3.1", "Data sources", "Every source, with sample size and dates."),
            f"Each number's source is on its evidence card. Sources named: {sources(first) or 'none'}.",
            "Full references with DOI; sample sizes and date ranges where a card does not say; data of your own.",
        ),
        Item(
            *("3.2", "Pre-processing", "What was done to data before their use."),
            "What was fitted, rescaled or worked out is in the note of the card, as far as it says so.",
            "How data of your own were cleaned, and how gaps and outliers were treated.",
        ),
        Item(
            *("3.3", "Input parameters", "All inputs, with distributions and values."),
            f"Numbers by grade of evidence: {cards}. The scenario file and manifest.json hold every value; the "
            "report lists "
            "those with a card, its range and source.",
            "Why distributions have the form that they have, where a card does not say.",
        ),
        Item(
            *("3.4", "Assumptions", "What is assumed where data or knowledge are missing."),
            "Inputs of grade assumption are listed as such in the report; structural assumptions in "
            "docs/model.md, Limits.",
            "Which of the assumptions your setting violates, and in which direction that works.",
        ),
    ]


def _experimentation(first: Scenario, study: Study | None) -> list[Item]:
    time = first.time
    closed = first.arrivals.closed_cohort is not None
    start = "people present on day 0 fill the system" if first.initial else "the system starts empty"
    kind = "Terminating: a closed cohort is followed to the end" if closed else "Non-terminating"
    if study is None:
        verdict, runs, left = "", "Not simulated yet.", "Simulate it, and say how many replications and why so many."
        judged = "Judge the warm-up with stepdown warmup."
    else:
        verdict = " ".join(dict.fromkeys(warm_up_verdict(result.warm_up()) for result in study.results.values()))
        runs = (
            f"{study.replications} independent replications of each scenario, seed "
            f"{study.results[study.baseline].seed}, paired by common random numbers."
        )
        for reached in study.reached:
            what = f"{reached.precision.metric} within {reached.precision.text}"
            runs += f" Precision asked for: {what}, {'reached' if reached.replications else 'NOT reached'}."
        left = "" if study.reached else "Why that number of replications is enough (or set it by --precision)."
        judged = ""
    total = time.warm_up_days + time.recruitment_days + time.follow_up_days
    return [
        Item(
            *("4.1", "Initialisation", "Terminating or not, warm-up, initial conditions."),
            f"{kind}; {start}; warm-up of {time.warm_up_days:g} days. {verdict}".strip(),
            judged,
        ),
        Item(
            *("4.2", "Run length", "How long a run is, and in what unit."),
            f"{total:g} days: {time.warm_up_days:g} of warm-up, {time.recruitment_days:g} of recruitment, "
            f"{time.follow_up_days:g} of follow-up of each member of the cohort; time is continuous, in days.",
        ),
        Item(*("4.3", "Estimation approach", "How chance is dealt with; replications and why so many."), runs, left),
    ]


def _implementation(provenance: Provenance) -> list[Item]:
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    return [
        Item(
            *("5.1", "Software or programming language", "Operating system, software, languages and libraries."),
            f"Stepdown {provenance.version}; {versions or 'libraries not recorded'}.",
            "The operating system.",
        ),
        Item(
            *("5.2", "Random sampling", "Generators, and how streams are given out."),
            "Philox counters keyed by a BLAKE2b hash of seed, replication and decision: a draw is a function of seed, "
            "replication, decision, patient and occurrence. Durations by inversion of one unit exponential. "
            "Common random "
            "numbers across scenarios.",
        ),
        Item(
            *("5.3", "Model execution", "Event processing, priorities, parallel computing."),
            "Process interaction (SimPy). At one instant: what frees or asks for places first, then one round of "
            "grants, "
            "then what ends a wait. Replications may run in parallel, which changes no number.",
        ),
        Item(
            *("5.4", "System specification", "Run time and hardware."),
            "Not recorded: results do not depend on it.",
            f"Processor, memory and run time (this page was written on {platform.system()} {platform.machine()}).",
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
