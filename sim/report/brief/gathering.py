"""What a brief says, gathered from a study."""

from collections.abc import Iterator

from sim.experiment.result import Study
from sim.outcomes import Perspective
from sim.report.answers import caveat
from sim.report.brief.arms import NOTHING, Arms, arms_of
from sim.report.brief.doubts import target_lines, turning, untold
from sim.report.brief.facts import Brief, Cell, MoneyRow, Option
from sim.report.brief.gains import explained, gains, unsplit
from sim.report.brief.judging import bearers, claims, condition_of, unfound, verdict_of, weighed_by
from sim.report.brief.numbers import number_rows, title_of_numbers
from sim.report.brief.places import DAYS_OF_A_YEAR, picture_of
from sim.report.change import change_line
from sim.report.sheets.numbers import number
from sim.report.sheets.outcomes import futures
from sim.report.wording import place_title
from sim.report.words import listed, shortened
from sim.scenario.policy import decision_line

LONGEST_DECISION = 280


def brief_of(study: Study, perspective: Perspective = "society") -> Brief:
    """What the two pages say of a comparison, or of a single run. perspective: whose costs a QALY is held against."""
    arms = arms_of(study)
    baseline, *labels = arms.study.results
    rows = number_rows(arms)
    more = len(study.results) - len(arms.study.results)
    who = gains(arms)
    return Brief(
        title=_title(arms),
        subtitle=_subtitle(arms),
        only_chance=caveat(study.replications),
        change=change_line(arms.programmes[baseline].name, study.change) if labels else "",
        weighed=weighed_by(arms, perspective),
        today=arms.programmes[baseline],
        today_places=_places(arms),
        options=tuple(_option(arms, label, perspective, who[label]) for label in labels),
        more_options=f"{more} more {'option is' if more == 1 else 'options are'} in the tables below." if more else "",
        untold=untold(arms),
        picture=picture_of(arms),
        money=tuple(_money(arms)),
        currency=f"{arms.scenarios[baseline].currency} of {arms.scenarios[baseline].price_year}{_days(arms)}",
        money_columns=tuple(each.row for each in arms.programmes.values()),
        columns=tuple(f"{each.row}: {each.column}" if labels else each.column for each in arms.programmes.values()),
        numbers=rows,
        numbers_title=title_of_numbers(arms, rows),
        targets=target_lines(arms),
        turning=turning(arms),
        unsplit=unsplit(arms) if labels else "",
    )


def _title(arms: Arms) -> str:
    today, *options = (programme.name for programme in arms.programmes.values())
    return f"{listed(options)}, against {today}" if options else today


def _subtitle(arms: Arms) -> str:
    of_each = " of each, the same people with the same luck" if arms.options else ""
    return f"Simulated with Stepdown: {futures(arms.study.replications)}{of_each}."


def _places(arms: Arms) -> str:
    scenario = arms.study.results[arms.baseline].scenario
    titles = {name: place_title(scenario, name) for name in scenario.places}
    lower = {name: title if title[1:2].isupper() else title[:1].lower() + title[1:] for name, title in titles.items()}
    words = [f"{number(place.capacity)} {lower[name]}" for name, place in scenario.places.items()]
    return shortened(listed(words), 300) if words else "no places that could be full"


def _days(arms: Arms) -> str:
    """Over how many days money is counted."""
    start, end = arms.scenarios[arms.baseline].window
    return ", in the year that is measured" if end - start == DAYS_OF_A_YEAR else f", in {end - start:g} days"


def _option(arms: Arms, label: str, perspective: Perspective, who: str) -> Option:
    baseline, scenario = (arms.study.results[each].scenario for each in (arms.baseline, label))
    word, because = verdict_of(arms, label)
    decision, besides = decision_line(baseline, scenario)
    return Option(
        programme=arms.programmes[label],
        decision=shortened(decision or "Change nothing: no input differs", LONGEST_DECISION),
        besides=shortened(besides, LONGEST_DECISION),
        verdict=word,
        because=because,
        condition=condition_of(arms, label, perspective),
        better=claims(arms, label, "better"),
        worse=claims(arms, label, "worse"),
        unfound=unfound(arms, label),
        bearers=bearers(arms, label),
        gains=shortened(who, 520),
        explained=explained(arms, label),
    )


def _money(arms: Arms) -> Iterator[MoneyRow]:
    """The budget, and the margin where any programme has rates."""
    for metric, words in (("cost.total", "budget"), ("margin.total", "margin: what rates bring in, less the budget")):
        if metric in arms.measured:
            yield MoneyRow(words, tuple(_cell(arms, label, metric) for label in arms.study.results))


def _cell(arms: Arms, label: str, metric: str) -> Cell:
    change, word = (NOTHING, "") if label == arms.baseline else arms.difference(label, metric)
    return Cell(arms.level(label, metric), change, word, "")
