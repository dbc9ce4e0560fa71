"""How people differ."""

from typing import Annotated

from pydantic import Field

from sim.scenario.frozen import Frozen, Table
from sim.scenario.schema.units import LevelName, Ratio, number


class LevelEffects(Frozen):
    """Ratios of one attribute value for one level; 1 changes nothing. Hazard ratios unless said otherwise."""

    dropout: Ratio = 1.0
    burnout: Ratio = 1.0
    termination: Ratio = 1.0
    transfer: Ratio = 1.0
    relapse: Annotated[Ratio, Field(description="from admission until the next admission")] = 1.0
    renege: Ratio = 1.0
    no_show: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    linkage: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    length_of_stay: Annotated[Ratio, Field(description="ratio of durations")] = 1.0


class Effects(LevelEffects):
    """Ratios of one attribute value for all levels, for life outside care, and for single levels."""

    lapse: Ratio = 1.0
    remission: Ratio = 1.0
    death: Ratio = 1.0
    return_to_care: Annotated[Ratio, Field(description="odds ratio")] = 1.0
    levels: Table[LevelName, LevelEffects] = Field({}, description="further ratios, multiplied on, in one level")


class Frailty(Frozen):
    """A hidden patient effect Z ~ N(0, 1) shared by drop-out, relapse and return: ratio exp(sd x loading x Z)."""

    sd: Annotated[float, number("log sd", ge=0, le=3)] = 0.0
    dropout: Annotated[float, number("loading", ge=-3, le=3)] = 1.0
    relapse: Annotated[float, number("loading", ge=-3, le=3)] = 1.0
    return_to_care: Annotated[float, number("loading", ge=-3, le=3)] = 1.0
