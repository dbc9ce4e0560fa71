"""What a stored psa adds to a study: intervals of uncertain inputs beside those of chance, and shares of draws."""

import numpy as np
import pandas as pd

from sim.analysis.uncertainty import Spread, spread_of
from sim.experiment.changes import changes_of
from sim.experiment.psa import PsaResult
from sim.experiment.result import Study
from sim.outcomes import Perspective
from sim.report.sheets.uncertainty import share_text
from sim.report.verdicts import MAYBE, SAME

LEAST_DRAWS = 10
IN_DRAWS = "in {} of draws"


def matched(psa: PsaResult, study: Study) -> PsaResult:
    """The analysis with the scenarios of a study alone, under their labels.

    Raises ValueError unless each scenario is among those that were analysed, to the bit, today's first and with the
    same day of change.
    """
    if len(psa.draws) < LEAST_DRAWS:
        raise ValueError(f"the psa has {len(psa.draws)} draws, and says how sure a study is from {LEAST_DRAWS} on")
    known = {digest: label for label, digest in psa.about["digests"].items()}
    labels = {label: known.get(result.scenario.digest()) for label, result in study.results.items()}
    if missing := [label for label, theirs in labels.items() if theirs is None]:
        raise ValueError(
            f"the psa is of other scenarios: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not among "
            f"{', '.join(psa.scenarios)} as they were analysed (scenario digests differ); run stepdown psa with the "
            "same files and settings as the comparison"
        )
    if labels[study.baseline] != psa.scenarios[0]:
        raise ValueError(
            f"the psa is told against {psa.scenarios[0]}, and this study against {labels[study.baseline]}: name the "
            "same baseline first"
        )
    scenarios = {label: result.scenario for label, result in study.results.items()}
    changes = changes_of(scenarios, psa.about["change_on"], psa.about["lists"])
    for change in [change for label, change in changes.items() if label != study.baseline]:
        days = [each and (each.day, each.lists) for each in (change, study.change)]
        if days[0] != days[1]:
            raise ValueError("the psa and this study differ in --change-on or --lists; run either as the other")
    back = {theirs: label for label, theirs in labels.items()}
    stated = {label: psa.about["scenarios"][theirs] for label, theirs in labels.items()}
    frames = [
        frame[frame["scenario"].isin(back)].assign(scenario=lambda rows: rows["scenario"].map(back))
        for frame in (psa.inputs, psa.outcomes)
    ]
    return PsaResult({**psa.about, "scenarios": stated}, *frames)


def with_draws(rows: pd.DataFrame, psa: PsaResult) -> pd.DataFrame:
    """Rows of `rows_about` against the baseline, of the draws where these have the metric.

    difference and ci_low, ci_high become those of the draws' mean; inputs_low, inputs_high are added; verdict is by the
    side on which most draws are, and told what share that is. Neither is by a p value.
    """
    changed = []
    for row in rows.to_dict("records"):
        apart = None
        if row["metric"] in psa.about["metrics"]:
            values = psa.values(row["metric"])
            apart = spread_of(values[:, :, psa.scenarios.index(row["scenario"])] - values[:, :, 0])
        if apart is not None:
            verdict, share = _verdict(apart, row["direction"])
            row |= {"difference": apart.mean, "verdict": verdict}
            row |= {"ci_low": apart.simulation_low, "ci_high": apart.simulation_high}
            row |= {"inputs_low": apart.inputs_low, "inputs_high": apart.inputs_high, "p_adjusted": np.nan}
            row["verdict_text"] = f"{verdict} {IN_DRAWS.format(share_text(share))}" if share else verdict
        changed.append(row)
    return pd.DataFrame(changed, columns=list(rows.columns))


def _verdict(apart: Spread, direction: str) -> tuple[str, float]:
    """On which side most draws are, and what share of them; 0 where none is claimed."""
    if apart.mean == apart.inputs_low == apart.inputs_high == 0:
        return SAME, 0.0
    agree = apart.inputs_low > 0 or apart.inputs_high < 0
    if agree and apart.simulation_low <= 0 <= apart.simulation_high:
        return MAYBE, 0.0
    rises = apart.above >= 0.5
    share = apart.above if rises else 1 - apart.above
    if direction not in ("higher", "lower"):
        return "higher" if rises else "lower", share
    return "better" if rises == (direction == "higher") else "worse", share


def share_better(psa: PsaResult, label: str, threshold: float, perspective: Perspective) -> float:
    """The share of draws in which an option's net benefit is above today's, where a QALY is worth so much."""
    benefit = psa.net_benefit(threshold, "qaly", perspective)
    apart = spread_of(benefit[:, :, psa.scenarios.index(label)] - benefit[:, :, 0])
    return float("nan") if apart is None else apart.above
