"""The answer in three sentences, from the numbers: what differs with its interval, and what was not found to differ.

Pure functions. They claim a difference only where the adjusted p value is below 0.05, by `tables.verdict`.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from sim.analysis import holm
from sim.report.page_parts import listed, shortened
from sim.report.tables import records_of, verdict
from sim.report.wording import Measure

ANSWERED = (
    "admitted",
    "wait.*.mean",
    "retention.90_days",
    "relapse.365_days",
    "days_abstinent",
    "deaths.share",
    "qalys.per_patient",
    "cost.per_patient.society",
    "cost.total",
)
"""What the answer speaks of, as far as it is known; the table has the rest."""

CLAIMS = ("better", "worse", "higher", "lower")
SIMULATION_ERROR_ONLY = (
    "Every interval here is a 95 % interval of the error of simulating {replications}; what is unknown about the "
    "inputs is not in it"
)


def with_verdicts(differences: pd.DataFrame, measures: Mapping[str, Measure]) -> pd.DataFrame:
    """The rows about these metrics, p values adjusted (Holm) over just these rows, with a column `verdict`.

    differences: columns as of `sim.analysis.paired_differences`. The answer and the table below it go by the same rows.
    """
    rows = differences[differences["metric"].isin(measures)]
    rows = rows.assign(p_adjusted=holm(rows["p_value"].to_numpy(dtype=float)))
    words = [
        verdict(row["difference"], row["p_adjusted"], measures[row["metric"]].direction) for row in records_of(rows)
    ]
    order = list(measures)
    rows = rows.assign(verdict=words, place=[order.index(metric) for metric in rows["metric"]])
    return rows.sort_values("place", kind="stable").drop(columns="place").reset_index(drop=True)


def answer(rows: pd.DataFrame, measures: Mapping[str, Measure], replications: int) -> tuple[str, str, str]:
    """Three sentences on one scenario against another: on patients, on money, and on what is not known.

    rows: of `with_verdicts`, all of one pair.
    """
    if rows.empty:
        return ("The two scenarios share no outcome that could be compared.", "", "")
    label, against = (shortened(str(rows[name].iloc[0])) for name in ("scenario", "against"))
    if replications < 2:
        first = (
            f"One simulated future of each cannot tell a difference from chance, so nothing is said here about "
            f"whether {label} does better or worse than {against}."
        )
        return (first, *_one_future())
    told = [row for row in records_of(rows) if _answers(row["metric"])]
    people = [row for row in told if not row["metric"].startswith("cost.")]
    money = [row for row in told if row["metric"].startswith("cost.")]
    return (
        _claims(f"Compared with {against}, {label} does", people, measures, "what happens to patients"),
        _claims("In money it does", money, measures, "costs"),
        _not_found(told, measures),
    )


def answer_of_one(summary: pd.DataFrame, measures: Mapping[str, Measure], replications: int) -> tuple[str, str, str]:
    """Three sentences on a scenario that is compared with none: on access, on outcomes, and on money.

    summary: columns as of `Result.summary`.
    """
    rows = {row["metric"]: row for row in records_of(summary) if row["metric"] in measures}

    def said(*patterns: str) -> str:
        names = [name for pattern in patterns for name in measures if fnmatchcase(name, pattern) and name in rows]
        return "; ".join(text for name in names if (text := _level(measures[name], rows[name])))

    access = said("arrivals", "admitted", "wait.*.mean")
    outcomes = said("retention.90_days", "relapse.365_days", "days_abstinent", "deaths.share", "qalys.per_patient")
    money = said("cost.per_patient.society", "cost.total")
    return (
        f"Getting in: {access or 'nobody asked for care, so there is nothing to say'}.",
        f"What becomes of them: {outcomes or 'there is no outcome to report'}.",
        f"What it costs: {money or 'there is no cost to report'}.",
    )


def groups_answer(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> list[str]:
    """A sentence an outcome: for which groups of patients it gets better, for which worse, and for how many neither.

    rows: group (as it is called), metric, verdict, of one scenario against the baseline.
    """
    lines = []
    for metric, of_metric in rows.groupby("metric", sort=False):
        by_verdict = {
            word: [shortened(str(group)) for group in groups] for word, groups in of_metric.groupby("verdict")["group"]
        }
        claims = [f"{word} for {listed(by_verdict[word])}" for word in CLAIMS if word in by_verdict]
        rest = len(of_metric) - sum(len(by_verdict.get(word, [])) for word in CLAIMS)
        if rest and claims:
            claims.append(f"no difference was found for the other {rest}")
        elif rest:
            claims.append("no difference was found for any group")
        words = measures[str(metric)].words
        lines.append(f"{words[0].upper()}{words[1:]}: {'; '.join(claims)}.")
    return lines


def _claims(begins: str, rows: Sequence[Mapping[str, Any]], measures: Mapping[str, Measure], about: str) -> str:
    """One sentence with every difference that was found, or that none was."""
    parts = []
    for word in CLAIMS:
        named = [_change(measures[row["metric"]], row) for row in rows if row["verdict"] == word]
        if named:
            parts.append(f"{word} on {_some(named, 6)}")
    if parts:
        return f"{begins} {', and '.join(parts)}."
    if not rows:
        return f"On {about} the two have no main outcome in common."
    return f"No difference was found in {about}."


def _not_found(rows: Sequence[Mapping[str, Any]], measures: Mapping[str, Measure]) -> str:
    named = [measures[row["metric"]].spoken for row in rows if row["verdict"] == "no difference found"]
    same = [measures[row["metric"]].spoken for row in rows if row["verdict"] == "same"]
    unknown = [measures[row["metric"]].spoken for row in rows if row["verdict"] == "too few replications"]
    parts = []
    if named:
        parts.append(f"no difference was found in {_some(named)}, which does not show that there is none")
    if same:
        parts.append(f"exactly the same in every future: {_some(same)}")
    if unknown:
        parts.append(f"measured in too few futures to tell: {_some(unknown)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else "A difference was found in every outcome that is told here."


def caveat(replications: int) -> str:
    """What the intervals are of, which must be said beside any answer."""
    if replications < 2:
        return "There are no intervals: the error of simulating one future cannot be known from that future."
    return f"{SIMULATION_ERROR_ONLY.format(replications=f'{replications} futures')}."


def _one_future() -> tuple[str, str]:
    return (
        "The numbers below show what happened in that future.",
        "Simulate ten or more of them (--replications) to compare.",
    )


def _change(measure: Measure, row: Mapping[str, Any]) -> str:
    limits = measure.change_range(row["ci_low"], row["ci_high"])
    change = measure.change(row["difference"])
    return f"{measure.spoken} ({change}{f', {limits}' if limits else ''})"


def _level(measure: Measure, row: Mapping[str, Any]) -> str:
    value = measure.level(row["mean"])
    limits = measure.range(row["ci_low"], row["ci_high"])
    return f"{measure.words} {value}{f' ({limits})' if limits else ''}" if value else ""


def _answers(metric: str) -> bool:
    return any(fnmatchcase(metric, pattern) for pattern in ANSWERED)


def _some(words: Sequence[str], most: int = 5) -> str:
    """The first of them, and how many more there are."""
    return listed([*words[:most], *([f"{len(words) - most} more"] if len(words) > most else [])])
