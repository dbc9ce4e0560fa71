"""What a brief says, gathered from a study."""

from sim.experiment.psa import PsaResult
from sim.experiment.replications import Progress
from sim.experiment.result import Study
from sim.outcomes import Perspective
from sim.outcomes.metric import DAYS_OF_A_YEAR
from sim.report.brief.arms import Arms, arms_of
from sim.report.brief.besides import changed
from sim.report.brief.bill import bill, money_rows
from sim.report.brief.break_even import break_even
from sim.report.brief.clock import clock
from sim.report.brief.doubts import apart, sure, target_lines, turning, untold
from sim.report.brief.facts import Brief, Option
from sim.report.brief.gains import explained, gains
from sim.report.brief.judging import claims, verdict_of, without_claim
from sim.report.brief.numbers import number_rows, title_of_numbers
from sim.report.brief.paying import paying
from sim.report.brief.places import picture_of
from sim.report.brief.weighing import condition_of, hinge, made_up_of, most_draws, weighed_by
from sim.report.sheets.numbers import number
from sim.report.sheets.outcomes import futures
from sim.report.sheets.targets import not_of_draws, targets_told
from sim.report.verdicts import MAYBE, NOT_FOUND, UNDECIDED
from sim.report.wording import measured_time, place_title, span
from sim.report.words import cut_at, listed, shortened
from sim.scenario.policy import decision_line

LONGEST_DECISION = 280


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
        clock=clock(arms),
        weighed=_counted(arms) + weighed_by(arms, perspective),
        today=arms.programmes[baseline],
        today_places=_places(arms),
        demand=_demand(arms),
        options=tuple(
            _option(arms, label, perspective, who[label], explained(arms, label, at_inputs)) for label in labels
        ),
        more_options=f"{more} more {'option is' if more == 1 else 'options are'} in the tables below." if more else "",
        untold=untold(arms),
        picture=picture_of(arms),
        varied=psa is not None,
        targets_stated=not_of_draws(targets_told(arms.study, arms.psa)),
        groups_stated=arms.groups_told_by()[1] if labels else "",
        money=tuple(money_rows(arms)),
        money_note=" ".join(break_even(arms)[0]),
        currency=_currency(arms),
        money_columns=tuple(each.row for each in arms.programmes.values()),
        columns=tuple(f"{each.row}: {each.column}" if labels else each.column for each in arms.programmes.values()),
        numbers=rows,
        numbers_title=title_of_numbers(arms, rows),
        targets=target_lines(arms),
        paying=paying(arms),
        apart=apart(arms),
        turning=turning(arms, perspective, progress),
    )


def _title(arms: Arms) -> str:
    today, *options = (programme.name for programme in arms.programmes.values())
    # Names with commas of their own would be more than there are.
    named = "; ".join(options) if any("," in name for name in options) else listed(options)
    return f"{named}, against {today}" if options else today


def _subtitle(arms: Arms) -> str:
    of_each = " of each, the same people with the same luck" if arms.options else ""
    if arms.psa is not None:
        return "Simulated with Stepdown, for draws of uncertain inputs: the same people with the same luck in each."
    return f"Simulated with Stepdown: {futures(arms.study.replications)}{of_each}."


def _demand(arms: Arms) -> str:
    """How many people ask for care today, and how often."""
    scenario = arms.scenarios[arms.baseline]
    new = arms.level(arms.baseline, "arrivals").value
    if scenario.arrivals.closed_cohort is not None:
        return f"A cohort of {number(new, figures=2)} people is followed."
    asks = sum(arms.level(arms.baseline, f"asks.{level}").value for level in scenario.levels)
    days = scenario.time.recruitment_days, scenario.window[1] - scenario.window[0]
    first, all_ = (
        number(float(f"{DAYS_OF_A_YEAR * each / max(of, 1.0):.2g}")) for each, of in zip((new, asks), days, strict=True)
    )
    return (
        f"A year about {first} people ask for care for the first time; with those who come back or go on to other care "
        f"that makes about {all_} requests."
    )


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
    word, because = most_draws(arms, label, perspective)
    if not word:
        word, because = verdict_of(arms, label, condition)
    decision, kinds = decision_line(baseline, scenario, whole_links=len(arms.options) < 2)
    return Option(
        programme=arms.programmes[label],
        decision=cut_at(decision or "Change nothing: no input differs", LONGEST_DECISION, ", "),
        besides=cut_at(kinds, LONGEST_DECISION, ", "),
        changed=changed(baseline, scenario, len(arms.options)),
        opening=bill(arms, label),
        verdict=word,
        because=because,
        condition=condition,
        weighed=made_up_of(arms, label, perspective) if len(arms.options) < 3 else "",
        hangs=_hangs(arms, label, perspective),
        better=claims(arms, label, "better"),
        worse=claims(arms, label, "worse"),
        untold=without_claim(arms, label, MAYBE, NOT_FOUND),
        undecided=without_claim(arms, label, UNDECIDED),
        gains=who,
        explained=parts,
    )


def _hangs(arms: Arms, label: str, perspective: Perspective) -> str:
    """That the verdict is another without what patients bear."""
    on = hinge(arms, label, perspective)
    if on is None:
        return ""
    time = f", {on.time}" if on.time else ""
    return f"This holds only as long as what patients bear counts{time}: without it{on.stated} {on.without}."
