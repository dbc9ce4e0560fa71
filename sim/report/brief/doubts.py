"""What the model cannot tell that matters here, and what would change its answer."""

import math
from collections.abc import Iterator

from sim.analysis.targets import WITHIN
from sim.experiment.explanation import explain_kept
from sim.outcomes.contributions import decomposable
from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import groups_answer
from sim.report.brief.arms import Arms
from sim.report.brief.facts import Quantity, TargetLine
from sim.report.brief.judging import judged_rows, short_words, some
from sim.report.sheets.evidence import grades
from sim.report.sheets.groups import CHANGED, group_differences
from sim.report.sheets.numbers import p_text, records_of
from sim.report.sheets.targets import stated, verdict
from sim.report.unrest import unrest
from sim.report.verdicts import CLAIMS, MAYBE
from sim.report.wording import measures, place_title, title_of, value_text
from sim.report.words import listed, sentence, shortened
from sim.scenario.cards import card_for
from sim.scenario.differences import differences
from sim.scenario.fields import numbers

MOST_UNTOLD, MOST_TURNING = 5, 6
CLOSE = 0.01
"""An adjusted p value from here on is not far from where a finding ends."""
KNOWN_LEAST = 3


def untold(arms: Arms) -> tuple[str, ...]:
    """What matters for these options and is not in the model, or not known."""
    return tuple(_untold(arms))[: MOST_UNTOLD - (len(arms.options) > 2)]


def _untold(arms: Arms) -> Iterator[str]:
    scenario = arms.study.results[arms.baseline].scenario
    counts = grades(scenario)
    known = sum(counts.values()) - counts["choice"]
    yield (
        f"How sure the inputs are: of {known} numbers that today's programme takes as known {counts['assumption']} are "
        f"assumptions; no interval here holds that."
    )
    others = [arms.study.results[label].scenario for label in arms.options]
    if any(other.places != scenario.places for other in others):
        yield "What it takes to get there: building, hiring, training, notice and lost trust have no cost and no days."
        yield "Whether staff are found: they are places here, not people with shifts."
    if "opioids" in scenario.population.get("substance", {}) and not any(
        each.medications for each in (scenario, *others)
    ):
        yield (
            f"Medication for opioid use disorder: none is given here, though "
            f"{scenario.population['substance']['opioids']:.0%} use opioids.".replace("%", " %")
        )
    if any(level.has_list for level in scenario.levels.values()):
        yield (
            "How demand reacts: as many people ask, whatever the wait. Waits come out shorter than programmes report."
        )
    if scenario.reimbursement:
        yield "What payers do: rates stay as they are, and a denial changes nothing of the care."
    yield "Who goes elsewhere: care by other providers is not seen."


def turning(arms: Arms) -> tuple[str, ...]:
    """What would change the answer, as far as that can be told without simulating more."""
    return tuple(line for each in (_chance, _break_even, _unknown_inputs, _moving) for line in each(arms))[
        :MOST_TURNING
    ]


def _chance(arms: Arms) -> Iterator[str]:
    for label in arms.options:
        close = [
            f"{short_words(arms, row['metric'])} (p {p_text(row['p_adjusted'])})"
            for row in judged_rows(arms, label)
            if row["verdict"] == MAYBE or (row["verdict"] in CLAIMS and row["p_adjusted"] >= CLOSE)
        ]
        if close:
            whose = f" for {arms.programmes[label].column}" if len(arms.options) > 1 else ""
            yield f"More simulated futures may turn what is found{whose} in {some(close, 3)}."


def _break_even(arms: Arms) -> Iterator[str]:
    """Of places that an option has more of, how full they would have to be to pay for themselves."""
    baseline = arms.study.results[arms.baseline].scenario
    for label in arms.options:
        scenario = arms.study.results[label].scenario
        for name, place in scenario.places.items():
            before = baseline.places.get(name)
            if scenario.reimbursement is None or (before is not None and before.capacity >= place.capacity):
                continue
            share, needed = (
                arms.mean(label, f"{metric}") for metric in (f"occupancy.{name}", f"break_even.{name}.occupancy")
            )
            title = place_title(scenario, name)
            used = f"{sentence(title)} are {100 * share:.0f} % in use with {arms.programmes[label].column}"
            if math.isnan(needed):
                yield f"{used}; no use of them pays for them: a day in use brings in no more than it costs."
            else:
                yield f"{used}, and would pay for themselves at {100 * needed:.0f} %."


def _unknown_inputs(arms: Arms) -> Iterator[str]:
    """The inputs known least among those that an option states otherwise."""
    baseline = arms.study.results[arms.baseline].scenario
    widths = {}
    for label in arms.options:
        scenario = arms.study.results[label].scenario
        values = numbers(scenario)
        for path, _, _ in differences(baseline, scenario):
            card = card_for(scenario, path)
            if card is None or card.grade == "choice" or card.low is None or card.high is None or path not in values:
                continue
            width = (card.high - card.low) / (abs(values[path]) or 1.0)
            low, high = value_text(card.low), value_text(card.high)
            widths[path] = (
                width,
                f"{shortened(path, 70)} = {value_text(values[path])} ({low} to {high}, {card.grade})",
            )
    named = [
        text for _, text in sorted(widths.values(), key=lambda each: -each[0])[: KNOWN_LEAST - (len(arms.options) > 2)]
    ]
    least = f" Known least of what the options state anew: {'; '.join(named)}." if named else ""
    yield (
        "Your own numbers instead of assumptions: no input was varied here, so which of them could turn the answer is "
        f"not known.{least}"
    )


def _moving(arms: Arms) -> Iterator[str]:
    moving = [arms.programmes[label].column for label, result in arms.study.results.items() if unrest(result)]
    if moving:
        yield f"A longer or later window: not at rest while it is measured are {listed(moving)}; see the answer below."


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
        told_of = groups_answer(of_one.assign(group=of_one["called"]), {metric: of_groups[metric]})
        changed = gaps[(gaps["scenario"] == label) & (gaps["metric"] == metric) & gaps["verdict"].isin(CHANGED)]
        found = [
            f"{row['verdict']} between {row['by']} {row['group']} and {row['reference']} "
            f"({of_groups[metric].change_text(row['change'], row['ci_low'], row['ci_high'])})"
            for row in records_of(changed)
        ]
        gap = (
            f" The gap gets {some(found, 2 if len(arms.options) < 3 else 1)}."
            if found
            else " No gap between groups was found to change."
        )
        lines[label] = f"{' '.join(told_of)}{gap}"
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
    where = title_of(next((s for s in arms.scenarios.values() if name in s.levels), scenario), name)
    return f"Of {change.text} of {short_words(arms, metric)}, {part.whole} are spent in {where}, the largest part."


def unsplit(arms: Arms) -> str:
    """Why no difference is split, where records would be needed for it."""
    if all(_kept(arms, label) for label in arms.options):
        return ""
    return "Where differences come from is not split here, as no records were kept (--keep-records; stepdown explain)."


def _kept(arms: Arms, label: str) -> bool:
    return all(arms.study.results[each].tables is not None for each in (arms.baseline, label))


def target_lines(arms: Arms) -> tuple[TargetLine, ...]:
    """What is known of the programmes beside what the model shows; those that are missed first."""
    lines = []
    for label, result in arms.study.results.items():
        for row in records_of(result.targets()):
            shown = Quantity(row["mean"], row["ci_low"], row["ci_high"], row["unit"])
            missed = row["verdict"] != WITHIN
            said_of = f"{stated(row)} {row['unit']}"
            lines.append(TargetLine(arms.programmes[label].column, row["target"], said_of, shown, verdict(row), missed))
    return tuple(sorted(lines, key=lambda line: not line.missed))
