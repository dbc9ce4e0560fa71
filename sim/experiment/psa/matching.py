"""An analysis beside a study of the same scenarios."""

from collections.abc import Mapping

import pandas as pd

from sim.experiment.changes import changes_of
from sim.experiment.psa.result import ENDS, PsaResult
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

LEAST_DRAWS = 10
"""Of which anything is told of a study."""
OF_DRAWS = {"difference": "difference_of_draws", **{name: name for name in (*ENDS, "higher_in", "better_in")}}
"""Columns of `PsaResult.differences`, and what they are called beside those of a study."""


def matched(psa: PsaResult, scenarios: Mapping[str, Scenario], change: DatedChange | None) -> PsaResult:
    """The analysis with the scenarios of a study alone, under their labels. change: by which its others were reached.

    Raises ValueError unless each scenario is among those that were analysed, to the bit, today's first and with the
    same day of change.
    """
    if len(psa.draws) < LEAST_DRAWS:
        raise ValueError(f"the psa has {len(psa.draws)} draws, and says how sure a study is from {LEAST_DRAWS} on")
    known = {digest: label for label, digest in psa.about["digests"].items()}
    labels = {label: known.get(scenario.digest()) for label, scenario in scenarios.items()}
    if missing := [label for label, theirs in labels.items() if theirs is None]:
        raise ValueError(
            f"the psa is of other scenarios: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not among "
            f"{', '.join(psa.scenarios)} as they were analysed (scenario digests differ); run stepdown psa with the "
            "same files and settings as the comparison"
        )
    baseline = next(iter(scenarios))
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
    back = {theirs: label for label, theirs in labels.items()}
    stated = {label: psa.about["scenarios"][theirs] for label, theirs in labels.items()}
    frames = [
        frame[frame["scenario"].isin(back)].assign(scenario=lambda rows: rows["scenario"].map(back))
        for frame in (psa.inputs, psa.outcomes)
    ]
    return PsaResult({**psa.about, "scenarios": stated}, *frames)


def with_draws_beside(rows: pd.DataFrame, psa: PsaResult | None) -> pd.DataFrame:
    """Rows of `Study.differences`, and what the draws say of the same differences; missing where they say nothing.

    psa: of `matched`.
    """
    if psa is None:
        return rows.reindex(columns=[*rows.columns, *OF_DRAWS.values()])
    drawn = psa.differences().rename(columns=OF_DRAWS)
    keys = ["metric", "scenario", "against"]
    return rows.merge(drawn[[*keys, *OF_DRAWS.values()]], how="left", on=keys)
