"""The pictures of a report, each with what can be seen on it in words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pandas as pd
from matplotlib.figure import Figure

from sim.experiment.psa import PsaResult
from sim.experiment.result import RecordsNotKept, Study
from sim.outcomes import Perspective
from sim.outcomes.headline import OF_EQUITY, OF_MONEY
from sim.report.answers import rows_about
from sim.report.drawn_verdicts import drawn_rows
from sim.report.page_parts import Picture
from sim.report.pictures.bands import NothingToDraw, level_titles
from sim.report.pictures.budget import budget_figure, budgets
from sim.report.pictures.census import capacities, census, census_figure, waiting
from sim.report.pictures.curves import curves, curves_figure
from sim.report.pictures.differences import differences, differences_figure
from sim.report.pictures.draws_plane import draws_plane_figure
from sim.report.pictures.equity import gaps, gaps_figure
from sim.report.pictures.flow import flow_figure, flows
from sim.report.pictures.pathway import pathway_figure, ways
from sim.report.pictures.places import occupancies, occupancies_figure
from sim.report.pictures.plane import plane, plane_figure
from sim.report.pictures.waits import waits, waits_figure
from sim.report.pictures.whereabouts import places, places_figure
from sim.report.sheets.groups import LEAST_SHARE
from sim.report.sheets.outcomes import measured
from sim.report.sheets.people import census_sheet, occupancy_sheet, whereabouts_sheet
from sim.report.sheets.sheet import Sheet
from sim.report.sheets.uncertainty import weighed, worth_of
from sim.report.verdicts import CLAIMS, with_verdicts
from sim.report.words import listed

OF_DIFFERENCES = ("admitted", *OF_EQUITY, *OF_MONEY)
OF_GAPS = OF_EQUITY[0]
COURSES = (
    "What is told by the day since the start of the run or since asking, and the ways through care, is of the inputs "
    "as stated, with chance alone in its intervals: draws keep numbers, and no days or records of patients."
)
LACKING = (
    "At the inputs as stated too, since the draws lack what it takes: {}; stepdown psa with another --out keeps it."
)
NO_RECORDS = "this study kept no records of patients (--keep-records)"


def pictures(
    study: Study, every_panel: bool = False, psa: PsaResult | None = None
) -> tuple[list[Picture], list[Sheet], list[str]]:
    """The pictures of what happens to patients; tables of those that no other table tells; and what is left out.

    every_panel: panels of levels and places in which nothing was found to differ are drawn too. What is left out is
    told with its reason, in sentences. psa: under the labels of the study, of whose draws they are as far as these tell
    them; which are not, is told too.
    """
    whole = every_panel or len(study.results) == 1
    of = study.results[study.baseline] if len(study.results) == 1 else study
    of_chance, scenario = study.differences(), study.results[study.baseline].scenario
    findings = of_chance if psa is None or of_chance.empty else _of_draws(study, of_chance, psa)
    drawn, sheets = [], [census_sheet(study, psa)]
    stated: list[str] = []
    left_out: dict[str, list[str]] = {}

    def shown(frame: pd.DataFrame, key: str, called: Mapping[str, str], *metrics: str) -> pd.DataFrame:
        return frame if whole else _differing(frame, key, called, findings, *metrics)

    metrics = [metric for metric in OF_DIFFERENCES if metric in set(findings["metric"])]
    if metrics:
        drawn.append(_picture("What differs", differences_figure(differences(study, metrics, psa))))
    levels = level_titles(study)
    frame = shown(waits(of, psa), "level", levels, "wait.{}.mean")
    varied = "inputs_low" in frame
    drawn.append(_picture("Waits", waits_figure(frame, findings if varied else of_chance)))
    stated += [] if varied else ["waits"]
    with _unless_drawn(left_out, "people in care and waiting, day by day"):
        which = "level", levels, "census.{}.mean", "queue.{}.mean", "wait.{}.mean"
        figure = census_figure(shown(census(of), *which), shown(waiting(of), *which), of_chance, capacities(of))
        drawn.append(_picture("People in care and waiting, day by day", figure))
    full = occupancies(of, psa)
    if len(full):
        frame = shown(full, "place", {name: name for name in full["place"]}, "occupancy.{}")
        varied = "inputs_low" in full
        drawn.append(_picture("How full the places are", occupancies_figure(frame, findings if varied else of_chance)))
        sheets.append(occupancy_sheet(full))
        stated += [] if varied else ["how full the places are"]
    with _unless_drawn(left_out, "staying in care and relapse"):
        drawn.append(_picture("Staying in care, and relapse", curves_figure(curves(of), of_chance, scenario.condition)))
    with _unless_drawn(left_out, "where people are"):
        whereabouts = places(of)
        drawn.append(_picture("Where people are", places_figure(whereabouts)))
        sheets.append(whereabouts_sheet(whereabouts))
    with _unless_drawn(left_out, "ways through care"):
        of_each = {label: flows(result) for label, result in study.results.items()}
        drawn.append(_picture("Ways through care", flow_figure(of_each)))
    lines = [f"Left out, since {reason}: {listed(left)}." for reason, left in left_out.items()]
    if psa is not None:
        lines += [COURSES, *([LACKING.format(listed(stated))] if stated else [])]
    return drawn, sheets, lines


def _of_draws(study: Study, findings: pd.DataFrame, psa: PsaResult) -> pd.DataFrame:
    """`Study.differences` with the verdicts of draws, as far as these go."""
    known = measured(study, list(findings["metric"].unique()))
    return drawn_rows(rows_about(findings, known), known, psa)


def _differing(
    frame: pd.DataFrame, key: str, called: Mapping[str, str], findings: pd.DataFrame, *metrics: str
) -> pd.DataFrame:
    """The rows of levels or places of which one of these metrics was found to differ; all rows where none was.

    called: by name, what they are called in the frame.
    """
    judged = findings if "share" in findings else with_verdicts(findings, {}).assign(share=float("nan"))
    claimed = set(judged.loc[judged["verdict"].isin(CLAIMS) & ~(judged["share"] < LEAST_SHARE), "metric"])
    names = {title for name, title in called.items() if any(metric.format(name) in claimed for metric in metrics)}
    return frame[frame[key].isin(names)] if names else frame


@contextmanager
def _unless_drawn(left_out: dict[str, list[str]], picture: str) -> Iterator[None]:
    """Note the picture, by the reason, where it has nothing to show, or needs records."""
    try:
        yield
    except (RecordsNotKept, NothingToDraw) as why:
        left_out.setdefault(NO_RECORDS if isinstance(why, RecordsNotKept) else str(why), []).append(picture)


def pathway_pictures(study: Study) -> list[Picture]:
    """The ways through the levels of the baseline, and of every scenario that has others."""
    known = ways(study.results[study.baseline].scenario)
    drawn = []
    for label, result in study.results.items():
        if label == study.baseline or not ways(result.scenario).equals(known):
            heading = "The pathway" + (f": {label}" if label else "")
            drawn.append(_picture(heading, pathway_figure(result.scenario)))
    return drawn


def equity_pictures(study: Study, psa: PsaResult | None = None) -> list[Picture]:
    """Who stays in care, by group of patients; none where the study has no groups, or is too short for the outcome.

    psa: with groups, if they are told of draws."""
    if study.groups.empty or OF_GAPS not in set(study.groups["metric"]):
        return []
    if psa is not None and not any(metric == OF_GAPS for *_, metric in psa.groups.values()):
        return []
    return [_picture("Who stays in care, by group", gaps_figure(gaps(study, OF_GAPS, psa)))]


def budget_pictures(study: Study) -> list[Picture]:
    """The budget by month and level; none where nobody spent anything."""
    if study.budget.empty:
        return []
    currency = study.results[study.baseline].scenario.currency
    return [_picture("The budget, month by month", budget_figure(budgets(study), currency, study.differences()))]


def value_pictures(study: Study, effect: str, perspective: Perspective, psa: PsaResult | None = None) -> list[Picture]:
    """The cost-effectiveness plane of a comparison: of draws, at what a QALY is usually worth, where these tell it."""
    worth = None if psa is None else weighed(psa, worth_of(effect, perspective))[0]
    if psa is not None and worth is not None:
        return [_picture("Cost and effect", draws_plane_figure(psa, worth))]
    points = plane(study, effect, perspective)
    if points.empty:
        return []
    scenario = study.results[study.baseline].scenario
    how = effect, scenario.currency, perspective, study.view(effect), scenario.condition
    figure = plane_figure(points, study.cost_effectiveness(effect, perspective), *how)
    return [_picture("Cost and effect", figure)]


def _picture(heading: str, figure: Figure) -> Picture:
    # The title of a figure is what can be seen on it (`style.dress` writes it first).
    says = " ".join(figure.texts[0].get_text().split()) if figure.texts else ""
    return Picture(heading, says, figure)
