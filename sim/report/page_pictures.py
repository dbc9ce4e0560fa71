"""The pictures of a report, each with what can be seen on it in words."""

from matplotlib.figure import Figure

from sim.experiment import Study
from sim.outcomes import Perspective
from sim.report.page_parts import Picture, Sheet
from sim.report.page_tables import census_sheet, occupancy_sheet, places_sheet
from sim.report.plot_budget import budget_figure, budgets
from sim.report.plot_census import census, census_figure, waiting
from sim.report.plot_curves import curves, curves_figure
from sim.report.plot_differences import differences, differences_figure
from sim.report.plot_equity import gaps, gaps_figure
from sim.report.plot_flow import flow_figure, flows
from sim.report.plot_pathway import pathway_figure, ways
from sim.report.plot_places import occupancies, occupancies_figure
from sim.report.plot_plane import plane, plane_figure
from sim.report.plot_waits import waits, waits_figure
from sim.report.plot_whereabouts import places, places_figure

OF_RECORDS = ("staying in care and relapse", "where people are", "ways through care")
"""Pictures that follow single patients."""

OF_DIFFERENCES = (
    *("admitted", "retention.90_days", "relapse.365_days", "days_abstinent", "deaths.share", "qalys.per_patient"),
    *("cost.per_patient.society", "cost.total"),
)
OF_GAPS = "retention.90_days"


def pictures(study: Study) -> tuple[list[Picture], list[Sheet], tuple[str, ...]]:
    """The pictures of what happens to patients; tables of those that no other table tells; and what is left out.

    Left out are the names of those that need records which the study lacks.
    """
    of = study if len(study.results) > 1 else study.results[study.baseline]
    findings = study.differences()
    drawn = []
    metrics = [metric for metric in OF_DIFFERENCES if metric in set(findings["metric"])]
    if metrics:
        drawn.append(_picture("What differs", differences_figure(differences(study, metrics))))
    lists = waiting(of)
    drawn.append(_picture("Waits", waits_figure(waits(of), findings)))
    drawn.append(_picture("People in care and waiting, day by day", census_figure(census(of), lists, findings)))
    full = occupancies(of)
    if len(full):
        drawn.append(_picture("How full the places are", occupancies_figure(full, findings)))
    sheets = [census_sheet(study), *([occupancy_sheet(full)] if len(full) else [])]
    if any(result.tables is None for result in study.results.values()):
        return drawn, sheets, OF_RECORDS
    whereabouts = places(of)
    drawn.append(_picture("Staying in care, and relapse", curves_figure(curves(of), findings)))
    drawn.append(_picture("Where people are", places_figure(whereabouts)))
    sheets.append(places_sheet(whereabouts))
    for label, result in study.results.items():
        heading = "Ways through care" + (f": {label}" if label else "")
        drawn.append(_picture(heading, flow_figure(flows(result), label or result.scenario.name)))
    return drawn, sheets, ()


def pathway_pictures(study: Study) -> list[Picture]:
    """The ways through the levels of the baseline, and of every scenario that has others."""
    known = ways(study.results[study.baseline].scenario)
    drawn = []
    for label, result in study.results.items():
        if label == study.baseline or not ways(result.scenario).equals(known):
            heading = "The pathway" + (f": {label}" if label else "")
            drawn.append(_picture(heading, pathway_figure(result.scenario)))
    return drawn


def equity_pictures(study: Study) -> list[Picture]:
    """Who stays in care, by group of patients; none where the study has no groups, or is too short for the outcome."""
    if study.groups.empty or OF_GAPS not in set(study.groups["metric"]):
        return []
    return [_picture("Who stays in care, by group", gaps_figure(gaps(study, OF_GAPS)))]


def budget_pictures(study: Study) -> list[Picture]:
    """The budget by month and level; none where nobody spent anything."""
    if study.budget.empty:
        return []
    currency = study.results[study.baseline].scenario.currency
    return [_picture("The budget, month by month", budget_figure(budgets(study), currency, study.differences()))]


def value_pictures(study: Study, effect: str, perspective: Perspective) -> list[Picture]:
    """The cost-effectiveness plane of a comparison."""
    points = plane(study, effect, perspective)
    if points.empty:
        return []
    currency = study.results[study.baseline].scenario.currency
    table = study.cost_effectiveness(effect, perspective)
    return [_picture("Cost and effect", plane_figure(points, table, effect, currency, perspective))]


def _picture(heading: str, figure: Figure) -> Picture:
    # The title of a figure is what can be seen on it (`style.dress` writes it first).
    says = " ".join(figure.texts[0].get_text().split()) if figure.texts else ""
    return Picture(heading, says, figure)
