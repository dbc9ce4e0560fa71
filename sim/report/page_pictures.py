"""The pictures of a report, each with what can be seen on it in words."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from sim.experiment import Study
from sim.outcomes import EFFECTS, Perspective
from sim.report.page_parts import Picture, shortened
from sim.report.plot_budget import budget_figure, budgets
from sim.report.plot_census import census, census_figure
from sim.report.plot_curves import curves, curves_figure
from sim.report.plot_differences import differences, differences_figure
from sim.report.plot_equity import gaps, gaps_figure
from sim.report.plot_flow import flow_figure, flows
from sim.report.plot_pathway import pathway_figure, ways
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


def pictures(study: Study, rows: pd.DataFrame) -> tuple[list[Picture], tuple[str, ...]]:
    """The pictures of what happens to patients, and the names of those that need records which the study lacks.

    rows: of `answers.with_verdicts`, so that the picture of differences finds what the table finds.
    """
    of = study if len(study.results) > 1 else study.results[study.baseline]
    drawn = list(_differences(study, rows))
    drawn.append(_picture("Waits", waits_figure(waits(of))))
    drawn.append(_picture("People in care and waiting, day by day", census_figure(census(of))))
    if any(result.tables is None for result in study.results.values()):
        return drawn, OF_RECORDS
    drawn.append(_picture("Staying in care, and relapse", curves_figure(curves(of))))
    drawn.append(_picture("Where people are", places_figure(places(of))))
    for label, result in study.results.items():
        heading = "Ways through care" + (f": {shortened(label)}" if label else "")
        drawn.append(_picture(heading, flow_figure(flows(result), label or result.scenario.name)))
    return drawn, ()


def pathway_pictures(study: Study) -> list[Picture]:
    """The ways through the levels of the baseline, and of every scenario that has others."""
    known = ways(study.results[study.baseline].scenario)
    drawn = []
    for label, result in study.results.items():
        if label == study.baseline or not ways(result.scenario).equals(known):
            heading = "The pathway" + (f": {shortened(label)}" if label else "")
            drawn.append(_picture(heading, pathway_figure(result.scenario)))
    return drawn


def equity_pictures(study: Study, changes: pd.DataFrame) -> list[Picture]:
    """Who stays in care, by group of patients; none where the study has no groups, or is too short for the outcome.

    changes: of `page_tables.judged_gaps`, so that the picture finds what the table finds.
    """
    groups = study.groups
    if groups.empty or OF_GAPS not in set(groups["metric"]):
        return []
    frame, keys = gaps(study, OF_GAPS), ["scenario", "by", "group"]
    found = changes[changes["metric"] == OF_GAPS].set_index(keys)["verdict"].to_dict()
    frame["verdict"] = [found.get(key, "") for key in frame[keys].itertuples(index=False, name=None)]
    return [_picture("Who stays in care, by group", gaps_figure(frame))]


def budget_pictures(study: Study) -> list[Picture]:
    """The budget by month and level; none where nobody spent anything."""
    if study.budget.empty:
        return []
    currency = study.results[study.baseline].scenario.currency
    return [_picture("The budget, month by month", budget_figure(budgets(study), currency))]


def value_pictures(study: Study, effect: str, perspective: Perspective) -> list[Picture]:
    """The cost-effectiveness plane of a comparison."""
    points = plane(study, effect, perspective)
    if points.empty:
        return []
    currency = study.results[study.baseline].scenario.currency
    table = study.cost_effectiveness(effect, perspective)
    return [_picture("Cost and effect", plane_figure(points, table, EFFECTS[effect].unit, currency))]


def _differences(study: Study, rows: pd.DataFrame) -> Iterator[Picture]:
    metrics = [metric for metric in OF_DIFFERENCES if len(rows) and metric in set(rows["metric"])]
    if not metrics:
        return
    keys = ["metric", "scenario"]
    frame = differences(study, metrics).drop(columns=["p_adjusted", "verdict"])
    frame = frame.merge(rows[[*keys, "p_adjusted", "verdict"]], on=keys, how="left")
    yield _picture("What differs", differences_figure(frame))


def _picture(heading: str, figure: Figure) -> Picture:
    # The title of a figure is what can be seen on it (`style.dress` writes it first).
    says = " ".join(figure.texts[0].get_text().split()) if figure.texts else ""
    return Picture(heading, says, figure)
