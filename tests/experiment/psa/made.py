"""Analyses whose outcomes are stated by hand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment.psa import PsaResult
from sim.scenario import Scenario


def analysis(scenarios: Mapping[str, Scenario], columns: Mapping[str, Any], **about: Any) -> PsaResult:
    """With these outcomes, each (draws, replications, scenarios), and nothing known of inputs."""
    shape = np.shape(next(iter(columns.values())))
    keys = pd.MultiIndex.from_product([range(shape[0]), range(shape[1]), list(scenarios)])
    outcomes = keys.to_frame(index=False, name=["draw", "replication", "scenario"])
    for name, values in columns.items():
        outcomes[name] = np.asarray(values, dtype=float).reshape(-1)
    stated = {label: each.model_dump(by_alias=True, mode="json") for label, each in scenarios.items()}
    whole = {"scenarios": stated, "metrics": list(columns), "draws": shape[0], "replications": shape[1], **about}
    return PsaResult(whole, pd.DataFrame(), outcomes)
