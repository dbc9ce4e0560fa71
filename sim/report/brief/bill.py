"""What an option costs whom, in sentences: the same sums as in the tables of money."""

from collections.abc import Iterator
from dataclasses import replace

from sim.report.brief.arms import NOTHING, Arms
from sim.report.brief.facts import Cell, MoneyRow, Quantity
from sim.report.brief.judging import EARNED, LEFT, SPENT, briefly, change_of, turned
from sim.report.brief.paying import PayersShares, residual_payer, shares_of
from sim.report.brief.weighing import mostly_time
from sim.report.verdicts import CLAIMS, MAYBE, NOT_FOUND, SAME, TOO_FEW, TOO_RARE, UNDECIDED
from sim.report.wording import measured_time, span
from sim.report.words import listed, sentence

NO_MOVE = {
    NOT_FOUND: f"{NOT_FOUND} in {{}}",
    MAYBE: "a difference in {} may be chance",
    UNDECIDED: "draws leave open whether {} is more or less",
    SAME: "no change in {}",
    TOO_FEW: "too few futures to tell {}",
    TOO_RARE: "too few events to tell {}",
}
"""How an outcome that is not claimed to have moved stands among those that are, by verdict."""


def bill(arms: Arms, label: str) -> str:
    """Who pays how much more or less in the time measured, the residual payer first, and what it comes to for society;
    of many options no more than that, and days well."""
    scenario = arms.scenarios[arms.baseline]
    everybody, few = arms.study.view() == "system", len(arms.options) < 3
    shares = shares_of(arms) if few else None
    of_window = list(_first(arms, label, few))
    if shares is not None and not shares.stated:
        of_window += _others(shares, label, residual_payer(arms))
    of_window += (
        [f"{each}{_but(arms, label, shares)}" for each in _society(arms, label, "cost.system.society", "to society")]
        if everybody
        else ()
    )
    of_people = [] if few else list(_moved(arms, label, "days_well", "fewer", "per patient"))
    of_people += [] if everybody else _society(arms, label, "cost.per_patient.society", "per patient to society")
    parts = [f"in {measured_time(scenario)} {listed(of_window[:1])}", *of_window[1:]] if of_window else []
    parts += [f"over {span(scenario.time.follow_up_days)} {listed(of_people)}"] if of_people else []
    return " ".join(f"{sentence(part)}." for part in parts)


def _first(arms: Arms, label: str, few: bool) -> Iterator[str]:
    """What is left for the residual payer, and how much of it is spending and how much income; without payers of
    patients, what it takes to run the programme."""
    payer, (change, word) = residual_payer(arms), change_of(arms, label, LEFT)
    if not payer or not word:
        yield from _moved(arms, label, SPENT, "less", "to run the programme")
    elif word not in CLAIMS:
        yield from _not_told(arms, label, LEFT, word)
    else:
        spent, earned = made_of(arms, label)
        parts = f"{_way(spent)} spending and {_way(earned)} income from rates"
        yield f"{payer} pays {_in_words(arms, change)}{f': {parts}' if few else ''}"


def made_of(arms: Arms, label: str) -> tuple[Quantity, Quantity]:
    """By how much spending and income differ, rounded so that they make up what the residual payer pays more."""
    left, spent, earned = (arms.difference(label, metric)[0] for metric in (LEFT, SPENT, EARNED))
    return spent, _difference_of(arms, spent, left, earned)


def _difference_of(arms: Arms, spent: Quantity, left: Quantity, earned: Quantity) -> Quantity:
    """Income, at the value that makes the three add up as they are rounded. left: the margin."""
    if arms.money_place is None:
        return earned
    step = 10.0**arms.money_place
    return replace(earned, value=step * (round(spent.value / step) + round(left.value / step)))


def _others(shares: PayersShares, label: str, residual: str) -> Iterator[str]:
    """What other payers of the programme bear more and less."""
    moved = {payer: Quantity(borne, sign=True) for payer, borne in shares.of_others(label, residual).items() if borne}
    # One payer of all is who pays to run the programme.
    if len(moved) > (0 if residual else 1):
        yield listed([f"{payer} {_pays(payer)} {_way(borne)}" for payer, borne in moved.items()])


def _pays(payer: str) -> str:
    return "pay" if payer.endswith("s") else "pays"


def _but(arms: Arms, label: str, shares: PayersShares | None) -> str:
    """That what society pays is more and not less, or less and not more, without what patients bear."""
    change, word = arms.difference(label, "cost.system.society")
    without = shares.without_patients(label) if shares is not None and not shares.stated else 0.0
    if word not in CLAIMS or without * change.value >= 0:
        return ""
    time = ", mostly their own time" if mostly_time(arms, label) else ""
    return f", but {_way(Quantity(without, sign=True))} without what patients bear{time}"


def _society(arms: Arms, label: str, metric: str, whom: str) -> Iterator[str]:
    change, word = arms.difference(label, metric)
    if word in CLAIMS:
        yield f"{whom} it costs {_in_words(arms, change)}"
    elif word and len(arms.options) < 3:
        yield from _not_told(arms, label, metric, word)


def _moved(arms: Arms, label: str, metric: str, less: str, whom: str) -> Iterator[str]:
    """By how much a main outcome is more or less; or that it is not told."""
    change, word = arms.difference(label, metric)
    if word in CLAIMS:
        size, way, limits = change.moved(less)
        words = f"{size} {way} {briefly(arms, metric)}" if less == "fewer" else f"it costs {size} {change.unit} {way}"
        yield f"{words} {whom}{_in_brackets(arms, limits)}"
    elif word and len(arms.options) < 3:
        yield from _not_told(arms, label, metric, word)


def _not_told(arms: Arms, label: str, metric: str, word: str) -> Iterator[str]:
    yield NO_MOVE.get(word, f"{word}: {{}}").format(briefly(arms, metric))


def _in_words(arms: Arms, change: Quantity) -> str:
    size, way, limits = change.moved()
    return f"{size} {change.unit} {way}{_in_brackets(arms, limits)}"


def _in_brackets(arms: Arms, limits: str) -> str:
    return f" ({limits})" if limits and len(arms.options) < 3 else ""


def _way(change: Quantity) -> str:
    size, way, _ = change.moved()
    return f"{size} {way}"


def money_rows(arms: Arms) -> Iterator[MoneyRow]:
    """What the programme spends; where there are rates, what these bring in, and what is left for whom to pay."""
    labels = list(arms.study.results)
    if SPENT in arms.measured:
        yield MoneyRow("budget: what the programme spends", tuple(_cell(arms, each, SPENT) for each in labels))
    if LEFT in arms.measured and EARNED in arms.measured:
        yield MoneyRow("of which payers' rates bring in", tuple(_earned(arms, each) for each in labels))
        left = tuple(_cell(arms, each, LEFT) for each in labels)
        yield MoneyRow(f"left for {residual_payer(arms)} to pay", left)


def _cell(arms: Arms, label: str, metric: str) -> Cell:
    change, word = (NOTHING, "") if label == arms.baseline else change_of(arms, label, metric)
    return Cell(turned(metric, arms.level(label, metric)), change, word, arms.verdict_text(label, metric), "")


def _earned(arms: Arms, label: str) -> Cell:
    spent, left, earned = (arms.level(label, metric) for metric in (SPENT, LEFT, EARNED))
    change = NOTHING if label == arms.baseline else made_of(arms, label)[1]
    return Cell(_difference_of(arms, spent, left, earned), change, "", "", "")
