"""What it costs, who pays: the budget, whose costs count, what is left, and what an effect costs."""

from collections.abc import Sequence

from sim.report.checklists.logic import components
from sim.report.page_parts import Account, Part
from sim.report.pictures import page_pictures
from sim.report.sheets import money
from sim.report.words import shortened

PLACE, KEY, HEADING, OPENED = 60, "cost", "What it costs and who pays", False
BUDGET = (
    "Prices are in {currency} of {year}. The budget is what the programme spends in the window of measurement, "
    "undiscounted; a year of which only a part lies in the window says how many days."
)
MARGIN = (
    "Revenue is what patients' payers pay by their rates: prices, and no costs, so that they move who bears a cost and "
    "leave society's total as it is. The margin is revenue less budget; below 0 the residual payer bears it."
)
BY_YEAR = (
    "How the budget falls into calendar years and months is told at the inputs as stated, with chance alone in the "
    "intervals: draws keep the whole time that is measured, and no calendar."
)
LACKING = (
    "The draws lack what the budget by level takes, so it is told at the inputs as stated, below; stepdown psa with "
    "another --out keeps it."
)
SINGLE = "Cost-effectiveness needs a comparison; this is a single run."
NOBODY = "Nobody asked for care, so there is neither cost nor effect to compare."
WHY_THIS_VIEW = {
    "cohort": (
        "Judged by the cohort: what its members cost and gain, with the places that they use. What stands idle is "
        "nobody's, and is in the view of the system, which comes after it."
    ),
    "system": (
        "The scenarios do not have the same places. So they are judged by the system, with all that was spent, idle "
        "places included: to the cohort a bed that nobody uses costs nothing. The cohort's view comes after it."
    ),
}


def parts(of: Account) -> Sequence[Part]:
    """Budget, margin where there are rates, costs by whose they are, and cost against effect."""
    scenario = of.first.scenario
    lines = [BUDGET.format(currency=scenario.currency, year=scenario.price_year)]
    by_year = [sheet for sheet in (money.budget_sheet(of.study), money.payer_sheet(of.study)) if sheet.rows]
    months = page_pictures.budget_pictures(of.study)
    rates = money.rates_sheet(of.study, of.psa)
    margins = [] if rates is None else [money.margin_sheet(of.study)]
    if of.psa is None:
        written = [Part("Budget", lines, sheets=by_year, pictures=months)]
        last = []
    else:
        of_window = money.window_sheets(of.study, of.psa)
        written = [Part("Budget", [*lines, *([] if of_window else [LACKING])], sheets=of_window[:2])]
        last = [Part("The budget by calendar year and month", [BY_YEAR], sheets=by_year + margins, pictures=months)]
        margins = of_window[2:]
    if rates is not None:
        written.append(Part("Revenue and margin", [MARGIN], sheets=[*margins, rates]))
    costs = money.perspective_sheets(of.study, of.psa)
    written.append(Part("Cost a person, and of the system", _components(of), sheets=costs))
    return [*written, _value(of), *last]


def _value(of: Account) -> Part:
    """Cost against effect, or why that is not told."""
    if of.single:
        return Part("", [SINGLE])
    if of.not_told:
        return Part("Cost-effectiveness", [of.not_told])
    sheets = list(money.value_sheets(of.study, of.effect, of.perspective, of.psa))
    if not sheets:
        return Part("Cost-effectiveness", [NOBODY])
    why = WHY_THIS_VIEW[of.study.view(of.effect)]
    drawn = page_pictures.value_pictures(of.study, of.effect, of.perspective, of.psa)
    return Part("Cost-effectiveness", [why], sheets=sheets, pictures=drawn)


def _components(of: Account) -> list[str]:
    """What costs are made of; by scenario, where that differs."""
    sentences = {name: components(scenario) for name, scenario in of.scenarios.items()}
    if len(set(sentences.values())) == 1:
        return [sentences[of.study.baseline]]
    return [f"{shortened(name)}: {text}" for name, text in sentences.items()]
