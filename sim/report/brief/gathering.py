"""What a brief says, gathered from a study."""

from collections.abc import Iterator

from sim.experiment.psa import PsaResult
from sim.experiment.replications import Progress
from sim.experiment.result import Study
from sim.outcomes import Perspective
from sim.report.brief.arms import NOTHING, Arms, arms_of
from sim.report.brief.doubts import sure, target_lines, turning, untold
from sim.report.brief.facts import Brief, Cell, MoneyRow, Option
from sim.report.brief.gains import explained, gains
from sim.report.brief.judging import claims, condition_of, in_draws, opening, verdict_of, weighed_by, without_claim
from sim.report.brief.numbers import number_rows, title_of_numbers
from sim.report.brief.paying import paying
from sim.report.brief.places import picture_of
from sim.report.change import change_line
from sim.report.sheets.numbers import number
from sim.report.sheets.outcomes import futures
from sim.report.sheets.targets import not_of_draws, targets_told
from sim.report.verdicts import MAYBE, NOT_FOUND, UNDECIDED
from sim.report.wording import measured_time, place_title, span
from sim.report.words import listed, shortened
from sim.scenario.policy import decision_line

LONGEST_DECISION = 280
MOST_UNDECIDED = 3


def brief_of(
    study: Study,
    perspective: Perspective = "society",
    psa: PsaResult | None = None,
    progress: Progress | None = None,
) -> Brief:
    """What the two pages say of a comparison, or of a single run. perspective: whose costs a QALY is held against.

    psa: of the same scenarios, whose draws then tell how sure it is. progress: of its inputs, each of which is looked
    at for what it is worth to know. Raises ValueError if it is of others.
    """
    arms = arms_of(study, psa)
    stated = arms.at_inputs or arms
    baseline, *labels = arms.study.results
    rows = number_rows(arms)
    more = len(study.results) - len(arms.study.results)
    who, at_inputs = gains(arms), " at the inputs as stated" if arms.groups_told_by()[0] is not None else ""
    return Brief(
        title=_title(arms),
        subtitle=_subtitle(arms),
        sure=sure(arms),
        held="in this model" if psa is not None else "in this model with these inputs",
        intervals=arms.intervals,
        change=change_line(arms.programmes[baseline].name, study.change) if labels else "",
        weighed=_counted(arms) + weighed_by(arms, perspective),
        today=arms.programmes[baseline],
        today_places=_places(arms),
        options=tuple(
            _option(arms, label, perspective, who[label], explained(arms, label, at_inputs)) for label in labels
        ),
        more_options=f"{more} more {'option is' if more == 1 else 'options are'} in the tables below." if more else "",
        untold=untold(arms),
        picture=picture_of(arms),
        varied=psa is not None,
        targets_stated=not_of_draws(targets_told(arms.study, arms.psa)),
        groups_stated=arms.groups_told_by()[1] if labels else "",
        money=tuple(_money(arms)),
        currency=_currency(arms),
        money_columns=tuple(each.row for each in arms.programmes.values()),
        columns=tuple(f"{each.row}: {each.column}" if labels else each.column for each in arms.programmes.values()),
        numbers=rows,
        numbers_title=title_of_numbers(arms, rows),
        targets=target_lines(arms),
        paying=paying(arms),
        turning=turning(arms, stated, perspective, progress),
    )


def _title(arms: Arms) -> str:
    today, *options = (programme.name for programme in arms.programmes.values())
    # Names with commas of their own would be more than there are.
    named = "; ".join(options) if any("," in name for name in options) else listed(options)
    return f"{named}, against {today}" if options else today


def _subtitle(arms: Arms) -> str:
    of_each = " of each, the same people with the same luck" if arms.options else ""
    return f"Simulated with Stepdown: {futures(arms.study.replications)}{of_each}."


def _places(arms: Arms) -> str:
    scenario = arms.study.results[arms.baseline].scenario
    titles = {name: place_title(scenario, name) for name in scenario.places}
    lower = {name: title if title[1:2].isupper() else title[:1].lower() + title[1:] for name, title in titles.items()}
    words = [f"{number(place.capacity)} {lower[name]}" for name, place in scenario.places.items()]
    return shortened(listed(words), 300) if words else "no places that could be full"


def _currency(arms: Arms) -> str:
    """In what money is counted, and over which time."""
    scenario = arms.scenarios[arms.baseline]
    return f"{scenario.currency} of {scenario.price_year}, in {measured_time(scenario)}"


def _counted(arms: Arms) -> str:
    scenario = arms.scenarios[arms.baseline]
    follow_up = span(scenario.time.follow_up_days)
    return (
        f"What becomes of patients is counted within {follow_up} of first asking for care; waits, places and the money "
        f"of all together in {measured_time(scenario)}."
    )


def _option(arms: Arms, label: str, perspective: Perspective, who: str, parts: str) -> Option:
    baseline, scenario = (arms.study.results[each].scenario for each in (arms.baseline, label))
    condition = "" if arms.psa is not None else condition_of(arms, label, perspective)
    word, because = in_draws(arms, label, perspective)
    if not word:
        word, because = verdict_of(arms, label, condition)
    decision, besides = decision_line(baseline, scenario, whole_links=len(arms.options) < 2)
    return Option(
        programme=arms.programmes[label],
        decision=shortened(decision or "Change nothing: no input differs", LONGEST_DECISION),
        besides=shortened(besides, LONGEST_DECISION),
        opening=opening(arms, label),
        verdict=word,
        because=because,
        condition=condition,
        better=claims(arms, label, "better"),
        worse=claims(arms, label, "worse"),
        maybe=without_claim(arms, label, MAYBE),
        undecided=_first(without_claim(arms, label, UNDECIDED)),
        unfound=without_claim(arms, label, NOT_FOUND),
        gains=shortened(who, 520),
        explained=parts,
    )


def _first(outcomes: tuple[str, ...]) -> tuple[str, ...]:
    """As many as there is room for, and how many more."""
    more = len(outcomes) - MOST_UNDECIDED
    return (*outcomes[:MOST_UNDECIDED], f"{more} more") if more > 1 else outcomes


def _money(arms: Arms) -> Iterator[MoneyRow]:
    """The budget, and the margin where any programme has rates."""
    for metric, words in (("cost.total", "budget"), ("margin.total", "margin: what rates bring in, less the budget")):
        if metric in arms.measured:
            yield MoneyRow(words, tuple(_cell(arms, label, metric) for label in arms.study.results))


def _cell(arms: Arms, label: str, metric: str) -> Cell:
    change, word = (NOTHING, "") if label == arms.baseline else arms.difference(label, metric)
    return Cell(arms.level(label, metric), change, word, arms.verdict_text(label, metric), "")
