"""What must be said of an analysis in its folder, part by part, and that its tables are of that: somebody else may have
written them, or a copy may be cut short."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.experiment.manifest import Count
from sim.scenario.change import Lists
from sim.scenario.input_draws import Design

MOST_TOLD = 5
"""Problems of a file that are told together."""


class StatedAnalysis(BaseModel):
    """What `psa.json` says beside its format. Nothing is converted; what another version may have added is left alone.

    scenarios, digests: by label, the baseline first. groups, parts: by column of outcomes; of groups by, group and
    metric, of parts metric and level.
    """

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    version: str
    libraries: dict[str, str]
    scenarios: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    digests: dict[str, str]
    draws: Count
    replications: Annotated[int, Field(ge=2)]
    metrics: list[str]
    design: Design
    seed: Annotated[int, Field(ge=0)]
    price_draws: Count = 1
    groups: dict[str, Annotated[list[str], Field(min_length=3, max_length=3)]] = {}
    parts: dict[str, Annotated[list[str], Field(min_length=2, max_length=2)]] = {}
    change_on: float | Literal["start"] | None
    lists: Lists


def problems_of(stated: Mapping[str, Any]) -> list[str]:
    """What is wrong with it, in a line each; the first few."""
    try:
        about = StatedAnalysis.model_validate(dict(stated))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        lines = dict.fromkeys(
            f"{each['loc'][0]!s:.40} is missing" if each["type"] == "missing" else _line(each["loc"], each["msg"])
            for each in errors
        )
        return [*lines][:MOST_TOLD]
    if set(about.digests) != set(about.scenarios):
        return ["digests are not of the same scenarios"]
    return []


def _line(place: Sequence[int | str], message: str) -> str:
    return f"{'.'.join(str(part)[:40] for part in place)}: {message[:1].lower()}{message[1:120]}"


def misfits(about: Mapping[str, Any], index: Sequence[str], inputs: pd.DataFrame, outcomes: pd.DataFrame) -> list[str]:
    """How the tables are not of this analysis, in a line each. index: the columns that tell draws apart."""
    known = {"outcomes": outcomes, "inputs": inputs}
    columns = {
        "outcomes": [
            *index,
            "replication",
            "scenario",
            *about["metrics"],
            *about.get("groups", {}),
            *about.get("parts", {}),
        ],
        "inputs": [*index, "scenario"],
    }
    lacking = [
        f"{name} lack the column {column!r:.80}"
        for name, frame in known.items()
        for column in columns[name]
        if column not in frame
    ]
    if lacking:
        return lacking[:MOST_TOLD]
    rows = outcomes[[*index, "replication", "scenario"]]
    whole = len(rows[index].drop_duplicates()) * about["replications"] * len(about["scenarios"])
    strange = sorted(set(map(str, rows["scenario"].unique())) - set(about["scenarios"]))
    if strange:
        return [f"outcomes are of another scenario, {strange[0]!r:.80}"]
    if len(rows) != whole or rows.duplicated().any():
        return [f"outcomes do not have each of {about['replications']} replications of each draw and scenario, once"]
    drawn = inputs[[*index, "scenario"]]
    if drawn.duplicated().any() or len(rows.merge(drawn)) != whole:
        return ["inputs do not have each draw and scenario of the outcomes, once"]
    return []
