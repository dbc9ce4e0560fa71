"""What a stored psa adds to a study: intervals of uncertain inputs beside those of chance, and shares of draws."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.analysis.uncertainty import Spread
from sim.experiment.psa import PsaResult
from sim.outcomes import Perspective
from sim.report.sheets.uncertainty import between_text, is_open, share_text
from sim.report.verdicts import MAYBE, SAME, UNDECIDED, by_definition
from sim.report.wording import Measure

IN_DRAWS = "in {} of draws"
OF_DRAWS = "Of draws, in brackets: what uncertain inputs leave open; what chance does."
AS_STATED = "at the inputs as stated"
"""What is said of a number that is not of draws where those beside it are."""


def drawn_rows(rows: pd.DataFrame, measures: Mapping[str, Measure], psa: PsaResult | None) -> pd.DataFrame:
    """Rows of `rows_about`, of everybody or, with by and group, of groups of patients; of the draws where
    these have them.

    difference and ci_low, ci_high become those of the draws' mean; inputs_low, inputs_high are added; verdict is by the
    side on which most draws are, share what share that is, with share_low and share_high, and verdict_text and finding
    tell both. Neither is by a p value. Without draws these say what the verdict says.
    """
    directions = rows["metric"].map({metric: measure.direction for metric, measure in measures.items()})
    directions = directions.where(rows["defined_by"].fillna("") == "", "neutral")
    empty = dict.fromkeys(("inputs_low", "inputs_high", "share", "share_low", "share_high"), np.nan)
    rows = rows.assign(verdict_text=rows["verdict"], direction=directions, **empty)
    return rows if psa is None else _with_draws(rows, psa)


def drawn_levels(rows: pd.DataFrame, psa: PsaResult | None) -> pd.DataFrame:
    """Rows of `Study.summary`, of the draws where these have them: mean, ci_low and ci_high are of the draws' mean;
    inputs_low and inputs_high are added, and AS_STATED as a note on every other row, where there are draws."""
    if psa is None:
        return rows
    metrics = set(rows["metric"])
    levels = psa.levels([name for name in psa.about["metrics"] if name in metrics])
    known = levels.set_index(["metric", "scenario"]).to_dict("index")
    changed = []
    for row in rows.to_dict("records"):
        over = known.get((row["metric"], row["scenario"]))
        row |= {
            "inputs_low": np.nan,
            "inputs_high": np.nan,
            "note": AS_STATED if over is None and row["mean"] == row["mean"] else "",
        }
        if over is not None:
            row |= {"mean": over["mean"], "ci_low": over["simulation_low"], "ci_high": over["simulation_high"]}
            row |= {"inputs_low": over["inputs_low"], "inputs_high": over["inputs_high"]}
        changed.append(row)
    return pd.DataFrame(changed, columns=[*rows.columns, "inputs_low", "inputs_high", "note"])


def _with_draws(rows: pd.DataFrame, psa: PsaResult) -> pd.DataFrame:
    of_groups = {tuple(of): column for column, of in psa.groups.items()}
    changed = []
    for row in rows.to_dict("records"):
        apart = None
        column = of_groups.get((row["by"], row["group"], row["metric"]), "") if "by" in row else row["metric"]
        if column in psa.about["metrics"] or column in psa.groups:
            values = psa.values(column)
            whom, against = (psa.scenarios.index(row[of]) for of in ("scenario", "against"))
            apart = psa.spread(values[:, :, whom] - values[:, :, against])
        if apart is not None:
            verdict, text, share = verdict_of_draws(apart, row["direction"])
            # With its interval it would have no room on the two pages.
            short = verdict if verdict == UNDECIDED else text
            row |= {"difference": apart.mean, "verdict": verdict, "verdict_text": short, "share": share}
            row |= dict(zip(("share_low", "share_high"), _side(apart, apart.above >= 0.5)[1:], strict=True))
            row["finding"] = text + by_definition(verdict, row["defined_by"] or "")
            row |= {"ci_low": apart.simulation_low, "ci_high": apart.simulation_high}
            row |= {"inputs_low": apart.inputs_low, "inputs_high": apart.inputs_high, "p_adjusted": np.nan}
        changed.append(row)
    return pd.DataFrame(changed, columns=list(rows.columns))


def verdict_of_draws(apart: Spread, direction: str) -> tuple[str, str, float]:
    """The verdict on a difference, in a word and as it is told, "worse in 83 % of draws", and this share, NaN where
    nothing is claimed. direction: the better one.

    UNDECIDED where the interval of the share holds one half.
    """
    if apart.mean == apart.inputs_low == apart.inputs_high == 0:
        return SAME, SAME, np.nan
    agree = apart.inputs_low > 0 or apart.inputs_high < 0
    if agree and apart.simulation_low <= 0 <= apart.simulation_high:
        return MAYBE, MAYBE, np.nan
    rises = apart.above >= 0.5
    share, low, high = _side(apart, rises)
    word = "higher" if rises else "lower"
    if direction in ("higher", "lower"):
        word = "better" if word == direction else "worse"
    if is_open(low, high):
        return UNDECIDED, f"{UNDECIDED}: {word} {IN_DRAWS.format(between_text(low, high))}", np.nan
    return word, f"{word} {in_draws(share, low, high)}", share


def in_draws(share: float, low: float, high: float) -> str:
    """In which share of draws something holds, which is known to lie between low and high."""
    return IN_DRAWS.format(share_text(share, low, high))


def _side(apart: Spread, above: bool) -> tuple[float, float, float]:
    """The share of draws above 0, or of the others, with its interval."""
    if above:
        return apart.above, apart.above_low, apart.above_high
    return 1 - apart.above, 1 - apart.above_high, 1 - apart.above_low


def share_better(psa: PsaResult, label: str, threshold: float, perspective: Perspective) -> tuple[float, float, float]:
    """The share of draws in which an option's net benefit is above today's, where a QALY is worth so much, with its
    interval."""
    benefit = psa.net_benefit(threshold, "qaly", perspective)
    apart = psa.spread(benefit[:, :, psa.scenarios.index(label)] - benefit[:, :, 0])
    return (np.nan, np.nan, np.nan) if apart is None else _side(apart, above=True)
