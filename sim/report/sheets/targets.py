"""Tables of targets: what a scenario says beside what the model says; and what a calibration to them found."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim.analysis.targets import CANNOT_TELL, OUTSIDE
from sim.experiment.calibration import Calibration
from sim.experiment.psa import PsaResult
from sim.experiment.psa.targets import SHARES, targets_of_draws
from sim.experiment.result import Study
from sim.report.sheets.numbers import number, range_text, records_of
from sim.report.sheets.sheet import Amount, Sheet, figures, words
from sim.report.sheets.uncertainty import share_of, share_text
from sim.report.words import some

TITLE = "You say / the model says"
NOTE = (
    "What the programme is known to show, as the scenario states it, and what the model does: within where the whole "
    "95 % interval lies in the range with its tolerance, outside where none of it does. The interval is of simulation "
    "error."
)
OF_DRAWS = (
    "What the programme is known to show, as the scenario states it, and what the model does on average over draws; in "
    "brackets: what uncertain inputs leave open; what chance does. Within: in the range with its tolerance."
)
NOT_KEPT = "Targets at the inputs as stated, since the draws lack them: {}; stepdown psa with another --out keeps them."
OF_ANOTHER = {"within": "within", "above": "too high", "below": "too low"}
"""By where of a range draws are, what they are."""


def targets_told(study: Study, psa: PsaResult | None) -> pd.DataFrame:
    """`Study.targets`; of a psa, of the draws where these kept them: mean and intervals are theirs, and inputs_low,
    inputs_high and shares are added, which are missing of others.

    psa: under the labels of the study.
    """
    targets = study.targets()
    if psa is None or not len(targets):
        return targets
    drawn = targets_of_draws(psa).set_index(["scenario", "target"]).to_dict("index")
    rows = []
    for row in records_of(targets):
        of_it = drawn.get((row["scenario"], row["target"]))
        if of_it is not None:
            row |= {name: of_it[name] for name in ("mean", "outside_by", "inputs_low", "inputs_high", *SHARES)}
            row |= {"ci_low": of_it["simulation_low"], "ci_high": of_it["simulation_high"]}
        rows.append(row)
    return pd.DataFrame(rows, columns=[*targets.columns, "inputs_low", "inputs_high", *SHARES])


def not_of_draws(targets: pd.DataFrame) -> str:
    """What must be known of targets that draws do not tell; "" where there are none. targets: of `targets_told`."""
    if "within_in" not in targets or targets["within_in"].isna().sum() == 0:
        return ""
    return NOT_KEPT.format(some(list(targets.loc[targets["within_in"].isna(), "target"]), 3))


def are_missed(targets: pd.DataFrame) -> "pd.Series[bool]":
    """Which are not met: outside, or, of draws, within in fewer than half of them."""
    outside = targets["verdict"] == OUTSIDE
    if "within_in" not in targets:
        return outside
    return (targets["within_in"] < 0.5).where(targets["within_in"].notna(), outside)


def targets_sheet(targets: pd.DataFrame, label: str) -> Sheet:
    """A `Result.targets`, or rows of one scenario of `targets_told`. label: of the scenario, if there are several."""
    rows = [
        (
            *(row["target"], row["unit"], stated(row)),
            Amount.of(row, "mean"),
            *(verdict(row), row["source"]),
        )
        for row in records_of(targets)
    ]
    columns = [*words("target", "unit"), *figures("you say", "the model says"), *words("", "source")]
    lacking = not_of_draws(targets)
    note = OF_DRAWS if "within_in" in targets and targets["within_in"].notna().any() else NOTE
    return Sheet(f"{TITLE}{f': {label}' if label else ''}", columns, rows, " ".join(filter(None, (note, lacking))))


def targets_sheets(study: Study, psa: PsaResult | None = None) -> Iterator[Sheet]:
    """Of each scenario that states targets; under its name, if there are several. psa: as of `targets_told`."""
    targets = targets_told(study, psa)
    for name, result in study.results.items():
        if result.scenario.targets:
            yield targets_sheet(targets[targets["scenario"] == name], name if len(study.results) > 1 else "")


def stated(row: Mapping[str, Any]) -> str:
    """What a target states: a value or a range, with its tolerance."""
    text = number(row["low"]) if row["low"] == row["high"] else range_text(row["low"], row["high"])
    return f"{text} ± {number(row['tolerance'])}" if row["tolerance"] else text


def verdict(row: Mapping[str, Any]) -> str:
    """The verdict in words: what is outside, by how much; of draws, in which share of them."""
    if not math.isnan(row.get("within_in", math.nan)):
        return _in_draws(row)
    if row["verdict"] == OUTSIDE:
        side = "high" if row["outside_by"] > 0 else "low"
        return f"outside, too {side} by {number(abs(row['outside_by']), figures=2)}"
    if row["verdict"] == CANNOT_TELL:
        return f"{CANNOT_TELL}: {'undefined' if math.isnan(row['mean']) else 'more replications would'}"
    return str(row["verdict"])


def _in_draws(row: Mapping[str, Any]) -> str:
    """Where most draws are: "too high in 95 % of draws, within in 5 %"."""
    least, most = row["low"] - row["tolerance"], row["high"] + row["tolerance"]
    where = {"within": (least, most), "above": (most, math.inf), "below": (-math.inf, least)}
    side = max(where, key=lambda name: row[f"{name}_in"])
    low, high = where[side]
    if row[f"{side}_in"] == 1 and not (low <= row["ci_low"] and row["ci_high"] <= high):
        # The draws agree because inputs were not found to matter, and chance leaves another side open.
        return f"{CANNOT_TELL}: more draws would"
    word = f"{OF_ANOTHER[side]} in {share_text(*share_of(row, side))} of draws"
    return word if side == "within" else f"{word}, within in {share_text(*share_of(row, 'within'))}"


def calibration_sheets(calibration: Calibration) -> Iterator[Sheet]:
    """Each target, aimed at and reached; and each input, with the error that chance in the simulation leaves it."""
    columns = [*words("target", "unit"), *figures("aimed at", "reached", "standard error"), *words("")]
    rows = [
        (row["target"], row["unit"], stated(row), number(row["mean"]), _error(row["standard_error"]), verdict(row))
        for row in records_of(calibration.targets)
    ]
    yield Sheet(f"Targets, reached in {calibration.replications} replications", columns, rows)
    columns = [*words("input"), *figures("sought from", "to", "was", "found", "standard error"), *words("")]
    best = []
    for row in records_of(calibration.inputs):
        bound = f"at its {row['at_bound']} end" if row["at_bound"] else ""
        values = [number(row[key]) for key in ("low", "high", "start", "value")]
        best.append((row["input"], *values, _error(row["standard_error"]), bound))
    yield Sheet(f"Inputs, the best of {len(calibration.trace)} combinations", columns, best)


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """What is to be known before the values are used."""
    if calibration.stopped:
        yield "stopped: these are the best of the combinations that were tried, and no errors were reckoned"
    elif not calibration.settled:
        yield "the search ended before it settled: start it again from the values found, or with narrower ranges"
    for name in calibration.not_reached:
        yield f"target {name} is not reached: no combination that was tried shows it with the others"
    for row in records_of(calibration.inputs):
        if row["at_bound"]:
            yield f"{row['input']} lies at the {row['at_bound']} end of its range: a wider one may fit better"
        elif not calibration.stopped and calibration.replications > 1 and pd.isna(row["standard_error"]):
            yield f"{row['input']} has no error: the targets do not tell the inputs apart"


def _error(value: float) -> str:
    return "" if pd.isna(value) else number(value, figures=2)
