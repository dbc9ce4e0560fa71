"""Tables of where people are: in care, on lists, in places, and outside; the numbers of pictures."""

from collections.abc import Collection, Mapping

import pandas as pd

from sim.experiment.psa import PsaResult
from sim.experiment.result import Study
from sim.report.drawn_verdicts import OF_DRAWS, drawn_levels
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, side_by_side
from sim.report.wording import Measure, first_title

ALONE, BOTH = "95 % interval", "95 % intervals: of inputs; of chance"
"""What stands in brackets: of chance alone, or of draws both."""
SHARE = Measure("", "", "%", "points", 100.0)


def means_of(study: Study, metrics: Collection[str], psa: PsaResult | None = None) -> dict[str, dict[str, TableCell]]:
    """By metric, of these, and scenario, the mean with its interval; of a psa, over draws with both.

    psa: under the labels of the study.
    """
    means: dict[str, dict[str, TableCell]] = {}
    summary = study.summary()
    for row in records_of(drawn_levels(summary[summary["metric"].isin(metrics)], psa)):
        means.setdefault(row["metric"], {})[row["scenario"]] = Amount.of(row, "mean", note=row.get("note", ""))
    return means


def census_sheet(study: Study, psa: PsaResult | None = None) -> Sheet:
    """How many people are in each level and on its list on average. psa: as of `means_of`."""
    scenarios = [result.as_run for result in study.results.values()]
    lines = {
        f"{kind}.{level}.mean": f"{words} {first_title(scenarios, 'levels', level)}"
        for level in dict.fromkeys(level for scenario in scenarios for level in scenario.levels)
        for kind, words in (("census", "in"), ("queue", "waiting for"))
    }
    means = means_of(study, lines, psa)
    title = f"People in care and waiting, on average over the window: mean ({ALONE if psa is None else BOTH})"
    entries = [([line], means.get(metric, {})) for metric, line in lines.items()]
    return side_by_side(title, ["people"], entries, list(study.results), "" if psa is None else OF_DRAWS)


def occupancy_sheet(frame: pd.DataFrame) -> Sheet:
    """How many places of each kind there are, and how full they are. frame: of `pictures.places.occupancies`."""
    entries: list[tuple[list[str], Mapping[str, TableCell]]] = []
    for _, of_kind in frame.groupby("place", sort=False):
        cells: dict[str, TableCell] = {}
        for row in records_of(of_kind):
            full = SHARE.amount(row, unit="%") if not pd.isna(row["mean"]) else "never open"
            cells[row["scenario"]] = "none" if pd.isna(row["capacity"]) else f"{number(row['capacity'])}; {full}"
        entries.append(([str(of_kind["title"].iloc[0])], cells))
    ends = BOTH if "inputs_low" in frame else ALONE
    title = f"How many places there are on average over the window, and share in use ({ends})"
    return side_by_side(title, ["kind of place"], entries, list(frame["scenario"].unique()))


def whereabouts_sheet(frame: pd.DataFrame) -> Sheet:
    """Where people are on some days since asking. frame: of `pictures.whereabouts.places`."""
    last = float(frame["day"].max())
    days = sorted({day for day in (30.0, 90.0, 180.0, 365.0) if day <= last} or {last})
    entries = [
        ([f"{day:.0f}", str(place)], {row["scenario"]: SHARE.amount(row) for row in records_of(rows)})
        for (day, place), rows in frame[frame["day"].isin(days)].groupby(["day", "place"], sort=False)
    ]
    title = "Where people are, by days since asking: % of the cohort (95 % interval)"
    return side_by_side(title, ["day", "where"], entries, list(frame["scenario"].unique()))
