"""Tables of money: the budget, whose costs count, what is paid and left, and cost against effect."""

from collections.abc import Collection, Iterator, Mapping
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment.psa import PsaResult
from sim.experiment.psa.worth import frontier_of_draws, net_benefit_of_draws
from sim.experiment.result import THRESHOLDS, Study
from sim.outcomes import EFFECTS, PERSPECTIVES, Counted, Perspective
from sim.outcomes.payers import payers
from sim.report.drawn_verdicts import OF_DRAWS
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.people import means_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, figures, side_by_side, words
from sim.report.sheets.uncertainty import chance_text
from sim.report.wording import first_title, payer_words
from sim.scenario.schema import StateCosts
from sim.vocabulary import CATEGORY, ON_MEDICATION, TRANSFERS, Column

STANDINGS = {"ND": "on the frontier", "D": "dominated", "ED": "extendedly dominated"}
WHOLE = "the whole programme"
FRONTIER_DRAWS = (
    "It rests on means over draws, which decide. In brackets: what uncertain inputs leave open; what chance does. A "
    "ratio has no interval over draws, in which the gain may pass 0: how sure the choice is, is told by the chance of "
    "being the best."
)
IN_NO_LEVEL = "check-ups at home, and medication"
"""What is spent in no level and on no place."""
LEAST_AMOUNT = 0.005
"""Currency: less than that of a difference of sums is rounding."""
Terms = Mapping[str, float]
"""A sum of metrics, each with its weight."""
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


def window_sheets(study: Study, psa: PsaResult) -> list[Sheet]:
    """Of draws, which keep no calendar: what the budget is spent on over the time that is measured, who pays for it,
    and, where there are rates, revenue, budget and margin by level. Empty where the draws lack any of it.

    psa: under the labels of the study.
    """
    rated = [label for label, each in study.results.items() if each.scenario.reimbursement is not None]
    sums = [
        ("Budget of the programme", "spent on", _spent(study)),
        ("Who pays for the programme", "payer", _paid(study)),
        *([("Revenue, budget and margin", "of", _left(study))] if rated else []),
    ]
    needed = {metric for *_, lines in sums for terms in lines.values() for metric in terms}
    if not needed.issubset(psa.about["metrics"]):
        return []
    return [_of_sums(study, psa, lines, title, head, rated) for title, head, lines in sums]


def _titles(study: Study, part: str) -> dict[str, str]:
    """By name, the levels or places of all scenarios as they run."""
    names = dict.fromkeys(name for each in study.results.values() for name in getattr(each.as_run, part))
    return {name: _title(study, part, name) for name in names}


def _spent(study: Study) -> dict[str, Terms]:
    """What the budget is spent on: as of `Study.spending`."""
    lines: dict[str, Terms] = {
        f"{title}: patients": {f"cost.{level}.total": 1.0, f"cost.{level}.fixed": -1.0}
        for level, title in _titles(study, "levels").items()
    }
    for place, title in _titles(study, "places").items():
        lines[f"{title}: fixed cost"] = {f"cost.place.{place}.fixed": 1.0}
    rest = {metric: -weight for terms in lines.values() for metric, weight in terms.items()}
    return {**lines, IN_NO_LEVEL: {"cost.total": 1.0, **rest}, WHOLE: {"cost.total": 1.0}}


def _paid(study: Study) -> dict[str, Terms]:
    scenarios = [result.as_run for result in study.results.values()]
    every = dict.fromkeys(payer for scenario in scenarios for payer in payers(scenario))
    return {payer_words(scenarios, payer): {f"cost.payer.{payer}.total": 1.0} for payer in every}


def _left(study: Study) -> dict[str, Terms]:
    where = {f"{level}.": title for level, title in _titles(study, "levels").items()} | {"": WHOLE}
    return {
        f"{title}: {word}": {f"{measure}.{part}total": 1.0}
        for part, title in where.items()
        for measure, word in (("revenue", "revenue"), ("cost", "budget"), ("margin", "margin"))
    }


def _of_sums(
    study: Study, psa: PsaResult, lines: Mapping[str, Terms], title: str, head: str, rated: Collection[str]
) -> Sheet:
    """Weighted sums of metrics over draws, a line each; the baseline's as they are, and how far others are from it.

    A level that a scenario lacks costs nothing there. rated: of whom revenue and margin are known.
    """
    entries: dict[str, dict[str, TableCell]] = {}
    for line, terms in lines.items():
        of_costs = all(metric.startswith("cost.") for metric in terms)
        values = {label: _sum(psa, label, terms) for label in study.results if of_costs or label in rated}
        cells = {label: _of_draws(study, psa, values, label) for label in values}
        if any(abs(cell.value) >= LEAST_AMOUNT for cell in cells.values()):
            entries[line] = dict(cells)
    start, end = study.results[study.baseline].as_run.window
    title = f"{title} over the {number(end - start)} days measured, undiscounted, {_currency(study)}"
    named = [([line], cells) for line, cells in entries.items()]
    return side_by_side(title, [head], named, list(study.results), OF_DRAWS)


def _sum(psa: PsaResult, label: str, terms: Terms) -> Column:
    at = psa.scenarios.index(label)
    of_each = [weight * np.nan_to_num(psa.values(metric)[:, :, at]) for metric, weight in terms.items()]
    return np.asarray(np.sum(of_each, axis=0))


def _of_draws(study: Study, psa: PsaResult, values: Mapping[str, Column], label: str) -> Amount:
    """What a scenario comes to, or, beside a baseline of which it is known too, how far it is from that."""
    apart = label != study.baseline and study.baseline in values
    over = psa.spread(values[label] - values[study.baseline] if apart else values[label])
    if over is None:
        return Amount(nan)
    alone = len(study.results) > 1 and label == study.baseline
    low, high = over.inputs_low, over.inputs_high
    return Amount(over.mean, *over[3:5], sign=apart, bare=alone, inputs_low=low, inputs_high=high)


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


def perspective_sheets(study: Study, psa: PsaResult | None = None) -> list[Sheet]:
    """What a member of the cohort, and what the system, costs, by whose costs count. psa: as of `means_of`."""
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
        _of_metrics(study, of_cohort, "Cost a person within follow-up, with the places that they use", psa=psa),
        _of_metrics(study, of_system, "All that was spent in the window, on everybody and on idle places", psa=psa),
    ]


def rates_sheet(study: Study, psa: PsaResult | None = None) -> Sheet | None:
    """Where the margin comes from, and what nobody pays for; None where no scenario has rates. psa: as of
    `means_of`."""
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
    return _of_metrics(study, lines, "Revenue and margin in the window", "what", psa)


def _of_metrics(
    study: Study,
    metrics: Mapping[str, str],
    title: str,
    head: str = "whose costs count",
    psa: PsaResult | None = None,
) -> Sheet:
    """A line of words for each of these metrics, which stands as it is for every scenario."""
    means = means_of(study, list(metrics.values()), psa)
    entries = [([line], means.get(metric, {})) for line, metric in metrics.items()]
    note = "" if psa is None else OF_DRAWS
    return side_by_side(f"{title}, undiscounted, {_currency(study)}", [head], entries, list(study.results), note)


def value_sheets(study: Study, effect: str, perspective: Perspective, psa: PsaResult | None = None) -> Iterator[Sheet]:
    """Cost against effect by the view by which the scenarios are judged, with net benefit where QALYs are gained; then
    by the other view, and at horizons before the last. Empty where nobody asked for care.

    psa: under the labels of the study, of whose draws they are told as far as these have costs and effects."""
    for at, counted in enumerate(study.counted(effect)):
        table = study.cost_effectiveness(effect, perspective, "fieller", *counted)
        if table.empty:
            return
        why = "" if psa is None else _why_stated(psa, effect, perspective, counted)
        if psa is not None and not why:
            drawn = frontier_of_draws(psa, effect, perspective, counted.view)
            yield _frontier(study, drawn, effect, perspective, counted, FRONTIER_DRAWS)
        else:
            yield _frontier(study, table, effect, perspective, counted, f"{why}{CHOSEN_BY}")
        if not at and effect == "qaly":
            if psa is not None and not why:
                yield _net_benefit_of_draws(study, psa, perspective, counted)
            else:
                yield _net_benefit(study, perspective, counted, why)


def _why_stated(psa: PsaResult, effect: str, perspective: Perspective, counted: Counted) -> str:
    """Why cost and effect are told at the inputs as stated in spite of draws; "" where they are not."""
    if counted.years is not None:
        return "Told at the inputs as stated: draws keep no horizon before the last. "
    why = psa.why_not_weighed(effect, perspective, counted.view)
    return f"Told at the inputs as stated, since of draws {why.removesuffix('.')}. " if why else ""


def _frontier(
    study: Study, table: pd.DataFrame, effect: str, perspective: Perspective, counted: Counted, rests: str
) -> Sheet:
    """Increments along the frontier, and why there is no ratio where there is none. rests: on what."""
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
            "none" if pd.isna(row["icer"]) and row["note"] and row["status"] == "ND" else _ratio(row),
            STANDINGS.get(row["status"], row["status"]),
        )
        for row in records_of(table)
    ]
    columns = [*words("scenario"), *figures("cost", unit=currency), *figures(gained.units, "more cost", "more effect")]
    columns += [*figures(f"{currency} per {gained.unit}"), *words("standing")]
    whose = f"perspective: {perspective} ({PERSPECTIVES[perspective]})"
    title = f"Cost per {gained.unit}, discounted, of {counted.words}; {whose}"
    without = "".join(f" {row['strategy']}: {row['note']}." for row in records_of(table) if row["note"])
    note = f"Each scenario on the frontier is compared with the next cheaper one on it. {rests}{without}"
    return Sheet(title, columns, rows, note)


def _ratio(row: Mapping[Any, Any]) -> Amount:
    """An ICER; to three figures where it has no interval."""
    amount = Amount.of(row, "icer")
    return amount if not isnan(amount.low) or isnan(amount.value) else Amount(float(f"{amount.value:.3g}"))


def _narrowest(table: pd.DataFrame, name: str) -> Amount:
    """By what costs and effects, which have no intervals of their own here, are rounded: by what is best known of how
    they differ."""
    ends = [(row[f"{name}_low"], row[f"{name}_high"]) for row in records_of(table)]
    narrow = [each for each in ends if each[0] < each[1]]
    low, high = min(narrow, key=lambda each: each[1] - each[0], default=(nan, nan))
    return Amount(nan, low, high, bare=True)


def _net_benefit_of_draws(study: Study, psa: PsaResult, perspective: Perspective, counted: Counted) -> Sheet:
    """The same over draws, with the chance of being the best."""
    entries: dict[float, dict[str, TableCell]] = {}
    table = net_benefit_of_draws(psa, THRESHOLDS, "qaly", perspective, counted.view)
    for row in records_of(table):
        chance = chance_text(row["probability_best"], row["probability_low"], row["probability_high"])
        best = f"best in {chance} of draws"
        highest = f"highest, {best}" if row["best"] else best
        cell = Amount.of(row, "difference", sign=True, note=highest) if row["strategy"] != study.baseline else highest
        entries.setdefault(row["threshold"], {})[row["strategy"]] = cell
    return _of_worths(study, entries, perspective, counted, f"Highest on average over draws. {OF_DRAWS}")


def _of_worths(
    study: Study,
    entries: Mapping[float, Mapping[str, TableCell]],
    perspective: Perspective,
    counted: Counted,
    note: str,
) -> Sheet:
    """By worth of a QALY, net benefit against the baseline."""
    currency = _currency(study)
    title = f"Net monetary benefit against {study.baseline}, {currency}, of {counted.words}; perspective: {perspective}"
    rows = [([f"{threshold:,.0f}"], cells) for threshold, cells in entries.items()]
    labels = list(dict.fromkeys(label for cells in entries.values() for label in cells))
    return side_by_side(title, [f"a QALY worth, {currency}"], rows, labels, note)


def _net_benefit(study: Study, perspective: Perspective, counted: Counted, why: str = "") -> Sheet:
    """Net monetary benefit against the baseline at usual worths of a QALY. why: it is not of draws."""
    table = study.net_benefit(effect="qaly", perspective=perspective)
    entries: dict[float, dict[str, TableCell]] = {}
    for row in records_of(table.sort_values("threshold", kind="stable")):
        cell = Amount.of(row, "difference", sign=True, note="highest" if row["best"] else "")
        entries.setdefault(row["threshold"], {})[row["strategy"]] = cell
    for cells in entries.values():
        cells[study.baseline] = "highest" if getattr(cells[study.baseline], "note", "") else "0"
    note = f"{why}An interval that holds 0 means that no difference was found at that worth. {CHOSEN_BY}"
    return _of_worths(study, entries, perspective, counted, note)


def _currency(study: Study) -> str:
    return study.results[study.baseline].scenario.currency
