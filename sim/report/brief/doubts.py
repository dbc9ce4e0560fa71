"""What a decision must know beside the answer: what the model cannot tell, what is known, what would change it."""

import math
from collections.abc import Iterator
from itertools import chain

from sim.analysis.targets import WITHIN
from sim.analysis.uncertainty.simulation_noise import NORMAL
from sim.experiment.psa import PsaResult
from sim.experiment.replications import Progress
from sim.outcomes import Perspective, why_not_told
from sim.report.answers import caveat
from sim.report.brief.arms import Arms
from sim.report.brief.break_even import break_even
from sim.report.brief.facts import Quantity, TargetLine
from sim.report.brief.judging import briefly, change_of, judged_rows
from sim.report.brief.weighing import hinge
from sim.report.sheets.evidence import grades
from sim.report.sheets.numbers import records_of
from sim.report.sheets.outcomes import futures
from sim.report.sheets.targets import stated, targets_told, verdict
from sim.report.sheets.uncertainty import deciding_line, of_another_version, priced, share_text, weighed, worth_of
from sim.report.unrest import unrest
from sim.report.verdicts import CLAIMS, MAYBE
from sim.report.wording import group_words, input_words, measures, metric_words, value_text
from sim.report.words import listed, sentence, some
from sim.scenario import Scenario
from sim.scenario.cards import card_for
from sim.scenario.differences import differences
from sim.scenario.fields import numbers

MOST_UNTOLD, MOST_TURNING = 5, 6
AT_INPUTS = "What is told at the inputs as stated is of {} of each programme."
BRACKETS = "In brackets: where 95 % of draws lie, as uncertain inputs leave it open; ±: chance (95 %)."
AGREEING = "Where all draws agree, that is told as {} of them, the least that so many tell."
CLOSE = 0.01
"""An adjusted p value from here on is not far from where a finding ends."""
KNOWN_LEAST, MOST_APART = 3, 6
APART = 3 / (2 * 1.96)
"""Of the width of a 95 % interval: means that are further apart than three standard errors are not the same."""


def sure(arms: Arms) -> str:
    """What intervals hold, and what they do not."""
    if arms.study.replications < 2:
        return caveat(1)
    if arms.psa is not None:
        draws = f"{_of_draws(arms.psa)} {AT_INPUTS.format(futures(arms.study.replications))} {BRACKETS}"
        return f"In this model. {draws} {AGREEING.format(_of_agreeing(len(arms.psa.draws)))}"
    counts = grades(arms.study.results[arms.baseline].scenario)
    bare, whose = counts.pop("", 0), "today's" if arms.options else "the"
    known, without = sum(counts.values()) - counts["choice"], f"; {bare} more have no evidence card" if bare else ""
    return (
        f"In this model with these inputs. Only chance is in the brackets (95 %, of {futures(arms.study.replications)}"
        f"{' of each' if arms.options else ''}); inputs were not varied: of {known} numbers that {whose} programme "
        f"takes from evidence, {counts['assumption']} are assumed{without}."
    )


def _of_agreeing(draws: int) -> str:
    """What is told of a share of so many draws that is all of them (Wilson 1927)."""
    return share_text(1.0, draws / (draws + NORMAL**2), 1.0)


def _of_draws(psa: PsaResult) -> str:
    """Of how many draws, of how many inputs, numbers are, what became of others, and whether another version did it."""
    left = f"; {psa.left_out} broke a rule or are not simulated, and are left out" if psa.left_out else ""
    return (
        f"Numbers are means over {len(psa.draws)} draws of {len(psa.drawn().columns)} inputs from their evidence "
        f"cards, with {futures(int(psa.about['replications']))} of each draw{priced(psa)}{left}; what has no range is "
        f"taken as certain.{of_another_version(psa)}"
    )


def untold(arms: Arms) -> tuple[str, ...]:
    """What matters for these options and is not in the model, or not known."""
    return tuple(_untold(arms))[: MOST_UNTOLD - (len(arms.options) > 2)]


def _untold(arms: Arms) -> Iterator[str]:
    scenario = arms.study.results[arms.baseline].scenario
    others = [arms.study.results[label].scenario for label in arms.options]
    if any(other.places != scenario.places for other in others):
        carried = ", though people in care and on lists are carried over" if arms.study.change else ""
        yield (
            "What it takes to get there: building, hiring, training, notice and lost trust cost nothing here and take "
            f"no days{carried}."
        )
        yield "Whether staff are found: places are counted here, not people and their shifts."
    if "opioids" in scenario.population.get("substance", {}) and not any(
        each.medications for each in (scenario, *others)
    ):
        yield (
            f"Medication for opioid use disorder: none is given here, though "
            f"{scenario.population['substance']['opioids']:.0%} use opioids.".replace("%", " %")
        )
    if any(level.has_list for level in scenario.levels.values()):
        shorter = "" if _waits_are_met(arms) else " Waits come out shorter than programmes report."
        yield f"How demand reacts: as many people ask, whatever the wait.{shorter}"
    if scenario.reimbursement:
        yield "What payers do: rates stay as they are, and care goes on where a payer refuses to pay for it."
    yield "Who goes elsewhere: care by other providers is not seen."


def _waits_are_met(arms: Arms) -> bool:
    """Whether a wait that somebody knows of today's programme is the model's."""
    result = arms.study.results[arms.baseline]
    met = [row["target"] for row in records_of(result.targets()) if row["verdict"] == WITHIN]
    return any(result.scenario.targets[name].metric.startswith("wait.") for name in met)


def turning(arms: Arms, perspective: Perspective, progress: Progress | None = None) -> tuple[str, ...]:
    """What would change the answer, as far as that can be told without simulating more. progress: of inputs that are
    looked at, which takes long of many."""
    inputs = _unknown_inputs(arms) if arms.psa is None else _inputs_of_draws(arms, arms.psa, perspective, progress)
    lines = _time_of_patients(arms, perspective), _chance(arms), break_even(arms)[1], inputs, _moving(arms)
    return tuple(chain(*lines))[:MOST_TURNING]


def _time_of_patients(arms: Arms, perspective: Perspective) -> Iterator[str]:
    """At which share of its worth what patients bear turns the verdict."""
    for label in arms.options:
        if on := hinge(arms, label, perspective):
            whose = f" with {arms.programmes[label].row}" if len(arms.options) > 1 else ""
            yield (
                f"If what patients bear{whose}{f', {on.time},' if on.time else ''} counted for less than "
                f"{100 * on.share:.0f} % of its worth here{on.stated}, {on.better} would be better for society."
            )


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
        yield f"Chance: more simulated futures may turn what is said{of} of {some(words, 4)}."


def _inputs_of_draws(arms: Arms, psa: PsaResult, perspective: Perspective, progress: Progress | None) -> Iterator[str]:
    """Which input decides."""
    if not arms.options:
        return
    worth, not_told = weighed(psa, worth_of("qaly", perspective, why_not_told("qaly", arms.scenarios.values())))
    if worth is not None or not_told:
        decides = deciding_line(psa, worth, progress) if worth else f"{sentence(not_told)}."
        yield f"Better known inputs. {decides}"


def apart(arms: Arms) -> str:
    """Where an outcome is another on average over draws than at the inputs as stated; "" where none is."""
    if arms.psa is None or arms.at_inputs is None:
        return ""
    parts = []
    for label, row in ((each, row) for each in arms.options for row in judged_rows(arms, each)):
        mean, at_inputs = (change_of(each, label, row["metric"])[0] for each in (arms, arms.at_inputs))
        widths = (
            (mean.inputs_high - mean.inputs_low) / math.sqrt(len(arms.psa.draws)),
            *(each.high - each.low for each in (mean, at_inputs)),
        )
        if abs(mean.value - at_inputs.value) > math.hypot(*widths) * APART:
            whose = f" for {arms.programmes[label].row}" if len(arms.options) > 1 else ""
            words = briefly(arms, row["metric"])
            parts.append(f"{words}{whose} {mean.beside(words)}, not {at_inputs.beside(words)}")
    most = MOST_APART if len(arms.options) < 3 else KNOWN_LEAST
    return (
        f"On average over draws the answer is not that at the inputs as stated: {some(parts, most)}." if parts else ""
    )


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
