"""Tables of outcomes: of one scenario, of several beside one another, and of the few that a decision looks at first."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.files.formats import metric_of_today
from sim.files.nearest import nearest
from sim.outcomes import OF_EQUITY, fitting, main_outcomes, metric_names, metric_table
from sim.outcomes.events import LEAST
from sim.outcomes.headline import OF_MONEY
from sim.report.answers import rows_about
from sim.report.drawn_verdicts import AS_STATED, drawn_levels, drawn_rows
from sim.report.sheets.numbers import defined_in, number, records_of
from sim.report.sheets.sheet import Amount, Sheet, TableCell, figures, side_by_side, words
from sim.report.verdicts import CLAIMS
from sim.report.wording import Measure, measures
from sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis import Selection
    from sim.experiment.psa import PsaResult
    from sim.experiment.result import Study

PAIRED = (
    "Paired by replication: the same people with the same luck. A number with a sign is a difference from {against}, "
    "with its 95 % interval; those of percentages are in points. Better, worse, higher, lower: found, with all main "
    "outcomes and scenarios allowed for (Holm), those by year apart; in this model with these inputs. May be chance: "
    "the interval alone leaves 0 out, but among so many comparisons that can happen. Too few to tell: the two "
    f"differ by fewer than {LEAST} events in all, which even on one side could not be told from chance. By definition: "
    "a changed input decides what is counted. What only some scenarios have is told without a sign."
)
PAIRED_DRAWS = (
    "Paired by draw and by luck: scenarios share the inputs that they state alike, the people and the luck. A number "
    "with a sign is a difference from {against} on average over draws, with two 95 % intervals: what uncertain inputs "
    "leave open, and what chance in the simulation does; those of percentages are in points. Better, worse, higher, "
    "lower: on which side most draws are, freed of chance, and what share of them. May be chance: the draws agree, and "
    "chance leaves open what their mean is. By definition: a changed input decides what is counted. What only some "
    f"scenarios have is told without a sign. What the draws lack is told {AS_STATED}, with chance alone in its "
    "interval, and better or worse then means found, with all main outcomes and scenarios allowed for (Holm)."
)
PRECISE = (*OF_EQUITY, *OF_MONEY)
"""Outcomes of which the report says how precise they are."""
LONGEST_WAITS = 2
"""So many waits are among the outcomes that are told first: those that change, then the longest."""
FIRST = ("admitted", *OF_EQUITY, "cost.per_patient.payer", *OF_MONEY)


def choose_metrics(patterns: Sequence[str] | None, scenarios: Sequence[Scenario]) -> list[str]:
    """Names of the metrics that fit any of the patterns (`*` stands for anything), in the registry's order.

    Raises ValueError, with the nearest names, for a pattern that fits nothing.
    """
    known = list(dict.fromkeys(name for scenario in scenarios for name in metric_names(scenario)))
    for pattern in patterns or ():
        if not fitting(known, [pattern]):
            near = nearest(pattern, known, most=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            hint = f"; it is called {new} now" if (new := metric_of_today(pattern)) != pattern else hint
            raise ValueError(f"no metric {pattern!r}{hint} (all of them: stepdown metrics)")
    return fitting(known, patterns) if patterns else main_outcomes(scenarios)


def measured(study: "Study", metrics: Sequence[str] | None = None) -> dict[str, Measure]:
    """How a study's main outcomes, or these metrics, are spoken of."""
    scenarios = list(study.scenarios.values())
    return measures(scenarios, main_outcomes(scenarios) if metrics is None else metrics)


def outcome_sheets(
    study: "Study",
    known: Mapping[str, Measure],
    every_pair: bool = False,
    names: bool = False,
    psa: "PsaResult | None" = None,
) -> Iterator[Sheet]:
    """These outcomes, of one scenario; or of all beside one another, and with `every_pair` from each other one too.

    names: of the metrics stand in front. psa: under the labels of the study, of whose draws they are told then.
    """
    if len(study.results) == 1:
        title = f"Main outcomes, means of {futures(study.replications) if psa is None else 'draws'}"
        yield _outcomes(study, known, None, study.baseline, title, names, psa)
        return
    rows = drawn_rows(rows_about(study.differences(every_pair), known), known, psa)
    for against in [study.baseline, *(each for each in rows["against"].unique() if each != study.baseline)]:
        of_one = rows[rows["against"] == against]
        yield _outcomes(study, known, of_one, against, f"All main outcomes against {against}", names, psa)


def headline_sheet(study: "Study") -> Sheet:
    """The outcomes that a decision looks at first, with their verdicts: access, what becomes of patients, money."""
    known = measured(study)
    single = len(study.results) == 1
    rows = None if single else rows_about(study.differences(), known)
    means = study.summary().groupby("metric")["mean"].max()
    claimed = set() if rows is None else set(rows.loc[rows["verdict"].isin(CLAIMS), "metric"])
    waits = [name for name in known if fitting([name], ["wait.*.mean"]) and means.get(name, math.nan) > 0]
    told_first = sorted(waits, key=lambda name: (name not in claimed, -float(means[name])))[:LONGEST_WAITS]
    # What is expected of deaths tells what so few of them cannot.
    first = {*told_first, *FIRST} - ({"deaths.share"} if "deaths.expected_share" in known else set())
    shown = {name: measure for name, measure in known.items() if name in first}
    title = f"Means of {futures(study.replications)}" if single else f"Against {study.baseline}"
    return _outcomes(study, shown, rows, study.baseline, title, names=False)


def _outcomes(
    study: "Study",
    known: Mapping[str, Measure],
    rows: "pd.DataFrame | None",
    against: str,
    title: str,
    names: bool,
    psa: "PsaResult | None" = None,
) -> Sheet:
    """rows: of `drawn_rows`, against one scenario; None of a single run."""
    levels = study.summary()
    levels = drawn_levels(levels[levels["metric"].isin(known)], psa)
    summary = {(row["metric"], row["scenario"]): row for row in records_of(levels)}
    changes = {} if rows is None else {(row["metric"], row["scenario"]): row for row in records_of(rows)}
    # Against another than the baseline only what differs from it is told.
    scenarios = {scenario for _, scenario in changes}
    labels = [label for label in study.results if against == study.baseline or label == against or label in scenarios]
    entries: list[tuple[list[str], dict[str, TableCell]]] = []
    for metric, measure in known.items():
        cells: dict[str, TableCell] = {}
        for label in labels:
            level, change = summary.get((metric, label)), changes.get((metric, label))
            if change is not None:
                more = defined_in(change, study.replications)
                if psa is not None:
                    more = (
                        AS_STATED if math.isnan(change["inputs_low"]) and not math.isnan(change["difference"]) else ""
                    )
                cells[label] = measure.amount(change, "difference", sign=True, note=change["finding"], more=more)
            elif level is not None:
                defined = defined_in(level, study.replications) if psa is None else level["note"]
                compared = label == against and rows is not None
                cells[label] = measure.amount(level, note=f"({defined})" if defined else "", bare=compared)
        if cells:
            entries.append(([measure.head, *([metric] if names else [])], cells))
    note = "" if rows is None else (PAIRED if psa is None else PAIRED_DRAWS).format(against=against)
    return side_by_side(title, ["outcome", *(["metric"] if names else [])], entries, labels, note, "none")


def precision_sheet(study: "Study", known: Mapping[str, Measure]) -> Sheet:
    """Half the width of each interval: how close the simulation got."""
    single = len(study.results) == 1
    frame = study.summary() if single else study.differences()
    halves = {(row["metric"], row["scenario"]): row for row in records_of(frame)}
    labels = list(study.results)[0 if single else 1 :]

    def half(measure: Measure, label: str) -> TableCell:
        row = halves.get((measure.metric, label))
        width = math.nan if row is None else measure.factor * (row["ci_high"] - row["ci_low"]) / 2
        if math.isnan(width):
            return "" if row is None else "not known"
        return f"± {number(width, figures=2)} {measure.of_change}".rstrip()

    precise = [known[name] for name in PRECISE if name in known]
    entries = [([measure.words], {label: half(measure, label) for label in labels}) for measure in precise]
    title = f"How precise the {'means' if single else 'differences'} are: half-widths of their 95 % intervals"
    return side_by_side(title, ["outcome"], entries, labels)


def selection_sheet(selection: "Selection", metric: str, scenario: Scenario) -> Sheet:
    """What a `sim.select` found."""
    unit = metric_table(scenario).set_index("metric")["unit"][metric]
    units = unit.removesuffix("s") if selection.indifference == 1 else unit
    by = f"{number(selection.indifference, figures=3)} {units}"
    tied = [name for name in selection.surviving if name != selection.best]
    title = f"{metric} in this model: {selection.best or 'undecided'}"
    if selection.best is not None:
        title += f", if it is better than every other by {by} or more, "
        title += f"with a probability of at least {selection.probability:g}"
        title += f"; cannot be told from {', '.join(tied)}" if tied else ""
    words_of = {"eliminated": f"dropped: not the best by {by}"}
    rows = [
        (row["system"], Amount(row["mean"]), str(row["replications"]), words_of.get(row["status"], row["status"]))
        for row in records_of(selection.table)
    ]
    return Sheet(title, [*words("scenario"), *figures(f"mean, {unit}", "replications"), *words("")], rows)


def futures(replications: int) -> str:
    """So many replications, in words."""
    return "one simulated future" if replications == 1 else f"{replications} simulated futures"
