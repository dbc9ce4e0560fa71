"""What a decision must know beside the answer: what the model cannot tell, what is known, what would change it."""

import math
from collections.abc import Iterator
from itertools import chain

from sim.analysis.targets import WITHIN
from sim.experiment.psa import PsaResult
from sim.experiment.replications import Progress
from sim.outcomes import Perspective, why_not_told
from sim.report.answers import caveat
from sim.report.brief.arms import Arms
from sim.report.brief.facts import Quantity, TargetLine
from sim.report.brief.judging import briefly, judged_rows
from sim.report.sheets.evidence import grades
from sim.report.sheets.numbers import records_of
from sim.report.sheets.outcomes import futures
from sim.report.sheets.targets import stated, targets_told, verdict
from sim.report.sheets.uncertainty import deciding_line, drawn_line, share_text, weighed, worth_of
from sim.report.unrest import unrest
from sim.report.verdicts import CLAIMS, MAYBE
from sim.report.wording import group_words, input_words, measures, metric_words, place_title, value_text
from sim.report.words import listed, sentence, some
from sim.scenario import Scenario
from sim.scenario.cards import card_for
from sim.scenario.differences import differences
from sim.scenario.fields import numbers

MOST_UNTOLD, MOST_TURNING = 5, 6
CLOSE = 0.01
"""An adjusted p value from here on is not far from where a finding ends."""
KNOWN_LEAST = 3
APART = 3 / (2 * 1.96)
"""Of the width of a 95 % interval: means that are further apart than three standard errors are not the same."""


def sure(arms: Arms) -> str:
    """What intervals hold, and what they do not."""
    if arms.study.replications < 2:
        return caveat(1)
    if arms.psa is not None:
        brackets = "what uncertain inputs leave open (none found: too little to tell from chance); what chance does"
        return f"In this model. {drawn_line(arms.psa)} In brackets: {brackets}."
    counts = grades(arms.study.results[arms.baseline].scenario)
    known, whose = sum(counts.values()) - counts["choice"], "today's" if arms.options else "the"
    return (
        f"In this model with these inputs. Only chance is in the intervals (95 %, of {futures(arms.study.replications)}"
        f"{' of each' if arms.options else ''}); inputs were not varied: of {known} numbers that {whose} programme "
        f"takes as known, {counts['assumption']} are assumptions."
    )


def untold(arms: Arms) -> tuple[str, ...]:
    """What matters for these options and is not in the model, or not known."""
    return tuple(_untold(arms))[: MOST_UNTOLD - (len(arms.options) > 2)]


def _untold(arms: Arms) -> Iterator[str]:
    scenario = arms.study.results[arms.baseline].scenario
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


def turning(arms: Arms, stated: Arms, perspective: Perspective, progress: Progress | None = None) -> tuple[str, ...]:
    """What would change the answer, as far as that can be told without simulating more. stated: without draws.
    progress: of inputs that are looked at, which takes long of many."""
    of_draws = None if arms.psa is None else _inputs_of_draws(arms, arms.psa, stated, perspective, progress)
    inputs = _unknown_inputs(arms) if of_draws is None else of_draws
    return tuple(chain(_chance(arms), _break_even(arms), inputs, _moving(arms)))[:MOST_TURNING]


def _chance(arms: Arms) -> Iterator[str]:
    close = {
        label: [
            briefly(arms, row["metric"])
            for row in judged_rows(arms, label)
            if row["verdict"] == MAYBE or (row["verdict"] in CLAIMS and row["p_adjusted"] >= CLOSE)
        ]
        for label in arms.options
    }
    if len(close) < 3:
        whose = {label: f" for {arms.programmes[label].row}" if len(close) > 1 else "" for label in close}
        lines = [(whose[label], words) for label, words in close.items() if words]
    else:
        every = list(dict.fromkeys(words for named in close.values() for words in named))
        lines = [("", every)] if every else []
    for of, words in lines:
        yield f"More simulated futures may turn what is found{of} in {some(words, 3)}."


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
            if of_draws := pays_in_draws(arms, label, name):
                yield f"{title} are {of_draws}."
                continue
            used = f"{title} are {100 * share:.0f} % in use with {arms.programmes[label].column}"
            if math.isnan(needed):
                yield f"{used}; they cannot pay for themselves: a day in use brings in no more than it costs."
            elif needed > 1:
                yield f"{used}, and would not pay for themselves if all of them were always in use."
            else:
                yield f"{used}, and would pay for themselves at {100 * needed:.0f} %."


def pays_in_draws(arms: Arms, label: str, place: str) -> str:
    """How full places are on average over draws, and in which share of these they pay for themselves: where their
    margin is above 0; "" where draws do not tell it."""
    metrics = f"occupancy.{place}", f"margin.place.{place}.total"
    if arms.psa is None or not set(metrics).issubset(arms.psa.about["metrics"]):
        return ""
    at = arms.psa.scenarios.index(label)
    in_use, margin = (arms.psa.spread(arms.psa.values(metric)[:, :, at]) for metric in metrics)
    if in_use is None or margin is None:
        return ""
    used = f"{100 * in_use.mean:.0f} % in use with {arms.programmes[label].column} on average over draws"
    return f"{used}, and pay for themselves in {share_text(margin.above, margin.above_low, margin.above_high)} of draws"


def _inputs_of_draws(
    arms: Arms, psa: PsaResult, stated: Arms, perspective: Perspective, progress: Progress | None
) -> Iterator[str]:
    """Which input decides; and where an outcome is another on average over draws than at the inputs as stated."""
    if not arms.options:
        return
    worth, not_told = weighed(psa, worth_of("qaly", perspective, why_not_told("qaly", arms.scenarios.values())))
    if worth is not None or not_told:
        decides = deciding_line(psa, worth, progress) if worth else f"{sentence(not_told)}."
        yield f"Better known inputs. {decides}"
    parts = []
    for label, row in ((each, row) for each in arms.options for row in judged_rows(arms, each)):
        mean, at_inputs = (each.difference(label, row["metric"])[0] for each in (arms, stated))
        widths = (
            (mean.inputs_high - mean.inputs_low) / math.sqrt(len(psa.draws)),
            *(each.high - each.low for each in (mean, at_inputs)),
        )
        if abs(mean.value - at_inputs.value) > math.hypot(*widths) * APART:
            whose = f" for {arms.programmes[label].row}" if len(arms.options) > 1 else ""
            words = briefly(arms, row["metric"])
            parts.append(f"{words}{whose} {mean.beside(words)}, not {at_inputs.beside(words)}")
    if parts:
        yield f"On average over draws the answer is not that at the inputs as stated: {some(parts, 3)}."


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
            unit = f" {card.unit}" if card.unit not in (None, "1", "share", "ratio") else ""
            line = f"{input_words(path, scenario)}, {value_text(values[path])}{unit} ({low} to {high}; {card.grade})"
            widths[path] = width, line
    named = [
        text for _, text in sorted(widths.values(), key=lambda each: -each[0])[: KNOWN_LEAST - (len(arms.options) > 2)]
    ]
    least = f" Known least of what is new: {'; '.join(named)}." if named else ""
    yield (
        f"Other inputs: none was varied here, so which of them could turn the answer is not known. To find out, vary "
        f"each by itself (stepdown tornado), and all together (stepdown psa).{least}"
    )


def _moving(arms: Arms) -> Iterator[str]:
    moving = [arms.programmes[label].within_sentence for label, result in arms.study.results.items() if unrest(result)]
    if moving:
        verb = "is" if len(moving) == 1 else "are"
        yield f"A longer or later time: {listed(moving)} {verb} still changing at the end of what is measured."


def _target(name: str, scenario: Scenario) -> str:
    """A target as it is called, and what it is of: the median of a wait is not the mean that stands elsewhere."""
    target, called = scenario.targets[name], name.replace("_", " ")
    if target.day is not None or target.month is not None or target.metric not in measures([scenario], [target.metric]):
        return called
    of = f" of {group_words([scenario], *next(iter(target.group.items())))}" if target.group else ""
    return f"{called} ({metric_words(target.metric, scenario)}{of})"


def target_lines(arms: Arms) -> tuple[TargetLine, ...]:
    """What is known of the programmes beside what the model shows, of draws where they kept it; those that are missed
    first."""
    lines, targets = [], targets_told(arms.study, arms.psa)
    for row in records_of(targets):
        label, inputs = row["scenario"], [row.get(end, math.nan) for end in ("inputs_low", "inputs_high")]
        shown = Quantity(row["mean"], row["ci_low"], row["ci_high"], row["unit"], False, *inputs)
        of_draws = not math.isnan(row.get("within_in", math.nan))
        missed = row["within_in"] < 0.5 if of_draws else row["verdict"] != WITHIN
        said_of = f"{stated(row)} {row['unit']}"
        lines.append(
            TargetLine(
                arms.programmes[label].column,
                _target(row["target"], arms.study.results[label].scenario),
                said_of,
                *(shown, verdict(row), missed),
            )
        )
    return tuple(sorted(lines, key=lambda line: not line.missed))
