"""An analysis beside a study of the same scenarios."""

from collections.abc import Mapping

import pandas as pd

from sim.experiment.changes import changes_of
from sim.experiment.psa.groups import gap_changes_of_draws, group_levels
from sim.experiment.psa.result import ENDS, OF_ENDS, OF_SHARES, PsaResult
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

LEAST_DRAWS = 10
"""Of which anything is told of a study."""
OF_DRAWS = {
    "difference": "difference_of_draws",
    **{name: name for name in (*ENDS, "higher_in", "better_in", *OF_ENDS, *OF_SHARES)},
}
"""Columns of `PsaResult.differences`, and what they are called beside those of a study."""
GROUPS_OF_DRAWS = {"mean": "mean_of_draws", **{name: name for name in (*ENDS, *OF_ENDS)}}
GAPS_OF_DRAWS = {
    "change": "change_of_draws",
    **{name: name for name in (*ENDS, "wider_in", *OF_ENDS, "wider_low", "wider_high", "share_error")},
}
"""The same of groups, and of gaps between them."""


def matched(psa: PsaResult, scenarios: Mapping[str, Scenario], change: DatedChange | None) -> PsaResult:
    """The analysis with the scenarios of a study alone, under their labels. change: by which its others were reached.

    Raises ValueError unless each scenario is among those that were analysed, to the bit, today's first and with the
    same day of change.
    """
    if len(psa.draws) < LEAST_DRAWS:
        raise ValueError(f"the psa has {len(psa.draws)} draws, and says how sure a study is from {LEAST_DRAWS} on")
    baseline = next(iter(scenarios))
    labels = {label: _label_in(psa, label, each.digest(), label == baseline) for label, each in scenarios.items()}
    if missing := [label for label, theirs in labels.items() if theirs is None]:
        raise ValueError(
            f"the psa is of other scenarios: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not among "
            f"{', '.join(psa.scenarios)} as they were analysed (scenario digests differ); run stepdown psa with the "
            "same files and settings as the comparison"
        )
    if labels[baseline] != psa.scenarios[0]:
        raise ValueError(
            f"the psa is told against {psa.scenarios[0]}, and this study against {labels[baseline]}: name the "
            "same baseline first"
        )
    changes = changes_of(scenarios, psa.about["change_on"], psa.about["lists"])
    for theirs in [each for label, each in changes.items() if label != baseline]:
        days = [each and (each.day, each.lists) for each in (theirs, change)]
        if days[0] != days[1]:
            raise ValueError("the psa and this study differ in --change-on or --lists; run either as the other")
    stated = {label: psa.about["scenarios"][theirs] for label, theirs in labels.items()}
    inputs, outcomes = (
        pd.concat([of[of["scenario"] == theirs].assign(scenario=label) for label, theirs in labels.items()])
        for of in (psa.inputs, psa.outcomes)
    )
    # Inputs of other scenarios alone are none of these.
    return PsaResult({**psa.about, "scenarios": stated}, inputs.dropna(axis="columns", how="all"), outcomes)


def _label_in(psa: PsaResult, label: str, digest: str, first: bool) -> str | None:
    """What a scenario with this digest was called there. Of several: the baseline if it is the first, else the one of
    the same label, or the last, which is not the baseline.
    """
    known = [theirs for theirs in psa.scenarios if psa.about["digests"][theirs] == digest]
    if label in known and not first:
        return label
    return next(iter(known if first else reversed(known)), None)


def with_draws_beside(rows: pd.DataFrame, psa: PsaResult | None) -> pd.DataFrame:
    """Rows of `Study.differences`, and what the draws say of the same differences; missing where they say nothing.

    psa: of `matched`.
    """
    return _beside(rows, None if psa is None else psa.differences(), ["metric", "scenario", "against"], OF_DRAWS)


def groups_beside(rows: pd.DataFrame, psa: PsaResult | None) -> pd.DataFrame:
    """The same of groups of patients, as of `Study.equity`."""
    keys = ["scenario", "by", "group", "metric"]
    return _beside(rows, None if psa is None else group_levels(psa), keys, GROUPS_OF_DRAWS)


def gaps_beside(rows: pd.DataFrame, psa: PsaResult | None) -> pd.DataFrame:
    """The same of gaps between groups, as of `Study.gap_changes`."""
    keys = ["scenario", "by", "metric", "group", "reference"]
    return _beside(rows, None if psa is None else gap_changes_of_draws(psa), keys, GAPS_OF_DRAWS)


def _beside(
    rows: pd.DataFrame, drawn: pd.DataFrame | None, keys: list[str], columns: Mapping[str, str]
) -> pd.DataFrame:
    """columns: of what was drawn, and what they are called beside the rows."""
    if drawn is None or drawn.empty:
        return rows.reindex(columns=[*rows.columns, *columns.values()])
    return rows.merge(drawn[[*keys, *columns]].rename(columns=columns), how="left", on=keys)
