"""Tables of money: the budget, whose costs count, what is paid and left, and cost against effect."""

from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

import pandas as pd

from sim.experiment.result import Study
from sim.outcomes import EFFECTS, PERSPECTIVES, Counted, Perspective
from sim.report.sheets.numbers import records_of
from sim.report.sheets.people import means_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, figures, side_by_side, words
from sim.report.wording import first_title, payer_words
from sim.scenario.schema import StateCosts
from sim.vocabulary import CATEGORY, ON_MEDICATION, TRANSFERS

STANDINGS = {"ND": "on the frontier", "D": "dominated", "ED": "extendedly dominated"}
WHOLE = "the whole programme"
CHOSEN_BY = "It rests on means; intervals, where they are in brackets, are of 95 % and not adjusted for their number."


def budget_sheet(study: Study) -> Sheet:
    """What the programme's budget is spent on, by year, and the whole of it."""
    table = pd.concat([study.spending(), study.budget_impact("year", by=())])

    def named(row: Mapping[str, Any]) -> str:
        level, place = row.get("level"), row.get("place")
        if pd.isna(level) and pd.isna(place):
            return WHOLE
        if place:
            return f"{_title(study, 'places', place)}: fixed cost"
        if not level:
            # Spent in no level and on no place: on check-ups at home.
            return CATEGORY["checkups"].phrase
        return f"patients {ON_MEDICATION}" if level == ON_MEDICATION else f"{_title(study, 'levels', level)}: patients"

    return _by_year(study, table, "spent on", "Budget of the programme by calendar year, undiscounted", named)


def payer_sheet(study: Study) -> Sheet:
    """Who pays for the programme, by year."""
    table = study.budget_impact("year", by=("payer",))
    title = "Who pays for the programme, by calendar year, undiscounted"
    return _by_year(study, table, "payer", title, lambda row: payer_words(study.scenarios.values(), str(row["payer"])))


def margin_sheet(study: Study) -> Sheet:
    """What is paid, spent and left, by year: of each level, and of the whole programme."""
    table = pd.concat([study.margins("year", ("level",)), study.margins("year")])

    def named(row: Mapping[str, Any]) -> str:
        level = row.get("level")
        where = WHOLE if pd.isna(level) else "no level" if not level else _title(study, "levels", level)
        return f"{where}: {row['measure']}"

    return _by_year(study, table, "of", "Revenue, budget and margin by calendar year, undiscounted", named)


def _by_year(study: Study, table: pd.DataFrame, head: str, title: str, named: Any) -> Sheet:
    """named: what a row of the table is of."""
    entries: dict[tuple[str, str], dict[str, Amount]] = {}
    compared = len(study.results) > 1
    for row in records_of(table):
        key = (f"{row['year']} ({row['days']:.0f} days)", named(row))
        if pd.isna(row["difference"]):
            cell = Amount.of(row, "amount", bare=compared)
        else:
            cell = Amount.of(row, "difference", sign=True)
        entries.setdefault(key, {})[row["scenario"]] = cell
    stated = {key: cells for key, cells in entries.items() if any(cell.value != 0 for cell in cells.values())}
    return side_by_side(f"{title}, {_currency(study)}", ["year", head], stated.items(), list(study.results))


def _title(study: Study, part: str, name: str) -> str:
    return first_title([result.as_run for result in study.results.values()], part, name)


def perspective_sheets(study: Study) -> list[Sheet]:
    """What a member of the cohort, and what the system, costs, by whose costs count."""
    lines = {f"{perspective}: {meaning}": perspective for perspective, meaning in PERSPECTIVES.items()}
    of_cohort = {line: f"cost.per_patient.{perspective}" for line, perspective in lines.items()}
    of_system = {line: f"cost.system.{perspective}" for line, perspective in lines.items()}
    of_system["of it idle places, while nobody held them"] = "cost.idle"
    scenarios = list(study.scenarios.values())
    if any(scenario.reimbursement for scenario in scenarios):
        of_system["provider: margin, what is paid by rates less what it takes; no cost"] = "margin.total"
    for category in TRANSFERS:
        if any(getattr(scenario.costs, category) != StateCosts() for scenario in scenarios):
            of_cohort[f"{CATEGORY[category].phrase}, no cost to society"] = f"cost.category.{category}"
    return [
        _of_metrics(study, of_cohort, "Cost a person within follow-up, with the places that they use"),
        _of_metrics(study, of_system, "All that was spent in the window, on everybody and on idle places"),
    ]


def rates_sheet(study: Study) -> Sheet | None:
    """Where the margin comes from, and what nobody pays for; None where no scenario has rates."""
    scenarios = [result.as_run for result in study.results.values()]
    stated = [scenario for scenario in scenarios if scenario.reimbursement]
    if not stated:
        return None
    lines = {"revenue": "revenue.total", "budget": "cost.total", "margin": "margin.total"}
    for part, word in (("", "levels"), ("place.", "places")):
        for name in dict.fromkeys(name for scenario in stated for name in getattr(scenario, word)):
            lines[f"margin of {word[:-1]} {first_title(stated, word, name)}"] = f"margin.{part}{name}.total"
    for payer in dict.fromkeys(payer for scenario in stated for payer in scenario.payers_of_patients):
        lines[f"margin of patients of {payer_words(stated, payer)}, without idle places"] = (
            f"margin.payer.{payer}.total"
        )
    lines |= {"denied, at rates": "revenue.denied", "not collected, at rates": "revenue.uncollected"}
    lines["uncompensated care, at cost"] = "uncompensated.total"
    for payer in dict.fromkeys(each.reimbursement.residual_payer for each in stated if each.reimbursement):
        lines[f"borne by {payer_words(stated, payer)}, who pays what is left"] = f"cost.payer.{payer}.total"
    return _of_metrics(study, lines, "Revenue and margin in the window", "what")


def _of_metrics(study: Study, metrics: Mapping[str, str], title: str, head: str = "whose costs count") -> Sheet:
    """A line of words for each of these metrics, which stands as it is for every scenario."""
    means = means_of(study)
    entries = [([line], means.get(metric, {})) for line, metric in metrics.items()]
    return side_by_side(f"{title}, undiscounted, {_currency(study)}", [head], entries, list(study.results))


def value_sheets(study: Study, effect: str, perspective: Perspective) -> Iterator[Sheet]:
    """Cost against effect by the view by which the scenarios are judged, with net benefit where QALYs are gained; then
    by the other view, and at horizons before the last. Empty where nobody asked for care."""
    for at, counted in enumerate(study.counted(effect)):
        table = study.cost_effectiveness(effect, perspective, "fieller", *counted)
        if table.empty:
            return
        yield _frontier(study, table, effect, perspective, counted)
        if not at and effect == "qaly":
            yield _net_benefit(study, perspective, counted)


def _frontier(study: Study, table: pd.DataFrame, effect: str, perspective: Perspective, counted: Counted) -> Sheet:
    """Increments along the frontier, and why there is no ratio where there is none."""
    currency = _currency(study)
    gained = EFFECTS[effect].of(study.results[study.baseline].scenario.condition)
    bears_cost, bears_effect = (_narrowest(table, name) for name in ("incremental_cost", "incremental_effect"))
    rows: list[tuple[TableCell, ...]] = [
        (
            row["strategy"],
            bears_cost._replace(value=row["cost"]),
            bears_effect._replace(value=row["effect"]),
            Amount.of(row, "incremental_cost", sign=True),
            Amount.of(row, "incremental_effect", sign=True),
            "none" if pd.isna(row["icer"]) and row["note"] and row["status"] == "ND" else Amount.of(row, "icer"),
            STANDINGS.get(row["status"], row["status"]),
        )
        for row in records_of(table)
    ]
    columns = [*words("scenario"), *figures("cost", unit=currency), *figures(gained.units, "more cost", "more effect")]
    columns += [*figures(f"{currency} per {gained.unit}"), *words("standing")]
    whose = f"perspective: {perspective} ({PERSPECTIVES[perspective]})"
    title = f"Cost per {gained.unit}, discounted, of {counted.words}; {whose}"
    without = "".join(f" {row['strategy']}: {row['note']}." for row in records_of(table) if row["note"])
    note = f"Each scenario on the frontier is compared with the next cheaper one on it. {CHOSEN_BY}{without}"
    return Sheet(title, columns, rows, note)


def _narrowest(table: pd.DataFrame, name: str) -> Amount:
    """By what costs and effects, which have no intervals of their own here, are rounded: by what is best known of how
    they differ."""
    ends = [(row[f"{name}_low"], row[f"{name}_high"]) for row in records_of(table)]
    narrow = [each for each in ends if each[0] < each[1]]
    low, high = min(narrow, key=lambda each: each[1] - each[0], default=(nan, nan))
    return Amount(nan, low, high, bare=True)


def _net_benefit(study: Study, perspective: Perspective, counted: Counted) -> Sheet:
    """Net monetary benefit against the baseline at usual worths of a QALY."""
    table = study.net_benefit(effect="qaly", perspective=perspective)
    entries: dict[float, dict[str, TableCell]] = {}
    for row in records_of(table.sort_values("threshold", kind="stable")):
        cell = Amount.of(row, "difference", sign=True, note="highest" if row["best"] else "")
        entries.setdefault(row["threshold"], {})[row["strategy"]] = cell
    for cells in entries.values():
        cells[study.baseline] = "highest" if getattr(cells[study.baseline], "note", "") else "0"
    currency = _currency(study)
    title = f"Net monetary benefit against {study.baseline}, {currency}, of {counted.words}; perspective: {perspective}"
    rows = [([f"{threshold:,.0f}"], cells) for threshold, cells in entries.items()]
    note = f"An interval that holds 0 means that no difference was found at that worth. {CHOSEN_BY}"
    labels = list(dict.fromkeys(table["strategy"]))
    return side_by_side(title, [f"a QALY worth, {currency}"], rows, labels, note)


def _currency(study: Study) -> str:
    return study.results[study.baseline].scenario.currency
