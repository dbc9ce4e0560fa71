"""Tables of a regression check: what did not hold, case by case; and the sentences that go with them."""

import math
from collections.abc import Iterator
from typing import Any

from sim.experiment.regression.baselines import Check
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.sheet import Sheet, figures, words

MOST_ROWS = 25
"""So many metrics of a case are shown, those that moved furthest; the formats for machines hold all."""
HEADS = figures("baseline", "now", "difference", "tolerance", "in tolerances")
COLUMNS = [*words("metric", "of"), *HEADS, *words("verdict")]


def drift_parts(check: Check) -> Iterator[Sheet | str]:
    """What did not hold, case by case, and what is to be known beside; nothing of a case where all held."""
    for case in check.suite.cases:
        rows = _not_held(check, case.name)
        if rows:
            yield Sheet(_case_title(check, case.name), COLUMNS, [drift_cells(row) for row in rows[:MOST_ROWS]])
        if len(rows) > MOST_ROWS:
            yield f"... and {len(rows) - MOST_ROWS} more (all of them: --format json)"
        for note in drift_notes(check, case.name):
            yield f"{case.name}: {note}"


def drift_verdict(check: Check) -> str:
    """One sentence on all cases together."""
    if check.table.empty:
        return "There is nothing to compare with yet."
    counts = check.table["verdict"].value_counts()
    cases = len(check.suite.cases)
    of = f"{len(check.table):,} metrics in {cases} {'case' if cases == 1 else 'cases'}"
    others = [f"{counts[verdict]:,} {verdict}" for verdict in ("vanished", "new", "unclear") if verdict in counts]
    held, moved = counts.get("held", 0), counts.get("drift", 0)
    outcome = f"No drift: {held:,} of {of} held" if check.passed else f"Drift: {moved:,} of {of} moved"
    return ", ".join([outcome, *others]) + "."


def _not_held(check: Check, case: str) -> list[dict[str, Any]]:
    """Rows of a case that did not hold: what vanished, then what moved, the furthest first, then new and unclear."""
    table = check.table
    rows = records_of(table[(table["case"] == case) & (table["verdict"] != "held")])
    ranks = ("vanished", "drift", "unclear", "new")
    return sorted(rows, key=lambda row: (ranks.index(row["verdict"]), -_or_0(row["in_tolerances"])))


def _case_title(check: Check, name: str) -> str:
    case = next(case for case in check.suite.cases if case.name == name)
    # The exact tier compares like with like; in the other, the two runs may be of different size and seed.
    both = filter(None, (check.before[name], check.now[name]))
    runs = [f"seed {each.head.seed}, {each.head.replications} replications" for each in both]
    return f"{name} ({case.tier} tier; {' against '.join(dict.fromkeys(reversed(runs)))})"


def drift_notes(check: Check, case: str) -> list[str]:
    """What is to be known of a case beside its numbers."""
    return [note for name, note in check.notes if name == case]


def drift_cells(row: dict[str, Any]) -> tuple[str, ...]:
    """One row under COLUMNS."""
    sided = row["verdict"] in ("new", "vanished")
    return (
        row["metric"],
        "" if sided else row["of"],
        "" if row["verdict"] == "new" else _value(row["baseline"]),
        "" if row["verdict"] == "vanished" else _value(row["now"]),
        "" if math.isnan(row["difference"]) else f"{row['difference']:+.3g}",
        "" if math.isnan(row["tolerance"]) else f"{row['tolerance']:.3g}",
        _multiple(row["in_tolerances"]),
        row["verdict"],
    )


def _multiple(tolerances: float) -> str:
    # How far beyond says nothing more: a tolerance of the exact tier is a rounding error.
    if not math.isfinite(tolerances):
        return ""
    return "over 1,000" if tolerances > 1_000 else f"{tolerances:,.3g}"


def _value(value: float) -> str:
    return "undefined" if math.isnan(value) else number(value, figures=6)


def _or_0(value: float) -> float:
    return 0.0 if math.isnan(value) else value
