"""What titles say: the finding in words, and no more than the numbers bear."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from sim.analysis.intervals import holm_of_what_differs
from sim.report.sheets.numbers import number
from sim.report.verdicts import CLAIMS, TOO_FEW, UNDEFINED, none_found, with_verdicts
from sim.report.wording import Measure
from sim.report.words import listed, sentence, short_names

MOST_NAMED = 3
"""Scenarios beside the one that differs most that a title has room for."""


def per_cent(share: float) -> str:
    """A share as people read it."""
    return f"{number(100 * share, figures=2 if abs(share) < 0.995 else 3)} %"


def judged(rows: pd.DataFrame, measure: Measure, findings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows of `bands.banded` about a measure, with p_adjusted and verdict; those of a first scenario have neither.

    findings: of `Study.differences`; where they have the measure's metric, their p values hold, so that a picture finds
    what the tables find. Otherwise these rows are a family of their own (Holm). Of `drawn_rows` their verdicts hold,
    and verdict_text is added.
    """
    rows = rows.assign(metric=measure.metric)
    if findings is not None and "verdict_text" in findings:
        of_draws = findings[findings["metric"] == measure.metric].set_index("scenario")
        return rows.assign(
            **{name: rows["scenario"].map(of_draws[name]).fillna("") for name in ("verdict", "verdict_text")}
        )
    known = pd.DataFrame(columns=["metric"]) if findings is None else findings
    known = known[known["metric"] == measure.metric]
    if known.empty:
        adjusted = holm_of_what_differs(rows["p_value"].to_numpy(dtype=float))
    else:
        of_scenario = known.set_index("scenario")
        adjusted = rows["scenario"].map(of_scenario["p_adjusted"]).to_numpy(dtype=float)
        for column in ("defined_by", "events_apart"):
            if column in of_scenario:
                rows = rows.assign(**{column: rows["scenario"].map(of_scenario[column])})
    return with_verdicts(rows.assign(p_adjusted=adjusted), {measure.metric: measure.direction})


def compared(measure: Measure, rows: pd.DataFrame) -> str:
    """How scenarios differ from the first of them in one quantity, or that no difference was found.

    rows: of `judged`; the first is the baseline's. Of several scenarios that differ the farthest is named.
    """
    base, *others = tuples(rows)
    if not others:
        return f"{measure.words}: {_level(measure, base)}"
    names = short_names(list(rows["scenario"]))
    differing = [row for row in others if row.verdict in CLAIMS]
    if not differing:
        verdicts = {row.verdict for row in others}
        if verdicts == {UNDEFINED}:
            return f"{measure.words}: nothing to compare"
        if verdicts == {TOO_FEW}:
            return f"too few replications to compare {measure.within_sentence}"
        return f"{none_found(verdicts)} in {measure.within_sentence}"
    most = max(differing, key=lambda row: abs(row.difference))
    change = measure.change_text(most.difference, most.difference_low, most.difference_high)
    if share := getattr(most, "verdict_text", ""):
        number, _ = measure.change(most.difference, most.difference_low, most.difference_high)
        change = f"{number} {measure.of_change}".strip()
    also = [names[row.scenario] for row in differing if row is not most]
    also = also if len(also) <= MOST_NAMED else [f"{len(also)} others"]
    count = f"; also in {listed(also)}" if also else "; in no other" if len(others) > 1 else ""
    at_base = f"{_level(measure, base)} in {names[base.scenario]}"
    return f"{measure.words}: {at_base}, {change} in {names[most.scenario]}{f', {share}' if share else ''}{count}"


def _level(measure: Measure, row: Any) -> str:
    """A mean with its unit, to as many decimals as tables give it beside its interval, where there is one."""
    known = {"ci_low": math.nan, "ci_high": math.nan, **row._asdict()}
    return str(measure.amount(known, unit=measure.unit, bare=True))


def compared_most(frame: pd.DataFrame, measure: Measure, findings: pd.DataFrame | None) -> str:
    """`compared` of the metric that differs most; where none is found to differ, of the largest; as a sentence.

    frame: title (of the level or place of a metric), metric, scenario and `bands.BAND_COLUMNS`. measure: of any of the
    metrics, with {} for the title. findings: as of `judged`.
    """
    titles = dict(zip(frame["metric"], frame["title"], strict=True))
    of = {name: replace(measure, metric=name, words=measure.words.format(title)) for name, title in titles.items()}
    rows = {name: judged(frame[frame["metric"] == name], of[name], findings) for name in titles}
    largest = {name: float(of_metric["mean"].max()) for name, of_metric in rows.items()}
    most = most_changed(rows) or max(titles, key=lambda name: (not math.isnan(largest[name]), largest[name]))
    return sentence(compared(of[most], rows[most]))


def most_changed(rows: Mapping[str, pd.DataFrame]) -> str | None:
    """Of several quantities in one unit, by key, the one that is found to differ most; None where none is.

    rows: of `judged`.
    """
    changes = {
        key: float(frame.loc[frame["verdict"].isin(CLAIMS), "difference"].abs().max()) for key, frame in rows.items()
    }
    changes = {key: change for key, change in changes.items() if change > 0}
    return max(changes, key=lambda key: changes[key]) if changes else None


def tuples(frame: pd.DataFrame) -> list[Any]:
    """The rows of a DataFrame, with their columns as attributes."""
    return list(frame.itertuples(index=False))
