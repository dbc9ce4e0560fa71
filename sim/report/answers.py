"""The answer in three sentences, from the numbers: what differs with its interval, and what was not found to differ.

Pure functions. They claim a difference only where `verdicts.verdict` does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.outcomes.headline import OF_ACCESS, OF_EQUITY, OF_MONEY, fitting
from sim.report import verdicts
from sim.report.sheets.numbers import records_of
from sim.report.sheets.sheet import Amount
from sim.report.sheets.uncertainty import share_text
from sim.report.wording import Measure
from sim.report.words import listed, sentence, shortened, some

ANSWERED = (*OF_ACCESS[1:], *OF_EQUITY, *OF_MONEY)
"""What the answer speaks of, as far as it is known; the table has the rest."""

MOST_GROUPS = 3
"""So many are named: the table has the rest, and a sentence those for whom it is most and least."""
SIMULATION_ERROR_ONLY = (
    "Every number here is one of this model. Every interval is a 95 % interval of chance in the simulation alone, the "
    "error of simulating {replications} futures; what is unknown about the inputs, or left out of the model, is not in "
    "it."
)
NO_INTERVALS = (
    "Every number here is one of this model. There are no intervals: the error of simulating one future cannot be "
    "known from that future."
)
ONE_FUTURE = (
    "One simulated future of each cannot tell a difference from chance, so nothing is said here about whether {label} "
    "does better or worse than {against}."
)
AS_IT_WAS = "The numbers below show what happened in that future."
MORE_FUTURES = "Simulate ten or more of them (--replications) to compare."


def rows_about(differences: pd.DataFrame, measures: Mapping[str, Measure]) -> pd.DataFrame:
    """The rows about these metrics, in their order, with a column `verdict`.

    differences: of `Study.differences`, or of `paired_differences`. The answer and the table below it go by these rows.
    """
    order = list(measures)
    rows = differences[differences["metric"].isin(measures)]
    rows = verdicts.with_verdicts(rows, {metric: measure.direction for metric, measure in measures.items()})
    place = rows["metric"].map(order.index)
    return rows.loc[place.sort_values(kind="stable").index].reset_index(drop=True)


def answer(rows: pd.DataFrame, measures: Mapping[str, Measure], replications: int) -> tuple[str, str, str]:
    """Three sentences on one scenario against another: on patients, on money, and on what is not known.

    rows: of `rows_about`, all of one pair.
    """
    if rows.empty:
        return ("The two scenarios share no outcome that could be compared.", "", "")
    label, against = (shortened(str(rows[name].iloc[0])) for name in ("scenario", "against"))
    if replications < 2:
        return ONE_FUTURE.format(label=label, against=against), AS_IT_WAS, MORE_FUTURES
    answering = [row for row in records_of(rows) if fitting([row["metric"]], ANSWERED)]
    people = [row for row in answering if row["metric"] not in OF_MONEY]
    money = [row for row in answering if row["metric"] in OF_MONEY]
    costs_alone = all(row["metric"].startswith("cost.") for row in money)
    about_money = "costs" if costs_alone else "costs, or in what is left and who bears the rest"
    return (
        _claims(f"In this model, compared with {against}, {label} does", people, measures, "what happens to patients"),
        _claims("In money it does", money, measures, about_money),
        _not_found(answering, measures),
    )


def answer_of_one(summary: pd.DataFrame, measures: Mapping[str, Measure], replications: int) -> tuple[str, str, str]:
    """Three sentences on a scenario that is compared with none: on access, on outcomes, and on money.

    summary: columns as of `Result.summary`.
    """
    known = {name: measure for name, measure in measures.items() if name in set(summary["metric"])}
    rows = {row["metric"]: row for row in records_of(summary)}

    def sentence_on(patterns: Sequence[str]) -> str:
        of = [known[name] for pattern in patterns for name in fitting(known, [pattern])]
        texts = [(each.words, str(each.amount(rows[each.metric], unit=each.unit))) for each in of]
        return "; ".join(f"{words} {text}" for words, text in texts if text)

    access, outcomes, money = map(sentence_on, (OF_ACCESS, OF_EQUITY, OF_MONEY))
    return (
        f"In this model, getting in: {access or 'nobody asked for care, so there is nothing to say'}.",
        f"What becomes of them: {outcomes or 'there is no outcome to report'}.",
        f"What it costs: {money or 'there is no cost to report'}.",
    )


def groups_answer(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> list[str]:
    """A sentence an outcome: for which groups of patients it gets better, for which worse, and for whom most and least.

    rows: group (as it is called), metric, verdict, and the difference with its interval, of one scenario against the
    baseline.
    """
    return [_of_groups(of_metric, measures[str(metric)]) for metric, of_metric in rows.groupby("metric", sort=False)]


def _of_groups(rows: pd.DataFrame, measure: Measure) -> str:
    parts = []
    for word in verdicts.CLAIMS:
        of_verdict = rows[rows["verdict"] == word]
        if len(of_verdict):
            which = _which(list(of_verdict["group"]), list(rows["group"]))
            defined_by = next(iter(of_verdict.get("defined_by", ())), "")
            parts.append(
                f"{word} for {which}{_shares(of_verdict)}{verdicts.by_definition(word, str(defined_by or ''))}"
            )
    claimed = rows[rows["verdict"].isin(verdicts.CLAIMS)]
    others = rows[~rows["verdict"].isin(verdicts.CLAIMS)]
    none = verdicts.none_found(others["verdict"])
    if claimed.empty:
        return f"{sentence(measure.words)}: {none} for any group."
    if len(others):
        parts.append(f"{none} for {'one other' if len(others) == 1 else f'the other {len(others)}'}")
    if len(claimed) > 1:
        order = claimed.sort_values("difference", kind="stable")
        ends = records_of(order.iloc[[0, -1]])
        changes = [f"{_change(measure, row)} for {shortened(str(row['group']))}" for row in ends]
        parts.append(f"from {' to '.join(changes)}")
    return f"{sentence(measure.words)}: {'; '.join(parts)}."


def _shares(rows: pd.DataFrame) -> str:
    """In which shares of draws it is so, of rows that are of draws."""
    known = rows.dropna(subset="share").sort_values("share", kind="stable") if "share" in rows else rows.iloc[:0]
    ends = (
        dict.fromkeys(
            share_text(row["share"], row["share_low"], row["share_high"]) for row in records_of(known.iloc[[0, -1]])
        )
        if len(known)
        else ()
    )
    return f" in {' to '.join(ends)} of draws" if ends else ""


def _which(named: Sequence[str], every: Sequence[str]) -> str:
    """Groups of patients in as few words as tell them."""
    others = [shortened(group) for group in every if group not in named]
    if not others:
        return f"all {len(every)} groups" if len(every) > 1 else shortened(named[0])
    if len(others) <= 2 < len(named):
        return f"all groups but {listed(others)}"
    return (
        some([shortened(group) for group in named])
        if len(named) <= MOST_GROUPS
        else f"{len(named)} of {len(every)} groups"
    )


def _claims(begins: str, rows: Sequence[Mapping[str, Any]], measures: Mapping[str, Measure], about: str) -> str:
    """One sentence with every difference that was found, or that none was."""
    parts = []
    for word in verdicts.CLAIMS:
        named = [
            _claim(measures[row["metric"]], row) + verdicts.by_definition(word, row.get("defined_by", ""))
            for row in rows
            if row["verdict"] == word
        ]
        if named:
            parts.append(f"{word} on {some(named, 6)}")
    if parts:
        return f"{begins} {', and '.join(parts)}."
    if not rows:
        return f"On {about} the two have no main outcome in common."
    return f"In this model {verdicts.none_found(row['verdict'] for row in rows)} in {about}."


NO_CLAIM = {
    verdicts.NOT_FOUND: "no difference was found in {}, which does not show that there is none",
    verdicts.MAYBE: "among so many comparisons it may be chance that there is one in {}",
    verdicts.UNDECIDED: "draws leave open whether it is more or less: {}",
    verdicts.SAME: "exactly the same in every future: {}",
    verdicts.TOO_FEW: "measured in too few futures to tell: {}",
    verdicts.TOO_RARE: "too few events differ to tell anything of {}",
    verdicts.UNDEFINED: "cannot be compared: {}",
}
"""How to speak of outcomes of which nothing is claimed, by verdict."""


def _not_found(rows: Sequence[Mapping[str, Any]], measures: Mapping[str, Measure]) -> str:
    parts = []
    for verdict, words in NO_CLAIM.items():
        named = []
        for row in (row for row in rows if row["verdict"] == verdict):
            measure = measures[row["metric"]]
            why = f" ({row['finding']})" if verdict == verdicts.UNDEFINED else ""
            with_change = verdict in (verdicts.MAYBE, verdicts.UNDECIDED)
            named.append(_claim(measure, row) if with_change else measure.within_sentence + why)
        if named:
            parts.append(words.format(some(named)))
    text = "; ".join(parts)
    return f"{sentence(text)}." if text else "In this model every outcome that is told here was found to differ."


def caveat(replications: int) -> str:
    """What the intervals are of, which must be said beside any answer."""
    return NO_INTERVALS if replications < 2 else SIMULATION_ERROR_ONLY.format(replications=replications)


def _claim(measure: Measure, row: Mapping[str, Any]) -> str:
    return f"{measure.within_sentence} ({', '.join(filter(None, _change(measure, row).pair))})"


def _change(measure: Measure, row: Mapping[Any, Any]) -> Amount:
    return measure.amount(row, "difference", unit=measure.of_change, sign=True)
